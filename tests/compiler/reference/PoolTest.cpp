// Pools computed by hand.
#include "tests/compiler/reference/Network.h"

namespace kiln::reference {

/// A 1-D max pool over five numbers with kernel 3, stride 2 and pads 1 and 1.
static Numbers maxPool(llvm::StringRef type, const Numbers &input) {
  std::string in = "tensor<1x1x5x" + type.str() + ">", out = "tensor<1x1x3x" + type.str() + ">";
  return run({in}, out,
             "%y = nn.max_pool(%a) {kernel_shape = array<i64: 3>, strides = array<i64: 2>, pads = "
             "array<i64: 1, 1>, "
             "dilations = array<i64: 1>} : (" +
                 in + ") -> " + out + "\n return %y : " + out,
             {input});
}

// Padding is no zero: a window of negative numbers has a negative maximum.
TEST(MaxPool, PaddingNeverWins) {
  EXPECT_EQ(maxPool("f32", {-5, -4, -3, -2, -9}), (Numbers{-4, -2, -2}));
  EXPECT_EQ(maxPool("i8", {-128, -127, -3, -2, -9}), (Numbers{-127, -2, -2}));
  EXPECT_EQ(maxPool("ui8", {200, 100, 0, 255, 1}), (Numbers{200, 255, 255}));
}

TEST(MaxPool, NanWins) {
  EXPECT_EQ(textOf(maxPool("f32", {kNan, 1, 2, 3, 4})), textOf({kNan, 3, 4}));
  EXPECT_EQ(textOf(maxPool("f32", {1, 2, 3, 4, kNan})), textOf({2, 4, kNan}));
}

TEST(MaxPool, InfinitiesAndSubnormals) {
  EXPECT_EQ(maxPool("f32", {-kInfinity, -kInfinity, 0x1p-149, 0, kInfinity}),
            (Numbers{-kInfinity, 0x1p-149, kInfinity}));
}

// Positions -1 and 2 of 0..1: no tap of the window lies inside.
TEST(MaxPool, WindowWithoutInput) {
  for (llvm::StringRef type : {"f32", "i8", "ui8"}) {
    std::string in = "tensor<1x1x2x" + type.str() + ">", out = "tensor<1x1x1x" + type.str() + ">";
    double smallest = type == "f32" ? -kInfinity : type == "i8" ? -128 : 0;
    EXPECT_EQ(run({in}, out,
                  "%y = nn.max_pool(%a) {kernel_shape = array<i64: 2>, strides = array<i64: 1>, "
                  "pads = array<i64: 1, 1>, "
                  "dilations = array<i64: 3>} : (" +
                      in + ") -> " + out + "\n return %y : " + out,
                  {{1, 2}}),
              (Numbers{smallest}));
  }
}

TEST(MaxPool, CeilModeDilated) {
  EXPECT_EQ(run({"tensor<1x1x6xf32>"}, "tensor<1x1x3xf32>", R"(
    %y = nn.max_pool(%a) {kernel_shape = array<i64: 2>, strides = array<i64: 2>, pads = array<i64: 0, 0>,
        dilations = array<i64: 2>, ceil_mode = true} : (tensor<1x1x6xf32>) -> tensor<1x1x3xf32>
    return %y : tensor<1x1x3xf32>)",
                {{9, 1, 2, 8, 3, 7}}),
            (Numbers{9, 3, 3}));
}

/// A 1-D average pool over five numbers with kernel 3, stride 2, pads 1 and 1 and ceil_mode:
/// windows -1..1, 1..3, 3..5.
static Numbers averagePool(llvm::StringRef flags) {
  return run({"tensor<1x1x5xf32>"}, "tensor<1x1x3xf32>",
             "%y = nn.average_pool(%a) {kernel_shape = array<i64: 3>, strides = array<i64: 2>, "
             "pads = array<i64: 1, 1>, "
             "dilations = array<i64: 1>" +
                 flags.str() +
                 "} : (tensor<1x1x5xf32>) -> tensor<1x1x3xf32>\n"
                 "return %y : tensor<1x1x3xf32>",
             {{3, 6, 9, 12, 15}});
}

TEST(AveragePool, PaddingCountsWhereAskedFor) {
  EXPECT_EQ(averagePool(""), (Numbers{4.5, 9, 13.5}));
  EXPECT_EQ(averagePool(", count_include_pad = true"), (Numbers{3, 9, 9}));
}

// The positions beyond the pads that ceil_mode adds to the last window never count.
TEST(AveragePool, CeilModeBeyondThePads) {
  EXPECT_EQ(run({"tensor<1x1x4xf32>"}, "tensor<1x1x2xf32>", R"(
    %y = nn.average_pool(%a) {kernel_shape = array<i64: 3>, strides = array<i64: 2>, pads = array<i64: 0, 0>,
        dilations = array<i64: 1>, ceil_mode = true, count_include_pad = true} : (tensor<1x1x4xf32>) -> tensor<1x1x2xf32>
    return %y : tensor<1x1x2xf32>)",
                {{3, 6, 9, 13}}),
            (Numbers{6, 11}));
}

TEST(AveragePool, ThreeDimensions) {
  EXPECT_EQ(run({"tensor<1x2x2x1x2xf32>"}, "tensor<1x2x1x1x2xf32>", R"(
    %y = nn.average_pool(%a) {kernel_shape = array<i64: 2, 1, 1>, strides = array<i64: 1, 1, 1>,
        pads = array<i64: 0, 0, 0, 0, 0, 0>, dilations = array<i64: 1, 1, 1>} : (tensor<1x2x2x1x2xf32>) -> tensor<1x2x1x1x2xf32>
    return %y : tensor<1x2x1x1x2xf32>)",
                {{1, 2, 3, 4, 5, 6, 7, 8}}),
            (Numbers{2, 3, 6, 7}));
}

TEST(GlobalPool, MeanAndMaximum) {
  Network network({"tensor<2x1x2x2xf32>"}, "tensor<2x1x1x1xf32>, tensor<2x1x1x1xf32>", R"(
    %y = nn.global_average_pool(%a) : (tensor<2x1x2x2xf32>) -> tensor<2x1x1x1xf32>
    %z = nn.global_max_pool(%a) : (tensor<2x1x2x2xf32>) -> tensor<2x1x1x1xf32>
    return %y, %z : tensor<2x1x1x1xf32>, tensor<2x1x1x1xf32>)");
  auto results = network.run({{1, 2, 3, 6, -1, -2, kNan, -4}});
  EXPECT_EQ(textOf(numbersOf(results[0])), textOf({3, kNan}));
  EXPECT_EQ(textOf(numbersOf(results[1])), textOf({6, kNan}));
}

} // namespace kiln::reference
