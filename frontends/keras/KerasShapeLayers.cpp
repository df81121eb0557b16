// Layers that move elements, or do nothing at inference.
#include "frontends/keras/KerasLayers.h"

using namespace mlir;

namespace kiln::keras_frontend {

/// Noise, regularisation, and what alters pictures in training only.
static LogicalResult translateIdentity(KerasLayer &layer) { return layer.finish(layer.input()); }

static LogicalResult translateDropout(KerasLayer &layer) {
  return layer.finishLike(layer.create<nn::DropoutOp>(layer.input().value), layer.input());
}

static LogicalResult translateMasking(KerasLayer &layer) {
  emitWarning(layer.getLoc()) << "its mask is ignored: layers behind it see all time steps";
  return layer.finish(layer.input());
}

static LogicalResult translateFlatten(KerasLayer &layer) {
  FailureOr<KerasTensor> input = layer.input();
  if (input->rank() < 1)
    return layer.error() << "its input is a scalar";
  if (!layer.channelsLast() && input->rank() > 2) {
    // Keras flattens in the order of channels_last whatever the format, so that weights agree.
    Integers dims = identityOrder(input->rank());
    std::rotate(dims.begin() + 1, dims.begin() + 2, dims.end());
    input = layer.permuted(*input, dims);
    if (failed(input))
      return failure();
  }
  std::optional<int64_t> features =
      frontend::checkedProduct(llvm::ArrayRef(input->shape).drop_front());
  return layer.finish(layer.withShape(*input, {input->shape[0], features.value_or(0)}));
}

static LogicalResult translateReshape(KerasLayer &layer) {
  std::optional<Integers> target = layer.integers("target_shape");
  if (!target)
    return layer.error() << "it has no target_shape";
  Integers shape{layer.input().shape.empty() ? 1 : layer.input().shape[0]};
  shape.append(target->begin(), target->end());
  int64_t elements = layer.input().type().getNumElements();
  auto open = llvm::find(shape, -1);
  if (open != shape.end()) {
    *open = 1;
    std::optional<int64_t> known = frontend::checkedProduct(shape);
    *open = known && *known > 0 ? elements / *known : -1;
  }
  bool isNegative = llvm::any_of(shape, [](int64_t size) { return size < 0; });
  if (isNegative || frontend::checkedProduct(shape) != elements)
    return layer.error() << "its target_shape does not hold as many elements as its input of shape "
                         << nn::shapeText(layer.input().shape);
  return layer.finish(layer.withShape(layer.input(), shape));
}

static LogicalResult translatePermute(KerasLayer &layer) {
  Integers dims = layer.integers("dims").value_or(Integers());
  dims.insert(dims.begin(), 0);
  Integers sorted = dims;
  llvm::sort(sorted);
  if (sorted != identityOrder(layer.input().rank()))
    return layer.error() << "its dims are no permutation of the dimensions of its input of shape "
                         << nn::shapeText(layer.input().shape);
  return layer.finish(layer.permuted(layer.input(), dims));
}

static LogicalResult translateRepeatVector(KerasLayer &layer) {
  int64_t count = layer.integer("n", 1);
  if (failed(layer.checkRank(2)) || count < 1)
    return failed(layer.checkRank(2)) ? failure() : layer.error() << "its n is " << count;
  llvm::ArrayRef<int64_t> shape = layer.input().shape;
  FailureOr<Value> row = layer.reshaped(layer.plain(layer.input()), {shape[0], 1, shape[1]});
  FailureOr<Value> rows = layer.expanded(row, {shape[0], count, shape[1]});
  if (failed(rows))
    return failure();
  return layer.finish(KerasTensor::plain(*rows));
}

/// Pairs of sizes, one for each spatial dimension: 1, [1, 2] or [[1, 1], [2, 0]].
static FailureOr<Integers> borderSizes(KerasLayer &layer, llvm::StringRef key, size_t count) {
  const llvm::json::Value *value = layer.find(key);
  const llvm::json::Array *list = value ? value->getAsArray() : nullptr;
  bool isOfPairs = list && !list->empty() && list->front().getAsArray();
  if (!isOfPairs) {
    FailureOr<Integers> sizes = failure();
    // One dimension may have its two sizes in a flat list.
    bool isPair = count == 1 && list && list->size() == 2;
    sizes = layer.sizes(key, isPair ? 2 : count, 0, 1);
    if (failed(sizes) || isPair)
      return sizes;
    Integers both;
    for (int64_t size : *sizes)
      both.append({size, size});
    return both;
  }
  Integers both;
  for (const llvm::json::Value &entry : *list) {
    const llvm::json::Array *pair = entry.getAsArray();
    for (size_t i = 0; pair && pair->size() == 2 && i < 2; ++i)
      if (auto size = (*pair)[i].getAsInteger(); size && *size >= 0 && *size < (1 << 24))
        both.push_back(*size);
  }
  if (both.size() != 2 * count)
    return layer.error() << "its " << quoted(key) << " is " << shown(*value) << ", not " << count
                         << " pairs of sizes";
  return both;
}

/// A layer that adds or removes borders: its input, and for each dimension of the value, in
/// storage, what happens at the begin and at the end.
struct Borders {
  KerasTensor input;
  Integers begins, ends;
};

static FailureOr<Borders> readBorders(KerasLayer &layer, llvm::StringRef key, int64_t spatialRank) {
  bool channelsLast = layer.channelsLast();
  if (!layer.configIsValid() || failed(layer.checkRank(spatialRank + 2)))
    return failure();
  FailureOr<KerasTensor> input = layer.channelsFirst(layer.input(), channelsLast);
  FailureOr<Integers> sizes = borderSizes(layer, key, static_cast<size_t>(spatialRank));
  if (failed(input) || failed(sizes))
    return failure();
  Borders borders{*input, {0, 0}, {0, 0}};
  for (int64_t i = 0; i < spatialRank; ++i) {
    borders.begins.push_back((*sizes)[2 * i]);
    borders.ends.push_back((*sizes)[2 * i + 1]);
  }
  return borders;
}

static LogicalResult finishMap(KerasLayer &layer, FailureOr<Value> result) {
  if (failed(result))
    return failure();
  return layer.finish(KerasBuilder::fromChannelsFirst(*result, layer.channelsLast()));
}

template <int64_t spatialRank> static LogicalResult translateZeroPadding(KerasLayer &layer) {
  FailureOr<Borders> borders = readBorders(layer, "padding", spatialRank);
  if (failed(borders))
    return failure();
  Integers pads = borders->begins;
  pads.append(borders->ends.begin(), borders->ends.end());
  return finishMap(layer, layer.create<nn::PadOp>(borders->input.value, pads, nn::PadMode::Constant,
                                                  llvm::APFloat(0.0)));
}

template <int64_t spatialRank> static LogicalResult translateCropping(KerasLayer &layer) {
  FailureOr<Borders> borders = readBorders(layer, "cropping", spatialRank);
  if (failed(borders))
    return failure();
  Integers sizes(borders->input.type().getShape());
  for (size_t i = 0; i < sizes.size(); ++i) {
    sizes[i] -= borders->begins[i] + borders->ends[i];
    if (sizes[i] < 0)
      return layer.error() << "it crops more than its input of shape "
                           << nn::shapeText(layer.input().shape) << " has";
  }
  return finishMap(layer, layer.create<nn::SliceOp>(borders->input.value, borders->begins, sizes,
                                                    Integers(sizes.size(), 1)));
}

llvm::ArrayRef<LayerClass> shapeLayers() {
  static const LayerClass layers[] = {
      {"Dropout", 1, 1, "", translateDropout},
      {"SpatialDropout1D", 1, 1, "", translateDropout},
      {"SpatialDropout2D", 1, 1, "", translateDropout},
      {"SpatialDropout3D", 1, 1, "", translateDropout},
      {"AlphaDropout", 1, 1, "", translateDropout},
      {"GaussianDropout", 1, 1, "", translateDropout},
      {"GaussianNoise", 1, 1, "", translateIdentity},
      {"ActivityRegularization", 1, 1, "", translateIdentity},
      {"Identity", 1, 1, "", translateIdentity, 0, true},
      {"StochasticDepth", 1, 1, "", translateIdentity},
      {"AugMix", 1, 1, "", translateIdentity},
      {"CutMix", 1, 1, "", translateIdentity},
      {"MixUp", 1, 1, "", translateIdentity},
      {"RandAugment", 1, 1, "", translateIdentity},
      {"RandomBrightness", 1, 1, "", translateIdentity},
      {"RandomColorDegeneration", 1, 1, "", translateIdentity},
      {"RandomColorJitter", 1, 1, "", translateIdentity},
      {"RandomContrast", 1, 1, "", translateIdentity},
      {"RandomElasticTransform", 1, 1, "", translateIdentity},
      {"RandomErasing", 1, 1, "", translateIdentity},
      {"RandomFlip", 1, 1, "", translateIdentity},
      {"RandomGaussianBlur", 1, 1, "", translateIdentity},
      {"RandomGrayscale", 1, 1, "", translateIdentity},
      {"RandomHeight", 1, 1, "", translateIdentity},
      {"RandomHue", 1, 1, "", translateIdentity},
      {"RandomInvert", 1, 1, "", translateIdentity},
      {"RandomPerspective", 1, 1, "", translateIdentity},
      {"RandomPosterization", 1, 1, "", translateIdentity},
      {"RandomRotation", 1, 1, "", translateIdentity},
      {"RandomSaturation", 1, 1, "", translateIdentity},
      {"RandomSharpness", 1, 1, "", translateIdentity},
      {"RandomShear", 1, 1, "", translateIdentity},
      {"RandomTranslation", 1, 1, "", translateIdentity},
      {"RandomWidth", 1, 1, "", translateIdentity},
      {"RandomZoom", 1, 1, "", translateIdentity},
      {"Solarization", 1, 1, "", translateIdentity},
      {"Masking", 1, 1, "", translateMasking},
      {"Flatten", 1, 1, "", translateFlatten, 0, true},
      {"Reshape", 1, 1, "", translateReshape, 0, true},
      {"Permute", 1, 1, "", translatePermute, 0, true},
      {"RepeatVector", 1, 1, "", translateRepeatVector, 0, true},
      {"ZeroPadding1D", 1, 1, "", translateZeroPadding<1>, 1, true},
      {"ZeroPadding2D", 1, 1, "", translateZeroPadding<2>, 2, true},
      {"ZeroPadding3D", 1, 1, "", translateZeroPadding<3>, 3, true},
      {"Cropping1D", 1, 1, "", translateCropping<1>, 1, true},
      {"Cropping2D", 1, 1, "", translateCropping<2>, 2, true},
      {"Cropping3D", 1, 1, "", translateCropping<3>, 3, true},
  };
  return layers;
}

} // namespace kiln::keras_frontend
