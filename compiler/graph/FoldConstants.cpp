// Evaluates what follows from small constants (the arithmetic on shapes that exporters leave
// behind) and merges equal ops, so that the passes after it see sizes, not computations of sizes.
// Large constants are left alone: a fold would keep a second copy of weights alive.
//
//   %a = nn.add(%one, %two), %b = nn.relu(%x), %c = nn.relu(%x)  ->  %a = nn.constant(dense<3>), %b
//   = nn.relu(%x)
#include "compiler/graph/GraphSupport.h"
#include "compiler/graph/Passes.h"

#include "mlir/IR/Dominance.h"
#include "mlir/Transforms/CSE.h"

namespace kiln {
#define GEN_PASS_DEF_FOLDCONSTANTS
#include "compiler/graph/Passes.h.inc"
} // namespace kiln

using namespace mlir;

namespace kiln {
namespace {

int64_t countOps(func::FuncOp func) {
  int64_t count = 0;
  func.walk([&](Operation *op) { count += !op->hasTrait<OpTrait::ConstantLike>(); });
  return count;
}

void report(func::FuncOp func, StringRef pattern, int64_t before) {
  if (int64_t saved = before - countOps(func))
    remarkPassed(func, "FoldConstants", pattern, {.ops = saved});
}

struct FoldConstants : impl::FoldConstantsBase<FoldConstants> {
  void runOnOperation() override {
    func::FuncOp func = getOperation();
    int64_t before = countOps(func);
    if (failed(rewriteToFixpoint(func, RewritePatternSet(&getContext()))))
      return signalPassFailure();
    report(func, "SmallConstants", before);
    before = countOps(func);
    IRRewriter rewriter(&getContext());
    eliminateCommonSubExpressions(rewriter, getAnalysis<DominanceInfo>(), func);
    report(func, "EqualOps", before);
  }
};

} // namespace
} // namespace kiln
