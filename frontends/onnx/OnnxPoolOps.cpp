// Pooling over windows and over whole maps.
#include "dialects/nn/NnShapeInference.h"
#include "frontends/onnx/OnnxOperators.h"
#include "frontends/onnx/OnnxPoolIndices.h"

using namespace mlir;

namespace kiln::onnx_frontend {

static LogicalResult translateMaxPool(OnnxNode &node) {
  FailureOr<Window> window = readWindow(node, {});
  if (failed(window))
    return failure();
  bool ceilMode = node.integer("ceil_mode", 0) != 0;
  if (node.wants(1)) {
    FailureOr<Value> positions = maximumPositions(node, *window, ceilMode);
    if (failed(positions) || failed(node.setResult(*positions, 1)))
      return failure();
  }
  return node.emit<nn::MaxPoolOp>(node.input(0), window->kernel, window->strides, window->pads,
                                  window->dilations, ceilMode);
}

static LogicalResult translateAveragePool(OnnxNode &node) {
  FailureOr<Window> window = readWindow(node, {});
  if (failed(window))
    return failure();
  return node.emit<nn::AveragePoolOp>(node.input(0), window->kernel, window->strides, window->pads,
                                      window->dilations, node.integer("ceil_mode", 0) != 0,
                                      node.integer("count_include_pad", 0) != 0);
}

/// A map without spatial dimensions is its own pool.
template <typename OpTy> static LogicalResult translateGlobalPool(OnnxNode &node) {
  if (node.rank(0) == 2)
    return node.setResult(node.input(0));
  return node.emit<OpTy>(node.input(0));
}

/// |x|^p, and the p-th root of its sums.
static FailureOr<Value> magnitude(OnnxNode &node, double p) {
  FailureOr<Value> size = node.create<nn::AbsOp>(node.input(0));
  if (p == 1)
    return size;
  if (p == 2)
    return node.create<nn::MulOp>(node.input(0), node.input(0));
  return node.create<nn::PowOp>(size, node.scalar(p, node.type(0).getElementType()));
}

static FailureOr<Value> root(OnnxNode &node, FailureOr<Value> sum, double p) {
  if (p == 1)
    return sum;
  if (p == 2)
    return node.create<nn::SqrtOp>(sum);
  return node.create<nn::PowOp>(sum, node.scalar(1 / p, node.type(0).getElementType()));
}

/// The exponent, a float at first.
static FailureOr<double> exponent(OnnxNode &node) {
  double p = node.opset() < 2 ? node.real("p", 2.0) : static_cast<double>(node.integer("p", 2));
  if (!(p > 0))
    return node.error() << "p is " << std::to_string(p) << "; it must be positive";
  return p;
}

/// The mean over windows that lie in the padded input, times their size.
static LogicalResult translateLpPool(OnnxNode &node) {
  constexpr int64_t batchAndChannels = 2;
  FailureOr<Window> window = readWindow(node, {});
  FailureOr<double> p = exponent(node);
  if (failed(window) || failed(p))
    return failure();
  nn::Windows windows{window->kernel, window->strides, window->pads, window->dilations,
                      node.integer("ceil_mode", 0) != 0};
  FailureOr<Integers> sizes =
      nn::windowedShape(node.shape(0).drop_front(batchAndChannels), windows, {"P2", "P4"},
                        nn::RuleReporter(node.getLoc(), "LpPool"));
  if (failed(sizes))
    return failure();
  size_t rank = node.rank(0), spatial = sizes->size();
  Integers pads(2 * rank, 0);
  for (size_t i = 0; i < spatial; ++i) {
    int64_t reach =
        ((*sizes)[i] - 1) * window->strides[i] + window->dilations[i] * (window->kernel[i] - 1) + 1;
    int64_t have = window->pads[i] + node.shape(0)[batchAndChannels + i];
    pads[batchAndChannels + i] = window->pads[i];
    pads[rank + batchAndChannels + i] = std::max<int64_t>(window->pads[spatial + i], reach - have);
  }
  FailureOr<Value> padded =
      node.create<nn::PadOp>(magnitude(node, *p), pads, nn::PadMode::Constant, llvm::APFloat(0.0));
  FailureOr<Value> mean = node.create<nn::AveragePoolOp>(
      padded, window->kernel, window->strides, Integers(2 * spatial, 0), window->dilations,
      /*ceil_mode=*/false, /*count_include_pad=*/true);
  auto count = static_cast<double>(checkedProduct(window->kernel).value_or(0));
  FailureOr<Value> sum =
      node.create<nn::MulOp>(mean, node.scalar(count, node.type(0).getElementType()));
  return node.setFirst(root(node, sum, *p));
}

static LogicalResult translateGlobalLpPool(OnnxNode &node) {
  FailureOr<double> p = exponent(node);
  if (failed(p))
    return failure();
  Integers spatial =
      llvm::to_vector(llvm::seq<int64_t>(std::min<int64_t>(2, node.rank(0)), node.rank(0)));
  return node.setFirst(root(
      node, node.create<nn::ReduceSumOp>(magnitude(node, *p), spatial, /*keepdims=*/true), *p));
}

llvm::ArrayRef<OnnxOperator> poolOperators() {
  static const OnnxOperator operators[] = {
      {"MaxPool", 1, 1, 1, translateMaxPool},
      {"MaxUnpool", 9, 2, 3, translateMaxUnpool},
      {"LpPool", 1, 1, 1, translateLpPool},
      {"GlobalLpPool", 1, 1, 1, translateGlobalLpPool},
      {"AveragePool", 1, 1, 1, translateAveragePool},
      {"GlobalAveragePool", 1, 1, 1, translateGlobalPool<nn::GlobalAveragePoolOp>},
      {"GlobalMaxPool", 1, 1, 1, translateGlobalPool<nn::GlobalMaxPoolOp>},
  };
  return operators;
}

} // namespace kiln::onnx_frontend
