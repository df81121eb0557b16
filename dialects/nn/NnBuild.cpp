// Checked building of nn ops, and access to small constants.
#include "dialects/nn/NnBuild.h"

#include "dialects/nn/NnElements.h"

#include "mlir/IR/Matchers.h"
#include "mlir/IR/Verifier.h"

using namespace mlir;

namespace kiln::nn {

FailureOr<RankedTensorType> checkedTensorType(Location loc, ArrayRef<int64_t> shape,
                                              Type elementType) {
  return RuleReporter(loc, "nn.constant").tensorType(shape, elementType);
}

static LogicalResult
inferAndVerify(Operation *op,
               llvm::function_ref<FailureOr<RankedTensorType>(const RuleReporter &)> infer) {
  if (!infer)
    return verify(op, /*verifyRecursively=*/false);
  RuleReporter rules(op->getLoc(), op->getName().getStringRef());
  if (failed(rules.checkOperands(op->getOperands())))
    return failure();
  FailureOr<RankedTensorType> type = infer(rules);
  if (failed(type))
    return failure();
  op->getResult(0).setType(*type);
  return verify(op, /*verifyRecursively=*/false);
}

LogicalResult
detail::finishChecked(OpBuilder &builder, Operation *op,
                      llvm::function_ref<FailureOr<RankedTensorType>(const RuleReporter &)> infer) {
  if (failed(inferAndVerify(op, infer))) {
    op->destroy();
    return failure();
  }
  builder.insert(op);
  return success();
}

SmallVector<Value> foldCreated(OpBuilder &builder, Operation *op) {
  SmallVector<Value> results;
  if (failed(builder.tryFold(op, results)) || results.empty())
    return SmallVector<Value>(op->getResults());
  if (results.front().getDefiningOp() != op)
    op->erase();
  return results;
}

ConstantOp createConstant(OpBuilder &builder, Location loc, ArrayRef<int64_t> values,
                          std::optional<ArrayRef<int64_t>> shape, Type elementType) {
  if (!elementType)
    elementType = builder.getI64Type();
  int64_t count = values.size();
  auto type = RankedTensorType::get(shape.value_or(ArrayRef<int64_t>(count)), elementType);
  return ConstantOp::create(builder, loc, type, makeElements(type, values));
}

std::optional<SmallVector<int64_t>> constantIntegers(Value value) {
  ElementsAttr elements;
  return matchPattern(value, m_Constant(&elements)) ? readIntegers(elements) : std::nullopt;
}

std::optional<SmallVector<double>> constantFloats(Value value) {
  ElementsAttr elements;
  return matchPattern(value, m_Constant(&elements)) ? readFloats(elements) : std::nullopt;
}

} // namespace kiln::nn
