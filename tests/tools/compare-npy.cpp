// compare-npy ACTUAL EXPECTED LIMIT: whether two .npy files hold the same tensor.
//
// LIMIT is a number for max|a-b| / max|b|, `ulp` for at most one step of float16, or `same` for
// equal bits. Types and shapes have to be equal. Prints the distance; exit status 1 when it is
// larger.
#include "runtime/hosted/files.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <limits>

namespace {

struct Array : kiln_array {
  Array() : kiln_array{} {}
  ~Array() { kiln_array_free(this); }
  uint64_t count() const { return bytes / kiln_dtype_bytes(dtype); }
};

bool read(const char *path, Array &array) {
  kiln_message message;
  if (kiln_npy_read(path, &array, &message))
    return true;
  fprintf(stderr, "%s\n", message.text);
  return false;
}

bool haveSameShape(const Array &a, const Array &b) {
  return a.dtype == b.dtype && a.rank == b.rank && std::equal(a.dims, a.dims + a.rank, b.dims);
}

double relativeError(const Array &a, const Array &b) {
  double difference = 0, scale = 0;
  for (uint64_t i = 0; i < b.count(); ++i) {
    double x = kiln_element(a.data, a.dtype, i), y = kiln_element(b.data, b.dtype, i);
    if (std::isfinite(y))
      scale = std::max(scale, std::fabs(y));
    if (x == y || (std::isnan(x) && std::isnan(y)))
      continue;
    if (!std::isfinite(x) || !std::isfinite(y))
      return std::numeric_limits<double>::infinity();
    difference = std::max(difference, std::fabs(x - y));
  }
  return scale > 0 ? difference / scale : difference;
}

/// Steps between two halves: their bits, read as sign and magnitude, are in the order of their
/// values.
double largestStep(const Array &a, const Array &b) {
  auto position = [](uint16_t bits) {
    return bits & 0x8000 ? -static_cast<int>(bits & 0x7fff) : static_cast<int>(bits);
  };
  int largest = 0;
  for (uint64_t i = 0; i < b.count(); ++i) {
    int x = position(static_cast<const uint16_t *>(a.data)[i]),
        y = position(static_cast<const uint16_t *>(b.data)[i]);
    largest = std::max(largest, std::abs(x - y));
  }
  return largest;
}

double differentBytes(const Array &a, const Array &b) {
  const auto *x = static_cast<const unsigned char *>(a.data),
             *y = static_cast<const unsigned char *>(b.data);
  double count = 0;
  for (size_t i = 0; i < b.bytes; ++i)
    count += x[i] != y[i];
  return count;
}

} // namespace

int main(int argc, char **argv) {
  if (argc != 4) {
    fprintf(stderr, "usage: compare-npy ACTUAL EXPECTED LIMIT|ulp|same\n");
    return 2;
  }
  Array actual, expected;
  if (!read(argv[1], actual) || !read(argv[2], expected))
    return 1;
  if (!haveSameShape(actual, expected)) {
    char a[256], b[256];
    fprintf(stderr, "%s is %s %s, %s is %s %s\n", argv[1], kiln_dtype_name(actual.dtype),
            kiln_shape_text(actual.rank, actual.dims, a, sizeof(a)), argv[2],
            kiln_dtype_name(expected.dtype),
            kiln_shape_text(expected.rank, expected.dims, b, sizeof(b)));
    return 1;
  }
  bool inSteps = std::strcmp(argv[3], "ulp") == 0, inBytes = std::strcmp(argv[3], "same") == 0;
  if (inSteps && expected.dtype != KILN_F16) {
    fprintf(stderr, "ulp is for float16\n");
    return 2;
  }
  double distance = inSteps   ? largestStep(actual, expected)
                    : inBytes ? differentBytes(actual, expected)
                              : relativeError(actual, expected);
  double limit = inSteps ? 1 : inBytes ? 0 : std::atof(argv[3]);
  printf("%g%s\n", distance, inSteps ? " steps" : inBytes ? " different bytes" : "");
  return distance <= limit ? 0 : 1;
}
