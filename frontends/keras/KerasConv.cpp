// Inputs, weights and results of the layers with kernels.
#include "frontends/keras/KerasConv.h"

using namespace mlir;

namespace kiln::keras_frontend {

FailureOr<ConvInput> convInput(KerasLayer &layer, int64_t spatialRank) {
  bool channelsLast = layer.channelsLast();
  if (!layer.configIsValid() || failed(layer.checkRank(spatialRank + 2)))
    return failure();
  FailureOr<KerasTensor> tensor = layer.channelsFirst(layer.input(), channelsLast);
  if (failed(tensor))
    return failure();
  int64_t channels = tensor->type().getDimSize(1);
  return ConvInput{*tensor, channelsLast, channels};
}

Integers kernelShape(llvm::ArrayRef<int64_t> spatial, llvm::ArrayRef<int64_t> channels) {
  Integers shape(spatial);
  shape.append(channels.begin(), channels.end());
  return shape;
}

FailureOr<Value> asFilter(KerasLayer &layer, FailureOr<Value> kernel, int64_t spatialRank) {
  Integers perm{spatialRank + 1, spatialRank};
  for (int64_t i = 0; i < spatialRank; ++i)
    perm.push_back(i);
  return layer.transposed(kernel, perm);
}

FailureOr<Value> convBias(KerasLayer &layer, int64_t filters) {
  return layer.hasBias() ? layer.weight("bias", {filters}) : FailureOr<Value>(Value());
}

LogicalResult finishConv(KerasLayer &layer, FailureOr<Value> result, bool channelsLast) {
  if (failed(result))
    return failure();
  return layer.activate(KerasBuilder::fromChannelsFirst(*result, channelsLast));
}

} // namespace kiln::keras_frontend
