// Each thread reads a buffer of its own that fills half of its part of the level, in four streams:
// one alone does not keep enough loads under way.
#include "tools/kiln/Bandwidth.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <memory>
#include <string>
#include <thread>
#include <unistd.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace kiln::tool {
namespace {

using Clock = std::chrono::steady_clock;
constexpr int64_t streams = 4, line = 64;

// The empty asm statements keep the compiler from dropping the loads.

#if defined(__x86_64__)
__attribute__((target("avx512f"))) void readAvx512(const char *data, int64_t stream) {
  for (int64_t i = 0; i < stream; i += line)
    for (int64_t s = 0; s < streams; ++s)
      asm volatile("" : : "v"(_mm512_load_ps(data + s * stream + i)));
}

__attribute__((target("avx"))) void readAvx(const char *data, int64_t stream) {
  for (int64_t i = 0; i < stream; i += line / 2)
    for (int64_t s = 0; s < streams; ++s)
      asm volatile(""
                   :
                   : "x"(_mm256_load_ps(reinterpret_cast<const float *>(data + s * stream + i))));
}
#endif

void readScalar(const char *data, int64_t stream) {
  for (int64_t i = 0; i < stream; i += 8)
    for (int64_t s = 0; s < streams; ++s)
      asm volatile("" : : "r"(*reinterpret_cast<const int64_t *>(data + s * stream + i)));
}

void readOnce(const char *data, int64_t stream) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f"))
    return readAvx512(data, stream);
  if (__builtin_cpu_supports("avx"))
    return readAvx(data, stream);
#endif
  readScalar(data, stream);
}

/// Where threads wait for each other: one that reads alone would have a bandwidth that they share.
class Meeting {
public:
  explicit Meeting(int threads) : threads(threads) {}

  void wait(int round) {
    ++arrived;
    while (arrived < threads * (round + 1))
      std::this_thread::yield();
  }

private:
  int threads;
  std::atomic<int> arrived = 0;
};

struct Span {
  Clock::time_point begin, end;
};

constexpr int rounds = 24;
using Spans = std::array<Span, rounds>;

struct Buffer {
  explicit Buffer(int64_t bytes)
      : stream(std::max<int64_t>(bytes / streams / line * line, line)),
        memory(static_cast<char *>(std::aligned_alloc(4096, (size() + 4095) / 4096 * 4096))) {
    if (memory)
      std::fill_n(memory.get(), size(), 1);
  }

  int64_t size() const { return stream * streams; }

  struct Free {
    void operator()(char *memory) const { std::free(memory); }
  };
  int64_t stream;
  std::unique_ptr<char, Free> memory; ///< null where there is none
};

/// How often a round reads a buffer: long enough for the clock.
int64_t turnsFor(int64_t bytes) { return std::max<int64_t>(1, (64 << 20) / bytes); }

void readRounds(const Buffer &buffer, Meeting &meeting, Spans &spans) {
  for (int round = 0; round < rounds; ++round) {
    meeting.wait(round);
    spans[round].begin = Clock::now();
    for (int64_t turn = 0; turn < turnsFor(buffer.size()); ++turn)
      readOnce(buffer.memory.get(), buffer.stream);
    spans[round].end = Clock::now();
  }
}

/// GB/s of the fastest round, from when the first thread begins until the last one ends.
double fastestRound(const std::vector<Spans> &spans, double bytes) {
  double best = 0;
  for (int round = 0; round < rounds; ++round) {
    Span whole = spans[0][round];
    for (const Spans &thread : spans)
      whole = {std::min(whole.begin, thread[round].begin), std::max(whole.end, thread[round].end)};
    best = std::max(best,
                    1e-9 * bytes / std::chrono::duration<double>(whole.end - whole.begin).count());
  }
  return best;
}

/// What `threads` threads read in a second, each from `bytes` of its own.
double readTogether(int threads, int64_t bytes) {
  std::vector<Buffer> buffers;
  for (int i = 0; i < threads; ++i)
    buffers.emplace_back(bytes);
  if (std::any_of(buffers.begin(), buffers.end(), [](auto &buffer) { return !buffer.memory; }))
    return 0;
  std::vector<Spans> spans(threads);
  Meeting meeting(threads);
  std::vector<std::thread> others;
  for (int i = 1; i < threads; ++i)
    others.emplace_back([&, i] { readRounds(buffers[i], meeting, spans[i]); });
  readRounds(buffers[0], meeting, spans[0]);
  for (std::thread &other : others)
    other.join();
  int64_t size = buffers[0].size();
  return fastestRound(spans, static_cast<double>(threads * turnsFor(size) * size));
}

/// The size of a cache as the kernel tells it, else as libc does, which knows less of virtual
/// machines.
int64_t cacheBytes(int index, int name) {
  std::ifstream file("/sys/devices/system/cpu/cpu0/cache/index" + std::to_string(index) + "/size");
  int64_t kilobytes = 0;
  if (file >> kilobytes && kilobytes > 0)
    return kilobytes << 10;
  return std::max<int64_t>(0, sysconf(name));
}

} // namespace

std::vector<MemoryLevel> measureBandwidth(int threads) {
  // Index 1 is the cache of instructions.
  int64_t l1 = std::max<int64_t>(cacheBytes(0, _SC_LEVEL1_DCACHE_SIZE), 32 << 10);
  int64_t l2 = std::max<int64_t>(cacheBytes(2, _SC_LEVEL2_CACHE_SIZE), 512 << 10);
  int64_t l3 = cacheBytes(3, _SC_LEVEL3_CACHE_SIZE);
  std::vector<MemoryLevel> levels = {{"L1", l1 * threads, readTogether(threads, l1 / 2)},
                                     {"L2", l2 * threads, readTogether(threads, l2 / 2)}};
  // Others may use the shared cache too: a quarter of it is likely ours.
  if (l3 > l2 * threads)
    levels.push_back({"L3", l3, readTogether(threads, std::max(l2 * 2, l3 / 4 / threads))});
  int64_t far = std::max<int64_t>(4 * l3, 64 << 20) / threads;
  levels.push_back({"DRAM", std::numeric_limits<int64_t>::max(), readTogether(threads, far)});
  return levels;
}

} // namespace kiln::tool
