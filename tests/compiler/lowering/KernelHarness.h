// Compiles one kernel op and runs it on buffers that lie between guards: what is written outside of
// a buffer is noticed, and what is read outside becomes NaN.
#ifndef KILN_TESTS_COMPILER_LOWERING_KERNELHARNESS_H
#define KILN_TESTS_COMPILER_LOWERING_KERNELHARNESS_H

#include "KernelJit.h"

#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace kiln::test {

using Shape = std::vector<int64_t>;

int64_t elementsOf(const Shape &shape);
/// `1x4x9x9x16`.
std::string textOf(const Shape &shape);
/// `array<i64: 1, 2, 3>`.
std::string arrayOf(const Shape &values);

/// Floats between two guards of NaN with a known pattern of bits, at an address that is a multiple
/// of 64.
class GuardedBuffer {
public:
  explicit GuardedBuffer(const Shape &shape);
  GuardedBuffer(const Shape &shape, float value);
  float *data() { return storage.data() + offset; }
  const float *data() const { return storage.data() + offset; }
  float &operator[](int64_t i) { return data()[i]; }
  float operator[](int64_t i) const { return data()[i]; }
  int64_t size() const { return elements; }
  const Shape &shape() const { return dims; }
  bool guardsAreIntact() const;

private:
  Shape dims;
  int64_t elements, offset;
  std::vector<float> storage;
};

/// Numbers from -1 to 1 for a seed.
class Random {
public:
  explicit Random(uint64_t seed) : engine(seed) {}
  void fill(GuardedBuffer &buffer);
  float real() { return std::uniform_real_distribution<float>(-1.0f, 1.0f)(engine); }
  /// From `low` to `high`, both included.
  int64_t integer(int64_t low, int64_t high) {
    return std::uniform_int_distribution<int64_t>(low, high)(engine);
  }
  bool chance(double probability) { return std::bernoulli_distribution(probability)(engine); }
  template <typename T> T choose(std::initializer_list<T> values) {
    return values.begin()[integer(0, static_cast<int64_t>(values.size()) - 1)];
  }

private:
  std::mt19937_64 engine;
};

/// An entry function under test.
class CompiledKernel {
public:
  /// `operations` are ops on %b0, %b1, ... of the given shapes (f32); the last is the output.
  CompiledKernel(const std::vector<Shape> &buffers, const std::string &operations,
                 const std::string &cpu = "native");
  /// A whole module; runs its function @net.
  explicit CompiledKernel(const std::string &module, const std::string &cpu = "native");

  bool isValid() const { return body != nullptr; }
  /// Runs on one buffer for each shape; fails the test where a guard was hit.
  void run(const std::vector<GuardedBuffer *> &buffers);
  /// The last pointer is the output's.
  void runRaw(const std::vector<void *> &buffers, void *weights = nullptr, void *arena = nullptr);
  const std::string &object() const { return jit.object(); }

private:
  void compile(const std::string &module, const std::string &cpu);

  KernelJit jit;
  Body *body = nullptr;
};

/// Compiles `operations` for buffers of these shapes and runs them; fails the test where that is
/// not possible.
void runKernel(const std::vector<GuardedBuffer *> &buffers, const std::string &operations,
               const std::string &cpu = "native");

/// Blocks of 16 channels.
inline int64_t blocksOf(int64_t channels) { return (channels + 15) / 16; }
/// True where filter `f` of a tail has pairs of channels in its lanes, false for a dot product.
inline bool isPaired(int64_t f, int64_t filters, int64_t channels) {
  return 2 * std::min<int64_t>(8, filters - f / 8 * 8) * blocksOf(channels) >= channels;
}
/// Whether a block of a filter of form tail is not in halves.
inline bool isWholeBlock(int64_t block, int64_t filters, int64_t groups) {
  int64_t first = block * 16, last = std::min(first + 16, filters) - 1, perGroup = filters / groups;
  return last - first >= (groups == 1 ? 15 : 8) && first / perGroup == last / perGroup;
}
/// Position of an element in a blocked (rank 6) or planar (rank 5) map; `p` counts the border.
int64_t mapIndex(const Shape &shape, int64_t batch, int64_t channel, const Shape &p);
/// `p + by`, in each dimension.
Shape shifted(Shape p, const Shape &by);

template <typename F> void forEachPixel(const Shape &size, F body) {
  for (int64_t d = 0; d < size[0]; ++d)
    for (int64_t h = 0; h < size[1]; ++h)
      for (int64_t w = 0; w < size[2]; ++w)
        body(Shape{d, h, w});
}

/// `usual` seeds, or as many as KILN_TEST_SEEDS says.
int seedCount(int usual);

/// A schedule attribute.
std::string scheduleText(int64_t rows, int64_t columns, int64_t tasks, bool pixelsOuter = false,
                         int64_t filters = 1, const std::string &lanes = "filters");

/// The largest difference over the largest expected value.
double relativeError(const std::vector<double> &expected, const std::vector<double> &actual);

} // namespace kiln::test

#endif // KILN_TESTS_COMPILER_LOWERING_KERNELHARNESS_H
