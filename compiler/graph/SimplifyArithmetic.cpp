// Arithmetic that changes nothing, and activations that exporters spell as several ops. Nothing
// here changes a value but the sign of a zero, or the last bits in an activation: a NaN stays a NaN
// (so x * 0 and x - x stay, too).
//
//   min(max(x, 0), 6)                ->  clip(x, 0, 6)
//   x * clip(x + 3, 0, 6) / 6        ->  hard_swish(x)
//   x * sigmoid(x)                   ->  swish(x)
//   erf(x / 1.4142135)               ->  erf(x * 0.70710683)     in a GELU
#include "compiler/graph/SimplifyPatterns.h"
#include "compiler/graph/WeightBuilder.h"

#include "llvm/ADT/APFloat.h"

#include <cmath>
#include <limits>

using namespace mlir;

namespace kiln {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

bool isFloat(Value value) { return isa<FloatType>(tensorTypeOf(value).getElementType()); }

/// A binary op with a constant of one number; `map` has the type of the result.
struct WithNumber {
  Value map;
  double number;
};
std::optional<WithNumber> withNumber(Operation *op, bool eitherOrder) {
  Type type = op->getResult(0).getType();
  for (int side = 0; side < (eitherOrder ? 2 : 1); ++side) {
    auto number = uniformConstant(op->getOperand(1 - side));
    if (number && op->getOperand(side).getType() == type)
      return WithNumber{op->getOperand(side), *number};
  }
  return std::nullopt;
}

/// The number that an op leaves every operand unchanged with.
template <typename OpTy>
constexpr double kNeutral =
    std::is_same_v<OpTy, nn::AddOp> || std::is_same_v<OpTy, nn::SubOp> ? 0.0 : 1.0;

/// Addition or subtraction of 0, multiplication, division or power with 1.
template <typename OpTy> struct NeutralOperand : OpRewritePattern<OpTy> {
  using OpRewritePattern<OpTy>::OpRewritePattern;

  LogicalResult matchAndRewrite(OpTy op, PatternRewriter &rewriter) const override {
    constexpr bool commutes = std::is_same_v<OpTy, nn::AddOp> || std::is_same_v<OpTy, nn::MulOp>;
    auto operands = withNumber(op, commutes);
    if (!operands || operands->number != kNeutral<OpTy>)
      return rewriter.notifyMatchFailure(op,
                                         "no neutral number, or one that makes the result larger");
    return simplifyTo(rewriter, op, operands->map, "NeutralOperand");
  }
};

/// A maximum or minimum with a number.
template <typename OpTy> struct ExtremumWithNumber : OpRewritePattern<OpTy> {
  using OpRewritePattern<OpTy>::OpRewritePattern;

  LogicalResult matchAndRewrite(OpTy op, PatternRewriter &rewriter) const override {
    auto operands = withNumber(op, /*eitherOrder=*/true);
    if (!operands || !isFloat(op) || std::isnan(operands->number))
      return rewriter.notifyMatchFailure(op, "no number of a float type");
    bool isMax = std::is_same_v<OpTy, nn::MaxOp>;
    Value clip = nn::ClipOp::create(rewriter, op.getLoc(), operands->map,
                                    APFloat(isMax ? operands->number : -kInfinity),
                                    APFloat(isMax ? kInfinity : operands->number));
    return simplifyTo(rewriter, op, clip, "ExtremumWithNumber");
  }
};

/// The bounds of a clip or relu.
std::optional<std::pair<double, double>> boundsOf(Operation *op) {
  if (isa_and_present<nn::ReluOp>(op))
    return std::pair(0.0, kInfinity);
  if (auto clip = dyn_cast_if_present<nn::ClipOp>(op))
    return std::pair(clip.getMin().convertToDouble(), clip.getMax().convertToDouble());
  return std::nullopt;
}

/// A clip that clips nothing, or only below zero.
struct HalfClip : OpRewritePattern<nn::ClipOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(nn::ClipOp clip, PatternRewriter &rewriter) const override {
    auto [low, high] = *boundsOf(clip);
    if (high != kInfinity || !isFloat(clip))
      return rewriter.notifyMatchFailure(clip, "clips above");
    if (low == -kInfinity || (low == 0 && isNonNegative(clip.getInput())))
      return simplifyTo(rewriter, clip, clip.getInput(), "HalfClip");
    if (low != 0)
      return rewriter.notifyMatchFailure(clip, "clips at another number than 0");
    Value relu = nn::ReluOp::create(rewriter, clip.getLoc(), clip.getInput());
    return simplifyTo(rewriter, clip, relu, "HalfClip");
  }
};

/// relu of what is not negative.
struct ReluOfNonNegative : OpRewritePattern<nn::ReluOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(nn::ReluOp relu, PatternRewriter &rewriter) const override {
    if (!isNonNegative(relu.getInput()))
      return rewriter.notifyMatchFailure(relu, "the operand may be negative");
    return simplifyTo(rewriter, relu, relu.getInput(), "ReluOfNonNegative");
  }
};

