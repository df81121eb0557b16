// The table of the operators that are known here, one list a family.
#ifndef KILN_FRONTENDS_ONNX_ONNXOPERATORS_H
#define KILN_FRONTENDS_ONNX_ONNXOPERATORS_H

#include "frontends/onnx/OnnxNode.h"

namespace kiln::onnx_frontend {

llvm::ArrayRef<OnnxOperator> arithmeticOperators();
llvm::ArrayRef<OnnxOperator> activationOperators();
llvm::ArrayRef<OnnxOperator> attentionOperators();
llvm::ArrayRef<OnnxOperator> constantOperators();
llvm::ArrayRef<OnnxOperator> convOperators();
llvm::ArrayRef<OnnxOperator> detectionOperators();
llvm::ArrayRef<OnnxOperator> einsumOperators();
llvm::ArrayRef<OnnxOperator> gridSampleOperators();
llvm::ArrayRef<OnnxOperator> indexOperators();
llvm::ArrayRef<OnnxOperator> layerNormOperators();
llvm::ArrayRef<OnnxOperator> layoutOperators();
llvm::ArrayRef<OnnxOperator> logicOperators();
llvm::ArrayRef<OnnxOperator> normalizationOperators();
llvm::ArrayRef<OnnxOperator> poolOperators();
llvm::ArrayRef<OnnxOperator> quantizedOperators();
llvm::ArrayRef<OnnxOperator> reductionOperators();
llvm::ArrayRef<OnnxOperator> resizeOperators();
llvm::ArrayRef<OnnxOperator> scatterOperators();
llvm::ArrayRef<OnnxOperator> sequenceOperators();
llvm::ArrayRef<OnnxOperator> sliceOperators();
llvm::ArrayRef<OnnxOperator> trigonometricOperators();

/// The form of an operator of the default domain that holds in `opset`; null when there is none.
const OnnxOperator *findOperator(llvm::StringRef name, int64_t opset);

/// Says of a node that no translator exists for it, and what to do: "'up1': Resize (opset 11);
/// replace it by ...".
std::string describeUnsupported(const onnx::NodeProto &node, int64_t opset);

} // namespace kiln::onnx_frontend

#endif // KILN_FRONTENDS_ONNX_ONNXOPERATORS_H
