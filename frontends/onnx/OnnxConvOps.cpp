// Convolution and matrix products, and what is a convolution by another name.
#include "frontends/onnx/OnnxOperators.h"
#include "frontends/onnx/OnnxWindow.h"

using namespace mlir;

namespace kiln::onnx_frontend {

using llvm::APFloat;

static LogicalResult translateConv(OnnxNode &node) {
  constexpr int64_t filtersAndChannels = 2;
  if (node.rank(1) != node.rank(0) || node.rank(1) <= filtersAndChannels)
    return node.error() << "its weights have rank " << node.rank(1) << " and its input has rank "
                        << node.rank(0) << "; both must be equal and at least 3";
  FailureOr<Window> window = readWindow(node, node.shape(1).drop_front(filtersAndChannels));
  if (failed(window))
    return failure();
  return node.emit<nn::ConvOp>(node.input(0), node.input(1), node.input(2), /*residual=*/Value(),
                               window->strides, window->pads, window->dilations,
                               node.integer("group", 1), nn::ActivationAttr());
}

/// `output_padding`, or zeros.
static FailureOr<Integers> outputPadding(OnnxNode &node, size_t rank) {
  constexpr int64_t largest = int64_t(1) << 24;
  Integers padding = node.integers("output_padding").value_or(Integers(rank, 0));
  if (padding.empty())
    padding.assign(rank, 0);
  if (padding.size() != rank ||
      llvm::any_of(padding, [](int64_t p) { return p < 0 || p > largest; }))
    return node.error() << "output_padding must have " << rank << " entries, none negative";
  return padding;
}

/// The spatial sizes that the node asks for instead of pads; empty where it gives pads.
static FailureOr<Integers> requestedSizes(OnnxNode &node, const Window &window) {
  size_t rank = window.strides.size();
  Integers sizes = node.integers("output_shape").value_or(Integers());
  if (sizes.size() == rank + 2)
    sizes.erase(sizes.begin(), sizes.begin() + 2);
  if (!sizes.empty() && sizes.size() != rank)
    return node.error() << "output_shape has " << sizes.size() << " entries for " << rank
                        << " spatial dimensions";
  if (sizes.empty() && llvm::StringRef(node.text("auto_pad", "NOTSET")).starts_with("SAME"))
    for (size_t i = 0; i < rank; ++i)
      sizes.push_back(checkedProduct({node.shape(0)[2 + i], window.strides[i]}).value_or(-1));
  return sizes;
}

/// Sets the pads that lead to the sizes that the node asks for.
static LogicalResult padToSizes(OnnxNode &node, Window &window, Integers &padding) {
  FailureOr<Integers> sizes = requestedSizes(node, window);
  if (failed(sizes) || sizes->empty())
    return failure(failed(sizes));
  bool upper = node.text("auto_pad", "NOTSET") == "SAME_UPPER";
  size_t rank = window.strides.size();
  window.pads.assign(2 * rank, 0);
  for (size_t i = 0; i < rank; ++i) {
    constexpr int64_t largest = int64_t(1) << 32;
    int64_t in = node.shape(0)[2 + i], size = (*sizes)[i];
    if (in < 1 || in > largest || size < 1 || size > largest)
      return node.error() << "spatial dimension " << i << " would go from " << in << " to " << size;
    int64_t full = (in - 1) * window.strides[i] + window.dilations[i] * (window.kernel[i] - 1) + 1 +
                   padding[i];
    int64_t total = full - size;
    padding[i] += std::max<int64_t>(-total, 0);
    total = std::max<int64_t>(total, 0);
    window.pads[i] = upper ? total / 2 : total - total / 2;
    window.pads[rank + i] = total - window.pads[i];
  }
  return success();
}

static LogicalResult translateConvTranspose(OnnxNode &node) {
  constexpr int64_t channelsAndFilters = 2;
  if (node.rank(1) != node.rank(0) || node.rank(1) <= channelsAndFilters)
    return node.error() << "its weights have rank " << node.rank(1) << " and its input has rank "
                        << node.rank(0) << "; both must be equal and at least 3";
  FailureOr<Window> window = readWindow(node, node.shape(1).drop_front(channelsAndFilters));
  if (failed(window))
    return failure();
  FailureOr<Integers> padding = outputPadding(node, window->strides.size());
  if (failed(padding) || failed(padToSizes(node, *window, *padding)))
    return failure();
  return node.emit<nn::ConvTransposeOp>(node.input(0), node.input(1), node.input(2),
                                        window->strides, window->pads, window->dilations, *padding,
                                        node.integer("group", 1), nn::ActivationAttr());
}

/// A filter for each element of a window, which is 1 there and 0 elsewhere, for every channel:
/// channels * kernel x 1 x kernel.
static Value unitFilters(OnnxNode &node, int64_t channels, ArrayRef<int64_t> kernel, Type element) {
  int64_t window = llvm::product_of(kernel);
  SmallVector<APFloat> values(channels * window * window,
                              APFloat::getZero(cast<FloatType>(element).getFloatSemantics()));
  for (int64_t filter = 0; filter < channels * window; ++filter)
    values[filter * window + filter % window] =
        APFloat::getOne(cast<FloatType>(element).getFloatSemantics());
  Integers shape = {channels * window, 1};
  llvm::append_range(shape, kernel);
  return node.fixedConstant(
      DenseElementsAttr::get(RankedTensorType::get(shape, element), ArrayRef<APFloat>(values)));
}

/// How many places the window takes along each dimension of the image; the pixels beyond the last
/// one go to `rest`.
static FailureOr<Integers> windowPlaces(OnnxNode &node, const Window &window,
                                        ArrayRef<int64_t> image, Integers &rest) {
  Integers places;
  size_t rank = image.size();
  for (size_t i = 0; i < rank; ++i) {
    int64_t extent = window.dilations[i] * (window.kernel[i] - 1) + 1;
    int64_t room = image[i] + window.pads[i] + window.pads[rank + i] - extent;
    if (room < 0)
      return node.error() << "its block is larger than the image of shape " << nn::shapeText(image);
    places.push_back(room / window.strides[i] + 1);
    rest.push_back(room % window.strides[i]);
  }
  return places;
}

/// Blocks are put where they came from and summed: the transposed convolution by unit filters.
static LogicalResult translateCol2Im(OnnxNode &node) {
  FailureOr<Integers> image = node.constantIntegers(1, "the shape of the image");
  FailureOr<Integers> block = node.constantIntegers(2, "the shape of the blocks");
  if (failed(image) || failed(block))
    return failure();
  constexpr int64_t largest = int64_t(1) << 24;
  auto isSize = [&](int64_t size) { return size > 0 && size <= largest; };
  if (image->empty() || block->size() != image->size() || !llvm::all_of(*image, isSize) ||
      !llvm::all_of(*block, isSize))
    return node.error() << "an image of shape " << nn::shapeText(*image) << " has no blocks of "
                        << nn::shapeText(*block);
  FailureOr<Window> window = readWindow(node, *block, *image);
  if (failed(window))
    return failure();
  Integers rest;
  FailureOr<Integers> places = windowPlaces(node, *window, *image, rest);
  if (failed(places))
    return failure();
  Type element = node.type(0).getElementType();
  std::optional<int64_t> kernel = checkedProduct(*block), count = checkedProduct(*places);
  if (node.rank(0) != 3 || !isa<FloatType>(element) || !kernel || !count ||
      node.shape(0)[1] % *kernel != 0 || node.shape(0)[2] != *count)
    return node.error() << "its input of type " << node.type(0)
                        << " does not hold the blocks of shape " << nn::shapeText(*block)
                        << " at the places " << nn::shapeText(*places)
                        << "; N x C * block x places of a float type are needed";
  int64_t channels = node.shape(0)[1] / *kernel;
  constexpr int64_t mostFilters = int64_t(1) << 22;
  if (!checkedProduct({channels, *kernel, *kernel}) || channels * *kernel * *kernel > mostFilters)
    return node.error() << "blocks of shape " << nn::shapeText(*block) << " of " << channels
                        << " channels are too many to be summed";
  Integers shape = {node.shape(0)[0], node.shape(0)[1]};
  llvm::append_range(shape, *places);
  FailureOr<Value> blocks = node.reshaped(node.input(0), shape);
  return node.emit<nn::ConvTransposeOp>(blocks, unitFilters(node, channels, *block, element),
                                        /*bias=*/Value(), window->strides, window->pads,
                                        window->dilations, rest, channels, nn::ActivationAttr());
}

static LogicalResult translateGemm(OnnxNode &node) {
  return node.emit<nn::GemmOp>(node.input(0), node.input(1), node.input(2),
                               node.integer("transA", 0) != 0, node.integer("transB", 0) != 0,
                               APFloat(node.real("alpha", 1.0)), APFloat(node.real("beta", 1.0)),
                               nn::ActivationAttr());
}

static LogicalResult translateMatMul(OnnxNode &node) {
  return node.emit<nn::MatmulOp>(node.input(0), node.input(1));
}

llvm::ArrayRef<OnnxOperator> convOperators() {
  static const OnnxOperator operators[] = {
      {"Col2Im", 18, 3, 3, translateCol2Im},
      {"Conv", 1, 2, 3, translateConv},
      {"ConvTranspose", 1, 2, 3, translateConvTranspose},
      {"Gemm", 1, 2, 3, translateGemm},
      {"MatMul", 1, 2, 2, translateMatMul},
  };
  return operators;
}

} // namespace kiln::onnx_frontend