/// A clip or relu of a clip or relu: one clip, from the clipped bounds.
struct ClipOfClip : OpRewritePattern<nn::ClipOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(nn::ClipOp clip, PatternRewriter &rewriter) const override {
    Operation *inner = clip.getInput().getDefiningOp();
    auto outside = boundsOf(clip), inside = boundsOf(inner);
    if (!inside || inside->first > inside->second || outside->first > outside->second)
      return rewriter.notifyMatchFailure(clip, "no two clips with ordered bounds");
    auto clamp = [&](double bound) {
      return std::min(std::max(bound, outside->first), outside->second);
    };
    Value both = nn::ClipOp::create(rewriter, clip.getLoc(), inner->getOperand(0),
                                    APFloat(clamp(inside->first)), APFloat(clamp(inside->second)));
    return simplifyTo(rewriter, clip, both, "ClipOfClip");
  }
};

/// relu of a clip: a clip from 0 at least.
struct ReluOfClip : OpRewritePattern<nn::ReluOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(nn::ReluOp relu, PatternRewriter &rewriter) const override {
    auto inner = relu.getInput().getDefiningOp<nn::ClipOp>();
    auto inside = boundsOf(inner);
    if (!inside || inside->first > inside->second)
      return rewriter.notifyMatchFailure(relu, "no clip with ordered bounds");
    Value both = nn::ClipOp::create(rewriter, relu.getLoc(), inner.getInput(),
                                    APFloat(std::max(inside->first, 0.0)),
                                    APFloat(std::max(inside->second, 0.0)));
    return simplifyTo(rewriter, relu, both, "ReluOfClip");
  }
};

/// A prelu with one slope for all.
struct UniformPrelu : OpRewritePattern<nn::PreluOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(nn::PreluOp prelu, PatternRewriter &rewriter) const override {
    auto slope = uniformConstant(prelu.getSlope());
    if (!slope || !isFloat(prelu))
      return rewriter.notifyMatchFailure(prelu, "the slope is no number of a float type");
    Value leaky =
        nn::LeakyReluOp::create(rewriter, prelu.getLoc(), prelu.getInput(), APFloat(*slope));
    return simplifyTo(rewriter, prelu, leaky, "UniformPrelu");
  }
};

/// max(x, x * slope) with a slope below 1, as leaky relus were written before they were an op.
struct MaxOfScaled : OpRewritePattern<nn::MaxOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(nn::MaxOp max, PatternRewriter &rewriter) const override {
    for (auto [x, other] : {std::pair(max.getLhs(), max.getRhs()), {max.getRhs(), max.getLhs()}}) {
      auto mul = other.getDefiningOp<nn::MulOp>();
      auto scaled = mul ? withNumber(mul, /*eitherOrder=*/true) : std::nullopt;
      if (!scaled || scaled->map != x || scaled->number <= 0 || scaled->number >= 1 || !isFloat(x))
        continue;
      Value leaky = nn::LeakyReluOp::create(rewriter, max.getLoc(), x, APFloat(scaled->number));
      return simplifyTo(rewriter, max, leaky, "MaxOfScaled");
    }
    return rewriter.notifyMatchFailure(max, "no maximum of x and x * slope with 0 < slope < 1");
  }
};

/// The x of clip(x + 3, 0, 6).
Value relu6OfShifted(Value value) {
  auto bounds = boundsOf(value.getDefiningOp());
  if (!bounds || *bounds != std::pair(0.0, 6.0))
    return {};
  auto add = value.getDefiningOp()->getOperand(0).getDefiningOp<nn::AddOp>();
  auto shifted = add ? withNumber(add, /*eitherOrder=*/true) : std::nullopt;
  return shifted && shifted->number == 3.0 ? shifted->map : Value();
}

/// The x of clip(x + 3, 0, 6) / 6, or of hard_sigmoid(x) with the slope 1 / 6.
Value sixthOfRelu6(Value value) {
  if (auto hard = value.getDefiningOp<nn::HardSigmoidOp>())
    if (std::abs(hard.getAlpha().convertToDouble() - 1.0 / 6) < 1e-6 &&
        hard.getBeta().convertToDouble() == 0.5)
      return hard.getInput();
  auto div = value.getDefiningOp<nn::DivOp>();
  auto mul = value.getDefiningOp<nn::MulOp>();
  Operation *op = div ? div.getOperation() : mul.getOperation();
  auto scaled = op ? withNumber(op, /*eitherOrder=*/bool(mul)) : std::nullopt;
  if (!scaled || std::abs((div ? 1.0 / scaled->number : scaled->number) - 1.0 / 6) > 1e-6)
    return {};
  return relu6OfShifted(scaled->map);
}

/// x times its hard sigmoid, as MobileNet v3 is exported: `x * (clip(x + 3, 0, 6) / 6)`.
struct TimesHardSigmoid : OpRewritePattern<nn::MulOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(nn::MulOp mul, PatternRewriter &rewriter) const override {
    Value lhs = mul.getLhs(), rhs = mul.getRhs();
    if (!isFloat(mul) || lhs.getType() != rhs.getType() ||
        (sixthOfRelu6(rhs) != lhs && sixthOfRelu6(lhs) != rhs))
      return rewriter.notifyMatchFailure(mul, "no hard sigmoid of the other operand");
    Value x = sixthOfRelu6(rhs) == lhs ? lhs : rhs;
    return simplifyTo(rewriter, mul, nn::HardSwishOp::create(rewriter, mul.getLoc(), x),
                      "TimesHardSigmoid");
  }
};

