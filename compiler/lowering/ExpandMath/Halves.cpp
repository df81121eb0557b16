// f16 and bf16 on every machine: conversions by integer arithmetic, everything else in f32 between
// two conversions.
//
//   arith.truncf %x : f32 to f16   ->   shifts and additions that round to nearest, ties to even
#include "compiler/lowering/ExpandMath/FloatBuilder.h"

#include "mlir/IR/PatternMatch.h"

using namespace mlir;

namespace kiln {
namespace {

using arith::CmpIPredicate;

bool isHalf(Type type) {
  Type element = getElementTypeOrSelf(type);
  return element.isF16() || element.isBF16();
}

Type withElement(Type type, Type element) {
  auto vector = dyn_cast<VectorType>(type);
  return vector ? Type(vector.clone(element)) : element;
}

/// The builder for f32 values of the shape of `type`.
FloatBuilder singleBuilder(OpBuilder &builder, Location loc, Type type) {
  return FloatBuilder(builder, loc, withElement(type, builder.getF32Type()));
}

/// The bits of a half in the low half of an i32.
Value bitsOfHalf(FloatBuilder &b, Value x) {
  Value narrow = b.create<arith::BitcastOp>(b.withElement(b.builder.getI16Type()), x);
  return b.create<arith::ExtUIOp>(b.bitsType, narrow);
}

Value halfFromBits(FloatBuilder &b, Value bits, Type type) {
  Value narrow = b.create<arith::TruncIOp>(b.withElement(b.builder.getI16Type()), bits);
  return b.create<arith::BitcastOp>(type, narrow);
}

Value extend(FloatBuilder &b, Value x) {
  Value bits = bitsOfHalf(b, x);
  if (getElementTypeOrSelf(x.getType()).isBF16())
    return b.fromBits(b.shiftLeft(bits, 16));
  // The exponent's bias differs by 112; an infinite or NaN exponent has to be filled up.
  Value rest = b.shiftLeft(b.andBits(bits, b.integer(0x7fff)), 13);
  Value scaled = b.bitsOf(b.mul(b.fromBits(rest), b.constant(0x1p112)));
  Value isSpecial = b.compareBits(CmpIPredicate::sge, rest, b.integer(0x7c00 << 13));
  Value filled = b.select(isSpecial, b.orBits(scaled, b.integer(0x7f800000)), scaled);
  return b.fromBits(b.orBits(filled, b.shiftLeft(b.andBits(bits, b.integer(0x8000)), 16)));
}

/// Rounds away the lowest `count` bits, ties to even, and shifts the rest down.
Value roundBits(FloatBuilder &b, Value bits, int64_t count) {
  Value isOdd = b.andBits(b.create<arith::ShRUIOp>(bits, b.integer(count)), b.integer(1));
  Value rounded = b.addBits(b.addBits(bits, b.integer((1 << (count - 1)) - 1)), isOdd);
  return b.create<arith::ShRUIOp>(rounded, b.integer(count));
}

Value truncateToBF16(FloatBuilder &b, Value x) {
  Value bits = b.bitsOf(x);
  Value quiet = b.orBits(b.create<arith::ShRUIOp>(bits, b.integer(16)), b.integer(0x40));
  return b.select(b.compare(arith::CmpFPredicate::UNO, x, x), quiet, roundBits(b, bits, 16));
}

Value truncateToF16(FloatBuilder &b, Value x) {
  Value bits = b.bitsOf(x), size = b.andBits(bits, b.integer(0x7fffffff));
  Value sign = b.andBits(b.create<arith::ShRUIOp>(bits, b.integer(16)), b.integer(0x8000));
  // Normal numbers, then denormal ones (adding 0.5 puts their last bit where it belongs), then what
  // is too large, then NaN.
  Value result = roundBits(b, b.subBits(size, b.integer(112 << 23)), 13);
  Value shifted = b.bitsOf(b.add(b.fromBits(size), b.constant(0.5)));
  Value denormal = b.subBits(shifted, b.integer(0x3f000000));
  result =
      b.select(b.compareBits(CmpIPredicate::slt, size, b.integer(0x38800000)), denormal, result);
  result = b.select(b.compareBits(CmpIPredicate::sge, size, b.integer(0x477ff000)),
                    b.integer(0x7c00), result);
  result = b.select(b.compareBits(CmpIPredicate::sgt, size, b.integer(0x7f800000)),
                    b.integer(0x7e00), result);
  return b.orBits(result, sign);
}

/// f64 to f32 so that a second rounding to a normal half is right: a fraction that is cut off stays
/// as the last bit.
Value truncateToOdd(OpBuilder &builder, Location loc, Value x, Type single) {
  FloatBuilder b(builder, loc, x.getType());
  constexpr int64_t rest = (int64_t(1) << 29) - 1;
  Value bits = b.bitsOf(x);
  Value isInexact =
      b.compareBits(CmpIPredicate::ne, b.andBits(bits, b.integer(rest)), b.integer(0));
  Value kept = b.andBits(bits, b.integer(~rest));
  Value odd = b.select(isInexact, b.orBits(kept, b.integer(rest + 1)), kept);
  return b.create<arith::TruncFOp>(single, b.fromBits(odd));
}

struct ExtendHalf : OpRewritePattern<arith::ExtFOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(arith::ExtFOp op, PatternRewriter &rewriter) const override {
    if (!isHalf(op.getIn().getType()))
      return rewriter.notifyMatchFailure(op, "not from a half");
    FloatBuilder b = singleBuilder(rewriter, op.getLoc(), op.getType());
    Value wide = extend(b, op.getIn());
    if (b.type != op.getType())
      wide = b.create<arith::ExtFOp>(op.getType(), wide);
    rewriter.replaceOp(op, wide);
    return success();
  }
};

struct TruncateToHalf : OpRewritePattern<arith::TruncFOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(arith::TruncFOp op, PatternRewriter &rewriter) const override {
    if (!isHalf(op.getType()))
      return rewriter.notifyMatchFailure(op, "not to a half");
    FloatBuilder b = singleBuilder(rewriter, op.getLoc(), op.getType());
    Value x = op.getIn();
    if (x.getType() != b.type)
      x = truncateToOdd(rewriter, op.getLoc(), x, b.type);
    Value bits =
        getElementTypeOrSelf(op.getType()).isF16() ? truncateToF16(b, x) : truncateToBF16(b, x);
    rewriter.replaceOp(op, halfFromBits(b, bits, op.getType()));
    return success();
  }
};

