// erf: below 1 its Taylor series, above 1 - exp(-x^2) erfcx(x). There erfcx(x) = t Q(t) with t = 1
// / (1 + x / 2) and Q interpolated at Chebyshev nodes up to x = 4 (f32) or 6 (f64), where erf is 1.
#include "compiler/lowering/ExpandMath/FloatBuilder.h"

using namespace mlir;

namespace kiln {
namespace {

// Q as a polynomial of u = (2 t - (a + b)) / (b - a), where t runs from a to b.
constexpr double singleQ[] = {0.510791352621011488,     0.114526801483935749,
                              0.0155262220665903494,    0.000674690039840433752,
                              -0.000132739352565587931, -0.0000129987911473079173,
                              2.03395798544745814e-6};
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
  for (int n = 0; n <= (b.isDouble() ? 19 : 10); ++n) {
    factorial *= n ? -n : 1;
    coefficients.push_back(twoOverRootPi / (factorial * (2 * n + 1)));
  }
  return b.mul(x, b.polynomial(b.mul(x, x), coefficients));
}

/// 1 - exp(-x^2) t Q(t) for x >= 1.
Value tail(FloatBuilder &b, Value x) {
  double end = b.isDouble() ? 6.0 : 4.0, first = 1 / (1 + end / 2), last = 1 / 1.5;
  x = b.atMost(x, end);
  Value t = b.div(b.constant(1.0), b.multiplyAdd(x, b.constant(0.5), b.constant(1.0)));
  Value u = b.multiplyAdd(t, b.constant(2 / (last - first)),
                          b.constant(-(last + first) / (last - first)));
  Value q = b.polynomial(u, b.isDouble() ? ArrayRef<double>(doubleQ) : ArrayRef<double>(singleQ));
  Value complement = b.mul(emitExp(b, b.negate(b.mul(x, x))), b.mul(t, q));
  return b.sub(b.constant(1.0), complement);
}

} // namespace

Value emitErf(FloatBuilder &b, Value x) {
  Value size = b.abs(x);
  Value isSmall = b.compare(arith::CmpFPredicate::OLT, size, b.constant(1.0));
  return b.select(isSmall, seriesAtZero(b, x), b.withSignOf(tail(b, size), x));
}

} // namespace kiln
