// Winograd kernels beside the direct convolution of the same layer: no test, run it by hand on a quiet machine.
//
//   winograd-bench CHANNELS FILTERS SIZE [TILE BLOCK REGISTERS TASKS]...
#include "KernelHarness.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <functional>

namespace kiln::test {
namespace {

double seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double leastTime(const std::function<void()> &call) {
  call();
  double least = 1e9, end = seconds() + 0.25;
  while (seconds() < end) {
    double begin = seconds();
    call();
    least = std::min(least, seconds() - begin);
  }
  return least;
}

struct Layer {
  int64_t channels, filters, size;
  Shape input() const { return {1, blocksOf(channels), 1, size + 2, size + 2, 16}; }
  Shape output() const { return {1, blocksOf(filters), 1, size, size, 16}; }
  double flops() const { return 18.0 * channels * filters * size * size; }
};

std::string memref(const Shape &shape) { return "memref<" + textOf(shape) + "xf32>"; }

/// The last buffer is the output; the others are filled with random numbers.
double timeOf(const std::vector<Shape> &shapes, const std::string &text) {
  CompiledKernel kernel(shapes, text, "native");
  Random random(1);
  std::vector<GuardedBuffer> buffers;
  std::vector<void *> pointers;
  for (const Shape &shape : shapes)
    buffers.emplace_back(shape);
  for (GuardedBuffer &buffer : buffers) {
    random.fill(buffer);
    pointers.push_back(buffer.data());
  }
  return leastTime([&] { kernel.runRaw(pointers); });
}

void report(const Layer &l, const std::string &name, double time, double multiplications) {
  std::printf("%lld->%lld %lldx%lld  %-24s %9.1f us  %7.1f GFLOP/s of the direct algorithm, %6.1f of its own\n",
              (long long)l.channels, (long long)l.filters, (long long)l.size, (long long)l.size, name.c_str(), time * 1e6,
              l.flops() / time * 1e-9, 2 * multiplications / time * 1e-9);
  std::fflush(stdout);
}

void measureDirect(const Layer &l) {
  Shape filter = {blocksOf(l.filters), blocksOf(l.channels), 1, 3, 3, 16, 16};
  int64_t columns = l.size % 28 == 0 ? 28 : std::min<int64_t>(l.size, 28), rows = std::max<int64_t>(1, 28 / l.size);
  std::string text = "kernel.conv ins(%b0, %b1) outs(%b2) {form = #nn.filter_form<blocked>, channels = " +
                     std::to_string(l.channels) + " : i64, filters = " + std::to_string(l.filters) +
                     " : i64, strides = " + arrayOf({1, 1, 1}) + ", dilations = " + arrayOf({1, 1, 1}) +
                     ", origin = " + arrayOf({0, 0, 0}) + ", out_size = " + arrayOf({1, l.size, l.size}) +
                     ", out_origin = " + arrayOf({0, 0, 0}) + ", " + scheduleText(rows, columns, 1) + "} : (" +
                     memref(l.input()) + ", " + memref(filter) + ", " + memref(l.output()) + ") -> ()";
  report(l, "direct", timeOf({l.input(), filter, l.output()}, text), l.flops() / 2);
}

void measureWinograd(const Layer &l, int64_t tile, int64_t block, int64_t registers, int64_t tasks) {
  int64_t points = (tile + 2) * (tile + 2), across = (l.size + tile - 1) / tile;
  block = std::min(block, across * across);
  Shape filter = {blocksOf(l.filters), points, l.channels, 16};
  Shape transformed = {tasks, points, blocksOf(l.channels) * block | 1, 16}, products = {tasks, points, block | 1, 16};
  std::string text = "kernel.winograd ins(%b1) input(%b0) outs(%b4) scratch(%b2, %b3) {form = #nn.filter_form<winograd_f" +
                     std::to_string(tile) + ">, channels = " + std::to_string(l.channels) +
                     " : i64, filters = " + std::to_string(l.filters) + " : i64, origin = " + arrayOf({0, 0, 0}) +
                     ", out_size = " + arrayOf({1, l.size, l.size}) + ", out_origin = " + arrayOf({0, 0, 0}) +
                     ", schedule = #kernel.winograd_schedule<block = " + std::to_string(block) +
                     ", registers = " + std::to_string(registers) + ", tasks = " + std::to_string(tasks) + ">} : (" + memref(filter) + ", " + memref(l.input()) + ", " + memref(l.output()) + ", " +
                     memref(transformed) + ", " + memref(products) + ") -> ()";
  std::string name = "F" + std::to_string(tile) + " block " + std::to_string(block) + " registers " +
                     std::to_string(registers) + " tasks " + std::to_string(tasks);
  report(l, name, timeOf({l.input(), filter, transformed, products, l.output()}, text),
         static_cast<double>(points) * across * across * l.channels * l.filters);
}

int run(int argc, char **argv) {
  if (argc < 4)
    return 2;
  Layer layer = {std::atoll(argv[1]), std::atoll(argv[2]), std::atoll(argv[3])};
  measureDirect(layer);
  for (int i = 4; i + 3 < argc; i += 4)
    measureWinograd(layer, std::atoll(argv[i]), std::atoll(argv[i + 1]), std::atoll(argv[i + 2]), std::atoll(argv[i + 3]));
  return 0;
}

} // namespace
} // namespace kiln::test

int main(int argc, char **argv) { return kiln::test::run(argc, argv); }
