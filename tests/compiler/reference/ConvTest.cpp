// Convolutions computed by hand.
#include "tests/compiler/reference/Network.h"

namespace kiln::reference {

TEST(Conv, PadsReadNothing) {
  EXPECT_EQ(run({"tensor<1x1x3x3xf32>", "tensor<1x1x3x3xf32>"}, "tensor<1x1x3x3xf32>", R"(
    %y = nn.conv(%a, %b) {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>}
        : (tensor<1x1x3x3xf32>, tensor<1x1x3x3xf32>) -> tensor<1x1x3x3xf32>
    return %y : tensor<1x1x3x3xf32>)",
                {{1, 2, 3, 4, 5, 6, 7, 8, 9}, {1, 1, 1, 1, 1, 1, 1, 1, 1}}),
            (Numbers{12, 21, 16, 27, 45, 33, 24, 39, 28}));
}

// The filter is not flipped: cross-correlation.
TEST(Conv, FilterIsNotFlipped) {
  EXPECT_EQ(run({"tensor<1x1x4xf32>", "tensor<1x1x2xf32>"}, "tensor<1x1x3xf32>", R"(
    %y = nn.conv(%a, %b) {strides = array<i64: 1>, pads = array<i64: 0, 0>, dilations = array<i64: 1>}
        : (tensor<1x1x4xf32>, tensor<1x1x2xf32>) -> tensor<1x1x3xf32>
    return %y : tensor<1x1x3xf32>)",
                {{1, 2, 3, 4}, {10, 1}}),
            (Numbers{12, 23, 34}));
}

// Positions -1, 1, 3 and 2, 4, 6 of 0..4: what lies outside reads nothing.
TEST(Conv, StrideDilationAndAsymmetricPads) {
  EXPECT_EQ(run({"tensor<1x1x5xf32>", "tensor<1x1x3xf32>"}, "tensor<1x1x2xf32>", R"(
    %y = nn.conv(%a, %b) {strides = array<i64: 3>, pads = array<i64: 1, 2>, dilations = array<i64: 2>}
        : (tensor<1x1x5xf32>, tensor<1x1x3xf32>) -> tensor<1x1x2xf32>
    return %y : tensor<1x1x2xf32>)",
                {{1, 2, 3, 4, 5}, {100, 10, 1}}),
            (Numbers{24, 350}));
}

// A kernel that lies in the end padding altogether for its last tap, and a pad wider than the
// input.
TEST(Conv, PadsWiderThanTheInput) {
  EXPECT_EQ(run({"tensor<1x1x1xf32>", "tensor<1x1x2xf32>"}, "tensor<1x1x6xf32>", R"(
    %y = nn.conv(%a, %b) {strides = array<i64: 1>, pads = array<i64: 2, 4>, dilations = array<i64: 1>}
        : (tensor<1x1x1xf32>, tensor<1x1x2xf32>) -> tensor<1x1x6xf32>
    return %y : tensor<1x1x6xf32>)",
                {{7}, {10, 1}}),
            (Numbers{0, 7, 70, 0, 0, 0}));
}

TEST(Conv, GroupsReadTheirChannels) {
  EXPECT_EQ(run({"tensor<1x4x1xf32>", "tensor<4x2x1xf32>", "tensor<4xf32>"}, "tensor<1x4x1xf32>",
                R"(
    %y = nn.conv(%a, %b, bias %c) {strides = array<i64: 1>, pads = array<i64: 0, 0>, dilations = array<i64: 1>, groups = 2 : i64}
        : (tensor<1x4x1xf32>, tensor<4x2x1xf32>, tensor<4xf32>) -> tensor<1x4x1xf32>
    return %y : tensor<1x4x1xf32>)",
                {{1, 2, 3, 4}, {1, 0, 0, 1, 1, 1, 1, -1}, {10, 20, 30, 40}}),
            (Numbers{11, 22, 37, 39}));
}

