// Reductions over axes, given as an attribute at first and as an input since opset 13 (sum) or 18.
#include "dialects/nn/NnElements.h"
#include "frontends/onnx/OnnxFolding.h"
#include "frontends/onnx/OnnxOperators.h"

using namespace mlir;

namespace kiln::onnx_frontend {

static constexpr int64_t sumAxesInput = 13, otherAxesInput = 18;

/// The axes to reduce; nothing where the node says to reduce none.
static FailureOr<std::optional<Integers>> reducedAxes(OnnxNode &node, int64_t inputSince) {
  FailureOr<std::optional<Integers>> axes = node.axes(inputSince, node.rank(0));
  if (failed(axes))
    return failure();
  if (*axes && !(*axes)->empty())
    return axes;
  if (node.integer("noop_with_empty_axes", 0) != 0)
    return std::optional<Integers>();
  return std::optional<Integers>(llvm::to_vector(llvm::seq<int64_t>(0, node.rank(0))));
}

template <typename OpTy, int64_t inputSince>
static FailureOr<Value> reduce(OnnxNode &node, FailureOr<Value> input) {
  FailureOr<std::optional<Integers>> axes = reducedAxes(node, inputSince);
  if (failed(axes))
    return failure();
  if (!*axes)
    return input;
  return node.create<OpTy>(input, **axes, node.integer("keepdims", 1) != 0);
}

template <typename OpTy, int64_t inputSince> static LogicalResult translateReduce(OnnxNode &node) {
  return node.setFirst(reduce<OpTy, inputSince>(node, node.input(0)));
}

static FailureOr<Value> sumOfSquares(OnnxNode &node) {
  return reduce<nn::ReduceSumOp, otherAxesInput>(
      node, node.create<nn::MulOp>(node.input(0), node.input(0)));
}

static LogicalResult translateReduceSumSquare(OnnxNode &node) {
  return node.setFirst(sumOfSquares(node));
}

static LogicalResult translateReduceL2(OnnxNode &node) {
  return node.emit<nn::SqrtOp>(sumOfSquares(node));
}

static LogicalResult translateReduceL1(OnnxNode &node) {
  return node.setFirst(
      reduce<nn::ReduceSumOp, otherAxesInput>(node, node.create<nn::AbsOp>(node.input(0))));
}

static LogicalResult translateReduceLogSum(OnnxNode &node) {
  return node.emit<nn::LogOp>(reduce<nn::ReduceSumOp, otherAxesInput>(node, node.input(0)));
}

/// Products occur in the computation of shapes: of all elements of a small constant.
static LogicalResult translateReduceProd(OnnxNode &node) {
  std::optional<SmallConstant> constant = readSmallConstant(node.input(0));
  FailureOr<std::optional<Integers>> axes = reducedAxes(node, otherAxesInput);
  if (failed(axes))
    return failure();
  if (!constant || !*axes || static_cast<int64_t>((*axes)->size()) != node.rank(0))
    return node.error() << "this operator is supported on small constants only, over all axes; "
                           "replace it in the "
                           "model by supported operators";
  Integers shape(node.integer("keepdims", 1) != 0 ? node.rank(0) : 0, 1);
  auto type = RankedTensorType::get(shape, node.type(0).getElementType());
  if (constant->isInteger()) {
    Integers product{1};
    for (int64_t value : constant->integers)
      product[0] = wrappingMul(product[0], value);
    return node.setResult(node.constant(nn::makeElements(type, product)));
  }
  SmallVector<double> product{1};
  for (double value : constant->numbers)
    product[0] *= value;
  return node.setResult(node.constant(nn::makeElements(type, product)));
}

llvm::ArrayRef<OnnxOperator> reductionOperators() {
  static const OnnxOperator operators[] = {
      {"ReduceMean", 1, 1, 2, translateReduce<nn::ReduceMeanOp, otherAxesInput>},
      {"ReduceSum", 1, 1, 2, translateReduce<nn::ReduceSumOp, sumAxesInput>},
      {"ReduceMax", 1, 1, 2, translateReduce<nn::ReduceMaxOp, otherAxesInput>},
      {"ReduceMin", 1, 1, 2, translateReduce<nn::ReduceMinOp, otherAxesInput>},
      {"ReduceSumSquare", 1, 1, 2, translateReduceSumSquare},
      {"ReduceL1", 1, 1, 2, translateReduceL1},
      {"ReduceL2", 1, 1, 2, translateReduceL2},
      {"ReduceLogSum", 1, 1, 2, translateReduceLogSum},
      {"ReduceProd", 1, 1, 2, translateReduceProd},
  };
  return operators;
}

} // namespace kiln::onnx_frontend
