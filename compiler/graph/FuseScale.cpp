// Factors and addends per channel go into the weights of a convolution: they are linear, and so is
// the convolution. What was a pass over a feature map becomes a little work on weights, done once.
//
//   bn(conv(x, w, b))  ->  conv(x, w * factor[K, 1, 1, 1], b * factor + addend)
//   conv(x * s, w)     ->  conv(x, w * s[1, C, 1, 1])
//
// Those that no convolution can take become one factor and one addend.
#include "compiler/graph/FusePatterns.h"

using namespace mlir;

namespace kiln {

/// True for a weight, and for an input of the function in whatever shape.
static bool isWeightOrInput(Value value) {
  while (auto reshape = value.getDefiningOp<nn::ReshapeOp>())
    value = reshape.getInput();
  return isa<BlockArgument>(value) || isWeight(value);
}

std::optional<PerChannelOperands> perChannelOperands(Operation *binary, bool orInput) {
  auto type = dyn_cast<RankedTensorType>(binary->getResult(0).getType());
  if (!type || !isa<FloatType>(type.getElementType()))
    return std::nullopt;
  for (int side = 0; side < (isa<nn::AddOp, nn::MulOp>(binary) ? 2 : 1); ++side) {
    Value map = binary->getOperand(side), vector = binary->getOperand(1 - side);
    if (map.getType() == type && isPerChannel(vector, type) &&
        (orInput ? isWeightOrInput(vector) : isWeight(vector)))
      return PerChannelOperands{map, vector};
  }
  return std::nullopt;
}

FactorAndAddend batchNormVectors(WeightBuilder &weights, nn::BatchNormOp norm) {
  Type elementType = tensorTypeOf(norm.getInput()).getElementType();
  Type parameterType = tensorTypeOf(norm.getVariance()).getElementType();
  Value epsilon = weights.splat(norm.getEpsilon().convertToDouble(), parameterType, {1});
  Value deviation =
      weights.cast(weights.sqrt(weights.add(norm.getVariance(), epsilon)), elementType);
  Value factor = weights.div(weights.cast(norm.getScale(), elementType), deviation);
  Value shift = weights.mul(weights.cast(norm.getMean(), elementType), factor);
  return {factor, weights.sub(weights.cast(norm.getOffset(), elementType), shift)};
}

/// True where multiplying the filter costs nothing on a run of the network, or the filter is no
/// constant anyway.
static bool mayScaleFilter(nn::ConvOp conv, ValueRange factors) {
  return !isWeight(conv.getFilter()) || llvm::all_of(factors, isWeight);
}

namespace {

/// A batch normalisation of the result of a convolution.
struct ConvThenBatchNorm : OpRewritePattern<nn::BatchNormOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(nn::BatchNormOp norm, PatternRewriter &rewriter) const override {
    auto conv = bareProducer<nn::ConvOp>(norm.getInput());
    if (!conv)
      return rewriter.notifyMatchFailure(norm, "no convolution that only this op reads");
    if (!mayScaleFilter(conv, norm->getOperands().drop_front()))
      return rewriter.notifyMatchFailure(norm,
                                         "constant filter, statistics known at run time only");
    WeightBuilder weights(rewriter, derivedLocation(norm.getLoc(), "weights"));
    auto [factor, addend] = batchNormVectors(weights, norm);
    Value filter = weights.mul(
        conv.getFilter(), weights.alongFilters(factor, tensorTypeOf(conv.getFilter()).getRank()));
    Value bias = conv.getBias() ? weights.add(weights.mul(conv.getBias(), factor), addend) : addend;
    absorb<nn::ConvOp>(rewriter, conv, norm, "ConvThenBatchNorm", [&](nn::ConvOp fused) {
      fused.getFilterMutable().assign(filter);
      fused.getBiasMutable().assign(bias);
    });
    return success();
  }
};

/// The same behind a transposed convolution, whose filter has its output channels second: C x
/// K/groups.
struct ConvTransposeThenBatchNorm : OpRewritePattern<nn::BatchNormOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(nn::BatchNormOp norm, PatternRewriter &rewriter) const override {
    auto conv = bareProducer<nn::ConvTransposeOp>(norm.getInput());
    if (!conv)
      return rewriter.notifyMatchFailure(norm, "no transposed convolution that only this op reads");
    if (isWeight(conv.getFilter()) && !llvm::all_of(norm->getOperands().drop_front(), isWeight))
      return rewriter.notifyMatchFailure(norm,
                                         "constant filter, statistics known at run time only");
    WeightBuilder weights(rewriter, derivedLocation(norm.getLoc(), "weights"));
    auto [factor, addend] = batchNormVectors(weights, norm);
    RankedTensorType type = tensorTypeOf(conv.getFilter());
    int64_t groups = conv.getGroups(), filters = type.getDimSize(1);
    Value rows = weights.expand(weights.reshape(factor, {groups, 1, filters}),
                                {groups, type.getDimSize(0) / groups, filters});
    SmallVector<int64_t> shape(type.getRank(), 1);
    shape[0] = type.getDimSize(0), shape[1] = filters;
    Value filter = weights.mul(conv.getFilter(), weights.reshape(rows, shape));
    Value bias = conv.getBias() ? weights.add(weights.mul(conv.getBias(), factor), addend) : addend;
    absorb<nn::ConvTransposeOp>(rewriter, conv, norm, "ConvTransposeThenBatchNorm",
                                [&](nn::ConvTransposeOp fused) {
                                  fused.getFilterMutable().assign(filter);
                                  fused.getBiasMutable().assign(bias);
                                });
    return success();
  }
};

