// See TileEpilogue.h.
#include "compiler/lowering/KernelToVector/TileEpilogue.h"

#include "compiler/lowering/KernelToVector/Activation.h"

using namespace mlir;

namespace kiln {

static int64_t lanesOfVector(Value vector) {
  return cast<VectorType>(vector.getType()).getNumElements();
}

void TileEpilogue::emit(ValueRange sums, int64_t columns, Value outputAt, Value residualAt,
                        int64_t lanes) const {
  bool isInLoop = isFunction(activation) && sums.size() > 1;
  for (auto [i, sum] : llvm::enumerate(sums)) {
    int64_t row = i / columns, column = i % columns;
    auto offset = [&](const MapWalk &walk) { return row * walk.pixel[1] + column * walk.pixel[2]; };
    Value value = sum;
    if (residual) {
      Value addend =
          e.loadVector(residual, e.add(residualAt, offset(residualWalk)), lanesOfVector(sum));
      value = arith::AddFOp::create(e, value, addend);
    }
    // In a loop the other lanes of the block are written with the final value.
    value = isInLoop ? value : e.widened(emitActivation(e, activation, value), lanes);
    e.store(value, output, e.add(outputAt, offset(outputWalk)));
  }
  if (isInLoop)
    activateStored(sums, columns, outputAt, lanes);
}

/// In a loop over the pixels of the tile the constants of the function stay in registers, which the
/// sums no longer need.
void TileEpilogue::activateStored(ValueRange sums, int64_t columns, Value outputAt,
                                  int64_t lanes) const {
  e.forEach(sums.size() / columns, [&](Value row) {
    e.forEach(columns, [&](Value column) {
      Value at = e.add(outputAt,
                       e.add(e.mul(row, outputWalk.pixel[1]), e.mul(column, outputWalk.pixel[2])));
      Value stored = e.loadVector(output, at, lanesOfVector(sums.front()));
      e.store(e.widened(emitActivation(e, activation, stored), lanes), output, at);
    });
  });
}

} // namespace kiln
