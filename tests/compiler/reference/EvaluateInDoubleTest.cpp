// The evaluator without roundings between ops.
#include "compiler/reference/EvaluateInDouble.h"
#include "tests/compiler/reference/Network.h"

namespace kiln::reference {

// In f32 the small addend is lost in the large one.
TEST(EvaluateInDouble, RoundsNothing) {
  Network network({"tensor<1xf32>"}, "tensor<1xf32>", R"(
    %k = nn.constant(dense<1.0e10> : tensor<1xf32>) : tensor<1xf32>
    %y = nn.add(%a, %k) : (tensor<1xf32>, tensor<1xf32>) -> tensor<1xf32>
    %z = nn.sub(%y, %k) : (tensor<1xf32>, tensor<1xf32>) -> tensor<1xf32>
    return %z : tensor<1xf32>)");
  EXPECT_EQ(numbersOf(network.run({{1.5}})[0]), Numbers{0});
  auto results = evaluateInDouble(network.function(), {network.input(0, {1.5})});
  ASSERT_TRUE(mlir::succeeded(results));
  EXPECT_TRUE((*results)[0].elementType().isF64());
  EXPECT_EQ(numbersOf((*results)[0]), Numbers{1.5});
  EXPECT_EQ(numbersOf(network.run({{1.5}})[0]), Numbers{0}) << "the function was changed";
}

// A constant that is returned, and integers, which stay as they are.
TEST(EvaluateInDouble, ConstantsAndIntegers) {
  Network network({"tensor<2xi64>"}, "tensor<1xf32>, tensor<2xi64>", R"(
    %k = nn.constant(dense<0.5> : tensor<1xf32>) : tensor<1xf32>
    %y = nn.add(%a, %a) : (tensor<2xi64>, tensor<2xi64>) -> tensor<2xi64>
    return %k, %y : tensor<1xf32>, tensor<2xi64>)");
  auto results = evaluateInDouble(network.function(), {network.input(0, {3, 4})});
  ASSERT_TRUE(mlir::succeeded(results));
  EXPECT_EQ(numbersOf((*results)[0]), Numbers{0.5});
  EXPECT_EQ(numbersOf((*results)[1]), (Numbers{6, 8}));
}

} // namespace kiln::reference