/// A factor per channel, or a divisor, after a convolution.
template <typename OpTy> struct ConvThenScale : OpRewritePattern<OpTy> {
  using OpRewritePattern<OpTy>::OpRewritePattern;

  LogicalResult matchAndRewrite(OpTy op, PatternRewriter &rewriter) const override {
    auto operands = perChannelOperands(op);
    auto conv = operands ? bareProducer<nn::ConvOp>(operands->map) : nn::ConvOp();
    if (!conv)
      return rewriter.notifyMatchFailure(op, "no convolution and weight per channel");
    WeightBuilder weights(rewriter, derivedLocation(op.getLoc(), "weights"));
    auto scale = [&](Value lhs, Value rhs) {
      return std::is_same_v<OpTy, nn::MulOp> ? weights.mul(lhs, rhs) : weights.div(lhs, rhs);
    };
    auto filterType = tensorTypeOf(conv.getFilter());
    Value vector = weights.channelVector(operands->vector, filterType.getDimSize(0));
    Value filter = scale(conv.getFilter(), weights.alongFilters(vector, filterType.getRank()));
    Value bias = conv.getBias() ? scale(conv.getBias(), vector) : Value();
    absorb<nn::ConvOp>(rewriter, conv, op, "ConvThenScale", [&](nn::ConvOp fused) {
      fused.getFilterMutable().assign(filter);
      if (bias)
        fused.getBiasMutable().assign(bias);
    });
    return success();
  }
};

/// An addend per channel, or a subtrahend, after a convolution.
template <typename OpTy> struct ConvThenShift : OpRewritePattern<OpTy> {
  using OpRewritePattern<OpTy>::OpRewritePattern;

  LogicalResult matchAndRewrite(OpTy op, PatternRewriter &rewriter) const override {
    auto operands = perChannelOperands(op, /*orInput=*/true);
    auto conv = operands ? bareProducer<nn::ConvOp>(operands->map) : nn::ConvOp();
    if (!conv)
      return rewriter.notifyMatchFailure(op, "no convolution and weight per channel");
    WeightBuilder weights(rewriter, derivedLocation(op.getLoc(), "weights"));
    constexpr bool isAdd = std::is_same_v<OpTy, nn::AddOp>;
    int64_t filters = tensorTypeOf(conv.getFilter()).getDimSize(0);
    Value vector = weights.channelVector(operands->vector, filters);
    Value bias = conv.getBias();
    if (!bias && isAdd)
      bias = vector;
    else {
      if (!bias)
        bias = weights.splat(0.0, tensorTypeOf(vector).getElementType(), filters);
      bias = isAdd ? weights.add(bias, vector) : weights.sub(bias, vector);
    }
    absorb<nn::ConvOp>(rewriter, conv, op, "ConvThenShift",
                       [&](nn::ConvOp fused) { fused.getBiasMutable().assign(bias); });
    return success();
  }
};

