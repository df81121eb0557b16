// Normalisation with fixed and with computed statistics, and scaling of inputs.
#include "frontends/keras/KerasLayers.h"

using namespace mlir;

namespace kiln::keras_frontend {

using llvm::APFloat;

/// A list of `count` times the same number.
static FailureOr<Value> filled(KerasLayer &layer, int64_t count, double value) {
  return layer.expanded(layer.scalar(value, layer.elementType()), {count});
}

static FailureOr<int64_t> onlyAxis(KerasLayer &layer) {
  Integers axes = layer.integers("axis").value_or(Integers{-1});
  if (axes.size() != 1)
    return layer.error() << "it has " << axes.size() << " axes; one is supported";
  return layer.checkedAxis(axes.front(), layer.input().rank());
}

static LogicalResult translateBatchNormalization(KerasLayer &layer) {
  constexpr int64_t withBatchStatistics = 1;
  if (layer.integer("mode", 0) == withBatchStatistics)
    return layer.error() << "its mode is 1 (statistics of each sample), which is not supported";
  FailureOr<int64_t> axis = onlyAxis(layer);
  if (failed(axis))
    return failure();
  if (*axis == 0)
    return layer.error() << "it normalises over the batch, which is not supported";
  KerasTensor input = layer.input();
  int64_t count = input.shape[*axis];
  FailureOr<Value> gamma =
      layer.boolean("scale", true) ? layer.weight("gamma", {count}) : filled(layer, count, 1);
  FailureOr<Value> beta =
      layer.boolean("center", true) ? layer.weight("beta", {count}) : filled(layer, count, 0);
  SmallVector<FailureOr<Value>> statistics{gamma, beta, layer.weight("moving_mean", {count}),
                                           layer.weight("moving_variance", {count})};
  FailureOr<Value> value;
  if (input.isReshaped() && input.rank() == 2) {
    // A flattened map stays as it is stored; the statistics follow.
    for (FailureOr<Value> &list : statistics)
      list = failed(list) ? list : layer.rowsAsStored(input, *list);
    value = layer.flattenedAsStored(input);
  } else {
    FailureOr<KerasTensor> settled = layer.settled(input);
    if (failed(settled))
      return failure();
    // The normalised dimension is to be the second one in storage.
    Integers order = settled->order;
    order.erase(llvm::find(order, *axis));
    order.insert(order.begin() + 1, *axis);
    FailureOr<KerasTensor> turned = layer.stored(*settled, order);
    if (failed(turned))
      return failure();
    input = *turned;
    value = input.value;
  }
  value = layer.create<nn::BatchNormOp>(value, statistics[0], statistics[1], statistics[2],
                                        statistics[3], APFloat(layer.real("epsilon", 1e-3)));
  return layer.finishLike(layer.reshaped(value, input.type().getShape()), input);
}

/// A weight over some axes of Keras, laid out to be broadcast over a tensor as it is stored. Its
/// shape has the sizes in the order of the list, and Keras reads its numbers in that of the tensor.
static FailureOr<Value> overAxes(KerasLayer &layer, llvm::StringRef name, const KerasTensor &input,
                                 llvm::ArrayRef<int64_t> axes) {
  Integers shape, spread(input.rank(), 1);
  for (int64_t axis : axes) {
    shape.push_back(input.shape[axis]);
    spread[axis] = input.shape[axis];
  }
  return layer.transposed(layer.reshaped(layer.weight(name, shape), spread), input.order);
}

/// The axes of a layer in the order of its list, and where they lie in a settled tensor.
struct Axes {
  Integers listed, places;
};

static FailureOr<Axes> readAxes(KerasLayer &layer, const FailureOr<KerasTensor> &input) {
  if (failed(input))
    return failure();
  Axes axes;
  for (int64_t axis : layer.integers("axis").value_or(Integers{-1})) {
    FailureOr<int64_t> positive = layer.checkedAxis(axis, input->rank());
    if (failed(positive))
      return failure();
    axes.listed.push_back(*positive);
    axes.places.push_back(input->placeOf(*positive));
  }
  llvm::sort(axes.places);
  return axes;
}

/// scale * x / sqrt(mean of x^2 + epsilon), the mean over some axes of each sample. Keras lets the
/// factors, of the sizes of those axes, stand along the last dimensions, whichever the axes are.
static LogicalResult translateRmsNormalization(KerasLayer &layer) {
  FailureOr<KerasTensor> input = layer.settled(layer.input());
  FailureOr<Axes> axes = readAxes(layer, input);
  if (failed(axes))
    return failure();
  FailureOr<Value> mean = layer.create<nn::ReduceMeanOp>(
      layer.create<nn::MulOp>(input->value, input->value), axes->places, /*keepdims=*/true);
  FailureOr<Value> epsilon = layer.scalar(layer.real("epsilon", 1e-6), layer.elementType());
  FailureOr<Value> root = layer.create<nn::SqrtOp>(layer.create<nn::AddOp>(mean, epsilon));
  Integers shape, spread(input->rank(), 1);
  for (int64_t axis : axes->listed)
    shape.push_back(input->shape[axis]);
  if (shape.size() > spread.size())
    return layer.error() << "it lists an axis twice";
  llvm::copy(llvm::reverse(shape), spread.rbegin());
  FailureOr<Value> scale =
      layer.transposed(layer.reshaped(layer.weight("scale", shape), spread), input->order);
  return layer.finishLike(
      layer.create<nn::MulOp>(layer.create<nn::DivOp>(input->value, root), scale), *input);
}

/// gamma * (x - mean) / sqrt(variance + epsilon) + beta, statistics over some axes of each sample.
static LogicalResult translateLayerNormalization(KerasLayer &layer) {
  FailureOr<KerasTensor> input = layer.settled(layer.input());
  FailureOr<Axes> axes = readAxes(layer, input);
  if (failed(axes))
    return failure();
  Type element = layer.elementType();
  auto mean = [&](FailureOr<Value> x) {
    return layer.create<nn::ReduceMeanOp>(x, axes->places, /*keepdims=*/true);
  };
  FailureOr<Value> centred = layer.create<nn::SubOp>(input->value, mean(input->value));
  FailureOr<Value> variance = mean(layer.create<nn::MulOp>(centred, centred));
  bool isRms = layer.boolean("rms_scaling", false);
  FailureOr<Value> epsilon = layer.scalar(layer.real("epsilon", 1e-3), element);
  FailureOr<Value> deviation = layer.create<nn::SqrtOp>(layer.create<nn::AddOp>(variance, epsilon));
  FailureOr<Value> result = layer.create<nn::DivOp>(isRms ? input->value : centred, deviation);
  if (layer.boolean("scale", true))
    result = layer.create<nn::MulOp>(result, overAxes(layer, "gamma", *input, axes->listed));
  if (layer.boolean("center", true))
    result = layer.create<nn::AddOp>(result, overAxes(layer, "beta", *input, axes->listed));
  return layer.finishLike(result, *input);
}

/// Each group of channels has the statistics of its own (Wu and He 2018).
static LogicalResult translateGroupNormalization(KerasLayer &layer) {
  FailureOr<KerasTensor> settled = layer.settled(layer.input());
  FailureOr<int64_t> axis = onlyAxis(layer);
  if (failed(settled) || failed(axis))
    return failure();
  int64_t channels = settled->shape[*axis], groups = layer.integer("groups", 32);
  groups = groups == -1 ? channels : groups;
  if (*axis == 0 || groups < 1 || channels % groups != 0)
    return layer.error() << "it has " << groups << " groups for " << channels
                         << " channels at axis " << *axis;
  Integers order = settled->order;
  order.erase(llvm::find(order, *axis));
  order.insert(order.begin() + 1, *axis);
  FailureOr<KerasTensor> input = layer.stored(*settled, order);
  if (failed(input))
    return failure();
  Integers shape(input->type().getShape());
  int64_t elements = input->type().getNumElements();
  Integers grouped{shape[0], groups, elements / std::max<int64_t>(1, shape[0] * groups)};
  FailureOr<Value> x = layer.reshaped(input->value, grouped);
  auto mean = [&](FailureOr<Value> of) {
    return layer.create<nn::ReduceMeanOp>(of, Integers{2}, /*keepdims=*/true);
  };
  FailureOr<Value> centred = layer.create<nn::SubOp>(x, mean(x));
  FailureOr<Value> variance = mean(layer.create<nn::MulOp>(centred, centred));
  FailureOr<Value> epsilon = layer.scalar(layer.real("epsilon", 1e-3), layer.elementType());
  FailureOr<Value> deviation = layer.create<nn::SqrtOp>(layer.create<nn::AddOp>(variance, epsilon));
  FailureOr<Value> result = layer.reshaped(layer.create<nn::DivOp>(centred, deviation), shape);
  if (layer.boolean("scale", true))
    result = layer.create<nn::MulOp>(result, overAxes(layer, "gamma", *input, {*axis}));
  if (layer.boolean("center", true))
    result = layer.create<nn::AddOp>(result, overAxes(layer, "beta", *input, {*axis}));
  return layer.finishLike(result, *input);
}

/// ConvNeXt's factors for the channels (Liu et al. 2022).
static LogicalResult translateLayerScale(KerasLayer &layer) {
  FailureOr<KerasTensor> input = layer.settled(layer.input());
  if (failed(input) || input->rank() < 1)
    return failed(input) ? failure() : layer.error() << "its input is a scalar";
  FailureOr<Value> factors = overAxes(layer, "gamma", *input, {input->rank() - 1});
  return layer.finishLike(layer.create<nn::MulOp>(input->value, factors), *input);
}

/// x / sqrt(max(sum of squares along some axes, 1e-12)).
static LogicalResult translateUnitNormalization(KerasLayer &layer) {
  FailureOr<KerasTensor> input = layer.settled(layer.input());
  if (failed(input))
    return failure();
  Integers places;
  for (int64_t axis : layer.integers("axis").value_or(Integers{-1})) {
    FailureOr<int64_t> positive = layer.checkedAxis(axis, input->rank());
    if (failed(positive))
      return failure();
    places.push_back(input->placeOf(*positive));
  }
  llvm::sort(places);
  FailureOr<Value> squares = layer.create<nn::MulOp>(input->value, input->value);
  FailureOr<Value> sum = layer.create<nn::ReduceSumOp>(squares, places, /*keepdims=*/true);
  FailureOr<Value> least = layer.create<nn::MaxOp>(sum, layer.scalar(1e-12, layer.elementType()));
  FailureOr<Value> length = layer.create<nn::SqrtOp>(least);
  return layer.finishLike(layer.create<nn::DivOp>(input->value, length), *input);
}

/// A list of numbers from the configuration, along the last dimension or for all elements.
static FailureOr<Value> numbers(KerasLayer &layer, llvm::StringRef key, double otherwise,
                                const KerasTensor &input) {
  llvm::SmallVector<double> values =
      layer.reals(key).value_or(llvm::SmallVector<double>{otherwise});
  Type element = input.type().getElementType();
  if (values.size() == 1)
    return layer.scalar(values.front(), element);
  if (input.shape.empty() || values.size() != static_cast<size_t>(input.shape.back()))
    return layer.error() << "its " << quoted(key) << " has " << values.size()
                         << " numbers, which do not fit the shape " << nn::shapeText(input.shape);
  Integers spread(input.rank(), 1);
  spread.back() = input.shape.back();
  SmallVector<Attribute> list;
  for (double value : values)
    list.push_back(FloatAttr::get(element, value));
  Value constant =
      layer.constant(DenseElementsAttr::get(RankedTensorType::get({spread.back()}, element), list));
  return layer.transposed(layer.reshaped(constant, spread), input.order);
}

static LogicalResult translateRescaling(KerasLayer &layer) {
  FailureOr<KerasTensor> input = layer.settled(layer.input());
  if (failed(input))
    return failure();
  FailureOr<Value> result =
      layer.create<nn::MulOp>(input->value, numbers(layer, "scale", 1, *input));
  return layer.finishLike(layer.create<nn::AddOp>(result, numbers(layer, "offset", 0, *input)),
                          *input);
}

/// (x - mean) / max(sqrt(variance), 1e-7), with statistics along some axes, or for all elements.
static LogicalResult translateNormalization(KerasLayer &layer) {
  FailureOr<KerasTensor> input = layer.settled(layer.input());
  if (failed(input))
    return failure();
  Integers axes;
  const llvm::json::Value *axis = layer.config().config.get("axis");
  bool isScalar = axis && axis->kind() == llvm::json::Value::Null;
  for (int64_t entry : layer.integers("axis").value_or(isScalar ? Integers{} : Integers{-1})) {
    FailureOr<int64_t> positive = layer.checkedAxis(entry, input->rank());
    if (failed(positive))
      return failure();
    axes.push_back(*positive);
  }
  bool isInConfig = layer.find("mean") != nullptr;
  FailureOr<Value> mean =
      isInConfig ? numbers(layer, "mean", 0, *input) : overAxes(layer, "mean", *input, axes);
  FailureOr<Value> variance = isInConfig ? numbers(layer, "variance", 1, *input)
                                         : overAxes(layer, "variance", *input, axes);
  FailureOr<Value> least = layer.scalar(1e-7, input->type().getElementType());
  FailureOr<Value> deviation = layer.create<nn::MaxOp>(layer.create<nn::SqrtOp>(variance), least);
  FailureOr<Value> result =
      layer.boolean("invert", false)
          ? layer.create<nn::AddOp>(layer.create<nn::MulOp>(input->value, deviation), mean)
          : layer.create<nn::DivOp>(layer.create<nn::SubOp>(input->value, mean), deviation);
  return layer.finishLike(result, *input);
}

llvm::ArrayRef<LayerClass> normalizationLayers() {
  static const LayerClass layers[] = {
      {"BatchNormalization", 1, 1, "gamma?scale=1 beta?center=1 *moving_mean *moving_variance",
       translateBatchNormalization},
      {"SyncBatchNormalization", 1, 1, "gamma?scale=1 beta?center=1 *moving_mean *moving_variance",
       translateBatchNormalization},
      {"LayerNormalization", 1, 1, "gamma?scale=1 beta?center=1", translateLayerNormalization},
      {"GroupNormalization", 1, 1, "gamma?scale=1 beta?center=1", translateGroupNormalization},
      {"RMSNormalization", 1, 1, "scale", translateRmsNormalization},
      {"LayerScale", 1, 1, "gamma", translateLayerScale},
      {"UnitNormalization", 1, 1, "", translateUnitNormalization},
      {"Rescaling", 1, 1, "", translateRescaling},
      {"Normalization", 1, 1, "*mean?!mean *variance?!mean *count?!mean", translateNormalization},
  };
  return layers;
}

} // namespace kiln::keras_frontend
