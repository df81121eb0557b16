// Reductions over axes, given as an attribute at first and as an input since opset 13 (sum) or 18.
#include "frontends/onnx/OnnxOperators.h"

#include "mlir/IR/Matchers.h"

using namespace mlir;

namespace kiln::onnx_frontend {

using llvm::APFloat;

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

/// Combines the halves of a dimension until one element is left; an odd one waits for the next
/// turn.
template <typename OpTy>
static FailureOr<Value> combinedAlong(OnnxNode &node, FailureOr<Value> data, int64_t axis) {
  while (succeeded(data)) {
    auto type = cast<RankedTensorType>(data->getType());
    int64_t size = type.getDimSize(axis), half = size / 2;
    if (size == 1)
      return data;
    Integers starts(type.getRank(), 0), sizes(type.getShape()), steps(type.getRank(), 1);
    auto part = [&](int64_t start, int64_t count) {
      starts[axis] = start;
      sizes[axis] = count;
      return node.create<nn::SliceOp>(*data, starts, sizes, steps);
    };
    FailureOr<Value> whole = node.create<OpTy>(part(0, half), part(half, half));
    FailureOr<Value> rest = size % 2 ? part(size - 1, 1) : FailureOr<Value>(failure());
    if (succeeded(whole) && succeeded(rest))
      whole = node.create<nn::ConcatOp>(SmallVector<Value>{*whole, *rest}, axis);
    data = whole;
  }
  return failure();
}

/// The reduction as combinations of two elements each: nothing is left of them where the elements
/// are constants.
template <typename OpTy> static LogicalResult combineAll(OnnxNode &node, ArrayRef<int64_t> axes) {
  Integers shape(node.shape(0));
  FailureOr<Value> result = node.input(0);
  for (int64_t axis : llvm::reverse(axes)) {
    result = combinedAlong<OpTy>(node, result, axis);
    shape[axis] = 1;
    if (node.integer("keepdims", 1) == 0)
      shape.erase(shape.begin() + axis);
  }
  return node.setFirst(node.reshaped(result, shape));
}

/// Whether an exporter computed a shape with it: a few numbers that are known while compiling.
static bool isSmallConstant(OnnxNode &node) {
  constexpr int64_t mostElements = 8;
  int64_t count = node.type(0).getNumElements();
  return count > 0 && count <= mostElements && matchPattern(node.input(0), m_Constant());
}

template <typename OpTy, int64_t inputSince> static LogicalResult translateReduce(OnnxNode &node) {
  return node.setFirst(reduce<OpTy, inputSince>(node, node.input(0)));
}

/// A reduction of shapes, such as the shorter side of a picture, is a number while compiling.
template <typename OpTy, typename PairOpTy, int64_t inputSince>
static LogicalResult translateReduceOrFold(OnnxNode &node) {
  FailureOr<std::optional<Integers>> axes = reducedAxes(node, inputSince);
  if (failed(axes))
    return failure();
  if (*axes && isSmallConstant(node))
    return combineAll<PairOpTy>(node, **axes);
  return translateReduce<OpTy, inputSince>(node);
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

/// log(sum(exp(x))), with the largest number taken out so that nothing overflows.
static LogicalResult translateReduceLogSumExp(OnnxNode &node) {
  FailureOr<std::optional<Integers>> axes = reducedAxes(node, otherAxesInput);
  if (failed(axes))
    return failure();
  if (!*axes)
    return node.setResult(node.input(0));
  Type element = node.type(0).getElementType();
  if (!isa<FloatType>(element))
    return node.error() << "its input holds integers; convert them to float";
  double limit =
      APFloat::getLargest(cast<FloatType>(element).getFloatSemantics()).convertToDouble();
  FailureOr<Value> largest = node.create<nn::ReduceMaxOp>(node.input(0), **axes, /*keepdims=*/true);
  // An infinite one would leave infinity - infinity.
  largest = node.create<nn::ClipOp>(largest, APFloat(-limit), APFloat(limit));
  FailureOr<Value> powers = node.create<nn::ExpOp>(node.create<nn::SubOp>(node.input(0), largest));
  FailureOr<Value> sum = node.create<nn::ReduceSumOp>(powers, **axes, /*keepdims=*/true);
  FailureOr<Value> result = node.create<nn::AddOp>(node.create<nn::LogOp>(sum), largest);
  if (succeeded(result) && node.integer("keepdims", 1) == 0)
    result = node.create<nn::ReduceSumOp>(result, **axes, /*keepdims=*/false);
  return node.setFirst(result);
}

static LogicalResult translateReduceProd(OnnxNode &node) {
  FailureOr<std::optional<Integers>> axes = reducedAxes(node, otherAxesInput);
  if (failed(axes))
    return failure();
  if (!*axes)
    return node.setResult(node.input(0));
  if (llvm::none_of(**axes, [&](int64_t axis) { return node.shape(0)[axis] == 0; }))
    return combineAll<nn::MulOp>(node, **axes);
  Integers shape(node.shape(0));
  for (int64_t axis : llvm::reverse(**axes)) {
    shape[axis] = 1;
    if (node.integer("keepdims", 1) == 0)
      shape.erase(shape.begin() + axis);
  }
  // The product of nothing.
  return node.setFirst(node.expanded(node.scalar(1, node.type(0).getElementType()), shape));
}

llvm::ArrayRef<OnnxOperator> reductionOperators() {
  static const OnnxOperator operators[] = {
      {"ReduceMean", 1, 1, 2, translateReduce<nn::ReduceMeanOp, otherAxesInput>},
      {"ReduceSum", 1, 1, 2, translateReduceOrFold<nn::ReduceSumOp, nn::AddOp, sumAxesInput>},
      {"ReduceMax", 1, 1, 2, translateReduceOrFold<nn::ReduceMaxOp, nn::MaxOp, otherAxesInput>},
      {"ReduceMin", 1, 1, 2, translateReduceOrFold<nn::ReduceMinOp, nn::MinOp, otherAxesInput>},
      {"ReduceSumSquare", 1, 1, 2, translateReduceSumSquare},
      {"ReduceL1", 1, 1, 2, translateReduceL1},
      {"ReduceL2", 1, 1, 2, translateReduceL2},
      {"ReduceLogSum", 1, 1, 2, translateReduceLogSum},
      {"ReduceLogSumExp", 1, 1, 2, translateReduceLogSumExp},
      {"ReduceProd", 1, 1, 2, translateReduceProd},
  };
  return operators;
}

} // namespace kiln::onnx_frontend
