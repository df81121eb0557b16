// kernel.conv against plain loops in double precision, on random shapes. A failure prints the seed
// that repeats it.
#include "KernelHarness.h"

#include "gtest/gtest.h"

#include <algorithm>
#include <cmath>

namespace kiln::test {
namespace {

/// A convolution on logical coordinates; three spatial dimensions.
struct ConvCase {
  std::string form;
  int64_t batch, channels, filters, groups;
  Shape size, kernel, strides, dilations, pads, extraBorder, outSize, outBorder, residualBorder;
  bool bias, residual;
  std::string activation;
  int64_t rows, columns, tasks;
  bool pixelsOuter;
  int64_t blocksOfTile = 1; ///< blocks of filters in a tile
  std::string lanes = "filters";

  Shape inputSize() const {
    return withBorder(
        size, {pads[0] + extraBorder[0], pads[1] + extraBorder[1], pads[2] + extraBorder[2]});
  }
  static Shape withBorder(const Shape &size, const Shape &border) {
    return {size[0] + 2 * border[0], size[1] + 2 * border[1], size[2] + 2 * border[2]};
  }
  Shape mapShape(int64_t count, const Shape &size, bool planar = false) const {
    if (planar)
      return {batch, count, size[0], size[1], size[2]};
    return {batch, blocksOf(count), size[0], size[1], size[2], 16};
  }
  /// The input blocks that a block of filters reads at most.
  int64_t blocksRead() const {
    int64_t perGroup = channels / groups, filtersPerGroup = filters / groups, most = 1;
    for (int64_t first = 0; first < filters; first += 16) {
      int64_t last = std::min(first + 16, filters) - 1;
      most = std::max(most, blocksOf((last / filtersPerGroup + 1) * perGroup) -
                                first / filtersPerGroup * perGroup / 16);
    }
    return most;
  }
  int64_t firstBlock(int64_t filterBlock) const {
    int64_t first = filterBlock * 16 / (filters / groups) * (channels / groups) / 16;
    return std::min(first, blocksOf(channels) - blocksRead());
  }
  Shape filterShape() const {
    if (form == "depthwise")
      return {blocksOf(filters), kernel[0], kernel[1], kernel[2], 16};
    if (form == "planar")
      return {blocksOf(filters), channels / groups, kernel[0], kernel[1], kernel[2], 16};
    if (form == "grouped")
      return {blocksOf(filters), kernel[0], kernel[1], kernel[2], channels / groups, 16};
    return {blocksOf(filters), blocksRead(), kernel[0], kernel[1], kernel[2], 16, 16};
  }
  std::string text() const;
};

std::string ConvCase::text() const {
  Shape origin = extraBorder, border;
  for (int end = 0; end < 2; ++end)
    for (int d = 0; d < 3; ++d)
      border.push_back(extraBorder[d] + pads[d]);
  std::string addends, types = "memref<" +
                               textOf(mapShape(channels, inputSize(), form == "planar")) +
                               "xf32>, memref<" + textOf(filterShape()) + "xf32>";
  int next = 2;
  if (bias) {
    addends += " bias(%b" + std::to_string(next++) + ")";
    types += ", memref<" + std::to_string(blocksOf(filters) * 16) + "xf32>";
  }
  if (residual) {
    addends += " residual(%b" + std::to_string(next++) + ")";
    types += ", memref<" + textOf(mapShape(filters, withBorder(outSize, residualBorder))) + "xf32>";
  }
  types += ", memref<" + textOf(mapShape(filters, withBorder(outSize, outBorder))) + "xf32>";
  return "kernel.conv ins(%b0, %b1)" + addends + " outs(%b" + std::to_string(next) +
         ") {form = #nn.filter_form<" + form + ">, channels = " + std::to_string(channels) +
         " : i64, groups = " + std::to_string(groups) +
         " : i64, filters = " + std::to_string(filters) + " : i64, strides = " + arrayOf(strides) +
         ", dilations = " + arrayOf(dilations) + ", origin = " + arrayOf(origin) +
         ", border = " + arrayOf(border) + ", out_size = " + arrayOf(outSize) +
         ", out_origin = " + arrayOf(outBorder) + ", residual_origin = " + arrayOf(residualBorder) +
         (activation.empty() ? "" : ", activation = #nn.activation<" + activation + ">") + ", " +
         scheduleText(rows, columns, tasks, pixelsOuter, blocksOfTile, lanes) + "} : (" + types +
         ") -> ()";
}

/// Channels, filters and groups that the form allows.
void chooseChannels(ConvCase &c, Random &random) {
  c.channels = c.form == "planar" ? random.integer(1, 5) : random.integer(1, 70);
  c.filters = random.integer(1, 70);
  c.groups = 1;
  if (c.form == "depthwise")
    c.groups = c.filters = c.channels;
  else if (c.form == "grouped") {
    int64_t perGroup = random.choose<int64_t>({2, 4, 8});
    c.groups = random.integer(2, 20);
    c.filters = c.groups * perGroup;
    c.channels = c.groups * (random.chance(0.7) ? perGroup : perGroup / 2);
  } else if (c.form == "blocked" && random.chance(0.4)) {
    c.groups = random.choose<int64_t>({2, 3, 4, 8, 16});
    c.channels = c.groups * random.integer(1, 12);
    c.filters = c.groups * random.integer(1, 12);
  } else if (c.form == "tail") {
    c.channels = random.integer(1, 60);
    c.filters = 16 * random.integer(0, 2) + random.integer(1, 15);
    if (random.chance(0.5)) {
      int64_t perGroup = random.choose<int64_t>({1, 3, 5, 8, 12, 20});
      c.groups = random.integer(2, 5);
      c.channels = c.groups * 2 * random.integer(1, 12), c.filters = c.groups * perGroup;
    }
  } else if (c.form == "planar" && random.chance(0.3)) {
    c.groups = random.integer(2, 4);
    c.channels = c.groups * random.integer(1, 2);
    c.filters = c.groups * 8 * random.integer(1, 3);
  }
}

ConvCase randomCase(Random &random, const std::string &form) {
  ConvCase c;
  c.form = form;
  c.batch = random.chance(0.2) ? 2 : 1;
  bool is3d = random.chance(0.2), is1d = !is3d && random.chance(0.1);
  chooseChannels(c, random);
  c.activation = random.choose<std::string>({"", "relu", "leaky_relu, 0.1", "clip, 0.0, 0.5",
                                             "hard_swish", "hard_sigmoid, 0.2, 0.5", "swish"});
  bool isPoint = random.chance(0.25);
  for (int d = 0; d < 3; ++d) {
    bool isUnit = (d == 0 && !is3d) || (d == 1 && is1d);
    int64_t out = isUnit ? 1 : d == 2 ? random.integer(1, 40) : random.integer(1, 7);
    int64_t taps = isUnit || isPoint ? 1 : random.integer(1, d == 2 ? 5 : 3);
    int64_t stride = isUnit || (isPoint && random.chance(0.7)) ? 1 : random.integer(1, 3);
    int64_t dilation = isUnit || taps == 1 ? 1 : random.integer(1, 3);
    int64_t extent = (taps - 1) * dilation + 1, needed = (out - 1) * stride + extent;
    int64_t mostPad = std::min<int64_t>(random.chance(0.2) ? 8 : 2, (needed - 1) / 2);
    int64_t pad = isUnit || isPoint ? 0 : random.integer(0, mostPad);
    c.kernel.push_back(taps), c.strides.push_back(stride), c.dilations.push_back(dilation),
        c.pads.push_back(pad);
    c.size.push_back(needed - 2 * pad), c.outSize.push_back(out);
    c.extraBorder.push_back(isUnit || random.chance(0.7) ? 0 : 1);
    c.outBorder.push_back(isUnit || random.chance(0.6) ? 0 : random.integer(1, 2));
    c.residualBorder.push_back(isUnit || random.chance(0.6) ? 0 : random.integer(1, 2));
  }
  c.bias = random.chance(0.7), c.residual = random.chance(0.4);
  c.rows = random.integer(1, 4), c.columns = random.integer(1, std::max<int64_t>(1, 28 / c.rows));
  c.tasks = random.choose<int64_t>({1, 1, 2, 3, 8}), c.pixelsOuter = random.chance(0.5);
  c.blocksOfTile = c.groups == 1 && random.chance(0.5) ? random.integer(2, 3) : 1;
  if (form == "blocked" && c.groups > 1 && random.chance(0.3)) {
    c.groups = 2, c.channels = 2 * random.integer(1, 12), c.filters = 64, c.blocksOfTile = 2;
  }
  return c;
}

/// Few filters over planes, for lanes of pixels.
ConvCase randomCaseOfPixels(Random &random) {
  ConvCase c = randomCase(random, "planar");
  c.lanes = "pixels", c.residual = false;
  c.groups = c.blocksOfTile = 1;
  c.filters = random.integer(1, 16);
  c.strides[2] = 1;
  c.size[2] = c.outSize[2] - 1 + (c.kernel[2] - 1) * c.dilations[2] + 1 - 2 * c.pads[2];
  if (c.size[2] < 1)
    c.size[2] += 2 * c.pads[2], c.pads[2] = 0;
  c.rows = random.integer(1, 2), c.columns = random.choose<int64_t>({7, 16, 20, 32, 48});
  return c;
}

double activate(const std::string &activation, double x) {
  if (std::isnan(x))
    return x;
  std::string kind = activation.substr(0, activation.find(','));
  if (kind == "relu")
    return std::max(x, 0.0);
  if (kind == "leaky_relu")
    return x < 0 ? 0.1 * x : x;
  if (kind == "clip")
    return std::min(std::max(x, 0.0), 0.5);
  if (kind == "hard_swish")
    return x * std::max(0.0, std::min(1.0, x / 6 + 0.5));
  if (kind == "swish")
    return x / (1 + std::exp(-x));
  if (kind == "hard_sigmoid")
    return std::max(0.0, std::min(1.0, 0.2 * x + 0.5));
  return x;
}

/// Runs one case: logical tensors in double, buffers as the kernel wants them.
class ConvRun {
public:
  /// `specials`: how many of the input's elements are NaN or infinite.
  ConvRun(const ConvCase &c, Random &random, double specials)
      : c(c), specials(specials),
        input(c.mapShape(c.channels, c.inputSize(), c.form == "planar"), 0.0f),
        filter(c.filterShape(), 0.0f), bias({blocksOf(c.filters) * 16}, 0.0f),
        residual(c.mapShape(c.filters, ConvCase::withBorder(c.outSize, c.residualBorder)), 3.0f),
        output(c.mapShape(c.filters, ConvCase::withBorder(c.outSize, c.outBorder)), -77.0f) {
    fillInput(random);
    fillFilter(random);
    random.fill(bias);
    random.fill(residual);
  }

