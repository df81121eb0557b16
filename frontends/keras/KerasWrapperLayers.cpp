// Layers around others.
#include "frontends/keras/KerasLayers.h"

using namespace mlir;

namespace kiln::keras_frontend {

/// The layer inside sees every time step as an item of the batch.
static LogicalResult translateTimeDistributed(KerasLayer &layer) {
  const KerasTensor &input = layer.input();
  const LayerConfig *inner = layer.config().inner.get();
  if (!inner)
    return layer.error() << "it has no layer inside";
  if (input.rank() < 3)
    return layer.error() << "its input has the shape " << nn::shapeText(input.shape)
                         << "; it needs a batch, time steps and a dimension more";
  Integers folded(llvm::ArrayRef(input.shape).drop_front());
  folded[0] *= input.shape[0];
  FailureOr<KerasTensor> items = layer.withShape(input, folded);
  if (failed(items))
    return failure();
  FailureOr<KerasTensor> result = layer.getHost().translateInner(*inner, *items);
  if (failed(result))
    return failure();
  Integers unfolded = result->shape;
  if (unfolded.empty() || unfolded[0] != folded[0])
    return layer.error() << "the layer inside changes the batch";
  unfolded[0] = input.shape[1];
  unfolded.insert(unfolded.begin(), input.shape[0]);
  return layer.finish(layer.withShape(*result, unfolded));
}

/// Training divides the weights of the layer inside by their norm and stores them so.
static LogicalResult translateSpectralNormalization(KerasLayer &layer) {
  const LayerConfig *inner = layer.config().inner.get();
  if (!inner)
    return layer.error() << "it has no layer inside";
  FailureOr<KerasTensor> result = layer.getHost().translateInner(*inner, layer.input());
  if (failed(result))
    return failure();
  // Only training reads the vector, but it counts among the parameters.
  for (llvm::StringRef name : {"kernel", "depthwise_kernel"}) {
    FailureOr<Value> kernel = layer.getHost().weightOf(*inner, name, std::nullopt);
    if (failed(kernel))
      return failure();
    if (*kernel &&
        failed(layer.weight("vector_u",
                            {1, cast<RankedTensorType>(kernel->getType()).getShape().back()})))
      return failure();
  }
  return layer.finish(result);
}

llvm::ArrayRef<LayerClass> wrapperLayers() {
  static const LayerClass layers[] = {
      {"TimeDistributed", 1, 1, "", translateTimeDistributed, 0, true},
      {"SpectralNormalization", 1, 1, "&kernel *vector_u", translateSpectralNormalization, 0, true},
  };
  return layers;
}

} // namespace kiln::keras_frontend
