// See WinogradMatrices.h.
#include "compiler/lowering/KernelToVector/Winograd/WinogradMatrices.h"

#include <cassert>
#include <cstddef>
#include <numeric>

namespace kiln {
namespace {

struct Fraction {
  int64_t numerator = 0, denominator = 1;

  double value() const { return static_cast<double>(numerator) / static_cast<double>(denominator); }
};

Fraction reduced(int64_t numerator, int64_t denominator) {
  int64_t divisor = std::gcd(numerator, denominator);
  if (denominator < 0)
    divisor = -divisor;
  return {numerator / divisor, denominator / divisor};
}

Fraction operator+(Fraction a, Fraction b) {
  return reduced(a.numerator * b.denominator + b.numerator * a.denominator,
                 a.denominator * b.denominator);
}
Fraction operator-(Fraction a, Fraction b) { return a + Fraction{-b.numerator, b.denominator}; }
Fraction operator*(Fraction a, Fraction b) {
  return reduced(a.numerator * b.numerator, a.denominator * b.denominator);
}
Fraction operator/(Fraction a, Fraction b) {
  return reduced(a.numerator * b.denominator, a.denominator * b.numerator);
}

/// A point is followed by its mirror image, so that their rows share sums; small powers of two keep
/// the factors of the transforms exact and rounding errors low.
std::vector<Fraction> firstPoints(size_t count) {
  std::vector<Fraction> points = {{0, 1}, {1, 1}, {-1, 1}, {2, 1}, {-2, 1}, {1, 2}, {-1, 2}};
  assert(count <= points.size() && "more points would cost too much precision");
  points.resize(count);
  return points;
}

/// Coefficients of prod (x - points[l]) without l = `skipped`, the constant first.
std::vector<Fraction> polynomial(const std::vector<Fraction> &points, size_t skipped) {
  std::vector<Fraction> result = {{1, 1}};
  for (size_t l = 0; l < points.size(); ++l) {
    if (l == skipped)
      continue;
    std::vector<Fraction> next(result.size() + 1);
    for (size_t i = 0; i < result.size(); ++i) {
      next[i + 1] = next[i + 1] + result[i];
      next[i] = next[i] - result[i] * points[l];
    }
    result = next;
  }
  return result;
}

std::vector<double> row(const std::vector<Fraction> &fractions, size_t length) {
  std::vector<double> result;
  for (Fraction fraction : fractions)
    result.push_back(fraction.value());
  result.resize(length);
  return result;
}

/// 1, a, a^2, ...
std::vector<Fraction> powers(Fraction a, size_t count) {
  std::vector<Fraction> result = {{1, 1}};
  while (result.size() < count)
    result.push_back(result.back() * a);
  return result;
}

} // namespace

WinogradMatrices WinogradMatrices::of(int64_t outputs, int64_t taps) {
  size_t extent = outputs + taps - 1;
  std::vector<Fraction> points = firstPoints(extent - 1);
  WinogradMatrices matrices;
  matrices.output.assign(outputs, std::vector<double>(extent, 0.0));
  for (size_t j = 0; j < points.size(); ++j) {
    Fraction product = {1, 1};
    for (size_t l = 0; l < points.size(); ++l)
      if (l != j)
        product = product * (points[j] - points[l]);
    std::vector<Fraction> evaluated = powers(points[j], taps);
    for (Fraction &power : evaluated)
      power = power / product;
    matrices.filter.push_back(row(evaluated, taps));
    matrices.input.push_back(row(polynomial(points, j), extent));
    std::vector<Fraction> column = powers(points[j], outputs);
    for (int64_t i = 0; i < outputs; ++i)
      matrices.output[i][j] = column[i].value();
  }
  matrices.filter.emplace_back(taps, 0.0).back() = 1.0;
  matrices.input.push_back(row(polynomial(points, points.size()), extent));
  matrices.output.back().back() = 1.0;
  return matrices;
}

WinogradMatrices WinogradMatrices::withSimpleFilter() const {
  WinogradMatrices simple = *this;
  for (size_t point = 0; point < filter.size(); ++point) {
    double factor = filter[point].front() == 0.0 ? 1.0 : filter[point].front();
    for (double &entry : simple.filter[point])
      entry /= factor;
    for (std::vector<double> &outputRow : simple.output)
      outputRow[point] *= factor;
  }
  return simple;
}

} // namespace kiln
