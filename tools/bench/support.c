/* What the benchmark needs from C: Kiln's thread pool and weights, a call of a network without
 * arguments, and a loop of multiply-adds that shows how fast the cores are at the moment. compare
 * builds it with libkiln_runtime.a. */
#include "kiln/hosted.h"

#include <time.h>

#define EXPORT __attribute__((visibility("default")))

EXPORT kiln_pool *bench_pool_create(int threads) { return kiln_pool_create(threads); }

EXPORT kiln_buffer bench_load_weights(const char *path) { return kiln_load_weights(path); }

/* net_run of the only network of this process and its arguments: ctypes takes half a microsecond to
 * convert five. */
typedef int run_function(const void *model, const void *inputs, const void *outputs,
                         kiln_buffer arena, const kiln_pool *pool);
static struct {
  run_function *run;
  const void *model, *inputs, *outputs;
  kiln_buffer arena;
  const kiln_pool *pool;
} bound;

EXPORT void bench_bind(run_function *run, const void *model, const void *inputs,
                       const void *outputs, kiln_buffer arena, const kiln_pool *pool) {
  bound.run = run;
  bound.model = model;
  bound.inputs = inputs;
  bound.outputs = outputs;
  bound.arena = arena;
  bound.pool = pool;
}

EXPORT int bench_run(void) {
  return bound.run(bound.model, bound.inputs, bound.outputs, bound.arena, bound.pool);
}

enum { ACCUMULATORS = 12, TURNS = 1 << 16 };
#if defined(__AVX512F__)
enum { BYTES = 64 };
#define REGISTER "+v"
#elif defined(__AVX__)
enum { BYTES = 32 };
#define REGISTER "+x"
#elif defined(__x86_64__)
enum { BYTES = 16 };
#define REGISTER "+x"
#else
enum { BYTES = 16 };
#define REGISTER "+w"
#endif
typedef float lanes
    __attribute__((vector_size(BYTES))); /* one register of the machine that it is built for */

static double seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* The rate of the fastest of `bursts` bursts in GFLOP/s. */
EXPORT double bench_fma(int bursts) {
  double best = 0;
  for (int burst = 0; burst < bursts; ++burst) {
    lanes sums[ACCUMULATORS] = {{0}}, factor = {0};
    factor += 0.5f;
    double start = seconds();
    for (int turn = 0; turn < TURNS; ++turn)
      for (int i = 0; i < ACCUMULATORS; ++i) {
        sums[i] = sums[i] * factor + factor;
        __asm__ volatile("" : REGISTER(sums[i]));
      }
    double rate = 2e-9 * (BYTES / 4) * ACCUMULATORS * TURNS / (seconds() - start);
    if (rate > best)
      best = rate;
  }
  return best;
}
