/* A thread pool for inference: a launch is published as one atomic word {next task, tasks}; whoever
 * wins a compare-and-swap on it runs that task. A worker that comes late finds nothing to claim, so
 * no launch ever waits for a thread that the system has put aside. Workers spin while an inference
 * runs (a launch then costs about 0.1 us, a sleeping thread 50 us) and sleep soon after it has
 * ended. */
#include "kiln/hosted.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

enum {
  PAUSES_BEFORE_YIELD =
      2000, /* about 40 us: after that the core is offered to others at each turn */
  TURNS_IN_INFERENCE = 40000,  /* some milliseconds, longer than any serial part of a network */
  TURNS_AFTER_INFERENCE = 4000 /* about 100 us: the next inference may follow at once */
};

typedef struct pool_state {
  kiln_pool pool;
  pthread_mutex_t caller; /* held by the thread whose inference has the workers */
  pthread_mutex_t sleep;
  pthread_cond_t wake;
  pthread_t *threads;
  int started;
  void (*task)(void *,
               int); /* of the published launch; stable until `done` has reached its tasks */
  void *argument;
  char apart0[64];
  uint64_t launch; /* next task in the upper half, number of tasks in the lower */
  char apart1[64];
  int done;
  char apart2[64];
  int sleepers;
  int idle; /* no inference is running */
  int quit;
} pool_state;

static void relax(int turn) {
  if (turn > PAUSES_BEFORE_YIELD) {
    sched_yield();
    return;
  }
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

static int has_task(uint64_t launch) { return launch >> 32 < (launch & UINT32_MAX); }

/* Runs tasks of the published launch until none is left to claim; returns whether there was one. */
static int work(pool_state *state) {
  int worked = 0;
  uint64_t launch = __atomic_load_n(&state->launch, __ATOMIC_ACQUIRE);
  while (has_task(launch)) {
    if (!__atomic_compare_exchange_n(&state->launch, &launch, launch + (UINT64_C(1) << 32), 0,
                                     __ATOMIC_ACQUIRE, __ATOMIC_ACQUIRE))
      continue;
    state->task(state->argument, (int)(launch >> 32));
    __atomic_fetch_add(&state->done, 1, __ATOMIC_RELEASE);
    worked = 1;
    launch = __atomic_load_n(&state->launch, __ATOMIC_ACQUIRE);
  }
  return worked;
}

/* Sequentially consistent: either the sleeper sees the new launch or the publisher sees the
 * sleeper. */
static void sleep_until_launch(pool_state *state) {
  pthread_mutex_lock(&state->sleep);
  __atomic_fetch_add(&state->sleepers, 1, __ATOMIC_SEQ_CST);
  while (!has_task(__atomic_load_n(&state->launch, __ATOMIC_SEQ_CST)) &&
         !__atomic_load_n(&state->quit, __ATOMIC_SEQ_CST))
    pthread_cond_wait(&state->wake, &state->sleep);
  __atomic_fetch_sub(&state->sleepers, 1, __ATOMIC_SEQ_CST);
  pthread_mutex_unlock(&state->sleep);
}

static void wake_sleepers(pool_state *state) {
  if (__atomic_load_n(&state->sleepers, __ATOMIC_SEQ_CST) == 0)
    return;
  pthread_mutex_lock(&state->sleep);
  pthread_cond_broadcast(&state->wake);
  pthread_mutex_unlock(&state->sleep);
}

static void *worker(void *context) {
  pool_state *state = context;
  int turn = 0;
  while (!__atomic_load_n(&state->quit, __ATOMIC_RELAXED)) {
    if (work(state)) {
      turn = 0;
      continue;
    }
    int idle = __atomic_load_n(&state->idle, __ATOMIC_RELAXED);
    if (++turn < (idle ? TURNS_AFTER_INFERENCE : TURNS_IN_INFERENCE)) {
      relax(turn);
      continue;
    }
    sleep_until_launch(state);
    turn = 0;
  }
  return NULL;
}

static void launch_tasks(pool_state *state, int tasks, void (*task)(void *, int), void *argument) {
  state->task = task;
  state->argument = argument;
  __atomic_store_n(&state->idle, 0, __ATOMIC_RELAXED);
  __atomic_store_n(&state->done, 0, __ATOMIC_RELAXED);
  __atomic_store_n(&state->launch, (uint64_t)(uint32_t)tasks, __ATOMIC_SEQ_CST);
  wake_sleepers(state);
  work(state);
  for (int turn = 0; __atomic_load_n(&state->done, __ATOMIC_ACQUIRE) != tasks; ++turn)
    relax(turn);
}

static void parallel_for(void *context, int tasks, void (*task)(void *, int), void *argument) {
  pool_state *state = context;
  if (tasks == 0) {
    __atomic_store_n(&state->idle, 1, __ATOMIC_RELAXED);
    return;
  }
  /* A busy pool, also when a task launches tasks itself, leaves the work to this thread. */
  if (pthread_mutex_trylock(&state->caller) != 0) {
    for (int i = 0; i < tasks; ++i)
      task(argument, i);
    return;
  }
  launch_tasks(state, tasks, task, argument);
  pthread_mutex_unlock(&state->caller);
}

kiln_pool *kiln_pool_create(int threads) {
  if (threads < 1)
    return NULL;
  pool_state *state = calloc(1, sizeof(pool_state));
  if (state == NULL)
    return NULL;
  state->pool = (kiln_pool){state, threads, parallel_for};
  state->idle = 1;
  pthread_mutex_init(&state->caller, NULL);
  pthread_mutex_init(&state->sleep, NULL);
  pthread_cond_init(&state->wake, NULL);
  state->threads = calloc((size_t)threads, sizeof(pthread_t));
  for (; state->threads != NULL && state->started < threads - 1; ++state->started)
    if (pthread_create(&state->threads[state->started], NULL, worker, state) != 0)
      break;
  if (state->threads == NULL || state->started < threads - 1) {
    kiln_pool_destroy(&state->pool);
    return NULL;
  }
  return &state->pool;
}

void kiln_pool_destroy(kiln_pool *pool) {
  if (pool == NULL)
    return;
  pool_state *state = pool->context;
  __atomic_store_n(&state->quit, 1, __ATOMIC_SEQ_CST);
  wake_sleepers(state);
  for (int i = 0; i < state->started; ++i)
    pthread_join(state->threads[i], NULL);
  pthread_cond_destroy(&state->wake);
  pthread_mutex_destroy(&state->sleep);
  pthread_mutex_destroy(&state->caller);
  free(state->threads);
  free(state);
}
