/* Files in and out of tensors, for the generated programs and the `kiln` command alike.
 *
 * Every function that can fail returns 0 and writes one sentence, which names the file and says
 * what to do, into `message`; on success it returns 1. */
#ifndef KILN_HOSTED_FILES_H
#define KILN_HOSTED_FILES_H

#include "kiln/program.h"

#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { KILN_MAX_RANK = 32 };

/* A tensor in memory of its own (malloc); kiln_array_free releases it. */
typedef struct kiln_array {
  uint32_t dtype; /* a kiln_dtype */
  uint32_t rank;
  int64_t dims[KILN_MAX_RANK];
  size_t bytes;
  void *data;
} kiln_array;

typedef struct kiln_message {
  char text[1024];
} kiln_message;

void kiln_array_free(kiln_array *array);

/* Formats like printf into message->text (cut off where it is too long) and returns 0. */
int kiln_fail(kiln_message *message, const char *format, ...)
#if defined(__GNUC__)
    __attribute__((format(printf, 2, 3)))
#endif
    ;

/* Writes "1x3x224x224" (or "scalar") into text, cut off after `size` characters. */
const char *kiln_shape_text(uint32_t rank, const int64_t *dims, char *text, size_t size);

/* Reads a .npy file (versions 1 to 3, little-endian, C order). */
int kiln_npy_read(const char *path, kiln_array *array, kiln_message *message);

/* As kiln_npy_read into memory of the caller (tensor->bytes); type and shape have to be the
 * tensor's. */
int kiln_npy_read_into(const char *path, const kiln_tensor *tensor, void *data,
                       kiln_message *message);

/* Whether an array has the tensor's type and shape; the message names the file the array came from.
 */
int kiln_array_matches(const char *path, const kiln_array *array, const kiln_tensor *tensor,
                       kiln_message *message);

/* A file that is being written under another name beside its own, which it gets when everything is
 * there: a full disk leaves no half file and keeps an old one. A link stays and its file is
 * replaced; pipes and devices are written directly. */
typedef struct kiln_output {
  FILE *file;
  const char *path; /* as the caller gave it, which keeps it */
  char *target;     /* path without links; NULL: written directly */
  char *temporary;
} kiln_output;

/* On success the caller writes to output->file and then calls kiln_output_close. */
int kiln_output_open(const char *path, kiln_output *output, kiln_message *message);

/* Ends the file; fails where this or any write before has failed, and nothing is left then. */
int kiln_output_close(kiln_output *output, kiln_message *message);

/* Writes a .npy file; bfloat16 as numpy's two-byte void type. */
int kiln_npy_write(const char *path, const kiln_tensor *tensor, const void *data,
                   kiln_message *message);

/* What the preprocessing makes of a pixel of 0..255 for one channel of the input. */
double kiln_preprocessed(const kiln_preprocess *preprocess, int64_t channel, double pixel);

/* Decodes a picture (PNG, JPEG, binary PPM or PGM) into an input of shape
 * N,C,H,W, C,H,W, H,W or N,H,W,C, with N = 1 and one or three channels. `data` has tensor->bytes.
 */
int kiln_image_read(const char *path, const kiln_tensor *tensor, const kiln_preprocess *preprocess,
                    void *data, kiln_message *message);

/* Reads `path` into an input: .npy by its first bytes, anything else as a picture. */
int kiln_input_read(const char *path, const kiln_tensor *tensor, const kiln_preprocess *preprocess,
                    void *data, kiln_message *message);

/* One element as a number; `index` counts elements. */
double kiln_element(const void *data, uint32_t dtype, uint64_t index);

/* Stores a number as one element: rounded to nearest even, clamped to the range of integer types.
 */
void kiln_store_element(void *data, uint32_t dtype, uint64_t index, double value);

/* Prints an output: the `top` largest elements with their labels where it is one vector, else its
 * shape, minimum, maximum and mean. `labels` may be NULL. */
void kiln_print_output(FILE *file, const kiln_tensor *tensor, const void *data,
                       const char *const *labels, uint64_t label_count, int top);

#ifdef __cplusplus
}
#endif

#endif /* KILN_HOSTED_FILES_H */
