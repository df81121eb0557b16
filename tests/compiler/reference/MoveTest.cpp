// Ops that move elements, on tensors whose elements are their positions.
#include "tests/compiler/reference/Network.h"

#include <numeric>

namespace kiln::reference {

/// 0, 1, 2, ...
static Numbers positions(size_t count) {
  Numbers numbers(count);
  std::iota(numbers.begin(), numbers.end(), 0);
  return numbers;
}

TEST(Move, Transpose) {
  EXPECT_EQ(run({"tensor<2x3x2xi8>"}, "tensor<2x2x3xi8>", R"(
    %y = nn.transpose(%a) {perm = array<i64: 2, 0, 1>} : (tensor<2x3x2xi8>) -> tensor<2x2x3xi8>
    return %y : tensor<2x2x3xi8>)",
                {positions(12)}),
            (Numbers{0, 2, 4, 6, 8, 10, 1, 3, 5, 7, 9, 11}));
}

TEST(Move, SliceBackwards) {
  EXPECT_EQ(run({"tensor<3x4xf64>"}, "tensor<2x2xf64>", R"(
    %y = nn.slice(%a) {starts = array<i64: 2, 0>, sizes = array<i64: 2, 2>, steps = array<i64: -2, 3>} : (tensor<3x4xf64>) -> tensor<2x2xf64>
    return %y : tensor<2x2xf64>)",
                {positions(12)}),
            (Numbers{8, 11, 0, 3}));
}

TEST(Move, EmptySliceOfAScalarAndOfARow) {
  EXPECT_EQ(run({"tensor<2x3xf32>"}, "tensor<0x3xf32>", R"(
    %y = nn.slice(%a) {starts = array<i64: 0, 0>, sizes = array<i64: 0, 3>, steps = array<i64: 1, 1>} : (tensor<2x3xf32>) -> tensor<0x3xf32>
    return %y : tensor<0x3xf32>)",
                {positions(6)}),
            (Numbers{}));
  EXPECT_EQ(run({"tensor<f32>"}, "tensor<f32>", R"(
    %y = nn.slice(%a) {starts = array<i64>, sizes = array<i64>, steps = array<i64>} : (tensor<f32>) -> tensor<f32>
    return %y : tensor<f32>)",
                {{7}}),
            (Numbers{7}));
}

TEST(Move, SplitAndConcatAreInverse) {
  Network network({"tensor<2x5xi16>"}, "tensor<2x2xi16>, tensor<2x5xi16>", R"(
    %y:3 = nn.split(%a) {axis = 1 : i64} : (tensor<2x5xi16>) -> (tensor<2x2xi16>, tensor<2x0xi16>, tensor<2x3xi16>)
    %z = nn.concat(%y#0, %y#1, %y#2) {axis = 1 : i64} : (tensor<2x2xi16>, tensor<2x0xi16>, tensor<2x3xi16>) -> tensor<2x5xi16>
    return %y#0, %z : tensor<2x2xi16>, tensor<2x5xi16>)");
  auto results = network.run({positions(10)});
  EXPECT_EQ(numbersOf(results[0]), (Numbers{0, 1, 5, 6}));
  EXPECT_EQ(numbersOf(results[1]), positions(10));
}

/// One pad of [[0 1 2] [3 4 5]] by one row at the begin and two columns at the end.
static Numbers pad(llvm::StringRef attributes) {
  return run({"tensor<2x3xf32>"}, "tensor<3x5xf32>",
             "%y = nn.pad(%a) {pads = array<i64: 1, 0, 0, 2>" + attributes.str() +
                 "} : (tensor<2x3xf32>) -> tensor<3x5xf32>\n"
                 "return %y : tensor<3x5xf32>",
             {positions(6)});
}

TEST(Move, Pad) {
  EXPECT_EQ(pad(", value = 9.0"), (Numbers{9, 9, 9, 9, 9, 0, 1, 2, 9, 9, 3, 4, 5, 9, 9}));
  EXPECT_EQ(pad(", mode = #nn.pad_mode<reflect>"),
            (Numbers{3, 4, 5, 4, 3, 0, 1, 2, 1, 0, 3, 4, 5, 4, 3}));
  EXPECT_EQ(pad(", mode = #nn.pad_mode<edge>"),
            (Numbers{0, 1, 2, 2, 2, 0, 1, 2, 2, 2, 3, 4, 5, 5, 5}));
}

TEST(Move, GatherWithIndicesOfRankTwo) {
  EXPECT_EQ(run({"tensor<2x3xf16>", "tensor<1x2xi64>"}, "tensor<2x1x2xf16>", R"(
    %y = nn.gather(%a, %b) {axis = 1 : i64} : (tensor<2x3xf16>, tensor<1x2xi64>) -> tensor<2x1x2xf16>
    return %y : tensor<2x1x2xf16>)",
                {positions(6), {-1, 0}}),
            (Numbers{2, 0, 5, 3}));
}

// Indices that point nowhere are clamped: run-time data never reads foreign memory.
TEST(Move, GatherClamps) {
  EXPECT_EQ(run({"tensor<3xf32>", "tensor<4xi32>"}, "tensor<4xf32>", R"(
    %y = nn.gather(%a, %b) {axis = 0 : i64} : (tensor<3xf32>, tensor<4xi32>) -> tensor<4xf32>
    return %y : tensor<4xf32>)",
                {positions(3), {3, 2147483647, -4, -2147483648.0}}),
            (Numbers{2, 2, 0, 0}));
}

