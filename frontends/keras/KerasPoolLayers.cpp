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

llvm::ArrayRef<LayerClass> poolLayers() {
  static const LayerClass layers[] = {
      {"MaxPooling1D", 1, 1, "", translatePool<1, maxPool>, 1},
      {"MaxPooling2D", 1, 1, "", translatePool<2, maxPool>, 2},
      {"MaxPooling3D", 1, 1, "", translatePool<3, maxPool>, 3},
      {"AveragePooling1D", 1, 1, "", translatePool<1, averagePool>, 1},
      {"AveragePooling2D", 1, 1, "", translatePool<2, averagePool>, 2},
      {"AveragePooling3D", 1, 1, "", translatePool<3, averagePool>, 3},
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
