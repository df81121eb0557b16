/* The constant descriptor of one compiled network, and the two functions that do every network's
 * checks.
 *
 * The compiler emits a `kiln_program` called NET_program beside the code; net_open and net_run are
 * calls of kiln_open and kiln_run with it. Applications include net.h and have no need of this
 * file; tools that load a network by name (dlopen, the generated programs) read shapes, labels and
 * preprocessing here. */
#ifndef KILN_PROGRAM_H
#define KILN_PROGRAM_H

#include "kiln/kiln.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Element types; the numbers are part of the manifest too. Halves are raw bits (uint16_t) in C, a
 * KILN_BOOL is one byte that holds 0 or 1. */
typedef enum kiln_dtype {
  KILN_F32 = 0,
  KILN_F16 = 1,
  KILN_BF16 = 2,
  KILN_F64 = 3,
  KILN_I8 = 4,
  KILN_U8 = 5,
  KILN_I16 = 6,
  KILN_I32 = 7,
  KILN_I64 = 8,
  KILN_BOOL = 9
} kiln_dtype;

/* Bytes of one element; 0 for a number that is no kiln_dtype. */
size_t kiln_dtype_bytes(uint32_t dtype);

/* The name of an element type as in numpy ("float32", "bool"); "unknown" for a number that is none.
 */
const char *kiln_dtype_name(uint32_t dtype);

/* A dense tensor in row-major order. */
typedef struct kiln_tensor {
  const char *name; /* the model's own name */
  uint32_t dtype;   /* a kiln_dtype */
  uint32_t rank;
  const int64_t *dims; /* rank extents, outermost first */
  uint64_t bytes;      /* product of dims times the element size */
} kiln_tensor;

/* How the channels of a picture become the channels of an input. */
enum {
  KILN_CHANNELS_DEFAULT = 0, /* gray for one channel, RGB for three */
  KILN_CHANNELS_RGB = 1,
  KILN_CHANNELS_BGR = 2,
  KILN_CHANNELS_GRAY = 3
};

/* value = (pixel * scale - mean[c]) / std[c], pixel in 0..255. One mean or std serves all channels;
 * none stands for 0 and 1. */
typedef struct kiln_preprocess {
  uint32_t channels;
  float scale;
  uint32_t means;
  uint32_t stds;
  const float *mean;
  const float *std;
} kiln_preprocess;

/* The compiled code: inputs and outputs in the order of the descriptor, none of them checked any
 * more. `weights` is the base of the weights; where prepared_bytes > 0 it is the address of the two
 * pointers {weights, prepared}. */
typedef void (*kiln_body)(const void *const *inputs, void *const *outputs, const void *weights,
                          void *arena, const kiln_pool *pool);

typedef struct kiln_program {
  uint32_t api_version;  /* KILN_API_VERSION of the compiler */
  uint32_t threads;      /* the most threads that the code can use */
  const char *name;      /* prefix of the network's symbols */
  const char *cpu;       /* the CPU compiled for */
  uint64_t cpu_features; /* bits of kiln/cpu_features.def that have to be there */
  uint64_t arena_bytes;
  uint64_t weights_bytes;
  uint64_t prepared_bytes;  /* 0: no work at load */
  uint64_t weights_digest;  /* kiln/digest.h over the first weights_bytes */
  const void *weights;      /* embedded weights; NULL: kept apart */
  const char *weights_file; /* name of the sidecar file beside the program; NULL: embedded */
  kiln_body body;
  /* Where prepared_bytes > 0: sources = {weights}, results = {prepared}. NULL otherwise. */
  kiln_body prepare;
  uint32_t input_count;
  uint32_t output_count;
  const kiln_tensor *inputs;
  const kiln_tensor *outputs;
  kiln_preprocess preprocess;
  const char *const *labels; /* names of classes, or NULL */
  uint64_t label_count;
  const void *manifest; /* FlatBuffers, as in the section kiln_manifest */
  uint64_t manifest_bytes;
} kiln_program;

/* Checks CPU, weights and pool, prepares weights where the program asks for it and fills in *model.
 * Only weights given by the caller are read through (digest); embedded ones are trusted and not
 * touched. */
kiln_status kiln_open(const kiln_program *program, kiln_model *model, kiln_buffer weights,
                      kiln_buffer prepared, const kiln_pool *pool);

/* Checks every pointer and buffer, then runs the network in the calling thread and those of `pool`.
 * The arena may hold anything on entry and holds nothing of use afterwards. */
kiln_status kiln_run(const kiln_program *program, const kiln_model *model,
                     const void *const *inputs, void *const *outputs, kiln_buffer arena,
                     const kiln_pool *pool);

/* Calls task(argument, 0..tasks-1), over the pool where there is one. Compiled code calls this. */
void kiln_launch(const kiln_pool *pool, int tasks, void (*task)(void *, int), void *argument);

/* The bits of kiln/cpu_features.def that this CPU and its operating system offer. */
uint64_t kiln_cpu_features(void);

#ifdef __cplusplus
}
#endif

#endif /* KILN_PROGRAM_H */
