// See KernelTimer.h.
#include "compiler/tuning/KernelTimer.h"

#include "compiler/tuning/IsolatedKernel.h"

#include "llvm/Support/Threading.h"

#include <chrono>

using namespace mlir;

namespace kiln {
namespace {

/// One choice under measurement.
class Stopwatch {
public:
  Stopwatch(IsolatedKernel &kernel, size_t choice, const kiln_pool *pool)
      : kernel(kernel), choice(choice), pool(pool) {}

  int64_t nanoseconds() const { return static_cast<int64_t>(std::max(least, 1.0)); }

  /// Runs for about two milliseconds, at least once; calls too short for the clock are timed
  /// together.
  void run() {
    constexpr double turnTime = 2e6, clockTime = 20e3;
    double spent = 0;
    do {
      int calls = least < clockTime ? static_cast<int>(clockTime / std::max(least, 1.0)) + 1 : 1;
      auto begin = std::chrono::steady_clock::now();
      for (int i = 0; i < calls; ++i)
        kernel.run(choice, pool);
      double time =
          std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - begin)
              .count();
      least = std::min(least, time / calls);
      spent += time;
    } while (spent < turnTime);
  }

private:
  IsolatedKernel &kernel;
  size_t choice;
  const kiln_pool *pool;
  double least = 1e18;
};

void measureInTurns(std::vector<Stopwatch> &watches) {
  constexpr int rounds = 10, qualifying = 2;
  constexpr double farBehind = 1.3;
  int64_t least = INT64_MAX;
  for (int round = 0; round < rounds; ++round)
    for (Stopwatch &watch : watches) {
      if (round >= qualifying &&
          static_cast<double>(watch.nanoseconds()) > farBehind * static_cast<double>(least))
        continue;
      watch.run();
      least = std::min(least, watch.nanoseconds());
    }
}

} // namespace

KernelTimer::KernelTimer(const Options &options, llvm::DenseSet<Value> fromMemory)
    : options(options), fromMemory(std::move(fromMemory)) {
  int threads = std::min<int>(options.threads, llvm::hardware_concurrency().compute_thread_count());
  if (threads > 1)
    pool.reset(kiln_pool_create(threads));
}

FailureOr<ChoiceTimes> KernelTimer::measure(Operation *op, ArrayRef<KernelChoice> choices) {
  FailureOr<IsolatedKernel> kernel = IsolatedKernel::compile(op, choices, options, fromMemory);
  if (failed(kernel))
    return failure();
  std::vector<Stopwatch> watches;
  for (size_t i = 0; i < choices.size(); ++i)
    watches.emplace_back(*kernel, i, pool.get());
  measureInTurns(watches);
  // The pool's threads may sleep while the next kernel is compiled.
  if (pool)
    pool->parallel_for(pool->context, 0, nullptr, nullptr);
  ChoiceTimes times;
  for (auto [i, choice] : llvm::enumerate(choices))
    times[choice.text()] = watches[i].nanoseconds();
  return times;
}

} // namespace kiln
