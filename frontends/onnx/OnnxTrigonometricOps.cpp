// Functions of angles and of hyperbolas, and their inverses, written with the functions that nn
// has. Halves are computed in f32.
#include "frontends/onnx/OnnxOperators.h"

using namespace mlir;

namespace kiln::onnx_frontend {

namespace {

constexpr double pi = 3.14159265358979323846;

/// Arithmetic on tensors of one float type, written as formulas.
class Formula {
public:
  explicit Formula(OnnxNode &node) : node(node), element(node.type(0).getElementType()) {
    if (isa<Float16Type, BFloat16Type>(element))
      element = node.getBuilder().getF32Type();
  }

  using Term = FailureOr<Value>;
  Term x() { return node.converted(node.input(0), element); }
  Term number(double value) { return node.scalar(value, element); }
  Term plus(Term a, Term b) { return node.create<nn::AddOp>(a, b); }
  Term minus(Term a, Term b) { return node.create<nn::SubOp>(a, b); }
  Term times(Term a, Term b) { return node.create<nn::MulOp>(a, b); }
  Term over(Term a, Term b) { return node.create<nn::DivOp>(a, b); }
  Term root(Term a) { return node.create<nn::SqrtOp>(a); }
  Term log(Term a) { return node.create<nn::LogOp>(a); }
  Term exp(Term a) { return node.create<nn::ExpOp>(a); }
  Term magnitude(Term a) { return node.create<nn::AbsOp>(a); }
  /// `a < b ? yes : no`.
  Term ifLess(Term a, Term b, Term yes, Term no) {
    return node.create<nn::SelectOp>(node.create<nn::CompareOp>(a, b, nn::Predicate::Less), yes,
                                     no);
  }
  /// `value` with the sign of `a`.
  Term signedAs(Term a, Term value) {
    return ifLess(a, number(0), node.create<nn::NegOp>(value), value);
  }

