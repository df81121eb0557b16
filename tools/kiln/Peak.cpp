// Twelve independent accumulators cover the latency of the FMA units of today's CPUs (4 or 5
// cycles, 2 units).
#include "tools/kiln/Peak.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <numeric>
#include <thread>
#include <vector>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace kiln::tool {
namespace {

using Clock = std::chrono::steady_clock;
constexpr int accumulators = 12;
constexpr int64_t rounds = 1 << 16;

// The empty asm statements keep the compiler from computing the sums in advance or dropping them.

#if defined(__x86_64__)
__attribute__((target("avx512f"))) int64_t burstAvx512() {
  __m512 sums[accumulators] = {}, factor = _mm512_set1_ps(0.5f);
  for (int64_t i = 0; i < rounds; ++i)
    for (__m512 &sum : sums) {
      sum = _mm512_fmadd_ps(sum, factor, factor);
      asm volatile("" : "+v"(sum));
    }
  return rounds * accumulators * 16 * 2;
}

__attribute__((target("avx2,fma"))) int64_t burstAvx2() {
  __m256 sums[accumulators] = {}, factor = _mm256_set1_ps(0.5f);
  for (int64_t i = 0; i < rounds; ++i)
    for (__m256 &sum : sums) {
      sum = _mm256_fmadd_ps(sum, factor, factor);
      asm volatile("" : "+x"(sum));
    }
  return rounds * accumulators * 8 * 2;
}
#endif

int64_t burstScalar() {
  float sums[accumulators] = {};
  for (int64_t i = 0; i < rounds; ++i)
    for (float &sum : sums) {
      sum = sum * 0.5f + 0.5f;
      asm volatile("" : : "g"(&sum) : "memory");
    }
  return rounds * accumulators * 2;
}

/// One burst of multiply-adds; how many floating-point operations it was.
int64_t burst() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f"))
    return burstAvx512();
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
    return burstAvx2();
#endif
  return burstScalar();
}

/// The rate of the fastest burst within `seconds`: the others were slowed down by something else on
/// the machine.
double fastestBurst(double seconds) {
  auto start = Clock::now(), before = start;
  double best = 0;
  while (before - start < std::chrono::duration<double>(seconds)) {
    double operations = static_cast<double>(burst());
    auto after = Clock::now();
    best = std::max(best, operations / std::chrono::duration<double>(after - before).count());
    before = after;
  }
  return best / 1e9;
}

} // namespace

double measurePeakGflops(int threads) {
  std::vector<double> rates(threads);
  std::vector<std::thread> others;
  for (int i = 1; i < threads; ++i)
    others.emplace_back([&rates, i] { rates[i] = fastestBurst(0.1); });
  rates[0] = fastestBurst(0.1);
  for (std::thread &other : others)
    other.join();
  return std::accumulate(rates.begin(), rates.end(), 0.0);
}

} // namespace kiln::tool
