// Normalisations that are layers of their own.
#include "frontends/darknet/DarknetLayers.h"

using namespace mlir;

namespace kiln::darknet_frontend {

namespace {

/// The original keeps no biases of [batchnorm] in its files, AlexeyAB's fork keeps them in front.
LogicalResult translateBatchNorm(DarknetLayer &layer) {
  int64_t channels = layer.shape().channels;
  FailureOr<Value> biases;
  if (layer.getNetwork().fork == DarknetFork::AlexeyAB)
    biases = layer.weights("biases", {channels}, {0});
  else
    biases = layer.fixedConstant(
        DenseElementsAttr::get(RankedTensorType::get({channels}, layer.element()), 0.0f));
  FailureOr<BatchNorm> norm = readBatchNorm(layer, channels);
  if (failed(biases) || failed(norm))
    return failure();
  return layer.setResult(normalized(layer, layer.map(), *norm, *biases));
}

/// The sum of squares over a window of `size` channels around each, cut at the ends, without the
/// channel size / 2: Darknet's running sum begins short of it and never adds it.
FailureOr<Value> runningSquares(DarknetLayer &layer, Value x, int64_t size) {
  MapShape map = layer.shape();
  int64_t pixels = map.height * map.width, before = (size - 1) / 2, after = size / 2;
  FailureOr<Value> square = layer.create<nn::MulOp>(x, x);
  FailureOr<Value> rows = layer.reshaped(square, {1, 1, map.channels, pixels});
  FailureOr<Value> mean = layer.create<nn::AveragePoolOp>(
      rows, Integers{size, 1}, Integers{1, 1}, Integers{before, 0, after, 0}, Integers{1, 1},
      /*ceil_mode=*/false, /*count_include_pad=*/true);
  FailureOr<Value> sums =
      layer.create<nn::MulOp>(layer.reshaped(mean, {1, map.channels, map.height, map.width}),
                              layer.number(static_cast<double>(size)));
  if (size / 2 >= map.channels)
    return sums;
  FailureOr<Value> never =
      layer.create<nn::SliceOp>(square, Integers{0, size / 2, 0, 0},
                                Integers{1, 1, map.height, map.width}, Integers{1, 1, 1, 1});
  return layer.create<nn::SubOp>(sums, never);
}

/// x * (kappa + alpha * squares)^-beta.
LogicalResult translateNormalization(DarknetLayer &layer) {
  double alpha = layer.real("alpha", .0001), beta = layer.real("beta", .75);
  double kappa = layer.real("kappa", 1);
  int64_t size = layer.integer("size", 5, 1);
  FailureOr<Value> x = layer.map();
  if (!layer.optionsAreValid() || failed(x))
    return failure();
  // The first sum is over size / 2 channels.
  if (size / 2 > layer.shape().channels)
    return layer.error("size") << size << " is more than twice the " << layer.shape().channels
                               << " channels of the input";
  FailureOr<Value> norm = layer.create<nn::AddOp>(
      layer.create<nn::MulOp>(runningSquares(layer, *x, size), layer.number(alpha)),
      layer.number(kappa));
  FailureOr<Value> factor = layer.create<nn::PowOp>(norm, layer.number(-beta));
  return layer.setResult(layer.create<nn::MulOp>(x, factor));
}

/// x / sqrt(sum of x^2 over the channels) at each position.
LogicalResult translateL2Norm(DarknetLayer &layer) {
  FailureOr<Value> x = layer.map();
  FailureOr<Value> sum =
      layer.create<nn::ReduceSumOp>(layer.create<nn::MulOp>(x, x), Integers{1}, /*keepdims=*/true);
  return layer.setResult(layer.create<nn::DivOp>(x, layer.create<nn::SqrtOp>(sum)));
}

} // namespace

llvm::ArrayRef<DarknetSection> normalizationSections() {
  static const DarknetSection sections[] = {
      {"batchnorm", translateBatchNorm},
      {"lrn", translateNormalization},
      {"normalization", translateNormalization},
      {"l2norm", translateL2Norm},
  };
  return sections;
}

} // namespace kiln::darknet_frontend
