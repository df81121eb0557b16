// 'same' is TensorFlow's: as many outputs as strides fit into the input, an odd pad at the end.
#include "frontends/keras/KerasWindow.h"

using namespace mlir;

namespace kiln::keras_frontend {

FailureOr<Window> readWindowSizes(KerasLayer &layer, llvm::StringRef kernelKey, size_t count) {
  bool isPool = kernelKey == "pool_size";
  FailureOr<Integers> kernel = layer.sizes(kernelKey, count, 1, isPool ? 2 : 1);
  if (failed(kernel))
    return failure();
  FailureOr<Integers> strides = *kernel;
  if (!isPool || layer.find("strides"))
    strides = layer.sizes("strides", count, 1, 1);
  FailureOr<Integers> dilations = layer.sizes("dilation_rate", count, 1, 1);
  if (failed(strides) || failed(dilations))
    return failure();
  return Window{*kernel, *strides, *dilations, Integers(2 * count, 0)};
}

/// Theano pads half the kernel in front of the map, whatever the stride.
static int64_t beginOfSame(int64_t total, int64_t extent, bool isTheano) {
  return isTheano ? std::min(total, extent / 2) : total / 2;
}

FailureOr<Window> readWindow(KerasLayer &layer, llvm::StringRef kernelKey,
                             llvm::ArrayRef<int64_t> sizes) {
  size_t count = sizes.size();
  FailureOr<Window> window = readWindowSizes(layer, kernelKey, count);
  if (failed(window))
    return failure();
  std::string padding = layer.text("padding", "valid");
  if (padding != "valid" && padding != "same" && padding != "causal")
    return layer.error() << "its padding is " << quoted(padding)
                         << "; it must be valid, same or causal";
  bool isTheano = layer.getHost().version().isTheano && kernelKey == "kernel_size";
  for (size_t i = 0; i < count; ++i) {
    int64_t extent = window->dilations[i] * (window->kernel[i] - 1) + 1;
    if (padding == "causal")
      window->pads[i] = extent - 1;
    if (padding != "same")
      continue;
    int64_t outputs = (sizes[i] + window->strides[i] - 1) / window->strides[i];
    int64_t total = std::max<int64_t>(0, (outputs - 1) * window->strides[i] + extent - sizes[i]);
    window->pads[i] = beginOfSame(total, extent, isTheano);
    window->pads[count + i] = total - window->pads[i];
  }
  return window;
}

} // namespace kiln::keras_frontend
