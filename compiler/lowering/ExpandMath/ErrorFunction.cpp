// erf and 1 + erf. In f32 erf is 1 - exp(-x Q(x)), where Q is a polynomial up to x = 4, beyond
// which erf is 1. In f64 below 1 its Taylor series, above 1 - exp(-x^2) erfcx(x); there erfcx(x) =
// t Q(t) with t = 1 / (1 + x / 2) and Q interpolated at Chebyshev nodes up to x = 6.
#include "compiler/lowering/ExpandMath/FloatBuilder.h"

using namespace mlir;

namespace kiln {
namespace {

/// Q of degree 8 with the smallest relative error of erf, 4e-9, found by Lawson's algorithm.
constexpr double singleQ[] = {
    1.1283791716149938,     0.6366193818003852,      0.10277783172668314,
    -0.01915306778274665,   -0.00016038955961668756, 0.0016670210606573648,
    -0.0006328330806265603, 0.0001176400526337329,   -9.256102838622188e-06};
/// The complement 1 - erf(x) is 2^(-x Q(x)) up to 5.6, with Q of degree 7 and the smallest absolute
/// error, 1.6e-8, found by Lawson's algorithm.
constexpr double complementQ[] = {1.627908593,      0.9184163964,    0.1484815969,
                                  -0.02825363323,   0.0007745649271, 0.001489487968,
                                  -0.0004455242403, 4.536092725e-05};
/// As a polynomial of u = (2 t - (a + b)) / (b - a), where t runs from a to b.
constexpr double doubleQ[] = {
    0.483118996865305759,     0.133622786241642744,     0.0233945235451058621,
    0.00155990663987722071,   -0.000278926630355917389, -0.0000494890682656936663,
    6.47935552814148837e-6,   1.37388258800042117e-6,   -2.67766178907701182e-7,
    -3.11321779506567249e-8,  1.28667601668319801e-8,   -1.21990942414824304e-10,
    -5.30800884390115451e-10, 7.91299823672989179e-11,  1.23279788110832232e-11,
    -5.02481949888666038e-12, 2.39763910504207006e-13};

/// x (2 / sqrt(pi)) sum of (-x^2)^n / (n! (2 n + 1)).
Value seriesAtZero(FloatBuilder &b, Value x) {
  constexpr double twoOverRootPi = 1.1283791670955126;
  SmallVector<double> coefficients;
  double factorial = 1;
  for (int n = 0; n <= 19; ++n) {
    factorial *= n ? -n : 1;
    coefficients.push_back(twoOverRootPi / (factorial * (2 * n + 1)));
  }
  return b.mul(x, b.polynomial(b.mul(x, x), coefficients));
}

/// 1 - exp(-x^2) t Q(t) for x >= 1.
Value tail(FloatBuilder &b, Value x) {
  double end = 6.0, first = 1 / (1 + end / 2), last = 1 / 1.5;
  x = b.atMost(x, end);
  Value t = b.div(b.constant(1.0), b.multiplyAdd(x, b.constant(0.5), b.constant(1.0)));
  Value u = b.multiplyAdd(t, b.constant(2 / (last - first)),
                          b.constant(-(last + first) / (last - first)));
  Value complement = b.mul(emitExp(b, b.negate(b.mul(x, x))), b.mul(t, b.polynomial(u, doubleQ)));
  return b.sub(b.constant(1.0), complement);
}

} // namespace

Value emitErf(FloatBuilder &b, Value x) {
  Value size = b.abs(x);
  if (!b.isDouble()) {
    Value bounded = b.atMost(size, 4.0);
    return b.withSignOf(emitRise(b, b.mul(bounded, b.polynomial(bounded, singleQ))), x);
  }
  Value isSmall = b.compare(arith::CmpFPredicate::OLT, size, b.constant(1.0));
  return b.select(isSmall, seriesAtZero(b, x), b.withSignOf(tail(b, size), x));
}

/// With the complement c of |x|: c below 0, 2 - c from there. At the bound the exponent is -127,
/// and c is 0.
Value emitOnePlusErf(FloatBuilder &b, Value x) {
  if (b.isDouble())
    return b.add(b.constant(1.0), emitErf(b, x));
  Value size = b.atMost(b.abs(x), 7.0511);
  auto coefficients = llvm::map_to_vector(complementQ, [](double q) { return -q; });
  Value complement = emitNegativePowerOfTwo(b, b.mul(size, b.polynomial(size, coefficients)));
  Value isNegative = b.compare(arith::CmpFPredicate::OLT, x, b.constant(0.0));
  return b.select(isNegative, complement, b.sub(b.constant(2.0), complement));
}

} // namespace kiln
