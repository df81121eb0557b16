// Loads, stores and roundings of the element types, and constants read and made with them.
#include "dialects/nn/NnElements.h"

#include "dialects/nn/NnRules.h"

#include "mlir/IR/DialectResourceBlobManager.h"

#include <cmath>
#include <cstring>
#include <limits>

using namespace mlir;

namespace kiln::nn {

namespace {
/// A 16-bit float format: how many bits its exponent and its fraction have.
struct Format {
  int exponentBits, fractionBits;
  int bias() const { return (1 << (exponentBits - 1)) - 1; }
  int exponentMask() const { return (1 << exponentBits) - 1; }
};
constexpr Format kHalf{5, 10}, kBfloat{8, 7};
} // namespace

static double widen(uint16_t bits, Format format) {
  int exponent = (bits >> format.fractionBits) & format.exponentMask();
  int fraction = bits & ((1 << format.fractionBits) - 1);
  double magnitude;
  if (exponent == format.exponentMask())
    magnitude = fraction ? std::numeric_limits<double>::quiet_NaN()
                         : std::numeric_limits<double>::infinity();
  else if (exponent == 0)
    magnitude = std::ldexp(fraction, 1 - format.bias() - format.fractionBits);
  else
    magnitude = std::ldexp(fraction + (1 << format.fractionBits),
                           exponent - format.bias() - format.fractionBits);
  return std::copysign(magnitude, bits & 0x8000 ? -1.0 : 1.0);
}

static uint16_t narrow(double value, Format format) {
  uint16_t sign = std::signbit(value) ? 0x8000 : 0;
  int infinity = format.exponentMask() << format.fractionBits;
  if (std::isnan(value))
    return sign | infinity | 1 << (format.fractionBits - 1);
  double magnitude = std::fabs(value);
  if (std::isinf(magnitude))
    return sign | infinity;
  if (magnitude == 0)
    return sign;
  // In units of the last place the value is an integer after rounding, and the encodings of
  // neighbours are neighbouring integers, so that a carry into the exponent, or into infinity,
  // comes out right.
  int exponent = std::max(std::ilogb(magnitude), 1 - format.bias());
  double units = std::nearbyint(std::ldexp(magnitude, format.fractionBits - exponent));
  int64_t encoding =
      (int64_t(exponent + format.bias() - 1) << format.fractionBits) + int64_t(units);
  return sign |
         uint16_t(exponent > format.bias() ? infinity : std::min<int64_t>(encoding, infinity));
}

double halfToDouble(uint16_t bits) { return widen(bits, kHalf); }
double bfloatToDouble(uint16_t bits) { return widen(bits, kBfloat); }
uint16_t doubleToHalf(double value) { return narrow(value, kHalf); }
uint16_t doubleToBfloat(double value) { return narrow(value, kBfloat); }

template <typename Stored, typename Wide, typename Convert>
static void loadAs(const char *data, size_t count, Wide *out, Convert convert) {
  for (size_t i = 0; i < count; ++i) {
    Stored stored;
    std::memcpy(&stored, data + i * sizeof(Stored), sizeof(Stored));
    out[i] = convert(stored);
  }
}

template <typename Stored, typename Wide, typename Convert>
static void storeAs(const Wide *values, size_t count, char *out, Convert convert) {
  for (size_t i = 0; i < count; ++i) {
    Stored stored = convert(values[i]);
    std::memcpy(out + i * sizeof(Stored), &stored, sizeof(Stored));
  }
}

double roundToFloat24(double value) {
  constexpr int leastExponent = -46, fractionBits = 17;
  if (value == 0)
    return value;
  int unit = std::max(std::ilogb(value), leastExponent) - fractionBits;
  double nearest = std::ldexp(std::nearbyint(std::ldexp(value, -unit)), unit);
  return std::fabs(nearest) < std::ldexp(1.0, leastExponent) ? std::copysign(0.0, value) : nearest;
}

void loadFloats(Type type, const char *data, size_t count, double *out) {
  if (type.isF32())
    return loadAs<float>(data, count, out, [](float value) { return double(value); });
  if (type.isF64())
    return loadAs<double>(data, count, out, [](double value) { return value; });
  loadAs<uint16_t>(data, count, out, type.isF16() ? halfToDouble : bfloatToDouble);
}

void storeFloats(Type type, const double *values, size_t count, char *out) {
  if (type.isF32())
    return storeAs<float>(values, count, out, [](double value) { return float(value); });
  if (type.isF64())
    return storeAs<double>(values, count, out, [](double value) { return value; });
  storeAs<uint16_t>(values, count, out, type.isF16() ? doubleToHalf : doubleToBfloat);
}

void loadIntegers(Type type, const char *data, size_t count, int64_t *out) {
  auto same = [](auto value) { return int64_t(value); };
  switch (type.getIntOrFloatBitWidth()) {
  case 1:
    return loadAs<uint8_t>(data, count, out, [](uint8_t value) { return int64_t(value & 1); });
  case 8:
    return type.isUnsignedInteger() ? loadAs<uint8_t>(data, count, out, same)
                                    : loadAs<int8_t>(data, count, out, same);
  case 16:
    return loadAs<int16_t>(data, count, out, same);
  case 32:
    return loadAs<int32_t>(data, count, out, same);
  default:
    return loadAs<int64_t>(data, count, out, same);
  }
}

void storeIntegers(Type type, const int64_t *values, size_t count, char *out) {
  auto same = [](int64_t value) { return value; };
  switch (type.getIntOrFloatBitWidth()) {
  case 1:
    return storeAs<uint8_t>(values, count, out, [](int64_t value) { return value & 1; });
  case 8:
    return storeAs<int8_t>(values, count, out, same);
  case 16:
    return storeAs<int16_t>(values, count, out, same);
  case 32:
    return storeAs<int32_t>(values, count, out, same);
  default:
    return storeAs<int64_t>(values, count, out, same);
  }
}

int64_t truncateToInteger(double value) {
  if (std::isnan(value))
    return 0;
  constexpr double limit = 9223372036854775808.0; // 2^63
  if (value >= limit)
    return std::numeric_limits<int64_t>::max();
  return value < -limit ? std::numeric_limits<int64_t>::min() : int64_t(value);
}

/// The bytes of a resource that holds exactly the elements of its type; nothing otherwise.
static std::optional<ArrayRef<char>> resourceBytes(DenseResourceElementsAttr resource) {
  AsmResourceBlob *blob = resource.getRawHandle().getBlob();
  auto count = checkedNumElements(resource.getType().getShape());
  size_t bytes = elementBytes(resource.getType().getElementType());
  if (!blob || !count || blob->getData().size() / std::max<size_t>(bytes, 1) != size_t(*count))
    return std::nullopt;
  return blob->getData();
}

std::optional<SmallVector<int64_t>> readIntegers(ElementsAttr elements) {
  Type type = elements.getElementType();
  if (!type.isInteger() || type.getIntOrFloatBitWidth() > 64)
    return std::nullopt;
  SmallVector<int64_t> values;
  if (auto dense = dyn_cast<DenseElementsAttr>(elements)) {
    bool zeroExtend = type.isUnsignedInteger() || type.isInteger(1);
    for (const APInt &value : dense.getValues<APInt>())
      values.push_back(zeroExtend ? int64_t(value.getZExtValue()) : value.getSExtValue());
    return values;
  }
  auto resource = dyn_cast<DenseResourceElementsAttr>(elements);
  auto bytes = resource ? resourceBytes(resource) : std::nullopt;
  if (!bytes)
    return std::nullopt;
  values.resize(elements.getNumElements());
  loadIntegers(type, bytes->data(), values.size(), values.data());
  return values;
}

std::optional<SmallVector<double>> readFloats(ElementsAttr elements) {
  Type type = elements.getElementType();
  if (!type.isF16() && !type.isBF16() && !type.isF32() && !type.isF64())
    return std::nullopt;
  SmallVector<double> values;
  if (auto dense = dyn_cast<DenseElementsAttr>(elements)) {
    for (APFloat value : dense.getValues<APFloat>()) {
      bool lossy;
      value.convert(APFloat::IEEEdouble(), APFloat::rmNearestTiesToEven, &lossy);
      values.push_back(value.convertToDouble());
    }
    return values;
  }
  auto resource = dyn_cast<DenseResourceElementsAttr>(elements);
  auto bytes = resource ? resourceBytes(resource) : std::nullopt;
  if (!bytes)
    return std::nullopt;
  values.resize(elements.getNumElements());
  loadFloats(type, bytes->data(), values.size(), values.data());
  return values;
}

std::optional<ArrayRef<char>> readBytes(ElementsAttr elements, SmallVectorImpl<char> &storage) {
  Type type = elements.getElementType();
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(elements))
    return resourceBytes(resource);
  auto dense = dyn_cast<DenseElementsAttr>(elements);
  if (!dense || elementBytes(type) == 0)
    return std::nullopt;
  // Dense attributes pack i1 into bits.
  if (type.isInteger(1)) {
    for (bool value : dense.getValues<bool>())
      storage.push_back(value);
    return ArrayRef<char>(storage);
  }
  ArrayRef<char> raw = dense.getRawData();
  if (!dense.isSplat() || dense.getNumElements() == 1)
    return raw;
  for (int64_t i = 0; i < dense.getNumElements(); ++i)
    storage.append(raw.begin(), raw.end());
  return ArrayRef<char>(storage);
}

DenseElementsAttr makeElements(RankedTensorType type, ArrayRef<char> bytes) {
  if (!type.getElementType().isInteger(1))
    return DenseElementsAttr::getFromRawBuffer(type, bytes);
  SmallVector<bool> values(bytes.begin(), bytes.end());
  return DenseElementsAttr::get(type, ArrayRef<bool>(values));
}

DenseElementsAttr makeElements(RankedTensorType type, ArrayRef<int64_t> values) {
  unsigned width = type.getElementType().getIntOrFloatBitWidth();
  SmallVector<APInt> elements;
  for (int64_t value : values)
    elements.emplace_back(width, value, /*isSigned=*/true, /*implicitTrunc=*/true);
  return DenseElementsAttr::get(type, elements);
}

DenseElementsAttr makeElements(RankedTensorType type, ArrayRef<double> values) {
  const llvm::fltSemantics &semantics = cast<FloatType>(type.getElementType()).getFloatSemantics();
  SmallVector<APFloat> elements;
  for (double value : values) {
    bool lossy;
    elements.emplace_back(value).convert(semantics, APFloat::rmNearestTiesToEven, &lossy);
  }
  return DenseElementsAttr::get(type, elements);
}

} // namespace kiln::nn