  void check(const std::string &cpu) {
    std::vector<GuardedBuffer *> buffers = {&input, &filter};
    if (c.bias)
      buffers.push_back(&bias);
    if (c.residual)
      buffers.push_back(&residual);
    buffers.push_back(&output);
    runKernel(buffers, c.text(), cpu);
    compare();
  }

private:
  /// Zeros in the border of the pads, NaN where nothing may be read.
  void fillInput(Random &random) {
    int64_t lanes = c.form == "planar" ? c.channels : blocksOf(c.channels) * 16;
    for (int64_t n = 0; n < c.batch; ++n)
      for (int64_t channel = 0; channel < lanes; ++channel)
        forEachPixel(c.inputSize(), [&](const Shape &p) {
          bool inside = true, reachable = true;
          for (int d = 0; d < 3; ++d) {
            int64_t logical = p[d] - c.extraBorder[d] - c.pads[d];
            inside &= logical >= 0 && logical < c.size[d];
            reachable &= p[d] >= c.extraBorder[d] && p[d] < c.inputSize()[d] - c.extraBorder[d];
          }
          float real =
              random.chance(specials) ? (random.chance(0.5) ? NAN : INFINITY) : random.real();
          float value = !reachable ? NAN : !inside ? 0.0f : channel < c.channels ? real : 1.0f;
          input[mapIndex(input.shape(), n, channel, p)] = value;
        });
  }

