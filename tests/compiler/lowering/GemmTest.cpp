// kernel.gemm against plain loops: one row and several, widths that are no multiple of 16, all
// activations, weights of 32 and of 24 bits.
#include "Float24.h"
#include "KernelHarness.h"

#include "gtest/gtest.h"

#include <cmath>

namespace kiln::test {
namespace {

struct GemmCase {
  int64_t rows, inner, columns;
  bool bias;
  std::string activation;
  int64_t tile, tasks, together;
  bool isRounded;

  Shape packed() const {
    return isRounded ? Shape{blocksOf(columns), (inner + 3) / 4, 3, 16}
                     : Shape{blocksOf(columns), inner, 16};
  }
  std::string text() const {
    std::string a = "memref<" + textOf({rows, inner}) + "xf32>",
                b = "memref<" + textOf(packed()) + (isRounded ? "xi32>" : "xf32>");
    std::string bias1 = bias ? ", memref<" + std::to_string(blocksOf(columns) * 16) + "xf32>" : "";
    std::string words = "%w = memref.view %a1[%c0][] : memref<" +
                        std::to_string(4 * elementsOf(packed())) + "xi8> to " + b + "\n";
    return words + "kernel.gemm ins(%b0, %w)" + (bias ? " bias(%b2) outs(%b3)" : " outs(%b2)") +
           " {" + (activation.empty() ? "" : "activation = #nn.activation<" + activation + ">, ") +
           scheduleText(tile, 1, tasks, /*pixelsOuter=*/false, together) + "} : (" + a + ", " + b +
           bias1 + ", memref<" + textOf({rows, columns}) + "xf32>) -> ()";
  }
};

double activate(const std::string &activation, double x) {
  if (activation == "sigmoid")
    return 1 / (1 + std::exp(-x));
  if (activation == "tanh")
    return std::tanh(x);
  if (activation.starts_with("elu"))
    return x < 0 ? 0.7 * std::expm1(x) : x;
  return activation == "relu" ? std::max(x, 0.0) : x;
}

void check(const GemmCase &c, Random &random, const std::string &cpu) {
  GuardedBuffer a({c.rows, c.inner}), b(c.packed(), 0.0f), bias({blocksOf(c.columns) * 16}, 0.0f);
  GuardedBuffer output({c.rows, c.columns}, -77.0f);
  random.fill(a);
  random.fill(bias);
  std::vector<double> matrix(c.inner * c.columns), want, have;
  for (int64_t k = 0; k < c.inner; ++k)
    for (int64_t n = 0; n < c.columns; ++n) {
      double &weight = matrix[k * c.columns + n];
      if (c.isRounded) {
        uint32_t code = randomFloat24(random);
        weight = valueOfFloat24(code);
        storeFloat24(b, n / 16, k, n % 16, code);
      } else {
        weight = b[(n / 16 * c.inner + k) * 16 + n % 16] = random.real();
      }
    }
  std::vector<GuardedBuffer *> buffers = {&a, &b};
  if (c.bias)
    buffers.push_back(&bias);
  buffers.push_back(&output);
  runKernel(buffers, c.text(), cpu);
  for (int64_t m = 0; m < c.rows; ++m)
    for (int64_t n = 0; n < c.columns; ++n) {
      double sum = c.bias ? bias[n] : 0.0;
      for (int64_t k = 0; k < c.inner; ++k)
        sum += a[m * c.inner + k] * matrix[k * c.columns + n];
      want.push_back(activate(c.activation, sum));
      have.push_back(output[m * c.columns + n]);
    }
  EXPECT_LT(relativeError(want, have), 1e-5);
}

void checkSeeds(int first, int count, const std::string &cpu) {
  for (int seed = first; seed < first + count; ++seed) {
    Random random(seed);
    GemmCase c{random.chance(0.5) ? 1 : random.integer(2, 40),
               random.integer(1, 90),
               random.integer(1, 90),
               random.chance(0.6),
               random.choose<std::string>({"", "relu", "sigmoid", "tanh", "elu, 0.7"}),
               random.integer(1, 30),
               random.choose<int64_t>({1, 2, 5}),
               random.integer(1, 3),
               random.chance(0.5)};
    SCOPED_TRACE("seed " + std::to_string(seed) + " on " + cpu + ": " + c.text());
    check(c, random, cpu);
    if (testing::Test::HasFailure())
      return;
  }
}

TEST(Gemm, Native) { checkSeeds(1, seedCount(25), "native"); }
TEST(Gemm, Avx2) { checkSeeds(101, seedCount(6), "x86-64-v3"); }
TEST(Gemm, Portable) { checkSeeds(201, seedCount(6), "x86_64"); }

} // namespace
} // namespace kiln::test
