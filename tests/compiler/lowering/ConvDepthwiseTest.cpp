// A 1x1 convolution with a depthwise one in front gives the bits of the two kernels one after the
// other, on random shapes.
#include "KernelHarness.h"

#include "dialects/nn/NnDialect.h"

#include "gtest/gtest.h"

#include <cmath>

namespace kiln::test {
namespace {

struct SeparableCase {
  int64_t batch, channels, filters, tasks, rows, columns, depthwiseColumns;
  int64_t blocksOfTile; ///< blocks of filters in a tile
  int64_t rowsHeld;     ///< by the scratch buffer
  bool hasTail, depthwiseBias, residual;
  Shape size, taps, strides, dilations, extraBorder, outBorder;
  std::string activation;

  Shape map(int64_t count, const Shape &extent) const {
    return {batch, blocksOf(count), extent[0], extent[1], extent[2], 16};
  }
  /// So much that every tap lies in it, and more.
  Shape input() const {
    Shape extent(3);
    for (int d = 0; d < 3; ++d)
      extent[d] =
          2 * extraBorder[d] + (size[d] - 1) * strides[d] + (taps[d] - 1) * dilations[d] + 1;
    return map(channels, extent);
  }
  Shape between() const { return map(channels, size); }
  Shape output() const {
    return map(filters, {size[0] + 2 * outBorder[0], size[1] + 2 * outBorder[1],
                         size[2] + 2 * outBorder[2]});
  }
  Shape depthwiseFilter() const { return {blocksOf(channels), taps[0], taps[1], taps[2], 16}; }
  Shape filter() const { return {blocksOf(filters), blocksOf(channels), 1, 1, 1, 16, 16}; }
  Shape scratch() const { return {tasks, blocksOf(channels), 1, rowsHeld, size[2], 16}; }
  /// input, depthwise filter and bias, filter, bias, residual, scratch, map in between, output.
  std::vector<Shape> buffers() const {
    return {input(),
            depthwiseFilter(),
            {blocksOf(channels) * 16},
            filter(),
            {blocksOf(filters) * 16},
            map(filters, size),
            scratch(),
            between(),
            output()};
  }
};

std::string memref(const Shape &shape) { return "memref<" + textOf(shape) + "xf32>"; }

/// How the 1x1 convolution is computed, whatever it reads.
std::string pointwiseText(const SeparableCase &c) {
  return std::string("form = #nn.filter_form<") + (c.hasTail ? "tail" : "blocked") +
         ">, channels = " + std::to_string(c.channels) +
         " : i64, filters = " + std::to_string(c.filters) +
         " : i64, out_size = " + arrayOf(c.size) + ", out_origin = " + arrayOf(c.outBorder) +
         ", activation = #nn.activation<relu>, " +
         scheduleText(c.rows, c.columns, c.tasks, /*pixelsOuter=*/true, c.blocksOfTile);
}

std::string readingText(const SeparableCase &c) {
  return ", strides = " + arrayOf(c.strides) + ", dilations = " + arrayOf(c.dilations) +
         ", origin = " + arrayOf(c.extraBorder);
}

std::string fusedText(const SeparableCase &c) {
  std::string tiles = scheduleText(1, c.depthwiseColumns, 1);
  return "kernel.conv ins(%b0, %b3) bias(%b4)" + std::string(c.residual ? " residual(%b5)" : "") +
         " depthwise(%b1" + (c.depthwiseBias ? ", %b2" : "") + ") scratch(%b6) outs(%b8) {" +
         pointwiseText(c) + readingText(c) + ", depthwise_activation = #nn.activation<" +
         c.activation + ">, depthwise_" + tiles + "} : (" + memref(c.input()) + ", " +
         memref(c.filter()) + ", " + memref({blocksOf(c.filters) * 16}) +
         (c.residual ? ", " + memref(c.map(c.filters, c.size)) : "") + ", " +
         memref(c.depthwiseFilter()) +
         (c.depthwiseBias ? ", " + memref({blocksOf(c.channels) * 16}) : "") + ", " +
         memref(c.scratch()) + ", " + memref(c.output()) + ") -> ()";
}

std::string apartText(const SeparableCase &c) {
  std::string channels = std::to_string(c.channels) + " : i64";
  return "kernel.conv ins(%b0, %b1)" + std::string(c.depthwiseBias ? " bias(%b2)" : "") +
         " outs(%b7) {form = #nn.filter_form<depthwise>, channels = " + channels +
         ", groups = " + channels + ", filters = " + channels + readingText(c) +
         ", out_size = " + arrayOf(c.size) + ", out_origin = " + arrayOf({0, 0, 0}) +
         ", activation = #nn.activation<" + c.activation + ">, " +
         scheduleText(1, c.depthwiseColumns, c.tasks) + "} : (" + memref(c.input()) + ", " +
         memref(c.depthwiseFilter()) +
         (c.depthwiseBias ? ", " + memref({blocksOf(c.channels) * 16}) : "") + ", " +
         memref(c.between()) + ") -> ()\n" + "kernel.conv ins(%b7, %b3) bias(%b4)" +
         (c.residual ? " residual(%b5)" : "") + " outs(%b8) {" + pointwiseText(c) +
         ", strides = " + arrayOf({1, 1, 1}) + ", dilations = " + arrayOf({1, 1, 1}) +
         ", origin = " + arrayOf({0, 0, 0}) + "} : (" + memref(c.between()) + ", " +
         memref(c.filter()) + ", " + memref({blocksOf(c.filters) * 16}) +
         (c.residual ? ", " + memref(c.map(c.filters, c.size)) : "") + ", " + memref(c.output()) +
         ") -> ()";
}

SeparableCase randomCase(Random &random) {
  SeparableCase c;
  c.batch = random.chance(0.2) ? 2 : 1;
  c.channels = random.integer(1, 70), c.filters = random.integer(1, 70);
  c.size = {random.chance(0.2) ? 2 : 1, random.chance(0.2) ? 1 : random.integer(1, 12),
            random.integer(1, 30)};
  c.taps = {random.chance(0.2) ? 3 : 1, random.integer(1, 5), random.integer(1, 5)};
  if (random.chance(0.2))
    c.taps = {1, 1, 1};
  c.strides = {1, random.integer(1, 2), random.integer(1, 2)};
  if (random.chance(0.2))
    c.strides = {1, 1, 1};
  c.dilations = {1, random.integer(1, 2), random.integer(1, 2)};
  c.rows = random.integer(1, std::min<int64_t>(4, c.size[1])),
  c.columns = random.integer(1, 28 / c.rows), c.depthwiseColumns = random.integer(1, 14);
  c.tasks = random.choose<int64_t>({1, 2, 3, 8}), c.blocksOfTile = random.integer(1, 2);
  c.rowsHeld = c.rows * (c.batch * c.size[0] == 1 ? random.integer(1, 4) : 1);
  auto border = [&] { return Shape{0, random.integer(0, 1), random.integer(0, 2)}; };
  c.extraBorder = border(), c.outBorder = border();
  c.hasTail = nn::hasTail(c.filters, c.channels, 1, 16) && random.chance(0.5);
  c.depthwiseBias = random.chance(0.7), c.residual = random.chance(0.4);
  c.activation = random.choose<std::string>({"relu", "clip, 0.0, 6.0", "swish"});
  return c;
}

void runCase(const SeparableCase &c, Random &random, const std::string &cpu) {
  std::vector<Shape> shapes = c.buffers();
  std::vector<std::unique_ptr<GuardedBuffer>> owned;
  std::vector<GuardedBuffer *> all;
  for (const Shape &shape : shapes) {
    owned.push_back(std::make_unique<GuardedBuffer>(shape));
    random.fill(*owned.back());
    all.push_back(owned.back().get());
  }
  GuardedBuffer &output = *all.back();
  (*all[0])[random.integer(0, all[0]->size() - 1)] = NAN;
  GuardedBuffer before = output;
  runKernel(all, fusedText(c), cpu);
  GuardedBuffer fused = output;
  output = before;
  runKernel(all, apartText(c), cpu);
  for (int64_t i = 0; i < output.size(); ++i)
    ASSERT_TRUE(fused[i] == output[i] || (std::isnan(fused[i]) && std::isnan(output[i])))
        << i << ": " << fused[i] << " and " << output[i];
}

void checkSeeds(int first, int count, const std::string &cpu) {
  for (int seed = first; seed < first + count; ++seed) {
    Random random(static_cast<uint64_t>(seed));
    SeparableCase c = randomCase(random);
    SCOPED_TRACE("seed " + std::to_string(seed) + " on " + cpu + ": " + fusedText(c));
    runCase(c, random, cpu);
    if (testing::Test::HasFailure())
      return;
  }
}

TEST(Conv, DepthwiseInFront) { checkSeeds(0, seedCount(24), "native"); }
TEST(Conv, DepthwiseInFrontAvx2) { checkSeeds(100, seedCount(4), "x86-64-v3"); }

/// One tap, or one row: alone, such a kernel would take its pixels for one row.
SeparableCase flatCase(Random &random, Shape size) {
  SeparableCase c = randomCase(random);
  c.batch = 1, c.size = std::move(size);
  c.taps = c.strides = c.dilations = {1, 1, 1};
  c.extraBorder = c.outBorder = {0, 0, 0};
  c.tasks = 1, c.rows = 1, c.rowsHeld = c.size[1], c.depthwiseColumns = 5;
  return c;
}

TEST(Conv, DepthwiseOfOneTapInFront) {
  Random random(1);
  for (const Shape &size : {Shape{1, 6, 6}, Shape{1, 1, 29}}) {
    SeparableCase c = flatCase(random, size);
    SCOPED_TRACE(fusedText(c));
    runCase(c, random, "native");
  }
}

} // namespace
} // namespace kiln::test