/// A factor per channel, or a divisor, before a convolution: exact with any pads, because they stay
/// 0.
template <typename OpTy> struct ScaleThenConv : OpRewritePattern<nn::ConvOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(nn::ConvOp conv, PatternRewriter &rewriter) const override {
    auto op = conv.getInput().getDefiningOp<OpTy>();
    auto operands = op && op->hasOneUse() ? perChannelOperands(op) : std::nullopt;
    if (!operands)
      return rewriter.notifyMatchFailure(conv, "no factor per channel that only this op reads");
    if (!isWeight(conv.getFilter()))
      return rewriter.notifyMatchFailure(conv, "filter known at run time only");
    auto type = tensorTypeOf(conv.getFilter());
    WeightBuilder weights(rewriter, derivedLocation(conv.getLoc(), "filter"));
    Value vector =
        weights.channelVector(operands->vector, tensorTypeOf(operands->map).getDimSize(1));
    Value factor = weights.alongInputs(vector, type, conv.getGroups());
    Value filter = std::is_same_v<OpTy, nn::MulOp> ? weights.mul(conv.getFilter(), factor)
                                                   : weights.div(conv.getFilter(), factor);
    remarkPassed(op, kFuseConv, "ScaleThenConv", {.ops = 1, .bytes = tensorBytes(op.getResult())});
    rewriter.modifyOpInPlace(conv, [&] {
      conv.getInputMutable().assign(operands->map);
      conv.getFilterMutable().assign(filter);
    });
    return success();
  }
};

/// An addend per channel, or a subtrahend, before a convolution without pads: with pads the border
/// would lack it.
template <typename OpTy> struct ShiftThenConv : OpRewritePattern<nn::ConvOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(nn::ConvOp conv, PatternRewriter &rewriter) const override {
    auto op = conv.getInput().getDefiningOp<OpTy>();
    auto operands = op && op->hasOneUse() ? perChannelOperands(op) : std::nullopt;
    if (!operands)
      return rewriter.notifyMatchFailure(conv, "no addend per channel that only this op reads");
    if (!isWeight(conv.getFilter()) ||
        llvm::any_of(conv.getPads(), [](int64_t pad) { return pad != 0; }))
      return rewriter.notifyMatchFailure(
          conv, "filter known at run time only, or pads that the addend does not reach");
    auto type = tensorTypeOf(conv.getFilter());
    WeightBuilder weights(rewriter, derivedLocation(conv.getLoc(), "bias"));
    Value vector =
        weights.channelVector(operands->vector, tensorTypeOf(operands->map).getDimSize(1));
    Value products =
        weights.mul(conv.getFilter(), weights.alongInputs(vector, type, conv.getGroups()));
    Value sums = weights.sum(products, llvm::to_vector(llvm::seq<int64_t>(1, type.getRank())));
    Value bias = conv.getBias();
    if (!bias)
      bias = weights.splat(0.0, type.getElementType(), type.getDimSize(0));
    bias = std::is_same_v<OpTy, nn::AddOp> ? weights.add(bias, sums) : weights.sub(bias, sums);
    remarkPassed(op, kFuseConv, "ShiftThenConv", {.ops = 1, .bytes = tensorBytes(op.getResult())});
    rewriter.modifyOpInPlace(conv, [&] {
      conv.getInputMutable().assign(operands->map);
      conv.getBiasMutable().assign(bias);
    });
    return success();
  }
};

/// A batch normalisation that no convolution can take: one factor and one addend per channel.
struct LoneBatchNorm : OpRewritePattern<nn::BatchNormOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(nn::BatchNormOp norm, PatternRewriter &rewriter) const override {
    auto type = tensorTypeOf(norm.getInput());
    WeightBuilder weights(rewriter, derivedLocation(norm.getLoc(), "weights"));
    auto [factor, addend] = batchNormVectors(weights, norm);
    remarkPassed(norm, kFuseConv, "LoneBatchNorm", {});
    Value scaled =
        nn::MulOp::create(rewriter, derivedLocation(norm.getLoc(), "scaled"), norm.getInput(),
                          weights.alongChannels(factor, type.getRank()));
    rewriter.replaceOpWithNewOp<nn::AddOp>(norm, scaled,
                                           weights.alongChannels(addend, type.getRank()));
    return success();
  }
};

