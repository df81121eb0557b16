// The activations of both forks, as functions of one element or of the channels at one position.
#include "frontends/darknet/DarknetLayers.h"

#include "llvm/ADT/StringSwitch.h"

using namespace mlir;

namespace kiln::darknet_frontend {

using llvm::APFloat;

namespace {

using Activation = FailureOr<Value> (*)(DarknetLayer &layer, Value x);

template <typename OpTy> FailureOr<Value> unary(DarknetLayer &layer, Value x) {
  return layer.create<OpTy>(x);
}

FailureOr<Value> linear(DarknetLayer &, Value x) { return x; }

/// The slope as the f32 number that other formats store.
FailureOr<Value> leakyRelu(DarknetLayer &layer, Value x, float slope) {
  return layer.create<nn::LeakyReluOp>(x, APFloat(static_cast<double>(slope)));
}

FailureOr<Value> leaky(DarknetLayer &layer, Value x) { return leakyRelu(layer, x, 0.1f); }

FailureOr<Value> relie(DarknetLayer &layer, Value x) { return leakyRelu(layer, x, 0.01f); }

FailureOr<Value> relu6(DarknetLayer &layer, Value x) {
  return layer.create<nn::ClipOp>(x, APFloat(0.0), APFloat(6.0));
}

FailureOr<Value> hardtan(DarknetLayer &layer, Value x) {
  return layer.create<nn::ClipOp>(x, APFloat(-1.0), APFloat(1.0));
}

FailureOr<Value> elu(DarknetLayer &layer, Value x) {
  return layer.create<nn::EluOp>(x, APFloat(1.0));
}

FailureOr<Value> scaled(DarknetLayer &layer, FailureOr<Value> x, double factor) {
  return layer.create<nn::MulOp>(x, layer.number(factor));
}

/// 1.0507 * (x >= 0 ? x : 1.6732 * (exp(x) - 1)), with Darknet's digits.
FailureOr<Value> selu(DarknetLayer &layer, Value x) {
  return scaled(layer, layer.create<nn::EluOp>(x, APFloat(1.6732)), 1.0507);
}

/// 2 / (1 + exp(-x)) - 1.
FailureOr<Value> loggy(DarknetLayer &layer, Value x) {
  return layer.create<nn::SubOp>(scaled(layer, layer.create<nn::SigmoidOp>(x), 2), layer.number(1));
}

/// max(x, 0) + x / 10.
FailureOr<Value> ramp(DarknetLayer &layer, Value x) {
  return layer.create<nn::AddOp>(layer.create<nn::ReluOp>(x), scaled(layer, x, 0.1));
}

/// `middle` between the two limits of x, and outside of them a slope.
FailureOr<Value> withTails(DarknetLayer &layer, Value x, FailureOr<Value> middle, double low,
                           double high, double slope) {
  FailureOr<Value> inside = layer.create<nn::ClipOp>(x, APFloat(low), APFloat(high));
  return layer.create<nn::AddOp>(middle, scaled(layer, layer.create<nn::SubOp>(x, inside), slope));
}

/// x / 8 + 1 / 2 in [-4, 4], slope 0.01 outside.
FailureOr<Value> plse(DarknetLayer &layer, Value x) {
  FailureOr<Value> middle = layer.create<nn::HardSigmoidOp>(x, APFloat(0.125), APFloat(0.5));
  return withTails(layer, x, middle, -4, 4, 0.01);
}

/// x in [0, 1], slope 0.001 outside.
FailureOr<Value> lhtan(DarknetLayer &layer, Value x) {
  FailureOr<Value> middle = layer.create<nn::ClipOp>(x, APFloat(0.0), APFloat(1.0));
  return withTails(layer, x, middle, 0, 1, 0.001);
}

/// With n = floor(x): floor(x / 2), and x - n more where n is odd.
FailureOr<Value> stair(DarknetLayer &layer, Value x) {
  FailureOr<Value> n = layer.create<nn::FloorOp>(x);
  FailureOr<Value> half = layer.create<nn::FloorOp>(scaled(layer, x, 0.5));
  FailureOr<Value> isOdd = layer.create<nn::SubOp>(n, scaled(layer, half, 2));
  FailureOr<Value> rest = layer.create<nn::SubOp>(x, n);
  return layer.create<nn::AddOp>(layer.create<nn::MulOp>(rest, isOdd), half);
}

/// x * tanh(log(1 + exp(x))), the logarithm as max(x, 0) + log(1 + exp(-|x|)).
FailureOr<Value> mish(DarknetLayer &layer, Value x) {
  FailureOr<Value> decay =
      layer.create<nn::ExpOp>(layer.create<nn::NegOp>(layer.create<nn::AbsOp>(x)));
  FailureOr<Value> rest = layer.create<nn::LogOp>(layer.create<nn::AddOp>(decay, layer.number(1)));
  FailureOr<Value> softplus = layer.create<nn::AddOp>(layer.create<nn::ReluOp>(x), rest);
  return layer.create<nn::MulOp>(x, layer.create<nn::TanhOp>(softplus));
}

/// x above 0; x^2 / 2 + x in [-2, 0]; else 0.
FailureOr<Value> hardMish(DarknetLayer &layer, Value x) {
  FailureOr<Value> low = layer.create<nn::ClipOp>(x, APFloat(-2.0), APFloat(0.0));
  FailureOr<Value> square = scaled(layer, layer.create<nn::MulOp>(low, low), 0.5);
  FailureOr<Value> below = layer.create<nn::AddOp>(square, low);
  return layer.create<nn::AddOp>(layer.create<nn::ReluOp>(x), below);
}

/// x / 2 * (1 + tanh(0.797885 x + 0.035677 x^3)).
FailureOr<Value> gelu(DarknetLayer &layer, Value x) {
  FailureOr<Value> square = layer.create<nn::MulOp>(x, x);
  FailureOr<Value> factor =
      layer.create<nn::AddOp>(scaled(layer, square, 0.035677), layer.number(0.797885));
  FailureOr<Value> gate = layer.create<nn::TanhOp>(layer.create<nn::MulOp>(x, factor));
  return layer.create<nn::MulOp>(scaled(layer, x, 0.5),
                                 layer.create<nn::AddOp>(gate, layer.number(1)));
}

/// `x / (0.0001 + sum of x over the channels)` at each position.
FailureOr<Value> overSum(DarknetLayer &layer, FailureOr<Value> x) {
  FailureOr<Value> sum = layer.create<nn::ReduceSumOp>(x, Integers{1}, /*keepdims=*/true);
  return layer.create<nn::DivOp>(x, layer.create<nn::AddOp>(sum, layer.number(0.0001)));
}

FailureOr<Value> normalizeChannels(DarknetLayer &layer, Value x) {
  return overSum(layer, layer.create<nn::ReluOp>(x));
}

FailureOr<Value> softmaxOfChannels(DarknetLayer &layer, Value x) {
  return overSum(layer, layer.create<nn::ExpOp>(x));
}

FailureOr<Value> softmaxOfChannelsBelowLargest(DarknetLayer &layer, Value x) {
  FailureOr<Value> largest = layer.create<nn::ReduceMaxOp>(x, Integers{1}, /*keepdims=*/true);
  return overSum(layer, layer.create<nn::ExpOp>(layer.create<nn::SubOp>(x, largest)));
}

Activation findActivation(llvm::StringRef name) {
  return llvm::StringSwitch<Activation>(name)
      .Case("linear", linear)
      .Case("logistic", unary<nn::SigmoidOp>)
      .Case("loggy", loggy)
      .Case("relu", unary<nn::ReluOp>)
      .Case("relu6", relu6)
      .Case("elu", elu)
      .Case("selu", selu)
      .Case("gelu", gelu)
      .Case("relie", relie)
      .Case("plse", plse)
      .Case("hardtan", hardtan)
      .Case("lhtan", lhtan)
      .Case("ramp", ramp)
      .Cases({"leaky", "revleaky"}, leaky)
      .Case("tanh", unary<nn::TanhOp>)
      .Case("stair", stair)
      .Case("swish", unary<nn::SwishOp>)
      .Case("mish", mish)
      .Case("hard_mish", hardMish)
      .Case("normalize_channels", normalizeChannels)
      .Case("normalize_channels_softmax", softmaxOfChannels)
      .Case("normalize_channels_softmax_maxval", softmaxOfChannelsBelowLargest)
      .Default(nullptr);
}

} // namespace

FailureOr<Value> activated(DarknetLayer &layer, FailureOr<Value> value, llvm::StringRef otherwise) {
  if (failed(value))
    return failure();
  if (Activation activation = findActivation(layer.text("activation", otherwise)))
    return activation(layer, *value);
  return layer.error("activation") << "no activation of Darknet; leaky, relu, linear, logistic, "
                                      "mish and swish are usual ones";
}

} // namespace kiln::darknet_frontend
