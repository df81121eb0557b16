// What a 1x1 convolution can compute in front of itself, so that it never goes to memory: batch
// normalisation and ReLU (pre-activation, He et al. 2016; DenseNet), which the ReLU keeps out of
// the weights, or a depthwise convolution (depthwise separable convolutions, Howard et al. 2017;
// MobileNet).
#ifndef KILN_COMPILER_SCHEDULE_PROLOGUE_H
#define KILN_COMPILER_SCHEDULE_PROLOGUE_H

#include "compiler/schedule/Layout.h"

#include <optional>

namespace kiln {

/// The attribute by which choose-kernel says that a convolution takes its prologue: how many rows
/// of output pixels a task makes ready at a time.
constexpr llvm::StringLiteral prologueAttribute = "kernel.prologue";

struct Prologue {
  mlir::Value input;                           ///< the map in front of it
  mlir::Value scale, shift;                    ///< 1 x C x 1 x 1, blocked; or null
  nn::ConvOp depthwise;                        ///< or null
  llvm::SmallVector<mlir::Operation *, 3> ops; ///< what it computes, in order
};

/// What stands in front of a convolution where that is `relu(x * scale + shift)` per channel or a
/// depthwise convolution, nothing else reads it, and the convolution can take it.
std::optional<Prologue> prologueOf(nn::ConvOp conv);

/// The prologue that choose-kernel has given a convolution; none where it has become a weight
/// since.
std::optional<Prologue> takenPrologue(nn::ConvOp conv);

/// Whether a convolution that takes its prologue reads this value in front of that.
bool isInputOfPrologue(mlir::Value value);

} // namespace kiln

#endif // KILN_COMPILER_SCHEDULE_PROLOGUE_H
