// Comparison of tensors: the largest difference, and the mean one.
#include "compiler/reference/Compare.h"

#include <cmath>
#include <limits>

using namespace mlir;

namespace kiln::reference {

static std::vector<double> asDoubles(const Tensor &tensor) {
  if (isa<FloatType>(tensor.elementType()))
    return tensor.load<double>();
  std::vector<int64_t> integers = tensor.load<int64_t>();
  return std::vector<double>(integers.begin(), integers.end());
}

double relativeError(const Tensor &actual, const Tensor &expected) {
  double largest = 0, difference = 0;
  for (auto [a, b] : llvm::zip_equal(asDoubles(actual), asDoubles(expected))) {
    if (a == b || (std::isnan(a) && std::isnan(b))) {
      if (std::isfinite(b))
        largest = std::max(largest, std::fabs(b));
      continue;
    }
    if (!std::isfinite(a) || !std::isfinite(b))
      return std::numeric_limits<double>::infinity();
    largest = std::max(largest, std::fabs(b));
    difference = std::max(difference, std::fabs(a - b));
  }
  return largest > 0 ? difference / largest : difference;
}

double relativeRms(const Tensor &actual, const Tensor &expected) {
  double squares = 0, differences = 0;
  for (auto [a, b] : llvm::zip_equal(asDoubles(actual), asDoubles(expected))) {
    if (!std::isfinite(a) || !std::isfinite(b))
      continue;
    squares += b * b;
    differences += (a - b) * (a - b);
  }
  return std::sqrt(squares > 0 ? differences / squares : differences);
}

} // namespace kiln::reference