  /// Weights for sums of about 1, so that no activation hides how large they are.
  void fillFilter(Random &random) {
    int64_t perGroup = c.channels / c.groups, taps = elementsOf(c.kernel);
    float scale = 1 / std::sqrt(static_cast<float>(perGroup * taps));
    weights.assign(c.filters * perGroup * taps, 0.0);
    for (int64_t f = 0; f < c.filters; ++f)
      for (int64_t i = 0; i < perGroup; ++i)
        for (int64_t t = 0; t < taps; ++t) {
          float value = scale * random.real();
          weights[(f * perGroup + i) * taps + t] = value;
          filter[packed(f, i, t)] = value;
        }
  }

  /// Of groups of eight channels, the lanes of the second half begin with the second half.
  int64_t rowOf(int64_t channel, int64_t lane) const {
    return c.channels / c.groups == 8 && lane % 8 >= 4 ? (channel + 4) % 8 : channel;
  }

  int64_t packed(int64_t f, int64_t i, int64_t tap) const {
    int64_t block = f / 16, lane = f % 16, taps = elementsOf(c.kernel);
    if (c.form == "depthwise")
      return (block * taps + tap) * 16 + lane;
    if (c.form == "grouped")
      return ((block * taps + tap) * (c.channels / c.groups) + rowOf(i, lane)) * 16 + lane;
    if (c.form == "planar")
      return ((block * (c.channels / c.groups) + i) * taps + tap) * 16 + lane;
    int64_t channel = f / (c.filters / c.groups) * (c.channels / c.groups) + i;
    int64_t inputBlock = channel / 16 - c.firstBlock(block);
    int64_t square = ((block * c.blocksRead() + inputBlock) * taps + tap) * 256, row = channel % 16;
    if (c.form == "tail" && !isWholeBlock(block, c.filters, c.groups)) {
      bool inPairs = c.groups > 1 || isPaired(f, c.filters, c.channels);
      return square + lane / 8 * 128 +
             (inPairs ? row / 2 * 16 + lane % 8 * 2 + row % 2 : lane % 8 * 16 + row);
    }
    return square + row * 16 + lane;
  }

