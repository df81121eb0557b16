/* Elements of any type as numbers, shapes as text, messages. */
#include "runtime/hosted/files.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

int kiln_fail(kiln_message *message, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(message->text, sizeof(message->text), format, arguments);
  va_end(arguments);
  return 0;
}

void kiln_array_free(kiln_array *array) {
  free(array->data);
  memset(array, 0, sizeof(*array));
}

const char *kiln_shape_text(uint32_t rank, const int64_t *dims, char *text, size_t size) {
  size_t used = 0;
  snprintf(text, size, "scalar");
  for (uint32_t i = 0; i < rank && used < size; ++i)
    used +=
        (size_t)snprintf(text + used, size - used, "%s%lld", i == 0 ? "" : "x", (long long)dims[i]);
  return text;
}

static float bits_to_float(uint32_t bits) {
  float value;
  memcpy(&value, &bits, sizeof(value));
  return value;
}

static uint32_t float_to_bits(float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof(bits));
  return bits;
}

static float half_to_float(uint16_t half) {
  uint32_t sign = (uint32_t)(half & 0x8000u) << 16, exponent = half >> 10 & 31u,
           fraction = half & 0x3ffu;
  if (exponent == 31)
    return bits_to_float(sign | 0x7f800000u | fraction << 13);
  if (exponent == 0) {
    float value = (float)fraction * bits_to_float(0x33800000u); /* 2^-24 */
    return sign != 0 ? -value : value;
  }
  return bits_to_float(sign | (exponent + 112) << 23 | fraction << 13);
}

/* Rounds to nearest even. Adding a power of two lets the float unit do the rounding of subnormal
 * halves. */
static uint16_t float_to_half(float value) {
  uint32_t bits = float_to_bits(value), sign = bits >> 16 & 0x8000u;
  bits &= 0x7fffffffu;
  if (bits > 0x7f800000u)
    return (uint16_t)(sign | 0x7e00u);
  if (bits >= 0x477ff000u) /* 65520 and more round to infinity */
    return (uint16_t)(sign | 0x7c00u);
  if (bits < 0x38800000u) /* below 2^-14 */
    return (uint16_t)(sign | (float_to_bits(bits_to_float(bits) + 0.5f) - 0x3f000000u));
  bits += 0xfffu + (bits >> 13 & 1u);
  return (uint16_t)(sign | ((bits >> 13) - (112u << 10)));
}

static uint16_t float_to_bfloat(float value) {
  uint32_t bits = float_to_bits(value);
  if ((bits & 0x7fffffffu) > 0x7f800000u)
    return (uint16_t)(bits >> 16 | 0x40u);
  return (uint16_t)((bits + 0x7fffu + (bits >> 16 & 1u)) >> 16);
}

double kiln_element(const void *data, uint32_t dtype, uint64_t index) {
  switch (dtype) {
  case KILN_F32:
    return ((const float *)data)[index];
  case KILN_F16:
    return half_to_float(((const uint16_t *)data)[index]);
  case KILN_BF16:
    return bits_to_float((uint32_t)((const uint16_t *)data)[index] << 16);
  case KILN_F64:
    return ((const double *)data)[index];
  case KILN_I8:
    return ((const int8_t *)data)[index];
  case KILN_U8:
  case KILN_BOOL:
    return ((const uint8_t *)data)[index];
  case KILN_I16:
    return ((const int16_t *)data)[index];
  case KILN_I32:
    return ((const int32_t *)data)[index];
  case KILN_I64:
    return (double)((const int64_t *)data)[index];
  default:
    return 0;
  }
}

/* Nearest integer, halves to even, within [low, high]; NaN becomes 0. */
static int64_t to_integer(double value, double low, double high) {
  if (!(value >= low))
    return value < low ? (int64_t)low : 0;
  if (value >= high)
    return high >= 9223372036854775807.0 ? INT64_MAX : (int64_t)high;
  int64_t whole = (int64_t)value - (value < 0 && (double)(int64_t)value > value);
  double rest = value - (double)whole;
  return whole + (rest > 0.5 || (rest == 0.5 && whole % 2 != 0));
}

void kiln_store_element(void *data, uint32_t dtype, uint64_t index, double value) {
  switch (dtype) {
  case KILN_F32:
    ((float *)data)[index] = (float)value;
    break;
  case KILN_F16:
    ((uint16_t *)data)[index] = float_to_half((float)value);
    break;
  case KILN_BF16:
    ((uint16_t *)data)[index] = float_to_bfloat((float)value);
    break;
  case KILN_F64:
    ((double *)data)[index] = value;
    break;
  case KILN_I8:
    ((int8_t *)data)[index] = (int8_t)to_integer(value, -128, 127);
    break;
  case KILN_U8:
    ((uint8_t *)data)[index] = (uint8_t)to_integer(value, 0, 255);
    break;
  case KILN_I16:
    ((int16_t *)data)[index] = (int16_t)to_integer(value, -32768, 32767);
    break;
  case KILN_I32:
    ((int32_t *)data)[index] = (int32_t)to_integer(value, -2147483648.0, 2147483647.0);
    break;
  case KILN_I64:
    ((int64_t *)data)[index] = to_integer(value, -9223372036854775808.0, 9223372036854775808.0);
    break;
  case KILN_BOOL:
    ((uint8_t *)data)[index] = value != 0;
    break;
  default:
    break;
  }
}
