// See InputTransform.h.
#include "compiler/lowering/KernelToVector/Winograd/InputTransform.h"

#include "compiler/lowering/KernelToVector/Kernels.h"
#include "compiler/lowering/KernelToVector/Winograd/LinearTransform.h"

using namespace mlir;

namespace kiln {

InputTransform::InputTransform(Emitter &e, const WinogradGeometry &geometry,
                               const nn::WinogradSizes &sizes, Value input,
                               ArrayRef<int64_t> origin, Value transformed, int64_t channels)
    : e(e), geometry(geometry), depthTaps(sizes.depthTaps), taps(sizes.taps),
      walk(walkOf(input, origin, {1, 1, 1})), blocks(shapeOf(input)[1]),
      pointStep(stridesOf(transformed)[1]), channels(channels), input(e.flat(input)),
      transformed(e.flat(transformed)),
      downMatrix(WinogradMatrices::of(sizes.tile[0], sizes.taps[0]).input),
      acrossMatrix(WinogradMatrices::of(sizes.tile[1], sizes.taps[1]).input) {}

void InputTransform::emit(Value channelBlock, Value firstTile, Value count, Value slice) {
  SmallVector<Value> block = e.coordinates(channelBlock, {depthTaps, blocks});
  Value tapAt = e.mul(block[0], walk.pixel[0]), inputBlock = block[1];
  e.forEach({e.index(0), count}, [&](Value tile) {
    TilePlace place = geometry.place(e, e.add(firstTile, tile));
    SmallVector<Value> rows = pixelOffsets(0, geometry.rows, place.isLastRow);
    SmallVector<Value> columns = pixelOffsets(1, geometry.columns, place.isLastColumn);
    Value line = e.add(e.mul(channelBlock, geometry.block), tile);
    Value at = e.add(geometry.mapOffset(e, walk, place, inputBlock), tapAt);
    auto emitLanes = [&](int64_t lanes) {
      emitTile(at, rows, columns, e.add(slice, e.mul(line, kLanes)), lanes);
    };
    constexpr int64_t half = kLanes / 2;
    if ((channels - 1) % kLanes >= half)
      return emitLanes(kLanes);
    e.branch(
        e.less(inputBlock, e.index(blocks - 1)), [&] { emitLanes(kLanes); },
        [&] { emitLanes(half); });
  });
}

/// Where the rows (dimension 0) or columns that a tile reads lie. What the last tile does not need
/// is read again from its last pixel: finite, and without influence on the pixels that are stored.
SmallVector<Value> InputTransform::pixelOffsets(int dimension, const TileRow &cover, Value isLast) {
  SmallVector<Value> offsets;
  int64_t step = walk.pixel[1 + dimension], last = cover.rest + taps[dimension] - 2;
  for (int64_t i = 0; i < geometry.extent[dimension]; ++i) {
    Value offset = e.index(i * step);
    offsets.push_back(i <= last ? offset : e.choose(isLast, e.index(last * step), offset));
  }
  return offsets;
}

/// Fetches the pixels of a row that a tile to the right will read. The rows of a large map come
/// from afar, a few lines each, which is too short for the processor's own prefetcher.
void InputTransform::prefetchRow(Value rowAt) {
  constexpr int64_t nearElements = 1 << 18, distance = 2;
  int64_t elements = cast<MemRefType>(input.getType()).getNumElements();
  if (elements / geometry.batch <= nearElements)
    return;
  int64_t tile = geometry.tile[1], first = geometry.extent[1] + (distance - 1) * tile;
  Value ahead =
      e.atMost(e.add(rowAt, first * walk.pixel[2]), e.index(elements - tile * walk.pixel[2]));
  for (int64_t i = 0; i < tile; ++i)
    e.prefetch(input, e.add(ahead, i * walk.pixel[2]));
}

/// B^T applied to each row of pixels, then to each column.
void InputTransform::emitTile(Value at, ArrayRef<Value> rows, ArrayRef<Value> columns, Value to,
                              int64_t lanes) {
  SmallVector<SmallVector<Value>> half;
  for (Value row : rows) {
    Value rowAt = e.add(at, row);
    prefetchRow(rowAt);
    SmallVector<Value> pixels = llvm::map_to_vector(
        columns, [&](Value column) { return e.loadVector(input, e.add(rowAt, column), lanes); });
    half.push_back(applyMatrix(e, acrossMatrix, pixels));
  }
  for (int64_t column = 0; column < geometry.extent[1]; ++column) {
    SmallVector<Value> pixels =
        llvm::map_to_vector(half, [&](const auto &row) { return row[column]; });
    for (auto [row, value] : llvm::enumerate(applyMatrix(e, downMatrix, pixels)))
      e.store(value, transformed, e.add(to, (row * geometry.extent[1] + column) * pointStep));
  }
}

void emitWinogradInput(Emitter &e, kernel::WinogradInputOp op) {
  WinogradGeometry geometry(op.getSizes(), shapeOf(op.getInput())[0], op.getOutSize(),
                            op.getSchedule().getBlock());
  InputTransform transform(e, geometry, op.getSizes(), op.getInput(), op.getOrigin(),
                           op.getTransformed(), shapeOf(op.getInput())[1] * kLanes);
  int64_t copies = shapeOf(op.getTransformed())[0], copyStep = stridesOf(op.getTransformed())[0];
  e.forEachUnit(
      op.getSchedule().getTasks(), {copies, transform.channelBlocks()}, [&](ArrayRef<Value> at) {
        transform.emit(at[1], e.index(0), e.index(geometry.tiles), e.mul(at[0], copyStep));
      });
}

} // namespace kiln