/// Any other op that reads or gives halves: the same op on f32.
template <typename Op> struct InSingle : OpRewritePattern<Op> {
  using OpRewritePattern<Op>::OpRewritePattern;
  LogicalResult matchAndRewrite(Op op, PatternRewriter &rewriter) const override {
    Type result = op->getResult(0).getType();
    if (!isHalf(result) && !llvm::any_of(op->getOperandTypes(), isHalf))
      return rewriter.notifyMatchFailure(op, "no half");
    Type single = withElement(result, rewriter.getF32Type());
    Operation *wide = rewriter.clone(*op);
    rewriter.setInsertionPoint(wide);
    for (OpOperand &operand : wide->getOpOperands())
      if (isHalf(operand.get().getType()))
        operand.set(arith::ExtFOp::create(
            rewriter, op.getLoc(), withElement(operand.get().getType(), rewriter.getF32Type()),
            operand.get()));
    if (!isHalf(result)) {
      rewriter.replaceOp(op, wide);
      return success();
    }
    wide->getResult(0).setType(single);
    rewriter.setInsertionPointAfter(wide);
    rewriter.replaceOpWithNewOp<arith::TruncFOp>(op, result, wide->getResult(0));
    return success();
  }
};

} // namespace

void populateHalfPatterns(RewritePatternSet &patterns) {
  patterns.add<ExtendHalf, TruncateToHalf, InSingle<arith::AddFOp>, InSingle<arith::SubFOp>,
               InSingle<arith::MulFOp>, InSingle<arith::DivFOp>, InSingle<arith::NegFOp>,
               InSingle<arith::MaximumFOp>, InSingle<arith::MinimumFOp>, InSingle<arith::CmpFOp>,
               InSingle<arith::SIToFPOp>, InSingle<arith::UIToFPOp>, InSingle<arith::FPToSIOp>,
               InSingle<arith::FPToUIOp>, InSingle<math::AbsFOp>, InSingle<math::SqrtOp>,
               InSingle<math::ExpOp>, InSingle<math::LogOp>, InSingle<math::TanhOp>,
               InSingle<math::ErfOp>, InSingle<math::PowFOp>, InSingle<math::FloorOp>,
               InSingle<math::CeilOp>, InSingle<math::RoundEvenOp>>(patterns.getContext());
}

} // namespace kiln
