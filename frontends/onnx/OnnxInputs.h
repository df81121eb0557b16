// The types of the network's inputs: what the file declares, what the user says, and 1 for a
// symbolic batch.
#ifndef KILN_FRONTENDS_ONNX_ONNXINPUTS_H
#define KILN_FRONTENDS_ONNX_ONNXINPUTS_H

#include "frontends/onnx/OnnxFile.h"
#include "frontends/onnx/OnnxImport.h"

#include "mlir/IR/BuiltinTypes.h"

namespace kiln::onnx_frontend {

/// One static type an input, in order. A first dimension that nothing fixes becomes 1 with a
/// remark; errors list all other open dimensions, shapes given for unknown inputs and shapes that
/// contradict the model.
mlir::FailureOr<llvm::SmallVector<mlir::RankedTensorType>>
resolveInputTypes(mlir::MLIRContext &context, llvm::ArrayRef<const onnx::ValueInfoProto *> inputs,
                  llvm::ArrayRef<InputShape> given, mlir::Location loc);

/// The inputs without those that have a value, and a constant for each that has: an error for a
/// value of an unknown input, of another element type, or of a shape that contradicts the model.
mlir::FailureOr<llvm::StringMap<mlir::ElementsAttr>>
takeInputValues(llvm::SmallVectorImpl<const onnx::ValueInfoProto *> &inputs,
                llvm::ArrayRef<OnnxTensorFile> given, mlir::Location loc);

} // namespace kiln::onnx_frontend

#endif // KILN_FRONTENDS_ONNX_ONNXINPUTS_H
