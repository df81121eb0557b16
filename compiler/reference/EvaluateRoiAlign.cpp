// Regions of a map as small maps (He et al. 2017). Places are computed in f32 as in the kernel: how
// many samples a bin has must not depend on rounding.
#include "compiler/reference/Kernels.h"

#include <algorithm>
#include <cmath>
#include <optional>

using namespace mlir;

namespace kiln::reference {

namespace {

/// One dimension of a region.
struct Span {
  float begin, bin;
  int64_t samples;
};

/// One dimension of a sample: two neighbouring pixels and the weight of the second.
struct Taps {
  int64_t low, high;
  double weight;
};

Span spanOf(nn::RoiAlignOp op, float from, float to, int64_t bins) {
  float scale = static_cast<float>(op.getSpatialScale().convertToDouble());
  float offset = op.getHalfPixel() ? 0.5f : 0.0f;
  float begin = from * scale - offset, extent = to * scale - offset - begin;
  if (!op.getHalfPixel())
    extent = extent > 1 ? extent : 1;
  float bin = extent / static_cast<float>(bins);
  float wanted = std::ceil(bin), most = nn::RoiAlignOp::mostSamples;
  int64_t ratio = op.getSamplingRatio();
  if (ratio == 0)
    ratio = wanted > 0 ? static_cast<int64_t>(std::min(wanted, most)) : 0;
  return {begin, bin, ratio};
}

/// Nothing for a place more than a pixel outside.
std::optional<Taps> tapsOf(const Span &span, int64_t bin, int64_t sample, int64_t size) {
  float inBin = (static_cast<float>(sample) + 0.5f) * span.bin / static_cast<float>(span.samples);
  float place = span.begin + static_cast<float>(bin) * span.bin + inBin;
  if (!(place >= -1 && place <= static_cast<float>(size)))
    return std::nullopt;
  float clamped = std::clamp(place, 0.0f, static_cast<float>(size - 1));
  auto low = static_cast<int64_t>(clamped);
  return Taps{low, std::min(low + 1, size - 1), clamped - static_cast<float>(low)};
}

class Aligner {
public:
  Aligner(nn::RoiAlignOp op, Operands operands, Tensor &result)
      : op(op), map(operands[0].load<double>()), shape(operands[0].shape()),
        rois(operands[1].load<double>()), images(operands[2].load<int64_t>()), result(result) {}

  void run();

private:
  double bin(const double *plane, int64_t row, int64_t column);

  nn::RoiAlignOp op;
  std::vector<double> map;
  ArrayRef<int64_t> shape;
  std::vector<double> rois;
  std::vector<int64_t> images;
  Tensor &result;
  Span rows, columns; ///< of the region at hand
};

double Aligner::bin(const double *plane, int64_t row, int64_t column) {
  bool isMax = op.getMode() == nn::RoiMode::Max;
  int64_t count = rows.samples * columns.samples, width = shape[3];
  double total = isMax && count ? -HUGE_VAL : 0;
  auto add = [&](double part) { total = isMax ? std::max(total, part) : total + part; };
  for (int64_t i = 0; i < rows.samples; ++i)
    for (int64_t j = 0; j < columns.samples; ++j) {
      std::optional<Taps> y = tapsOf(rows, row, i, shape[2]);
      std::optional<Taps> x = tapsOf(columns, column, j, width);
      if (!y || !x) {
        add(0);
        continue;
      }
      add((1 - y->weight) * (1 - x->weight) * plane[y->low * width + x->low]);
      add((1 - y->weight) * x->weight * plane[y->low * width + x->high]);
      add(y->weight * (1 - x->weight) * plane[y->high * width + x->low]);
      add(y->weight * x->weight * plane[y->high * width + x->high]);
    }
  return isMax ? total : total / static_cast<double>(std::max<int64_t>(count, 1));
}

void Aligner::run() {
  int64_t channels = shape[1], height = result.shape()[2], width = result.shape()[3];
  std::vector<double> values;
  for (int64_t roi = 0; roi < result.shape()[0]; ++roi) {
    auto edge = [&](int64_t i) { return static_cast<float>(rois[4 * roi + i]); };
    rows = spanOf(op, edge(1), edge(3), height);
    columns = spanOf(op, edge(0), edge(2), width);
    int64_t image = std::clamp<int64_t>(images[roi], 0, shape[0] - 1);
    for (int64_t channel = 0; channel < channels; ++channel) {
      const double *plane = &map[(image * channels + channel) * shape[2] * shape[3]];
      for (int64_t row = 0; row < height; ++row)
        for (int64_t column = 0; column < width; ++column)
          values.push_back(bin(plane, row, column));
    }
  }
  result.store<double>(0, values);
}

} // namespace

void evaluateRoiAlign(nn::RoiAlignOp op, Operands operands, Tensor &result) {
  Aligner(op, operands, result).run();
}

} // namespace kiln::reference
