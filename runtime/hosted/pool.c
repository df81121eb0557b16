/* A thread pool for inference. A launch gives each thread its share of the tasks, a run of
 * neighbours {next, end} in a word of the thread's own cache line; equal shares lie at the same
 * place in every launch, so that a thread finds in its cache what it wrote before. The owner takes
 * tasks from the front of its share, and whoever has no more takes them from the end of others': no
 * launch waits for a thread that the system has put aside. Both are a compare-and-swap, on a line
 * that nobody else touches as a rule. Workers spin while an inference runs (a launch then costs
 * about 0.2 us, a sleeping thread 50 us) and sleep soon after it has ended. */
#include "kiln/hosted.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

enum {
  LINE = 64, /* bytes of a cache line */
  PAUSES_BEFORE_YIELD =
      2000,                 /* about 40 us: after that the core is offered to others at each turn */
  TURNS_BETWEEN_LOOKS = 64, /* at others' shares: a look slows the owner down */
  TURNS_IN_INFERENCE = 40000,  /* some milliseconds, longer than any serial part of a network */
  TURNS_AFTER_INFERENCE = 4000 /* about 100 us: the next inference may follow at once */
};

#define APART __attribute__((aligned(LINE))) /* begins a cache line of its own */

typedef struct pool_state pool_state;

/* What belongs to one thread; number 0 is the calling one. */
typedef struct slot {
  APART uint64_t share;    /* {next, end} of the tasks to be taken */
  APART uint32_t finished; /* tasks that this thread has run, ever; it alone writes it */
  APART pool_state *pool;
  pthread_t thread;
} slot;

struct pool_state {
  kiln_pool pool;
  void (*task)(void *, int); /* of the launch; stable until its tasks have finished */
  void *argument;
  uint32_t launched;       /* tasks, ever */
  int started;             /* threads besides the calling one */
  int busy;                /* a launch has the workers */
  APART uint32_t launches; /* ever; read by workers that are about to sleep */
  APART int idle;          /* no inference is running */
  int quit;
  int sleepers;
  pthread_mutex_t sleep;
  pthread_cond_t wake;
  slot slots[]; /* one a thread */
};

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

static uint64_t share_of(uint32_t next, uint32_t end) { return (uint64_t)next << 32 | end; }
static uint32_t next_of(uint64_t share) { return (uint32_t)(share >> 32); }
static uint32_t end_of(uint64_t share) { return (uint32_t)share; }

/* Takes a task out of a share: the first or the last; -1 where there is none. */
static int take(slot *from, int last) {
  uint64_t share = __atomic_load_n(&from->share, __ATOMIC_RELAXED);
  while (next_of(share) < end_of(share)) {
    uint64_t rest = last ? share - 1 : share + (UINT64_C(1) << 32);
    if (__atomic_compare_exchange_n(&from->share, &share, rest, 1, __ATOMIC_ACQUIRE,
                                    __ATOMIC_RELAXED))
      return (int)(last ? end_of(rest) : next_of(share));
  }
  return -1;
}

/* Runs the tasks of one share; returns whether there were any. A task that was taken keeps its
 * launch from ending, so that `task` and `argument` are those of the task. */
static int work_on(pool_state *state, slot *self, slot *from) {
  int task, worked = 0;
  while ((task = take(from, from != self)) >= 0) {
    state->task(state->argument, task);
    __atomic_store_n(&self->finished, self->finished + 1, __ATOMIC_RELEASE);
    worked = 1;
  }
  return worked;
}

/* The tasks of others, beginning with the next thread's. */
static int work_for_others(pool_state *state, slot *self) {
  int threads = state->pool.threads, own = (int)(self - state->slots), worked = 0;
  for (int i = 1; i < threads; ++i)
    worked |= work_on(state, self, &state->slots[(own + i) % threads]);
  return worked;
}

/* Sequentially consistent: either the sleeper sees that there was a launch since it began to look
 * for tasks, or the publisher sees the sleeper. */
