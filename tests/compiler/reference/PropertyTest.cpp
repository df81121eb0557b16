// Laws that tie ops to each other, on random numbers: what one family says, another must confirm.
#include "tests/compiler/reference/Network.h"

namespace kiln::reference {

// A 1x1 convolution is a matrix product over the channels.
TEST(Property, PointwiseConvIsMatmul) {
  Network network({"tensor<1x5x3x4xf32>", "tensor<7x5x1x1xf32>"},
                  "tensor<7x12xf32>, tensor<7x12xf32>", R"(
    %y = nn.conv(%a, %b) {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>}
        : (tensor<1x5x3x4xf32>, tensor<7x5x1x1xf32>) -> tensor<1x7x3x4xf32>
    %y2 = nn.reshape(%y) : (tensor<1x7x3x4xf32>) -> tensor<7x12xf32>
    %x = nn.reshape(%a) : (tensor<1x5x3x4xf32>) -> tensor<5x12xf32>
    %w = nn.reshape(%b) : (tensor<7x5x1x1xf32>) -> tensor<7x5xf32>
    %z = nn.matmul(%w, %x) : (tensor<7x5xf32>, tensor<5x12xf32>) -> tensor<7x12xf32>
    return %y2, %z : tensor<7x12xf32>, tensor<7x12xf32>)");
  auto results = network.run({randomNumbers(60, 1), randomNumbers(35, 2)});
  expectNear(numbersOf(results[0]), numbersOf(results[1]), 1e-6);
}

// A grouped convolution is the convolutions of its groups, side by side.
TEST(Property, GroupsAreSeparateConvolutions) {
  Network network({"tensor<2x4x5x5xf32>", "tensor<6x2x3x3xf32>"},
                  "tensor<2x6x3x3xf32>, tensor<2x6x3x3xf32>", R"(
    %y = nn.conv(%a, %b) {strides = array<i64: 2, 2>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, groups = 2 : i64}
        : (tensor<2x4x5x5xf32>, tensor<6x2x3x3xf32>) -> tensor<2x6x3x3xf32>
    %x:2 = nn.split(%a) {axis = 1 : i64} : (tensor<2x4x5x5xf32>) -> (tensor<2x2x5x5xf32>, tensor<2x2x5x5xf32>)
    %w:2 = nn.split(%b) {axis = 0 : i64} : (tensor<6x2x3x3xf32>) -> (tensor<3x2x3x3xf32>, tensor<3x2x3x3xf32>)
    %z0 = nn.conv(%x#0, %w#0) {strides = array<i64: 2, 2>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>}
        : (tensor<2x2x5x5xf32>, tensor<3x2x3x3xf32>) -> tensor<2x3x3x3xf32>
    %z1 = nn.conv(%x#1, %w#1) {strides = array<i64: 2, 2>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>}
        : (tensor<2x2x5x5xf32>, tensor<3x2x3x3xf32>) -> tensor<2x3x3x3xf32>
    %z = nn.concat(%z0, %z1) {axis = 1 : i64} : (tensor<2x3x3x3xf32>, tensor<2x3x3x3xf32>) -> tensor<2x6x3x3xf32>
    return %y, %z : tensor<2x6x3x3xf32>, tensor<2x6x3x3xf32>)");
  auto results = network.run({randomNumbers(200, 3), randomNumbers(108, 4)});
  EXPECT_EQ(numbersOf(results[0]), numbersOf(results[1]));
}

// The pads of a convolution are those of nn.pad.
TEST(Property, ConvPadsAreZeros) {
  Network network({"tensor<1x2x4x5xf32>", "tensor<3x2x3x2xf32>"},
                  "tensor<1x3x3x6xf32>, tensor<1x3x3x6xf32>", R"(
    %y = nn.conv(%a, %b) {strides = array<i64: 2, 1>, pads = array<i64: 2, 0, 1, 3>, dilations = array<i64: 1, 2>}
        : (tensor<1x2x4x5xf32>, tensor<3x2x3x2xf32>) -> tensor<1x3x3x6xf32>
    %x = nn.pad(%a) {pads = array<i64: 0, 0, 2, 0, 0, 0, 1, 3>} : (tensor<1x2x4x5xf32>) -> tensor<1x2x7x8xf32>
    %z = nn.conv(%x, %b) {strides = array<i64: 2, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 2>}
        : (tensor<1x2x7x8xf32>, tensor<3x2x3x2xf32>) -> tensor<1x3x3x6xf32>
    return %y, %z : tensor<1x3x3x6xf32>, tensor<1x3x3x6xf32>)");
  auto results = network.run({randomNumbers(40, 5), randomNumbers(36, 6)});
  EXPECT_EQ(numbersOf(results[0]), numbersOf(results[1]));
}

// A flat volume is a map.
TEST(Property, FlatConv3dIsConv2d) {
  Network network({"tensor<1x2x6x5xf32>", "tensor<3x2x3x3xf32>"},
                  "tensor<1x3x6x5xf32>, tensor<1x3x6x5xf32>", R"(
    %y = nn.conv(%a, %b) {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>}
        : (tensor<1x2x6x5xf32>, tensor<3x2x3x3xf32>) -> tensor<1x3x6x5xf32>
    %x = nn.reshape(%a) : (tensor<1x2x6x5xf32>) -> tensor<1x2x6x1x5xf32>
    %w = nn.reshape(%b) : (tensor<3x2x3x3xf32>) -> tensor<3x2x3x1x3xf32>
    %z = nn.conv(%x, %w) {strides = array<i64: 1, 1, 1>, pads = array<i64: 1, 0, 1, 1, 0, 1>, dilations = array<i64: 1, 1, 1>}
        : (tensor<1x2x6x1x5xf32>, tensor<3x2x3x1x3xf32>) -> tensor<1x3x6x1x5xf32>
    %z2 = nn.reshape(%z) : (tensor<1x3x6x1x5xf32>) -> tensor<1x3x6x5xf32>
    return %y, %z2 : tensor<1x3x6x5xf32>, tensor<1x3x6x5xf32>)");
  auto results = network.run({randomNumbers(60, 7), randomNumbers(54, 8)});
  EXPECT_EQ(numbersOf(results[0]), numbersOf(results[1]));
}

// An average with counted pads is a depthwise convolution with equal weights.
TEST(Property, AveragePoolIsDepthwiseConv) {
  Network network({"tensor<1x2x5x6xf64>"}, "tensor<1x2x3x3xf64>, tensor<1x2x3x3xf64>", R"(
    %y = nn.average_pool(%a) {kernel_shape = array<i64: 2, 4>, strides = array<i64: 2, 2>, pads = array<i64: 1, 1, 0, 1>,
        dilations = array<i64: 1, 1>, count_include_pad = true} : (tensor<1x2x5x6xf64>) -> tensor<1x2x3x3xf64>
    %w = nn.constant(dense<0.125> : tensor<2x1x2x4xf64>) : tensor<2x1x2x4xf64>
    %z = nn.conv(%a, %w) {strides = array<i64: 2, 2>, pads = array<i64: 1, 1, 0, 1>, dilations = array<i64: 1, 1>, groups = 2 : i64}
        : (tensor<1x2x5x6xf64>, tensor<2x1x2x4xf64>) -> tensor<1x2x3x3xf64>
    return %y, %z : tensor<1x2x3x3xf64>, tensor<1x2x3x3xf64>)");
  auto results = network.run({randomNumbers(60, 9)});
  expectNear(numbersOf(results[0]), numbersOf(results[1]), 1e-15);
}

// The largest of the negatives is the smallest.
TEST(Property, MaximumOfNegativesIsMinimum) {
  Network network({"tensor<3x4x5xf32>"}, "tensor<3x5xf32>, tensor<3x5xf32>", R"(
    %n = nn.neg(%a) : (tensor<3x4x5xf32>) -> tensor<3x4x5xf32>
    %y = nn.reduce_max(%n) {axes = array<i64: 1>, keepdims = false} : (tensor<3x4x5xf32>) -> tensor<3x5xf32>
    %m = nn.reduce_min(%a) {axes = array<i64: 1>, keepdims = false} : (tensor<3x4x5xf32>) -> tensor<3x5xf32>
    %z = nn.neg(%m) : (tensor<3x5xf32>) -> tensor<3x5xf32>
    return %y, %z : tensor<3x5xf32>, tensor<3x5xf32>)");
  auto results = network.run({randomNumbers(60, 10)});
  EXPECT_EQ(numbersOf(results[0]), numbersOf(results[1]));
}

TEST(Property, LogSoftmaxIsTheLogarithm) {
  Network network({"tensor<2x7x3xf64>"}, "tensor<2x7x3xf64>, tensor<2x7x3xf64>", R"(
    %y = nn.log_softmax(%a) {axis = 1 : i64} : (tensor<2x7x3xf64>) -> tensor<2x7x3xf64>
    %s = nn.softmax(%a) {axis = 1 : i64} : (tensor<2x7x3xf64>) -> tensor<2x7x3xf64>
    %z = nn.log(%s) : (tensor<2x7x3xf64>) -> tensor<2x7x3xf64>
    return %y, %z : tensor<2x7x3xf64>, tensor<2x7x3xf64>)");
  auto results = network.run({randomNumbers(42, 11)});
  expectNear(numbersOf(results[0]), numbersOf(results[1]), 1e-14);
}

// A fused activation is the op of its name.
TEST(Property, FusedActivationsAreOps) {
  struct Case {
    llvm::StringRef activation, op;
  };
  for (const Case &fused :
       {Case{"relu", "relu(%y)"}, Case{"leaky_relu, 0.25", "leaky_relu(%y) {alpha = 0.25}"},
        Case{"clip, -0.5, 0.5", "clip(%y) {min = -0.5, max = 0.5}"}, Case{"sigmoid", "sigmoid(%y)"},
        Case{"tanh", "tanh(%y)"}, Case{"elu, 0.5", "elu(%y) {alpha = 0.5}"},
        Case{"hard_sigmoid, 0.5, 0.25", "hard_sigmoid(%y) {alpha = 0.5, beta = 0.25}"},
        Case{"hard_swish", "hard_swish(%y)"}, Case{"swish", "swish(%y)"}}) {
    Network network(
        {"tensor<3x4xf64>", "tensor<4x5xf64>"}, "tensor<3x5xf64>, tensor<3x5xf64>",
        "%x = nn.gemm(%a, %b) {activation = #nn.activation<" + fused.activation.str() +
            ">} : (tensor<3x4xf64>, tensor<4x5xf64>) -> tensor<3x5xf64>\n"
            "%y = nn.gemm(%a, %b) : (tensor<3x4xf64>, tensor<4x5xf64>) -> tensor<3x5xf64>\n"
            "%z = nn." +
            fused.op.str() +
            " : (tensor<3x5xf64>) -> tensor<3x5xf64>\n"
            "return %x, %z : tensor<3x5xf64>, tensor<3x5xf64>");
    auto results = network.run({randomNumbers(12, 12), randomNumbers(20, 13)});
    EXPECT_EQ(numbersOf(results[0]), numbersOf(results[1])) << fused.activation.str();
  }
}

// Depth to space undoes space to depth.
TEST(Property, DepthToSpaceUndoesSpaceToDepth) {
  Numbers input = randomNumbers(2 * 3 * 6 * 9, 14);
  EXPECT_EQ(run({"tensor<2x3x6x9xf32>"}, "tensor<2x3x6x9xf32>", R"(
    %y = nn.space_to_depth(%a) {blocksize = 3 : i64} : (tensor<2x3x6x9xf32>) -> tensor<2x27x2x3xf32>
    %z = nn.depth_to_space(%y) {blocksize = 3 : i64} : (tensor<2x27x2x3xf32>) -> tensor<2x3x6x9xf32>
    return %z : tensor<2x3x6x9xf32>)",
                {input}),
            input);
}

} // namespace kiln::reference
