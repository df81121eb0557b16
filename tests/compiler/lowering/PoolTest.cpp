// kernel.pool and kernel.lrn against plain loops on random shapes, NaN and infinities included.
#include "KernelHarness.h"

#include "gtest/gtest.h"

#include <cmath>

namespace kiln::test {
namespace {

struct PoolCase {
  std::string kind;
  int64_t batch, channels;
  Shape kernel, strides, dilations, pads, padsEnd, size, inBorder, outSize, outBorder;
  bool countIncludePad;
  int64_t tasks;

  Shape inputShape() const {
    Shape s = shifted(size, shifted(inBorder, inBorder));
    return {batch, blocksOf(channels), s[0], s[1], s[2], 16};
  }
  Shape outputShape() const {
    Shape s = shifted(outSize, shifted(outBorder, outBorder));
    return {batch, blocksOf(channels), s[0], s[1], s[2], 16};
  }
  std::string text() const {
    Shape allPads = pads;
    allPads.insert(allPads.end(), padsEnd.begin(), padsEnd.end());
    return "kernel.pool ins(%b0) outs(%b1) {kind = #kernel.pool_kind<" + kind +
           ">, kernel = " + arrayOf(kernel) + ", strides = " + arrayOf(strides) +
           ", dilations = " + arrayOf(dilations) + ", pads = " + arrayOf(allPads) +
           ", in_size = " + arrayOf(size) + ", in_origin = " + arrayOf(inBorder) +
           ", out_size = " + arrayOf(outSize) + ", out_origin = " + arrayOf(outBorder) +
           ", count_include_pad = " + (countIncludePad ? "true" : "false") + ", " +
           scheduleText(1, 1, tasks) + "} : (memref<" + textOf(inputShape()) + "xf32>, memref<" +
           textOf(outputShape()) + "xf32>) -> ()";
  }
};

PoolCase randomCase(Random &random) {
  PoolCase c;
  c.kind = random.choose<std::string>({"max", "average"});
  c.batch = random.integer(1, 2), c.channels = random.integer(1, 40);
  bool is3d = random.chance(0.25), isGlobal = random.chance(0.15);
  for (int d = 0; d < 3; ++d) {
    bool isUnit = d == 0 && !is3d;
    int64_t size = isUnit ? 1 : random.integer(d == 2 ? 4 : 3, d == 2 ? 24 : 9);
    int64_t taps = isUnit ? 1 : isGlobal ? size : random.integer(1, 3);
    int64_t dilation = isUnit || isGlobal ? 1 : random.integer(1, taps > 1 && size >= 5 ? 2 : 1);
    int64_t extent = (taps - 1) * dilation + 1,
            stride = isUnit || isGlobal ? 1 : random.integer(1, 3);
    int64_t begin = isUnit || isGlobal ? 0 : random.integer(0, taps - 1),
            end = isUnit || isGlobal ? 0 : random.integer(0, taps - 1);
    bool ceil = random.chance(0.4);
    int64_t out = (size + begin + end - extent + (ceil ? stride - 1 : 0)) / stride + 1;
    while (out > 1 && (out - 1) * stride >= size + begin)
      --out;
    c.size.push_back(size), c.kernel.push_back(taps), c.dilations.push_back(dilation),
        c.strides.push_back(stride);
    c.pads.push_back(begin), c.padsEnd.push_back(end), c.outSize.push_back(out);
    c.inBorder.push_back(isUnit ? 0 : random.integer(0, 1)),
        c.outBorder.push_back(isUnit ? 0 : random.integer(0, 1));
  }
  c.countIncludePad = random.chance(0.5);
  c.tasks = random.choose<int64_t>({1, 3, 4});
  return c;
}

double expected(const PoolCase &c, const GuardedBuffer &input, int64_t n, int64_t channel,
                const Shape &p) {
  double result = c.kind == "max" ? -INFINITY : 0;
  int64_t count = 0;
  bool sawNaN = false;
  forEachPixel(c.kernel, [&](const Shape &tap) {
    bool inside = true, padded = true;
    Shape at(3);
    for (int d = 0; d < 3; ++d) {
      at[d] = p[d] * c.strides[d] - c.pads[d] + tap[d] * c.dilations[d];
      inside &= at[d] >= 0 && at[d] < c.size[d];
      padded &= at[d] < c.size[d] + c.padsEnd[d];
    }
    count += c.countIncludePad ? padded : inside;
    if (!inside)
      return;
    double value = input[mapIndex(input.shape(), n, channel, shifted(at, c.inBorder))];
    sawNaN |= std::isnan(value);
    result = c.kind == "max" ? std::max(result, value) : result + value;
  });
  if (sawNaN)
    return NAN;
  return c.kind == "max" ? result : result / count;
}

TEST(Pool, RandomShapes) {
  for (int seed = 1; seed <= seedCount(60); ++seed) {
    Random random(seed);
    PoolCase c = randomCase(random);
    SCOPED_TRACE("seed " + std::to_string(seed) + ": " + c.text());
    GuardedBuffer input(c.inputShape(), 1e30f), output(c.outputShape(), -77.0f);
    for (int64_t n = 0; n < c.batch; ++n)
      for (int64_t channel = 0; channel < blocksOf(c.channels) * 16; ++channel)
        forEachPixel(c.size, [&](const Shape &p) {
          float value = random.chance(0.01) ? NAN : random.chance(0.01) ? -INFINITY : random.real();
          input[mapIndex(input.shape(), n, channel, shifted(p, c.inBorder))] = value;
        });
    CompiledKernel kernel({c.inputShape(), c.outputShape()}, c.text());
    ASSERT_TRUE(kernel.isValid());
    kernel.run({&input, &output});
    std::vector<double> want, have;
    for (int64_t n = 0; n < c.batch; ++n)
      for (int64_t channel = 0; channel < c.channels; ++channel)
        forEachPixel(c.outSize, [&](const Shape &p) {
          float &value = output[mapIndex(output.shape(), n, channel, shifted(p, c.outBorder))];
          want.push_back(expected(c, input, n, channel, p));
          have.push_back(value);
        });
    ASSERT_LT(relativeError(want, have), 1e-6);
  }
}

struct LrnCase {
  int64_t channels, window;
  Shape map, inBorder, outBorder;
  double alpha, beta, bias;
  int64_t tasks;
};

void checkLrn(const LrnCase &c, Random &random) {
  Shape in = shifted(c.map, shifted(c.inBorder, c.inBorder)),
        out = shifted(c.map, shifted(c.outBorder, c.outBorder));
  in.insert(in.begin(), {1, blocksOf(c.channels)}),
      out.insert(out.begin(), {1, blocksOf(c.channels)});
  in.push_back(16), out.push_back(16);
  GuardedBuffer input(in, 5.0f), output(out, -77.0f);
  forEachPixel(c.map, [&](const Shape &p) {
    for (int64_t channel = 0; channel < c.channels; ++channel)
      input[mapIndex(in, 0, channel, shifted(p, c.inBorder))] = 3 * random.real();
  });
  std::string text = "kernel.lrn ins(%b0) outs(%b1) {channels = " + std::to_string(c.channels) +
                     " : i64, window = " + std::to_string(c.window) +
                     " : i64, alpha = " + std::to_string(c.alpha) +
                     " : f64, beta = " + std::to_string(c.beta) +
                     " : f64, bias = " + std::to_string(c.bias) +
                     " : f64, map = " + arrayOf(c.map) + ", in_origin = " + arrayOf(c.inBorder) +
                     ", out_origin = " + arrayOf(c.outBorder) + ", " + scheduleText(1, 1, c.tasks) +
                     "} : (memref<" + textOf(in) + "xf32>, memref<" + textOf(out) + "xf32>) -> ()";
  SCOPED_TRACE(text);
  CompiledKernel kernel({in, out}, text);
  ASSERT_TRUE(kernel.isValid());
  kernel.run({&input, &output});
  std::vector<double> want, have;
  forEachPixel(c.map, [&](const Shape &p) {
    for (int64_t channel = 0; channel < c.channels; ++channel) {
      double sum = 0;
      for (int64_t j = channel - (c.window - 1) / 2; j <= channel + c.window / 2; ++j)
        if (j >= 0 && j < c.channels)
          sum += std::pow(input[mapIndex(in, 0, j, shifted(p, c.inBorder))], 2);
      double x = input[mapIndex(in, 0, channel, shifted(p, c.inBorder))];
      want.push_back(x / std::pow(c.bias + c.alpha / c.window * sum, c.beta));
      have.push_back(output[mapIndex(out, 0, channel, shifted(p, c.outBorder))]);
    }
  });
  EXPECT_LT(relativeError(want, have), 2e-6);
}

TEST(Lrn, RandomShapes) {
  for (int seed = 1; seed <= seedCount(25); ++seed) {
    Random random(seed);
    auto border = [&] { return Shape{0, random.integer(0, 1), random.integer(0, 1)}; };
    LrnCase c{random.integer(1, 70),
              random.choose<int64_t>({1, 2, 3, 5, 5, 5, 8, 21, 40, 200}),
              {random.integer(1, 2), random.integer(1, 4), random.integer(1, 9)},
              border(),
              border(),
              0.5,
              random.choose<double>({0.75, 0.5, 1.0, 0.6}),
              1.5,
              random.integer(1, 3)};
    SCOPED_TRACE("seed " + std::to_string(seed));
    checkLrn(c, random);
    if (HasFailure())
      return;
  }
}

// Squares that overflow, infinities and NaN: what a division by the infinite power gives.
TEST(Lrn, Extremes) {
  GuardedBuffer input({1, 1, 1, 1, 1, 16}, 1.0f), output({1, 1, 1, 1, 1, 16}, -77.0f);
  input[3] = 1e30f, input[9] = NAN, input[14] = INFINITY;
  CompiledKernel kernel({input.shape(), output.shape()},
                        "kernel.lrn ins(%b0) outs(%b1) {channels = 16 : i64, window = 3 : i64, "
                        "alpha = 1.0e-4 : f64, beta = 0.75 : f64, "
                        "bias = 1.0 : f64, map = array<i64: 1, 1, 1>, in_origin = array<i64: 0, 0, "
                        "0>, out_origin = array<i64: 0, 0, 0>, " +
                            scheduleText(1, 1, 1) +
                            "} : (memref<1x1x1x1x1x16xf32>, memref<1x1x1x1x1x16xf32>) -> ()");
  ASSERT_TRUE(kernel.isValid());
  kernel.run({&input, &output});
  for (int channel = 0; channel < 16; ++channel) {
    bool besideNaN = channel >= 8 && channel <= 10, besideOverflow = channel >= 2 && channel <= 4;
    if (besideNaN || channel == 14)
      EXPECT_TRUE(std::isnan(output[channel])) << channel;
    else if (besideOverflow || channel == 13 || channel == 15)
      EXPECT_EQ(output[channel], 0.0f) << channel;
    else
      EXPECT_NEAR(output[channel], std::pow(1.0 + 1e-4 / 3 * (channel % 15 ? 3 : 2), -0.75), 1e-6)
          << channel;
  }
}

} // namespace
} // namespace kiln::test
