// Batch normalisation, local response normalisation and softmax.
#include "compiler/reference/Kernels.h"

#include "dialects/nn/NnEvaluate.h"

#include <cmath>
#include <numeric>

using namespace mlir;

namespace kiln::reference {

static int64_t product(ArrayRef<int64_t> sizes) {
  return std::accumulate(sizes.begin(), sizes.end(), int64_t(1), std::multiplies<>());
}

void evaluateBatchNorm(nn::BatchNormOp op, Operands operands, Tensor &result) {
  int64_t channels = result.shape()[1], map = product(result.shape().drop_front(2));
  std::vector<double> scale = operands[1].load<double>(), offset = operands[2].load<double>();
  std::vector<double> mean = operands[3].load<double>(), variance = operands[4].load<double>();
  double epsilon = op.getEpsilon().convertToDouble();
  std::vector<double> values(map);
  for (int64_t i = 0; i < result.shape()[0] * channels; ++i) {
    int64_t c = i % channels;
    double deviation = std::sqrt(variance[c] + epsilon);
    operands[0].load<double>(i * map, map, values.data());
    for (double &x : values)
      x = scale[c] * (x - mean[c]) / deviation + offset[c];
    result.store<double>(i * map, values);
  }
}

void evaluateInstanceNorm(nn::InstanceNormOp op, Operands operands, Tensor &result) {
  int64_t channels = result.shape()[1], map = product(result.shape().drop_front(2));
  std::vector<double> scale = operands[1].load<double>(), offset = operands[2].load<double>(),
                      values(map);
  double epsilon = op.getEpsilon().convertToDouble();
  for (int64_t i = 0; i < result.shape()[0] * channels; ++i) {
    operands[0].load<double>(i * map, map, values.data());
    double mean = std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(map),
           variance = 0;
    for (double x : values)
      variance += (x - mean) * (x - mean) / static_cast<double>(map);
    for (double &x : values)
      x = scale[i % channels] * (x - mean) / std::sqrt(variance + epsilon) + offset[i % channels];
    result.store<double>(i * map, values);
  }
}

void evaluateLrn(nn::LrnOp op, Operands operands, Tensor &result) {
  int64_t channels = result.shape()[1], map = product(result.shape().drop_front(2)),
          size = op.getSize();
  double alpha = op.getAlpha().convertToDouble(), beta = op.getBeta().convertToDouble();
  double bias = op.getBias().convertToDouble();
  std::vector<double> image(channels * map), values(map);
  for (int64_t n = 0; n < result.shape()[0]; ++n) {
    operands[0].load<double>(n * channels * map, image.size(), image.data());
    for (int64_t c = 0; c < channels; ++c) {
      int64_t first = std::max<int64_t>(0, c - (size - 1) / 2);
      int64_t last = c + size / 2 < channels ? c + size / 2 : channels - 1;
      for (int64_t i = 0; i < map; ++i) {
        double squares = 0;
        for (int64_t j = first; j <= last; ++j)
          squares += image[j * map + i] * image[j * map + i];
        values[i] = image[c * map + i] / std::pow(bias + alpha / size * squares, beta);
      }
      result.store<double>((n * channels + c) * map, values);
    }
  }
}

/// Softmax of one line of numbers. The largest is subtracted first, so that no exponential
/// overflows.
static void softmaxLine(std::vector<double> &line, bool logarithm) {
  double largest = line.front(), sum = 0;
  for (double x : line)
    largest = nn::maxOrNan(largest, x);
  for (double x : line)
    sum += std::exp(x - largest);
  for (double &x : line)
    x = logarithm ? x - largest - std::log(sum) : std::exp(x - largest) / sum;
}

void evaluateSoftmax(const Tensor &input, int64_t axis, bool logarithm, Tensor &result) {
  int64_t size = input.shape()[axis], inner = product(input.shape().drop_front(axis + 1));
  std::vector<double> values = input.load<double>(), line(size);
  if (values.empty())
    return;
  for (int64_t outer = 0; outer < input.size(); outer += size * inner)
    for (int64_t i = outer; i < outer + inner; ++i) {
      for (int64_t j = 0; j < size; ++j)
        line[j] = values[i + j * inner];
      softmaxLine(line, logarithm);
      for (int64_t j = 0; j < size; ++j)
        values[i + j * inner] = line[j];
    }
  result.store<double>(0, values);
}

} // namespace kiln::reference