// The residual is added before the activation.
TEST(Conv, BiasResidualActivation) {
  EXPECT_EQ(run({"tensor<1x1x3xf32>", "tensor<1x1x1xf32>", "tensor<1xf32>", "tensor<1x1x3xf32>"},
                "tensor<1x1x3xf32>", R"(
    %y = nn.conv(%a, %b, bias %c, residual %d) {strides = array<i64: 1>, pads = array<i64: 0, 0>, dilations = array<i64: 1>,
        activation = #nn.activation<clip, 0.0, 6.0>}
        : (tensor<1x1x3xf32>, tensor<1x1x1xf32>, tensor<1xf32>, tensor<1x1x3xf32>) -> tensor<1x1x3xf32>
    return %y : tensor<1x1x3xf32>)",
                {{1, 2, 3}, {2}, {1}, {-4, -2, 3}}),
            (Numbers{0, 3, 6}));
}

TEST(Conv, ResidualWithoutBias) {
  EXPECT_EQ(run({"tensor<1x1x2xf32>", "tensor<1x1x1xf32>", "tensor<1x1x2xf32>"},
                "tensor<1x1x2xf32>", R"(
    %y = nn.conv(%a, %b, residual %c) {strides = array<i64: 1>, pads = array<i64: 0, 0>, dilations = array<i64: 1>}
        : (tensor<1x1x2xf32>, tensor<1x1x1xf32>, tensor<1x1x2xf32>) -> tensor<1x1x2xf32>
    return %y : tensor<1x1x2xf32>)",
                {{1, 2}, {3}, {10, 20}}),
            (Numbers{13, 26}));
}

// 2048 + 1 is not an f16; the sum is taken in double, so both ones arrive.
TEST(Conv, HalfIsRoundedOnce) {
  EXPECT_EQ(run({"tensor<1x3x1xf16>", "tensor<1x3x1xf16>"}, "tensor<1x1x1xf16>", R"(
    %y = nn.conv(%a, %b) {strides = array<i64: 1>, pads = array<i64: 0, 0>, dilations = array<i64: 1>}
        : (tensor<1x3x1xf16>, tensor<1x3x1xf16>) -> tensor<1x1x1xf16>
    return %y : tensor<1x1x1xf16>)",
                {{2048, 1, 1}, {1, 1, 1}}),
            (Numbers{2050}));
}

// A NaN reaches the positions whose window holds it, and no other.
TEST(Conv, NanStaysInItsWindows) {
  EXPECT_EQ(textOf(run({"tensor<1x1x4xf32>", "tensor<1x1x2xf32>"}, "tensor<1x1x3xf32>", R"(
    %y = nn.conv(%a, %b) {strides = array<i64: 1>, pads = array<i64: 0, 0>, dilations = array<i64: 1>}
        : (tensor<1x1x4xf32>, tensor<1x1x2xf32>) -> tensor<1x1x3xf32>
    return %y : tensor<1x1x3xf32>)",
                       {{1, 2, 3, kNan}, {1, 1}})),
            textOf({3, 5, kNan}));
}

TEST(Conv, ThreeDimensions) {
  EXPECT_EQ(run({"tensor<1x1x2x2x2xf32>", "tensor<1x1x2x2x2xf32>"}, "tensor<1x1x1x1x2xf32>", R"(
    %y = nn.conv(%a, %b) {strides = array<i64: 1, 1, 1>, pads = array<i64: 0, 0, 0, 0, 0, 1>, dilations = array<i64: 1, 1, 1>}
        : (tensor<1x1x2x2x2xf32>, tensor<1x1x2x2x2xf32>) -> tensor<1x1x1x1x2xf32>
    return %y : tensor<1x1x1x1x2xf32>)",
                {{1, 2, 3, 4, 5, 6, 7, 8}, {1, 0, 0, 0, 0, 0, 10, 100}}),
            (Numbers{1 + 70 + 800, 2 + 80}));
}

} // namespace kiln::reference
