// pow(x, y) = exp(y log |x|), then the sign and the cases of IEEE 754 that this form does not give
// by itself. In f32 the product needs more digits than f32 has, so all of it is computed in f64.
#include "compiler/lowering/ExpandMath/FloatBuilder.h"

#include <limits>

using namespace mlir;

namespace kiln {
namespace {

using Predicate = arith::CmpFPredicate;

Value powInDouble(FloatBuilder &b, Value x, Value y) {
  Value zero = b.constant(0.0), one = b.constant(1.0);
  Value infinity = b.constant(std::numeric_limits<double>::infinity());
  Value size = b.abs(x);
  Value result = emitExp(b, b.mul(y, emitLog(b, size)));

  // A negative base: NaN for a fraction as exponent, a sign for an odd one. Infinite exponents
  // count as even.
  Value isInteger = b.compare(Predicate::OEQ, emitTrunc(b, y), y);
  Value half = b.mul(y, b.constant(0.5));
  Value isOdd = b.both(isInteger, b.compare(Predicate::ONE, emitTrunc(b, half), half));
  Value isBelow =
      b.both(b.compare(Predicate::OLT, x, zero), b.compare(Predicate::OLT, size, infinity));
  Value isFraction = b.compare(Predicate::ONE, emitTrunc(b, y), y);
  Value invalid = b.constant(std::numeric_limits<double>::quiet_NaN());
  result = b.select(b.both(isBelow, isFraction), invalid, result);
  result = b.select(isOdd, b.withSignOf(result, x), result);

  // 1 to any power, anything to the power of 0, and -1 to an infinite one are 1, even where the
  // other is NaN.
  Value isOne = b.either(b.compare(Predicate::OEQ, x, one), b.compare(Predicate::OEQ, y, zero));
  Value isInfinitePowerOfOne =
      b.both(b.compare(Predicate::OEQ, size, one), b.compare(Predicate::OEQ, b.abs(y), infinity));
  return b.select(b.either(isOne, isInfinitePowerOfOne), one, result);
}

} // namespace

Value emitPow(FloatBuilder &b, Value x, Value y) {
  if (b.isDouble())
    return powInDouble(b, x, y);
  FloatBuilder wide(b.builder, b.loc, b.withElement(b.builder.getF64Type()));
  Value result = powInDouble(wide, wide.create<arith::ExtFOp>(wide.type, x),
                             wide.create<arith::ExtFOp>(wide.type, y));
  return b.create<arith::TruncFOp>(b.type, result);
}

} // namespace kiln
