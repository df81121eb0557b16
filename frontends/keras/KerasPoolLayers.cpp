// Pooling over windows and over whole maps.
#include "frontends/keras/KerasLayers.h"
#include "frontends/keras/KerasWindow.h"

using namespace mlir;

namespace kiln::keras_frontend {

static FailureOr<Value> maxPool(KerasLayer &layer, Value input, const Window &window) {
  return layer.create<nn::MaxPoolOp>(input, window.kernel, window.strides, window.pads,
                                     window.dilations, /*ceil_mode=*/false);
}

/// Padding does not count.
static FailureOr<Value> averagePool(KerasLayer &layer, Value input, const Window &window) {
  return layer.create<nn::AveragePoolOp>(input, window.kernel, window.strides, window.pads,
                                         window.dilations, /*ceil_mode=*/false,
                                         /*count_include_pad=*/false);
}

template <int64_t spatialRank, auto pool> static LogicalResult translatePool(KerasLayer &layer) {
  bool channelsLast = layer.channelsLast();
  if (!layer.configIsValid() || failed(layer.checkRank(spatialRank + 2)))
    return failure();
  FailureOr<KerasTensor> input = layer.channelsFirst(layer.input(), channelsLast);
  if (failed(input))
    return failure();
  FailureOr<Window> window = readWindow(layer, "pool_size", input->type().getShape().drop_front(2));
  if (failed(window))
    return failure();
  FailureOr<Value> result = pool(layer, input->value, *window);
  if (failed(result))
    return failure();
  return layer.finish(KerasBuilder::fromChannelsFirst(*result, channelsLast));
}

template <int64_t spatialRank, typename OpTy>
static LogicalResult translateGlobalPool(KerasLayer &layer) {
  bool channelsLast = layer.channelsLast();
  if (!layer.configIsValid() || failed(layer.checkRank(spatialRank + 2)))
    return failure();
  FailureOr<KerasTensor> input = layer.channelsFirst(layer.input(), channelsLast);
  if (failed(input))
    return failure();
  FailureOr<Value> result = layer.create<OpTy>(input->value);
  if (failed(result))
    return failure();
  if (layer.boolean("keepdims", false))
    return layer.finish(KerasBuilder::fromChannelsFirst(*result, channelsLast));
  llvm::ArrayRef<int64_t> shape = input->type().getShape();
  result = layer.reshaped(result, {shape[0], shape[1]});
  if (failed(result))
    return failure();
  return layer.finish(KerasTensor::plain(*result));
}

/// Window i of `outputs` over one dimension begins at the last element that is not behind its share
/// of the dimension, and ends at the first one that is not in front of the next share.
template <typename ReduceOp>
static FailureOr<Value> reduceShares(KerasLayer &layer, FailureOr<Value> input, int64_t dim,
                                     int64_t outputs) {
  if (failed(input))
    return failure();
  Integers sizes(cast<RankedTensorType>(input->getType()).getShape());
  int64_t size = sizes[dim];
  Integers starts(sizes.size(), 0), steps(sizes.size(), 1);
  SmallVector<Value> parts;
  for (int64_t i = 0; i < outputs; ++i) {
    starts[dim] = i * size / outputs;
    sizes[dim] = ((i + 1) * size + outputs - 1) / outputs - starts[dim];
    FailureOr<Value> part = layer.create<ReduceOp>(
        layer.create<nn::SliceOp>(*input, starts, sizes, steps), Integers{dim}, /*keepdims=*/true);
    if (failed(part))
      return failure();
    parts.push_back(*part);
  }
  return layer.create<nn::ConcatOp>(parts, dim);
}

/// A map of a given size, whatever that of the input: equal windows where the one divides the
/// other, else those of each dimension by themselves.
template <int64_t spatialRank, auto pool, typename ReduceOp>
static LogicalResult translateAdaptivePool(KerasLayer &layer) {
  constexpr int64_t mostOutputs = 1024;
  bool channelsLast = layer.channelsLast();
  if (!layer.configIsValid() || failed(layer.checkRank(spatialRank + 2)))
    return failure();
  FailureOr<KerasTensor> input = layer.channelsFirst(layer.input(), channelsLast);
  FailureOr<Integers> outputs = layer.sizes("output_size", spatialRank, 1, 1);
  if (failed(input) || failed(outputs))
    return failure();
  llvm::ArrayRef<int64_t> sizes = input->type().getShape().drop_front(2);
  Window window{{}, {}, Integers(spatialRank, 1), Integers(2 * spatialRank, 0)};
  bool isEven = true;
  for (auto [size, output] : llvm::zip_equal(sizes, *outputs)) {
    if (output > mostOutputs || size < 1)
      return layer.error() << "its output_size has the entry " << output << " for an input of "
                           << nn::shapeText(layer.input().shape) << "; at most " << mostOutputs
                           << " is supported";
    isEven &= size % output == 0;
    window.kernel.push_back(size / output);
  }
  window.strides = window.kernel;
  FailureOr<Value> result = input->value;
  if (isEven)
    result = pool(layer, input->value, window);
  for (int64_t i = 0; i < spatialRank && !isEven; ++i)
    result = reduceShares<ReduceOp>(layer, result, 2 + i, (*outputs)[i]);
  if (failed(result))
    return failure();
  return layer.finish(KerasBuilder::fromChannelsFirst(*result, channelsLast));
}

llvm::ArrayRef<LayerClass> poolLayers() {
  using nn::ReduceMaxOp, nn::ReduceMeanOp;
  static const LayerClass layers[] = {
      {"MaxPooling1D", 1, 1, "", translatePool<1, maxPool>, 1},
      {"MaxPooling2D", 1, 1, "", translatePool<2, maxPool>, 2},
      {"MaxPooling3D", 1, 1, "", translatePool<3, maxPool>, 3},
      {"AveragePooling1D", 1, 1, "", translatePool<1, averagePool>, 1},
      {"AveragePooling2D", 1, 1, "", translatePool<2, averagePool>, 2},
      {"AveragePooling3D", 1, 1, "", translatePool<3, averagePool>, 3},
      {"AdaptiveMaxPooling1D", 1, 1, "", translateAdaptivePool<1, maxPool, ReduceMaxOp>, 1},
      {"AdaptiveMaxPooling2D", 1, 1, "", translateAdaptivePool<2, maxPool, ReduceMaxOp>, 2},
      {"AdaptiveMaxPooling3D", 1, 1, "", translateAdaptivePool<3, maxPool, ReduceMaxOp>, 3},
      {"AdaptiveAveragePooling1D", 1, 1, "", translateAdaptivePool<1, averagePool, ReduceMeanOp>,
       1},
      {"AdaptiveAveragePooling2D", 1, 1, "", translateAdaptivePool<2, averagePool, ReduceMeanOp>,
       2},
      {"AdaptiveAveragePooling3D", 1, 1, "", translateAdaptivePool<3, averagePool, ReduceMeanOp>,
       3},
      {"GlobalMaxPooling1D", 1, 1, "", translateGlobalPool<1, nn::GlobalMaxPoolOp>, 1},
      {"GlobalMaxPooling2D", 1, 1, "", translateGlobalPool<2, nn::GlobalMaxPoolOp>, 2},
      {"GlobalMaxPooling3D", 1, 1, "", translateGlobalPool<3, nn::GlobalMaxPoolOp>, 3},
      {"GlobalAveragePooling1D", 1, 1, "", translateGlobalPool<1, nn::GlobalAveragePoolOp>, 1},
      {"GlobalAveragePooling2D", 1, 1, "", translateGlobalPool<2, nn::GlobalAveragePoolOp>, 2},
      {"GlobalAveragePooling3D", 1, 1, "", translateGlobalPool<3, nn::GlobalAveragePoolOp>, 3},
  };
  return layers;
}

} // namespace kiln::keras_frontend
