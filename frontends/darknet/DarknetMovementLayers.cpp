// Layers that move pixels: reorg, upsample, crop.
#include "frontends/darknet/DarknetLayers.h"

using namespace mlir;

namespace kiln::darknet_frontend {

namespace {

/// Darknet's reorg of stride s takes its input, C x H x W in memory, for a map C/s^2 x sH x sW, and
/// moves blocks of its pixels to channels:
///
///     out[(dy * s + dx) * C/s^2 + c][y][x] = in[c][y * s + dy][x * s + dx],  y < H, x < W
///
/// It then takes the result for s^2 C x H/s x W/s.
FailureOr<Value> reorganized(DarknetLayer &layer, int64_t stride) {
  MapShape in = layer.shape();
  int64_t groups = in.channels / (stride * stride);
  FailureOr<Value> blocks =
      layer.reshaped(layer.input(), {groups, in.height, stride, in.width, stride});
  FailureOr<Value> moved = layer.create<nn::TransposeOp>(blocks, Integers{2, 4, 0, 1, 3});
  return layer.reshaped(moved,
                        {1, in.channels * stride * stride, in.height / stride, in.width / stride});
}

/// extra=N: the list of the input with N zeros behind it.
LogicalResult translateExtra(DarknetLayer &layer, int64_t extra) {
  return layer.setResult(layer.create<nn::PadOp>(layer.list(), Integers{0, 0, 0, extra},
                                                 nn::PadMode::Constant, llvm::APFloat(0.0)));
}

/// flatten=1: positions outermost, channels innermost, as a list; with reverse the other way round.
LogicalResult translateFlatten(DarknetLayer &layer, bool isReverse) {
  MapShape in = layer.shape();
  int64_t pixels = in.height * in.width;
  FailureOr<Value> apart = isReverse ? layer.reshaped(layer.input(), {1, pixels, in.channels})
                                     : layer.reshaped(layer.input(), {1, in.channels, pixels});
  FailureOr<Value> swapped = layer.create<nn::TransposeOp>(apart, Integers{0, 2, 1});
  return layer.setResult(layer.reshaped(swapped, {1, in.channels, in.height, in.width}));
}

LogicalResult translateReorg(DarknetLayer &layer) {
  int64_t stride = layer.integer("stride", 1, 1, 1 << 12);
  int64_t extra = layer.integer("extra", 0);
  bool isReverse = layer.isSet("reverse"), isFlat = layer.isSet("flatten");
  if (!layer.optionsAreValid())
    return failure();
  if (isFlat)
    return translateFlatten(layer, isReverse);
  if (extra > 0)
    return translateExtra(layer, extra);
  MapShape in = layer.shape();
  if (in.channels % (stride * stride) != 0)
    return layer.error("stride") << "its square must divide the " << in.channels
                                 << " channels of the input";
  if (isReverse)
    return layer.setResult(
        layer.create<nn::DepthToSpaceOp>(layer.map(), stride, nn::DepthMode::DCR));
  if (in.height % stride != 0 || in.width % stride != 0)
    return layer.error("stride") << "must divide the input's height " << in.height << " and width "
                                 << in.width;
  return layer.setResult(reorganized(layer, stride));
}

/// AlexeyAB's reorg3d: blocks of pixels to channels, in the usual order.
LogicalResult translateReorg3d(DarknetLayer &layer) {
  int64_t stride = layer.integer("stride", 1, 1, 1 << 12);
  bool isReverse = layer.isSet("reverse");
  if (!layer.optionsAreValid())
    return failure();
  if (isReverse)
    return layer.setResult(
        layer.create<nn::DepthToSpaceOp>(layer.map(), stride, nn::DepthMode::DCR));
  return layer.setResult(layer.create<nn::SpaceToDepthOp>(layer.map(), stride));
}

/// A negative stride: the sum over blocks of pixels.
FailureOr<Value> summedBlocks(DarknetLayer &layer, int64_t stride) {
  MapShape in = layer.shape();
  if (in.height % stride != 0 || in.width % stride != 0)
    return layer.error("stride") << "must divide the input's height " << in.height << " and width "
                                 << in.width;
  FailureOr<Value> mean = layer.create<nn::AveragePoolOp>(
      layer.map(), Integers{stride, stride}, Integers{stride, stride}, Integers(4, 0),
      Integers{1, 1}, /*ceil_mode=*/false, /*count_include_pad=*/false);
  return layer.create<nn::MulOp>(mean, layer.number(static_cast<double>(stride * stride)));
}

FailureOr<Value> repeatedPixels(DarknetLayer &layer, int64_t stride) {
  MapShape in = layer.shape();
  OpBuilder &builder = layer.getBuilder();
  MLIRContext *context = builder.getContext();
  return layer.create<nn::ResizeOp>(
      layer.map(), /*indices=*/Value(), /*weights=*/Value(),
      builder.getDenseI64ArrayAttr({in.height * stride, in.width * stride}),
      /*scales=*/DenseF64ArrayAttr(), nn::ResizeModeAttr::get(context, nn::ResizeMode::Nearest),
      nn::CoordinatesAttr::get(context, nn::Coordinates::Asymmetric),
      nn::RoundingAttr::get(context, nn::Rounding::Floor), builder.getF64FloatAttr(-0.75),
      /*exclude_outside=*/builder.getBoolAttr(false), /*antialias=*/builder.getBoolAttr(false));
}

LogicalResult translateUpsample(DarknetLayer &layer) {
  constexpr int64_t largest = 1 << 12;
  int64_t stride = layer.integer("stride", 2, -largest, largest);
  double scale = layer.real("scale", 1);
  if (!layer.optionsAreValid())
    return failure();
  if (stride == 0)
    return layer.error("stride") << "must not be 0";
  FailureOr<Value> result =
      stride < 0 ? summedBlocks(layer, -stride) : repeatedPixels(layer, stride);
  if (scale != 1)
    result = layer.create<nn::MulOp>(result, layer.number(scale));
  return layer.setResult(result);
}

/// The middle of a picture, as 2 * x - 1 unless noadjust is set. Flips, shifts and colours are for
/// training.
LogicalResult translateCrop(DarknetLayer &layer) {
  MapShape in = layer.shape();
  int64_t height = layer.integer("crop_height", 1, 1), width = layer.integer("crop_width", 1, 1);
  bool isAdjusted = !layer.isSet("noadjust");
  if (!layer.optionsAreValid())
    return failure();
  if (height > in.height || width > in.width)
    return layer.error(height > in.height ? "crop_height" : "crop_width")
           << "more than the input of " << in.height << "x" << in.width;
  FailureOr<Value> middle = layer.create<nn::SliceOp>(
      layer.map(), Integers{0, 0, (in.height - height) / 2, (in.width - width) / 2},
      Integers{1, in.channels, height, width}, Integers{1, 1, 1, 1});
  if (isAdjusted)
    middle =
        layer.create<nn::SubOp>(layer.create<nn::MulOp>(middle, layer.number(2)), layer.number(1));
  return layer.setResult(middle);
}

} // namespace

llvm::ArrayRef<DarknetSection> movementSections() {
  static const DarknetSection sections[] = {
      {"reorg", translateReorg},
      {"reorg3d", translateReorg3d},
      {"upsample", translateUpsample},
      {"crop", translateCrop},
  };
  return sections;
}

} // namespace kiln::darknet_frontend
