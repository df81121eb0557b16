// The groups of patterns that make up FuseConv, and what they share.
#ifndef KILN_COMPILER_GRAPH_FUSEPATTERNS_H
#define KILN_COMPILER_GRAPH_FUSEPATTERNS_H

#include "compiler/graph/GraphSupport.h"
#include "compiler/graph/WeightBuilder.h"

namespace kiln {

inline constexpr llvm::StringLiteral kFuseConv = "FuseConv";

/// Batch normalisation, factors and addends per channel, before and after a convolution.
void populateFuseScalePatterns(mlir::RewritePatternSet &patterns);
/// Residual additions and activations after convolutions and dense layers.
void populateFuseEpiloguePatterns(mlir::RewritePatternSet &patterns);
/// What follows a concatenation of convolutions goes to each of them: factors and addends first,
/// activations when the convolutions have taken those.
void populateFuseConcatWeightPatterns(mlir::RewritePatternSet &patterns);
void populateFuseConcatActivationPatterns(mlir::RewritePatternSet &patterns);
/// Dense layers: nn.matmul with a matrix becomes nn.gemm, which takes factors and addends.
void populateFuseGemmPatterns(mlir::RewritePatternSet &patterns);

/// The two sides of `map op vector`, where vector is one weight a channel (or one for all) and the
/// result has the type of the map; for nn.mul and nn.add in either order. `orInput`: the vector may
/// also be an input of the function.
struct PerChannelOperands {
  mlir::Value map, vector;
};
std::optional<PerChannelOperands> perChannelOperands(mlir::Operation *binary, bool orInput = false);

/// `scale / sqrt(variance + epsilon)` and `offset - mean * factor` of a batch normalisation, as
/// vectors [C].
struct FactorAndAddend {
  mlir::Value factor, addend;
};
FactorAndAddend batchNormVectors(WeightBuilder &weights, nn::BatchNormOp norm);

/// The activation that an op is, or null.
nn::ActivationAttr activationOf(mlir::Operation *op);

/// The convolution or dense layer that makes `value`, where nothing else reads it and no epilogue
/// follows it yet.
template <typename OpTy> OpTy bareProducer(mlir::Value value) {
  auto op = value.getDefiningOp<OpTy>();
  if (!op || !op->hasOneUse() || op.getActivation())
    return {};
  if constexpr (std::is_same_v<OpTy, nn::ConvOp>)
    if (op.getResidual())
      return {};
  return op;
}

/// Lets `op` make the tensor of `last`, its only reader: `op` moves there (so that everything
/// `last` reads is defined), `change` gives it its new operands and attributes, and the remark for
/// `pattern` is made.
template <typename OpTy>
void absorb(mlir::PatternRewriter &rewriter, OpTy op, mlir::Operation *last,
            llvm::StringRef pattern, llvm::function_ref<void(OpTy)> change) {
  remarkPassed(last, kFuseConv, pattern, {.ops = 1, .bytes = tensorBytes(last->getResult(0))});
  rewriter.moveOpBefore(op, last);
  rewriter.modifyOpInPlace(op, [&] {
    op->setLoc(fusedLocation(op->getLoc(), last->getLoc()));
    change(op);
  });
  rewriter.replaceOp(last, op);
}

} // namespace kiln

#endif // KILN_COMPILER_GRAPH_FUSEPATTERNS_H
