// A convolution with a prologue gives the bits of one without on an input that the test has made
// ready, on random shapes.
#include "KernelHarness.h"

#include "dialects/nn/NnDialect.h"

#include "gtest/gtest.h"

#include <cmath>
#include <cstring>

namespace kiln::test {
namespace {

struct PrologueCase {
  int64_t batch, channels, filters, rows, columns, tasks;
  int64_t blocksOfTile = 1; ///< blocks of filters in a tile
  Shape size, border, outBorder;
  bool residual, hasTail;

  Shape bordered(const Shape &by) const {
    return {size[0] + 2 * by[0], size[1] + 2 * by[1], size[2] + 2 * by[2]};
  }
  Shape map(int64_t count, const Shape &extent) const {
    return {batch, blocksOf(count), extent[0], extent[1], extent[2], 16};
  }
  Shape input() const { return map(channels, bordered(border)); }
  Shape output() const { return map(filters, bordered(outBorder)); }
  Shape filter() const { return {blocksOf(filters), blocksOf(channels), 1, 1, 1, 16, 16}; }
  Shape vector(int64_t count) const { return {blocksOf(count) * 16}; }

  /// The buffers: input, filter, bias, residual, scale, shift, scratch, output; without a prologue
  /// the three are missing.
  std::vector<Shape> buffers(bool hasPrologue) const {
    std::vector<Shape> shapes{input(), filter(), vector(filters)};
    if (residual)
      shapes.push_back(map(filters, size));
    if (hasPrologue)
      for (const Shape &shape : {vector(channels), vector(channels),
                                 Shape{tasks, blocksOf(channels), 1, rows, size[2], 16}})
        shapes.push_back(shape);
    shapes.push_back(output());
    return shapes;
  }

  std::string text(bool hasPrologue) const {
    int next = 3;
    auto name = [&] { return "%b" + std::to_string(next++); };
    std::string operands = "ins(%b0, %b1) bias(%b2)", types;
    if (residual)
      operands += " residual(" + name() + ")";
    if (hasPrologue) {
      std::string scale = name(), shift = name();
      operands += " prologue(" + scale + ", " + shift + ") scratch(" + name() + ")";
    }
    for (const Shape &shape : buffers(hasPrologue))
      types += (types.empty() ? "memref<" : ", memref<") + textOf(shape) + "xf32>";
    return "kernel.conv " + operands + " outs(" + name() + ") {form = #nn.filter_form<" +
           (hasTail ? "tail" : "blocked") + ">, channels = " + std::to_string(channels) +
           " : i64, filters = " + std::to_string(filters) +
           " : i64, strides = " + arrayOf({1, 1, 1}) + ", dilations = " + arrayOf({1, 1, 1}) +
           ", origin = " + arrayOf(border) + ", out_size = " + arrayOf(size) +
           ", out_origin = " + arrayOf(outBorder) + ", activation = #nn.activation<relu>, " +
           scheduleText(rows, columns, tasks, /*pixelsOuter=*/true, blocksOfTile) + "} : (" +
           types + ") -> ()";
  }
};

PrologueCase randomCase(Random &random) {
  PrologueCase c;
  c.batch = random.integer(1, 2), c.channels = random.integer(1, 70),
  c.filters = random.integer(1, 70);
  c.size = {random.chance(0.2) ? 2 : 1, random.integer(1, 9), random.integer(1, 30)};
  c.rows = random.integer(1, std::min<int64_t>(4, c.size[1])),
  c.columns = random.integer(1, 28 / c.rows);
  c.tasks = random.choose<int64_t>({1, 2, 3, 8}), c.blocksOfTile = random.integer(1, 2);
  auto border = [&] { return Shape{0, random.integer(0, 1), random.integer(0, 2)}; };
  c.border = border(), c.outBorder = border(), c.residual = random.chance(0.5);
  c.hasTail = nn::hasTail(c.filters, c.channels, 1, 16) && random.chance(0.5);
  return c;
}

/// max(0, x * scale + shift) in every pixel.
void makeReady(const PrologueCase &c, GuardedBuffer &input, const GuardedBuffer &scale,
               const GuardedBuffer &shift) {
  int64_t pixels = elementsOf(c.bordered(c.border)), blocks = blocksOf(c.channels);
  for (int64_t i = 0; i < input.size(); ++i) {
    int64_t lane = i / 16 / pixels % blocks * 16 + i % 16;
    volatile float product = input[i] * scale[lane];
    float sum = product + shift[lane];
    input[i] = 0.0f > sum ? 0.0f : sum;
  }
}

void runCase(const PrologueCase &c, Random &random) {
  std::vector<Shape> shapes = c.buffers(true);
  std::vector<std::unique_ptr<GuardedBuffer>> owned;
  std::vector<GuardedBuffer *> all, plain;
  for (const Shape &shape : shapes) {
    owned.push_back(std::make_unique<GuardedBuffer>(shape));
    random.fill(*owned.back());
    all.push_back(owned.back().get());
  }
  (*all[0])[random.integer(0, all[0]->size() - 1)] = NAN;
  GuardedBuffer expected(c.output());
  std::memcpy(expected.data(), all.back()->data(), expected.size() * sizeof(float));
  CompiledKernel fused(shapes, c.text(true)), apart(c.buffers(false), c.text(false));
  ASSERT_TRUE(fused.isValid() && apart.isValid()) << c.text(true);
  fused.run(all);
  size_t scale = c.residual ? 4 : 3;
  makeReady(c, *all[0], *all[scale], *all[scale + 1]);
  plain.assign(all.begin(), all.begin() + scale);
  plain.push_back(&expected);
  apart.run(plain);
  for (int64_t i = 0; i < expected.size(); ++i) {
    float have = (*all.back())[i];
    ASSERT_TRUE(have == expected[i] || (std::isnan(have) && std::isnan(expected[i])))
        << i << ": " << c.text(true);
  }
}

TEST(Conv, Prologue) {
  for (int seed = 0; seed < seedCount(12); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(static_cast<uint64_t>(seed));
    runCase(randomCase(random), random);
  }
}

} // namespace
} // namespace kiln::test
