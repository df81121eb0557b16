// Normalisation, softmax and dropout.
#include "frontends/onnx/OnnxOperators.h"

using namespace mlir;

namespace kiln::onnx_frontend {

static Type elementOf(Value value) {
  return cast<RankedTensorType>(value.getType()).getElementType();
}

/// Normalises in the type of the statistics, which opset 15 lets differ from that of the data.
static FailureOr<Value> batchNorm(OnnxNode &node, FailureOr<Value> data,
                                  llvm::ArrayRef<Value> parameters) {
  if (failed(data))
    return failure();
  Type dataType = elementOf(*data), statistics = elementOf(parameters[2]);
  SmallVector<Value> operands;
  for (Value operand : {*data, parameters[0], parameters[1], parameters[2], parameters[3]}) {
    FailureOr<Value> same = node.converted(operand, statistics);
    if (failed(same))
      return failure();
    operands.push_back(*same);
  }
  return node.converted(node.create<nn::BatchNormOp>(operands[0], operands[1], operands[2],
                                                     operands[3], operands[4],
                                                     llvm::APFloat(node.real("epsilon", 1e-5f))),
                        dataType);
}

/// True where nothing that the network is given decides the value.
static bool isWeight(Value value) {
  llvm::SmallVector<Value> open{value};
  llvm::SmallPtrSet<Operation *, 8> seen;
  while (!open.empty()) {
    Operation *op = open.pop_back_val().getDefiningOp();
    if (!op)
      return false;
    if (seen.insert(op).second)
      llvm::append_range(open, op->getOperands());
  }
  return true;
}

/// The statistics of the data itself: the filters of some networks are standardised like that (Qiao
/// et al. 2019).
static LogicalResult standardizeWeights(OnnxNode &node) {
  Value data = node.input(0);
  Type element = elementOf(data);
  Integers axes{0}, list(node.rank(0), 1);
  for (int64_t axis = 2; axis < node.rank(0); ++axis)
    axes.push_back(axis);
  list[1] = node.shape(0)[1];
  FailureOr<Value> mean = node.create<nn::ReduceMeanOp>(data, axes, /*keepdims=*/true);
  FailureOr<Value> centred = node.create<nn::SubOp>(data, mean);
  FailureOr<Value> variance = node.create<nn::ReduceMeanOp>(
      node.create<nn::MulOp>(centred, centred), axes, /*keepdims=*/true);
  FailureOr<Value> deviation = node.create<nn::SqrtOp>(
      node.create<nn::AddOp>(variance, node.scalar(node.real("epsilon", 1e-5f), element)));
  FailureOr<Value> scaled = node.create<nn::MulOp>(node.create<nn::DivOp>(centred, deviation),
                                                   node.reshaped(node.input(1), list));
  return node.emit<nn::AddOp>(scaled, node.reshaped(node.input(2), list));
}

static LogicalResult translateBatchNormalization(OnnxNode &node) {
  bool isTraining = node.integer("training_mode", 0) != 0;
  if (isTraining && node.rank(0) > 1 && isWeight(node.input(0)))
    return standardizeWeights(node);
  if (isTraining)
    return node.error() << "it is in training mode; export the model for inference (model.eval())";
  SmallVector<Value> parameters{node.input(1), node.input(2), node.input(3), node.input(4)};
  // spatial = 0, until opset 8: statistics for every position, so every position counts as a
  // channel.
  constexpr int64_t lastWithSpatial = 8;
  bool isSpatial = node.opset() > lastWithSpatial || node.integer("spatial", 1) != 0;
  if (isSpatial || node.rank(0) < 2)
    return node.setFirst(batchNorm(node, node.input(0), parameters));
  llvm::ArrayRef<int64_t> shape = node.shape(0);
  std::optional<int64_t> features = checkedProduct(shape.drop_front());
  FailureOr<Value> flat = node.reshaped(node.input(0), {shape[0], features.value_or(0)});
  for (Value &parameter : parameters) {
    FailureOr<Value> list = node.reshaped(parameter, {features.value_or(0)});
    if (failed(list))
      return failure();
    parameter = *list;
  }
  return node.setFirst(node.reshaped(batchNorm(node, flat, parameters), shape));
}

static LogicalResult translateInstanceNormalization(OnnxNode &node) {
  return node.emit<nn::InstanceNormOp>(node.input(0), node.input(1), node.input(2),
                                       llvm::APFloat(node.real("epsilon", 1e-5f)));
}

/// x / the p-norm along an axis; where that is 0, so is the result.
static LogicalResult translateLpNormalization(OnnxNode &node) {
  FailureOr<int64_t> axis = node.checkedAxis(node.integer("axis", -1), node.rank(0));
  int64_t p = node.integer("p", 2);
  if (failed(axis))
    return failure();
  if (p != 1 && p != 2)
    return node.error() << "p is " << p << "; it must be 1 or 2";
  Value data = node.input(0);
  FailureOr<Value> magnitude =
      p == 1 ? node.create<nn::AbsOp>(data) : node.create<nn::MulOp>(data, data);
  FailureOr<Value> norm =
      node.create<nn::ReduceSumOp>(magnitude, Integers{*axis}, /*keepdims=*/true);
  if (p == 2)
    norm = node.create<nn::SqrtOp>(norm);
  Type element = elementOf(data);
  double smallest = element.isF16() ? 6e-8 : 1.2e-38;
  norm = node.create<nn::MaxOp>(norm, node.scalar(smallest, element));
  return node.emit<nn::DivOp>(data, norm);
}

static LogicalResult translateLrn(OnnxNode &node) {
  return node.emit<nn::LrnOp>(
      node.input(0), node.integer("size", 0), llvm::APFloat(node.real("alpha", 1e-4f)),
      llvm::APFloat(node.real("beta", 0.75)), llvm::APFloat(node.real("bias", 1.0)));
}

/// Before opset 13: the dimensions from `axis` on are one, and the softmax runs over all of it.
template <typename OpTy> static LogicalResult translateFlatSoftmax(OnnxNode &node) {
  llvm::ArrayRef<int64_t> shape = node.shape(0);
  FailureOr<int64_t> axis = node.checkedAxis(node.integer("axis", 1), shape.size());
  if (failed(axis))
    return failure();
  bool isOneAxis =
      llvm::all_of(shape.drop_front(*axis + 1), [](int64_t size) { return size == 1; });
  if (isOneAxis)
    return node.emit<OpTy>(node.input(0), *axis);
  std::optional<int64_t> rows = checkedProduct(shape.take_front(*axis));
  std::optional<int64_t> columns = checkedProduct(shape.drop_front(*axis));
  FailureOr<Value> flat = node.reshaped(node.input(0), {rows.value_or(0), columns.value_or(0)});
  return node.setFirst(node.reshaped(node.create<OpTy>(flat, 1), shape));
}

template <typename OpTy> static LogicalResult translateSoftmax(OnnxNode &node) {
  FailureOr<int64_t> axis = node.checkedAxis(node.integer("axis", -1), node.rank(0));
  return failed(axis) ? failure() : node.emit<OpTy>(node.input(0), *axis);
}

/// Inference: the identity, with a mask that keeps everything.
static LogicalResult translateDropout(OnnxNode &node) {
  if (Value training = node.input(2)) {
    auto isTraining = nn::constantIntegers(training);
    if (!isTraining || llvm::any_of(*isTraining, [](int64_t value) { return value != 0; }))
      return node.error()
             << "it is in training mode; export the model for inference (model.eval())";
  }
  if (node.wants(1)) {
    constexpr int64_t firstWithBoolMask = 10;
    Type maskType = node.opset() < firstWithBoolMask ? node.type(0).getElementType()
                                                     : node.getBuilder().getI1Type();
    FailureOr<Value> mask = node.expanded(node.scalar(1, maskType), node.shape(0));
    if (failed(mask) || failed(node.setResult(*mask, 1)))
      return failure();
  }
  return node.setResult(node.input(0));
}

llvm::ArrayRef<OnnxOperator> normalizationOperators() {
  static const OnnxOperator operators[] = {
      {"BatchNormalization", 1, 5, 5, translateBatchNormalization},
      {"InstanceNormalization", 1, 3, 3, translateInstanceNormalization},
      {"LpNormalization", 1, 1, 1, translateLpNormalization},
      {"LRN", 1, 1, 1, translateLrn},
      {"Softmax", 1, 1, 1, translateFlatSoftmax<nn::SoftmaxOp>},
      {"Softmax", 13, 1, 1, translateSoftmax<nn::SoftmaxOp>},
      {"LogSoftmax", 1, 1, 1, translateFlatSoftmax<nn::LogSoftmaxOp>},
      {"LogSoftmax", 13, 1, 1, translateSoftmax<nn::LogSoftmaxOp>},
      {"Dropout", 1, 1, 3, translateDropout},
  };
  return operators;
}

} // namespace kiln::onnx_frontend
