/* numpy's .npy files. The header is a Python dictionary; only what numpy itself writes is
 * understood, and every number in it is checked before memory is taken: a hostile header costs
 * nothing. */
#define _POSIX_C_SOURCE 200809L
#include "runtime/hosted/files.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { MAX_HEADER = 1 << 16 };

static const struct {
  const char *text; /* without the byte order */
  uint32_t dtype;
} npy_types[] = {{"f4", KILN_F32}, {"f2", KILN_F16}, {"V2", KILN_BF16}, {"f8", KILN_F64},
                 {"i1", KILN_I8},  {"u1", KILN_U8},  {"i2", KILN_I16},  {"i4", KILN_I32},
                 {"i8", KILN_I64}, {"b1", KILN_BOOL}};
enum { NPY_TYPES = sizeof(npy_types) / sizeof(npy_types[0]) };

/* The text after "'key':" and blanks, or NULL. */
static const char *value_of(const char *header, const char *key) {
  char quoted[32];
  snprintf(quoted, sizeof(quoted), "'%s':", key);
  const char *found = strstr(header, quoted);
  if (found == NULL)
    return NULL;
  found += strlen(quoted);
  return found + strspn(found, " ");
}

static int parse_type(const char *path, const char *header, kiln_array *array,
                      kiln_message *message) {
  const char *descr = value_of(header, "descr");
  if (descr == NULL || *descr != '\'')
    return kiln_fail(message, "%s: this .npy file holds records or has no element type", path);
  char type[16] = "";
  size_t length = strcspn(descr + 1, "'");
  if (length == 0 || length >= sizeof(type))
    return kiln_fail(message, "%s: the element type of this .npy file is not understood", path);
  memcpy(type, descr + 1, length);
  if (type[0] == '>')
    return kiln_fail(message, "%s: this .npy file is big-endian; save it with array.astype('%s')",
                     path, type + 1);
  for (size_t i = 0; i < NPY_TYPES; ++i)
    if (strcmp(type + 1, npy_types[i].text) == 0) {
      array->dtype = npy_types[i].dtype;
      return 1;
    }
  return kiln_fail(message,
                   "%s: the element type '%s' of this .npy file has no counterpart in a network",
                   path, type);
}

static int parse_shape(const char *path, const char *header, kiln_array *array,
                       kiln_message *message) {
  const char *p = value_of(header, "shape");
  if (p == NULL || *p != '(')
    return kiln_fail(message, "%s: this .npy file has no shape", path);
  uint64_t elements = 1, limit = (uint64_t)PTRDIFF_MAX / kiln_dtype_bytes(array->dtype);
  array->rank = 0;
  for (++p; *p != ')';) {
    char *end;
    errno = 0;
    long long extent = strtoll(p, &end, 10);
    if (end == p || errno != 0 || extent < 0 || array->rank == KILN_MAX_RANK)
      return kiln_fail(message, "%s: the shape of this .npy file is not understood", path);
    if (extent != 0 && elements > limit / (uint64_t)extent)
      return kiln_fail(message, "%s: the shape of this .npy file overflows", path);
    elements *= (uint64_t)extent;
    array->dims[array->rank++] = extent;
    for (p = end; *p == ',' || *p == ' ';)
      ++p;
  }
  array->bytes = (size_t)elements * kiln_dtype_bytes(array->dtype);
  return 1;
}

static int parse_header(const char *path, const char *header, kiln_array *array,
                        kiln_message *message) {
  const char *order = value_of(header, "fortran_order");
  if (!parse_type(path, header, array, message) || !parse_shape(path, header, array, message))
    return 0;
  if (order == NULL || strncmp(order, "False", 5) != 0)
    return kiln_fail(message,
                     "%s: this .npy file is in Fortran order; save numpy.ascontiguousarray(array)",
                     path);
  return 1;
}

/* Reads magic, version and header; the file is then at its data. */
static int read_header(const char *path, FILE *file, kiln_array *array, kiln_message *message) {
  unsigned char start[12];
  if (fread(start, 1, 10, file) != 10 || memcmp(start, "\x93NUMPY", 6) != 0)
    return kiln_fail(message, "%s: not a .npy file", path);
  size_t length = (size_t)start[8] | (size_t)start[9] << 8;
  if (start[6] >= 2) {
    if (fread(start + 10, 1, 2, file) != 2)
      return kiln_fail(message, "%s: this .npy file is cut off", path);
    length |= (size_t)start[10] << 16 | (size_t)start[11] << 24;
  }
  if (start[6] < 1 || start[6] > 3 || length > MAX_HEADER)
    return kiln_fail(message, "%s: the header of this .npy file is not understood", path);
  char *header = calloc(length + 1, 1);
  int ok = header != NULL && fread(header, 1, length, file) == length;
  if (!ok)
    kiln_fail(message, "%s: this .npy file is cut off", path);
  ok = ok && parse_header(path, header, array, message);
  free(header);
  return ok;
}