  Term sine(Term angle, double quarterTurns = 0);
  Term arcTangent(Term a);
  Term logOfOnePlus(Term a);
  Term hyperbolicSine();
  Term hyperbolicCosine();
  Term area(Term size, Term near);
  Term areaSine();
  Term areaCosine();
  Term areaTangent();

private:
  OnnxNode &node;
  Type element;
};

/// Of the angle and some quarter turns more: +-sin(r), where r is what multiples of pi leave (Cody
/// and Waite 1980), by Taylor's polynomial, whose error is below 1e-9 there.
Formula::Term Formula::sine(Term angle, double quarterTurns) {
  constexpr double leading = 3.140625; // has few bits
  Term offset = number(quarterTurns / 2);
  Term turns = node.create<nn::RoundOp>(plus(times(angle, number(1 / pi)), offset));
  Term whole = minus(turns, offset);
  Term rest = minus(angle, times(whole, number(leading)));
  rest = minus(rest, times(whole, number(pi - leading)));
  Term square = times(rest, rest);
  Term series = number(0);
  for (int power = 13; power > 1; power -= 2)
    series = times(minus(number(1), series), times(square, number(1.0 / (power * (power - 1)))));
  series = times(rest, minus(number(1), series));
  Term half = times(turns, number(0.5));
  Term isEven =
      node.create<nn::CompareOp>(half, node.create<nn::FloorOp>(half), nn::Predicate::Equal);
  return node.create<nn::SelectOp>(isEven, series, node.create<nn::NegOp>(series));
}

/// The angle of 1/a instead of a large a, halved twice, by its Taylor polynomial, whose error is
/// below 1e-9 there.
Formula::Term Formula::arcTangent(Term a) {
  Term size = magnitude(a), one = number(1);
  Term ratio = ifLess(one, size, over(one, size), size);
  for (int halving = 0; halving < 2; ++halving)
    ratio = over(ratio, plus(one, root(plus(one, times(ratio, ratio)))));
  Term square = times(ratio, ratio), series = number(0);
  for (int power = 11; power > 1; power -= 2)
    series = times(square, minus(number(1.0 / power), series));
  Term angle = times(times(ratio, number(4)), minus(one, series));
  return signedAs(a, ifLess(one, size, minus(number(pi / 2), angle), angle));
}

/// log(1 + a), exact for small a too: what rounding makes of 1 + a is divided out (Kahan). Large a
/// would overflow there.
Formula::Term Formula::logOfOnePlus(Term a) {
  constexpr double large = 1e8;
  Term sum = plus(number(1), a), kept = minus(sum, number(1));
  Term isLost = node.create<nn::CompareOp>(kept, number(0), nn::Predicate::Equal);
  Term corrected = node.create<nn::SelectOp>(isLost, a, times(log(sum), over(a, kept)));
  return ifLess(a, number(large), corrected, log(sum));
}

/// (e^x - e^-x) / 2, near 0 by its Taylor polynomial; e^|x| as a square, since it overflows before
/// the result does.
Formula::Term Formula::hyperbolicSine() {
  Term size = magnitude(x()), square = times(x(), x()), series = number(1);
  for (int power = 9; power > 1; power -= 2)
    series = plus(number(1), times(series, times(square, number(1.0 / (power * (power - 1))))));
  Term rise = exp(times(size, number(0.5)));
  Term far = minus(times(times(rise, number(0.5)), rise), over(number(0.5), times(rise, rise)));
  return ifLess(size, number(1), times(x(), series), signedAs(x(), far));
}

Formula::Term Formula::hyperbolicCosine() {
  Term rise = exp(times(magnitude(x()), number(0.5)));
  return plus(times(times(rise, number(0.5)), rise), over(number(0.5), times(rise, rise)));
}

/// `near`, or log(2 size) where the size is so large that 1 does not matter and squares overflow.
Formula::Term Formula::area(Term size, Term near) {
  constexpr double large = 1e8, logOfTwo = 0.693147180559945309417;
  return ifLess(number(large), size, plus(log(size), number(logOfTwo)), near);
}

/// log(|x| + sqrt(x^2 + 1)) with the sign of x.
Formula::Term Formula::areaSine() {
  Term size = magnitude(x()), one = number(1), square = times(size, size);
  Term rest = plus(size, over(square, plus(one, root(plus(square, one)))));
  return signedAs(x(), area(size, logOfOnePlus(rest)));
}

/// log(x + sqrt(x^2 - 1)).
Formula::Term Formula::areaCosine() {
  Term above = minus(x(), number(1));
  Term width = times(root(above), root(plus(above, number(2))));
  return area(x(), logOfOnePlus(plus(above, width)));
}

/// log((1 + x) / (1 - x)) / 2.
Formula::Term Formula::areaTangent() {
  Term size = magnitude(x());
  Term ratio = over(times(size, number(2)), minus(number(1), size));
  return signedAs(x(), times(number(0.5), logOfOnePlus(ratio)));
}

} // namespace

template <FailureOr<Value> (*function)(Formula &)> static LogicalResult translate(OnnxNode &node) {
  Type element = node.type(0).getElementType();
  if (!isa<FloatType>(element))
    return node.error() << "its input holds integers; convert them to float";
  Formula formula(node);
  return node.setFirst(node.converted(function(formula), element));
}

static FailureOr<Value> sine(Formula &f) { return f.sine(f.x()); }
static FailureOr<Value> cosine(Formula &f) { return f.sine(f.x(), 1); }
static FailureOr<Value> tangent(Formula &f) { return f.over(sine(f), cosine(f)); }
static FailureOr<Value> arcTangent(Formula &f) { return f.arcTangent(f.x()); }

static FailureOr<Value> arcSine(Formula &f) {
  auto one = f.number(1);
  return f.arcTangent(f.over(f.x(), f.root(f.times(f.minus(one, f.x()), f.plus(one, f.x())))));
}

/// Twice the angle whose tangent is sqrt((1 - x) / (1 + x)).
static FailureOr<Value> arcCosine(Formula &f) {
  auto one = f.number(1);
  auto half = f.arcTangent(f.root(f.over(f.minus(one, f.x()), f.plus(one, f.x()))));
  return f.times(f.number(2), half);
}

static FailureOr<Value> hyperbolicSine(Formula &f) { return f.hyperbolicSine(); }
static FailureOr<Value> hyperbolicCosine(Formula &f) { return f.hyperbolicCosine(); }
static FailureOr<Value> areaSine(Formula &f) { return f.areaSine(); }
static FailureOr<Value> areaCosine(Formula &f) { return f.areaCosine(); }
static FailureOr<Value> areaTangent(Formula &f) { return f.areaTangent(); }

llvm::ArrayRef<OnnxOperator> trigonometricOperators() {
  static const OnnxOperator operators[] = {
      {"Sin", 7, 1, 1, translate<sine>},
      {"Cos", 7, 1, 1, translate<cosine>},
      {"Tan", 7, 1, 1, translate<tangent>},
      {"Asin", 7, 1, 1, translate<arcSine>},
      {"Acos", 7, 1, 1, translate<arcCosine>},
      {"Atan", 7, 1, 1, translate<arcTangent>},
      {"Sinh", 9, 1, 1, translate<hyperbolicSine>},
      {"Cosh", 9, 1, 1, translate<hyperbolicCosine>},
      {"Asinh", 9, 1, 1, translate<areaSine>},
      {"Acosh", 9, 1, 1, translate<areaCosine>},
      {"Atanh", 9, 1, 1, translate<areaTangent>},
  };
  return operators;
}

} // namespace kiln::onnx_frontend