  double expected(int64_t n, int64_t f, const Shape &p) const {
    int64_t perGroup = c.channels / c.groups, group = f / (c.filters / c.groups),
            taps = elementsOf(c.kernel);
    double sum = c.bias ? bias[f] : 0.0;
    for (int64_t i = 0; i < perGroup; ++i)
      for (int64_t t = 0; t < taps; ++t) {
        Shape tap = {t / (c.kernel[1] * c.kernel[2]), t / c.kernel[2] % c.kernel[1],
                     t % c.kernel[2]};
        for (int d = 0; d < 3; ++d)
          tap[d] = c.extraBorder[d] + p[d] * c.strides[d] + tap[d] * c.dilations[d];
        sum += weights[(f * perGroup + i) * taps + t] *
               input[mapIndex(input.shape(), n, group * perGroup + i, tap)];
      }
    if (c.residual)
      sum += residual[mapIndex(residual.shape(), n, f, shifted(p, c.residualBorder))];
    return activate(c.activation, sum);
  }

  void compare() {
    std::vector<double> want, have;
    GuardedBuffer untouched = output;
    for (int64_t n = 0; n < c.batch; ++n)
      for (int64_t f = 0; f < blocksOf(c.filters) * 16; ++f)
        forEachPixel(c.outSize, [&](const Shape &p) {
          int64_t position = mapIndex(output.shape(), n, f, shifted(p, c.outBorder));
          if (f < c.filters) {
            want.push_back(expected(n, f, p));
            have.push_back(output[position]);
          }
          EXPECT_TRUE(std::isfinite(output[position]) || specials > 0) << "filter " << f;
          untouched[position] = -77.0f;
        });
    EXPECT_LT(relativeError(want, have), 1e-5);
    for (int64_t i = 0; i < untouched.size(); ++i)
      ASSERT_EQ(untouched[i], -77.0f) << "border element " << i << " was written";
  }

