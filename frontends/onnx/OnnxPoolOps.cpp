// Pooling over windows and over whole maps.
#include "frontends/onnx/OnnxOperators.h"
#include "frontends/onnx/OnnxWindow.h"

using namespace mlir;

namespace kiln::onnx_frontend {

static LogicalResult translateMaxPool(OnnxNode &node) {
  FailureOr<Window> window = readWindow(node, {});
  if (failed(window))
    return failure();
  return node.emit<nn::MaxPoolOp>(node.input(0), window->kernel, window->strides, window->pads,
                                  window->dilations, node.integer("ceil_mode", 0) != 0);
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

llvm::ArrayRef<OnnxOperator> poolOperators() {
  static const OnnxOperator operators[] = {
      {"MaxPool", 1, 1, 1, translateMaxPool},
      {"AveragePool", 1, 1, 1, translateAveragePool},
      {"GlobalAveragePool", 1, 1, 1, translateGlobalPool<nn::GlobalAveragePoolOp>},
      {"GlobalMaxPool", 1, 1, 1, translateGlobalPool<nn::GlobalMaxPoolOp>},
  };
  return operators;
}

} // namespace kiln::onnx_frontend
