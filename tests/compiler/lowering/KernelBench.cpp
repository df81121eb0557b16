// Convolution kernels of known networks beside the multiply-add peak of the same moment: no test, run it by hand on a quiet machine.
//
//   kernel-bench [--cpu=NAME] [FILTER]
#include "KernelHarness.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <functional>

namespace kiln::test {
namespace {

double seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// The least time of one call within about a quarter of a second.
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

/// Multiply-adds on sixteen accumulators that never leave their registers: GFLOP/s.
double peak(const std::string &cpu) {
  std::string carried, types, sums;
  for (int i = 0; i < 12; ++i) {
    std::string n = std::to_string(i);
    carried += (i ? ", %s" : "%s") + n + " = %v";
    types += std::string(i ? ", " : "") + "vector<16xf32>";
    sums += "%t" + n + " = vector.fma %v, %v, %s" + n + " : vector<16xf32>\n";
  }
  std::string results, add;
  for (int i = 0; i < 12; ++i)
    results += (i ? ", %t" : "%t") + std::to_string(i);
  for (int i = 1; i < 12; ++i)
    add += "%u" + std::to_string(i) + " = arith.addf %" + (i == 1 ? std::string("r#0") : "u" + std::to_string(i - 1)) + ", %r#" +
           std::to_string(i) + " : vector<16xf32>\n";
  constexpr int64_t turns = 100000;
  std::string module =
      "func.func private @peak(%a: memref<16xf32>, %task: index) attributes {kernel.tasks = 1 : i64} {\n"
      "%c0 = arith.constant 0 : index\n%c1 = arith.constant 1 : index\n%n = arith.constant " + std::to_string(turns) +
      " : index\n%v = vector.load %a[%c0] : memref<16xf32>, vector<16xf32>\n%r:12 = scf.for %i = %c0 to %n step %c1 iter_args(" +
      carried + ") -> (" + types + ") {\n" + sums + "scf.yield " + results + " : " + types + "\n}\n" + add +
      "vector.store %u11, %a[%c0] : memref<16xf32>, vector<16xf32>\nreturn\n}\n"
      "func.func @net(%o: memref<64xi8>, %w: memref<0xi8>, %ar: memref<0xi8>) attributes {kernel.entry} {\n"
      "%c0 = arith.constant 0 : index\n%b = memref.view %o[%c0][] : memref<64xi8> to memref<16xf32>\n"
      "kernel.launch @peak(%b) {tasks = 1 : i64} : (memref<16xf32>) -> ()\nreturn\n}\n";
  CompiledKernel kernel(module, cpu);
  GuardedBuffer buffer({16}, 0.0f);
  return 2e-9 * 16 * 12 * turns / leastTime([&] { kernel.runRaw({buffer.data()}); });
}

struct Layer {
  const char *name;
  std::string form;
  int64_t channels, filters, size, taps, stride, rows, columns;
  bool pixelsOuter;
};

std::string filterOf(const Layer &l) {
  int64_t blocks = blocksOf(l.filters);
  if (l.form == "depthwise")
    return textOf({blocks, 1, l.taps, l.taps, 16});
  if (l.form == "planar")
    return textOf({blocks, l.channels, 1, l.taps, l.taps, 16});
  return textOf({blocks, blocksOf(l.channels), 1, l.taps, l.taps, 16, 16});
}

Shape parse(const std::string &text) {
  Shape shape;
  for (size_t at = 0; at <= text.size(); at = text.find('x', at) == std::string::npos ? text.size() + 1 : text.find('x', at) + 1)
    shape.push_back(std::stoll(text.substr(at)));
  return shape;
}

void measure(const Layer &l, const std::string &cpu) {
  int64_t pad = l.taps / 2, in = l.size + 2 * pad, out = (in - l.taps) / l.stride + 1;
  Shape input = l.form == "planar" ? Shape{1, l.channels, 1, in, in} : Shape{1, blocksOf(l.channels), 1, in, in, 16};
  Shape filter = parse(filterOf(l)), output = {1, blocksOf(l.filters), 1, out, out, 16};
  std::string text = "kernel.conv ins(%b0, %b1) bias(%b2) outs(%b3) {form = #nn.filter_form<" + l.form + ">, channels = " +
                     std::to_string(l.channels) + " : i64, filters = " + std::to_string(l.filters) + " : i64, groups = " +
                     std::to_string(l.form == "depthwise" ? l.channels : 1) + " : i64, strides = " + arrayOf({1, l.stride, l.stride}) +
                     ", dilations = " + arrayOf({1, 1, 1}) + ", origin = " + arrayOf({0, 0, 0}) + ", out_size = " +
                     arrayOf({1, out, out}) + ", out_origin = " + arrayOf({0, 0, 0}) + ", activation = #nn.activation<relu>, " +
                     scheduleText(l.rows, l.columns, 1, l.pixelsOuter) + "} : (memref<" + textOf(input) + "xf32>, memref<" +
                     textOf(filter) + "xf32>, memref<" + textOf({blocksOf(l.filters) * 16}) + "xf32>, memref<" + textOf(output) +
                     "xf32>) -> ()";
  std::vector<Shape> shapes = {input, filter, {blocksOf(l.filters) * 16}, output};
  CompiledKernel kernel(shapes, text, cpu);
  Random random(1);
  GuardedBuffer a(input), w(filter), b(shapes[2]), o(output);
  for (GuardedBuffer *buffer : {&a, &w, &b})
    random.fill(*buffer);
  double before = peak(cpu), time = leastTime([&] { kernel.runRaw({a.data(), w.data(), b.data(), o.data()}); });
  double top = std::max(before, peak(cpu));
  double flops = 2.0 * (l.form == "depthwise" ? 1 : l.channels) * l.filters * l.taps * l.taps * out * out * 1e-9;
  std::printf("%-28s r%lldx%-3lld %-7s %9.1f us %7.1f GFLOP/s %5.1f %% of %.1f\n", l.name, (long long)l.rows, (long long)l.columns,
              l.pixelsOuter ? "pixels" : "filters", time * 1e6, flops / time, 100 * flops / time / top, top);
  std::fflush(stdout);
}

const Layer layers[] = {
    {"3x3 64->64 56x56", "blocked", 64, 64, 56, 3, 1, 1, 28, false},
    {"3x3 128->128 28x28", "blocked", 128, 128, 28, 3, 1, 1, 28, false},
    {"3x3 256->256 14x14", "blocked", 256, 256, 14, 3, 1, 2, 14, false},
    {"3x3 256->256 14x14", "blocked", 256, 256, 14, 3, 1, 1, 14, false},
    {"3x3 512->512 7x7", "blocked", 512, 512, 7, 3, 1, 4, 7, false},
    {"1x1 256->64 56x56", "blocked", 256, 64, 56, 1, 1, 1, 28, false},
    {"1x1 256->64 56x56", "blocked", 256, 64, 56, 1, 1, 1, 28, true},
    {"1x1 64->256 56x56", "blocked", 64, 256, 56, 1, 1, 1, 28, false},
    {"1x1 64->256 56x56", "blocked", 64, 256, 56, 1, 1, 1, 28, true},
    {"1x1 512->2048 7x7", "blocked", 512, 2048, 7, 1, 1, 1, 25, false},
    {"1x1 s2 256->512 56x56", "blocked", 256, 512, 56, 1, 2, 1, 28, false},
    {"3x3 s2 128->128 56x56", "blocked", 128, 128, 56, 3, 2, 1, 28, false},
    {"7x7 s2 3->64 224x224", "planar", 3, 64, 224, 7, 2, 1, 28, false},
    {"3x3 3->64 224x224", "planar", 3, 64, 224, 3, 1, 1, 28, false},
    {"3x3 dw 32 112x112", "depthwise", 32, 32, 112, 3, 1, 1, 14, false},
    {"3x3 dw 128 56x56", "depthwise", 128, 128, 56, 3, 1, 1, 14, false},
    {"3x3 dw 512 14x14", "depthwise", 512, 512, 14, 3, 1, 1, 14, false},
    {"3x3 dw s2 64 112x112", "depthwise", 64, 64, 112, 3, 2, 1, 14, false},
};

int run(int argc, char **argv) {
  std::string cpu = "native", filter;
  for (int i = 1; i < argc; ++i) {
    std::string argument = argv[i];
    if (argument.starts_with("--cpu="))
      cpu = argument.substr(6);
    else
      filter = argument;
  }
  for (const Layer &layer : layers)
    if (std::string(layer.name).find(filter) != std::string::npos)
      measure(layer, cpu);
  return 0;
}

} // namespace
} // namespace kiln::test

int main(int argc, char **argv) { return kiln::test::run(argc, argv); }
