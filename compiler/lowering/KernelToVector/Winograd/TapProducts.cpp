// For few tiles, whose time would be that of the transformed filter's way from memory:
//
//   for few blocks of channels                               whose taps stay in the cache
//     for column of points, few tiles:
//       p[column][tile] += sum over channels u * v[column][channel][tile]
//         with u = G (g G^T[column])                         never stored
//
// The points of a column, so many that their products fill the registers, share the row transforms
// of the taps; those of another column repeat the loads of the taps.
#include "compiler/lowering/KernelToVector/Winograd/TapProducts.h"

#include "compiler/lowering/KernelToVector/Kernels.h"
#include "compiler/lowering/KernelToVector/Winograd/LinearTransform.h"

using namespace mlir;

namespace kiln {

TapProducts::TapProducts(Emitter &e, kernel::WinogradOp op, const WinogradGeometry &geometry)
    : e(e), geometry(geometry), taps(op.getSizes().taps),
      channels(op.getChannels() / op.getGroups()), registers(op.getSchedule().getRegisters()),
      filter(e.flat(op.getFilter())), transformed(e.flat(op.getTransformed())),
      products(e.flat(op.getProducts())), filterSteps(stridesOf(op.getFilter())),
      inputStep(stridesOf(op.getTransformed())[1]), productStep(stridesOf(op.getProducts())[1]),
      downMatrix(WinogradMatrices::of(geometry.tile[0], taps[0]).withSimpleFilter().filter),
      acrossMatrix(WinogradMatrices::of(geometry.tile[1], taps[1]).withSimpleFilter().filter) {}

void TapProducts::emit(Value filterBlock, Value inputAt, Value productsAt, int64_t count,
                       Value comesFromAfar) {
  // So many that the products' way to the registers and back is short beside the work on them.
  constexpr int64_t mostBlocks = 2;
  int64_t full = channels / kLanes, rest = channels % kLanes;
  int64_t blocks = std::max<int64_t>(1, std::min(full, mostBlocks)), odd = full % blocks;
  Value filterAt = e.mul(filterBlock, filterSteps[0]);
  auto emitBlocks = [&](Value first, int64_t number, int64_t lanes) {
    emitChunk({first, number, lanes, comesFromAfar}, filterAt, inputAt, productsAt, count);
  };
  clear(productsAt, count);
  e.forEach(
      {e.index(0), e.index(full - odd)}, [&](Value first) { emitBlocks(first, blocks, kLanes); },
      blocks);
  if (odd)
    emitBlocks(e.index(full - odd), odd, kLanes);
  // What fills the last block is not read.
  if (rest)
    emitBlocks(e.index(full), 1, rest);
}

void TapProducts::clear(Value productsAt, int64_t count) {
  Value zero = e.constant(lanesOf(e.getF32Type()), 0.0);
  e.forEach(geometry.points, [&](Value point) {
    Value at = e.add(productsAt, e.mul(point, productStep));
    e.forEach(count, [&](Value tile) { e.store(zero, products, e.add(at, e.mul(tile, kLanes))); });
  });
}

void TapProducts::emitChunk(const Chunk &chunk, Value filterAt, Value inputAt, Value productsAt,
                            int64_t count) {
  filterAt = e.add(filterAt, e.mul(chunk.firstBlock, filterSteps[1]));
  inputAt = e.add(inputAt, e.mul(chunk.firstBlock, geometry.block * kLanes));
  int64_t group = std::min(registers, count), rest = count % group;
  for (int64_t column = 0; column < geometry.extent[1]; ++column) {
    auto emitTiles = [&](Value tile, int64_t tiles) {
      Value offset = e.mul(tile, kLanes);
      emitColumn(chunk, column, filterAt, e.add(inputAt, offset), e.add(productsAt, offset), tiles);
    };
    e.forEach(
        {e.index(0), e.index(count - rest)}, [&](Value tile) { emitTiles(tile, group); }, group);
    if (rest)
      emitTiles(e.index(count - rest), rest);
  }
}

/// Adds to the products of a column of points and a group of tiles what a chunk contributes.
void TapProducts::emitColumn(const Chunk &chunk, int64_t column, Value filterAt, Value inputAt,
                             Value productsAt, int64_t tiles) {
  SmallVector<Value> places, sums;
  for (int64_t row = 0; row < geometry.extent[0]; ++row)
    for (int64_t tile = 0; tile < tiles; ++tile) {
      int64_t point = row * geometry.extent[1] + column;
      places.push_back(e.add(productsAt, point * productStep + tile * kLanes));
      sums.push_back(e.loadVector(products, places.back()));
    }
  inputAt = e.add(inputAt, column * inputStep);
  if (chunk.comesFromAfar)
    e.branch(chunk.comesFromAfar, [&] { prefetchInput(inputAt, chunk.blocks, tiles); });
  sums = e.reduce({e.index(0), e.index(chunk.blocks)}, sums, [&](Value block, ValueRange before) {
    Value tapsAt = e.add(filterAt, e.mul(block, filterSteps[1]));
    Value blockAt = e.add(inputAt, e.mul(block, geometry.block * kLanes));
    return e.reduce(
        {e.index(0), e.index(chunk.lanes)}, before,
        [&](Value lane, ValueRange carried) {
          return multiplyChannel(column, e.add(tapsAt, e.mul(lane, kLanes)), e.add(blockAt, lane),
                                 carried);
        },
        Unroll::Never);
  });
  for (auto [sum, place] : llvm::zip_equal(sums, places))
    e.store(sum, products, place);
}

/// One channel of a column: the taps of sixteen filters become as many transformed ones.
SmallVector<Value> TapProducts::multiplyChannel(int64_t column, Value tapsAt, Value inputAt,
                                                ValueRange sums) {
  prefetchTaps(column, tapsAt);
  SmallVector<Value> rows;
  for (int64_t row = 0; row < taps[0]; ++row) {
    SmallVector<Value> line;
    for (int64_t tap = 0; tap < taps[1]; ++tap)
      line.push_back(e.loadVector(filter, e.add(tapsAt, (row * taps[1] + tap) * filterSteps[4])));
    rows.push_back(applyMatrix(e, {acrossMatrix[column]}, line).front());
  }
  SmallVector<Value> next(sums);
  size_t tiles = sums.size() / geometry.extent[0];
  forEachRow(e, downMatrix, rows, [&](int64_t row, Value weights) {
    for (size_t tile = 0; tile < tiles; ++tile) {
      int64_t offset = row * geometry.extent[1] * inputStep + tile * kLanes;
      Value element = e.loadBroadcast(transformed, e.add(inputAt, offset));
      Value &sum = next[row * tiles + tile];
      sum = e.multiplyAdd(element, weights, sum);
    }
  });
  return next;
}

/// Fetches the same points of the next `blocks` blocks of channels, which another core's cache may
/// have: farther away than the processor's own prefetcher looks.
void TapProducts::prefetchInput(Value inputAt, int64_t blocks, int64_t tiles) {
  int64_t last = cast<MemRefType>(transformed.getType()).getNumElements() - kLanes;
  for (int64_t row = 0; row < geometry.extent[0]; ++row)
    for (int64_t block = blocks; block < 2 * blocks; ++block)
      for (int64_t tile = 0; tile < tiles; ++tile) {
        int64_t offset =
            row * geometry.extent[1] * inputStep + (block * geometry.block + tile) * kLanes;
        e.prefetch(transformed, e.atMost(e.add(inputAt, offset), e.index(last)));
      }
}

/// Fetches taps of the same lane some blocks ahead, which memory delivers meanwhile; each column
/// has its share of the taps.
void TapProducts::prefetchTaps(int64_t column, Value tapsAt) {
  constexpr int64_t distance = 4;
  int64_t all = taps[0] * taps[1], share = llvm::divideCeilSigned(all, geometry.extent[1]);
  int64_t last = cast<MemRefType>(filter.getType()).getNumElements() - kLanes;
  for (int64_t tap = column * share; tap < std::min(all, (column + 1) * share); ++tap) {
    Value ahead =
        e.atMost(e.add(tapsAt, distance * filterSteps[1] + tap * filterSteps[4]), e.index(last));
    e.prefetch(filter, ahead, /*level=*/2);
  }
}

} // namespace kiln
