// Reads and checks window attributes. auto_pad follows the formulas of ONNX Conv.
#include "frontends/onnx/OnnxWindow.h"

using namespace mlir;

namespace kiln::onnx_frontend {

/// Values beyond this are no window of any network; sums and products of those below it do not
/// overflow.
static constexpr int64_t largest = int64_t(1) << 24;

static FailureOr<Integers> readEntries(OnnxNode &node, llvm::StringRef name, size_t count,
                                       int64_t least, llvm::ArrayRef<int64_t> otherwise) {
  Integers values = node.integers(name).value_or(Integers(otherwise));
  if (values.empty())
    values.assign(otherwise.begin(), otherwise.end());
  if (values.size() != count)
    return node.error() << name << " has " << values.size() << " entries where the input has "
                        << count << " for its spatial dimensions";
  for (int64_t value : values)
    if (value < least || value > largest)
      return node.error() << name << " has the entry " << value << ", which is not in [" << least
                          << ", " << largest << "]";
  return values;
}

/// SAME: as many outputs as strides fit into the input; an odd pad goes to the end (upper) or the
/// beginning (lower).
static void padToSame(Window &window, llvm::ArrayRef<int64_t> sizes, bool upper) {
  size_t count = sizes.size();
  window.pads.assign(2 * count, 0);
  for (size_t i = 0; i < count; ++i) {
    int64_t outputs = (sizes[i] + window.strides[i] - 1) / window.strides[i];
    int64_t extent = window.dilations[i] * (window.kernel[i] - 1) + 1;
    int64_t total = std::max<int64_t>(0, (outputs - 1) * window.strides[i] + extent - sizes[i]);
    window.pads[i] = upper ? total / 2 : total - total / 2;
    window.pads[count + i] = total - window.pads[i];
  }
}

FailureOr<Window> readWindow(OnnxNode &node, llvm::ArrayRef<int64_t> kernel) {
  constexpr int64_t batchAndChannels = 2;
  if (node.rank(0) <= batchAndChannels)
    return node.error() << "its input has rank " << node.rank(0)
                        << "; batch, channels and spatial dimensions are needed";
  return readWindow(node, kernel, node.shape(0).drop_front(batchAndChannels));
}

FailureOr<Window> readWindow(OnnxNode &node, llvm::ArrayRef<int64_t> kernel,
                             llvm::ArrayRef<int64_t> sizes) {
  size_t count = sizes.size();
  FailureOr<Integers> kernelShape = readEntries(node, "kernel_shape", count, 1, kernel);
  FailureOr<Integers> strides = readEntries(node, "strides", count, 1, Integers(count, 1));
  FailureOr<Integers> dilations = readEntries(node, "dilations", count, 1, Integers(count, 1));
  if (failed(kernelShape) || failed(strides) || failed(dilations))
    return failure();
  if (!kernel.empty() && llvm::ArrayRef<int64_t>(*kernelShape) != kernel)
    return node.error() << "kernel_shape does not agree with the shape of the weights";
  Window window{*kernelShape, *strides, *dilations, {}};
  std::string autoPad = node.text("auto_pad", "NOTSET");
  if (autoPad == "SAME_UPPER" || autoPad == "SAME_LOWER") {
    padToSame(window, sizes, autoPad == "SAME_UPPER");
    return window;
  }
  if (autoPad == "VALID") {
    window.pads.assign(2 * count, 0);
    return window;
  }
  if (autoPad != "NOTSET" && !autoPad.empty())
    return node.error() << "auto_pad is " << quoted(autoPad)
                        << "; it must be NOTSET, SAME_UPPER, SAME_LOWER or VALID";
  FailureOr<Integers> pads = readEntries(node, "pads", 2 * count, 0, Integers(2 * count, 0));
  if (failed(pads))
    return failure();
  window.pads = *pads;
  return window;
}

} // namespace kiln::onnx_frontend
