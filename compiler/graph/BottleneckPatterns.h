// What FoldBottleneck is made of besides pairs of convolutions.
#ifndef KILN_COMPILER_GRAPH_BOTTLENECKPATTERNS_H
#define KILN_COMPILER_GRAPH_BOTTLENECKPATTERNS_H

#include "compiler/graph/GraphSupport.h"

namespace kiln {

inline constexpr llvm::StringLiteral kFoldBottleneck = "FoldBottleneck";

/// Two dense layers without activation between them, and an average that a 1x1 convolution may come
/// after.
void populateLinearPatterns(mlir::RewritePatternSet &patterns);

/// Replaces 1x1 convolutions of one map with equal strides and activation by one convolution and a
/// split.
void mergeSiblingConvs(mlir::func::FuncOp func);

/// True for a 1x1 convolution without pads and groups.
bool isPointwiseConv(nn::ConvOp conv);

} // namespace kiln

#endif // KILN_COMPILER_GRAPH_BOTTLENECKPATTERNS_H
