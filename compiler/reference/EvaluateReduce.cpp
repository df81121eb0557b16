// Reductions over axes, and the global pools with them.
#include "compiler/reference/Kernels.h"

#include "dialects/nn/NnEvaluate.h"

#include <limits>

using namespace mlir;

namespace kiln::reference {

/// Where each element of a tensor, taken in order, is added up: the result's strides with 0 for the
/// reduced axes.
static nn::StridedView accumulators(ArrayRef<int64_t> shape, ArrayRef<int64_t> axes) {
  SmallVector<int64_t> kept(shape);
  for (int64_t axis : axes)
    kept[axis] = 1;
  return nn::StridedView::broadcast(kept, shape);
}

template <typename T> static T combine(Reduction reduction, T a, T b) {
  if constexpr (std::is_same_v<T, double>) {
    if (reduction == Reduction::Max)
      return nn::maxOrNan(a, b);
    return reduction == Reduction::Min ? nn::minOrNan(a, b) : a + b;
  } else {
    if (reduction == Reduction::Max)
      return std::max(a, b);
    return reduction == Reduction::Min ? std::min(a, b) : T(uint64_t(a) + uint64_t(b));
  }
}

/// What every element combined with gives itself; for the sums 0.
template <typename T> static T neutral(Reduction reduction) {
  using Limits = std::numeric_limits<T>;
  if (reduction == Reduction::Max)
    return Limits::has_infinity ? -Limits::infinity() : Limits::lowest();
  if (reduction == Reduction::Min)
    return Limits::has_infinity ? Limits::infinity() : Limits::max();
  return 0;
}

template <typename T>
static void reduce(Reduction reduction, ArrayRef<int64_t> axes, const Tensor &input,
                   Tensor &result) {
  std::vector<T> values = input.load<T>(), sums(result.size(), neutral<T>(reduction));
  auto value = values.begin();
  accumulators(input.shape(), axes).forEachRow([&](int64_t first, int64_t count, int64_t stride) {
    for (int64_t i = 0; i < count; ++i, ++value)
      sums[first + i * stride] = combine(reduction, sums[first + i * stride], *value);
  });
  // The mean of integers is rounded toward zero; that of no floats is NaN.
  T count = result.size() ? input.size() / result.size() : 0;
  if (reduction == Reduction::Mean && (count != 0 || std::is_same_v<T, double>))
    for (T &sum : sums)
      sum /= count;
  result.store<T>(0, sums);
}

void evaluateReduce(Reduction reduction, ArrayRef<int64_t> axes, const Tensor &input,
                    Tensor &result) {
  if (isa<FloatType>(result.elementType()))
    return reduce<double>(reduction, axes, input, result);
  reduce<int64_t>(reduction, axes, input, result);
}

} // namespace kiln::reference
