// The graph passes change how a network is computed, not what: before and after agree on random
// networks.
#include "RandomNetwork.h"

#include "compiler/graph/GraphSupport.h"
#include "compiler/graph/Passes.h"
#include "compiler/reference/Compare.h"

#include "mlir/Pass/PassManager.h"

#include <gtest/gtest.h>

using namespace mlir;
using namespace kiln;
using namespace kiln::test;

namespace {

using AddPasses = llvm::function_ref<void(OpPassManager &)>;

template <typename Create> void addFunctionPass(OpPassManager &passes, Create create) {
  passes.addNestedPass<func::FuncOp>(create());
}

void addAll(OpPassManager &passes) {
  addFunctionPass(passes, [] { return createFoldConstants(); });
  addFunctionPass(passes, [] { return createSimplify(); });
  addFunctionPass(passes, [] { return createWidenHalf(); });
  passes.addPass(createFcToConv());
  addFunctionPass(passes, [] { return createFuseConv(); });
  addFunctionPass(passes, [] { return createFoldBottleneck(FoldBottleneckOptions{true}); });
}

class Equivalence : public testing::TestWithParam<int> {
protected:
  Equivalence() { context.loadDialect<nn::NnDialect, func::FuncDialect>(); }

  /// Runs passes on a copy of the network and compares its results with those of the original.
  void expectSame(ModuleOp network, AddPasses addPasses, double tolerance) {
    OwningOpRef<ModuleOp> changed = network.clone();
    PassManager passes(&context);
    addPasses(passes);
    ASSERT_TRUE(succeeded(passes.run(*changed)));
    auto function = *network.getOps<func::FuncOp>().begin();
    auto input = randomTensor(context, cast<RankedTensorType>(function.getArgumentTypes()[0]), 1);
    auto expected = evaluate(network, input), actual = evaluate(*changed, input);
    ASSERT_EQ(actual.size(), expected.size());
    for (auto [index, pair] : llvm::enumerate(llvm::zip_equal(actual, expected)))
      EXPECT_LE(reference::relativeError(std::get<0>(pair), std::get<1>(pair)), tolerance)
          << "result " << index;
  }

