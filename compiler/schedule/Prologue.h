// Batch normalisation and ReLU in front of a 1x1 convolution (pre-activation, He et al. 2016;
// DenseNet). The ReLU keeps it out of the weights; the convolution applies it to the tile of its
// input that it is about to read.
#ifndef KILN_COMPILER_SCHEDULE_PROLOGUE_H
#define KILN_COMPILER_SCHEDULE_PROLOGUE_H

#include "compiler/schedule/Layout.h"

#include <array>
#include <optional>

namespace kiln {

/// The attribute by which choose-kernel says that a convolution takes its prologue.
constexpr llvm::StringLiteral prologueAttribute = "kernel.prologue";

struct Prologue {
  mlir::Value input;                    ///< the map in front of the arithmetic
  mlir::Value scale, shift;             ///< 1 x C x 1 x 1, blocked
  std::array<mlir::Operation *, 3> ops; ///< the arithmetic, in order
};

/// What stands in front of a convolution where that is `relu(x * scale + shift)` per channel and
/// nothing else reads it, and the convolution can take it.
std::optional<Prologue> prologueOf(nn::ConvOp conv);

/// Whether a convolution that takes its prologue reads this value in front of that.
bool isInputOfPrologue(mlir::Value value);

} // namespace kiln

#endif // KILN_COMPILER_SCHEDULE_PROLOGUE_H
