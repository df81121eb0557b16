// Pointwise ops as one linalg.generic: over one flat dimension where all operands lie alike, else
// over the result's shape.
#include "compiler/schedule/NnToKernel/KernelBuilder.h"

using namespace mlir;

namespace kiln {
namespace {

/// Right-aligned broadcasting: a dimension of size one reads position 0.
AffineMap broadcastMap(OpBuilder &builder, ArrayRef<int64_t> from, int64_t rank) {
  SmallVector<AffineExpr> exprs;
  int64_t first = rank - static_cast<int64_t>(from.size());
  for (auto [i, size] : llvm::enumerate(from))
    exprs.push_back(size == 1 ? builder.getAffineConstantExpr(0)
                              : builder.getAffineDimExpr(first + i));
  return AffineMap::get(rank, 0, exprs, builder.getContext());
}

/// True where every operand and the result store as many elements in the same order.
bool allAlike(Operation *op) {
  RankedTensorType result = tensorType(op->getResult(0));
  if (layoutOf(result) && MapLayout::of(result).hasBorder())
    return false;
  return llvm::all_of(op->getOperands(), [&](Value operand) {
    RankedTensorType type = tensorType(operand);
    return type.getShape() == result.getShape() && bufferShape(type) == bufferShape(result);
  });
}

struct Operands {
  SmallVector<Value> inputs;
  SmallVector<AffineMap> maps;
  Value output;
};

Operands flatOperands(KernelBuilder &kernels, Operation *op) {
  RankedTensorType result = tensorType(op->getResult(0));
  int64_t elements = bufferBytes(result) / elementBytes(result.getElementType());
  Operands operands;
  for (Value operand : op->getOperands()) {
    operands.inputs.push_back(kernels.plainView(operand, {elements}));
    operands.maps.push_back(kernels.builder.getMultiDimIdentityMap(1));
  }
  operands.output = kernels.plainView(op->getResult(0), {elements});
  return operands;
}

Operands shapedOperands(KernelBuilder &kernels, Operation *op) {
  bool isMap = static_cast<bool>(layoutOf(tensorType(op->getResult(0))));
  Operands operands;
  operands.output =
      isMap ? kernels.interiorView(op->getResult(0)) : kernels.plainView(op->getResult(0));
  int64_t rank = cast<MemRefType>(operands.output.getType()).getRank();
  for (Value operand : op->getOperands()) {
    Value view =
        layoutOf(tensorType(operand)) ? kernels.interiorView(operand) : kernels.plainView(operand);
    operands.inputs.push_back(view);
    operands.maps.push_back(
        broadcastMap(kernels.builder, cast<MemRefType>(view.getType()).getShape(), rank));
  }
  return operands;
}

} // namespace

LogicalResult emitPointwise(KernelBuilder &kernels, Operation *op) {
  Operands operands = allAlike(op) ? flatOperands(kernels, op) : shapedOperands(kernels, op);
  bool isMissing = false;
  size_t count = op->getNumOperands();
  kernels.parallel(operands.inputs, operands.output, operands.maps,
                   [&](OpBuilder &nested, Location loc, ValueRange elements) {
                     Value result = emitScalar(nested, loc, op, elements.take_front(count));
                     isMissing = !result;
                     return isMissing ? elements.back() : result;
                   });
  if (isMissing)
    return op->emitOpError("is not supported for element type ")
           << tensorType(op->getOperand(0)).getElementType() << "; cast its operands to f32";
  return success();
}

} // namespace kiln
