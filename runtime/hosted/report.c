/* How an answer is shown: the largest entries of a classifier's vector, figures of anything else.
 */
#include "runtime/hosted/files.h"

static uint64_t elements_of(const kiln_tensor *tensor) {
  uint64_t size = kiln_dtype_bytes(tensor->dtype);
  return size == 0 ? 0 : tensor->bytes / size;
}

/* One extent above 1, e.g. 1x1000 or 1x1000x1x1. */
static int is_vector(const kiln_tensor *tensor) {
  int extents = 0;
  for (uint32_t i = 0; i < tensor->rank; ++i)
    extents += tensor->dims[i] != 1;
  return extents == 1 && elements_of(tensor) > 1;
}

/* Whether element a is to be listed before b: larger first, NaN last, then by index. */
static int precedes(const kiln_tensor *tensor, const void *data, uint64_t a, uint64_t b) {
  double x = kiln_element(data, tensor->dtype, a), y = kiln_element(data, tensor->dtype, b);
  if (x > y || (x == x && y != y))
    return 1;
  return !(y > x || (y == y && x != x)) && a < b;
}

static void print_top(FILE *file, const kiln_tensor *tensor, const void *data,
                      const char *const *labels, uint64_t label_count, int top) {
  uint64_t count = elements_of(tensor), wanted = top < 1 ? 0 : (uint64_t)top, last = count;
  for (uint64_t shown = 0; shown < wanted && shown < count; ++shown) {
    uint64_t best = count;
    for (uint64_t i = 0; i < count; ++i)
      if ((last == count || precedes(tensor, data, last, i)) &&
          (best == count || precedes(tensor, data, i, best)))
        best = i;
    fprintf(file, "%6llu  %10.6g", (unsigned long long)best,
            kiln_element(data, tensor->dtype, best));
    if (labels != NULL && best < label_count)
      fprintf(file, "  %s", labels[best]);
    fputc('\n', file);
    last = best;
  }
}

static void print_figures(FILE *file, const kiln_tensor *tensor, const void *data) {
  uint64_t count = elements_of(tensor), numbers = 0;
  double low = 0, high = 0, sum = 0;
  for (uint64_t i = 0; i < count; ++i) {
    double value = kiln_element(data, tensor->dtype, i);
    if (value != value)
      continue;
    low = numbers == 0 || value < low ? value : low;
    high = numbers == 0 || value > high ? value : high;
    sum += value;
    ++numbers;
  }
  if (numbers == 0)
    fprintf(file, "  no number");
  else
    fprintf(file, "  minimum %g, maximum %g, mean %g", low, high, sum / (double)numbers);
  if (numbers != count)
    fprintf(file, ", %llu of %llu not a number", (unsigned long long)(count - numbers),
            (unsigned long long)count);
  fputc('\n', file);
}

void kiln_print_output(FILE *file, const kiln_tensor *tensor, const void *data,
                       const char *const *labels, uint64_t label_count, int top) {
  char shape[256];
  fprintf(file, "%s: %s %s\n", tensor->name, kiln_dtype_name(tensor->dtype),
          kiln_shape_text(tensor->rank, tensor->dims, shape, sizeof(shape)));
  if (is_vector(tensor) && top > 0)
    print_top(file, tensor, data, labels, label_count, top);
  else
    print_figures(file, tensor, data);
}
