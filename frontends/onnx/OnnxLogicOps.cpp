// Comparisons, logic and choices. A truth value is an i1: `and` is the minimum, `or` the maximum,
// `not` the comparison with false.
#include "frontends/onnx/OnnxOperators.h"
#include "frontends/onnx/OnnxSmallConstant.h"

#include <limits>

using namespace mlir;

namespace kiln::onnx_frontend {

using nn::Predicate;

template <Predicate predicate> static LogicalResult translateRelation(OnnxNode &node) {
  return node.emit<nn::CompareOp>(node.input(0), node.alignedOperand(), predicate);
}

/// a > b as b < a.
template <Predicate predicate> static LogicalResult translateSwapped(OnnxNode &node) {
  return node.emit<nn::CompareOp>(node.alignedOperand(), node.input(0), predicate);
}

static FailureOr<Value> negated(OnnxNode &node, FailureOr<Value> truth) {
  return node.create<nn::CompareOp>(truth, node.scalar(0, node.getBuilder().getI1Type()),
                                    Predicate::Equal);
}

static LogicalResult checkTruths(OnnxNode &node) {
  for (size_t i = 0; i < node.numInputs(); ++i)
    if (!node.type(i).getElementType().isInteger(1))
      return node.error() << "its input " << i << " is no tensor of BOOL";
  return success();
}

template <typename OpTy> static LogicalResult translateLogic(OnnxNode &node) {
  if (failed(checkTruths(node)))
    return failure();
  return node.emit<OpTy>(node.input(0), node.alignedOperand());
}

static LogicalResult translateXor(OnnxNode &node) {
  if (failed(checkTruths(node)))
    return failure();
  return node.setFirst(negated(
      node, node.create<nn::CompareOp>(node.input(0), node.alignedOperand(), Predicate::Equal)));
}

static LogicalResult translateNot(OnnxNode &node) {
  if (failed(checkTruths(node)))
    return failure();
  return node.setFirst(negated(node, node.input(0)));
}

/// A constant condition that is the same everywhere chooses one operand.
static LogicalResult translateWhere(OnnxNode &node) {
  std::optional<SmallConstant> condition = readSmallConstant(node.input(0));
  FailureOr<Value> chosen = node.create<nn::SelectOp>(node.input(0), node.input(1), node.input(2));
  if (failed(chosen) || !condition || condition->integers.empty() ||
      !llvm::all_equal(condition->integers))
    return node.setFirst(chosen);
  auto type = cast<RankedTensorType>(chosen->getType());
  return node.setFirst(
      node.expanded(node.input(condition->integers.front() ? 1 : 2), type.getShape()));
}

/// A NaN is the only number that differs from itself.
static LogicalResult translateIsNan(OnnxNode &node) {
  return node.setFirst(
      negated(node, node.create<nn::CompareOp>(node.input(0), node.input(0), Predicate::Equal)));
}

static LogicalResult translateIsInf(OnnxNode &node) {
  bool positive = node.integer("detect_positive", 1) != 0;
  bool negative = node.integer("detect_negative", 1) != 0;
  Value infinity =
      node.scalar(std::numeric_limits<double>::infinity(), node.type(0).getElementType());
  auto isInfinity = [&](FailureOr<Value> value) {
    return node.create<nn::CompareOp>(value, infinity, Predicate::Equal);
  };
  FailureOr<Value> data = node.input(0);
  if (positive && negative)
    return node.setFirst(isInfinity(node.create<nn::AbsOp>(data)));
  if (positive)
    return node.setFirst(isInfinity(data));
  if (negative)
    return node.setFirst(isInfinity(node.create<nn::NegOp>(data)));
  return node.setFirst(node.expanded(node.scalar(0, node.getBuilder().getI1Type()), node.shape(0)));
}

/// -1, 0 or 1.
static LogicalResult translateSign(OnnxNode &node) {
  Type element = node.type(0).getElementType();
  Value x = node.input(0), zero = node.scalar(0, element);
  FailureOr<Value> above = node.create<nn::CompareOp>(zero, x, Predicate::Less);
  FailureOr<Value> below = node.create<nn::CompareOp>(x, zero, Predicate::Less);
  return node.emit<nn::SubOp>(node.converted(above, element), node.converted(below, element));
}

llvm::ArrayRef<OnnxOperator> logicOperators() {
  static const OnnxOperator operators[] = {
      {"Equal", 1, 2, 2, translateRelation<Predicate::Equal>},
      {"Less", 1, 2, 2, translateRelation<Predicate::Less>},
      {"Greater", 1, 2, 2, translateSwapped<Predicate::Less>},
      {"LessOrEqual", 12, 2, 2, translateRelation<Predicate::LessEqual>},
      {"GreaterOrEqual", 12, 2, 2, translateSwapped<Predicate::LessEqual>},
      {"And", 1, 2, 2, translateLogic<nn::MinOp>},
      {"Or", 1, 2, 2, translateLogic<nn::MaxOp>},
      {"Xor", 1, 2, 2, translateXor},
      {"Not", 1, 1, 1, translateNot},
      {"Where", 9, 3, 3, translateWhere},
      {"IsNaN", 9, 1, 1, translateIsNan},
      {"IsInf", 10, 1, 1, translateIsInf},
      {"Sign", 9, 1, 1, translateSign},
  };
  return operators;
}

} // namespace kiln::onnx_frontend
