// Winograd convolution of 3x3 filters, for one block of tiles after the other while its intermediate results are in the cache:
//
//   for block of tiles                                          the part of this task
//     for channel block, tile:    v[point] = B^T d B            d: (m+2) x (m+2) vectors of 16 channels
//     for filter block
//       for point, tile:          p[point] = sum over channels u[channel] * v[point][channel]
//       for tile:                 output = activation(A^T p A + bias + residual)
//
// The products are the inner loop of the direct convolution: one vector of weights times one broadcast element a tile. Weights are
// read once from end to end, and prefetched: the stream that the processor recognises ends at each page.
#include "compiler/lowering/KernelToVector/Activation.h"
#include "compiler/lowering/KernelToVector/Kernels.h"
#include "compiler/lowering/KernelToVector/Winograd/LinearTransform.h"
#include "compiler/lowering/KernelToVector/Winograd/WinogradGeometry.h"

using namespace mlir;

namespace kiln {
namespace {

/// A tile of an image, and whether it is in the last row or column of tiles.
struct TilePlace {
  Value image, row, column, isLastRow, isLastColumn;
};

class WinogradEmitter {
public:
  WinogradEmitter(Emitter &e, kernel::WinogradOp op)
      : e(e), op(op), geometry(op), matrices(WinogradMatrices::forTile(geometry.tile)), input(e.flat(op.getInput())),
        filter(e.flat(op.getFilter())), bias(op.getBias()), residual(op.getResidual() ? e.flat(op.getResidual()) : Value()),
        output(e.flat(op.getOutput())), transformed(e.flat(op.getTransformed())), products(e.flat(op.getProducts())),
        filterSteps(stridesOf(op.getFilter())), transformedSteps(stridesOf(op.getTransformed())),
        productSteps(stridesOf(op.getProducts())) {}

  void emit();

private:
  void emitBlock(Value block);
  TilePlace placeOf(Value tile);
  Value mapOffset(const MapWalk &walk, const TilePlace &place, Value block);

  void transformInput(Value firstTile, Value count);
  SmallVector<Value> pixelOffsets(const TileRow &cover, Value isLast, int64_t step);
  void transformPixels(Value at, ArrayRef<Value> rows, ArrayRef<Value> columns, Value to);

  void multiply(Value filterBlock, int64_t count);
  void multiplyPoint(Value inputAt, Value filterAt, Value outputAt, int64_t count);
  void multiplyTiles(Value inputAt, Value filterAt, Value outputAt, int64_t tiles);
  SmallVector<Value> multiplyChannel(Value inputAt, Value filterAt, ValueRange sums);
  void prefetchFilter(Value at);

  void transformProducts(Value filterBlock, Value firstTile, Value count);
  SmallVector<SmallVector<Value>> halfTransformed(Value at);
  void storeColumn(ValueRange sums, const TilePlace &place, Value block, int64_t column);
  void storePixel(Value sum, Value outputAt, Value residualAt);

