// Gathers what belongs to a convolution (batch normalisation, bias, residual addition, activation)
// into one op, also through a concatenation, and the same for dense layers. Every op fused saves a
// pass over a feature map; the arithmetic on weights is left in the graph as nn ops for the weights
// program.
//
//   relu(add(bn(conv(x, w)), y))  ->  conv(x, w', bias b', residual y) {activation =
//   #nn.activation<relu>}
#include "compiler/graph/FusePatterns.h"
#include "compiler/graph/Passes.h"

namespace kiln {
#define GEN_PASS_DEF_FUSECONV
#include "compiler/graph/Passes.h.inc"
} // namespace kiln

using namespace mlir;

namespace kiln {
namespace {

/// Reports each op that a convolution would have taken if nothing else read the convolution's
/// result.
void reportMisses(func::FuncOp func) {
  func.walk([](nn::ConvOp conv) {
    if (conv->hasOneUse() || conv.getActivation())
      return;
    for (Operation *user : conv->getUsers())
      if (isa<nn::AddOp, nn::MulOp>(user) || activationOf(user))
        remarkMissed(user, kFuseConv, "ConvThenPointwise",
                     "the convolution's result has other readers");
  });
}

struct FuseConv : impl::FuseConvBase<FuseConv> {
  void runOnOperation() override {
    RewritePatternSet weights(&getContext()), epilogues(&getContext());
    populateFuseScalePatterns(weights);
    populateFuseConcatWeightPatterns(weights);
    populateFuseGemmPatterns(weights);
    populateFuseEpiloguePatterns(epilogues);
    populateFuseConcatActivationPatterns(epilogues);
    // Epilogues come second: which convolution takes a residual is decided when both are bare.
    if (failed(rewriteToFixpoint(getOperation(), std::move(weights))) ||
        failed(rewriteToFixpoint(getOperation(), std::move(epilogues))))
      return signalPassFailure();
    reportMisses(getOperation());
  }
};

} // namespace
} // namespace kiln
