// Linear chains besides two convolutions: dense layers without activation between them are one
// where that has fewer multiply-adds, and an average of what a 1x1 convolution has made is taken
// before it, on fewer positions (the transitions of DenseNet).
//
//   gemm(gemm(x, a : 784x512), b : 512x10)  ->  gemm(x, a * b : 784x10)
//   average_pool(conv(x, w : 128x256x1x1))  ->  conv(average_pool(x), w)
#include "compiler/graph/BottleneckPatterns.h"
#include "compiler/graph/WeightBuilder.h"

using namespace mlir;

namespace kiln {
namespace {

bool isWeightOrAbsent(Value value) { return !value || isWeight(value); }

/// A dense layer right after another, of which nothing else reads the result.
struct GemmPair : OpRewritePattern<nn::GemmOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(nn::GemmOp second, PatternRewriter &rewriter) const override {
    auto first = second.getA().getDefiningOp<nn::GemmOp>();
    if (!first || !first->hasOneUse() || first.getActivation() || first.getTransA() ||
        second.getTransA() || !isa<FloatType>(second.getType().getElementType()))
      return rewriter.notifyMatchFailure(second, "no dense layer without activation before it");
    if (!isWeight(first.getB()) || !isWeight(second.getB()) || !isWeightOrAbsent(first.getC()) ||
        !isWeightOrAbsent(second.getC()))
      return rewriter.notifyMatchFailure(second, "weights that are known at run time only");
    if (first.getC() && !isPerChannel(first.getC(), first.getType()))
      return rewriter.notifyMatchFailure(second, "the first addend differs between rows");
    int64_t inner = first.getA().getType().getDimSize(1);
    int64_t composed = second.getType().getNumElements() * inner;
    int64_t saved = multiplyAdds(first) + multiplyAdds(second) - composed;
    if (saved <= 0)
      return rewriter.notifyMatchFailure(second, "composed they have more multiply-adds");
    WeightBuilder weights(rewriter, derivedLocation(second.getLoc(), "weights"));
    Value a = matrixOf(weights, first), b = matrixOf(weights, second);
    Value c = composeAddends(weights, first, second, b);
    remarkPassed(second, kFoldBottleneck, "GemmPair",
                 {.ops = 1, .bytes = tensorBytes(first.getResult()), .multiplyAdds = saved});
    auto gemm = nn::GemmOp::create(rewriter, fusedLocation(first.getLoc(), second.getLoc()),
                                   first.getA(), weights.matmul(a, b), c, /*transA=*/false,
                                   /*transB=*/false, APFloat(factor(first) * factor(second)),
                                   APFloat(1.0), second.getActivationAttr());
    rewriter.replaceOp(second, gemm);
    return success();
  }

  static double factor(nn::GemmOp gemm) { return gemm.getAlpha().convertToDouble(); }

  static Value matrixOf(WeightBuilder &weights, nn::GemmOp gemm) {
    return gemm.getTransB() ? weights.transpose(gemm.getB(), {1, 0}) : Value(gemm.getB());
  }

  static Value scaled(WeightBuilder &weights, Value value, double number) {
    if (number == 1)
      return value;
    return weights.mul(value, weights.splat(number, tensorTypeOf(value).getElementType(), {1}));
  }

  /// The addend of the pair: the second's, and the first's through the second's matrix.
  static Value composeAddends(WeightBuilder &weights, nn::GemmOp first, nn::GemmOp second,
                              Value b) {
    Value addend;
    if (second.getC())
      addend = scaled(weights, second.getC(), second.getBeta().convertToDouble());
    if (!first.getC())
      return addend;
    Value row = weights.channelVector(first.getC(), first.getType().getDimSize(1));
    Value through =
        scaled(weights, weights.matmul(row, b), first.getBeta().convertToDouble() * factor(second));
    return addend ? weights.add(addend, through) : through;
  }
};

/// An average of the result of a 1x1 convolution: both are linear, and the average is over
/// positions, the convolution over channels. With counted padding a bias would be averaged with
/// zeros.
template <typename PoolOp> struct PointwiseThenMean : OpRewritePattern<PoolOp> {
  using OpRewritePattern<PoolOp>::OpRewritePattern;

  LogicalResult matchAndRewrite(PoolOp pool, PatternRewriter &rewriter) const override {
    auto conv = pool.getInput().template getDefiningOp<nn::ConvOp>();
    if (!conv || !conv->hasOneUse() || conv.getActivation() || conv.getResidual() ||
        !isPointwiseConv(conv) || llvm::any_of(conv.getStrides(), [](int64_t s) { return s != 1; }))
      return rewriter.notifyMatchFailure(pool, "no linear 1x1 convolution that only this op reads");
    if (conv.getBias() && countsPadding(pool))
      return rewriter.notifyMatchFailure(pool, "the bias is not there in the padding");
    int64_t before = tensorTypeOf(conv.getResult()).getNumElements();
    int64_t after = tensorTypeOf(pool.getResult()).getNumElements();
    int64_t inputs = tensorTypeOf(conv.getFilter()).getDimSize(1);
    int64_t saved = (before - after) * inputs;
    // The pool adds up the convolution's inputs instead of its results.
    if (saved <= tensorTypeOf(conv.getInput()).getNumElements())
      return rewriter.notifyMatchFailure(pool, "saves less than the larger pool costs");
    remarkPassed(pool, kFoldBottleneck, "PointwiseThenMean", {.multiplyAdds = saved});
    Location loc = fusedLocation(conv.getLoc(), pool.getLoc());
    Value mean = poolOf(rewriter, derivedLocation(pool.getLoc(), "mean"), pool, conv.getInput());
    auto moved = nn::ConvOp::create(rewriter, loc, mean, conv.getFilter(), conv.getBias(),
                                    /*residual=*/Value(), conv.getStrides(), conv.getPads(),
                                    conv.getDilations(), /*groups=*/1, nn::ActivationAttr());
    rewriter.replaceOp(pool, moved);
    return success();
  }

  static bool countsPadding(PoolOp pool) {
    if constexpr (std::is_same_v<PoolOp, nn::AveragePoolOp>)
      return pool.getCountIncludePad() &&
             llvm::any_of(pool.getPads(), [](int64_t pad) { return pad != 0; });
    return false;
  }

  static Value poolOf(PatternRewriter &rewriter, Location loc, PoolOp pool, Value input) {
    if constexpr (std::is_same_v<PoolOp, nn::AveragePoolOp>)
      return nn::AveragePoolOp::create(rewriter, loc, input, pool.getKernelShape(),
                                       pool.getStrides(), pool.getPads(), pool.getDilations(),
                                       pool.getCeilMode(), pool.getCountIncludePad());
    else
      return PoolOp::create(rewriter, loc, input);
  }
};

} // namespace

void populateLinearPatterns(RewritePatternSet &patterns) {
  patterns.add<GemmPair, PointwiseThenMean<nn::AveragePoolOp>,
               PointwiseThenMean<nn::GlobalAveragePoolOp>>(patterns.getContext());
}

} // namespace kiln
