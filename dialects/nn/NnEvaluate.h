// The meaning of the ops that move elements or act on each, on tensors in memory (row-major, as
// NnElements stores them). Folding runs them on small constants, the reference evaluator on whole
// networks: one definition for both.
#ifndef KILN_DIALECTS_NN_NNEVALUATE_H
#define KILN_DIALECTS_NN_NNEVALUATE_H

#include "dialects/nn/NnDialect.h"

#include <functional>

namespace kiln::nn {

/// Elements of a tensor in another order: position (i, j, ...) of the view is element offset + i *
/// strides[0] + ....
struct StridedView {
  int64_t offset = 0;
  llvm::SmallVector<int64_t> sizes, strides;

  /// All elements of a row-major tensor in their own order.
  static StridedView whole(llvm::ArrayRef<int64_t> shape);
  /// A row-major tensor broadcast to a larger shape.
  static StridedView broadcast(llvm::ArrayRef<int64_t> shape, llvm::ArrayRef<int64_t> to);

  /// Calls `row(first, count, stride)` for each innermost row, in the order of the view. Never for
  /// an empty view.
  void forEachRow(llvm::function_ref<void(int64_t first, int64_t count, int64_t stride)> row) const;
};

/// For an op whose results are a selection or permutation of one operand's elements, how each
/// result reads the operand; nothing for other ops. The view's shape may have more dimensions than
/// the result, never another order.
std::optional<StridedView> viewOfOperand(mlir::Operation *op, unsigned result = 0);

/// Evaluates an op that moves elements: those of viewOfOperand, concat, interleave, gather and pad.
/// Fails for other ops.
llvm::LogicalResult evaluateMove(mlir::Operation *op, llvm::ArrayRef<const char *> operands,
                                 llvm::ArrayRef<char *> results);

/// Evaluates an op with the trait Pointwise. Floats are computed in double and rounded once,
/// integers wrap. Fails for other ops.
llvm::LogicalResult evaluatePointwise(mlir::Operation *op, llvm::ArrayRef<const char *> operands,
                                      char *result);

/// An activation on a double.
double applyActivation(ActivationAttr activation, double value);

/// The larger and the smaller of two numbers; NaN where one of them is NaN.
inline double maxOrNan(double a, double b) { return a > b || a != a ? a : b; }
inline double minOrNan(double a, double b) { return a < b || a != a ? a : b; }

} // namespace kiln::nn

#endif // KILN_DIALECTS_NN_NNEVALUATE_H
