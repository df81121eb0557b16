// The part of FoldBottleneck that merges 1x1 convolutions which read one map.
#ifndef KILN_COMPILER_GRAPH_MERGESIBLINGS_H
#define KILN_COMPILER_GRAPH_MERGESIBLINGS_H

#include "compiler/graph/GraphSupport.h"

namespace kiln {

/// Replaces 1x1 convolutions of one map with equal strides and activation by one convolution and a
/// split.
void mergeSiblingConvs(mlir::func::FuncOp func);

} // namespace kiln

#endif // KILN_COMPILER_GRAPH_MERGESIBLINGS_H
