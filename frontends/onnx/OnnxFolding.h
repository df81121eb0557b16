// Evaluation, on small constants, of the operators that have no nn op: comparisons, logic,
// remainders, choices. They occur where exporters compute shapes in the graph, and Reshape, Expand
// and Slice need those shapes as numbers. The nn ops fold by themselves when they are created.
#ifndef KILN_FRONTENDS_ONNX_ONNXFOLDING_H
#define KILN_FRONTENDS_ONNX_ONNXFOLDING_H

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

using IntegerFunction = llvm::function_ref<int64_t(llvm::ArrayRef<int64_t>)>;
using FloatFunction = llvm::function_ref<double(llvm::ArrayRef<double>)>;

/// Applies a function to each tuple of broadcast elements and gives a constant of `type`, whose
/// shape must be that of the broadcast operands. `onIntegers` serves where all operands are
/// integers. Nothing when an operand is no small constant or the result is not small.
std::optional<Value> foldPointwise(OnnxNode &node, llvm::ArrayRef<Value> operands,
                                   RankedTensorType type, IntegerFunction onIntegers,
                                   FloatFunction onFloats);

/// The shape of the broadcast operands; nothing when they do not broadcast.
std::optional<Integers> broadcastShape(llvm::ArrayRef<Value> operands);

/// Arithmetic on 64-bit integers that wraps around instead of being undefined.
int64_t wrappingAdd(int64_t a, int64_t b);
int64_t wrappingSub(int64_t a, int64_t b);
int64_t wrappingMul(int64_t a, int64_t b);
/// Toward zero; 0 for a divisor of 0.
int64_t checkedDiv(int64_t a, int64_t b);

} // namespace kiln::onnx_frontend

#endif // KILN_FRONTENDS_ONNX_ONNXFOLDING_H
