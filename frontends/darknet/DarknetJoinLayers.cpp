// Layers that take the results of others: concatenation, sums and products.
#include "frontends/darknet/DarknetLayers.h"

using namespace mlir;

namespace kiln::darknet_frontend {

namespace {

bool sameExtent(MapShape a, MapShape b) { return a.height == b.height && a.width == b.width; }

std::string text(MapShape shape) {
  return std::to_string(shape.channels) + "x" + std::to_string(shape.height) + "x" +
         std::to_string(shape.width);
}

FailureOr<Value> slicedMap(DarknetLayer &layer, FailureOr<Value> map, Integers starts,
                           Integers sizes, int64_t stride = 1) {
  return layer.create<nn::SliceOp>(map, Integers{0, starts[0], starts[1], starts[2]},
                                   Integers{1, sizes[0], sizes[1], sizes[2]},
                                   Integers{1, 1, stride, stride});
}

/// The part `group_id` of `groups` of the channels of each layer, one behind the other.
LogicalResult translateRoute(DarknetLayer &layer) {
  FailureOr<llvm::SmallVector<size_t>> sources = layer.layers("layers");
  int64_t groups = layer.integer("groups", 1, 1);
  int64_t group = layer.integer("group_id", 0, 0, groups - 1);
  if (failed(sources) || !layer.optionsAreValid())
    return failure();
  llvm::SmallVector<Value> parts;
  MapShape first = layer.shapeOf(layer.layer(sources->front()));
  for (size_t source : *sources) {
    MapShape shape = layer.shapeOf(layer.layer(source));
    if (!sameExtent(shape, first))
      return layer.error("layers")
             << "layer " << sources->front() << " gives " << text(first) << " and layer " << source
             << " " << text(shape) << "; heights and widths must be equal";
    if (shape.channels % groups != 0)
      return layer.error("groups")
             << "must divide the " << shape.channels << " channels of layer " << source;
    FailureOr<Value> part = layer.mapOf(layer.layer(source));
    int64_t channels = shape.channels / groups;
    if (groups > 1)
      part =
          slicedMap(layer, part, {group * channels, 0, 0}, {channels, shape.height, shape.width});
    if (failed(part))
      return failure();
    parts.push_back(*part);
  }
  if (parts.size() == 1)
    return layer.setResult(layer.create<nn::IdentityOp>(parts.front()));
  return layer.setResult(layer.create<nn::ConcatOp>(ValueRange(parts), 1));
}

/// `map` with zeros between and behind its pixels, `sample` times as large.
FailureOr<Value> spread(DarknetLayer &layer, FailureOr<Value> map, MapShape shape, int64_t sample) {
  FailureOr<Value> apart =
      layer.reshaped(map, {1, shape.channels, shape.height, 1, shape.width, 1});
  FailureOr<Value> padded =
      layer.create<nn::PadOp>(apart, Integers{0, 0, 0, 0, 0, 0, 0, 0, 0, sample - 1, 0, sample - 1},
                              nn::PadMode::Constant, llvm::APFloat(0.0));
  return layer.reshaped(padded, {1, shape.channels, shape.height * sample, shape.width * sample});
}

/// What Darknet adds of `from` to a map of shape `to`: the channels that both have; every n-th
/// pixel of a larger map, and at every n-th pixel of a smaller one; zeros elsewhere.
FailureOr<Value> fitted(DarknetLayer &layer, size_t source, MapShape to) {
  MapShape from = layer.shapeOf(layer.layer(source));
  int64_t stride = std::max<int64_t>(1, from.width / to.width);
  int64_t sample = std::max<int64_t>(1, to.width / from.width);
  if (from.height / to.height != from.width / to.width ||
      to.height / from.height != to.width / from.width)
    return layer.error("from") << "layer " << source << " gives " << text(from)
                               << ", which is not scaled like the input of " << text(to);
  int64_t channels = std::min(from.channels, to.channels);
  int64_t height = std::min(from.height, to.height), width = std::min(from.width, to.width);
  bool fits = (height - 1) * stride < from.height && (width - 1) * stride < from.width &&
              (height - 1) * sample < to.height && (width - 1) * sample < to.width;
  if (!fits)
    return layer.error("from") << "layer " << source << " gives " << text(from)
                               << ", no multiple or part of the input of " << text(to);
  FailureOr<Value> map = layer.mapOf(layer.layer(source));
  if (channels != from.channels || stride != 1)
    map = slicedMap(layer, map, {0, 0, 0}, {channels, height, width}, stride);
  else if (height != from.height || width != from.width)
    map = slicedMap(layer, map, {0, 0, 0}, {channels, height, width});
  if (sample != 1) {
    map = spread(layer, map, {channels, height, width}, sample);
    height = std::min(height * sample, to.height);
    width = std::min(width * sample, to.width);
    map = slicedMap(layer, map, {0, 0, 0}, {channels, height, width});
  }
  if (channels == to.channels && height == to.height && width == to.width)
    return map;
  return layer.create<nn::PadOp>(
      map, Integers{0, 0, 0, 0, 0, to.channels - channels, to.height - height, to.width - width},
      nn::PadMode::Constant, llvm::APFloat(0.0));
}

/// AlexeyAB's weighted shortcut: a weight for each summand, or for each of its channels, made
/// positive or of sum 1 over the summands: rows of `summands` x 1 or `summands` x C.
FailureOr<Value> readShortcutWeights(DarknetLayer &layer, int64_t summands) {
  std::string type = layer.text("weights_type", "none");
  std::string how = layer.text("weights_normalization", "none");
  bool perChannel = type == "per_channel";
  if (!perChannel && type != "per_feature" && type != "per_layer")
    return layer.error("weights_type") << "per_feature, per_channel and none are known";
  int64_t columns = perChannel ? layer.shape().channels : 1;
  FailureOr<Value> weights = layer.weights("weights", {summands, columns}, {1});
  if (how == "softmax")
    return layer.create<nn::SoftmaxOp>(weights, 0);
  if (how == "relu" || how == "avg_relu") {
    weights = layer.create<nn::ReluOp>(weights);
    FailureOr<Value> sum = layer.create<nn::ReduceSumOp>(weights, Integers{0}, /*keepdims=*/true);
    return layer.create<nn::DivOp>(weights, layer.create<nn::AddOp>(sum, layer.number(0.0001)));
  }
  if (how != "none")
    return layer.error("weights_normalization") << "relu, softmax and none are known";
  return weights;
}

FailureOr<Value> weighted(DarknetLayer &layer, FailureOr<Value> map, FailureOr<Value> weights,
                          int64_t row) {
  if (failed(weights))
    return failure();
  int64_t columns = cast<RankedTensorType>(weights->getType()).getShape()[1];
  FailureOr<Value> part =
      layer.create<nn::SliceOp>(weights, Integers{row, 0}, Integers{1, columns}, Integers{1, 1});
  return layer.create<nn::MulOp>(map, layer.reshaped(part, {1, columns, 1, 1}));
}

LogicalResult translateShortcut(DarknetLayer &layer) {
  FailureOr<llvm::SmallVector<size_t>> sources = layer.layers("from");
  if (failed(sources))
    return failure();
  double alpha = layer.real("alpha", 1), beta = layer.real("beta", 1);
  MapShape to = layer.shape();
  FailureOr<Value> sum = layer.map(), weights = Value();
  bool hasWeights = layer.text("weights_type", "none") != "none";
  if (hasWeights) {
    weights = readShortcutWeights(layer, static_cast<int64_t>(sources->size()) + 1);
    sum = weighted(layer, sum, weights, 0);
  }
  if (!layer.optionsAreValid())
    return failure();
  if (alpha != 1)
    sum = layer.create<nn::MulOp>(sum, layer.number(alpha));
  for (auto [row, source] : llvm::enumerate(*sources)) {
    MapShape from = layer.shapeOf(layer.layer(source));
    if (alpha != 1 && (from.channels < to.channels || !sameExtent(from, to)))
      return layer.error("alpha") << "only between layers of one shape";
    FailureOr<Value> summand = fitted(layer, source, to);
    if (beta != 1)
      summand = layer.create<nn::MulOp>(summand, layer.number(beta));
    if (hasWeights)
      summand = weighted(layer, summand, weights, static_cast<int64_t>(row) + 1);
    sum = layer.create<nn::AddOp>(sum, summand);
  }
  return layer.setResult(activated(layer, sum, "linear"));
}

FailureOr<size_t> singleSource(DarknetLayer &layer) {
  FailureOr<llvm::SmallVector<size_t>> sources = layer.layers("from");
  if (failed(sources))
    return failure();
  if (sources->size() != 1)
    return layer.error("from") << "one layer is needed";
  return sources->front();
}

/// The layer `from`, scaled by the input: one factor for each channel, or with scale_wh for each
/// position.
LogicalResult translateScaleChannels(DarknetLayer &layer) {
  FailureOr<size_t> source = singleSource(layer);
  if (failed(source))
    return failure();
  MapShape factors = layer.shape(), from = layer.shapeOf(layer.layer(*source));
  bool isPerPosition = layer.isSet("scale_wh");
  bool fits = isPerPosition
                  ? factors.channels == 1 && sameExtent(factors, from)
                  : factors.height == 1 && factors.width == 1 && factors.channels == from.channels;
  if (!fits)
    return layer.error("from") << "layer " << *source << " gives " << text(from)
                               << ", for which the input of " << text(factors) << " has no factors";
  FailureOr<Value> product =
      layer.create<nn::MulOp>(layer.mapOf(layer.layer(*source)), layer.map());
  return layer.setResult(activated(layer, product, "linear"));
}

/// Spatial attention (Woo et al. 2018): the product of the input and the layer `from`.
LogicalResult translateSam(DarknetLayer &layer) {
  FailureOr<size_t> source = singleSource(layer);
  if (failed(source))
    return failure();
  MapShape to = layer.shape(), from = layer.shapeOf(layer.layer(*source));
  if (from.channels != to.channels || !sameExtent(from, to))
    return layer.error("from") << "layer " << *source << " gives " << text(from)
                               << ", the input is " << text(to) << "; both must be equal";
  FailureOr<Value> product =
      layer.create<nn::MulOp>(layer.map(), layer.mapOf(layer.layer(*source)));
  return layer.setResult(activated(layer, product, "linear"));
}

} // namespace

llvm::ArrayRef<DarknetSection> joinSections() {
  static const DarknetSection sections[] = {
      {"route", translateRoute},
      {"shortcut", translateShortcut},
      {"scale_channels", translateScaleChannels},
      {"sam", translateSam},
  };
  return sections;
}

} // namespace kiln::darknet_frontend
