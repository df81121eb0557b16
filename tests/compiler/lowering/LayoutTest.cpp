// The kernels that move data: relayout, pack_filter and fill_border, element by element against
// their definitions.
#include "Float24.h"
#include "KernelHarness.h"

#include "dialects/nn/NnElements.h"

#include "gtest/gtest.h"

namespace kiln::test {
namespace {

TEST(Layout, Relayout) {
  for (int seed = 1; seed <= seedCount(30); ++seed) {
    Random random(seed);
    int64_t batch = random.integer(1, 2), channels = random.integer(1, 50),
            tasks = random.choose<int64_t>({1, 2, 3});
    Shape map = {random.integer(1, 2), random.integer(1, 5), random.integer(1, 40)};
    Shape planarBorder = {0, random.integer(0, 1), random.integer(0, 2)},
          blockedBorder = {0, random.integer(0, 1), random.integer(0, 2)};
    if (random.chance(0.5))
      planarBorder = blockedBorder = {0, 0, 0};
    Shape planar = shifted(map, shifted(planarBorder, planarBorder)),
          blocked = shifted(map, shifted(blockedBorder, blockedBorder));
    planar.insert(planar.begin(), {batch, channels}),
        blocked.insert(blocked.begin(), {batch, blocksOf(channels)});
    blocked.push_back(16);
    bool toBlocked = random.chance(0.5);
    const Shape &from = toBlocked ? planar : blocked, &to = toBlocked ? blocked : planar;
    const Shape &fromBorder = toBlocked ? planarBorder : blockedBorder,
                &toBorder = toBlocked ? blockedBorder : planarBorder;
    std::string text =
        "kernel.relayout ins(%b0) outs(%b1) {channels = " + std::to_string(channels) +
        " : i64, map = " + arrayOf(map) + ", in_origin = " + arrayOf(fromBorder) +
        ", out_origin = " + arrayOf(toBorder) + ", " + scheduleText(1, 1, tasks) + "} : (memref<" +
        textOf(from) + "xf32>, memref<" + textOf(to) + "xf32>) -> ()";
    SCOPED_TRACE("seed " + std::to_string(seed) + ": " + text);
    GuardedBuffer input(from), output(to, -77.0f), want(to, -77.0f);
    random.fill(input);
    for (int64_t n = 0; n < batch; ++n)
      for (int64_t channel = 0; channel < (toBlocked ? blocksOf(channels) * 16 : channels);
           ++channel)
        forEachPixel(map, [&](const Shape &p) {
          float value =
              channel < channels ? input[mapIndex(from, n, channel, shifted(p, fromBorder))] : 0.0f;
          want[mapIndex(to, n, channel, shifted(p, toBorder))] = value;
        });
    CompiledKernel kernel({from, to}, text,
                          random.choose<std::string>({"native", "x86-64-v3", "x86_64"}));
    ASSERT_TRUE(kernel.isValid());
    kernel.run({&input, &output});
    for (int64_t i = 0; i < want.size(); ++i)
      ASSERT_EQ(want[i], output[i]) << "element " << i;
  }
}

struct PackCase {
  std::string form;
  int64_t filters, channels, groups; ///< for gemm: columns and rows of the matrix
  Shape taps;

  int64_t perGroup() const { return channels / groups; }
  Shape source() const {
    return form == "gemm" ? Shape{channels, filters}
                          : Shape{filters, perGroup(), taps[0], taps[1], taps[2]};
  }
  /// The input blocks that a block of filters reads at most, and the first that block `k` reads.
  int64_t blocksRead() const {
    int64_t most = 1;
    for (int64_t k = 0; k < filters; k += 16)
      most = std::max(most, blocksOf((groupOf(std::min(k + 16, filters) - 1) + 1) * perGroup()) -
                                groupOf(k) * perGroup() / 16);
    return most;
  }
  int64_t firstBlock(int64_t k) const {
    return std::min(groupOf(16 * k) * perGroup() / 16, blocksOf(channels) - blocksRead());
  }
  int64_t groupOf(int64_t filter) const { return filter / (filters / groups); }
  Shape packed() const {
    int64_t blocks = blocksOf(filters);
    if (form == "gemm")
      return {blocks, channels, 16};
    if (form == "depthwise")
      return {blocks, taps[0], taps[1], taps[2], 16};
    if (form == "grouped")
      return {blocks, taps[0], taps[1], taps[2], perGroup(), 16};
    if (form == "planar")
      return {blocks, perGroup(), taps[0], taps[1], taps[2], 16};
    return {blocks, blocksRead(), taps[0], taps[1], taps[2], 16, 16};
  }

