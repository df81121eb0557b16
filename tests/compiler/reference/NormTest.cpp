// Normalisations and softmax computed by hand.
#include "tests/compiler/reference/Network.h"

namespace kiln::reference {

TEST(BatchNorm, PerChannel) {
  EXPECT_EQ(
      run({"tensor<1x2x2xf32>", "tensor<2xf32>", "tensor<2xf32>", "tensor<2xf32>", "tensor<2xf32>"},
          "tensor<1x2x2xf32>", R"(
    %y = nn.batch_norm(%a, %b, %c, %d, %e) {epsilon = 1.0}
        : (tensor<1x2x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<1x2x2xf32>
    return %y : tensor<1x2x2xf32>)",
          {{1, 2, 3, 4}, {1, 10}, {0, 1}, {1, 3}, {3, 0}}),
      (Numbers{0, 0.5, 1, 11}));
}

// An even size reaches one channel further up than down.
TEST(Lrn, EvenSizeReachesUp) {
  EXPECT_EQ(run({"tensor<1x3x1xf64>"}, "tensor<1x3x1xf64>", R"(
    %y = nn.lrn(%a) {size = 2 : i64, alpha = 2.0, beta = 1.0, bias = 1.0} : (tensor<1x3x1xf64>) -> tensor<1x3x1xf64>
    return %y : tensor<1x3x1xf64>)",
                {{1, 2, 3}}),
            (Numbers{1.0 / (1 + 1 + 4), 2.0 / (1 + 4 + 9), 3.0 / (1 + 9)}));
}

TEST(Lrn, OddSizeIsCentred) {
  EXPECT_EQ(run({"tensor<1x3x1xf64>"}, "tensor<1x3x1xf64>", R"(
    %y = nn.lrn(%a) {size = 3 : i64, alpha = 3.0, beta = 1.0, bias = 2.0} : (tensor<1x3x1xf64>) -> tensor<1x3x1xf64>
    return %y : tensor<1x3x1xf64>)",
                {{1, 2, 3}}),
            (Numbers{1.0 / (2 + 1 + 4), 2.0 / (2 + 1 + 4 + 9), 3.0 / (2 + 4 + 9)}));
}

// exp(1000) overflows; the quotients do not.
TEST(Softmax, LargeNumbers) {
  EXPECT_EQ(run({"tensor<2x2xf32>"}, "tensor<2x2xf32>", R"(
    %y = nn.softmax(%a) {axis = 0 : i64} : (tensor<2x2xf32>) -> tensor<2x2xf32>
    return %y : tensor<2x2xf32>)",
                {{1000, -1000, 1000, 1000}}),
            (Numbers{0.5, 0, 0.5, 1}));
}

TEST(Softmax, LogarithmOfSmallProbabilities) {
  EXPECT_EQ(run({"tensor<1x2xf32>"}, "tensor<1x2xf32>", R"(
    %y = nn.log_softmax(%a) {axis = 1 : i64} : (tensor<1x2xf32>) -> tensor<1x2xf32>
    return %y : tensor<1x2xf32>)",
                {{0, -1000}}),
            (Numbers{0, -1000}));
}

TEST(Softmax, NanSpreadsAlongTheAxisOnly) {
  EXPECT_EQ(textOf(run({"tensor<2x2xf32>"}, "tensor<2x2xf32>", R"(
    %y = nn.softmax(%a) {axis = 1 : i64} : (tensor<2x2xf32>) -> tensor<2x2xf32>
    return %y : tensor<2x2xf32>)",
                       {{1, kNan, 2, 2}})),
            textOf({kNan, kNan, 0.5, 0.5}));
}

} // namespace kiln::reference