/// The same with the division last: `(x * clip(x + 3, 0, 6)) / 6`; without the factor x it is a
/// hard sigmoid.
template <typename OpTy> struct SixthOfRelu6 : OpRewritePattern<OpTy> {
  using OpRewritePattern<OpTy>::OpRewritePattern;

  LogicalResult matchAndRewrite(OpTy op, PatternRewriter &rewriter) const override {
    auto scaled = isFloat(op) ? withNumber(op, std::is_same_v<OpTy, nn::MulOp>) : std::nullopt;
    constexpr bool isDiv = std::is_same_v<OpTy, nn::DivOp>;
    if (!scaled || std::abs((isDiv ? 1.0 / scaled->number : scaled->number) - 1.0 / 6) > 1e-6)
      return rewriter.notifyMatchFailure(op, "no division by 6");
    if (Value x = relu6OfShifted(scaled->map)) {
      Value hard =
          nn::HardSigmoidOp::create(rewriter, op.getLoc(), x, APFloat(1.0 / 6), APFloat(0.5));
      return simplifyTo(rewriter, op, hard, "SixthOfRelu6");
    }
    auto mul = scaled->map.template getDefiningOp<nn::MulOp>();
    if (!mul || (relu6OfShifted(mul.getRhs()) != mul.getLhs() &&
                 relu6OfShifted(mul.getLhs()) != mul.getRhs()))
      return rewriter.notifyMatchFailure(op, "no product with clip(x + 3, 0, 6)");
    Value x = relu6OfShifted(mul.getRhs()) == mul.getLhs() ? mul.getLhs() : mul.getRhs();
    return simplifyTo(rewriter, op, nn::HardSwishOp::create(rewriter, op.getLoc(), x),
                      "SixthOfRelu6");
  }
};

/// x times its sigmoid, as most exporters write a swish.
struct TimesSigmoid : OpRewritePattern<nn::MulOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(nn::MulOp mul, PatternRewriter &rewriter) const override {
    auto isSigmoidOf = [](Value value, Value x) {
      auto sigmoid = value.getDefiningOp<nn::SigmoidOp>();
      return sigmoid && sigmoid.getInput() == x && sigmoid->hasOneUse();
    };
    Value lhs = mul.getLhs(), rhs = mul.getRhs();
    Value x = isSigmoidOf(rhs, lhs) ? lhs : isSigmoidOf(lhs, rhs) ? rhs : Value();
    if (!x)
      return rewriter.notifyMatchFailure(mul,
                                         "no sigmoid of the other operand that only this op reads");
    return simplifyTo(rewriter, mul, nn::SwishOp::create(rewriter, mul.getLoc(), x),
                      "TimesSigmoid");
  }
};

/// The quotient in a GELU: a product is several times faster.
struct ErfOfQuotient : OpRewritePattern<nn::ErfOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(nn::ErfOp erf, PatternRewriter &rewriter) const override {
    auto div = erf.getInput().getDefiningOp<nn::DivOp>();
    auto operands = div ? withNumber(div, /*eitherOrder=*/false) : std::nullopt;
    // A factor of 16 bits would be off by far more than the last bit of an f32.
    if (auto element = dyn_cast<FloatType>(tensorTypeOf(erf).getElementType());
        !element || element.getWidth() < 32)
      return rewriter.notifyMatchFailure(erf, "not of f32 or f64");
    constexpr double least = 1e-6, most = 1e6;
    if (!operands || std::abs(operands->number) < least || std::abs(operands->number) > most)
      return rewriter.notifyMatchFailure(erf, "no quotient by a number far from 0 and infinity");
    Value factor = WeightBuilder(rewriter, div.getLoc())
                       .splat(1 / operands->number, tensorTypeOf(div).getElementType(), {});
    Value product = nn::MulOp::create(rewriter, div.getLoc(), operands->map, factor);
    return simplifyTo(rewriter, erf, nn::ErfOp::create(rewriter, erf.getLoc(), product),
                      "ErfOfQuotient");
  }
};

} // namespace

void populateArithmeticPatterns(RewritePatternSet &patterns) {
  patterns.add<NeutralOperand<nn::AddOp>, NeutralOperand<nn::SubOp>, NeutralOperand<nn::MulOp>,
               NeutralOperand<nn::DivOp>, NeutralOperand<nn::PowOp>, ExtremumWithNumber<nn::MaxOp>,
               ExtremumWithNumber<nn::MinOp>, HalfClip, ReluOfNonNegative, ClipOfClip, ReluOfClip,
               UniformPrelu, MaxOfScaled, TimesHardSigmoid, TimesSigmoid, SixthOfRelu6<nn::DivOp>,
               SixthOfRelu6<nn::MulOp>, ErfOfQuotient>(patterns.getContext());
}

} // namespace kiln
