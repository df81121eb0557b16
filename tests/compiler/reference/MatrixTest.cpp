// Matrix products computed by hand.
#include "tests/compiler/reference/Network.h"

namespace kiln::reference {

// [1 2 3; 4 5 6] * [1 0; 0 1; 1 1] = [4 5; 10 11], written in the four ways of transposing.
TEST(Gemm, Transposes) {
  Numbers a{1, 2, 3, 4, 5, 6}, at{1, 4, 2, 5, 3, 6}, b{1, 0, 0, 1, 1, 1}, bt{1, 0, 1, 0, 1, 1};
  for (bool transA : {false, true})
    for (bool transB : {false, true}) {
      std::string left = transA ? "tensor<3x2xf32>" : "tensor<2x3xf32>";
      std::string right = transB ? "tensor<2x3xf32>" : "tensor<3x2xf32>";
      std::string flags = std::string("transA = ") + (transA ? "true" : "false") +
                          ", transB = " + (transB ? "true" : "false");
      EXPECT_EQ(run({left, right}, "tensor<2x2xf32>",
                    "%y = nn.gemm(%a, %b) {" + flags + "} : (" + left + ", " + right +
                        ") -> tensor<2x2xf32>\n"
                        "return %y : tensor<2x2xf32>",
                    {transA ? at : a, transB ? bt : b}),
                (Numbers{4, 5, 10, 11}));
    }
}

TEST(Gemm, ScaledAddendOfAColumn) {
  EXPECT_EQ(run({"tensor<2x1xf32>", "tensor<1x2xf32>", "tensor<2x1xf32>"}, "tensor<2x2xf32>", R"(
    %y = nn.gemm(%a, %b, %c) {alpha = 0.5, beta = 2.0, activation = #nn.activation<relu>}
        : (tensor<2x1xf32>, tensor<1x2xf32>, tensor<2x1xf32>) -> tensor<2x2xf32>
    return %y : tensor<2x2xf32>)",
                {{2, 4}, {1, 3}, {10, -20}}),
            (Numbers{21, 23, 0, 0}));
}

TEST(Gemm, IntegersWrap) {
  EXPECT_EQ(run({"tensor<1x2xi8>", "tensor<2x1xi8>"}, "tensor<1x1xi8>", R"(
    %y = nn.gemm(%a, %b) : (tensor<1x2xi8>, tensor<2x1xi8>) -> tensor<1x1xi8>
    return %y : tensor<1x1xi8>)",
                {{100, 100}, {1, 1}}),
            (Numbers{-56}));
}

TEST(Matmul, BroadcastsBatches) {
  EXPECT_EQ(run({"tensor<2x1x1x2xf32>", "tensor<2x2x1xf32>"}, "tensor<2x2x1x1xf32>", R"(
    %y = nn.matmul(%a, %b) : (tensor<2x1x1x2xf32>, tensor<2x2x1xf32>) -> tensor<2x2x1x1xf32>
    return %y : tensor<2x2x1x1xf32>)",
                {{1, 2, 3, 4}, {1, 10, 100, 1000}}),
            (Numbers{21, 2100, 43, 4300}));
}

TEST(Matmul, VectorsLoseTheirDimension) {
  EXPECT_EQ(run({"tensor<2xf32>", "tensor<2x3xf32>"}, "tensor<3xf32>", R"(
    %y = nn.matmul(%a, %b) : (tensor<2xf32>, tensor<2x3xf32>) -> tensor<3xf32>
    return %y : tensor<3xf32>)",
                {{1, 10}, {1, 2, 3, 4, 5, 6}}),
            (Numbers{41, 52, 63}));
  EXPECT_EQ(run({"tensor<2x3xf32>", "tensor<3xf32>"}, "tensor<2xf32>", R"(
    %y = nn.matmul(%a, %b) : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<2xf32>
    return %y : tensor<2xf32>)",
                {{1, 2, 3, 4, 5, 6}, {1, 10, 100}}),
            (Numbers{321, 654}));
  EXPECT_EQ(run({"tensor<3xi32>", "tensor<3xi32>"}, "tensor<i32>", R"(
    %y = nn.matmul(%a, %b) : (tensor<3xi32>, tensor<3xi32>) -> tensor<i32>
    return %y : tensor<i32>)",
                {{1, 2, 3}, {4, 5, 6}}),
            (Numbers{32}));
}

// A rounded filter has the rounded elements, whatever its layout.
TEST(Matrix, RoundedFilter) {
  Network network({"tensor<1x2xf32>", "tensor<2x2xf32>"}, "tensor<1x2xf32>", R"(
    %r = nn.pack_filter(%b) {form = #nn.filter_form<gemm>, block = 16 : i64, bits = 24 : i64}
        : (tensor<2x2xf32>) -> tensor<2x2xf32, #nn.packed<gemm, groups = 1, block = 16, bits = 24>>
    %y = nn.gemm(%a, %r)
        : (tensor<1x2xf32>, tensor<2x2xf32, #nn.packed<gemm, groups = 1, block = 16, bits = 24>>)
        -> tensor<1x2xf32>
    return %y : tensor<1x2xf32>)");
  auto results = network.run({{1, 0}, {1 + 0x1p-20, -3, 5, 7}});
  EXPECT_EQ(numbersOf(results[0]), (Numbers{1, -3}));
}

} // namespace kiln::reference
