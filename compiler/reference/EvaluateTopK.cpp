// The largest or smallest elements along an axis.
#include "compiler/reference/Kernels.h"

#include "mlir/Dialect/Utils/IndexingUtils.h"

#include <cmath>
#include <numeric>

using namespace mlir;

namespace kiln::reference {

namespace {

/// A NaN is above every number.
template <typename T> bool isBelow(T a, T b) {
  if constexpr (std::is_same_v<T, double>)
    if (std::isnan(a) || std::isnan(b))
      return !std::isnan(a) && std::isnan(b);
  return a < b;
}

template <typename T>
void select(nn::TopKOp op, const Tensor &input, llvm::MutableArrayRef<Tensor> results) {
  int64_t axis = op.getAxis(), size = input.shape()[axis], count = results[0].shape()[axis];
  int64_t stride = computeProduct(input.shape().drop_front(axis + 1));
  int64_t rows = computeProduct(input.shape().take_front(axis));
  std::vector<T> elements = input.load<T>(), values(rows * count * stride);
  std::vector<int64_t> positions(values.size()), order(size);
  for (int64_t row = 0; row < rows; ++row)
    for (int64_t column = 0; column < stride; ++column) {
      auto element = [&](int64_t i) { return elements[(row * size + i) * stride + column]; };
      std::iota(order.begin(), order.end(), 0);
      auto goesBefore = [&](int64_t a, int64_t b) {
        return op.getLargest() ? isBelow(element(b), element(a)) : isBelow(element(a), element(b));
      };
      llvm::sort(order, [&](int64_t a, int64_t b) {
        return goesBefore(a, b) || (!goesBefore(b, a) && a < b);
      });
      for (int64_t i = 0; i < count; ++i) {
        values[(row * count + i) * stride + column] = element(order[i]);
        positions[(row * count + i) * stride + column] = order[i];
      }
    }
  results[0].store<T>(0, values);
  results[1].store<int64_t>(0, positions);
}

} // namespace

void evaluateTopK(nn::TopKOp op, Operands operands, llvm::MutableArrayRef<Tensor> results) {
  if (isa<FloatType>(operands[0].elementType()))
    select<double>(op, operands[0], results);
  else
    select<int64_t>(op, operands[0], results);
}

} // namespace kiln::reference
