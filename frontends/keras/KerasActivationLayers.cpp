// Activations that are layers.
#include "frontends/keras/KerasActivations.h"
#include "frontends/keras/KerasLayers.h"

using namespace mlir;

namespace kiln::keras_frontend {

using llvm::APFloat;

static LogicalResult translateActivation(KerasLayer &layer) {
  if (!layer.find("activation"))
    return layer.finish(layer.input());
  return layer.activate(layer.input());
}

static LogicalResult translateRelu(KerasLayer &layer) {
  ReluForm form{layer.real("negative_slope", 0), layer.real("threshold", 0), std::nullopt};
  if (layer.find("max_value"))
    form.maximum = layer.real("max_value", 0);
  return layer.finishLike(relu(layer, layer.input().value, form), layer.input());
}

static LogicalResult translateThresholdedRelu(KerasLayer &layer) {
  ReluForm form{0, layer.real("theta", 1), std::nullopt};
  return layer.finishLike(relu(layer, layer.input().value, form), layer.input());
}

/// The slope is called alpha until Keras 2.
static LogicalResult translateLeakyRelu(KerasLayer &layer) {
  double slope = layer.real("negative_slope", layer.real("alpha", 0.3));
  return layer.finishLike(layer.create<nn::LeakyReluOp>(layer.input().value, APFloat(slope)),
                          layer.input());
}

static LogicalResult translateElu(KerasLayer &layer) {
  return layer.finishLike(
      layer.create<nn::EluOp>(layer.input().value, APFloat(layer.real("alpha", 1))), layer.input());
}

/// One slope for each element, or for all along the shared axes.
static LogicalResult translatePrelu(KerasLayer &layer) {
  FailureOr<KerasTensor> input = layer.settled(layer.input());
  if (failed(input))
    return failure();
  Integers shape = input->shape;
  for (int64_t axis : layer.integers("shared_axes").value_or(Integers())) {
    FailureOr<int64_t> positive = layer.checkedAxis(axis, input->rank());
    if (failed(positive))
      return failure();
    shape[*positive] = 1;
  }
  FailureOr<Value> slope = layer.weight("alpha", llvm::ArrayRef(shape).drop_front());
  shape[0] = 1;
  FailureOr<Value> withBatch = layer.reshaped(slope, shape);
  return layer.finishLike(
      layer.create<nn::PreluOp>(input->value, layer.transposed(withBatch, input->order)), *input);
}

static LogicalResult translateSoftmax(KerasLayer &layer) {
  Integers axes = layer.integers("axis").value_or(Integers{-1});
  return layer.finish(softmax(layer, layer.input(), axes));
}

llvm::ArrayRef<LayerClass> activationLayers() {
  static const LayerClass layers[] = {
      {"Activation", 1, 1, "", translateActivation},
      {"ReLU", 1, 1, "", translateRelu},
      {"ThresholdedReLU", 1, 1, "", translateThresholdedRelu},
      {"LeakyReLU", 1, 1, "", translateLeakyRelu},
      {"ELU", 1, 1, "", translateElu},
      {"PReLU", 1, 1, "alpha", translatePrelu},
      {"Softmax", 1, 1, "", translateSoftmax},
  };
  return layers;
}

} // namespace kiln::keras_frontend
