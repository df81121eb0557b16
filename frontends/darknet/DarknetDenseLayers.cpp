// Layers that see their input as a list: connected, softmax; and those that do nothing at
// inference.
#include "frontends/darknet/DarknetLayers.h"

using namespace mlir;

namespace kiln::darknet_frontend {

namespace {

LogicalResult translateConnected(DarknetLayer &layer) {
  int64_t outputs = layer.integer("output", 1, 1);
  bool isNormalized = layer.isSet("batch_normalize");
  FailureOr<Value> input = layer.list();
  if (!layer.optionsAreValid() || failed(input))
    return failure();
  int64_t inputs = cast<RankedTensorType>(input->getType()).getShape()[1];
  bool isTransposed = layer.getNetwork().weights.isTransposed();
  FailureOr<Value> biases = layer.weights("biases", {outputs}, {0});
  FailureOr<Value> matrix = isTransposed ? layer.weights("weights", {inputs, outputs}, {0, inputs})
                                         : layer.weights("weights", {outputs, inputs}, {0, inputs});
  FailureOr<BatchNorm> norm = BatchNorm();
  if (isNormalized && !layer.isSet("dontloadscales"))
    norm = readBatchNorm(layer, outputs);
  if (failed(biases) || failed(matrix) || failed(norm))
    return failure();
  FailureOr<Value> result = layer.create<nn::GemmOp>(
      input, matrix, norm->scales ? Value() : *biases, /*transA=*/false, /*transB=*/!isTransposed,
      llvm::APFloat(1.0), llvm::APFloat(1.0), nn::ActivationAttr());
  if (norm->scales)
    result = normalized(layer, result, *norm, *biases);
  return layer.setResult(activated(layer, result, "logistic"));
}

/// x / temperature, softmax over each of `groups` parts of the list; with `spatial` over the
/// channels at each position instead.
LogicalResult translateSoftmax(DarknetLayer &layer) {
  int64_t groups = layer.integer("groups", 1, 1);
  double temperature = layer.real("temperature", 1);
  bool isSpatial = layer.isSet("spatial");
  if (layer.has("tree"))
    return layer.error("tree")
           << "the softmax over a tree of classes is not supported; the file of "
              "the tree would be needed";
  if (!layer.optionsAreValid())
    return failure();
  if (isSpatial)
    return layer.setResult(layer.create<nn::SoftmaxOp>(layer.map(), 1));
  FailureOr<Value> list = layer.list();
  if (failed(list))
    return failure();
  int64_t count = cast<RankedTensorType>(list->getType()).getShape()[1];
  if (count % groups != 0)
    return layer.error("groups") << "must divide the " << count << " numbers of the input";
  if (!(temperature > 0))
    return layer.error("temperature") << "must be above 0";
  if (temperature != 1)
    list = layer.create<nn::DivOp>(list, layer.number(temperature));
  if (groups == 1)
    return layer.setResult(layer.create<nn::SoftmaxOp>(list, 1));
  FailureOr<Value> parts = layer.reshaped(list, {groups, count / groups});
  return layer.setResult(layer.reshaped(layer.create<nn::SoftmaxOp>(parts, 1), {1, count}));
}

LogicalResult translateDropout(DarknetLayer &layer) {
  return layer.setResult(layer.create<nn::DropoutOp>(layer.input()));
}

/// Layers that pass on what they get; errors of training among them, which compare the answer.
LogicalResult translateIdentity(DarknetLayer &layer) {
  return layer.setResult(layer.create<nn::IdentityOp>(layer.input()));
}

LogicalResult translateActivation(DarknetLayer &layer) {
  return layer.setResult(activated(layer, layer.input(), "linear"));
}

LogicalResult translateLogistic(DarknetLayer &layer) {
  return layer.setResult(layer.create<nn::SigmoidOp>(layer.input()));
}

} // namespace

llvm::ArrayRef<DarknetSection> denseSections() {
  static const DarknetSection sections[] = {
      {"conn", translateConnected},        {"connected", translateConnected},
      {"soft", translateSoftmax},          {"softmax", translateSoftmax},
      {"dropout", translateDropout},       {"cost", translateIdentity},
      {"empty", translateIdentity},        {"silence", translateIdentity},
      {"activation", translateActivation}, {"logistic", translateLogistic},
  };
  return sections;
}

} // namespace kiln::darknet_frontend
