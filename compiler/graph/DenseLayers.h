// The groups of patterns that make up FcToConv, and the enlarging of a converted network's input.
#ifndef KILN_COMPILER_GRAPH_DENSELAYERS_H
#define KILN_COMPILER_GRAPH_DENSELAYERS_H

#include "compiler/graph/GraphSupport.h"

namespace kiln {

inline constexpr llvm::StringLiteral kFcToConv = "FcToConv";

/// Dense layers on flattened maps become convolutions. `all`: those on maps of one element per
/// channel and on several images, too, which are better served by nn.gemm unless the map is to
/// grow.
void populateDenseLayerPatterns(mlir::RewritePatternSet &patterns, bool all);

/// A reshape from N x C x 1 x 1 to N x C moves behind the ops that can as well work on the map:
/// elementwise ones, and `all`: whatever treats the two shapes alike.
void populateFlattenPatterns(mlir::RewritePatternSet &patterns, bool all);

/// Pools and reductions over the whole map become windows of the size that the map has now, moved
/// by one position.
void populateSlidingPoolPatterns(mlir::RewritePatternSet &patterns);

/// Gives the arguments of a function new types of the same ranks, and every tensor that follows
/// from them the shape that it has then. An error, at the op, where its result cannot be enlarged.
llvm::LogicalResult reinferShapes(mlir::func::FuncOp func,
                                  llvm::ArrayRef<mlir::Type> argumentTypes);

} // namespace kiln

#endif // KILN_COMPILER_GRAPH_DENSELAYERS_H
