// Arithmetic with broadcasting that evaluates small constants at once; shared by the families of operators.
#ifndef KILN_FRONTENDS_ONNX_ONNXARITHMETIC_H
#define KILN_FRONTENDS_ONNX_ONNXARITHMETIC_H

#include "frontends/onnx/OnnxFolding.h"

#include <cmath>

namespace kiln::onnx_frontend {

/// What an exact binary op does to integers and to floating-point numbers. NaN wins in minimum and maximum.
template <typename OpTy>
struct ExactFunction;

template <>
struct ExactFunction<nn::AddOp> {
  static int64_t apply(int64_t a, int64_t b) { return wrappingAdd(a, b); }
  static double apply(double a, double b) { return a + b; }
};
template <>
struct ExactFunction<nn::SubOp> {
  static int64_t apply(int64_t a, int64_t b) { return wrappingSub(a, b); }
  static double apply(double a, double b) { return a - b; }
};
template <>
struct ExactFunction<nn::MulOp> {
  static int64_t apply(int64_t a, int64_t b) { return wrappingMul(a, b); }
  static double apply(double a, double b) { return a * b; }
};
template <>
struct ExactFunction<nn::DivOp> {
  static int64_t apply(int64_t a, int64_t b) { return checkedDiv(a, b); }
  static double apply(double a, double b) { return a / b; }
};
template <>
struct ExactFunction<nn::MinOp> {
  static int64_t apply(int64_t a, int64_t b) { return std::min(a, b); }
  static double apply(double a, double b) { return std::isnan(a) || a < b ? a : b; }
};
template <>
struct ExactFunction<nn::MaxOp> {
  static int64_t apply(int64_t a, int64_t b) { return std::max(a, b); }
  static double apply(double a, double b) { return std::isnan(a) || a > b ? a : b; }
};

/// `OpTy(lhs, rhs)`, or its value where both are small constants.
template <typename OpTy>
FailureOr<Value> exactBinary(OnnxNode &node, FailureOr<Value> lhs, FailureOr<Value> rhs) {
  FailureOr<Value> result = node.create<OpTy>(lhs, rhs);
  if (failed(result))
    return result;
  using Function = ExactFunction<OpTy>;
  std::optional<Value> folded = foldPointwise(
      node, {*lhs, *rhs}, mlir::cast<RankedTensorType>(result->getType()),
      [](llvm::ArrayRef<int64_t> x) { return Function::apply(x[0], x[1]); },
      [](llvm::ArrayRef<double> x) { return Function::apply(x[0], x[1]); });
  return folded ? *folded : result;
}

} // namespace kiln::onnx_frontend

#endif // KILN_FRONTENDS_ONNX_ONNXARITHMETIC_H
