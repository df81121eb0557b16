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

/// K x C x spatial, or for one dimension spatial x 1 x C x K, as spatial x C x K.
static FailureOr<Value> kernelOfKeras1(KerasLayer &layer, llvm::StringRef name,
                                       const Integers &spatial, int64_t inputs, int64_t filters) {
  FailureOr<Value> raw = layer.weight(name);
  Integers wanted = kernelShape(spatial, {inputs, filters});
  if (failed(raw) || !*raw)
    return layer.weight(name, wanted);
  llvm::ArrayRef<int64_t> actual = cast<RankedTensorType>(raw->getType()).getShape();
  Integers theano{filters, inputs}, wide = kernelShape(spatial, {1, inputs, filters});
  theano.append(spatial.begin(), spatial.end());
  if (spatial.size() == 1 && actual == llvm::ArrayRef<int64_t>(wide))
    return layer.reshaped(raw, wanted);
  if (layer.channelsLast() || actual != llvm::ArrayRef<int64_t>(theano))
    return layer.weight(name, wanted);
  Integers toLast = identityOrder(static_cast<int64_t>(theano.size()));
  std::rotate(toLast.begin(), toLast.begin() + 2, toLast.end());
  std::swap(toLast[toLast.size() - 1], toLast[toLast.size() - 2]);
  return layer.transposed(raw, toLast);
}

/// Theano convolves where others correlate: its kernels lie the other way around.
static FailureOr<Value> unflipped(KerasLayer &layer, FailureOr<Value> kernel, size_t spatialRank) {
  if (failed(kernel) || !layer.getHost().version().isTheano)
    return kernel;
  Integers sizes(cast<RankedTensorType>(kernel->getType()).getShape());
  Integers starts(sizes.size(), 0), steps(sizes.size(), 1);
  for (size_t i = 0; i < spatialRank; ++i) {
    starts[i] = sizes[i] - 1;
    steps[i] = -1;
  }
  return layer.create<nn::SliceOp>(kernel, starts, sizes, steps);
}

FailureOr<Value> convKernel(KerasLayer &layer, llvm::StringRef name, const Integers &spatial,
                            int64_t inputs, int64_t filters) {
  FailureOr<Value> kernel = layer.isKeras1()
                                ? kernelOfKeras1(layer, name, spatial, inputs, filters)
                                : layer.weight(name, kernelShape(spatial, {inputs, filters}));
  return unflipped(layer, kernel, spatial.size());
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
