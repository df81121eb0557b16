// Convolutions with their batch normalisation and activation.
#include "frontends/darknet/DarknetLayers.h"

#include <cmath>

using namespace mlir;

namespace kiln::darknet_frontend {

FailureOr<BatchNorm> readBatchNorm(DarknetLayer &layer, int64_t channels) {
  // Original: (sqrt(v) + 1e-6)^2 under the root; AlexeyAB: v + 1e-5.
  bool isOriginal = layer.getNetwork().fork == DarknetFork::Original;
  auto withEpsilon = [isOriginal](float variance) {
    double root = std::sqrt(static_cast<double>(variance)) + static_cast<double>(.000001f);
    return static_cast<float>(isOriginal ? root * root : static_cast<double>(variance) + .00001);
  };
  FailureOr<Value> scales = layer.weights("scales", {channels}, {1});
  FailureOr<Value> means = layer.weights("means", {channels}, {0});
  FailureOr<Value> variances = layer.weights("variances", {channels}, {1}, withEpsilon);
  if (failed(scales) || failed(means) || failed(variances))
    return failure();
  return BatchNorm{*scales, *means, *variances};
}

FailureOr<Value> normalized(DarknetLayer &layer, FailureOr<Value> value, const BatchNorm &norm,
                            Value biases) {
  return layer.create<nn::BatchNormOp>(value, norm.scales, biases, norm.means, norm.variances,
                                       llvm::APFloat(0.0));
}

namespace {

struct ConvOptions {
  int64_t filters, groups, size, strideX, strideY, dilation, padding;
  bool batchNormalize;
};

ConvOptions readConvOptions(DarknetLayer &layer) {
  ConvOptions options;
  options.filters = layer.integer("filters", 1, 1);
  options.groups = layer.integer("groups", 1, 1);
  options.size = layer.integer("size", 1, 1);
  int64_t stride = layer.integer("stride", 1, 1);
  options.strideX = layer.integer("stride_x", stride, 1);
  options.strideY = layer.integer("stride_y", stride, 1);
  options.dilation = options.size == 1 ? 1 : layer.integer("dilation", 1, 1);
  options.padding = layer.isSet("pad") ? options.size / 2 : layer.integer("padding", 0);
  options.batchNormalize = layer.isSet("batch_normalize") || layer.isSet("cbn");
  return options;
}

/// Filters as C/groups x K x K for each, or, in files with `flipped`, filters innermost.
FailureOr<Value> readFilters(DarknetLayer &layer, int64_t filters, int64_t channels, int64_t size) {
  InitialValue initial{0, channels * size * size};
  if (!layer.isSet("flipped"))
    return layer.weights("weights", {filters, channels, size, size}, initial);
  FailureOr<Value> stored = layer.weights("weights", {channels, size, size, filters}, initial);
  return layer.create<nn::TransposeOp>(stored, Integers{3, 0, 1, 2});
}

LogicalResult checkConvolution(DarknetLayer &layer, const ConvOptions &options) {
  if (failed(layer.refuse({"binary", "xnor", "bin_output", "antialiasing", "coordconv", "sway",
                           "rotate", "stretch", "stretch_sway"})))
    return failure();
  if (layer.has("share_index"))
    return layer.error("share_index") << "weights shared with another layer are not supported";
  if (!layer.optionsAreValid())
    return failure();
  int64_t channels = layer.shape().channels;
  if (channels % options.groups != 0 || options.filters % options.groups != 0)
    return layer.error("groups") << "must divide the " << channels
                                 << " channels of the input and the " << options.filters
                                 << " filters";
  // Darknet sizes the result without the dilation; both agree where a border of size / 2 is there.
  bool isCentred = 2 * options.padding == options.size - 1;
  if (options.dilation > 1 && !isCentred)
    return layer.error("dilation") << "only with pad=1 and an odd size";
  return success();
}

LogicalResult translateConvolutional(DarknetLayer &layer) {
  ConvOptions options = readConvOptions(layer);
  FailureOr<Value> input = layer.map();
  if (failed(checkConvolution(layer, options)) || failed(input))
    return failure();
  int64_t filters = options.filters, pad = options.padding * options.dilation;
  FailureOr<Value> biases = layer.weights("biases", {filters}, {0});
  FailureOr<BatchNorm> norm = BatchNorm();
  if (options.batchNormalize && !layer.isSet("dontloadscales"))
    norm = readBatchNorm(layer, filters);
  FailureOr<Value> weights =
      readFilters(layer, filters, layer.shape().channels / options.groups, options.size);
  if (failed(biases) || failed(norm) || failed(weights))
    return failure();
  FailureOr<Value> result = layer.create<nn::ConvOp>(
      input, weights, norm->scales ? Value() : *biases, /*residual=*/Value(),
      Integers{options.strideY, options.strideX}, Integers(4, pad), Integers(2, options.dilation),
      options.groups, nn::ActivationAttr());
  if (norm->scales)
    result = normalized(layer, result, *norm, *biases);
  return layer.setResult(activated(layer, result, "logistic"));
}

LogicalResult translateDeconvolutional(DarknetLayer &layer) {
  int64_t filters = layer.integer("filters", 1, 1), size = layer.integer("size", 1, 1);
  int64_t stride = layer.integer("stride", 1, 1), channels = layer.shape().channels;
  int64_t pad = layer.isSet("pad") ? size / 2 : layer.integer("padding", 0);
  bool isNormalized = layer.isSet("batch_normalize") && !layer.isSet("dontloadscales");
  if (!layer.optionsAreValid())
    return failure();
  FailureOr<Value> biases = layer.weights("biases", {filters}, {0});
  FailureOr<BatchNorm> norm = BatchNorm();
  if (isNormalized)
    norm = readBatchNorm(layer, filters);
  FailureOr<Value> weights =
      layer.weights("weights", {channels, filters, size, size}, {0, channels});
  if (failed(biases) || failed(norm) || failed(weights))
    return failure();
  FailureOr<Value> result = layer.create<nn::ConvTransposeOp>(
      layer.map(), weights, norm->scales ? Value() : *biases, Integers{stride, stride},
      Integers(4, pad), Integers{1, 1}, Integers{0, 0}, /*groups=*/1, nn::ActivationAttr());
  if (norm->scales)
    result = normalized(layer, result, *norm, *biases);
  return layer.setResult(activated(layer, result, "logistic"));
}

/// Filters of their own for each output pixel: positions x filters x taps in the file. `pad` is the
/// border itself here; Darknet sizes the result as (in - (pad ? 1 : size)) / stride + 1, which only
/// holds where the border keeps the size.
LogicalResult translateLocal(DarknetLayer &layer) {
  int64_t filters = layer.integer("filters", 1, 1), size = layer.integer("size", 1, 1);
  int64_t stride = layer.integer("stride", 1, 1), pad = layer.integer("pad", 0);
  if (!layer.optionsAreValid())
    return failure();
  MapShape in = layer.shape();
  int64_t lost = pad ? 1 : size;
  int64_t height = (in.height - lost) / stride + 1, width = (in.width - lost) / stride + 1;
  if (in.height < lost || in.width < lost)
    return layer.error("size") << "does not fit the input of " << in.height << "x" << in.width;
  if (height != (in.height + 2 * pad - size) / stride + 1 ||
      width != (in.width + 2 * pad - size) / stride + 1)
    return layer.error("pad") << "a border of " << pad
                              << " does not keep the size of the input under a "
                              << "kernel of " << size << "; use size=" << 2 * pad + 1;
  int64_t taps = in.channels * size * size;
  FailureOr<Value> biases = layer.weights("biases", {1, filters, height, width}, {0});
  FailureOr<Value> stored = layer.weights("weights", {height * width, filters, taps}, {0, taps});
  FailureOr<Value> weights = layer.create<nn::TransposeOp>(stored, Integers{0, 2, 1});
  FailureOr<Value> product =
      layer.create<nn::LocalConvOp>(layer.map(), weights, Integers{size, size},
                                    Integers{stride, stride}, Integers(4, pad), Integers{1, 1});
  return layer.setResult(activated(layer, layer.create<nn::AddOp>(product, biases), "logistic"));
}

} // namespace

llvm::ArrayRef<DarknetSection> convolutionSections() {
  static const DarknetSection sections[] = {
      {"conv", translateConvolutional},
      {"convolutional", translateConvolutional},
      {"deconv", translateDeconvolutional},
      {"deconvolutional", translateDeconvolutional},
      {"local", translateLocal},
  };
  return sections;
}

} // namespace kiln::darknet_frontend
