// linalg ops through outlining and loops: buffers that overlap, interiors of larger maps,
// broadcasts, reductions and gathers, in several tasks.
#include "KernelHarness.h"

#include "gtest/gtest.h"

#include <cmath>

namespace kiln::test {
namespace {

const std::string maps =
    "#id1 = affine_map<(d0) -> (d0)>\n#id2 = affine_map<(d0, d1) -> (d0, d1)>\n"
    "#row = affine_map<(d0, d1) -> (d0)>\n#column = affine_map<(d0, d1) -> (d1)>\n"
    "#swap = affine_map<(d0, d1) -> (d1, d0)>\n";

std::string viewOf(const std::string &name, const std::string &bytes, int64_t size,
                   const std::string &offset, const std::string &type) {
  return name + " = memref.view " + bytes + "[" + offset + "][] : memref<" + std::to_string(size) +
         "xi8> to " + type + "\n";
}

/// A module whose entry has one input and one output of the given bytes, and an arena.
std::string entry(int64_t in, int64_t out, int64_t arena, const std::string &body) {
  auto bytes = [](int64_t size) { return "memref<" + std::to_string(size) + "xi8>"; };
  return maps + "func.func @net(%in: " + bytes(in) + ", %out: " + bytes(out) +
         ", %weights: memref<0xi8>, %arena: " + bytes(arena) +
         ") attributes {kernel.entry} {\n%c0 = arith.constant 0 : index\n" + body + "return\n}\n";
}

std::vector<float> ramp(int64_t count) {
  std::vector<float> values(count);
  for (int64_t i = 0; i < count; ++i)
    values[i] = 0.25f * static_cast<float>(i % 1001) - 100.0f;
  return values;
}

std::vector<float> runEntry(const std::string &module, std::vector<float> in, int64_t outputs,
                            int64_t arenaBytes = 64) {
  std::vector<float> out(outputs, -77.0f), arena(arenaBytes / 4 + 16, NAN);
  CompiledKernel kernel(module);
  if (!kernel.isValid())
    return out;
  auto misaligned = reinterpret_cast<uintptr_t>(arena.data()) % 64;
  kernel.runRaw({in.data(), out.data()}, nullptr,
                reinterpret_cast<char *>(arena.data()) + (64 - misaligned) % 64);
  return out;
}

// The output of a pointwise op may lie on its input: the same bytes, once as one view and once as
// two.
TEST(Linalg, InPlace) {
  for (bool twoViews : {false, true}) {
    std::string body =
        viewOf("%x", "%in", 400000, "%c0", "memref<100000xf32>") +
        viewOf("%y", "%out", 400000, "%c0", "memref<100000xf32>") +
        viewOf("%a", "%arena", 400000, "%c0", "memref<100000xf32>") +
        (twoViews ? viewOf("%b", "%arena", 400000, "%c0", "memref<100000xf32>") : "") +
        "linalg.generic {indexing_maps = [#id1, #id1], iterator_types = [\"parallel\"]} ins(%x : "
        "memref<100000xf32>) "
        "outs(%a : memref<100000xf32>) {\n^bb0(%u: f32, %v: f32):\nlinalg.yield %u : f32\n}\n"
        "linalg.generic {indexing_maps = [#id1, #id1], iterator_types = [\"parallel\"]} ins(%a : "
        "memref<100000xf32>) outs(" +
        (twoViews ? "%b" : "%a") +
        " : memref<100000xf32>) {\n^bb0(%u: f32, %v: f32):\n%r = arith.mulf %u, %u : "
        "f32\nlinalg.yield %r : f32\n}\n"
        "linalg.generic {indexing_maps = [#id1, #id1], iterator_types = [\"parallel\"]} ins(%a : "
        "memref<100000xf32>) "
        "outs(%y : memref<100000xf32>) {\n^bb0(%u: f32, %v: f32):\nlinalg.yield %u : f32\n}\n";
    std::vector<float> x = ramp(100000),
                       y = runEntry(entry(400000, 400000, 400000, body), x, 100000, 400000);
    for (size_t i = 0; i < x.size(); ++i)
      ASSERT_EQ(y[i], x[i] * x[i]) << i;
  }
}

// A shift by one element within one buffer: every element is read before the next is written,
// vectorised or not.
TEST(Linalg, OverlappingViews) {
  std::string body =
      "%c4 = arith.constant 4 : index\n" + viewOf("%x", "%in", 4096, "%c0", "memref<1024xf32>") +
      viewOf("%y", "%out", 4096, "%c0", "memref<1023xf32>") +
      viewOf("%whole", "%arena", 4160, "%c0", "memref<1024xf32>") +
      viewOf("%from", "%arena", 4160, "%c4", "memref<1023xf32>") +
      viewOf("%to", "%arena", 4160, "%c0", "memref<1023xf32>") +
      "linalg.generic {indexing_maps = [#id1, #id1], iterator_types = [\"parallel\"]} ins(%x : "
      "memref<1024xf32>) "
      "outs(%whole : memref<1024xf32>) {\n^bb0(%u: f32, %v: f32):\nlinalg.yield %u : f32\n}\n"
      "linalg.generic {indexing_maps = [#id1, #id1], iterator_types = [\"parallel\"]} ins(%from : "
      "memref<1023xf32>) "
      "outs(%to : memref<1023xf32>) {\n^bb0(%u: f32, %v: f32):\nlinalg.yield %u : f32\n}\n"
      "linalg.generic {indexing_maps = [#id1, #id1], iterator_types = [\"parallel\"]} ins(%to : "
      "memref<1023xf32>) "
      "outs(%y : memref<1023xf32>) {\n^bb0(%u: f32, %v: f32):\nlinalg.yield %u : f32\n}\n";
  std::vector<float> x = ramp(1024), y = runEntry(entry(4096, 4096, 4160, body), x, 1023, 4160);
  for (size_t i = 0; i < y.size(); ++i)
    ASSERT_EQ(y[i], x[i + 1]) << i;
}

// A function goes through two vectors at a time, then one, then single elements; of many elements
// each task has a part.
TEST(Linalg, Functions) {
  for (int64_t count : {1, 15, 16, 17, 31, 32, 33, 47, 48, 63, 64, 95, 100031}) {
    SCOPED_TRACE(count);
    int64_t bytes = count * 4;
    std::string type = "memref<" + std::to_string(count) + "xf32>";
    std::string body =
        viewOf("%x", "%in", bytes, "%c0", type) + viewOf("%y", "%out", bytes, "%c0", type) +
        "linalg.generic {indexing_maps = [#id1, #id1], iterator_types = [\"parallel\"]} ins(%x : " +
        type + ") outs(%y : " + type +
        ") {\n^bb0(%u: f32, %v: f32):\n%r = math.exp %u : f32\nlinalg.yield %r : f32\n}\n";
    std::vector<float> x(count);
    for (int64_t i = 0; i < count; ++i)
      x[i] = 0.01f * static_cast<float>(i % 997) - 5.0f;
    std::vector<float> y = runEntry(entry(bytes, bytes, 64, body), x, count);
    for (int64_t i = 0; i < count; ++i)
      ASSERT_NEAR(y[i], std::exp(x[i]), 1e-6 * std::exp(x[i])) << i;
  }
}

// A sum over rows, outside of the loop that the tasks share, and one over columns.
TEST(Linalg, Reductions) {
  constexpr int64_t rows = 300, columns = 257;
  std::string matrix = "memref<" + textOf({rows, columns}) + "xf32>";
  for (bool overRows : {true, false}) {
    int64_t kept = overRows ? columns : rows;
    std::string vector = "memref<" + std::to_string(kept) + "xf32>";
    std::string body =
        viewOf("%x", "%in", rows * columns * 4, "%c0", matrix) +
        viewOf("%y", "%out", kept * 4, "%c0", vector) +
        "%zero = arith.constant 0.0 : f32\nlinalg.fill ins(%zero : f32) outs(%y : " + vector +
        ")\n"
        "linalg.generic {indexing_maps = [#id2, " +
        (overRows ? "#column" : "#row") + "], iterator_types = [" +
        (overRows ? "\"reduction\", \"parallel\"" : "\"parallel\", \"reduction\"") +
        "]} ins(%x : " + matrix + ") outs(%y : " + vector +
        ") {\n^bb0(%u: f32, %v: f32):\n%r = arith.addf %u, %v : f32\nlinalg.yield %r : f32\n}\n";
    std::vector<float> x = ramp(rows * columns),
                       y = runEntry(entry(rows * columns * 4, kept * 4, 0, body), x, kept);
    std::vector<double> want(kept), have(y.begin(), y.end());
    for (int64_t i = 0; i < rows; ++i)
      for (int64_t j = 0; j < columns; ++j)
        want[overRows ? j : i] += x[i * columns + j];
    EXPECT_LT(relativeError(want, have), 1e-6);
  }
}

// Sums and maxima of rows that fill no, one, some and many vectors; a NaN is the maximum.
TEST(Linalg, RowsOfEveryLength) {
  constexpr int64_t rows = 3;
  for (int64_t columns : {15, 16, 17, 63, 64, 79, 128, 200, 1001})
    for (bool isSum : {true, false}) {
      std::string matrix = "memref<" + textOf({rows, columns}) + "xf32>";
      std::string body =
          viewOf("%x", "%in", rows * columns * 4, "%c0", matrix) +
          viewOf("%y", "%out", rows * 4, "%c0", "memref<3xf32>") + "%least = arith.constant " +
          (isSum ? "0.0" : "0xFF800000") +
          " : f32\nlinalg.fill ins(%least : f32) outs(%y : "
          "memref<3xf32>)\nlinalg.generic {indexing_maps = [#id2, #row], iterator_types = "
          "[\"parallel\", \"reduction\"]} ins(%x : " +
          matrix + ") outs(%y : memref<3xf32>) {\n^bb0(%u: f32, %v: f32):\n%r = arith." +
          (isSum ? "addf" : "maximumf") + " %v, %u : f32\nlinalg.yield %r : f32\n}\n";
      std::vector<float> x = ramp(rows * columns);
      x[2 * columns - 1] += 1000; // the last element of a row
      if (!isSum)
        x[2 * columns + columns / 2] = NAN;
      std::vector<float> y = runEntry(entry(rows * columns * 4, rows * 4, 0, body), x, rows);
      for (int64_t i = 0; i < rows; ++i) {
        double want = isSum ? 0 : -INFINITY;
        for (int64_t j = 0; j < columns; ++j)
          want = isSum ? want + x[i * columns + j] : std::max<double>(want, x[i * columns + j]);
        if (!isSum && i == 2)
          EXPECT_TRUE(std::isnan(y[i])) << columns;
        else
          EXPECT_NEAR(y[i], want, 1e-6 * std::abs(want)) << columns;
      }
    }
}

// Into the interior of a larger buffer, transposed, with a factor for each row.
TEST(Linalg, InteriorAndBroadcast) {
  std::string inner = "memref<30x40xf32, strided<[44, 1], offset: 46>>";
  std::string body = viewOf("%x", "%in", 4800, "%c0", "memref<40x30xf32>") +
                     viewOf("%y", "%out", 5632, "%c0", "memref<32x44xf32>") +
                     viewOf("%f", "%in", 4800, "%c0", "memref<30xf32>") +
                     "%s = memref.subview %y[1, 2] [30, 40] [1, 1] : memref<32x44xf32> to " +
                     inner +
                     "\n"
                     "linalg.generic {indexing_maps = [#swap, #row, #id2], iterator_types = "
                     "[\"parallel\", \"parallel\"]} "
                     "ins(%x, %f : memref<40x30xf32>, memref<30xf32>) outs(%s : " +
                     inner +
                     ") {\n^bb0(%u: f32, %v: f32, %w: f32):\n%r = arith.mulf %u, %v : "
                     "f32\nlinalg.yield %r : f32\n}\n";
  std::vector<float> x = ramp(1200), y = runEntry(entry(4800, 5632, 0, body), x, 32 * 44);
  for (int64_t i = 0; i < 32; ++i)
    for (int64_t j = 0; j < 44; ++j) {
      bool isInside = i >= 1 && i < 31 && j >= 2 && j < 42;
      ASSERT_EQ(y[i * 44 + j], isInside ? x[(j - 2) * 30 + i - 1] * x[i - 1] : -77.0f)
          << i << ", " << j;
    }
}

// Scaled by channel from a map with a border into one with another, in vectors and in one task or
// several; rows that are no multiple of a vector have a rest.
TEST(Linalg, PerChannelBetweenBorders) {
  for (int64_t lanes : {16, 13, 37}) {
    constexpr int64_t blocks = 5, height = 19, width = 27;
    auto map = [&](int64_t border) {
      return Shape{blocks, height + 2 * border, width + 2 * border, lanes};
    };
    auto typed = [](const Shape &shape) { return "memref<" + textOf(shape) + "xf32>"; };
    auto inner = [&](int64_t border) {
      int64_t row = (width + 2 * border) * lanes, plane = (height + 2 * border) * row;
      return "memref<" + textOf({blocks, height, width, lanes}) + "xf32, strided<[" +
             std::to_string(plane) + ", " + std::to_string(row) + ", " + std::to_string(lanes) +
             ", 1], offset: " + std::to_string(border * (row + lanes)) + ">>";
    };
    auto subview = [&](const std::string &name, const std::string &of, int64_t border) {
      std::string b = std::to_string(border);
      return name + " = memref.subview " + of + "[0, " + b + ", " + b + ", 0] [5, 19, 27, " +
             std::to_string(lanes) + "] [1, 1, 1, 1] : " + typed(map(border)) + " to " +
             inner(border) + "\n";
    };
    int64_t in = elementsOf(map(1)), out = elementsOf(map(2));
    std::string body = viewOf("%x", "%in", in * 4, "%c0", typed(map(1))) +
                       viewOf("%y", "%out", out * 4, "%c0", typed(map(2))) +
                       viewOf("%f", "%in", in * 4, "%c0", typed({blocks, lanes})) +
                       subview("%u", "%x", 1) + subview("%v", "%y", 2) +
                       "linalg.generic {indexing_maps = [affine_map<(a, b, c, d) -> (a, b, c, d)>, "
                       "affine_map<(a, b, c, d) -> (a, d)>, "
                       "affine_map<(a, b, c, d) -> (a, b, c, d)>], iterator_types = [\"parallel\", "
                       "\"parallel\", \"parallel\", "
                       "\"parallel\"]} ins(%u, %f : " +
                       inner(1) + ", " + typed({blocks, lanes}) + ") outs(%v : " + inner(2) +
                       ") {\n^bb0(%p: f32, %q: f32, %r: f32):\n%one = arith.constant 1.0 : f32\n%s "
                       "= arith.mulf %p, %q : f32\n"
                       "%t = arith.addf %s, %one : f32\nlinalg.yield %t : f32\n}\n";
    std::vector<float> x = ramp(in), y = runEntry(entry(in * 4, out * 4, 0, body), x, out),
                       want(out, -77.0f);
    for (int64_t a = 0; a < blocks; ++a)
      for (int64_t b = 0; b < height; ++b)
        for (int64_t c = 0; c < width; ++c)
          for (int64_t d = 0; d < lanes; ++d)
            want[((a * (height + 4) + b + 2) * (width + 4) + c + 2) * lanes + d] =
                x[((a * (height + 2) + b + 1) * (width + 2) + c + 1) * lanes + d] *
                    x[a * lanes + d] +
                1.0f;
    EXPECT_EQ(want, y) << lanes;
  }
}

// One long row in several tasks, with a rest, on elements of one and of eight bytes.
TEST(Linalg, RowInTasks) {
  constexpr int64_t elements = 70003;
  std::string type = "memref<70003xi8>";
  std::string body =
      viewOf("%x", "%in", elements + 1, "%c0", type) +
      viewOf("%y", "%out", elements + 1, "%c0", type) +
      "linalg.generic {indexing_maps = [#id1, #id1], iterator_types = [\"parallel\"]} ins(%x : " +
      type + ") outs(%y : " + type +
      ") {\n^bb0(%u: i8, %v: i8):\n%w = arith.sitofp %u : i8 to f64\n%h = arith.constant 2.0 : "
      "f64\n"
      "%d = arith.divf %w, %h : f64\n%r = arith.fptosi %d : f64 to i8\nlinalg.yield %r : i8\n}\n";
  std::vector<float> x((elements + 1) / 4, 0.0f);
  auto *bytes = reinterpret_cast<int8_t *>(x.data());
  for (int64_t i = 0; i < elements; ++i)
    bytes[i] = static_cast<int8_t>(i % 251 - 125);
  std::vector<float> y =
      runEntry(entry(elements + 1, elements + 1, 0, body), x, (elements + 1) / 4);
  auto *have = reinterpret_cast<const int8_t *>(y.data());
  for (int64_t i = 0; i < elements; ++i)
    ASSERT_EQ(have[i], bytes[i] / 2) << i;
}

// A buffer that the body of an op reads by itself becomes an argument of the kernel too.
TEST(Linalg, GatherInBody) {
  std::string body =
      viewOf("%x", "%in", 4096, "%c0", "memref<1024xf32>") +
      viewOf("%y", "%out", 4096, "%c0", "memref<1024xf32>") +
      "linalg.generic {indexing_maps = [#id1], iterator_types = [\"parallel\"]} outs(%y : "
      "memref<1024xf32>) {\n"
      "^bb0(%old: f32):\n%i = linalg.index 0 : index\n%last = arith.constant 1023 : index\n"
      "%j = arith.subi %last, %i : index\n%r = memref.load %x[%j] : memref<1024xf32>\nlinalg.yield "
      "%r : f32\n}\n";
  std::vector<float> x = ramp(1024), y = runEntry(entry(4096, 4096, 0, body), x, 1024);
  for (size_t i = 0; i < y.size(); ++i)
    ASSERT_EQ(y[i], x[1023 - i]) << i;
}

} // namespace
} // namespace kiln::test
