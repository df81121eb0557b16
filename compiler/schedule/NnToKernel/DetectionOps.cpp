// What follows the heads of a detector: one kernel each, on plain buffers.
#include "compiler/schedule/NnToKernel/KernelBuilder.h"

#include "mlir/Dialect/Utils/IndexingUtils.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace kiln {
namespace {

LogicalResult withoutKernel(Operation *op, Type element) {
  return op->emitOpError("has no kernel for element type ") << element;
}

/// With memory for what is left of a class.
LogicalResult emitSuppression(KernelBuilder &kernels, nn::NonMaxSuppressionOp op) {
  RankedTensorType boxes = tensorType(op.getBoxes());
  if (!boxes.getElementType().isF32())
    return withoutKernel(op, boxes.getElementType());
  Value rest = kernels.allocateTemporary({boxes.getDimSize(1)}, boxes.getElementType());
  kernel::NonMaxSuppressionOp::create(
      kernels.builder, kernels.loc, kernels.plainView(op.getBoxes()),
      kernels.plainView(op.getScores()), kernels.plainView(op.getSelected()),
      kernels.plainView(op.getCount()), rest, op.getMaxPerClass(), op.getScoreThreshold(),
      op.getIouThreshold(), op.getCenterPointBox(), scheduleOf(op));
  return success();
}

LogicalResult emitTopK(KernelBuilder &kernels, nn::TopKOp op) {
  RankedTensorType input = tensorType(op.getInput());
  Type element = input.getElementType();
  if (!element.isF32() && !element.isF64() && !element.isInteger(32) && !element.isInteger(64))
    return withoutKernel(op, element);
  auto rows = [&](Value tensor) {
    ArrayRef<int64_t> shape = tensorType(tensor).getShape();
    int64_t before = computeProduct(shape.take_front(op.getAxis()));
    int64_t behind = computeProduct(shape.drop_front(op.getAxis() + 1));
    return kernels.plainView(tensor, {before, shape[op.getAxis()], behind});
  };
  kernel::TopKOp::create(kernels.builder, kernels.loc, rows(op.getInput()), rows(op.getValues()),
                         rows(op.getPositions()), op.getLargest(), scheduleOf(op));
  return success();
}

LogicalResult emitRoiAlign(KernelBuilder &kernels, nn::RoiAlignOp op) {
  Type element = tensorType(op.getInput()).getElementType();
  if (!element.isF32())
    return withoutKernel(op, element);
  kernel::RoiAlignOp::create(kernels.builder, kernels.loc, kernels.plainView(op.getInput()),
                             kernels.plainView(op.getRois()), kernels.plainView(op.getImages()),
                             kernels.plainView(op.getResult()), op.getMode(), op.getSamplingRatio(),
                             op.getSpatialScale(), op.getHalfPixel(), scheduleOf(op));
  return success();
}

} // namespace

LogicalResult emitDetection(KernelBuilder &kernels, Operation *op) {
  return llvm::TypeSwitch<Operation *, LogicalResult>(op)
      .Case([&](nn::NonMaxSuppressionOp nms) { return emitSuppression(kernels, nms); })
      .Case([&](nn::TopKOp topK) { return emitTopK(kernels, topK); })
      .Case([&](nn::RoiAlignOp align) { return emitRoiAlign(kernels, align); });
}

} // namespace kiln
