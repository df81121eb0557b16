// Resampling, one dimension after the other; whole numbers are only picked, never computed with.
#include "compiler/reference/Kernels.h"

#include "dialects/nn/NnResize.h"

#include <numeric>

using namespace mlir;

namespace kiln::reference {

static int64_t product(ArrayRef<int64_t> sizes) {
  return std::accumulate(sizes.begin(), sizes.end(), int64_t(1), std::multiplies<>());
}

/// Resamples dimension `axis` of a row-major tensor and changes `shape` accordingly. One tap is a
/// copy.
template <typename T>
static std::vector<T> resample(const std::vector<T> &input, SmallVectorImpl<int64_t> &shape,
                               int64_t axis, const nn::ResizeTable &table) {
  int64_t outer = product(ArrayRef(shape).take_front(axis)), in = shape[axis];
  int64_t inner = product(ArrayRef(shape).drop_front(axis + 1));
  int64_t out = static_cast<int64_t>(table.indices.size()) / table.taps;
  std::vector<T> result(outer * out * inner, T(0));
  for (int64_t o = 0; o < outer; ++o)
    for (int64_t i = 0; i < out * table.taps; ++i) {
      const T *from = input.data() + (o * in + table.indices[i]) * inner;
      T *to = result.data() + (o * out + i / table.taps) * inner;
      for (int64_t j = 0; j < inner; ++j)
        to[j] = table.taps == 1 ? from[j] : to[j] + static_cast<T>(table.weights[i]) * from[j];
    }
  shape[axis] = out;
  return result;
}

template <typename T> static void resizeAs(nn::ResizeOp op, const Tensor &input, Tensor &result) {
  SmallVector<int64_t> shape(input.shape());
  std::vector<T> values = input.load<T>();
  for (size_t dim = 0; dim < op.getSizes().size(); ++dim)
    values = resample(values, shape, static_cast<int64_t>(dim) + 2, nn::resizeTable(op, dim));
  result.store<T>(0, values);
}

void evaluateResize(nn::ResizeOp op, Operands operands, Tensor &result) {
  if (isa<FloatType>(result.elementType()))
    return resizeAs<double>(op, operands[0], result);
  resizeAs<int64_t>(op, operands[0], result);
}

} // namespace kiln::reference
