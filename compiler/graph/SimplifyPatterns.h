// The groups of patterns that make up Simplify, and what they share.
#ifndef KILN_COMPILER_GRAPH_SIMPLIFYPATTERNS_H
#define KILN_COMPILER_GRAPH_SIMPLIFYPATTERNS_H

#include "compiler/graph/GraphSupport.h"

namespace kiln {

inline constexpr llvm::StringLiteral kSimplify = "Simplify";

/// Identities and dropout, which are copies at inference.
void populateIdentityPatterns(mlir::RewritePatternSet &patterns);
/// Arithmetic that changes nothing, clips of clips, activations spelled as several ops.
void populateArithmeticPatterns(mlir::RewritePatternSet &patterns);
/// Transposes, concatenations, slices, splits, pads and casts that cancel or compose.
void populateMovementPatterns(mlir::RewritePatternSet &patterns);
/// Pads before sliding windows, windows and reductions over whole maps.
void populateWindowPatterns(mlir::RewritePatternSet &patterns);

/// True where no element can be below zero (a NaN may be there).
bool isNonNegative(mlir::Value value);

/// Replaces a simplified op by a value, which takes its place in the names where it is a new op.
llvm::LogicalResult simplifyTo(mlir::PatternRewriter &rewriter, mlir::Operation *op,
                               mlir::Value value, llvm::StringRef pattern);

} // namespace kiln

#endif // KILN_COMPILER_GRAPH_SIMPLIFYPATTERNS_H
