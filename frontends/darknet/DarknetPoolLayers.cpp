// Pooling. A window's border has `padding` pixels in both directions together, the smaller half of
// them in front: size - 1 unless the option says otherwise, so that stride 1 keeps the size.
#include "frontends/darknet/DarknetLayers.h"

using namespace mlir;

namespace kiln::darknet_frontend {

namespace {

struct PoolWindow {
  Integers kernel, strides, pads;
};

FailureOr<PoolWindow> readWindow(DarknetLayer &layer) {
  int64_t stride = layer.integer("stride", 1, 1);
  int64_t strideX = layer.integer("stride_x", stride, 1);
  int64_t strideY = layer.integer("stride_y", stride, 1);
  int64_t size = layer.integer("size", stride, 1);
  int64_t padding = layer.integer("padding", size - 1);
  if (failed(layer.refuse({"antialiasing", "maxpool_zero_nonmax"})) || !layer.optionsAreValid())
    return failure();
  int64_t before = padding / 2, after = padding - before;
  return PoolWindow{{size, size}, {strideY, strideX}, {before, before, after, after}};
}

/// maxpool_depth=1: the maximum of the channels k, k + out_channels, k + 2 * out_channels ...
LogicalResult translateDepthPool(DarknetLayer &layer) {
  MapShape in = layer.shape();
  int64_t channels = layer.integer("out_channels", 1, 1);
  if (in.channels % channels != 0)
    return layer.error("out_channels")
           << "must divide the " << in.channels << " channels of the input";
  FailureOr<Value> groups =
      layer.reshaped(layer.input(), {1, in.channels / channels, channels, in.height, in.width});
  return layer.setResult(layer.create<nn::ReduceMaxOp>(groups, Integers{1}, /*keepdims=*/false));
}

LogicalResult translateMaxPool(DarknetLayer &layer) {
  if (layer.isSet("maxpool_depth"))
    return translateDepthPool(layer);
  FailureOr<PoolWindow> window = readWindow(layer);
  if (failed(window))
    return failure();
  return layer.setResult(layer.create<nn::MaxPoolOp>(layer.map(), window->kernel, window->strides,
                                                     window->pads, Integers{1, 1},
                                                     /*ceil_mode=*/false));
}

LogicalResult translateLocalAveragePool(DarknetLayer &layer) {
  FailureOr<PoolWindow> window = readWindow(layer);
  if (failed(window))
    return failure();
  return layer.setResult(layer.create<nn::AveragePoolOp>(
      layer.map(), window->kernel, window->strides, window->pads, Integers{1, 1},
      /*ceil_mode=*/false, /*count_include_pad=*/false));
}

LogicalResult translateAveragePool(DarknetLayer &layer) {
  return layer.setResult(layer.create<nn::GlobalAveragePoolOp>(layer.map()));
}

} // namespace

llvm::ArrayRef<DarknetSection> poolSections() {
  static const DarknetSection sections[] = {
      {"max", translateMaxPool},
      {"maxpool", translateMaxPool},
      {"local_avg", translateLocalAveragePool},
      {"local_avgpool", translateLocalAveragePool},
      {"avg", translateAveragePool},
      {"avgpool", translateAveragePool},
  };
  return sections;
}

} // namespace kiln::darknet_frontend
