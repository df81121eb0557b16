// log: x = 2^n m with m from sqrt(1/2) to sqrt(2), and with s = (m - 1) / (m + 1)
//   log(m) = 2 (s + s^3 / 3 + s^5 / 5 + ...)
#include "compiler/lowering/ExpandMath/FloatBuilder.h"

#include <limits>

using namespace mlir;

namespace kiln {
namespace {

/// The format's numbers that the split of x needs.
struct Format {
  int64_t mantissaBits, sqrtHalf;
  double leastNormal, scale;
  int64_t scaleLog;
};

constexpr Format single = {23, 0x3f3504f3, 0x1p-126, 0x1p25, 25};
constexpr Format twice = {52, 0x3fe6a09e667f3bcd, 0x1p-1022, 0x1p54, 54};

Value logOfMantissa(FloatBuilder &b, Value m) {
  Value s = b.div(b.sub(m, b.constant(1.0)), b.add(m, b.constant(1.0)));
  SmallVector<double> coefficients;
  for (int k = 3; k <= (b.isDouble() ? 23 : 11); k += 2)
    coefficients.push_back(2.0 / k);
  Value square = b.mul(s, s);
  Value tail = b.mul(b.mul(square, s), b.polynomial(square, coefficients));
  return b.add(b.mul(s, b.constant(2.0)), tail);
}

} // namespace

Value emitLog(FloatBuilder &b, Value x) {
  const Format &format = b.isDouble() ? twice : single;
  // A denormal is scaled up first.
  Value isSmall = b.compare(arith::CmpFPredicate::OLT, x, b.constant(format.leastNormal));
  Value scaled = b.select(isSmall, b.mul(x, b.constant(format.scale)), x);
  Value bits = b.bitsOf(scaled);
  Value n = b.shiftRight(b.subBits(bits, b.integer(format.sqrtHalf)), format.mantissaBits);
  Value m = b.fromBits(b.subBits(bits, b.shiftLeft(n, format.mantissaBits)));
  n = b.subBits(n, b.select(isSmall, b.integer(format.scaleLog), b.integer(0)));
  Value exponent = b.create<arith::SIToFPOp>(b.type, n);

  double high = b.isDouble() ? 6.93145751953125e-1 : 0.693359375;
  double low = b.isDouble() ? 1.42860682030941723212e-6 : -2.12194440e-4;
  Value result = b.multiplyAdd(exponent, b.constant(low), logOfMantissa(b, m));
  result = b.multiplyAdd(exponent, b.constant(high), result);

  constexpr double infinity = std::numeric_limits<double>::infinity();
  Value zero = b.constant(0.0);
  Value isFinite = b.compare(arith::CmpFPredicate::OLT, x, b.constant(infinity));
  result = b.select(isFinite, result, x); // infinity and NaN
  Value isNegative = b.compare(arith::CmpFPredicate::OLT, x, zero);
  result = b.select(isNegative, b.constant(std::numeric_limits<double>::quiet_NaN()), result);
  return b.select(b.compare(arith::CmpFPredicate::OEQ, x, zero), b.constant(-infinity), result);
}

} // namespace kiln
