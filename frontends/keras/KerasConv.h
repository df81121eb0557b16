// What the layers with kernels share: their input, their weights and their result.
#ifndef KILN_FRONTENDS_KERAS_KERASCONV_H
#define KILN_FRONTENDS_KERAS_KERASCONV_H

#include "frontends/keras/KerasWindow.h"

namespace kiln::keras_frontend {

/// A convolution's input in the order N, C, spatial.
struct ConvInput {
  KerasTensor tensor;
  bool channelsLast;
  int64_t channels;
  llvm::ArrayRef<int64_t> spatial() const { return tensor.type().getShape().drop_front(2); }
};
FailureOr<ConvInput> convInput(KerasLayer &layer, int64_t spatialRank);

/// The shape of a kernel in the file: spatial, then its channels.
Integers kernelShape(llvm::ArrayRef<int64_t> spatial, llvm::ArrayRef<int64_t> channels);

/// The kernel as spatial x C x K, for correlation. Files of Keras 1 with channels first have it as
/// K x C x spatial, those of Theano turned around.
FailureOr<Value> convKernel(KerasLayer &layer, llvm::StringRef name, const Integers &spatial,
                            int64_t inputs, int64_t filters);

/// spatial x C x K as the filter of nn.conv, K x C x spatial.
FailureOr<Value> asFilter(KerasLayer &layer, FailureOr<Value> kernel, int64_t spatialRank);

/// The bias; null where the layer has none.
FailureOr<Value> convBias(KerasLayer &layer, int64_t filters);

/// The result behind the activation, as a tensor of Keras.
LogicalResult finishConv(KerasLayer &layer, FailureOr<Value> result, bool channelsLast);

} // namespace kiln::keras_frontend

#endif // KILN_FRONTENDS_KERAS_KERASCONV_H
