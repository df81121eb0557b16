// A classifier compiled for a larger input gives at each position what it gives for the window
// there.
#include "RandomNetwork.h"

#include "compiler/graph/Passes.h"
#include "compiler/reference/Compare.h"

#include "mlir/Pass/PassManager.h"

#include <gtest/gtest.h>

using namespace mlir;
using namespace kiln;
using namespace kiln::test;

namespace {

/// How an exporter has written what stands before the dense layers.
enum class Head { Flatten, ChannelsLast, GlobalPool, MeanWithoutDims };

/// A LeNet type for 14x14: total stride 2, no pads.
OwningOpRef<ModuleOp> lenet(MLIRContext &context, Head head) {
  NetworkBuilder net(context, 7, {1, 1, 14, 14});
  Value map = net.conv(net.input(), {.filters = 6, .kernel = 5, .bias = true});
  map = nn::ReluOp::create(net.builder, net.loc, net.batchNorm(map));
  map = net.maxPool(map, 2, 2, 0);
  map = net.conv(map, {.filters = 16, .kernel = 3, .bias = true});
  map = nn::DropoutOp::create(net.builder, net.loc, map);
  Value rows;
  SmallVector<int64_t> spatial{2, 3}, channelsLast{0, 2, 3, 1};
  if (head == Head::GlobalPool)
    rows = net.reshape(nn::GlobalAveragePoolOp::create(net.builder, net.loc, map), {1, 16});
  else if (head == Head::MeanWithoutDims)
    rows = nn::ReduceMeanOp::create(net.builder, net.loc, map, spatial, /*keepdims=*/false);
  else if (head == Head::ChannelsLast)
    rows = net.reshape(nn::TransposeOp::create(net.builder, net.loc, map, channelsLast), {1, 144});
  else
    rows = net.reshape(map, {1, 144});
  rows = nn::ReluOp::create(net.builder, net.loc, net.batchNorm(net.dense(rows, 20)));
  rows = nn::DropoutOp::create(net.builder, net.loc, rows);
  return net.finish(
      nn::SoftmaxOp::create(net.builder, net.loc, net.dense(rows, 10), 1).getResult());
}

/// The window of `image` (1 x 1 x size x size) whose corner is at (y, x).
reference::Tensor crop(MLIRContext &context, const reference::Tensor &image, int64_t y, int64_t x) {
  int64_t size = image.shape()[3];
  auto values = image.load<double>();
  std::vector<double> window;
  for (int64_t row = y; row < y + 14; ++row)
    window.insert(window.end(), &values[row * size + x], &values[row * size + x] + 14);
  auto type = RankedTensorType::get({1, 1, 14, 14}, image.elementType());
  auto tensor = reference::Tensor::allocate(UnknownLoc::get(&context), type);
  tensor->store(0, ArrayRef<double>(window));
  return *tensor;
}

class SlidingWindow : public testing::TestWithParam<std::tuple<Head, int64_t>> {};

TEST_P(SlidingWindow, EqualsTheCrops) {
  auto [head, size] = GetParam();
  MLIRContext context;
  context.loadDialect<nn::NnDialect, func::FuncDialect>();
  auto network = lenet(context, head);
  OwningOpRef<ModuleOp> sliding = network->clone();
  PassManager passes(&context);
  FcToConvOptions options;
  options.slidingWindow = true;
  options.inputShapes = {"x:1x1x" + std::to_string(size) + "x" + std::to_string(size)};
  passes.addPass(createFcToConv(options));
  passes.addNestedPass<func::FuncOp>(createSimplify());
  passes.addNestedPass<func::FuncOp>(createFuseConv());
  passes.addNestedPass<func::FuncOp>(createFoldBottleneck());
  ASSERT_TRUE(succeeded(passes.run(*sliding)));

  auto image = randomTensor(
      context, RankedTensorType::get({1, 1, size, size}, Float32Type::get(&context)), 3);
  auto map = evaluate(*sliding, image).front();
  int64_t windows = (size - 14) / 2 + 1;
  ASSERT_EQ(map.shape(), ArrayRef<int64_t>({1, 10, windows, windows}));
  auto answers = map.load<double>();
  for (int64_t y = 0; y < windows; ++y)
    for (int64_t x = 0; x < windows; ++x) {
      auto expected = evaluate(*network, crop(context, image, 2 * y, 2 * x)).front().load<double>();
      for (int64_t label = 0; label < 10; ++label)
        EXPECT_NEAR(answers[(label * windows + y) * windows + x], expected[label], 1e-5)
            << y << ", " << x;
    }
}

INSTANTIATE_TEST_SUITE_P(Heads, SlidingWindow,
                         testing::Combine(testing::Values(Head::Flatten, Head::ChannelsLast,
                                                          Head::GlobalPool, Head::MeanWithoutDims),
                                          testing::Values(14, 16, 28)));

} // namespace
