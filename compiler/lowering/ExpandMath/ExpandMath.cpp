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

/// A function of which only 1 + f(x) is wanted, as in a sigmoid or a GELU: beside 1 it takes fewer
/// steps, and what would cancel is never subtracted.
template <typename Op, auto emit> struct OnePlus : OpRewritePattern<Op> {
  OnePlus(MLIRContext *context) : OpRewritePattern<Op>(context, /*benefit=*/2) {}

  LogicalResult matchAndRewrite(Op op, PatternRewriter &rewriter) const override {
    auto add = op->hasOneUse() ? dyn_cast<arith::AddFOp>(*op->user_begin()) : nullptr;
    if (!add || !isSingleOrDouble(op.getType()))
      return rewriter.notifyMatchFailure(op, "no addition alone reads it, or neither f32 nor f64");
    Value other = add.getLhs() == op ? add.getRhs() : add.getLhs();
    if (!matchPattern(other, m_OneFloat()))
      return rewriter.notifyMatchFailure(op, "what is added is not 1");
    FloatBuilder builder(rewriter, op.getLoc(), op.getType());
    rewriter.replaceOp(add, emit(builder, op.getOperand()));
    rewriter.eraseOp(op);
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
    patterns.add<OnePlus<math::ExpOp, emitOnePlusExp>, OnePlus<math::ErfOp, emitOnePlusErf>>(
        context);
    populateHalfPatterns(patterns);
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
} // namespace kiln
