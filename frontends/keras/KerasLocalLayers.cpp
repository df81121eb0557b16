// Locally connected layers. Keras has three implementations, each with a layout of its own for the
// kernel; all become the filter of nn.local_conv.
#include "frontends/keras/KerasConv.h"
#include "frontends/keras/KerasLayers.h"

#include "llvm/ADT/Sequence.h"

using namespace mlir;

namespace kiln::keras_frontend {
namespace {

/// A locally connected layer: which element of the input stands under which tap of a position.
struct LocalMap {
  Integers input, output;
  Window window;
  int64_t channels, filters;
  bool channelsLast;

  int64_t positions() const { return frontend::checkedProduct(output).value_or(0); }
  int64_t taps() const { return frontend::checkedProduct(window.kernel).value_or(0); }
  /// The numbers of nn.local_conv's filter; nothing where there are too many.
  std::optional<int64_t> elements() const {
    return frontend::checkedProduct({positions(), taps(), channels, filters});
  }
  /// The pixel of the input, counted in rows, below zero outside of it.
  int64_t pixel(int64_t position, int64_t tap) const;
};

int64_t LocalMap::pixel(int64_t position, int64_t tap) const {
  int64_t result = 0, step = 1;
  for (size_t i = input.size(); i-- > 0;) {
    int64_t at = position % output[i] * window.strides[i] + tap % window.kernel[i] - window.pads[i];
    if (at < 0 || at >= input[i])
      return -1;
    result += at * step;
    step *= input[i];
    position /= output[i];
    tap /= window.kernel[i];
  }
  return result;
}

/// 'same' centers the window on the first pixel and then by strides, unlike other layers of Keras.
FailureOr<LocalMap> readMap(KerasLayer &layer, const ConvInput &input, int64_t spatialRank,
                            bool isSame) {
  Integers sizes(input.spatial());
  FailureOr<Window> window =
      readWindowSizes(layer, "kernel_size", static_cast<size_t>(spatialRank));
  int64_t filters = layer.integer("filters", 0);
  if (failed(window) || !layer.configIsValid())
    return failure();
  if (filters < 1)
    return layer.error() << "it has " << filters << " filters";
  LocalMap map{sizes, {}, *window, input.channels, filters, input.channelsLast};
  for (size_t i = 0; i < sizes.size(); ++i) {
    int64_t kernel = window->kernel[i], stride = window->strides[i];
    if (!isSame && sizes[i] < kernel)
      return layer.error() << "its kernel is larger than its input of shape "
                           << nn::shapeText(layer.input().shape);
    map.output.push_back((sizes[i] - (isSame ? 1 : kernel)) / stride + 1);
    if (!isSame)
      continue;
    map.window.pads[i] = kernel / 2;
    map.window.pads[sizes.size() + i] =
        std::max<int64_t>(0, (map.output[i] - 1) * stride + kernel - kernel / 2 - sizes[i]);
  }
  return map;
}

/// Implementation 1: P x (kernel x C) x K with channels last, else already as nn.local_conv has it:
/// P x (C x kernel) x K.
FailureOr<Value> directFilter(KerasLayer &layer, const LocalMap &map) {
  int64_t taps = map.channels * map.taps();
  Integers stored{map.positions(), taps, map.filters};
  FailureOr<Value> kernel = layer.weight("kernel", stored);
  if (!map.channelsLast)
    return kernel;
  FailureOr<Value> split =
      layer.reshaped(kernel, {stored[0], map.taps(), map.channels, map.filters});
  return layer.reshaped(layer.transposed(split, {0, 2, 1, 3}), stored);
}

/// Where the numbers of a filter lie in the kernel of the file.
using Places =
    llvm::function_ref<int64_t(int64_t position, int64_t channel, int64_t tap, int64_t filter)>;

/// The filter of nn.local_conv from the numbers of a kernel that lie elsewhere; 0 where a tap
/// stands outside of the input.
FailureOr<Value> gatheredFilter(KerasLayer &layer, const LocalMap &map, FailureOr<Value> kernel,
                                int64_t kernelElements, Places placeOf) {
  if (failed(kernel))
    return failure();
  Integers places;
  for (int64_t position : llvm::seq(map.positions()))
    for (int64_t channel : llvm::seq(map.channels))
      for (int64_t tap : llvm::seq(map.taps()))
        for (int64_t filter : llvm::seq(map.filters))
          places.push_back(map.pixel(position, tap) < 0 ? kernelElements
                                                        : placeOf(position, channel, tap, filter));
  FailureOr<Value> padded =
      layer.create<nn::PadOp>(layer.reshaped(kernel, {kernelElements}), Integers{0, 1},
                              nn::PadMode::Constant, llvm::APFloat(0.0));
  Integers shape{map.positions(), map.channels * map.taps(), map.filters};
  return layer.create<nn::GatherOp>(
      padded, layer.integerTensor(places, shape, layer.getBuilder().getI64Type()), 0);
}

/// Implementation 2: the matrix of a dense layer, input x output, both as the maps are stored; only
/// the numbers of connected pixels count.
FailureOr<Value> denseFilter(KerasLayer &layer, const LocalMap &map) {
  auto shapeOf = [&](const Integers &spatial, int64_t channels) {
    Integers shape(spatial);
    shape.insert(map.channelsLast ? shape.end() : shape.begin(), channels);
    return shape;
  };
  Integers stored = shapeOf(map.input, map.channels);
  llvm::append_range(stored, shapeOf(map.output, map.filters));
  FailureOr<Value> kernel = layer.weight("kernel", stored);
  int64_t pixels = frontend::checkedProduct(map.input).value_or(0), positions = map.positions();
  auto placeOf = [&](int64_t position, int64_t channel, int64_t tap, int64_t filter) {
    int64_t pixel = map.pixel(position, tap);
    int64_t row = map.channelsLast ? pixel * map.channels + channel : channel * pixels + pixel;
    int64_t column =
        map.channelsLast ? position * map.filters + filter : filter * positions + position;
    return row * positions * map.filters + column;
  };
  int64_t elements = frontend::checkedProduct(stored).value_or(0);
  return gatheredFilter(layer, map, kernel, elements, placeOf);
}

/// Implementation 3: the numbers of connected pixels alone, by output and then by input, both as
/// the maps are stored.
FailureOr<Value> sparseFilter(KerasLayer &layer, const LocalMap &map) {
  int64_t channels = map.channels, filters = map.filters;
  // The taps of all positions, of those before one, and of one before a tap of it.
  Integers before{0}, rank;
  for (int64_t position : llvm::seq(map.positions())) {
    int64_t count = 0;
    for (int64_t tap : llvm::seq(map.taps())) {
      rank.push_back(count);
      count += map.pixel(position, tap) >= 0;
    }
    before.push_back(before.back() + count);
  }
  int64_t all = before.back();
  auto placeOf = [&](int64_t position, int64_t channel, int64_t tap, int64_t filter) {
    int64_t count = before[position + 1] - before[position], at = rank[position * map.taps() + tap];
    if (map.channelsLast)
      return before[position] * channels * filters + (filter * count + at) * channels + channel;
    return (filter * all + before[position]) * channels + channel * count + at;
  };
  int64_t elements = all * channels * filters;
  return gatheredFilter(layer, map, layer.weight("kernel", {elements}), elements, placeOf);
}

/// A bias for each element: spatial x K in the file. With channels first Keras reads the same
/// numbers as K x spatial.
FailureOr<Value> addLocalBias(KerasLayer &layer, FailureOr<Value> result, bool channelsLast) {
  if (failed(result) || !layer.hasBias())
    return result;
  Integers shape(cast<RankedTensorType>(result->getType()).getShape().drop_front());
  Integers stored(shape.begin() + 1, shape.end());
  stored.push_back(shape.front());
  FailureOr<Value> bias = layer.weight("bias", stored);
  if (!channelsLast)
    return layer.create<nn::AddOp>(result, layer.reshaped(bias, shape));
  Integers perm = identityOrder(static_cast<int64_t>(shape.size()));
  std::rotate(perm.begin(), perm.end() - 1, perm.end());
  return layer.create<nn::AddOp>(result, layer.transposed(bias, perm));
}

template <int64_t spatialRank> LogicalResult translateLocal(KerasLayer &layer) {
  FailureOr<ConvInput> input = convInput(layer, spatialRank);
  if (failed(input))
    return failure();
  int64_t implementation = layer.integer("implementation", 1);
  std::string padding = layer.text("padding", "valid");
  bool isKnown = padding == "valid" || (padding == "same" && implementation != 1);
  if (!isKnown || implementation < 1 || implementation > 3)
    return layer.error() << "its padding is " << quoted(padding) << " and its implementation "
                         << implementation << "; Keras has implementation 1, 2 and 3, padding "
                         << "'valid', and with 2 and 3 'same'";
  FailureOr<LocalMap> map = readMap(layer, *input, spatialRank, padding == "same");
  if (failed(map))
    return failure();
  constexpr int64_t most = int64_t(1) << 25;
  if (implementation != 1 && map->elements().value_or(most + 1) > most)
    return layer.error() << "its filters have more than " << most
                         << " numbers; build it with implementation 1";
  FailureOr<Value> filter = implementation == 1   ? directFilter(layer, *map)
                            : implementation == 2 ? denseFilter(layer, *map)
                                                  : sparseFilter(layer, *map);
  const Window &window = map->window;
  FailureOr<Value> result = layer.create<nn::LocalConvOp>(
      input->tensor.value, filter, window.kernel, window.strides, window.pads, window.dilations);
  return finishConv(layer, addLocalBias(layer, result, input->channelsLast), input->channelsLast);
}

} // namespace

llvm::ArrayRef<LayerClass> localLayers() {
  static constexpr llvm::StringLiteral plain("kernel bias?use_bias=1");
  static const LayerClass layers[] = {
      {"LocallyConnected1D", 1, 1, plain, translateLocal<1>, 1},
      {"LocallyConnected2D", 1, 1, plain, translateLocal<2>, 2},
  };
  return layers;
}

} // namespace kiln::keras_frontend
