// Convolutions: plain, depthwise and separable.
#include "frontends/keras/KerasConv.h"
#include "frontends/keras/KerasLayers.h"

using namespace mlir;

namespace kiln::keras_frontend {

static FailureOr<Value> conv(KerasLayer &layer, FailureOr<Value> input, FailureOr<Value> filter,
                             FailureOr<Value> bias, const Window &window, int64_t groups) {
  return layer.create<nn::ConvOp>(input, filter, bias, /*residual=*/Value(), window.strides,
                                  window.pads, window.dilations, groups, nn::ActivationAttr());
}

template <int64_t spatialRank> static LogicalResult translateConv(KerasLayer &layer) {
  FailureOr<ConvInput> input = convInput(layer, spatialRank);
  if (failed(input))
    return failure();
  FailureOr<Window> window = readWindow(layer, "kernel_size", input->spatial());
  int64_t filters = layer.integer("filters", 0), groups = layer.integer("groups", 1);
  if (failed(window) || !layer.configIsValid())
    return failure();
  if (filters < 1 || groups < 1 || input->channels % groups != 0)
    return layer.error() << "it has " << filters << " filters and " << groups << " groups for "
                         << input->channels << " input channels";
  FailureOr<Value> kernel =
      convKernel(layer, "kernel", window->kernel, input->channels / groups, filters);
  FailureOr<Value> filter = asFilter(layer, kernel, spatialRank);
  return finishConv(
      layer, conv(layer, input->tensor.value, filter, convBias(layer, filters), *window, groups),
      input->channelsLast);
}

/// spatial x C x M: M filters for each input channel, their results side by side.
static FailureOr<Value> depthwiseFilter(KerasLayer &layer, llvm::StringRef name,
                                        const Integers &kernel, int64_t channels,
                                        int64_t multiplier) {
  auto spatialRank = static_cast<int64_t>(kernel.size());
  FailureOr<Value> weights = convKernel(layer, name, kernel, channels, multiplier);
  Integers perm{spatialRank, spatialRank + 1}, shape{channels * multiplier, 1};
  for (int64_t i = 0; i < spatialRank; ++i)
    perm.push_back(i);
  shape.append(kernel.begin(), kernel.end());
  return layer.reshaped(layer.transposed(weights, perm), shape);
}

static FailureOr<int64_t> depthMultiplier(KerasLayer &layer) {
  int64_t multiplier = layer.integer("depth_multiplier", 1);
  if (multiplier < 1)
    return layer.error() << "its depth_multiplier is " << multiplier;
  return multiplier;
}

template <int64_t spatialRank> static LogicalResult translateDepthwise(KerasLayer &layer) {
  FailureOr<ConvInput> input = convInput(layer, spatialRank);
  if (failed(input))
    return failure();
  FailureOr<Window> window = readWindow(layer, "kernel_size", input->spatial());
  FailureOr<int64_t> multiplier = depthMultiplier(layer);
  if (failed(window) || failed(multiplier))
    return failure();
  // Keras 2 calls the weight depthwise_kernel, Keras 3 kernel; its place is what counts.
  FailureOr<Value> filter =
      depthwiseFilter(layer, "depthwise_kernel", window->kernel, input->channels, *multiplier);
  FailureOr<Value> result =
      conv(layer, input->tensor.value, filter, convBias(layer, input->channels * *multiplier),
           *window, input->channels);
  return finishConv(layer, result, input->channelsLast);
}

template <int64_t spatialRank> static LogicalResult translateSeparable(KerasLayer &layer) {
  FailureOr<ConvInput> input = convInput(layer, spatialRank);
  if (failed(input))
    return failure();
  FailureOr<Window> window = readWindow(layer, "kernel_size", input->spatial());
  FailureOr<int64_t> multiplier = depthMultiplier(layer);
  int64_t filters = layer.integer("filters", 0);
  if (failed(window) || failed(multiplier))
    return failure();
  FailureOr<Value> depthwise =
      depthwiseFilter(layer, "depthwise_kernel", window->kernel, input->channels, *multiplier);
  FailureOr<Value> deep =
      conv(layer, input->tensor.value, depthwise, Value(), *window, input->channels);
  Integers ones(spatialRank, 1);
  FailureOr<Value> pointwise =
      convKernel(layer, "pointwise_kernel", ones, input->channels * *multiplier, filters);
  Window point{ones, ones, ones, Integers(2 * spatialRank, 0)};
  FailureOr<Value> result = conv(layer, deep, asFilter(layer, pointwise, spatialRank),
                                 convBias(layer, filters), point, /*groups=*/1);
  return finishConv(layer, result, input->channelsLast);
}

llvm::ArrayRef<LayerClass> convLayers() {
  static constexpr llvm::StringLiteral plain("kernel bias?use_bias=1");
  static constexpr llvm::StringLiteral depthwise("depthwise_kernel bias?use_bias=1");
  static constexpr llvm::StringLiteral separable(
      "depthwise_kernel pointwise_kernel bias?use_bias=1");
  static const LayerClass layers[] = {
      {"Conv1D", 1, 1, plain, translateConv<1>, 1},
      {"Conv2D", 1, 1, plain, translateConv<2>, 2},
      {"Conv3D", 1, 1, plain, translateConv<3>, 3},
      {"DepthwiseConv1D", 1, 1, depthwise, translateDepthwise<1>, 1},
      {"DepthwiseConv2D", 1, 1, depthwise, translateDepthwise<2>, 2},
      {"SeparableConv1D", 1, 1, separable, translateSeparable<1>, 1},
      {"SeparableConv2D", 1, 1, separable, translateSeparable<2>, 2},
  };
  return layers;
}

} // namespace kiln::keras_frontend
