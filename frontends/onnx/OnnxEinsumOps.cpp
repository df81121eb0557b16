// Sums of products over named dimensions.
#include "frontends/onnx/OnnxOperators.h"
#include "frontends/support/Einsum.h"

using namespace mlir;

namespace kiln::onnx_frontend {

static LogicalResult translateEinsum(OnnxNode &node) {
  SmallVector<Value> operands;
  for (size_t i = 0; i < node.numInputs(); ++i) {
    if (!node.input(i))
      return node.error() << "its input " << i << " has an empty name";
    operands.push_back(node.input(i));
  }
  std::string equation = node.text("equation", "");
  llvm::erase(equation, ' ');
  FailureOr<Value> result = frontend::buildEinsum(node, equation, operands);
  return failed(result) ? failure() : node.setFirst(*result);
}

llvm::ArrayRef<OnnxOperator> einsumOperators() {
  static const OnnxOperator operators[] = {
      {"Einsum", 12, 1, anyNumber, translateEinsum},
  };
  return operators;
}

} // namespace kiln::onnx_frontend
