// Transposed convolutions.
#include "frontends/keras/KerasConv.h"
#include "frontends/keras/KerasLayers.h"

using namespace mlir;

namespace kiln::keras_frontend {

/// The size that Keras gives a transposed convolution's result in one dimension. `extent` is that
/// of the dilated kernel; `extra` is output_padding, or below zero.
static int64_t outputSize(int64_t input, int64_t stride, int64_t extent, bool isSame,
                          int64_t extra) {
  if (extra < 0)
    return input * stride + (isSame ? 0 : std::max<int64_t>(extent - stride, 0));
  return (input - 1) * stride + extent - (isSame ? 2 * (extent / 2) : 0) + extra;
}

/// The sizes that a layer of Keras 1 writes down as its output_shape, batch and channels included.
static FailureOr<Integers> declaredOutput(KerasLayer &layer, size_t count) {
  const llvm::json::Value *value = layer.find("output_shape");
  const llvm::json::Array *list = value->getAsArray();
  Integers sizes;
  size_t first = layer.channelsLast() ? 1 : 2;
  for (size_t i = first; list && list->size() == count + 2 && i < first + count; ++i)
    if (auto size = (*list)[i].getAsInteger(); size && *size >= 1 && *size < (1 << 24))
      sizes.push_back(*size);
  if (sizes.size() != count)
    return layer.error() << "its output_shape is " << shown(*value)
                         << ", not the sizes of a batch of "
                         << "maps";
  return sizes;
}

/// Pads, and output paddings, of the transposed convolution whose result has Keras' sizes: it
/// undoes a convolution with that padding.
static FailureOr<Integers> padTransposed(KerasLayer &layer, llvm::ArrayRef<int64_t> sizes,
                                         Window &window) {
  size_t count = sizes.size();
  std::string padding = layer.text("padding", "valid");
  if (padding != "valid" && padding != "same")
    return layer.error() << "its padding is " << quoted(padding) << "; it must be valid or same";
  Integers extras(count, -1), outputPadding(count, 0);
  if (layer.find("output_padding")) {
    FailureOr<Integers> given = layer.sizes("output_padding", count, 0, 0);
    if (failed(given))
      return failure();
    extras = *given;
  }
  FailureOr<Integers> declared = Integers();
  if (layer.find("output_shape"))
    declared = declaredOutput(layer, count);
  if (failed(declared))
    return failure();
  for (size_t i = 0; i < count; ++i) {
    int64_t extent = window.dilations[i] * (window.kernel[i] - 1) + 1;
    bool isSame = padding == "same";
    int64_t output = declared->empty()
                         ? outputSize(sizes[i], window.strides[i], extent, isSame, extras[i])
                         : (*declared)[i];
    int64_t total = (sizes[i] - 1) * window.strides[i] + extent - output;
    window.pads[i] = isSame ? std::max<int64_t>(total, 0) / 2 : 0;
    window.pads[count + i] = std::max<int64_t>(total, 0) - window.pads[i];
    outputPadding[i] = std::max<int64_t>(-total, 0);
  }
  return outputPadding;
}

/// The kernel as spatial x filters x channels; Keras 1 has it as that of a convolution.
static FailureOr<Value> transposedKernel(KerasLayer &layer, const Integers &spatial,
                                         int64_t channels, int64_t filters) {
  if (!layer.isKeras1())
    return convKernel(layer, "kernel", spatial, filters, channels);
  auto rank = static_cast<int64_t>(spatial.size());
  Integers perm = identityOrder(rank + 2);
  std::swap(perm[rank], perm[rank + 1]);
  return layer.transposed(convKernel(layer, "kernel", spatial, channels, filters), perm);
}

template <int64_t spatialRank> static LogicalResult translateConvTranspose(KerasLayer &layer) {
  FailureOr<ConvInput> input = convInput(layer, spatialRank);
  if (failed(input))
    return failure();
  FailureOr<Window> window = readWindowSizes(layer, "kernel_size", spatialRank);
  if (failed(window))
    return failure();
  int64_t filters = layer.integer("filters", 0);
  FailureOr<Integers> outputPadding = padTransposed(layer, input->spatial(), *window);
  if (failed(outputPadding) || !layer.configIsValid())
    return failure();
  FailureOr<Value> kernel = transposedKernel(layer, window->kernel, input->channels, filters);
  FailureOr<Value> result = layer.create<nn::ConvTransposeOp>(
      input->tensor.value, asFilter(layer, kernel, spatialRank), convBias(layer, filters),
      window->strides, window->pads, window->dilations, *outputPadding, /*groups=*/1,
      nn::ActivationAttr());
  return finishConv(layer, result, input->channelsLast);
}

llvm::ArrayRef<LayerClass> transposedConvLayers() {
  static constexpr llvm::StringLiteral plain("kernel bias?use_bias=1");
  static const LayerClass layers[] = {
      {"Conv1DTranspose", 1, 1, plain, translateConvTranspose<1>, 1},
      {"Conv2DTranspose", 1, 1, plain, translateConvTranspose<2>, 2},
      {"Conv3DTranspose", 1, 1, plain, translateConvTranspose<3>, 3},
  };
  return layers;
}

} // namespace kiln::keras_frontend
