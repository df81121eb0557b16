// Non-max suppression: one kernel, and memory for what is left of a class.
#include "compiler/schedule/NnToKernel/KernelBuilder.h"

using namespace mlir;

namespace kiln {

LogicalResult emitSuppression(KernelBuilder &kernels, nn::NonMaxSuppressionOp op) {
  RankedTensorType boxes = tensorType(op.getBoxes());
  if (!boxes.getElementType().isF32())
    return op.emitOpError("has no kernel for element type ") << boxes.getElementType();
  Value rest = kernels.allocateTemporary({boxes.getDimSize(1)}, boxes.getElementType());
  kernel::NonMaxSuppressionOp::create(
      kernels.builder, kernels.loc, kernels.plainView(op.getBoxes()),
      kernels.plainView(op.getScores()), kernels.plainView(op.getSelected()),
      kernels.plainView(op.getCount()), rest, op.getMaxPerClass(), op.getScoreThreshold(),
      op.getIouThreshold(), op.getCenterPointBox(), scheduleOf(op));
  return success();
}

} // namespace kiln
