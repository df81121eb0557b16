// The measure of errors.
#include "compiler/reference/Compare.h"
#include "tests/compiler/reference/Network.h"

namespace kiln::reference {

/// The error of one vector of f32 against another.
static double errorOf(const Numbers &actual, const Numbers &expected) {
  std::string type = "tensor<" + std::to_string(actual.size()) + "xf32>";
  Network network({type}, type, "return %a : " + type);
  return relativeError(network.input(0, actual), network.input(0, expected));
}

TEST(Compare, RelativeToTheLargest) {
  EXPECT_EQ(errorOf({1, 0.5}, {1, -4}), 4.5 / 4);
  EXPECT_EQ(errorOf({1, 2}, {1, 2}), 0);
}

// Where nothing is expected, the difference counts.
TEST(Compare, AgainstZeros) { EXPECT_EQ(errorOf({0.25, 0}, {0, 0}), 0.25); }

TEST(Compare, NanAndInfinity) {
  EXPECT_EQ(errorOf({kNan, 1}, {kNan, 1}), 0);
  EXPECT_EQ(errorOf({kInfinity, 1}, {kInfinity, 2}), 0.5);
  EXPECT_EQ(errorOf({kNan}, {1}), kInfinity);
  EXPECT_EQ(errorOf({1}, {kNan}), kInfinity);
  EXPECT_EQ(errorOf({kInfinity}, {-kInfinity}), kInfinity);
}

TEST(Compare, MeanSquares) {
  auto rms = [](const Numbers &actual, const Numbers &expected) {
    std::string type = "tensor<" + std::to_string(actual.size()) + "xf32>";
    Network network({type}, type, "return %a : " + type);
    return relativeRms(network.input(0, actual), network.input(0, expected));
  };
  EXPECT_EQ(rms({3, 4.5}, {3, 4}), 0.1);
  EXPECT_EQ(rms({0.25, 0}, {0, 0}), 0.25);
  EXPECT_EQ(rms({kNan, 4}, {1, 4}), 0) << "what is not finite has no mean";
}

} // namespace kiln::reference