static int read_data(const char *path, FILE *file, void *data, size_t bytes,
                     kiln_message *message) {
  if (fread(data, 1, bytes, file) != bytes)
    return kiln_fail(message, "%s: this .npy file is cut off: its shape needs %zu bytes of data",
                     path, bytes);
  return 1;
}

static FILE *open_file(const char *path, kiln_message *message) {
  FILE *file = fopen(path, "rb");
  if (file == NULL)
    kiln_fail(message, "%s: %s", path, strerror(errno));
  return file;
}

/* A regular file has to be as long as its header says before memory is taken for it. */
static int is_long_enough(FILE *file, size_t bytes) {
  struct stat status;
  long at = ftell(file);
  if (fstat(fileno(file), &status) != 0 || !S_ISREG(status.st_mode) || at < 0)
    return 1;
  return status.st_size - at >= 0 && (uint64_t)(status.st_size - at) >= bytes;
}

int kiln_npy_read(const char *path, kiln_array *array, kiln_message *message) {
  memset(array, 0, sizeof(*array));
  FILE *file = open_file(path, message);
  if (file == NULL)
    return 0;
  int ok = read_header(path, file, array, message);
  if (ok && !is_long_enough(file, array->bytes))
    ok = kiln_fail(message, "%s: this .npy file is cut off: its shape needs %zu bytes of data",
                   path, array->bytes);
  if (ok) {
    array->data = malloc(array->bytes != 0 ? array->bytes : 1);
    ok = array->data != NULL
             ? read_data(path, file, array->data, array->bytes, message)
             : kiln_fail(message, "%s: not enough memory for %zu bytes", path, array->bytes);
  }
  fclose(file);
  if (!ok)
    kiln_array_free(array);
  return ok;
}

int kiln_array_matches(const char *path, const kiln_array *array, const kiln_tensor *tensor,
                       kiln_message *message) {
  char have[256], want[256];
  kiln_shape_text(array->rank, array->dims, have, sizeof(have));
  kiln_shape_text(tensor->rank, tensor->dims, want, sizeof(want));
  if (array->dtype != tensor->dtype)
    return kiln_fail(message, "%s: holds %s, but '%s' is %s; save array.astype('%s')", path,
                     kiln_dtype_name(array->dtype), tensor->name, kiln_dtype_name(tensor->dtype),
                     kiln_dtype_name(tensor->dtype));
  if (strcmp(have, want) == 0)
    return 1;
  if (array->bytes == tensor->bytes)
    return kiln_fail(message,
                     "%s: has the shape %s, but '%s' is %s; save it reshaped or transposed to that",
                     path, have, tensor->name, want);
  return kiln_fail(
      message,
      "%s: has the shape %s, but '%s' is %s; give such an array or compile with --input-shape",
      path, have, tensor->name, want);
}

int kiln_npy_read_into(const char *path, const kiln_tensor *tensor, void *data,
                       kiln_message *message) {
  FILE *file = open_file(path, message);
  if (file == NULL)
    return 0;
  kiln_array array = {0};
  int ok = read_header(path, file, &array, message) &&
           kiln_array_matches(path, &array, tensor, message) &&
           read_data(path, file, data, (size_t)tensor->bytes, message);
  fclose(file);
  return ok;
}

static const char *type_text(uint32_t dtype) {
  for (size_t i = 0; i < NPY_TYPES; ++i)
    if (npy_types[i].dtype == dtype)
      return npy_types[i].text;
  return "V1";
}

/* "(1, 3, 224, 224)", "(5,)", "()" */
static void python_shape(const kiln_tensor *tensor, char *text, size_t size) {
  size_t used = (size_t)snprintf(text, size, "(");
  for (uint32_t i = 0; i < tensor->rank && used < size; ++i)
    used += (size_t)snprintf(text + used, size - used, "%s%lld", i == 0 ? "" : ", ",
                             (long long)tensor->dims[i]);
  if (used < size)
    snprintf(text + used, size - used, tensor->rank == 1 ? ",)" : ")");
}

int kiln_npy_write(const char *path, const kiln_tensor *tensor, const void *data,
                   kiln_message *message) {
  char shape[KILN_MAX_RANK * 22 + 4], text[sizeof(shape) + 80];
  if (tensor->rank > KILN_MAX_RANK)
    return kiln_fail(message, "%s: '%s' has more than %d dimensions", path, tensor->name,
                     (int)KILN_MAX_RANK);
  python_shape(tensor, shape, sizeof(shape));
  int length =
      snprintf(text, sizeof(text), "{'descr': '%c%s', 'fortran_order': False, 'shape': %s, }",
               kiln_dtype_bytes(tensor->dtype) == 1 ? '|' : '<', type_text(tensor->dtype), shape);
  int padded = (10 + length + 1 + 63) / 64 * 64 - 10;
  kiln_output output;
  if (!kiln_output_open(path, &output, message))
    return 0;
  fprintf(output.file, "\x93NUMPY%c%c%c%c%-*s\n", 1, 0, padded % 256, padded / 256, padded - 1,
          text);
  fwrite(data, 1, (size_t)tensor->bytes, output.file);
  return kiln_output_close(&output, message);
}