  MLIRContext context;
};

TEST_P(Equivalence, EachPassAlone) {
  auto network = makeRandomNetwork(context, GetParam());
  auto each = [&](const char *name, auto create) {
    SCOPED_TRACE(name);
    expectSame(
        *network, [&](OpPassManager &passes) { addFunctionPass(passes, create); }, 1e-5);
  };
  each("fold-constants", [] { return createFoldConstants(); });
  each("simplify", [] { return createSimplify(); });
  each("fuse-conv", [] { return createFuseConv(); });
  each("fold-bottleneck", [] { return createFoldBottleneck(FoldBottleneckOptions{true}); });
  SCOPED_TRACE("fc-to-conv");
  expectSame(
      *network, [](OpPassManager &passes) { passes.addPass(createFcToConv()); }, 1e-5);
}

TEST_P(Equivalence, WholeStage) {
  auto network = makeRandomNetwork(context, GetParam());
  expectSame(*network, addAll, 1e-5);
}

INSTANTIATE_TEST_SUITE_P(Seeds, Equivalence, testing::Range(1, 81));

/// The multiply-adds of all convolutions and matrix products on feature maps.
int64_t workOf(ModuleOp module) {
  int64_t sum = 0;
  module.walk([&](Operation *op) {
    sum += op->getNumResults() == 1 && !isWeight(op->getResult(0)) ? multiplyAdds(op) : 0;
  });
  return sum;
}

// Every kind of rewrite is met by the seeds, so that the agreement means something.
TEST(EquivalenceSeeds, MeetEveryRewrite) {
  MLIRContext context;
  context.loadDialect<nn::NnDialect, func::FuncDialect>();
  int residuals = 0, activations = 0, composed = 0, dense = 0, norms = 0, joined = 0, swishes = 0;
  for (int seed = 1; seed < 81; ++seed) {
    auto network = makeRandomNetwork(context, seed);
    int64_t before = workOf(*network);
    PassManager passes(&context);
    addAll(passes);
    ASSERT_TRUE(succeeded(passes.run(*network)));
    composed += workOf(*network) < before;
    network->walk([&](nn::ConvOp conv) {
      residuals += bool(conv.getResidual());
      activations += bool(conv.getActivation());
      dense += conv.getType().getDimSize(2) == 1 && typeOf(conv.getInput()).getDimSize(2) > 1;
    });
    network->walk([&](nn::BatchNormOp) { ++norms; });
    network->walk([&](nn::ConcatOp concat) {
      auto conv = concat.getInputs().front().getDefiningOp<nn::ConvOp>();
      joined += conv && conv->hasOneUse() && conv.getActivation();
    });
    network->walk([&](Operation *op) {
      auto activation = op->getAttrOfType<nn::ActivationAttr>("activation");
      swishes +=
          isa<nn::SwishOp>(op) || (activation && activation.getKind() == nn::ActivationKind::Swish);
    });
  }
  EXPECT_GT(residuals, 20);
  EXPECT_GT(activations, 50);
  EXPECT_GT(composed, 10);
  EXPECT_GT(dense, 10);
  EXPECT_GT(joined, 5);
  EXPECT_GT(swishes, 5);
  EXPECT_EQ(norms, 0);
}

// A half-precision network computed in f32 is as near to the exact result as half precision allows.
TEST(WidenHalf, RoundsOnce) {
  MLIRContext context;
  context.loadDialect<nn::NnDialect, func::FuncDialect>();
  for (Type half : {Type(Float16Type::get(&context)), Type(BFloat16Type::get(&context))}) {
    NetworkBuilder net(context, 5, {1, 4, 8, 8}, half);
    Value map = net.conv(net.input(), {.filters = 16, .kernel = 3, .padBegin = 1, .bias = true});
    map = nn::ReluOp::create(net.builder, net.loc, net.batchNorm(map));
    map = net.conv(net.maxPool(map, 2, 2, 0), {.filters = 8, .kernel = 3});
    auto network = net.finish(map);
    OwningOpRef<ModuleOp> widened = network->clone();
    PassManager passes(&context);
    addAll(passes);
    ASSERT_TRUE(succeeded(passes.run(*widened)));
    auto input = randomTensor(context, RankedTensorType::get({1, 4, 8, 8}, half), 2);
    auto expected = evaluate(*network, input)[0], actual = evaluate(*widened, input)[0];
    EXPECT_EQ(actual.elementType(), half);
    EXPECT_LE(reference::relativeError(actual, expected), half.isF16() ? 2e-3 : 2e-2);
    widened->walk([](nn::ConvOp conv) { EXPECT_TRUE(typeOf(conv).getElementType().isF32()); });
  }
}

/// A 1x1 and a kernel of 1 to 3 in either order, with random windows.
TEST(FoldBottleneckBorders, AgreeOrStayApart) {
  MLIRContext context;
  context.loadDialect<nn::NnDialect, func::FuncDialect>();
  int composed = 0, apart = 0;
  for (uint32_t seed = 1; seed <= 200; ++seed) {
    SCOPED_TRACE(seed);
    NetworkBuilder net(context, seed, {1, 3, 5 + seed % 5, 5 + seed / 5 % 5});
    NetworkBuilder::ConvShape pointwise, kernel;
    bool first = net.flip();
    pointwise.stride = net.pick(1, 3);
    kernel = {.filters = 2,
              .kernel = net.pick(1, 2),
              .stride = net.pick(1, 3),
              .padBegin = net.pick(0, 3),
              .padEnd = net.pick(0, 3),
              .dilation = net.pick(1, 2),
              .groups = 1,
              .bias = net.flip()};
    (first ? pointwise : kernel).filters = 24;
    pointwise.bias = net.flip();
    if (!first)
      pointwise.filters = 2;
    Value middle = net.conv(net.input(), first ? pointwise : kernel);
    if (first)
      kernel.dilation = typeOf(middle).getDimSize(2) > 2 && typeOf(middle).getDimSize(3) > 2
                            ? kernel.dilation
                            : 1;
    auto network = net.finish(net.conv(middle, first ? kernel : pointwise));
    OwningOpRef<ModuleOp> changed = network->clone();
    PassManager passes(&context);
    addFunctionPass(passes, [] { return createFoldBottleneck(); });
    ASSERT_TRUE(succeeded(passes.run(*changed)));
    int convs = 0;
    changed->walk([&](nn::ConvOp) { ++convs; });
    ++(convs == 1 ? composed : apart);
    if (convs == 1) {
      EXPECT_LT(workOf(*changed), workOf(*network));
    }
    auto input = randomTensor(
        context, typeOf((*network->getOps<func::FuncOp>().begin()).getArgument(0)), seed);
    EXPECT_LE(reference::relativeError(evaluate(*changed, input)[0], evaluate(*network, input)[0]),
              1e-5);
  }
  EXPECT_GT(composed, 50);
  EXPECT_GT(apart, 20);
}

} // namespace
