// Convolution in one, two and three dimensions, as a sum of shifted rows: for every tap of every
// input channel a scaled row of the input is added to a row of accumulators, so that the inner loop
// runs over contiguous memory.
#include "compiler/reference/Kernels.h"

#include "dialects/nn/NnEvaluate.h"

using namespace mlir;

namespace kiln::reference {

namespace {
/// A convolution with its spatial dimensions filled up to three, unit ones first.
struct Geometry {
  int64_t in[3] = {1, 1, 1}, out[3] = {1, 1, 1}, kernel[3] = {1, 1, 1};
  int64_t stride[3] = {1, 1, 1}, begin[3] = {0, 0, 0}, dilation[3] = {1, 1, 1};

  explicit Geometry(nn::ConvOp op) {
    int64_t rank = op.getSpatialRank();
    for (int64_t i = 0; i < rank; ++i) {
      int64_t dim = 3 - rank + i;
      in[dim] = op.getInput().getType().getDimSize(2 + i);
      out[dim] = op.getResult().getType().getDimSize(2 + i);
      kernel[dim] = op.getFilter().getType().getDimSize(2 + i);
      stride[dim] = op.getStrides()[i];
      begin[dim] = op.getPads()[i];
      dilation[dim] = op.getDilations()[i];
    }
  }

  int64_t inputSize() const { return in[0] * in[1] * in[2]; }
  int64_t outputSize() const { return out[0] * out[1] * out[2]; }
  int64_t taps() const { return kernel[0] * kernel[1] * kernel[2]; }

  /// The input position that a tap reads for an output position; it may lie in the padding.
  int64_t source(int dim, int64_t output, int64_t tap) const {
    return output * stride[dim] - begin[dim] + tap * dilation[dim];
  }
};
} // namespace

/// Adds weight * input to the outputs of one row whose tap lies inside the input.
static void addRow(const Geometry &g, int64_t tap, double weight, const double *input,
                   double *output) {
  int64_t stride = g.stride[2], shift = g.source(2, 0, tap);
  int64_t first = shift < 0 ? (-shift + stride - 1) / stride : 0;
  int64_t last = g.in[2] <= shift ? 0 : std::min(g.out[2], (g.in[2] - 1 - shift) / stride + 1);
  if (stride == 1) {
    for (int64_t x = first; x < last; ++x)
      output[x] += weight * input[x + shift];
    return;
  }
  for (int64_t x = first; x < last; ++x)
    output[x] += weight * input[x * stride + shift];
}

/// Adds what one channel contributes to one output map.
static void addChannel(const Geometry &g, const double *weights, const double *input,
                       double *output) {
  for (int64_t kd = 0; kd < g.kernel[0]; ++kd)
    for (int64_t kh = 0; kh < g.kernel[1]; ++kh)
      for (int64_t d = 0; d < g.out[0]; ++d) {
        int64_t depth = g.source(0, d, kd);
        if (depth < 0 || depth >= g.in[0])
          continue;
        for (int64_t h = 0; h < g.out[1]; ++h) {
          int64_t row = g.source(1, h, kh);
          if (row < 0 || row >= g.in[1])
            continue;
          for (int64_t kw = 0; kw < g.kernel[2]; ++kw)
            addRow(g, kw, weights[(kd * g.kernel[1] + kh) * g.kernel[2] + kw],
                   input + (depth * g.in[1] + row) * g.in[2],
                   output + (d * g.out[1] + h) * g.out[2]);
        }
      }
}

/// Adds bias and residual to one map of sums and applies the activation.
static void finishMap(nn::ConvOp op, double bias, const double *residual,
                      std::vector<double> &sums) {
  for (auto [index, sum] : llvm::enumerate(sums)) {
    sum += bias + (residual ? residual[index] : 0.0);
    if (op.getActivation())
      sum = nn::applyActivation(*op.getActivation(), sum);
  }
}

void evaluateConv(nn::ConvOp op, Operands operands, Tensor &result) {
  Geometry g(op);
  const Tensor &input = operands[0], &filter = operands[1];
  const Tensor *bias = op.getBias() ? &operands[2] : nullptr;
  const Tensor *residual = op.getResidual() ? &operands.back() : nullptr;
  int64_t filters = filter.shape()[0], channels = filter.shape()[1], groups = op.getGroups();
  std::vector<double> biases = bias ? bias->load<double>() : std::vector<double>(filters, 0.0);
  std::vector<double> weights(channels * g.taps()), sums(g.outputSize()), addend(g.outputSize());
  std::vector<double> image(input.shape()[1] * g.inputSize());
  for (int64_t n = 0; n < input.shape()[0]; ++n) {
    input.load<double>(n * image.size(), image.size(), image.data());
    for (int64_t k = 0; k < filters; ++k) {
      int64_t map = n * filters + k, firstChannel = k / (filters / groups) * channels;
      filter.load<double>(k * weights.size(), weights.size(), weights.data());
      std::fill(sums.begin(), sums.end(), 0.0);
      for (int64_t c = 0; c < channels; ++c)
        addChannel(g, weights.data() + c * g.taps(),
                   image.data() + (firstChannel + c) * g.inputSize(), sums.data());
      if (residual)
        residual->load<double>(map * g.outputSize(), g.outputSize(), addend.data());
      finishMap(op, biases[k], residual ? addend.data() : nullptr, sums);
      result.store<double>(map * g.outputSize(), sums);
    }
  }
}

} // namespace kiln::reference
