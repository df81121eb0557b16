// Constants of a few elements, read as numbers: bounds, limits, scalars that a translator needs to
// know.
#ifndef KILN_FRONTENDS_ONNX_ONNXSMALLCONSTANT_H
#define KILN_FRONTENDS_ONNX_ONNXSMALLCONSTANT_H

#include "frontends/onnx/OnnxNode.h"

namespace kiln::onnx_frontend {

/// A constant of at most 64 elements, read as integers or as floating-point numbers.
struct SmallConstant {
  RankedTensorType type;
  /// Filled for integer types.
  Integers integers;
  /// Filled for all types.
  llvm::SmallVector<double> numbers;

  bool isInteger() const { return mlir::isa<mlir::IntegerType>(type.getElementType()); }
};

/// The elements of a value; nothing when it is no small constant.
std::optional<SmallConstant> readSmallConstant(Value value);

} // namespace kiln::onnx_frontend

#endif // KILN_FRONTENDS_ONNX_ONNXSMALLCONSTANT_H
