/* The public C99 interface between an application and the networks that Kiln compiled for it.
 *
 * A network called `net` comes as net.h (typed structs, constants) and an object, library or
 * program. An application opens it once and runs it any number of times:
 *
 *     net_model model;
 *     if (net_open(&model, (kiln_buffer){0}, (kiln_buffer){0}, NULL) == KILN_OK)
 *       status = net_run(&model, &inputs, &outputs, arena, NULL);
 *
 * Nothing here allocates, starts threads or has global state; every function may be called from
 * several threads at once as long as each call has its own arena and its own outputs.
 */
#ifndef KILN_KILN_H
#define KILN_KILN_H

#include <stddef.h>
#include <stdint.h>

/* Grows when a compiled network and a runtime of different versions would no longer understand each
 * other. */
#define KILN_API_VERSION 1

/* Bytes to which the arena, the weights and the prepared weights have to be aligned. */
#define KILN_ALIGNMENT 64

#ifdef __cplusplus
extern "C" {
#endif

/* What a call came to. Everything but KILN_OK leaves the outputs untouched. */
typedef enum kiln_status {
  KILN_OK = 0,
  KILN_WRONG_API = 1, /* network and runtime library are of different API versions */
  KILN_WRONG_CPU = 2, /* this CPU (or its system) lacks instructions the network was compiled for */
  KILN_NULL_MODEL = 3,        /* the model pointer is NULL */
  KILN_NOT_OPENED = 4,        /* the model was not opened, or was opened for another network */
  KILN_NULL_INPUT = 5,        /* the inputs struct or one of its pointers is NULL */
  KILN_NULL_OUTPUT = 6,       /* the outputs struct or one of its pointers is NULL */
  KILN_MISALIGNED_INPUT = 7,  /* an input is not aligned to its element size */
  KILN_MISALIGNED_OUTPUT = 8, /* an output is not aligned to its element size */
  KILN_SHORT_ARENA = 9,       /* arena.data is NULL or arena.bytes below NET_ARENA_BYTES */
  KILN_MISALIGNED_ARENA = 10, /* arena.data is not a multiple of KILN_ALIGNMENT */
  KILN_MISSING_WEIGHTS = 11,  /* the weights are kept apart from the program and none were given */
  KILN_SHORT_WEIGHTS = 12,    /* weights.bytes is below NET_WEIGHTS_BYTES */
  KILN_MISALIGNED_WEIGHTS = 13, /* weights.data is not a multiple of KILN_ALIGNMENT */
  KILN_WRONG_WEIGHTS = 14,  /* the digest differs: weights of another network, or damaged ones */
  KILN_SHORT_PREPARED = 15, /* prepared.data is NULL or prepared.bytes below NET_PREPARED_BYTES */
  KILN_MISALIGNED_PREPARED = 16, /* prepared.data is not a multiple of KILN_ALIGNMENT */
  KILN_BAD_POOL = 17             /* a pool without parallel_for, or with fewer than one thread */
} kiln_status;

/* A sentence in English, without a final newline; never NULL, also for numbers that are no
 * kiln_status. */
const char *kiln_status_message(kiln_status status);

/* Memory that the caller owns. {NULL, 0} stands for "none". */
typedef struct kiln_buffer {
  void *data;
  size_t bytes;
} kiln_buffer;

/* Threads that the caller lends for the duration of a call; a NULL pool means the calling thread
 * alone.
 *
 * parallel_for calls task(argument, i) once for each i in 0..tasks-1, in any order and on any
 * threads, and returns when all have returned. It has to make what was written before the call
 * visible to the tasks, and what the tasks wrote visible after it. tasks == 0 (task is NULL then)
 * says that an inference, or the work at load, has ended: the threads may go to sleep. Results do
 * not depend on the number of threads. */
typedef struct kiln_pool {
  void *context;
  int threads; /* at least 1, the calling thread included */
  void (*parallel_for)(void *context, int tasks, void (*task)(void *, int), void *argument);
} kiln_pool;

struct kiln_program;

/* An opened network: three pointers in memory of the caller, to be copied and shared as read-only
 * data. It refers to the weights (and the prepared weights) that it was opened with; they have to
 * stay alive and unchanged while it is used. There is nothing to close. */
typedef struct kiln_model {
  const struct kiln_program *program;
  const void *weights;
  void *prepared;
} kiln_model;

#ifdef __cplusplus
}
#endif

#endif /* KILN_KILN_H */
