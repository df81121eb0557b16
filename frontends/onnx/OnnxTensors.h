// From ONNX tensors to attributes: every storage form of TensorProto, without copying raw weights.
#ifndef KILN_FRONTENDS_ONNX_ONNXTENSORS_H
#define KILN_FRONTENDS_ONNX_ONNXTENSORS_H

#include "frontends/onnx/OnnxFile.h"
#include "frontends/support/Weights.h"

namespace kiln::onnx_frontend {

using frontend::elementBytes;
using frontend::elementsFromBytes;
using frontend::elementsOnFile;

/// The element type of a TensorProto.DataType; null for those that the nn dialect has not (strings,
/// complex, uint16..).
mlir::Type elementType(mlir::MLIRContext &context, int32_t dataType);

/// How ONNX calls a data type: "FLOAT16"; "number 99" for an unknown one.
std::string dataTypeName(int32_t dataType);

/// The shape of a tensor with its element type, checked for size and sign.
mlir::FailureOr<mlir::RankedTensorType>
tensorType(mlir::MLIRContext &context, const onnx::TensorProto &tensor, EmitError emitError);

/// The elements of a tensor: `dense` up to 64 elements, else a `dense_resource` called `name` whose
/// blob is a view on the file wherever the file holds the elements as they are.
mlir::FailureOr<mlir::ElementsAttr> readTensor(mlir::MLIRContext &context, OnnxFile &file,
                                               const onnx::TensorProto &tensor,
                                               llvm::StringRef name, EmitError emitError);

/// Elements given in the typed fields (`float_data`, `int32_data`, ...), as they lie in memory.
mlir::FailureOr<std::vector<char>> typedBytes(const onnx::TensorProto &tensor,
                                              mlir::RankedTensorType type, EmitError emitError);

} // namespace kiln::onnx_frontend

#endif // KILN_FRONTENDS_ONNX_ONNXTENSORS_H
