// The evaluator's walk over a function: constants, several results, the observer, and what it
// refuses.
#include "tests/compiler/reference/Network.h"

#include "mlir/IR/Diagnostics.h"

namespace kiln::reference {

/// The message of the first error while `action` runs.
static std::string messageOf(mlir::MLIRContext &context, llvm::function_ref<void()> action) {
  std::string message;
  mlir::ScopedDiagnosticHandler handler(&context, [&](mlir::Diagnostic &diagnostic) {
    if (message.empty())
      message = diagnostic.str();
    return mlir::success();
  });
  action();
  return message;
}

TEST(Evaluate, ConstantsAndUnusedResults) {
  Network network({"tensor<2xf32>"}, "tensor<2xf32>, tensor<2xf32>, tensor<1xi64>", R"(
    %k = nn.constant(dense<2.0> : tensor<2xf32>) : tensor<2xf32>
    %y = nn.mul(%a, %k) : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
    %unused = nn.exp(%y) : (tensor<2xf32>) -> tensor<2xf32>
    %z = nn.add(%y, %y) : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
    %s = nn.shape(%z) : (tensor<2xf32>) -> tensor<1xi64>
    return %z, %a, %s : tensor<2xf32>, tensor<2xf32>, tensor<1xi64>)");
  auto results = network.run({{1, 2}});
  EXPECT_EQ(numbersOf(results[0]), (Numbers{4, 8}));
  EXPECT_EQ(numbersOf(results[1]), (Numbers{1, 2}));
  EXPECT_EQ(numbersOf(results[2]), (Numbers{2}));
}

TEST(Evaluate, ObserverSeesEveryOpInOrder) {
  Network network({"tensor<2xf32>"}, "tensor<1xf32>", R"(
    %y = nn.relu(%a) : (tensor<2xf32>) -> tensor<2xf32>
    %z:2 = nn.split(%y) {axis = 0 : i64} : (tensor<2xf32>) -> (tensor<1xf32>, tensor<1xf32>)
    return %z#1 : tensor<1xf32>)");
  std::string seen;
  network.run({{-1, 2}}, [&](mlir::Operation *op, llvm::ArrayRef<Tensor> results) {
    seen += op->getName().getStringRef().str() + ":";
    for (const Tensor &result : results)
      seen += " " + textOf(numbersOf(result));
    seen += "\n";
  });
  EXPECT_EQ(seen, "nn.relu: 0.000000 2.000000\nnn.split: 0.000000 2.000000\n");
}

TEST(Evaluate, WrongInputs) {
  Network network({"tensor<2xf32>"}, "tensor<2xf32>", "return %a : tensor<2xf32>");
  Network other({"tensor<3xf32>"}, "tensor<3xf32>", "return %a : tensor<3xf32>");
  EXPECT_EQ(messageOf(network.context, [&] { (void)evaluate(network.function(), {}); }),
            "takes 1 inputs, but was given 0");
  auto type = mlir::RankedTensorType::get({3}, mlir::Float32Type::get(&network.context));
  Tensor wrong = *Tensor::allocate(network.function().getLoc(), type);
  EXPECT_EQ(messageOf(network.context, [&] { (void)evaluate(network.function(), {wrong}); }),
            "input 0 must have type 'tensor<2xf32>', but has 'tensor<3xf32>'");
}

TEST(Evaluate, OpsOfOtherDialects) {
  Network network({"tensor<2xf32>"}, "tensor<2xf32>", R"(
    %y = func.call @main(%a) : (tensor<2xf32>) -> tensor<2xf32>
    return %y : tensor<2xf32>)");
  Tensor input = network.input(0, {1, 2});
  EXPECT_EQ(messageOf(network.context, [&] { (void)evaluate(network.function(), {input}); }),
            "the reference evaluator knows nn ops only");
}

// Bytes that do not make up the tensor are refused.
TEST(Evaluate, ContentsOfTheRightSizeOnly) {
  Network network({"tensor<2xf32>"}, "tensor<2xf32>", "return %a : tensor<2xf32>");
  auto type = mlir::RankedTensorType::get({2}, mlir::Float32Type::get(&network.context));
  EXPECT_EQ(messageOf(network.context,
                      [&] { (void)Tensor::copy(network.function().getLoc(), type, {'x'}); }),
            "a tensor of type 'tensor<2xf32>' takes 8 bytes, but has 1");
}

} // namespace kiln::reference
