// Rules and result types of the ops that act on each element, of softmax and of the reductions.
#include "dialects/nn/NnDialect.h"
#include "dialects/nn/NnShapeInference.h"

using namespace mlir;

namespace kiln::nn {

//---- One operand

static FailureOr<RankedTensorType> inferUnary(Value input, const RuleReporter &rules) {
  return rules.tensorType(tensorOf(input).getShape(), tensorOf(input).getElementType());
}

#define KILN_NN_UNARY(OP)                                                                          \
  FailureOr<RankedTensorType> OP::inferResult(Adaptor adaptor, const RuleReporter &rules) {        \
    return inferUnary(adaptor.getInput(), rules);                                                  \
  }
KILN_NN_UNARY(ReluOp)
KILN_NN_UNARY(LeakyReluOp)
KILN_NN_UNARY(ClipOp)
KILN_NN_UNARY(SigmoidOp)
KILN_NN_UNARY(TanhOp)
KILN_NN_UNARY(EluOp)
KILN_NN_UNARY(HardSigmoidOp)
KILN_NN_UNARY(HardSwishOp)
KILN_NN_UNARY(SwishOp)
KILN_NN_UNARY(ExpOp)
KILN_NN_UNARY(LogOp)
KILN_NN_UNARY(SqrtOp)
KILN_NN_UNARY(ErfOp)
KILN_NN_UNARY(AbsOp)
KILN_NN_UNARY(NegOp)
KILN_NN_UNARY(FloorOp)
KILN_NN_UNARY(CeilOp)
KILN_NN_UNARY(RoundOp)
KILN_NN_UNARY(IdentityOp)
KILN_NN_UNARY(DropoutOp)
#undef KILN_NN_UNARY

//---- Two operands

static FailureOr<RankedTensorType> inferBinary(RankedTensorType lhs, RankedTensorType rhs,
                                               const RuleReporter &rules) {
  auto shape = broadcastShapes(lhs.getShape(), rhs.getShape());
  if (!shape)
    return rules.broken("E1", "shapes ", shapeText(lhs.getShape()), " and ",
                        shapeText(rhs.getShape()), " do not broadcast");
  if (lhs.getElementType() != rhs.getElementType())
    return rules.broken("E2", "operands must have one element type, but have ",
                        lhs.getElementType(), " and ", rhs.getElementType());
  return rules.tensorType(*shape, lhs.getElementType());
}

#define KILN_NN_BINARY(OP)                                                                         \
  FailureOr<RankedTensorType> OP::inferResult(Adaptor adaptor, const RuleReporter &rules) {        \
    return inferBinary(tensorOf(adaptor.getLhs()), tensorOf(adaptor.getRhs()), rules);             \
  }
KILN_NN_BINARY(AddOp)
KILN_NN_BINARY(SubOp)
KILN_NN_BINARY(MulOp)
KILN_NN_BINARY(DivOp)
KILN_NN_BINARY(MinOp)
KILN_NN_BINARY(MaxOp)
KILN_NN_BINARY(PowOp)
#undef KILN_NN_BINARY

FailureOr<RankedTensorType> PreluOp::inferResult(Adaptor prelu, const RuleReporter &rules) {
  RankedTensorType input = tensorOf(prelu.getInput()), slope = tensorOf(prelu.getSlope());
  if (!broadcastsTo(slope.getShape(), input.getShape()))
    return rules.broken("PR1", "slope must broadcast to ", shapeText(input.getShape()),
                        ", but has shape ", shapeText(slope.getShape()));
  if (slope.getElementType() != input.getElementType())
    return rules.broken("PR2", "operands must have one element type, but have ",
                        input.getElementType(), " and ", slope.getElementType());
  return rules.tensorType(input.getShape(), input.getElementType());
}

//---- Comparison and choice

FailureOr<RankedTensorType> CompareOp::inferResult(Adaptor compare, const RuleReporter &rules) {
  RankedTensorType lhs = tensorOf(compare.getLhs()), rhs = tensorOf(compare.getRhs());
  auto shape = broadcastShapes(lhs.getShape(), rhs.getShape());
  if (!shape)
    return rules.broken("CM1", "shapes ", shapeText(lhs.getShape()), " and ",
                        shapeText(rhs.getShape()), " do not broadcast");
  if (lhs.getElementType() != rhs.getElementType())
    return rules.broken("CM2", "operands must have one element type, but have ",
                        lhs.getElementType(), " and ", rhs.getElementType());
  return rules.tensorType(*shape, IntegerType::get(lhs.getContext(), 1));
}

FailureOr<RankedTensorType> SelectOp::inferResult(Adaptor select, const RuleReporter &rules) {
  RankedTensorType condition = tensorOf(select.getCondition());
  RankedTensorType lhs = tensorOf(select.getLhs()), rhs = tensorOf(select.getRhs());
  auto shape = broadcastShapes(lhs.getShape(), rhs.getShape());
  if (shape)
    shape = broadcastShapes(*shape, condition.getShape());
  if (!shape)
    return rules.broken("SE1", "shapes ", shapeText(condition.getShape()), ", ",
                        shapeText(lhs.getShape()), " and ", shapeText(rhs.getShape()),
                        " do not broadcast");
  if (lhs.getElementType() != rhs.getElementType())
    return rules.broken("SE2", "alternatives must have one element type, but have ",
                        lhs.getElementType(), " and ", rhs.getElementType());
  return rules.tensorType(*shape, lhs.getElementType());
}

//---- nn.cast

LogicalResult CastOp::verify() {
  RankedTensorType input = getInput().getType(), result = getResult().getType();
  RuleReporter rules(*this);
  if (input.getShape() != result.getShape())
    return rules.broken("CA1", "input and result must have the same shape, but have ",
                        shapeText(input.getShape()), " and ", shapeText(result.getShape()));
  return rules.tensorType(result.getShape(), result.getElementType());
}

//---- Along axes

static FailureOr<RankedTensorType> inferSoftmax(RankedTensorType input, int64_t axis,
                                                const RuleReporter &rules) {
  if (axis < 0 || axis >= input.getRank())
    return rules.broken("S1", "axis ", axis, " must be a dimension of the input, which has rank ",
                        input.getRank());
  return rules.tensorType(input.getShape(), input.getElementType());
}

FailureOr<RankedTensorType> SoftmaxOp::inferResult(Adaptor softmax, const RuleReporter &rules) {
  return inferSoftmax(tensorOf(softmax.getInput()), softmax.getAxis(), rules);
}

FailureOr<RankedTensorType> LogSoftmaxOp::inferResult(Adaptor softmax, const RuleReporter &rules) {
  return inferSoftmax(tensorOf(softmax.getInput()), softmax.getAxis(), rules);
}

template <typename Adaptor>
static FailureOr<RankedTensorType> inferReduce(Adaptor reduce, bool needsElements,
                                               const RuleReporter &rules) {
  RankedTensorType input = tensorOf(reduce.getInput());
  SmallVector<bool> reduced(input.getRank(), false);
  int64_t previous = -1;
  for (int64_t axis : reduce.getAxes()) {
    if (axis <= previous || axis >= input.getRank())
      return rules.broken("R1", "axes must ascend within rank ", input.getRank(), ", but hold ",
                          axis, " after ", previous);
    if (needsElements && input.getDimSize(axis) == 0)
      return rules.broken("R2", "axis ", axis, " must not be empty");
    reduced[axis] = true;
    previous = axis;
  }
  SmallVector<int64_t> shape;
  for (auto [axis, size] : llvm::enumerate(input.getShape()))
    if (!reduced[axis] || reduce.getKeepdims())
      shape.push_back(reduced[axis] ? 1 : size);
  return rules.tensorType(shape, input.getElementType());
}

FailureOr<RankedTensorType> ReduceMeanOp::inferResult(Adaptor reduce, const RuleReporter &rules) {
  return inferReduce(reduce, /*needsElements=*/false, rules);
}

FailureOr<RankedTensorType> ReduceSumOp::inferResult(Adaptor reduce, const RuleReporter &rules) {
  return inferReduce(reduce, /*needsElements=*/false, rules);
}

FailureOr<RankedTensorType> ReduceMaxOp::inferResult(Adaptor reduce, const RuleReporter &rules) {
  return inferReduce(reduce, /*needsElements=*/true, rules);
}

FailureOr<RankedTensorType> ReduceMinOp::inferResult(Adaptor reduce, const RuleReporter &rules) {
  return inferReduce(reduce, /*needsElements=*/true, rules);
}

} // namespace kiln::nn
