// Removes what a network does without effect, and writes the same computation with fewer or more
// telling ops. Exporters leave dropout, copies, pairs of transposes and explicit pads; each costs a
// pass over a feature map and hides the convolution that fuse-conv looks for.
//
//   nn.conv(nn.pad(nn.dropout(x)))  ->  nn.conv(x) with pads
#include "compiler/graph/Passes.h"
#include "compiler/graph/SimplifyPatterns.h"

namespace kiln {
#define GEN_PASS_DEF_SIMPLIFY
#include "compiler/graph/Passes.h.inc"
} // namespace kiln

using namespace mlir;

namespace kiln {

LogicalResult simplifyTo(PatternRewriter &rewriter, Operation *op, Value value, StringRef pattern) {
  remarkPassed(op, kSimplify, pattern, {.ops = 1, .bytes = tensorBytes(op->getResult(0))});
  rewriter.replaceOp(op, value);
  return success();
}

bool isNonNegative(Value value) {
  constexpr int fewOps = 8;
  for (int depth = 0; depth < fewOps; ++depth) {
    Operation *op = value.getDefiningOp();
    if (!op)
      return false;
    if (isa<nn::ReluOp, nn::SigmoidOp, nn::ExpOp, nn::AbsOp, nn::SoftmaxOp>(op))
      return true;
    if (auto clip = dyn_cast<nn::ClipOp>(op))
      return !clip.getMin().isNegative();
    if (!isa<nn::MaxPoolOp, nn::AveragePoolOp, nn::GlobalAveragePoolOp, nn::GlobalMaxPoolOp,
             nn::ReshapeOp, nn::TransposeOp, nn::SliceOp, nn::IdentityOp, nn::DropoutOp>(op))
      return false;
    value = op->getOperand(0);
  }
  return false;
}

namespace {

/// A copy: nn.identity, or nn.dropout at inference.
template <typename OpTy> struct Copy : OpRewritePattern<OpTy> {
  using OpRewritePattern<OpTy>::OpRewritePattern;

  LogicalResult matchAndRewrite(OpTy op, PatternRewriter &rewriter) const override {
    return simplifyTo(rewriter, op, op.getInput(), "Copy");
  }
};

struct Simplify : impl::SimplifyBase<Simplify> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    populateIdentityPatterns(patterns);
    populateArithmeticPatterns(patterns);
    populateMovementPatterns(patterns);
    populateWindowPatterns(patterns);
    if (failed(rewriteToFixpoint(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace

void populateIdentityPatterns(RewritePatternSet &patterns) {
  patterns.add<Copy<nn::IdentityOp>, Copy<nn::DropoutOp>>(patterns.getContext());
}

} // namespace kiln
