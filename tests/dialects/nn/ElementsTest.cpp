// The 16-bit float formats against LLVM's soft floats: every encoding, and roundings around every
// tie.
#include "dialects/nn/NnElements.h"

#include "llvm/ADT/APFloat.h"
#include "gtest/gtest.h"

#include <cmath>
#include <random>

namespace kiln::nn {
namespace {

struct Format {
  const llvm::fltSemantics &semantics;
  double (*widen)(uint16_t);
  uint16_t (*narrow)(double);
};

const Format &format(bool half) {
  static const Format formats[] = {{llvm::APFloat::BFloat(), bfloatToDouble, doubleToBfloat},
                                   {llvm::APFloat::IEEEhalf(), halfToDouble, doubleToHalf}};
  return formats[half];
}

double softWiden(const Format &format, uint16_t bits) {
  llvm::APFloat value(format.semantics, llvm::APInt(16, bits));
  bool lossy;
  value.convert(llvm::APFloat::IEEEdouble(), llvm::APFloat::rmNearestTiesToEven, &lossy);
  return value.convertToDouble();
}

uint16_t softNarrow(const Format &format, double value) {
  llvm::APFloat soft(value);
  bool lossy;
  soft.convert(format.semantics, llvm::APFloat::rmNearestTiesToEven, &lossy);
  return soft.bitcastToAPInt().getZExtValue();
}

class SixteenBits : public testing::TestWithParam<bool> {};

TEST_P(SixteenBits, EveryEncodingRoundTrips) {
  const Format &f = format(GetParam());
  for (unsigned bits = 0; bits < 65536; ++bits) {
    double value = f.widen(bits), expected = softWiden(f, bits);
    if (std::isnan(expected)) {
      ASSERT_TRUE(std::isnan(value)) << bits;
      ASSERT_TRUE(std::isnan(f.widen(f.narrow(value)))) << bits;
      continue;
    }
    ASSERT_EQ(value, expected) << bits;
    ASSERT_EQ(std::signbit(value), std::signbit(expected)) << bits;
    ASSERT_EQ(f.narrow(value), bits);
  }
}

// Between each number and the next: the middle, and its two neighbours in double.
TEST_P(SixteenBits, TiesGoToEven) {
  const Format &f = format(GetParam());
  for (unsigned bits = 0; bits < 0x7FFF; ++bits) {
    double low = f.widen(bits), high = f.widen(bits + 1);
    if (!std::isfinite(low) || std::isnan(high))
      continue;
    double middle = std::isinf(high) ? low + (low - f.widen(bits - 1)) / 2 : low + (high - low) / 2;
    for (double value : {std::nextafter(middle, 0), middle, std::nextafter(middle, HUGE_VAL)})
      for (double sign : {1.0, -1.0})
        ASSERT_EQ(f.narrow(sign * value), softNarrow(f, sign * value)) << value;
  }
}

TEST_P(SixteenBits, RandomDoubles) {
  const Format &f = format(GetParam());
  std::mt19937_64 generator(1);
  for (int i = 0; i < 100000; ++i) {
    double value = std::ldexp(double(generator()) / 0x1p63 - 1, int(generator() % 320) - 160);
    ASSERT_EQ(f.narrow(value), softNarrow(f, value)) << value;
  }
}

INSTANTIATE_TEST_SUITE_P(Formats, SixteenBits, testing::Bool(),
                         [](const auto &info) { return info.param ? "Half" : "Bfloat"; });

TEST(Elements, TruncationSaturatesToSixtyFourBits) {
  EXPECT_EQ(truncateToInteger(-1.9), -1);
  EXPECT_EQ(truncateToInteger(1e300), INT64_MAX);
  EXPECT_EQ(truncateToInteger(-HUGE_VAL), INT64_MIN);
  EXPECT_EQ(truncateToInteger(0x1p63), INT64_MAX);
  EXPECT_EQ(truncateToInteger(-0x1p63), INT64_MIN);
  EXPECT_EQ(truncateToInteger(NAN), 0);
}

// 18 significant bits, ties to even; from 2^-46 on.
TEST(Elements, RoundToFloat24) {
  EXPECT_EQ(roundToFloat24(0.0), 0.0);
  EXPECT_TRUE(std::signbit(roundToFloat24(-0.0)));
  EXPECT_EQ(roundToFloat24(-1.5), -1.5);
  EXPECT_EQ(roundToFloat24(1 + 0x1p-17), 1 + 0x1p-17);
  EXPECT_EQ(roundToFloat24(1 + 0x1p-18), 1.0);
  EXPECT_EQ(roundToFloat24(1 + 0x3p-18), 1 + 0x1p-16);
  EXPECT_EQ(roundToFloat24(-1 - 0x1.01p-18), -1 - 0x1p-17);
  EXPECT_EQ(roundToFloat24(0x1.fffffep15), 0x1p16);
  EXPECT_EQ(roundToFloat24(0x1p-46), 0x1p-46);
  EXPECT_EQ(roundToFloat24(0x1.fffffep-47), 0x1p-46);
  EXPECT_EQ(roundToFloat24(0x1.8p-47), 0.0);
  EXPECT_TRUE(std::signbit(roundToFloat24(-0x1p-100)));
}

} // namespace
} // namespace kiln::nn