TEST(Move, SpaceToDepth) {
  EXPECT_EQ(run({"tensor<1x2x2x2xf32>"}, "tensor<1x8x1x1xf32>", R"(
    %y = nn.space_to_depth(%a) {blocksize = 2 : i64} : (tensor<1x2x2x2xf32>) -> tensor<1x8x1x1xf32>
    return %y : tensor<1x8x1x1xf32>)",
                {positions(8)}),
            (Numbers{0, 4, 1, 5, 2, 6, 3, 7}));
}

/// Depth to space of eight channels of one pixel.
static Numbers depthToSpace(llvm::StringRef mode) {
  return run(
      {"tensor<1x8x1x1xf32>"}, "tensor<1x2x2x2xf32>",
      "%y = nn.depth_to_space(%a) {blocksize = 2 : i64, mode = #nn.depth_mode<" + mode.str() +
          ">} : (tensor<1x8x1x1xf32>) -> tensor<1x2x2x2xf32>\n return %y : tensor<1x2x2x2xf32>",
      {positions(8)});
}

TEST(Move, DepthToSpace) {
  EXPECT_EQ(depthToSpace("dcr"), (Numbers{0, 2, 4, 6, 1, 3, 5, 7}));
  EXPECT_EQ(depthToSpace("crd"), positions(8));
}

TEST(Move, Expand) {
  EXPECT_EQ(run({"tensor<2x1xi1>"}, "tensor<2x2x2xi1>", R"(
    %y = nn.expand(%a) : (tensor<2x1xi1>) -> tensor<2x2x2xi1>
    return %y : tensor<2x2x2xi1>)",
                {{1, 0}}),
            (Numbers{1, 1, 0, 0, 1, 1, 0, 0}));
}

// Layouts change no value.
TEST(Move, LayoutsAreIdentities) {
  EXPECT_EQ(run({"tensor<1x3x2xf32>"}, "tensor<1x3x2xf32>", R"(
    %x = nn.relayout(%a) : (tensor<1x3x2xf32>) -> tensor<1x3x2xf32, #nn.blocked<16, border = [1, 1]>>
    %y = nn.relayout(%x) : (tensor<1x3x2xf32, #nn.blocked<16, border = [1, 1]>>) -> tensor<1x3x2xf32>
    return %y : tensor<1x3x2xf32>)",
                {positions(6)}),
            positions(6));
}

} // namespace kiln::reference
