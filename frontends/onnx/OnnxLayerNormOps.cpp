// Normalisation by the statistics of the data itself, over chosen axes: composed of means.
#include "frontends/onnx/OnnxOperators.h"

using namespace mlir;

namespace kiln::onnx_frontend {

static Type elementOf(Value value) {
  return cast<RankedTensorType>(value.getType()).getElementType();
}

/// The type in which statistics are computed: f32 for halves.
static Type statisticsType(OnnxNode &node) {
  Type element = node.type(0).getElementType();
  return isa<Float16Type, BFloat16Type>(element) ? Type(node.getBuilder().getF32Type()) : element;
}

static FailureOr<Value> meanOf(OnnxNode &node, FailureOr<Value> data,
                               llvm::ArrayRef<int64_t> axes) {
  return node.create<nn::ReduceMeanOp>(data, axes, /*keepdims=*/true);
}

/// 1 / sqrt(mean(x^2) + epsilon).
static FailureOr<Value> inverseDeviation(OnnxNode &node, FailureOr<Value> centred,
                                         llvm::ArrayRef<int64_t> axes) {
  Type element = statisticsType(node);
  FailureOr<Value> variance = meanOf(node, node.create<nn::MulOp>(centred, centred), axes);
  Value epsilon = node.scalar(node.real("epsilon", 1e-5f), element);
  return node.create<nn::DivOp>(node.scalar(1, element),
                                node.create<nn::SqrtOp>(node.create<nn::AddOp>(variance, epsilon)));
}

/// `data * scale + bias` in the type of the data; scale and bias may be absent.
static FailureOr<Value> scaled(OnnxNode &node, FailureOr<Value> data, FailureOr<Value> scale,
                               FailureOr<Value> bias) {
  if (failed(data) || failed(scale) || failed(bias))
    return failure();
  if (*scale)
    data = node.create<nn::MulOp>(data, node.converted(scale, elementOf(*data)));
  if (succeeded(data) && *bias)
    data = node.create<nn::AddOp>(data, node.converted(bias, elementOf(*data)));
  return data;
}

/// What is normalised, in the type of the statistics, and over which axes: from the attribute
/// `axis` on.
struct Normalized {
  Value data;
  Integers axes;
};

static FailureOr<Normalized> normalizedInput(OnnxNode &node) {
  FailureOr<int64_t> first = node.checkedAxis(node.integer("axis", -1), node.rank(0));
  FailureOr<Value> data = node.converted(node.input(0), statisticsType(node));
  if (failed(first) || failed(data))
    return failure();
  return Normalized{*data, llvm::to_vector(llvm::seq<int64_t>(*first, node.rank(0)))};
}

/// Sets the first output, in the type of the input.
static LogicalResult setNormalized(OnnxNode &node, FailureOr<Value> result) {
  return node.setFirst(node.converted(result, node.type(0).getElementType()));
}

/// Ba et al. 2016. The mean and the inverse deviation are further outputs.
static LogicalResult translateLayerNormalization(OnnxNode &node) {
  FailureOr<Normalized> input = normalizedInput(node);
  if (failed(input))
    return failure();
  FailureOr<Value> mean = meanOf(node, input->data, input->axes);
  FailureOr<Value> centred = node.create<nn::SubOp>(input->data, mean);
  FailureOr<Value> inverse = inverseDeviation(node, centred, input->axes);
  FailureOr<Value> result =
      scaled(node, node.create<nn::MulOp>(centred, inverse), node.input(1), node.input(2));
  if (failed(result) || failed(node.setResult(*mean, 1)) || failed(node.setResult(*inverse, 2)))
    return failure();
  return setNormalized(node, result);
}

/// Zhang and Sennrich 2019.
static LogicalResult translateRmsNormalization(OnnxNode &node) {
  FailureOr<Normalized> input = normalizedInput(node);
  if (failed(input))
    return failure();
  FailureOr<Value> inverse = inverseDeviation(node, input->data, input->axes);
  return setNormalized(
      node, scaled(node, node.create<nn::MulOp>(input->data, inverse), node.input(1), Value()));
}

/// A list of one number a channel as it broadcasts to the map.
static FailureOr<Value> perChannel(OnnxNode &node, size_t index) {
  Integers shape(node.rank(0) - 1, 1);
  shape[0] = node.shape(0)[1];
  return node.reshaped(node.input(index), shape);
}

/// Wu and He 2018: every group of channels is normalised on its own. Scale and bias are one number
/// a group until opset 20, one a channel since.
static LogicalResult translateGroupNormalization(OnnxNode &node) {
  constexpr int64_t firstWithChannels = 21;
  int64_t groups = node.integer("num_groups", 0);
  if (node.rank(0) < 3 || groups < 1 || node.shape(0)[1] % groups != 0)
    return node.error() << "num_groups is " << groups << " for an input of shape "
                        << nn::shapeText(node.shape(0))
                        << "; it must divide the channels of a feature map";
  llvm::ArrayRef<int64_t> shape = node.shape(0);
  int64_t inGroup = checkedProduct(shape.drop_front()).value_or(0) / groups;
  Type statistics = statisticsType(node);
  FailureOr<Value> grouped =
      node.reshaped(node.converted(node.input(0), statistics), {shape[0], groups, inGroup});
  bool isPerChannel = node.opset() >= firstWithChannels;
  Integers list{groups};
  FailureOr<Value> scale = isPerChannel ? node.expanded(node.scalar(1, statistics), list)
                                        : node.converted(node.input(1), statistics);
  FailureOr<Value> bias = isPerChannel ? node.expanded(node.scalar(0, statistics), list)
                                       : node.converted(node.input(2), statistics);
  FailureOr<Value> result = node.create<nn::InstanceNormOp>(
      grouped, scale, bias, llvm::APFloat(node.real("epsilon", 1e-5f)));
  result = node.reshaped(result, shape);
  if (isPerChannel)
    result = scaled(node, result, perChannel(node, 1), perChannel(node, 2));
  return node.setFirst(node.converted(result, node.type(0).getElementType()));
}

/// (x - mean) / (deviation + 1e-9).
static LogicalResult translateMeanVarianceNormalization(OnnxNode &node) {
  FailureOr<Integers> axes = Integers{0, 2, 3};
  if (std::optional<Integers> given = node.integers("axes"))
    axes = *given;
  for (int64_t &axis : *axes) {
    FailureOr<int64_t> checked = node.checkedAxis(axis, node.rank(0));
    if (failed(checked))
      return failure();
    axis = *checked;
  }
  llvm::sort(*axes);
  Type element = node.type(0).getElementType();
  FailureOr<Value> centred =
      node.create<nn::SubOp>(node.input(0), meanOf(node, node.input(0), *axes));
  FailureOr<Value> variance = meanOf(node, node.create<nn::MulOp>(centred, centred), *axes);
  FailureOr<Value> deviation =
      node.create<nn::AddOp>(node.create<nn::SqrtOp>(variance), node.scalar(1e-9, element));
  return node.emit<nn::DivOp>(centred, deviation);
}

llvm::ArrayRef<OnnxOperator> layerNormOperators() {
  static const OnnxOperator operators[] = {
      {"LayerNormalization", 17, 2, 3, translateLayerNormalization},
      {"RMSNormalization", 23, 2, 2, translateRmsNormalization},
      {"GroupNormalization", 18, 3, 3, translateGroupNormalization},
      {"MeanVarianceNormalization", 9, 1, 1, translateMeanVarianceNormalization},
  };
  return operators;
}

} // namespace kiln::onnx_frontend
