// Replaces functions that are no machine instructions by arithmetic: generated code calls no
// library. Each function has its own file or shares one with its kin.
//
//   math.tanh %x   ->   e = expm1(2 |x|), e / (e + 2), the sign of x
#include "compiler/lowering/ExpandMath/FloatBuilder.h"
#include "compiler/lowering/Passes.h"

#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

using namespace mlir;

namespace kiln {

#define GEN_PASS_DEF_EXPANDMATH
#include "compiler/lowering/Passes.h.inc"

namespace {

bool isSingleOrDouble(Type type) {
  Type element = getElementTypeOrSelf(type);
  return element.isF32() || element.isF64();
}

/// An op of the math dialect as the function that `emit` writes.
template <typename Op, auto emit> struct MathFunction : OpRewritePattern<Op> {
  using OpRewritePattern<Op>::OpRewritePattern;
  LogicalResult matchAndRewrite(Op op, PatternRewriter &rewriter) const override {
    if (!isSingleOrDouble(op.getType()))
      return rewriter.notifyMatchFailure(op, "neither f32 nor f64");
    FloatBuilder builder(rewriter, op.getLoc(), op.getType());
    if constexpr (Op::template hasTrait<OpTrait::OneOperand>())
      rewriter.replaceOp(op, emit(builder, op.getOperand()));
    else
      rewriter.replaceOp(op, emit(builder, op.getLhs(), op.getRhs()));
    return success();
  }
};

/// 1 + exp(x), the denominator of a sigmoid: beside 1 an exponential takes fewer steps.
struct OnePlusExp : OpRewritePattern<math::ExpOp> {
  OnePlusExp(MLIRContext *context) : OpRewritePattern(context, /*benefit=*/2) {}

  LogicalResult matchAndRewrite(math::ExpOp exp, PatternRewriter &rewriter) const override {
    auto add = exp->hasOneUse() ? dyn_cast<arith::AddFOp>(*exp->user_begin()) : nullptr;
    if (!add || !isSingleOrDouble(exp.getType()))
      return rewriter.notifyMatchFailure(exp, "no addition alone reads it, or neither f32 nor f64");
    if (!matchPattern(add.getLhs() == exp ? add.getRhs() : add.getLhs(), m_OneFloat()))
      return rewriter.notifyMatchFailure(exp, "what is added is not 1");
    FloatBuilder builder(rewriter, exp.getLoc(), exp.getType());
    rewriter.replaceOp(add, emitOnePlusExp(builder, exp.getOperand()));
    rewriter.eraseOp(exp);
    return success();
  }
};

struct ExpandMath : impl::ExpandMathBase<ExpandMath> {
  void runOnOperation() override {
    MLIRContext *context = &getContext();
    RewritePatternSet patterns(context);
    patterns.add<MathFunction<math::ExpOp, emitExp>, MathFunction<math::ExpM1Op, emitExpM1>,
                 MathFunction<math::TanhOp, emitTanh>, MathFunction<math::LogOp, emitLog>,
                 MathFunction<math::ErfOp, emitErf>, MathFunction<math::PowFOp, emitPow>,
                 MathFunction<math::FloorOp, emitFloor>, MathFunction<math::CeilOp, emitCeil>,
                 MathFunction<math::RoundEvenOp, emitRoundEven>,
                 MathFunction<math::TruncOp, emitTrunc>>(context);
    patterns.add<OnePlusExp>(context);
    populateHalfPatterns(patterns);
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
} // namespace kiln