  void expect(const GuardedBuffer &input, GuardedBuffer &want) const {
    int64_t tapCount = elementsOf(taps);
    for (int64_t f = 0; f < filters; ++f)
      for (int64_t i = 0; i < (form == "gemm" ? channels : perGroup()); ++i)
        for (int64_t t = 0; t < tapCount; ++t) {
          int64_t block = f / 16, lane = f % 16, channel = groupOf(f) * perGroup() + i;
          int64_t to = ((block * channels + i) * tapCount + t) * 16 + lane;
          if (form == "planar")
            to = ((block * perGroup() + i) * tapCount + t) * 16 + lane;
          if (form == "depthwise")
            to = (block * tapCount + t) * 16 + lane;
          int64_t row = perGroup() == 8 && lane % 8 >= 4 ? (i + 4) % 8 : i;
          if (form == "grouped")
            to = ((block * tapCount + t) * perGroup() + row) * 16 + lane;
          if (form == "blocked" || form == "tail")
            to = (((block * blocksRead() + channel / 16 - firstBlock(block)) * tapCount + t) * 16 +
                  channel % 16) *
                     16 +
                 lane;
          if (form == "tail" && !isWholeBlock(block, filters, groups))
            to = ((block * blocksRead() + channel / 16 - firstBlock(block)) * tapCount + t) * 256 +
                 lane / 8 * 128 +
                 (groups > 1 || isPaired(f, filters, channels)
                      ? channel % 16 / 2 * 16 + lane % 8 * 2 + channel % 2
                      : lane % 8 * 16 + channel % 16);
          want[to] =
              form == "gemm" ? input[i * filters + f] : input[(f * perGroup() + i) * tapCount + t];
        }
  }
};

PackCase randomPack(Random &random) {
  PackCase c;
  c.form = random.choose<std::string>(
      {"gemm", "blocked", "blocked", "planar", "depthwise", "grouped", "tail"});
  c.groups = c.form == "blocked" ? random.choose<int64_t>({1, 1, 2, 3, 8}) : 1;
  c.filters = c.groups * random.integer(1, 40), c.channels = c.groups * random.integer(1, 40);
  if (c.form == "planar" && random.chance(0.5)) {
    c.groups = random.integer(2, 4);
    c.filters = c.groups * 8 * random.integer(1, 4), c.channels = c.groups * random.integer(1, 3);
  }
  if (c.form == "tail") {
    c.filters = 16 * random.integer(0, 2) + random.integer(1, 15);
    c.channels = random.integer(1, 50);
    if (random.chance(0.5)) {
      c.groups = random.integer(2, 5);
      c.filters = c.groups * random.choose<int64_t>({3, 8, 20});
      c.channels = c.groups * 2 * random.integer(1, 12);
    }
  }
  if (c.form == "grouped") {
    c.groups = random.integer(2, 20);
    int64_t perGroup = random.choose<int64_t>({2, 4, 8});
    c.filters = c.groups * perGroup, c.channels = c.filters / random.integer(1, 2);
  }
  if (c.form == "depthwise")
    c.groups = c.channels = c.filters;
  c.taps = c.form == "gemm"
               ? Shape{1, 1, 1}
               : Shape{random.integer(1, 2), random.integer(1, 3), random.integer(1, 3)};
  return c;
}

TEST(Layout, PackFilter) {
  for (int seed = 1; seed <= seedCount(40); ++seed) {
    Random random(seed);
    PackCase c = randomPack(random);
    std::string text = "kernel.pack_filter ins(%b0) outs(%b1) {form = #nn.filter_form<" + c.form +
                       ">, groups = " + std::to_string(c.groups) + " : i64, " +
                       scheduleText(1, 1, random.integer(1, 3)) + "} : (memref<" +
                       textOf(c.source()) + "xf32>, memref<" + textOf(c.packed()) + "xf32>) -> ()";
    SCOPED_TRACE("seed " + std::to_string(seed) + ": " + text);
    GuardedBuffer input(c.source()), output(c.packed(), -77.0f), want(c.packed(), 0.0f);
    random.fill(input);
    c.expect(input, want);
    CompiledKernel kernel({c.source(), c.packed()}, text);
    ASSERT_TRUE(kernel.isValid());
    kernel.run({&input, &output});
    for (int64_t i = 0; i < want.size(); ++i)
      ASSERT_EQ(want[i], output[i]) << "element " << i;
  }
}

/// Numbers of all sizes, and among them what is hard to round.
float randomWeight(Random &random) {
  if (random.chance(0.2))
    return random.choose<float>({0.0f, -0.0f, 65535.99f, -65535.99f, 0x1p-46f, -0x1p-46f,
                                 0x1.8p-47f, 0x1p-126f, 1e-44f, 1 + 0x1p-18f, 1 + 0x3p-18f,
                                 -1 - 0x1p-18f, 1 + 0x1.02p-18f, 0x1.fffffep0f, 0x1.fffffep-20f,
                                 0x1.fffffep-47f});
  return std::ldexp(random.real(), static_cast<int>(random.integer(-60, 16)));
}

/// The rows of a packed matrix, and the element of the source in each.
int64_t rowsOf(const PackCase &c) { return c.channels * elementsOf(c.taps); }
int64_t sourceIndex(const PackCase &c, int64_t filter, int64_t row) {
  int64_t taps = elementsOf(c.taps);
  if (c.form == "gemm")
    return row * c.filters + filter;
  if (c.form == "planar")
    return filter * rowsOf(c) + row;
  int64_t channel = row / (16 * taps) * 16 + row % 16, tap = row / 16 % taps;
  return (filter * c.channels + channel) * taps + tap;
}

TEST(Layout, PackFilterIn24Bits) {
  for (int seed = 1; seed <= seedCount(40); ++seed) {
    Random random(seed);
    PackCase c{random.choose<std::string>({"gemm", "planar", "blocked"}),
               random.integer(1, 50),
               random.integer(1, 40),
               1,
               {1, random.integer(1, 3), random.integer(1, 3)}};
    if (c.form == "gemm")
      c.taps = {1, 1, 1};
    if (c.form == "blocked")
      c.channels = 16 * random.integer(1, 3);
    Shape to = {blocksOf(c.filters), (rowsOf(c) + 3) / 4, 3, 16};
    std::string words = "memref<" + textOf(to) + "xi32>";
    std::string text = "%w = memref.view %a1[%c0][] : memref<" +
                       std::to_string(4 * elementsOf(to)) + "xi8> to " + words +
                       "\nkernel.pack_filter ins(%b0) outs(%w) {form = #nn.filter_form<" + c.form +
                       ">, " + scheduleText(1, 1, random.integer(1, 3)) + "} : (memref<" +
                       textOf(c.source()) + "xf32>, " + words + ") -> ()";
    SCOPED_TRACE("seed " + std::to_string(seed) + ": " + text);
    GuardedBuffer input(c.source()), output(to, -77.0f);
    for (int64_t i = 0; i < input.size(); ++i)
      input[i] = randomWeight(random);
    CompiledKernel kernel({c.source(), to}, text,
                          random.choose<std::string>({"native", "x86-64-v3", "x86_64"}));
    ASSERT_TRUE(kernel.isValid());
    kernel.run({&input, &output});
    for (int64_t filter = 0; filter < to[0] * 16; ++filter)
      for (int64_t row = 0; row < to[1] * 4; ++row) {
        bool exists = filter < c.filters && row < rowsOf(c);
        double want = exists ? nn::roundToFloat24(input[sourceIndex(c, filter, row)]) : 0.0,
               have = valueOfFloat24(loadFloat24(output, filter / 16, row, filter % 16));
        ASSERT_EQ(want, have) << "filter " << filter << ", row " << row;
        ASSERT_EQ(std::signbit(want), std::signbit(have)) << "filter " << filter;
      }
  }
}

TEST(Layout, FillBorder) {
  for (int seed = 1; seed <= seedCount(30); ++seed) {
    Random random(seed);
    Shape border, shape = {random.integer(1, 2), random.integer(1, 3)}, inner;
    for (int d = 0; d < 6; ++d)
      border.push_back(random.chance(0.4) ? 0 : random.integer(1, 3));
    for (int d = 0; d < 3; ++d) {
      inner.push_back(random.integer(1, 5));
      shape.push_back(border[d] + inner[d] + border[3 + d]);
    }
    if (random.chance(0.6))
      shape.push_back(16);
    std::string text = "kernel.fill_border outs(%b0) {border = " + arrayOf(border) + ", " +
                       scheduleText(1, 1, random.integer(1, 3)) + "} : memref<" + textOf(shape) +
                       "xf32>";
    SCOPED_TRACE("seed " + std::to_string(seed) + ": " + text);
    GuardedBuffer buffer(shape, -77.0f), want(shape, 0.0f);
    for (int64_t n = 0; n < shape[0]; ++n)
      for (int64_t channel = 0; channel < shape[1] * (shape.size() == 6 ? 16 : 1); ++channel)
        forEachPixel(inner, [&](const Shape &p) {
          want[mapIndex(shape, n, channel, shifted(p, {border[0], border[1], border[2]}))] = -77.0f;
        });
    CompiledKernel kernel({shape}, text);
    ASSERT_TRUE(kernel.isValid());
    kernel.run({&buffer});
    for (int64_t i = 0; i < want.size(); ++i)
      ASSERT_EQ(want[i], buffer[i]) << "element " << i;
  }
}

} // namespace
} // namespace kiln::test
