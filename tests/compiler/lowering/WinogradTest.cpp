// kernel.winograd, with filters that kernel.pack_filter made, against plain loops in double
// precision, on random shapes. A failure prints the seed that repeats it.
#include "KernelHarness.h"

#include "compiler/lowering/KernelToVector/Winograd/WinogradMatrices.h"
#include "dialects/nn/NnDialect.h"

#include "gtest/gtest.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

namespace kiln::test {
namespace {

/// A convolution whose pads are part of the input.
struct WinogradCase {
  int64_t tile;
  std::array<int64_t, 2> taps;
  int64_t batch, groups, channels, filters, height, width;
  int64_t depth = 1, depthTaps = 1, pad = 0;      ///< pad: slices of zeros at either end
  int64_t extraBorder, outBorder, residualBorder; ///< around what is read or written
  bool bias, residual;
  std::string activation;
  int64_t pool = 1; ///< side of the windows of a max pool
  int64_t block, registers, tasks, panel;
  int64_t blocksOfTile = 1; ///< blocks of filters whose products are computed together
  int64_t spareLines;       ///< of the scratch buffers
  bool splitByFilters;
  int64_t copies = 1; ///< of the transformed input, where tasks have filters
  bool transformsFilter = false; ///< the kernel itself does

  Shape allTaps() const { return {depthTaps, taps[0], taps[1]}; }
  nn::WinogradSizes sizes() const { return {nn::winogradForm(tile), allTaps()}; }
  int64_t points() const { return sizes().points(); }
  Shape map(int64_t count, int64_t border, const Shape &reach = {1, 1, 1}) const {
    return {batch,
            blocksOf(count),
            depth + reach[0] - 1,
            height + reach[1] - 1 + 2 * border,
            width + reach[2] - 1 + 2 * border,
            16};
  }
  Shape inputShape() const { return map(channels, extraBorder, allTaps()); }
  Shape outputShape() const {
    return {batch,
            blocksOf(filters),
            depth,
            height / pool + 2 * outBorder,
            width / pool + 2 * outBorder,
            16};
  }
  Shape residualShape() const { return map(filters, residualBorder); }
  Shape filterShape() const { return {filters, channels / groups, depthTaps, taps[0], taps[1]}; }
  Shape packedShape() const {
    if (transformsFilter)
      return {blocksOf(filters), blocksOf(channels / groups), 1, taps[0], taps[1], 16, 16};
    return {blocksOf(filters), points(), depthTaps * channels / groups, 16};
  }
  Shape transformedShape() const {
    return {splitByFilters ? copies : tasks, points(),
            depthTaps * blocksOf(channels) * block + spareLines, 16};
  }
  Shape productsShape() const { return {tasks, panel * points(), block + spareLines, 16}; }
  std::string text() const;
};

std::string memref(const Shape &shape) { return "memref<" + textOf(shape) + "xf32>"; }

/// Buffers: filter, packed filter, input, bias, residual, scratch, scratch, output.
std::string WinogradCase::text() const {
  std::string form = "form = #nn.filter_form<winograd_f" + std::to_string(tile) + ">";
  auto origin = [](int64_t border) { return arrayOf({0, border, border}); };
  std::string input, addends, types = memref(packedShape());
  std::string zeros = arrayOf({pad, extraBorder, extraBorder, pad, extraBorder, extraBorder});
  std::string place =
      form + ", taps = " + arrayOf(allTaps()) + ", origin = " + origin(extraBorder) +
      ", out_size = " + arrayOf({depth, height, width}) +
      ", schedule = #kernel.winograd_schedule<block = " + std::to_string(block) +
      ", registers = " + std::to_string(registers) + ", tasks = " + std::to_string(tasks) +
      ", panel = " + std::to_string(panel) + ", filters = " + std::to_string(blocksOfTile) +
      ", filterTile = " + std::to_string(transformsFilter ? tile : 0) + ">";
  if (splitByFilters) {
    input = "kernel.winograd_input ins(%b2) outs(%b5) {" + place + "} : (" + memref(inputShape()) +
            ", " + memref(transformedShape()) + ") -> ()\n";
  } else {
    addends += " input(%b2)";
    types += ", " + memref(inputShape());
  }
  if (bias) {
    addends += " bias(%b3)";
    types += ", " + memref({blocksOf(filters) * 16});
  }
  if (residual) {
    addends += " residual(%b4)";
    types += ", " + memref(residualShape());
  }
  types += ", " + memref(outputShape()) + ", " + memref(transformedShape()) + ", " +
           memref(productsShape());
  std::string inGroups = "groups = " + std::to_string(groups) + " : i64, ";
  std::string packedForm = transformsFilter ? "form = #nn.filter_form<blocked>" : form;
  return "kernel.pack_filter ins(%b0) outs(%b1) {" + packedForm + ", " + inGroups +
         scheduleText(1, 1, tasks) + "} : (" + memref(filterShape()) + ", " +
         memref(packedShape()) + ") -> ()\n" + input + "kernel.winograd ins(%b1)" + addends +
         " outs(%b7) scratch(%b5, %b6) {" + place + ", border = " + zeros +
         ", channels = " + std::to_string(channels) + " : i64, " + inGroups +
         "filters = " + std::to_string(filters) + " : i64, pool = " + std::to_string(pool) +
         " : i64, out_origin = " + origin(outBorder) +
         ", residual_origin = " + origin(residualBorder) +
         (activation.empty() ? "" : ", activation = #nn.activation<" + activation + ">") + "} : (" +
         types + ") -> ()";
}

using Taps = std::array<int64_t, 2>;

WinogradCase randomCase(Random &random, int64_t tile, Taps taps) {
  WinogradCase c;
  c.tile = tile, c.taps = taps;
  c.batch = random.chance(0.2) ? 2 : 1;
  c.groups = random.chance(0.25) ? random.integer(2, 3) : 1;
  c.channels = random.integer(1, 50), c.filters = random.integer(1, 70);
  if (c.groups > 1)
    c.channels = 16 * c.groups * random.integer(1, 2),
    c.filters = 16 * c.groups * random.integer(1, 2);
  c.height = random.integer(1, 17), c.width = random.integer(1, 17);
  auto border = [&] { return random.chance(0.5) ? 0 : random.integer(1, 2); };
  c.extraBorder = border(), c.outBorder = border(), c.residualBorder = border();
  c.bias = random.chance(0.7), c.residual = random.chance(0.4);
  c.activation = random.choose<std::string>({"", "relu", "clip, 0.0, 0.5"});
  for (int64_t side : {2, 3})
    if (!c.residual && std::min(c.height, c.width) >= side && c.sizes().tile[0] % side == 0 &&
        c.sizes().tile[1] % side == 0 && random.chance(0.4))
      c.pool = side;
  c.block = random.integer(1, 12), c.registers = random.integer(1, 14);
  c.tasks = random.choose<int64_t>({1, 1, 2, 3, 4});
  c.panel = random.choose<int64_t>({1, 1, 2, 5});
  c.blocksOfTile = c.groups == 1 ? random.integer(1, std::min<int64_t>(c.panel, 3)) : 1;
  c.spareLines = random.integer(0, 2);
  c.splitByFilters = random.chance(0.3);
  c.copies = std::gcd(c.tasks, random.integer(1, 4));
  if (c.splitByFilters)
    c.block = c.sizes().tiles(c.batch, {c.depth, c.height, c.width}) + random.integer(0, 1);
  return c;
}

/// The same with several slices and taps in depth.
WinogradCase randomDeepCase(Random &random, int64_t tile, Taps taps) {
  WinogradCase c = randomCase(random, tile, taps);
  c.depth = random.integer(1, 4), c.depthTaps = random.integer(1, 3);
  c.pad = random.integer(0, (c.depth + c.depthTaps - 2) / 2);
  if (c.splitByFilters)
    c.block *= c.depth;
  return c;
}

/// The same with a filter that the kernel transforms.
WinogradCase randomTapCase(Random &random, int64_t tile, Taps taps) {
  WinogradCase c = randomCase(random, tile, taps);
  c.transformsFilter = true;
  c.registers = random.integer(1, 5);
  c.blocksOfTile = 1;
  return c;
}

class WinogradRun {
public:
  WinogradRun(const WinogradCase &c, Random &random)
      : c(c), filter(c.filterShape()), packed(c.packedShape(), NAN), input(c.inputShape(), NAN),
        bias({blocksOf(c.filters) * 16}, 0.0f), residual(c.residualShape(), 0.0f),
        transformed(c.transformedShape(), NAN), products(c.productsShape(), NAN),
        output(c.outputShape(), -77.0f) {
    float scale =
        1 /
        std::sqrt(static_cast<float>(c.depthTaps * c.taps[0] * c.taps[1] * c.channels / c.groups));
    for (int64_t i = 0; i < filter.size(); ++i)
      filter[i] = scale * random.real();
    for (int64_t n = 0; n < c.batch; ++n)
      for (int64_t channel = 0; channel < blocksOf(c.channels) * 16; ++channel)
        forEachPixel({c.depth + c.depthTaps - 1, c.height + c.taps[0] - 1, c.width + c.taps[1] - 1},
                     [&](const Shape &p) {
                       bool isZero = p[0] < c.pad || p[0] >= c.depth + c.depthTaps - 1 - c.pad;
                       input[mapIndex(input.shape(), n, channel, at(p, c.extraBorder))] =
                           isZero ? 0 : random.real();
                     });
    random.fill(bias);
    random.fill(residual);
  }

