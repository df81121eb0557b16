// Arithmetic on weights, written as nn ops: they stay in the graph, where the weights program finds
// them, because a large constant is never folded in the IR.
//
//   WeightBuilder weights(rewriter, derivedLocation(conv.getLoc(), "filter"));
//   Value filter = weights.mul(conv.getFilter(), weights.reshape(scale, {k, 1, 1, 1}));
#ifndef KILN_COMPILER_GRAPH_WEIGHTBUILDER_H
#define KILN_COMPILER_GRAPH_WEIGHTBUILDER_H

#include "dialects/nn/NnDialect.h"

namespace kiln {

/// Builds ops whose shapes the caller knows to agree. Every op gets the same location.
class WeightBuilder {
public:
  WeightBuilder(mlir::OpBuilder &builder, mlir::Location loc) : builder(builder), loc(loc) {}

  mlir::Value add(mlir::Value lhs, mlir::Value rhs);
  mlir::Value sub(mlir::Value lhs, mlir::Value rhs);
  mlir::Value mul(mlir::Value lhs, mlir::Value rhs);
  mlir::Value div(mlir::Value lhs, mlir::Value rhs);
  mlir::Value sqrt(mlir::Value value);
  /// The product as of numpy.matmul.
  mlir::Value matmul(mlir::Value lhs, mlir::Value rhs);
  mlir::Value transpose(mlir::Value value, llvm::ArrayRef<int64_t> perm);
  /// The sum over `axes` (ascending), which the result no longer has.
  mlir::Value sum(mlir::Value value, llvm::ArrayRef<int64_t> axes);
  mlir::Value concat(llvm::ArrayRef<mlir::Value> values, int64_t axis);
  mlir::Value cast(mlir::Value value, mlir::Type elementType);

  /// The value itself where it has that shape already.
  mlir::Value reshape(mlir::Value value, llvm::ArrayRef<int64_t> shape);
  mlir::Value expand(mlir::Value value, llvm::ArrayRef<int64_t> shape);

  /// A constant filled with one number.
  mlir::Value splat(double number, mlir::Type elementType, llvm::ArrayRef<int64_t> shape);

  /// `value`, of which isPerChannel holds, as a tensor of shape [channels].
  mlir::Value channelVector(mlir::Value value, int64_t channels);

  /// A vector [C] beside the channels of a map: [1, C, 1, ..., 1].
  mlir::Value alongChannels(mlir::Value vector, int64_t rank);

  /// A vector [K] as a factor of the filters of a tensor with K as its first dimension: [K, 1, ...,
  /// 1].
  mlir::Value alongFilters(mlir::Value vector, int64_t rank);

  /// A vector [C] as a factor of the input channels of a grouped filter [K, C / groups, ...]: [K, C
  /// / groups, 1, ..., 1].
  mlir::Value alongInputs(mlir::Value vector, mlir::RankedTensorType filter, int64_t groups);

private:
  mlir::OpBuilder &builder;
  mlir::Location loc;
};

} // namespace kiln

#endif // KILN_COMPILER_GRAPH_WEIGHTBUILDER_H