  Emitter &e;
  kernel::WinogradOp op;
  WinogradGeometry geometry;
  WinogradMatrices matrices;
  Value input, filter, bias, residual, output, transformed, products;
  SmallVector<int64_t> filterSteps, transformedSteps, productSteps;
  Value transformedSlice, productSlice; ///< where the slices of this task begin
  Value biasVector;                     ///< of the filter block at hand
};

void WinogradEmitter::emit() {
  int64_t tasks = op.getSchedule().getTasks();
  Value task = tasks == 1 ? e.index(0) : e.task;
  transformedSlice = e.mul(task, transformedSteps[0]);
  productSlice = e.mul(task, productSteps[0]);
  e.forEachUnit(tasks, {geometry.blocks}, [&](ArrayRef<Value> at) { emitBlock(at[0]); });
}

void WinogradEmitter::emitBlock(Value block) {
  Value firstTile = e.mul(block, geometry.block);
  Value isFull = e.less(block, e.index(geometry.tiles / geometry.block));
  Value count = e.choose(isFull, e.index(geometry.block), e.index(geometry.lastBlock()));
  transformInput(firstTile, count);
  e.forEach(geometry.filterBlocks, [&](Value filterBlock) {
    e.branch(isFull, [&] { multiply(filterBlock, geometry.block); },
             [&] { multiply(filterBlock, geometry.lastBlock()); });
    transformProducts(filterBlock, firstTile, count);
  });
}

TilePlace WinogradEmitter::placeOf(Value tile) {
  SmallVector<Value> at = e.coordinates(tile, {geometry.batch, geometry.rows.tiles, geometry.columns.tiles});
  return {at[0], at[1], at[2], e.equal(at[1], geometry.rows.tiles - 1), e.equal(at[2], geometry.columns.tiles - 1)};
}

/// The first pixel of a tile.
Value WinogradEmitter::mapOffset(const MapWalk &walk, const TilePlace &place, Value block) {
  Value offset = e.add(e.mul(place.image, walk.batch), e.mul(block, walk.block));
  offset = e.add(offset, e.mul(place.row, geometry.tile * walk.pixel[1]));
  offset = e.add(offset, e.mul(place.column, geometry.tile * walk.pixel[2]));
  return e.add(offset, walk.origin);
}

void WinogradEmitter::transformInput(Value firstTile, Value count) {
  e.forEach(geometry.channelBlocks, [&](Value block) {
    e.forEach({e.index(0), count}, [&](Value tile) {
      TilePlace place = placeOf(e.add(firstTile, tile));
      SmallVector<Value> rows = pixelOffsets(geometry.rows, place.isLastRow, geometry.input.pixel[1]);
      SmallVector<Value> columns = pixelOffsets(geometry.columns, place.isLastColumn, geometry.input.pixel[2]);
      Value line = e.add(e.mul(block, geometry.block), tile);
      transformPixels(mapOffset(geometry.input, place, block), rows, columns,
                      e.add(transformedSlice, e.mul(line, kLanes)));
    });
  });
}

/// Where the m + 2 rows or columns of a tile lie. What the last tile does not need is read again from its last pixel: finite, and
/// without influence on the pixels that are stored.
SmallVector<Value> WinogradEmitter::pixelOffsets(const TileRow &cover, Value isLast, int64_t step) {
  SmallVector<Value> offsets;
  for (int64_t i = 0; i < geometry.extent; ++i) {
    Value offset = e.index(i * step);
    int64_t last = cover.rest + 1;
    offsets.push_back(i <= last ? offset : e.choose(isLast, e.index(last * step), offset));
  }
  return offsets;
}

/// B^T d B: B^T applied to each row of pixels, then to each column.
void WinogradEmitter::transformPixels(Value at, ArrayRef<Value> rows, ArrayRef<Value> columns, Value to) {
  SmallVector<SmallVector<Value>> half;
  for (Value row : rows) {
    Value rowAt = e.add(at, row);
    SmallVector<Value> pixels =
        llvm::map_to_vector(columns, [&](Value column) { return e.loadVector(input, e.add(rowAt, column)); });
    half.push_back(applyMatrix(e, matrices.input, pixels));
  }
  for (int64_t column = 0; column < geometry.extent; ++column) {
    SmallVector<Value> pixels = llvm::map_to_vector(half, [&](const auto &row) { return row[column]; });
    for (auto [row, value] : llvm::enumerate(applyMatrix(e, matrices.input, pixels)))
      e.store(value, transformed, e.add(to, (row * geometry.extent + column) * transformedSteps[1]));
  }
}

/// All points of a block of `count` tiles times a block of filters.
void WinogradEmitter::multiply(Value filterBlock, int64_t count) {
  e.forEach(geometry.points, [&](Value point) {
    multiplyPoint(e.add(transformedSlice, e.mul(point, transformedSteps[1])),
                  e.add(e.mul(filterBlock, filterSteps[0]), e.mul(point, filterSteps[1])),
                  e.add(productSlice, e.mul(point, productSteps[1])), count);
  });
}

/// Groups of as many tiles as registers hold, then what remains.
void WinogradEmitter::multiplyPoint(Value inputAt, Value filterAt, Value outputAt, int64_t count) {
  int64_t group = std::min<int64_t>(op.getSchedule().getRegisters(), count), rest = count % group;
  auto emitGroup = [&](Value first, int64_t tiles) {
    Value offset = e.mul(first, kLanes);
    multiplyTiles(e.add(inputAt, offset), filterAt, e.add(outputAt, offset), tiles);
  };
  e.forEach({e.index(0), e.index(count - rest)}, [&](Value first) { emitGroup(first, group); }, group);
  if (rest)
    emitGroup(e.index(count - rest), rest);
}

void WinogradEmitter::multiplyTiles(Value inputAt, Value filterAt, Value outputAt, int64_t tiles) {
  SmallVector<Value> zeros(tiles, e.constant(lanesOf(e.getF32Type()), 0.0));
  auto reduceBlock = [&](Value block, int64_t lanes, ValueRange sums) {
    Value blockAt = e.add(inputAt, e.mul(block, geometry.block * kLanes));
    Value weightsAt = e.add(filterAt, e.mul(block, kLanes * kLanes));
    return e.reduce({e.index(0), e.index(lanes)}, sums,
                    [&](Value lane, ValueRange carried) {
                      return multiplyChannel(e.add(blockAt, lane), e.add(weightsAt, e.mul(lane, kLanes)), carried);
                    },
                    /*rolled=*/true);
  };
  int64_t fullBlocks = geometry.channels / kLanes, rest = geometry.channels % kLanes;
  SmallVector<Value> sums = zeros;
  if (fullBlocks)
    sums = e.reduce({e.index(0), e.index(fullBlocks)}, sums,
                    [&](Value block, ValueRange carried) { return reduceBlock(block, kLanes, carried); });
  // What fills the last block is not read.
  if (rest)
    sums = reduceBlock(e.index(fullBlocks), rest, sums);
  for (auto [tile, sum] : llvm::enumerate(sums))
    e.store(sum, products, e.add(outputAt, tile * kLanes));
}

SmallVector<Value> WinogradEmitter::multiplyChannel(Value inputAt, Value filterAt, ValueRange sums) {
  Value weights = e.loadVector(filter, filterAt);
  prefetchFilter(filterAt);
  SmallVector<Value> next;
  for (auto [tile, sum] : llvm::enumerate(sums))
    next.push_back(e.multiplyAdd(e.loadBroadcast(transformed, e.add(inputAt, tile * kLanes)), weights, sum));
  return next;
}

/// The weights of the next page.
void WinogradEmitter::prefetchFilter(Value at) {
  constexpr int64_t distance = 1024;
  int64_t last = cast<MemRefType>(filter.getType()).getNumElements() - kLanes;
  memref::PrefetchOp::create(e, filter, ValueRange{e.atMost(e.add(at, distance), e.index(last))}, /*isWrite=*/false,
                             /*localityHint=*/3, /*isDataCache=*/true);
}

void WinogradEmitter::transformProducts(Value filterBlock, Value firstTile, Value count) {
  if (bias)
    biasVector = e.loadVector(bias, e.mul(filterBlock, kLanes));
  e.forEach({e.index(0), count}, [&](Value tile) {
    TilePlace place = placeOf(e.add(firstTile, tile));
    SmallVector<SmallVector<Value>> half = halfTransformed(e.add(productSlice, e.mul(tile, kLanes)));
    for (int64_t column = 0; column < geometry.tile; ++column) {
      SmallVector<Value> sums = llvm::map_to_vector(half, [&](const auto &row) { return row[column]; });
      auto store = [&] { storeColumn(sums, place, filterBlock, column); };
      if (column < geometry.columns.rest)
        store();
      else
        e.branch(place.isLastColumn, [] {}, store);
    }
  });
}

/// p A: A^T applied to each row of products.
SmallVector<SmallVector<Value>> WinogradEmitter::halfTransformed(Value at) {
  SmallVector<SmallVector<Value>> half;
  for (int64_t row = 0; row < geometry.extent; ++row) {
    SmallVector<Value> sums;
    for (int64_t column = 0; column < geometry.extent; ++column)
      sums.push_back(e.loadVector(products, e.add(at, (row * geometry.extent + column) * productSteps[1])));
    half.push_back(applyMatrix(e, matrices.output, sums));
  }
  return half;
}

/// Column `column` of a tile: A^T, bias, residual, activation. Rows that overhang the map are dropped.
void WinogradEmitter::storeColumn(ValueRange sums, const TilePlace &place, Value block, int64_t column) {
  Value outputAt = e.add(mapOffset(geometry.output, place, block), column * geometry.output.pixel[2]);
  Value residualAt;
  if (residual)
    residualAt = e.add(mapOffset(geometry.residual, place, block), column * geometry.residual.pixel[2]);
  SmallVector<Value> pixels = applyMatrix(e, matrices.output, sums);
  auto storeRows = [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row)
      storePixel(pixels[row], e.add(outputAt, row * geometry.output.pixel[1]),
                 residual ? e.add(residualAt, row * geometry.residual.pixel[1]) : Value());
  };
  storeRows(0, geometry.rows.rest);
  if (geometry.rows.rest < geometry.tile)
    e.branch(place.isLastRow, [] {}, [&] { storeRows(geometry.rows.rest, geometry.tile); });
}

void WinogradEmitter::storePixel(Value sum, Value outputAt, Value residualAt) {
  Value value = bias ? arith::AddFOp::create(e, sum, biasVector).getResult() : sum;
  if (residual)
    value = arith::AddFOp::create(e, value, e.loadVector(residual, residualAt));
  e.store(emitActivation(e, op.getActivationAttr(), value), output, outputAt);
}

} // namespace

void emitWinograd(Emitter &e, kernel::WinogradOp op) { WinogradEmitter(e, op).emit(); }

} // namespace kiln