  void check(const std::string &cpu, double limit) {
    std::vector<GuardedBuffer *> buffers = {&filter,   &packed,      &input,    &bias,
                                            &residual, &transformed, &products, &output};
    runKernel(buffers, c.text(), cpu);
    compare(limit);
  }

private:
  static Shape at(const Shape &p, int64_t border) { return shifted(p, {0, border, border}); }

  double expected(int64_t n, int64_t f, const Shape &p) const {
    double most = -INFINITY;
    forEachPixel({1, c.pool, c.pool}, [&](const Shape &in) {
      most = std::max(most, pixel(n, f, {p[0], p[1] * c.pool + in[1], p[2] * c.pool + in[2]}));
    });
    return most;
  }

  double pixel(int64_t n, int64_t f, const Shape &p) const {
    double sum = c.bias ? bias[f] : 0.0;
    int64_t channels = c.channels / c.groups, first = f / (c.filters / c.groups) * channels;
    for (int64_t channel = 0; channel < channels; ++channel)
      forEachPixel(c.allTaps(), [&](const Shape &tap) {
        int64_t row = ((f * channels + channel) * c.depthTaps + tap[0]) * c.taps[0] + tap[1];
        double weight = filter[row * c.taps[1] + tap[2]];
        sum +=
            weight *
            input[mapIndex(input.shape(), n, first + channel, at(shifted(p, tap), c.extraBorder))];
      });
    if (c.residual)
      sum += residual[mapIndex(residual.shape(), n, f, at(p, c.residualBorder))];
    if (c.activation.empty())
      return sum;
    return c.activation == "relu" ? std::max(sum, 0.0) : std::clamp(sum, 0.0, 0.5);
  }

