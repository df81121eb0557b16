// Convolution and matrix products.
#include "frontends/onnx/OnnxOperators.h"
#include "frontends/onnx/OnnxWindow.h"

using namespace mlir;

namespace kiln::onnx_frontend {

static LogicalResult translateConv(OnnxNode &node) {
  constexpr int64_t filtersAndChannels = 2;
  if (node.rank(1) != node.rank(0) || node.rank(1) <= filtersAndChannels)
    return node.error() << "its weights have rank " << node.rank(1) << " and its input has rank "
                        << node.rank(0) << "; both must be equal and at least 3";
  FailureOr<Window> window = readWindow(node, node.shape(1).drop_front(filtersAndChannels));
  if (failed(window))
    return failure();
  return node.emit<nn::ConvOp>(node.input(0), node.input(1), node.input(2), /*residual=*/Value(),
                               window->strides, window->pads, window->dilations,
                               node.integer("group", 1), nn::ActivationAttr());
}

/// `output_padding`, or zeros.
static FailureOr<Integers> outputPadding(OnnxNode &node, size_t rank) {
  constexpr int64_t largest = int64_t(1) << 24;
  Integers padding = node.integers("output_padding").value_or(Integers(rank, 0));
  if (padding.empty())
    padding.assign(rank, 0);
  if (padding.size() != rank ||
      llvm::any_of(padding, [](int64_t p) { return p < 0 || p > largest; }))
    return node.error() << "output_padding must have " << rank << " entries, none negative";
  return padding;
}

/// The spatial sizes that the node asks for instead of pads; empty where it gives pads.
static FailureOr<Integers> requestedSizes(OnnxNode &node, const Window &window) {
  size_t rank = window.strides.size();
  Integers sizes = node.integers("output_shape").value_or(Integers());
  if (sizes.size() == rank + 2)
    sizes.erase(sizes.begin(), sizes.begin() + 2);
  if (!sizes.empty() && sizes.size() != rank)
    return node.error() << "output_shape has " << sizes.size() << " entries for " << rank
                        << " spatial dimensions";
  if (sizes.empty() && llvm::StringRef(node.text("auto_pad", "NOTSET")).starts_with("SAME"))
    for (size_t i = 0; i < rank; ++i)
      sizes.push_back(checkedProduct({node.shape(0)[2 + i], window.strides[i]}).value_or(-1));
  return sizes;
}

/// Sets the pads that lead to the sizes that the node asks for.
static LogicalResult padToSizes(OnnxNode &node, Window &window, Integers &padding) {
  FailureOr<Integers> sizes = requestedSizes(node, window);
  if (failed(sizes) || sizes->empty())
    return failure(failed(sizes));
  bool upper = node.text("auto_pad", "NOTSET") == "SAME_UPPER";
  size_t rank = window.strides.size();
  window.pads.assign(2 * rank, 0);
  for (size_t i = 0; i < rank; ++i) {
    constexpr int64_t largest = int64_t(1) << 32;
    int64_t in = node.shape(0)[2 + i], size = (*sizes)[i];
    if (in < 1 || in > largest || size < 1 || size > largest)
      return node.error() << "spatial dimension " << i << " would go from " << in << " to " << size;
    int64_t full = (in - 1) * window.strides[i] + window.dilations[i] * (window.kernel[i] - 1) + 1 +
                   padding[i];
    int64_t total = full - size;
    padding[i] += std::max<int64_t>(-total, 0);
    total = std::max<int64_t>(total, 0);
    window.pads[i] = upper ? total / 2 : total - total / 2;
    window.pads[rank + i] = total - window.pads[i];
  }
  return success();
}

static LogicalResult translateConvTranspose(OnnxNode &node) {
  constexpr int64_t channelsAndFilters = 2;
  if (node.rank(1) != node.rank(0) || node.rank(1) <= channelsAndFilters)
    return node.error() << "its weights have rank " << node.rank(1) << " and its input has rank "
                        << node.rank(0) << "; both must be equal and at least 3";
  FailureOr<Window> window = readWindow(node, node.shape(1).drop_front(channelsAndFilters));
  if (failed(window))
    return failure();
  FailureOr<Integers> padding = outputPadding(node, window->strides.size());
  if (failed(padding) || failed(padToSizes(node, *window, *padding)))
    return failure();
  return node.emit<nn::ConvTransposeOp>(node.input(0), node.input(1), node.input(2),
                                        window->strides, window->pads, window->dilations, *padding,
                                        node.integer("group", 1), nn::ActivationAttr());
}

static LogicalResult translateGemm(OnnxNode &node) {
  return node.emit<nn::GemmOp>(node.input(0), node.input(1), node.input(2),
                               node.integer("transA", 0) != 0, node.integer("transB", 0) != 0,
                               llvm::APFloat(node.real("alpha", 1.0)),
                               llvm::APFloat(node.real("beta", 1.0)), nn::ActivationAttr());
}

static LogicalResult translateMatMul(OnnxNode &node) {
  return node.emit<nn::MatmulOp>(node.input(0), node.input(1));
}

llvm::ArrayRef<OnnxOperator> convOperators() {
  static const OnnxOperator operators[] = {
      {"Conv", 1, 2, 3, translateConv},
      {"ConvTranspose", 1, 2, 3, translateConvTranspose},
      {"Gemm", 1, 2, 3, translateGemm},
      {"MatMul", 1, 2, 2, translateMatMul},
  };
  return operators;
}

} // namespace kiln::onnx_frontend
