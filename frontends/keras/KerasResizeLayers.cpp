// Layers that change the size of maps by interpolation, and pictures by cropping.
#include "frontends/keras/KerasConv.h"
#include "frontends/keras/KerasLayers.h"

#include <cmath>

using namespace mlir;

namespace kiln::keras_frontend {

/// Interpolation by name, pixels having their centres at halves.
static FailureOr<Value> resize(KerasLayer &layer, Value map, llvm::ArrayRef<int64_t> sizes,
                               llvm::StringRef interpolation, bool antialias = false) {
  bool isNearest = interpolation == "nearest", isCubic = interpolation == "bicubic";
  if (!isNearest && !isCubic && interpolation != "bilinear")
    return layer.error() << "its interpolation is " << quoted(interpolation)
                         << "; nearest, bilinear and bicubic are supported";
  Builder &builder = layer.getBuilder();
  MLIRContext *context = builder.getContext();
  nn::ResizeMode mode = isNearest ? nn::ResizeMode::Nearest
                        : isCubic ? nn::ResizeMode::Cubic
                                  : nn::ResizeMode::Linear;
  constexpr double keys = -0.5; // Keys 1981
  return layer.create<nn::ResizeOp>(
      map, /*indices=*/Value(), /*weights=*/Value(), builder.getDenseI64ArrayAttr(sizes),
      DenseF64ArrayAttr(), nn::ResizeModeAttr::get(context, mode),
      nn::CoordinatesAttr::get(context, nn::Coordinates::HalfPixel),
      nn::RoundingAttr::get(context, nn::Rounding::PreferCeil), builder.getF64FloatAttr(keys),
      /*exclude_outside=*/builder.getBoolAttr(isCubic || antialias),
      builder.getBoolAttr(antialias));
}

template <int64_t spatialRank> static LogicalResult translateUpSampling(KerasLayer &layer) {
  FailureOr<ConvInput> input = convInput(layer, spatialRank);
  if (failed(input))
    return failure();
  FailureOr<Integers> factors = layer.sizes("size", spatialRank, 1, 2);
  if (failed(factors))
    return failure();
  Integers sizes(input->spatial());
  for (auto [size, factor] : llvm::zip_equal(sizes, *factors))
    size *= factor;
  FailureOr<Value> result =
      resize(layer, input->tensor.value, sizes, layer.text("interpolation", "nearest"));
  if (failed(result))
    return failure();
  return layer.finish(KerasBuilder::fromChannelsFirst(*result, input->channelsLast));
}

/// A layer that brings pictures to a size of its own.
struct PictureLayer {
  ConvInput input;
  Integers sizes;
};

static FailureOr<PictureLayer> pictureLayer(KerasLayer &layer) {
  FailureOr<ConvInput> input = convInput(layer, /*spatialRank=*/2);
  if (failed(input))
    return failure();
  FailureOr<Integers> sizes = Integers{layer.integer("height", 0), layer.integer("width", 0)};
  if (layer.find("size"))
    sizes = layer.sizes("size", 2, 1, 1);
  if (failed(sizes) || !layer.configIsValid())
    return failure();
  if (llvm::any_of(*sizes, [](int64_t size) { return size < 1; }))
    return layer.error() << "its size is " << nn::shapeText(*sizes);
  return PictureLayer{*input, *sizes};
}

static LogicalResult finishPicture(KerasLayer &layer, const PictureLayer &picture,
                                   FailureOr<Value> result) {
  if (failed(result))
    return failure();
  return layer.finish(KerasBuilder::fromChannelsFirst(*result, picture.input.channelsLast));
}

/// The size of one side that has the other's ratio to `sizes`, rounded down.
static int64_t sideFor(int64_t otherSide, int64_t size, int64_t otherSize) {
  return otherSide * size / otherSize;
}

/// The window of this size in the middle of the map.
static FailureOr<Value> centre(KerasLayer &layer, Value map, llvm::ArrayRef<int64_t> sizes) {
  Integers extents(cast<RankedTensorType>(map.getType()).getShape()), offsets(extents.size(), 0);
  for (auto [i, size] : llvm::enumerate(sizes)) {
    offsets[i + 2] = (extents[i + 2] - size) / 2;
    extents[i + 2] = size;
  }
  return layer.create<nn::SliceOp>(map, offsets, extents, Integers(extents.size(), 1));
}

/// The largest window in the middle of the map that has the sides' ratio.
static FailureOr<Value> croppedToRatio(KerasLayer &layer, const PictureLayer &picture) {
  llvm::ArrayRef<int64_t> sides = picture.input.spatial(), sizes = picture.sizes;
  Integers window;
  for (size_t i : {0, 1}) {
    int64_t fitting = sideFor(sides[1 - i], sizes[i], sizes[1 - i]);
    window.push_back(std::max<int64_t>(std::min(sides[i], fitting), 1));
  }
  return centre(layer, picture.input.tensor.value, window);
}

/// The map with borders around it that give it the sides' ratio.
static FailureOr<Value> paddedToRatio(KerasLayer &layer, const PictureLayer &picture) {
  llvm::ArrayRef<int64_t> sides = picture.input.spatial(), sizes = picture.sizes;
  Integers pads(8, 0);
  for (size_t i : {0, 1}) {
    int64_t missing = sideFor(sides[1 - i], sizes[i], sizes[1 - i]) - sides[i];
    pads[2 + i] = pads[6 + i] = std::max<int64_t>(missing, 0) / 2;
  }
  return layer.create<nn::PadOp>(picture.input.tensor.value, pads, nn::PadMode::Constant,
                                 llvm::APFloat(layer.real("fill_value", 0)));
}

/// Keras 3 gives integers back as such, Keras 2 as floats.
static FailureOr<Value> resizedPicture(KerasLayer &layer, FailureOr<Value> map,
                                       llvm::ArrayRef<int64_t> sizes) {
  Type element = layer.elementType();
  map = layer.converted(map, isa<FloatType>(element) ? element : layer.getBuilder().getF32Type());
  if (failed(map))
    return failure();
  FailureOr<Value> result =
      resize(layer, *map, sizes, layer.text("interpolation", layer.text("method", "bilinear")),
             layer.boolean("antialias", false));
  auto integer = dyn_cast<IntegerType>(element);
  if (!integer || layer.getHost().version().major < 3)
    return result;
  bool isUnsigned = integer.isUnsigned();
  double end = std::ldexp(1.0, static_cast<int>(integer.getWidth()) - (isUnsigned ? 0 : 1));
  result = layer.create<nn::ClipOp>(layer.create<nn::RoundOp>(result),
                                    llvm::APFloat(isUnsigned ? 0.0 : -end), llvm::APFloat(end - 1));
  return layer.converted(result, element);
}

static LogicalResult translateResizing(KerasLayer &layer) {
  FailureOr<PictureLayer> picture = pictureLayer(layer);
  if (failed(picture))
    return failure();
  bool isCropped = layer.boolean("crop_to_aspect_ratio", false);
  bool isPadded = layer.boolean("pad_to_aspect_ratio", false);
  if (isCropped && isPadded)
    return layer.error() << "both its 'crop_to_aspect_ratio' and its 'pad_to_aspect_ratio' are "
                            "true; Keras allows one";
  FailureOr<Value> map = isCropped  ? croppedToRatio(layer, *picture)
                         : isPadded ? paddedToRatio(layer, *picture)
                                    : FailureOr<Value>(picture->input.tensor.value);
  return finishPicture(layer, *picture, resizedPicture(layer, map, picture->sizes));
}

/// The largest window of the sides' ratio, resized.
static LogicalResult cropAndResize(KerasLayer &layer, const PictureLayer &picture) {
  FailureOr<Value> window = croppedToRatio(layer, picture);
  if (failed(window))
    return failure();
  return finishPicture(layer, picture, resize(layer, *window, picture.sizes, "bilinear"));
}

static LogicalResult translateCenterCrop(KerasLayer &layer) {
  FailureOr<PictureLayer> picture = pictureLayer(layer);
  if (failed(picture))
    return failure();
  for (auto [side, size] : llvm::zip_equal(picture->input.spatial(), picture->sizes))
    if (side < size)
      return cropAndResize(layer, *picture);
  return finishPicture(layer, *picture, centre(layer, picture->input.tensor.value, picture->sizes));
}

/// Random in training only.
static LogicalResult translateRandomCrop(KerasLayer &layer) {
  FailureOr<PictureLayer> picture = pictureLayer(layer);
  if (failed(picture))
    return failure();
  if (layer.getHost().version().major >= 3 && picture->input.spatial() != ArrayRef(picture->sizes))
    emitWarning(layer.getLoc()) << "it crops and resizes, as Keras documents it; Keras 3 itself "
                                   "passes pictures of another size on as they are";
  return cropAndResize(layer, *picture);
}

llvm::ArrayRef<LayerClass> resizeLayers() {
  static const LayerClass layers[] = {
      {"UpSampling1D", 1, 1, "", translateUpSampling<1>, 1},
      {"UpSampling2D", 1, 1, "", translateUpSampling<2>, 2},
      {"UpSampling3D", 1, 1, "", translateUpSampling<3>, 3},
      {"Resizing", 1, 1, "", translateResizing, 2, true},
      {"CenterCrop", 1, 1, "", translateCenterCrop, 2},
      {"RandomCrop", 1, 1, "", translateRandomCrop, 2},
  };
  return layers;
}

llvm::ArrayRef<LayerClass> resizeFunctions() {
  static const LayerClass layers[] = {{"resize", 1, 1, "", translateResizing, 2, true}};
  return layers;
}

} // namespace kiln::keras_frontend
