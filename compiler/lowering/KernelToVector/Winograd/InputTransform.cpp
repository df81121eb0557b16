// See InputTransform.h.
#include "compiler/lowering/KernelToVector/Winograd/InputTransform.h"

#include "compiler/lowering/KernelToVector/Kernels.h"
#include "compiler/lowering/KernelToVector/Winograd/LinearTransform.h"

using namespace mlir;

namespace kiln {

InputTransform::InputTransform(Emitter &e, const WinogradGeometry &geometry, Value input, ArrayRef<int64_t> origin,
                               Value transformed)
    : e(e), geometry(geometry), walk(walkOf(input, origin, {1, 1, 1})), blocks(shapeOf(input)[1]),
      pointStep(stridesOf(transformed)[1]), input(e.flat(input)), transformed(e.flat(transformed)),
      matrix(WinogradMatrices::forTile(geometry.tile).input) {}

void InputTransform::emit(Value channelBlock, Value firstTile, Value count, Value slice) {
  e.forEach({e.index(0), count}, [&](Value tile) {
    TilePlace place = geometry.place(e, e.add(firstTile, tile));
    SmallVector<Value> rows = pixelOffsets(geometry.rows, place.isLastRow, walk.pixel[1]);
    SmallVector<Value> columns = pixelOffsets(geometry.columns, place.isLastColumn, walk.pixel[2]);
    Value line = e.add(e.mul(channelBlock, geometry.block), tile);
    emitTile(geometry.mapOffset(e, walk, place, channelBlock), rows, columns, e.add(slice, e.mul(line, kLanes)));
  });
}

/// Where the m + 2 rows or columns of a tile lie. What the last tile does not need is read again from its last pixel: finite, and
/// without influence on the pixels that are stored.
SmallVector<Value> InputTransform::pixelOffsets(const TileRow &cover, Value isLast, int64_t step) {
  SmallVector<Value> offsets;
  for (int64_t i = 0; i < geometry.extent; ++i) {
    Value offset = e.index(i * step);
    int64_t last = cover.rest + 1;
    offsets.push_back(i <= last ? offset : e.choose(isLast, e.index(last * step), offset));
  }
  return offsets;
}

/// B^T applied to each row of pixels, then to each column.
void InputTransform::emitTile(Value at, ArrayRef<Value> rows, ArrayRef<Value> columns, Value to) {
  SmallVector<SmallVector<Value>> half;
  for (Value row : rows) {
    Value rowAt = e.add(at, row);
    SmallVector<Value> pixels =
        llvm::map_to_vector(columns, [&](Value column) { return e.loadVector(input, e.add(rowAt, column)); });
    half.push_back(applyMatrix(e, matrix, pixels));
  }
  for (int64_t column = 0; column < geometry.extent; ++column) {
    SmallVector<Value> pixels = llvm::map_to_vector(half, [&](const auto &row) { return row[column]; });
    for (auto [row, value] : llvm::enumerate(applyMatrix(e, matrix, pixels)))
      e.store(value, transformed, e.add(to, (row * geometry.extent + column) * pointStep));
  }
}

void emitWinogradInput(Emitter &e, kernel::WinogradInputOp op) {
  WinogradGeometry geometry(op.getForm(), shapeOf(op.getInput())[0], op.getOutSize(), op.getSchedule().getBlock());
  InputTransform transform(e, geometry, op.getInput(), op.getOrigin(), op.getTransformed());
  e.forEachUnit(op.getSchedule().getTasks(), {transform.channelBlocks()}, [&](ArrayRef<Value> at) {
    transform.emit(at[0], e.index(0), e.index(geometry.tiles), e.index(0));
  });
}

} // namespace kiln
