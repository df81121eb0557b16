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
      {"Gemm", 1, 2, 3, translateGemm},
      {"MatMul", 1, 2, 2, translateMatMul},
  };
  return operators;
}

} // namespace kiln::onnx_frontend
