// kernel-bench: every family of kernels by itself, to find a regression or to try a change of an
// emitter or a cost model.
//
//   kernel-bench [--target=TARGET] [--threads=N] [Google Benchmark's options, such as
//   --benchmark_filter=conv3x3]
#include "tools/bench/BenchedKernel.h"
#include "tools/kiln/Peak.h"

#include "kiln/hosted.h"
#include "kiln/program.h"

#include <benchmark/benchmark.h>

#include <charconv>
#include <chrono>
#include <cstdio>
#include <memory>
#include <string_view>

namespace kiln::bench {
namespace {

struct Settings {
  Options options;
  int threads = 1;
  std::unique_ptr<kiln_pool, void (*)(kiln_pool *)> pool = {nullptr, kiln_pool_destroy};
};

/// Takes our options out of the arguments; false for a value that is none.
bool readSettings(int &count, char **arguments, Settings &settings) {
  int kept = 0;
  for (int i = 0; i < count; ++i) {
    std::string_view argument = arguments[i];
    constexpr std::string_view target = "--target=", threads = "--threads=";
    if (argument.starts_with(target)) {
      settings.options.target = argument.substr(target.size());
    } else if (argument.starts_with(threads)) {
      std::string_view number = argument.substr(threads.size());
      auto [end, error] = std::from_chars(number.begin(), number.end(), settings.threads);
      if (error != std::errc() || end != number.end() || settings.threads < 1)
        return false;
    } else {
      arguments[kept++] = arguments[i];
    }
  }
  count = kept;
  settings.options.threads = settings.threads;
  if (settings.threads > 1)
    settings.pool.reset(kiln_pool_create(settings.threads));
  return true;
}

benchmark::Counter rate(double amount) {
  return benchmark::Counter(amount, benchmark::Counter::kIsIterationInvariantRate);
}

void runLayer(benchmark::State &state, const BenchedLayer &layer, BenchedKernel &kernel,
              const Settings &settings) {
  if (!kernel.code && kernel.problem.empty())
    kernel = compileLayer(layer, settings.options);
  if (!kernel.code)
    return state.SkipWithError(kernel.problem.c_str());
  for (auto turn : state)
    kernel.code->run(0, settings.pool.get());
  if (kernel.multiplyAdds)
    state.counters["FLOP/s"] = rate(2.0 * static_cast<double>(kernel.multiplyAdds));
  state.SetBytesProcessed(state.iterations() * kernel.bytes);
  state.SetLabel(kernel.choice);
}

/// The limit beside which the others stand.
void runPeak(benchmark::State &state, int threads) {
  double gflops = 0;
  for (auto turn : state)
    gflops = tool::measurePeakGflops(threads);
  state.counters["FLOP/s"] = gflops * 1e9;
}

using Clock = std::chrono::steady_clock;
constexpr std::chrono::microseconds taskTime(2);

void waitForTaskTime(void *, int) {
  for (auto begin = Clock::now(); Clock::now() - begin < taskTime;) {
  }
}

/// What a parallel region costs besides its work: a task a thread, each long enough for the others
/// to take part.
void runLaunch(benchmark::State &state, const kiln_pool *pool) {
  int tasks = pool ? pool->threads : 1;
  for (auto turn : state) {
    auto begin = Clock::now();
    kiln_launch(pool, tasks, waitForTaskTime, nullptr);
    state.SetIterationTime(std::chrono::duration<double>(Clock::now() - begin - taskTime).count());
  }
}

int run(int count, char **arguments) {
  Settings settings;
  benchmark::Initialize(&count, arguments);
  if (!readSettings(count, arguments, settings) ||
      benchmark::ReportUnrecognizedArguments(count, arguments)) {
    std::fprintf(
        stderr,
        "usage: kernel-bench [--target=TARGET] [--threads=N] [--benchmark_filter=REGEX ...]\n");
    return 2;
  }
  benchmark::RegisterBenchmark("peak", runPeak, settings.threads)
      ->Iterations(1)
      ->Unit(benchmark::kMillisecond);
  benchmark::RegisterBenchmark("launch", runLaunch, settings.pool.get())->UseManualTime();
  std::vector<BenchedLayer> layers = benchedLayers();
  std::vector<BenchedKernel> kernels(layers.size());
  for (size_t i = 0; i < layers.size(); ++i)
    benchmark::RegisterBenchmark(layers[i].name.c_str(), runLayer, std::cref(layers[i]),
                                 std::ref(kernels[i]), std::cref(settings))
        ->Unit(benchmark::kMicrosecond)
        ->UseRealTime();
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}

} // namespace
} // namespace kiln::bench

int main(int count, char **arguments) { return kiln::bench::run(count, arguments); }