  const ConvCase &c;
  double specials;
  GuardedBuffer input, filter, bias, residual, output;
  std::vector<double> weights;
};

void checkSeeds(const std::string &form, int first, int count, const std::string &cpu,
                double specials = 0) {
  for (int seed = first; seed < first + count; ++seed) {
    Random random(seed);
    ConvCase c = form == "pixels" ? randomCaseOfPixels(random) : randomCase(random, form);
    SCOPED_TRACE("seed " + std::to_string(seed) + " on " + cpu + ": " + c.text());
    ConvRun(c, random, specials).check(cpu);
    if (testing::Test::HasFailure())
      return;
  }
}

TEST(Conv, Blocked) { checkSeeds("blocked", 1, seedCount(40), "native"); }
/// One tap and pads: the rows and columns around the map are the bias.
TEST(Conv, PaddedPoint) {
  for (int seed = 16001; seed < 16001 + seedCount(6); ++seed) {
    Random random(seed);
    ConvCase c = randomCase(random, seed % 2 ? "blocked" : "tail");
    c.kernel = c.strides = c.dilations = {1, 1, 1};
    c.pads = {0, 1, random.integer(0, 2)};
    c.size = {1, random.integer(1, 6), random.integer(1, 20)};
    c.outSize = ConvCase::withBorder(c.size, c.pads);
    c.extraBorder = c.outBorder = c.residualBorder = {0, 0, 0};
    c.rows = 1;
    SCOPED_TRACE("seed " + std::to_string(seed) + ": " + c.text());
    ConvRun(c, random, /*specials=*/0).check("native");
  }
}
TEST(Conv, Planar) { checkSeeds("planar", 1001, seedCount(30), "native"); }
TEST(Conv, Pixels) { checkSeeds("pixels", 8001, seedCount(25), "native"); }
TEST(Conv, PixelsAvx2) { checkSeeds("pixels", 9001, seedCount(6), "x86-64-v3"); }
TEST(Conv, PixelsPortable) { checkSeeds("pixels", 10001, seedCount(4), "x86_64"); }
TEST(Conv, Tail) { checkSeeds("tail", 6001, seedCount(25), "native"); }
TEST(Conv, TailAvx2) { checkSeeds("tail", 7001, seedCount(6), "x86-64-v3"); }
TEST(Conv, Depthwise) { checkSeeds("depthwise", 2001, seedCount(20), "native"); }
TEST(Conv, Grouped) { checkSeeds("grouped", 11001, seedCount(25), "native"); }
TEST(Conv, GroupedAvx2) { checkSeeds("grouped", 12001, seedCount(6), "x86-64-v3"); }
TEST(Conv, GroupedPortable) { checkSeeds("grouped", 13001, seedCount(4), "x86_64"); }
TEST(Conv, Avx2) { checkSeeds("blocked", 3001, seedCount(8), "x86-64-v3"); }
// A NaN or an infinity reaches the outputs whose windows and groups contain it, and no others.
TEST(Conv, NotANumber) { checkSeeds("blocked", 5001, seedCount(20), "native", 0.001); }
TEST(Conv, TailNotANumber) { checkSeeds("tail", 14001, seedCount(20), "native", 0.001); }
TEST(Conv, TailPortable) { checkSeeds("tail", 15001, seedCount(4), "x86_64"); }
TEST(Conv, Portable) { checkSeeds("blocked", 4001, seedCount(8), "x86_64"); }

} // namespace
} // namespace kiln::test