  void compare(double limit) {
    std::vector<double> want, have;
    GuardedBuffer untouched = output;
    for (int64_t n = 0; n < c.batch; ++n)
      for (int64_t f = 0; f < blocksOf(c.filters) * 16; ++f)
        forEachPixel({c.depth, c.height / c.pool, c.width / c.pool}, [&](const Shape &p) {
          int64_t position = mapIndex(output.shape(), n, f, at(p, c.outBorder));
          if (f < c.filters) {
            want.push_back(expected(n, f, p));
            have.push_back(output[position]);
          }
          EXPECT_TRUE(std::isfinite(output[position])) << "filter " << f;
          untouched[position] = -77.0f;
        });
    EXPECT_LT(relativeError(want, have), limit);
    for (int64_t i = 0; i < untouched.size(); ++i)
      ASSERT_EQ(untouched[i], -77.0f) << "border element " << i << " was written";
  }

  const WinogradCase &c;
  GuardedBuffer filter, packed, input, bias, residual, transformed, products, output;
};

void checkSeeds(int64_t tile, const std::vector<Taps> &taps, int first, int count,
                const std::string &cpu, double limit, decltype(randomCase) newCase = randomCase) {
  for (int seed = first; seed < first + count; ++seed) {
    Random random(seed);
    WinogradCase c = newCase(random, tile, taps[seed % taps.size()]);
    SCOPED_TRACE("seed " + std::to_string(seed) + " on " + cpu + ": " + c.text());
    WinogradRun(c, random).check(cpu, limit);
    if (testing::Test::HasFailure())
      return;
  }
}

const std::vector<Taps> square = {{3, 3}};

TEST(Winograd, TilesOfTwo) { checkSeeds(2, square, 1, seedCount(10), "native", 1e-5); }
TEST(Winograd, TilesOfThree) { checkSeeds(3, square, 5001, seedCount(5), "native", 2e-5); }
TEST(Winograd, TilesOfFour) { checkSeeds(4, square, 1001, seedCount(12), "native", 3e-5); }
TEST(Winograd, TilesOfFive) { checkSeeds(5, square, 6001, seedCount(5), "native", 6e-5); }
TEST(Winograd, TilesOfSix) { checkSeeds(6, square, 2001, seedCount(8), "native", 1e-4); }
TEST(Winograd, FiveTaps) { checkSeeds(4, {{5, 5}}, 7001, seedCount(6), "native", 1e-4); }
TEST(Winograd, OtherTaps) {
  checkSeeds(2, {{7, 7}, {2, 2}, {5, 5}, {6, 4}, {3, 5}}, 8001, seedCount(10), "native", 1e-4);
}
TEST(Winograd, RowsAndColumnsOfTaps) {
  checkSeeds(2, {{1, 7}, {7, 1}}, 9001, seedCount(4), "native", 1e-4);
  checkSeeds(6, {{1, 3}, {3, 1}}, 9101, seedCount(4), "native", 1e-4);
}
TEST(Winograd, TransformsFilter) {
  checkSeeds(2, square, 11001, seedCount(4), "native", 1e-5, randomTapCase);
  checkSeeds(4, square, 11101, seedCount(8), "native", 3e-5, randomTapCase);
  checkSeeds(6, square, 11201, seedCount(4), "native", 1e-4, randomTapCase);
  checkSeeds(3, {{5, 5}, {2, 4}, {1, 3}, {3, 1}}, 11301, seedCount(6), "native", 1e-4,
             randomTapCase);
  checkSeeds(4, square, 11401, seedCount(2), "x86-64-v3", 3e-5, randomTapCase);
}
TEST(Winograd, Depth) {
  checkSeeds(4, square, 12001, seedCount(8), "native", 1e-4, randomDeepCase);
  checkSeeds(2, {{3, 3}, {1, 5}, {2, 2}}, 12101, seedCount(4), "native", 1e-4, randomDeepCase);
  checkSeeds(6, square, 12201, seedCount(2), "x86-64-v3", 1e-4, randomDeepCase);
}
TEST(Winograd, Avx2) {
  checkSeeds(4, {{3, 3}, {5, 5}, {1, 3}}, 3001, seedCount(3), "x86-64-v3", 1e-4);
}
TEST(Winograd, Portable) { checkSeeds(2, square, 4001, seedCount(3), "x86_64", 1e-5); }

/// Two by two pixels of one tile of 2x2, of filters that let one channel pass.
WinogradCase poolOfOneTile() {
  WinogradCase c = {};
  c.tile = 2, c.taps = {3, 3}, c.batch = c.groups = 1, c.channels = c.filters = 1,
  c.height = c.width = 2;
  c.pool = 2, c.block = c.registers = c.tasks = c.panel = 1;
  return c;
}

// A NaN in any pixel of a window comes through, which a maximum instruction would lose on one side.
// One in a corner of the input reaches a single pixel of the window.
TEST(Winograd, PoolKeepsNaN) {
  WinogradCase c = poolOfOneTile();
  c.bias = false;
  for (int64_t at = 0; at < 16; ++at) {
    GuardedBuffer filter(c.filterShape()), packed(c.packedShape()), input(c.inputShape(), 0.0f),
        bias({16}), residual({16});
    GuardedBuffer transformed(c.transformedShape()), products(c.productsShape()),
        output(c.outputShape());
    filter[4] = 1;
    input[at * 16] = NAN;
    runKernel({&filter, &packed, &input, &bias, &residual, &transformed, &products, &output},
              c.text());
    EXPECT_TRUE(std::isnan(output[0])) << "pixel " << at;
  }
}

using Rows = std::vector<std::vector<double>>;

// The matrices of the paper, up to the sign of rows.
TEST(Winograd, MatricesOfThePaper) {
  WinogradMatrices two = WinogradMatrices::of(2, 3);
  EXPECT_EQ(two.input, (Rows{{-1, 0, 1, 0}, {0, 1, 1, 0}, {0, -1, 1, 0}, {0, -1, 0, 1}}));
  EXPECT_EQ(two.filter, (Rows{{-1, 0, 0}, {0.5, 0.5, 0.5}, {0.5, -0.5, 0.5}, {0, 0, 1}}));
  EXPECT_EQ(two.output, (Rows{{1, 1, 1, 0}, {0, 1, -1, 1}}));
  WinogradMatrices four = WinogradMatrices::of(4, 3);
  EXPECT_EQ(four.input, (Rows{{4, 0, -5, 0, 1, 0},
                              {0, -4, -4, 1, 1, 0},
                              {0, 4, -4, -1, 1, 0},
                              {0, -2, -1, 2, 1, 0},
                              {0, 2, -1, -2, 1, 0},
                              {0, 4, 0, -5, 0, 1}}));
  EXPECT_EQ(
      four.output,
      (Rows{{1, 1, 1, 1, 1, 0}, {0, 1, -1, 2, -2, 0}, {0, 1, 1, 4, 4, 0}, {0, 1, -1, 8, -8, 1}}));
  EXPECT_EQ(four.filter, (Rows{{1.0 / 4, 0, 0},
                               {-1.0 / 6, -1.0 / 6, -1.0 / 6},
                               {-1.0 / 6, 1.0 / 6, -1.0 / 6},
                               {1.0 / 24, 1.0 / 12, 1.0 / 6},
                               {1.0 / 24, -1.0 / 12, 1.0 / 6},
                               {0, 0, 1}}));
}

TEST(Winograd, SimpleFilterMatrices) {
  WinogradMatrices four = WinogradMatrices::of(4, 3).withSimpleFilter();
  EXPECT_EQ(four.filter,
            (Rows{{1, 0, 0}, {1, 1, 1}, {1, -1, 1}, {1, 2, 4}, {1, -2, 4}, {0, 0, 1}}));
  EXPECT_EQ(four.output[1], (std::vector<double>{0, -1.0 / 6, 1.0 / 6, 1.0 / 12, -1.0 / 12, 0}));
}

// F(m, r) is exact: with the matrices in double precision, the filtering identity holds on whole
// numbers.
void checkIdentity(int64_t tile, int64_t taps) {
  int64_t extent = tile + taps - 1;
  WinogradMatrices w = WinogradMatrices::of(tile, taps);
  std::vector<double> filter, signal;
  for (int64_t i = 0; i < extent; ++i) {
    filter.push_back(static_cast<double>(3 - 5 * i + i * i));
    signal.push_back(static_cast<double>(i * i - 4 * i + 1));
  }
  for (int64_t i = 0; i < tile; ++i) {
    double sum = 0, expected = 0;
    for (int64_t j = 0; j < extent; ++j) {
      double u = 0, v = 0;
      for (int64_t k = 0; k < taps; ++k)
        u += w.filter[j][k] * filter[k];
      for (int64_t k = 0; k < extent; ++k)
        v += w.input[j][k] * signal[k];
      sum += w.output[i][j] * u * v;
    }
    for (int64_t k = 0; k < taps; ++k)
      expected += filter[k] * signal[i + k];
    EXPECT_NEAR(sum, expected, 1e-8) << "F(" << tile << ", " << taps << ")";
  }
}

TEST(Winograd, MatricesGiveTheConvolution) {
  checkIdentity(1, 1);
  for (int64_t tile = 2; tile <= 7; ++tile)
    for (int64_t taps = 2; tile + taps - 1 <= nn::WinogradSizes::mostExtent; ++taps)
      checkIdentity(tile, taps);
}

} // namespace
} // namespace kiln::test
