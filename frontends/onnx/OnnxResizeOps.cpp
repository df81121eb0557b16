// Resize in its forms since opset 10, and Upsample, which it replaced.
#include "frontends/onnx/OnnxOperators.h"

#include "llvm/ADT/StringSwitch.h"

#include <cmath>

using namespace mlir;

namespace kiln::onnx_frontend {

using Scales = llvm::SmallVector<double>;

namespace {

/// What every dimension of the input becomes.
struct Extents {
  Integers sizes;
  Scales scales; ///< outputs per input position
};

/// How positions and pixels are chosen.
struct Interpolation {
  nn::ResizeMode mode = nn::ResizeMode::Nearest;
  nn::Coordinates coordinates = nn::Coordinates::Asymmetric;
  nn::Rounding rounding = nn::Rounding::Floor;
  double cubicCoefficient = -0.75;
  bool excludeOutside = false, antialias = false;
};

} // namespace

static FailureOr<nn::ResizeMode> readMode(OnnxNode &node) {
  std::string name = node.text("mode", "nearest");
  auto mode = llvm::StringSwitch<std::optional<nn::ResizeMode>>(name)
                  .Case("nearest", nn::ResizeMode::Nearest)
                  .Cases({"linear", "bilinear", "trilinear"}, nn::ResizeMode::Linear)
                  .Case("cubic", nn::ResizeMode::Cubic)
                  .Default(std::nullopt);
  if (!mode)
    return node.error() << "mode is " << quoted(name) << "; it must be nearest, linear or cubic";
  return *mode;
}

static FailureOr<Interpolation> readInterpolation(OnnxNode &node) {
  FailureOr<nn::ResizeMode> mode = readMode(node);
  std::string coordinates = node.text("coordinate_transformation_mode", "half_pixel");
  std::string rounding = node.text("nearest_mode", "round_prefer_floor");
  auto place = llvm::StringSwitch<std::optional<nn::Coordinates>>(coordinates)
                   .Case("half_pixel", nn::Coordinates::HalfPixel)
                   .Case("half_pixel_symmetric", nn::Coordinates::HalfPixelSymmetric)
                   .Case("pytorch_half_pixel", nn::Coordinates::PytorchHalfPixel)
                   .Case("align_corners", nn::Coordinates::AlignCorners)
                   .Case("asymmetric", nn::Coordinates::Asymmetric)
                   .Case("tf_half_pixel_for_nn", nn::Coordinates::TfHalfPixelForNn)
                   .Default(std::nullopt);
  auto nearest = llvm::StringSwitch<std::optional<nn::Rounding>>(rounding)
                     .Case("round_prefer_floor", nn::Rounding::PreferFloor)
                     .Case("round_prefer_ceil", nn::Rounding::PreferCeil)
                     .Case("floor", nn::Rounding::Floor)
                     .Case("ceil", nn::Rounding::Ceil)
                     .Default(std::nullopt);
  if (failed(mode))
    return failure();
  if (!place)
    return node.error() << "coordinate_transformation_mode is " << quoted(coordinates)
                        << ", which is not supported; resize whole maps (half_pixel, "
                           "align_corners, asymmetric, ...)";
  if (!nearest)
    return node.error() << "nearest_mode is " << quoted(rounding)
                        << "; it must be round_prefer_floor, round_prefer_ceil, floor or ceil";
  return Interpolation{*mode,
                       *place,
                       *nearest,
                       node.real("cubic_coeff_a", -0.75),
                       node.integer("exclude_outside", 0) != 0,
                       node.integer("antialias", 0) != 0};
}

/// The dimensions that scales and sizes speak of, all of them unless `axes` says otherwise.
static FailureOr<Integers> resizedAxes(OnnxNode &node) {
  std::optional<Integers> given = node.integers("axes");
  if (!given || given->empty())
    return llvm::to_vector(llvm::seq<int64_t>(0, node.rank(0)));
  Integers axes;
  for (int64_t axis : *given) {
    FailureOr<int64_t> checked = node.checkedAxis(axis, node.rank(0));
    if (failed(checked))
      return failure();
    if (llvm::is_contained(axes, *checked))
      return node.error() << "axis " << *checked << " is given twice";
    axes.push_back(*checked);
  }
  return axes;
}

static FailureOr<Extents> extentsOfScales(OnnxNode &node, llvm::ArrayRef<int64_t> axes,
                                          llvm::ArrayRef<double> scales) {
  Extents extents{Integers(node.shape(0)), Scales(node.rank(0), 1.0)};
  if (scales.size() != axes.size())
    return node.error() << "it has " << scales.size() << " scales for " << axes.size()
                        << " dimensions";
  constexpr double largest = 1 << 24;
  for (auto [axis, scale] : llvm::zip_equal(axes, scales)) {
    double size = std::floor(static_cast<double>(node.shape(0)[axis]) * scale);
    if (!(scale > 0) || !(size >= 1 && size <= largest))
      return node.error() << "scale " << std::to_string(scale) << " of dimension " << axis
                          << " leaves no map, or one larger than any";
    extents.sizes[axis] = static_cast<int64_t>(size);
    extents.scales[axis] = scale;
  }
  return extents;
}

static FailureOr<Extents> extentsOfSizes(OnnxNode &node, llvm::ArrayRef<int64_t> axes,
                                         llvm::ArrayRef<int64_t> sizes) {
  if (sizes.size() != axes.size())
    return node.error() << "it has " << sizes.size() << " sizes for " << axes.size()
                        << " dimensions";
  Scales scales;
  for (auto [axis, size] : llvm::zip_equal(axes, sizes)) {
    int64_t in = node.shape(0)[axis];
    if (size < 1 || in < 1)
      return node.error() << "dimension " << axis << " would go from " << in << " to " << size;
    scales.push_back(static_cast<double>(size) / static_cast<double>(in));
  }
  Extents extents{Integers(node.shape(0)), Scales(node.rank(0), 1.0)};
  std::string policy = node.text("keep_aspect_ratio_policy", "stretch");
  if (policy != "stretch" && policy != "not_larger" && policy != "not_smaller")
    return node.error() << "keep_aspect_ratio_policy is " << quoted(policy)
                        << "; it must be stretch, not_larger or not_smaller";
  double common = policy == "not_larger"    ? *llvm::min_element(scales)
                  : policy == "not_smaller" ? *llvm::max_element(scales)
                                            : 0;
  for (auto [i, axis] : llvm::enumerate(axes)) {
    extents.scales[axis] = common != 0 ? common : scales[i];
    extents.sizes[axis] =
        common != 0 ? static_cast<int64_t>(
                          std::floor(common * static_cast<double>(node.shape(0)[axis]) + 0.5))
                    : sizes[i];
  }
  return extents;
}

/// Emits nn.resize of the dimensions behind N and C. A tensor of up to three dimensions that has no
/// such is a map itself.
static LogicalResult emitResize(OnnxNode &node, const Extents &extents, const Interpolation &how) {
  Integers shape(node.shape(0)), sizes = extents.sizes;
  Scales scales = extents.scales;
  auto isResized = [&](int64_t dim) { return dim < node.rank(0) && sizes[dim] != shape[dim]; };
  constexpr int64_t mostSpatial = 3;
  if (node.rank(0) < 3 || isResized(0) || isResized(1)) {
    if (node.rank(0) > mostSpatial || node.rank(0) == 0)
      return node.error()
             << "it resizes the batch or the channels; only spatial dimensions can be resized";
    shape.insert(shape.begin(), 2, 1);
    sizes.insert(sizes.begin(), 2, 1);
    scales.insert(scales.begin(), 2, 1.0);
  }
  FailureOr<Value> map = node.reshaped(node.input(0), shape);
  MLIRContext *context = node.getBuilder().getContext();
  FailureOr<Value> result = node.create<nn::ResizeOp>(
      map, /*indices=*/Value(), /*weights=*/Value(),
      node.getBuilder().getDenseI64ArrayAttr(llvm::ArrayRef<int64_t>(sizes).drop_front(2)),
      node.getBuilder().getDenseF64ArrayAttr(llvm::ArrayRef<double>(scales).drop_front(2)),
      nn::ResizeModeAttr::get(context, how.mode),
      nn::CoordinatesAttr::get(context, how.coordinates),
      nn::RoundingAttr::get(context, how.rounding),
      node.getBuilder().getF64FloatAttr(how.cubicCoefficient),
      node.getBuilder().getBoolAttr(how.excludeOutside),
      node.getBuilder().getBoolAttr(how.antialias));
  return node.setFirst(node.reshaped(result, extents.sizes));
}

static FailureOr<Scales> constantScales(OnnxNode &node, size_t index) {
  constexpr int64_t mostElements = 64;
  std::optional<Scales> scales;
  if (node.type(index).getNumElements() <= mostElements)
    scales = nn::constantFloats(node.input(index));
  if (!scales)
    return node.notConstant(index, "scales");
  return *scales;
}

/// An input that is given and not empty: exporters write empty tensors for absent ones.
static bool isGiven(OnnxNode &node, size_t index) {
  return node.input(index) && node.type(index).getNumElements() != 0;
}

static LogicalResult translateResize(OnnxNode &node) {
  constexpr size_t scalesInput = 2, sizesInput = 3;
  FailureOr<Interpolation> how = readInterpolation(node);
  FailureOr<Integers> axes = resizedAxes(node);
  if (failed(how) || failed(axes))
    return failure();
  FailureOr<Extents> extents = failure();
  if (isGiven(node, sizesInput)) {
    FailureOr<Integers> sizes = node.constantIntegers(sizesInput, "sizes");
    if (failed(sizes))
      return failure();
    extents = extentsOfSizes(node, *axes, *sizes);
  } else if (isGiven(node, scalesInput)) {
    FailureOr<Scales> scales = constantScales(node, scalesInput);
    if (failed(scales))
      return failure();
    extents = extentsOfScales(node, *axes, *scales);
  } else {
    return node.error() << "it has neither scales nor sizes";
  }
  return failed(extents) ? failure() : emitResize(node, *extents, *how);
}

/// Upsample, and Resize in opset 10: the pixel at or below `output / scale`, or between two of
/// them.
static LogicalResult translateUpsample(OnnxNode &node) {
  Interpolation how;
  FailureOr<nn::ResizeMode> mode = readMode(node);
  if (failed(mode))
    return failure();
  how.mode = *mode;
  Scales scales;
  if (node.input(1)) {
    FailureOr<Scales> given = constantScales(node, 1);
    if (failed(given))
      return failure();
    scales = *given;
  } else if (auto given = node.reals("scales")) {
    scales.assign(given->begin(), given->end());
  } else {
    scales = {1, 1, node.real("height_scale", 1), node.real("width_scale", 1)};
  }
  Integers axes = llvm::to_vector(llvm::seq<int64_t>(0, node.rank(0)));
  FailureOr<Extents> extents = extentsOfScales(node, axes, scales);
  return failed(extents) ? failure() : emitResize(node, *extents, how);
}

llvm::ArrayRef<OnnxOperator> resizeOperators() {
  static const OnnxOperator operators[] = {
      {"Resize", 10, 2, 2, translateUpsample},
      {"Resize", 11, 1, 4, translateResize},
      {"Upsample", 1, 1, 2, translateUpsample},
  };
  return operators;
}

} // namespace kiln::onnx_frontend