static void sleep_until_launch(pool_state *state, uint32_t launches) {
  pthread_mutex_lock(&state->sleep);
  __atomic_fetch_add(&state->sleepers, 1, __ATOMIC_SEQ_CST);
  while (__atomic_load_n(&state->launches, __ATOMIC_SEQ_CST) == launches &&
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
  slot *self = context;
  pool_state *state = self->pool;
  int turn = 0;
  while (!__atomic_load_n(&state->quit, __ATOMIC_RELAXED)) {
    int idle = __atomic_load_n(&state->idle, __ATOMIC_RELAXED);
    int is_tired = turn >= (idle ? TURNS_AFTER_INFERENCE : TURNS_IN_INFERENCE);
    uint32_t launches = is_tired ? __atomic_load_n(&state->launches, __ATOMIC_ACQUIRE) : 0;
    int worked = work_on(state, self, self);
    if (worked || is_tired || turn % TURNS_BETWEEN_LOOKS == 0)
      worked |= work_for_others(state, self);
    turn = worked ? 1 : turn + 1;
    if (worked)
      continue;
    if (is_tired) {
      sleep_until_launch(state, launches);
      turn = 0;
    } else {
      relax(turn);
    }
  }
  return NULL;
}

static int all_finished(const pool_state *state) {
  uint32_t finished = 0;
  for (int i = 0; i < state->pool.threads; ++i)
    finished += __atomic_load_n(&state->slots[i].finished, __ATOMIC_ACQUIRE);
  return finished == state->launched;
}

static void launch(pool_state *state, uint32_t tasks, void (*task)(void *, int), void *argument) {
  uint64_t threads = (uint64_t)state->pool.threads;
  slot *self = &state->slots[0];
  state->task = task;
  state->argument = argument;
  state->launched += tasks;
  if (__atomic_load_n(&state->idle, __ATOMIC_RELAXED))
    __atomic_store_n(&state->idle, 0, __ATOMIC_RELAXED);
  for (uint64_t i = threads; i-- > 0;) {
    uint32_t begin = (uint32_t)((i * tasks + threads - 1) / threads);
    uint32_t end = (uint32_t)(((i + 1) * tasks + threads - 1) / threads);
    __atomic_store_n(&state->slots[i].share, share_of(begin, end), __ATOMIC_RELEASE);
  }
  __atomic_store_n(&state->launches, state->launches + 1, __ATOMIC_SEQ_CST);
  wake_sleepers(state);
  work_on(state, self, self);
  work_for_others(state, self);
  for (int turn = 0; !all_finished(state); ++turn)
    relax(turn);
}

static void parallel_for(void *context, int tasks, void (*task)(void *, int), void *argument) {
  pool_state *state = context;
  if (tasks == 0) {
    __atomic_store_n(&state->idle, 1, __ATOMIC_RELAXED);
    return;
  }
  /* A busy pool, also when a task launches tasks itself, leaves the work to this thread. */
  if (__atomic_exchange_n(&state->busy, 1, __ATOMIC_ACQUIRE)) {
    for (int i = 0; i < tasks; ++i)
      task(argument, i);
    return;
  }
  launch(state, (uint32_t)tasks, task, argument);
  __atomic_store_n(&state->busy, 0, __ATOMIC_RELEASE);
}

kiln_pool *kiln_pool_create(int threads) {
  if (threads < 1)
    return NULL;
  size_t bytes = sizeof(pool_state) + (size_t)threads * sizeof(slot);
  void *memory;
  if (posix_memalign(&memory, LINE, bytes) != 0)
    return NULL;
  pool_state *state = memset(memory, 0, bytes);
  state->pool = (kiln_pool){state, threads, parallel_for};
  state->idle = 1;
  pthread_mutex_init(&state->sleep, NULL);
  pthread_cond_init(&state->wake, NULL);
  for (; state->started < threads - 1; ++state->started) {
    slot *own = &state->slots[state->started + 1];
    own->pool = state;
    if (pthread_create(&own->thread, NULL, worker, own) != 0) {
      kiln_pool_destroy(&state->pool);
      return NULL;
    }
  }
  return &state->pool;
}

void kiln_pool_destroy(kiln_pool *pool) {
  if (pool == NULL)
    return;
  pool_state *state = pool->context;
  __atomic_store_n(&state->quit, 1, __ATOMIC_SEQ_CST);
  wake_sleepers(state);
  for (int i = 1; i <= state->started; ++i)
    pthread_join(state->slots[i].thread, NULL);
  pthread_cond_destroy(&state->wake);
  pthread_mutex_destroy(&state->sleep);
  free(state);
}