/// A vector of channels as wide as the map of `type` is deep.
Value alongChannels(WeightBuilder &weights, Value vector, RankedTensorType type) {
  return weights.alongChannels(weights.channelVector(vector, type.getDimSize(1)), type.getRank());
}

/// Two factors or two addends per channel: `(x * a) * b -> x * (a * b)`.
template <typename OpTy> struct TwiceTheSame : OpRewritePattern<OpTy> {
  using OpRewritePattern<OpTy>::OpRewritePattern;

  LogicalResult matchAndRewrite(OpTy op, PatternRewriter &rewriter) const override {
    auto outer = perChannelOperands(op);
    auto before = outer ? outer->map.template getDefiningOp<OpTy>() : OpTy();
    auto inner = before && before->hasOneUse() ? perChannelOperands(before) : std::nullopt;
    if (!inner)
      return rewriter.notifyMatchFailure(op, "no other of its kind that only this op reads");
    auto type = tensorTypeOf(op.getResult());
    WeightBuilder weights(rewriter, derivedLocation(op.getLoc(), "weights"));
    Value first = alongChannels(weights, inner->vector, type),
          second = alongChannels(weights, outer->vector, type);
    Value both =
        std::is_same_v<OpTy, nn::MulOp> ? weights.mul(first, second) : weights.add(first, second);
    remarkPassed(op, kFuseConv, "TwiceTheSame", {.ops = 1, .bytes = tensorBytes(outer->map)});
    rewriter.replaceOpWithNewOp<OpTy>(op, inner->map, both);
    return success();
  }
};

/// An addend before a factor: `(x + a) * b -> x * b + a * b`, so that both can join others.
struct ShiftThenScale : OpRewritePattern<nn::MulOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(nn::MulOp op, PatternRewriter &rewriter) const override {
    auto factor = perChannelOperands(op);
    auto add = factor ? factor->map.getDefiningOp<nn::AddOp>() : nn::AddOp();
    auto addend = add && add->hasOneUse() ? perChannelOperands(add) : std::nullopt;
    auto scale = addend ? addend->map.getDefiningOp<nn::MulOp>() : nn::MulOp();
    if (!scale || !scale->hasOneUse() || !perChannelOperands(scale))
      return rewriter.notifyMatchFailure(op, "no factor and addend that only this op reads");
    auto type = tensorTypeOf(op.getResult());
    WeightBuilder weights(rewriter, derivedLocation(op.getLoc(), "weights"));
    Value vector = alongChannels(weights, factor->vector, type);
    Value shift = weights.mul(alongChannels(weights, addend->vector, type), vector);
    Value scaled =
        nn::MulOp::create(rewriter, derivedLocation(op.getLoc(), "scaled"), addend->map, vector);
    rewriter.replaceOpWithNewOp<nn::AddOp>(op, scaled, shift);
    return success();
  }
};

} // namespace

void populateFuseScalePatterns(RewritePatternSet &patterns) {
  MLIRContext *context = patterns.getContext();
  // Before what treats the same ops in a more general way.
  patterns.add<ConvThenBatchNorm, ConvTransposeThenBatchNorm, ConvThenShift<nn::AddOp>>(
      context, /*benefit=*/2);
  patterns.add<ConvThenScale<nn::MulOp>, ConvThenScale<nn::DivOp>, ConvThenShift<nn::SubOp>,
               ScaleThenConv<nn::MulOp>, ScaleThenConv<nn::DivOp>, ShiftThenConv<nn::AddOp>,
               ShiftThenConv<nn::SubOp>, LoneBatchNorm>(context);
  patterns.add<TwiceTheSame<nn::MulOp>, TwiceTheSame<nn::AddOp>, ShiftThenScale>(context,
                                                                                 /*benefit=*/0);
}

} // namespace kiln
