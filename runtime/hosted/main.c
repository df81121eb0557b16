/* main of every generated program: reads the inputs, runs the network, prints or writes the answer.
 * Exit status: 0 done, 1 a file or the weights are at fault, 2 usage. */
#define _GNU_SOURCE
#include "kiln/hosted.h"
#include "runtime/hosted/arguments.h"
#include "runtime/hosted/files.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

/* Emitted by the compiler into programs. */
extern const kiln_program *const kiln_main_program;

typedef struct session {
  const kiln_program *program;
  kiln_arguments arguments;
  kiln_model model;
  kiln_buffer weights;
  kiln_buffer prepared;
  kiln_buffer arena;
  kiln_pool *pool;
  void **inputs;
  void **outputs;
} session;

enum { DONE = 0, FAULT = 1, USAGE = 2 };

/* Large buffers ask for huge pages: an arena is swept many times an inference. */
static kiln_buffer allocate(uint64_t bytes) {
  kiln_buffer buffer = {NULL, (size_t)bytes};
  size_t huge = (size_t)2 << 20, alignment = bytes >= huge ? huge : KILN_ALIGNMENT;
  if (posix_memalign(&buffer.data, alignment, bytes == 0 ? 1 : (size_t)bytes) != 0) {
    fprintf(stderr, "not enough memory for %llu bytes\n", (unsigned long long)bytes);
    buffer.data = NULL;
  }
#if defined(MADV_HUGEPAGE)
  if (buffer.data != NULL && bytes >= huge)
    madvise(buffer.data, (size_t)bytes, MADV_HUGEPAGE);
#endif
  return buffer;
}

static void **allocate_tensors(const kiln_tensor *tensors, uint32_t count) {
  void **data = calloc((size_t)count + 1, sizeof(void *));
  for (uint32_t i = 0; data != NULL && i < count; ++i) {
    data[i] = allocate(tensors[i].bytes).data;
    if (data[i] == NULL)
      return NULL;
  }
  return data;
}

/* The path of the sidecar: as given, or beside the program itself. */
static int map_weights(session *s) {
  const char *path = s->arguments.weights;
  char beside[PATH_MAX];
  if (path == NULL && s->program->weights_file == NULL)
    return 1;
  if (path == NULL) {
    ssize_t length = readlink("/proc/self/exe", beside, sizeof(beside) - 1);
    beside[length < 0 ? 0 : length] = '\0';
    char *slash = strrchr(beside, '/');
    size_t folder = slash == NULL ? 0 : (size_t)(slash - beside) + 1;
    snprintf(beside + folder, sizeof(beside) - folder, "%s", s->program->weights_file);
    path = beside;
  }
  s->weights = kiln_map_weights(path);
  if (s->weights.data == NULL) {
    fprintf(stderr, "%s: %s (the weights of this program; --weights FILE names another place)\n",
            path, strerror(errno));
    return 0;
  }
  return 1;
}

static int open_model(session *s) {
  if (!map_weights(s))
    return 0;
  s->prepared = allocate(s->program->prepared_bytes);
  s->arena = allocate(s->program->arena_bytes);
  if (s->prepared.data == NULL || s->arena.data == NULL)
    return 0;
  if (s->arguments.threads > 1 && (s->pool = kiln_pool_create(s->arguments.threads)) == NULL) {
    fprintf(stderr, "%d threads cannot be started\n", s->arguments.threads);
    return 0;
  }
  kiln_status status = kiln_open(s->program, &s->model, s->weights, s->prepared, s->pool);
  if (status != KILN_OK)
    fprintf(stderr, "%s: %s (compiled for %s)\n", s->program->name, kiln_status_message(status),
            s->program->cpu);
  return status == KILN_OK;
}

static int compare_times(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static double now_milliseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec * 1e3 + (double)now.tv_nsec * 1e-6;
}

static int run(session *s) {
  int repeat = s->arguments.repeat;
  double *times = calloc((size_t)repeat, sizeof(double));
  if (times == NULL) {
    fprintf(stderr, "not enough memory\n");
    return 0;
  }
  kiln_status status = KILN_OK;
  for (int i = 0; i < repeat && status == KILN_OK; ++i) {
    double start = now_milliseconds();
    status = kiln_run(s->program, &s->model, (const void *const *)s->inputs, s->outputs, s->arena,
                      s->pool);
    times[i] = now_milliseconds() - start;
  }
  qsort(times, (size_t)repeat, sizeof(double), compare_times);
  if (status != KILN_OK)
    fprintf(stderr, "%s: %s\n", s->program->name, kiln_status_message(status));
  else if (repeat > 1)
    fprintf(stderr, "%d runs: minimum %.3f ms, median %.3f ms\n", repeat, times[0],
            times[repeat / 2]);
  free(times);
  return status == KILN_OK;
}

static int read_inputs(session *s, const char **files) {
  kiln_message message;
  for (uint32_t i = 0; i < s->program->input_count; ++i)
    if (!kiln_input_read(files[i], &s->program->inputs[i], &s->program->preprocess, s->inputs[i],
                         &message)) {
      fprintf(stderr, "%s\n", message.text);
      return 0;
    }
  return 1;
}

static int show_outputs(const session *s) {
  kiln_message message;
  const kiln_program *program = s->program;
  for (uint32_t i = 0; i < program->output_count; ++i) {
    const char *path = s->arguments.outputs[i];
    if (path == NULL) {
      kiln_print_output(stdout, &program->outputs[i], s->outputs[i], program->labels,
                        program->label_count, s->arguments.top);
    } else if (!kiln_npy_write(path, &program->outputs[i], s->outputs[i], &message)) {
      fprintf(stderr, "%s\n", message.text);
      return 0;
    }
  }
  return 1;
}

static int answer(session *s) {
  if (!open_model(s))
    return FAULT;
  s->inputs = allocate_tensors(s->program->inputs, s->program->input_count);
  s->outputs = allocate_tensors(s->program->outputs, s->program->output_count);
  if (s->inputs == NULL || s->outputs == NULL)
    return FAULT;
  int inputs = (int)s->program->input_count, files = s->arguments.file_count;
  for (int at = 0; at == 0 || at < files; at += inputs != 0 ? inputs : 1) {
    if (files > inputs)
      printf("%s%s\n", at == 0 ? "" : "\n", s->arguments.files[at]);
    if (!read_inputs(s, s->arguments.files + at) || !run(s) || !show_outputs(s))
      return FAULT;
  }
  return DONE;
}

/* The exit status, once everything has reached standard output. */
static int finish(int status) {
  if (fflush(stdout) == 0 && ferror(stdout) == 0)
    return status;
  fprintf(stderr, "cannot write to standard output\n");
  return FAULT;
}

int main(int argc, char **argv) {
  session s = {kiln_main_program, {0}, {0}, {NULL, 0}, {NULL, 0}, {NULL, 0}, NULL, NULL, NULL};
  int status = USAGE;
  if (!kiln_arguments_parse(s.program, argc, argv, &s.arguments))
    kiln_print_usage(stderr, s.program);
  else if (s.arguments.help)
    kiln_print_usage(stdout, s.program);
  else
    status = answer(&s);
  if (s.arguments.help && status == USAGE)
    status = DONE;
  kiln_pool_destroy(s.pool);
  kiln_arguments_free(&s.arguments);
  return finish(status);
}
