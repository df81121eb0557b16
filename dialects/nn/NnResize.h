// The arithmetic of nn.resize in one dimension, shared by its verifier, its evaluation and its
// kernel.
#ifndef KILN_DIALECTS_NN_NNRESIZE_H
#define KILN_DIALECTS_NN_NNRESIZE_H

#include "dialects/nn/NnDialect.h"

namespace kiln::nn {

/// What each output position of one dimension reads: output i is the sum over t < taps of
/// weights[i * taps + t] * input[indices[i * taps + t]]. Indices lie inside the input.
struct ResizeTable {
  int64_t taps = 1;
  llvm::SmallVector<int32_t> indices;
  llvm::SmallVector<float> weights;
};

/// The taps of each output position of a spatial dimension, counted from 0.
int64_t resizeTaps(ResizeOp::Adaptor op, int64_t dim);

/// The table of a spatial dimension. The op must have been verified.
ResizeTable resizeTable(ResizeOp op, int64_t dim);

} // namespace kiln::nn

#endif // KILN_DIALECTS_NN_NNRESIZE_H
