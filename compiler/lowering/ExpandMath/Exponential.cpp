// exp, expm1 and tanh: x = n ln 2 + r with |r| <= ln(2) / 2, exp(x) = 2^n exp(r), the first factor
// made from bits, the second from a polynomial whose error lies below half a unit in the last
// place.
#include "compiler/lowering/ExpandMath/FloatBuilder.h"

#include <cmath>

using namespace mlir;

namespace kiln {
namespace {

/// x = n ln 2 + r, where the lowest bits of `shifted` are n and an offset.
struct Reduced {
  Value shifted, r;
};

int64_t mantissaBits(FloatBuilder &b) { return b.isDouble() ? 52 : 23; }
int64_t exponentBias(FloatBuilder &b) { return b.isDouble() ? 1023 : 127; }

/// Adding 1.5 * 2^(mantissa bits) rounds to an integer, which then lies in the lowest bits. With
/// the bias of exponents as its offset, a shift makes a power of two of it.
double shifterOf(FloatBuilder &b, int64_t offset) {
  return std::ldexp(1.5, mantissaBits(b)) + static_cast<double>(offset);
}

/// 2^n, within the range of normal exponents, where the lowest bits are n and the bias; 0 one
/// below.
Value powerOf(FloatBuilder &b, Value shifted) {
  return b.fromBits(b.shiftLeft(b.bitsOf(shifted), mantissaBits(b)));
}

/// The integer n next to `factor` x, in the lowest bits of `shifted` with the offset, and as a
/// float.
struct Rounded {
  Value shifted, n;
};

Rounded rounded(FloatBuilder &b, Value x, double factor, int64_t offset) {
  Value shifter = b.constant(shifterOf(b, offset));
  Value shifted = factor == 1 ? b.add(x, shifter) : b.multiplyAdd(x, b.constant(factor), shifter);
  return {shifted, b.sub(shifted, shifter)};
}

/// For |x| below 2^15.
Reduced reduce(FloatBuilder &b, Value x, int64_t offset) {
  bool isDouble = b.isDouble();
  auto [shifted, n] = rounded(b, x, 1.4426950408889634, offset);
  // ln 2 in two parts; products of n with the first are exact.
  double high = isDouble ? 6.93145751953125e-1 : 0.693359375;
  double low = isDouble ? 1.42860682030941723212e-6 : -2.12194440e-4;
  Value r = b.multiplyAdd(n, b.constant(-high), x);
  return {shifted, b.multiplyAdd(n, b.constant(-low), r)};
}

/// p of exp(r) - 1 = r + r^2 p(r). In f64, p is the Taylor series; in f32 the polynomial of degree
/// 4 with the smallest relative error of exp(r) - 1, 1.3e-8, found by Remez's algorithm.
SmallVector<double> expm1Coefficients(bool isDouble) {
  if (!isDouble)
    return {0.49999998154, 0.166665436212, 0.0416671998777, 0.00836652056785, 0.0013882520268};
  SmallVector<double> coefficients;
  double factorial = 1;
  for (int k = 2; k <= 14; ++k)
    coefficients.push_back(1 / (factorial *= k));
  return coefficients;
}

Value expm1OfRemainder(FloatBuilder &b, Value r) {
  return b.multiplyAdd(b.mul(r, r), b.polynomial(r, expm1Coefficients(b.isDouble())), r);
}

/// exp(2 r) - 1 = r (2 + 4 r p(2 r)).
Value expm1OfDoubled(FloatBuilder &b, Value r) {
  SmallVector<double> coefficients = {2.0};
  double power = 4;
  for (double coefficient : expm1Coefficients(b.isDouble())) {
    coefficients.push_back(power * coefficient);
    power *= 2;
  }
  return b.mul(r, b.polynomial(r, coefficients));
}

/// 2^n for an integer n within the range of normal exponents.
Value powerOfTwo(FloatBuilder &b, Value n) {
  return b.fromBits(b.shiftLeft(b.addBits(n, b.integer(exponentBias(b))), mantissaBits(b)));
}

} // namespace

Value emitExp(FloatBuilder &b, Value x) {
  // Beyond these bounds the result is infinite or rounds to 0, as it is at them.
  Value clamped =
      b.atMost(b.atLeast(x, b.isDouble() ? -746.0 : -104.0), b.isDouble() ? 710.0 : 89.0);
  auto [shifted, r] = reduce(b, clamped, /*offset=*/0);
  Value mantissa = b.add(expm1OfRemainder(b, r), b.constant(1.0));
  // Two factors: 2^n itself may be too large or denormal.
  Value n = b.subBits(b.bitsOf(shifted), b.bitsOf(b.constant(shifterOf(b, 0))));
  Value half = b.shiftRight(n, 1);
  return b.mul(b.mul(mantissa, powerOfTwo(b, half)), powerOfTwo(b, b.subBits(n, half)));
}

Value emitOnePlusExp(FloatBuilder &b, Value x) {
  // At the lower bound 2^(n - 1) is 0 or the sum rounds to 1.
  Value clamped =
      b.atMost(b.atLeast(x, b.isDouble() ? -708.0 : -87.0), b.isDouble() ? 710.0 : 89.0);
  auto [shifted, r] = reduce(b, clamped, exponentBias(b) - 1);
  Value power = powerOf(b, shifted);
  Value half = b.multiplyAdd(power, expm1OfRemainder(b, r), power);
  return b.multiplyAdd(half, b.constant(2.0), b.constant(1.0));
}

Value emitExpM1(FloatBuilder &b, Value x) {
  Value clamped = b.atMost(b.atLeast(x, b.isDouble() ? -40.0 : -20.0), b.isDouble() ? 710.0 : 89.0);
  auto [shifted, r] = reduce(b, clamped, exponentBias(b) - 1);
  // 2^n (exp(r) - 1) + (2^n - 1), at half the size so that 2^n stays finite.
  Value power = powerOf(b, shifted);
  Value half = b.multiplyAdd(power, expm1OfRemainder(b, r), b.sub(power, b.constant(0.5)));
  Value result = b.mul(half, b.constant(2.0));
  // A zero keeps its sign.
  return b.select(b.compare(arith::CmpFPredicate::OEQ, x, b.constant(0.0)), x, result);
}

Value emitRise(FloatBuilder &b, Value x) {
  auto [shifted, n] = rounded(b, x, -1.4426950408889634, exponentBias(b));
  // -x = n ln 2 + r in one step: an error in r counts 2^n.
  Value r = b.negate(b.multiplyAdd(n, b.constant(0.69314718055994531), x));
  Value power = powerOf(b, shifted);
  return b.negate(b.multiplyAdd(power, expm1OfRemainder(b, r), b.sub(power, b.constant(1.0))));
}

/// 2^n 2^f with x = n + f, the second factor from the polynomial of degree 5 that is exact at 0 and
/// has the smallest relative error, 9.2e-8, for |f| <= 1/2, found by Lawson's algorithm.
Value emitNegativePowerOfTwo(FloatBuilder &b, Value x) {
  constexpr double coefficients[] = {
      1, 0.693146977599, 0.240222420853, 0.055507337435, 0.00967151264482, 0.00132647271235};
  auto [shifted, n] = rounded(b, x, /*factor=*/1, exponentBias(b));
  return b.mul(b.polynomial(b.sub(x, n), coefficients), powerOf(b, shifted));
}

/// With e = exp(2|x|) - 1: e / (e + 2), and the sign of x. |x| = n ln(2) / 2 + r takes one step,
/// because an error in e counts the less the larger n is: at most 3.3 units in the last place of an
/// f32. The bound keeps powers of two far from infinity, and zero has its sign from x, so that
/// nothing more of expm1 is needed.
Value emitTanh(FloatBuilder &b, Value x) {
  Value bounded = b.atMost(b.abs(x), b.isDouble() ? 22.0 : 10.0);
  auto [shifted, n] = rounded(b, bounded, 2.8853900817779268, exponentBias(b));
  Value r = b.multiplyAdd(n, b.constant(-0.34657359027997264), bounded);
  Value power = powerOf(b, shifted);
  Value grown = b.multiplyAdd(power, expm1OfDoubled(b, r), b.sub(power, b.constant(1.0)));
  return b.withSignOf(b.div(grown, b.add(grown, b.constant(2.0))), x);
}

} // namespace kiln
