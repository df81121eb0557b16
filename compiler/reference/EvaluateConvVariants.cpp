// Transposed and locally connected convolution, tap by tap.
#include "compiler/reference/Kernels.h"

#include "dialects/nn/NnEvaluate.h"

#include <numeric>

using namespace mlir;

namespace kiln::reference {

static int64_t product(ArrayRef<int64_t> sizes) {
  return std::accumulate(sizes.begin(), sizes.end(), int64_t(1), std::multiplies<>());
}

/// Calls `body(position, number)` for every position of a box in row-major order.
static void forEachPosition(ArrayRef<int64_t> sizes,
                            llvm::function_ref<void(ArrayRef<int64_t>, int64_t)> body) {
  SmallVector<int64_t> position(sizes.size(), 0);
  int64_t count = product(sizes);
  for (int64_t number = 0; number < count; ++number) {
    body(position, number);
    for (size_t dim = sizes.size(); dim-- > 0 && ++position[dim] == sizes[dim];)
      position[dim] = 0;
  }
}

/// The number of a position in a map, or nothing where it lies outside.
static std::optional<int64_t> numberOf(ArrayRef<int64_t> position, ArrayRef<int64_t> sizes) {
  int64_t number = 0;
  for (auto [p, size] : llvm::zip_equal(position, sizes)) {
    if (p < 0 || p >= size)
      return std::nullopt;
    number = number * size + p;
  }
  return number;
}

void evaluateConvTranspose(nn::ConvTransposeOp op, Operands operands, Tensor &result) {
  ArrayRef<int64_t> in = operands[0].shape().drop_front(2), out = result.shape().drop_front(2);
  ArrayRef<int64_t> filter = operands[1].shape(), kernel = filter.drop_front(2);
  int64_t filters = result.shape()[1], perGroup = filter[1], channels = filter[0],
          groups = op.getGroups();
  std::vector<double> input = operands[0].load<double>(), weights = operands[1].load<double>();
  std::vector<double> biases =
      op.getBias() ? operands[2].load<double>() : std::vector<double>(filters, 0.0);
  int64_t pixelsIn = product(in), pixelsOut = product(out), taps = product(kernel);
  std::vector<double> sums(result.size());
  for (int64_t i = 0; i < result.size(); ++i)
    sums[i] = biases[i / pixelsOut % filters];
  SmallVector<int64_t> target(in.size());
  forEachPosition(in, [&](ArrayRef<int64_t> from, int64_t pixel) {
    forEachPosition(kernel, [&](ArrayRef<int64_t> tap, int64_t tapNumber) {
      for (size_t dim = 0; dim < in.size(); ++dim)
        target[dim] = from[dim] * op.getStrides()[dim] - op.getPads()[dim] +
                      tap[dim] * op.getDilations()[dim];
      std::optional<int64_t> to = numberOf(target, out);
      if (!to)
        return;
      for (int64_t n = 0; n < result.shape()[0]; ++n)
        for (int64_t c = 0; c < channels; ++c)
          for (int64_t k = 0; k < perGroup; ++k) {
            int64_t filterNumber = c / (channels / groups) * perGroup + k;
            sums[(n * filters + filterNumber) * pixelsOut + *to] +=
                input[(n * channels + c) * pixelsIn + pixel] *
                weights[(c * perGroup + k) * taps + tapNumber];
          }
    });
  });
  if (op.getActivation())
    for (double &sum : sums)
      sum = nn::applyActivation(*op.getActivation(), sum);
  result.store<double>(0, sums);
}

void evaluateLocalConv(nn::LocalConvOp op, Operands operands, Tensor &result) {
  ArrayRef<int64_t> in = operands[0].shape().drop_front(2), out = result.shape().drop_front(2);
  int64_t batch = result.shape()[0], filters = result.shape()[1], channels = operands[0].shape()[1];
  std::vector<double> input = operands[0].load<double>(), weights = operands[1].load<double>(),
                      sums(result.size(), 0.0);
  int64_t pixelsIn = product(in), pixelsOut = product(out), taps = product(op.getKernelShape());
  SmallVector<int64_t> source(in.size());
  forEachPosition(out, [&](ArrayRef<int64_t> pixel, int64_t number) {
    forEachPosition(op.getKernelShape(), [&](ArrayRef<int64_t> tap, int64_t tapNumber) {
      for (size_t dim = 0; dim < in.size(); ++dim)
        source[dim] = pixel[dim] * op.getStrides()[dim] - op.getPads()[dim] +
                      tap[dim] * op.getDilations()[dim];
      std::optional<int64_t> from = numberOf(source, in);
      if (!from)
        return;
      for (int64_t n = 0; n < batch; ++n)
        for (int64_t c = 0; c < channels; ++c)
          for (int64_t k = 0; k < filters; ++k)
            sums[(n * filters + k) * pixelsOut + number] +=
                input[(n * channels + c) * pixelsIn + *from] *
                weights[((number * channels + c) * taps + tapNumber) * filters + k];
    });
  });
  result.store<double>(0, sums);
}

} // namespace kiln::reference
