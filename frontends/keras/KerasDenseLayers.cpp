// Dense layers, and products of two tensors.
#include "frontends/keras/KerasLayers.h"
#include "frontends/support/Einsum.h"

#include "llvm/ADT/StringExtras.h"

using namespace mlir;

namespace kiln::keras_frontend {

/// On N x F, which may be a flattened map whose weights are then permuted.
static FailureOr<KerasTensor> denseOnRows(KerasLayer &layer, const KerasTensor &input,
                                          FailureOr<Value> kernel, FailureOr<Value> bias) {
  if (failed(kernel))
    return failure();
  FailureOr<Value> rows = layer.flattenedAsStored(input);
  FailureOr<Value> result = layer.create<nn::GemmOp>(
      rows, layer.rowsAsStored(input, *kernel), bias, /*transA=*/false,
      /*transB=*/false, llvm::APFloat(1.0), llvm::APFloat(1.0), nn::ActivationAttr());
  if (failed(result))
    return failure();
  return KerasTensor::plain(*result);
}

/// On a map whose channels are stored second: a convolution with a window of one position.
static FailureOr<KerasTensor> denseOnMap(KerasLayer &layer, const KerasTensor &input,
                                         FailureOr<Value> kernel, FailureOr<Value> bias) {
  int64_t spatialRank = input.rank() - 2;
  if (failed(kernel))
    return failure();
  llvm::ArrayRef<int64_t> sizes = cast<RankedTensorType>(kernel->getType()).getShape();
  Integers filterShape{sizes[1], sizes[0]}, ones(spatialRank, 1), pads(2 * spatialRank, 0);
  filterShape.append(spatialRank, 1);
  FailureOr<Value> filter = layer.reshaped(layer.transposed(kernel, {1, 0}), filterShape);
  FailureOr<Value> result =
      layer.create<nn::ConvOp>(input.value, filter, bias, /*residual=*/Value(), ones, pads, ones,
                               /*groups=*/1, nn::ActivationAttr());
  if (failed(result))
    return failure();
  return KerasTensor{*result, input.order, KerasTensor{*result, input.order, {}}.unreshaped()};
}

/// On the last dimension of anything else.
static FailureOr<KerasTensor> denseOnLast(KerasLayer &layer, const KerasTensor &input,
                                          FailureOr<Value> kernel, FailureOr<Value> bias) {
  FailureOr<Value> value = layer.plain(input);
  FailureOr<Value> result = layer.create<nn::MatmulOp>(value, kernel);
  if (failed(bias))
    return failure();
  if (*bias)
    result = layer.create<nn::AddOp>(result, bias);
  if (failed(result))
    return failure();
  return KerasTensor::plain(*result);
}

/// x * kernel + bias along the last dimension; a null bias is none.
static FailureOr<KerasTensor> dense(KerasLayer &layer, const KerasTensor &input,
                                    FailureOr<Value> kernel, FailureOr<Value> bias) {
  constexpr int64_t largestMap = 5;
  bool isMap = input.rank() > 2 && input.rank() <= largestMap && !input.isReshaped() &&
               input.order == channelsFirstOrder(input.rank(), /*channelsLast=*/true);
  return input.rank() == 2 ? denseOnRows(layer, input, kernel, bias)
         : isMap           ? denseOnMap(layer, input, kernel, bias)
                           : denseOnLast(layer, input, kernel, bias);
}

static LogicalResult translateDense(KerasLayer &layer) {
  const KerasTensor &input = layer.input();
  if (input.rank() < 2)
    return layer.error() << "its input has the shape " << nn::shapeText(input.shape)
                         << "; it needs 2 or more dimensions";
  int64_t units = layer.integer("units", 0), features = input.shape.back();
  FailureOr<Value> kernel = layer.weight("kernel", {features, units});
  FailureOr<Value> bias =
      layer.hasBias() ? layer.weight("bias", {units}) : FailureOr<Value>(Value());
  return layer.activate(dense(layer, input, kernel, bias));
}

/// x / sqrt(max(sum(x^2), 1e-12)) along an axis.
static FailureOr<Value> normalized(KerasLayer &layer, FailureOr<Value> x, int64_t axis) {
  FailureOr<Value> square = layer.create<nn::MulOp>(x, x);
  FailureOr<Value> sum = layer.create<nn::ReduceSumOp>(square, Integers{axis}, /*keepdims=*/true);
  FailureOr<Value> least = layer.create<nn::MaxOp>(sum, layer.scalar(1e-12, layer.elementType()));
  return layer.create<nn::DivOp>(x, layer.create<nn::SqrtOp>(least));
}

/// For each item of the batch, products of all rows of one tensor with all rows of the other.
static LogicalResult translateDot(KerasLayer &layer) {
  const KerasTensor &a = layer.input(0), &b = layer.input(1);
  std::optional<Integers> given = layer.integers("axes");
  Integers axes = given.value_or(Integers{-1});
  if (axes.size() == 1)
    axes.push_back(axes.front());
  constexpr int64_t mostLetters = 24;
  bool fits = a.rank() >= 2 && b.rank() >= 2 && a.rank() + b.rank() <= mostLetters;
  if (axes.size() != 2 || !fits)
    return layer.error() << "it multiplies tensors of shapes " << nn::shapeText(a.shape) << " and "
                         << nn::shapeText(b.shape)
                         << "; two axes, and two or more dimensions each, are supported";
  FailureOr<int64_t> axisA = layer.checkedAxis(axes[0], a.rank());
  FailureOr<int64_t> axisB = layer.checkedAxis(axes[1], b.rank());
  if (failed(axisA) || failed(axisB))
    return failure();
  if (*axisA == 0 || *axisB == 0 || a.shape[*axisA] != b.shape[*axisB])
    return layer.error() << "its axes " << axes[0] << " and " << axes[1]
                         << " do not fit the shapes " << nn::shapeText(a.shape) << " and "
                         << nn::shapeText(b.shape);
  FailureOr<Value> x = layer.plain(a), y = layer.plain(b);
  if (layer.boolean("normalize", false)) {
    x = normalized(layer, x, *axisA);
    y = normalized(layer, y, *axisB);
  }
  if (failed(x) || failed(y))
    return failure();
  // The batch is n, the dimension that is summed over z.
  std::string first = "n", second = "n", result = "n";
  auto add = [&](std::string &term, int64_t rank, int64_t axis) {
    for (int64_t i = 1; i < rank; ++i) {
      term += i == axis ? 'z' : static_cast<char>('A' + result.size());
      if (i != axis)
        result += term.back();
    }
  };
  add(first, a.rank(), *axisA);
  add(second, b.rank(), *axisB);
  FailureOr<Value> product =
      frontend::buildEinsum(layer, first + "," + second + "->" + result, {*x, *y});
  if (result.size() == 1)
    product = layer.reshaped(product, {a.shape[0], 1});
  if (failed(product))
    return failure();
  return layer.finish(KerasTensor::plain(*product));
}

namespace {

/// "abc,cd->abd" of EinsumDense, and the sizes that it gives to the weights.
class EinsumDense {
public:
  explicit EinsumDense(KerasLayer &layer) : layer(layer) {}

  LogicalResult read();
  /// The shapes of the weights.
  FailureOr<Integers> shapeOf(llvm::StringRef letters) const;
  FailureOr<Integers> biasShape(llvm::StringRef axes) const;
  /// Whether it is what Dense does.
  bool isDense(llvm::StringRef biasAxes) const;

  std::string equation;
  std::string kernel;

private:
  LogicalResult readOutput(llvm::ArrayRef<int64_t> input);
  InFlightDiagnostic badEquation() const;

  KerasLayer &layer;
  std::string input, output;
  /// How many dimensions an ellipsis stands for, and whether it is in front.
  int64_t elided = 0;
  bool isElidedInFront = false;
  std::map<char, int64_t> sizes;
};

InFlightDiagnostic EinsumDense::badEquation() const {
  return layer.error() << "its equation is " << quoted(equation) << " for an input of shape "
                       << nn::shapeText(layer.input().shape);
}

LogicalResult EinsumDense::read() {
  equation = layer.text("equation", "");
  auto [operands, result] = llvm::StringRef(equation).split("->");
  auto [first, second] = operands.split(',');
  isElidedInFront = first.consume_front("...") && result.consume_front("...");
  bool isElidedBehind = !isElidedInFront && first.consume_back("...") && result.consume_back("...");
  input = first.str(), kernel = second.str(), output = result.str();
  llvm::ArrayRef<int64_t> shape = layer.input().shape;
  elided = layer.input().rank() - static_cast<int64_t>(input.size());
  bool isElided = isElidedInFront || isElidedBehind;
  bool isOfLetters = llvm::all_of(input + kernel + output, llvm::isAlpha);
  if (!isOfLetters || elided < (isElidedInFront ? 1 : 0) || (elided > 0 && !isElided))
    return badEquation() << "; it must be ab,bc->ac, ...ab,bc->...ac or ab...,bc->ac...";
  for (auto [i, letter] : llvm::enumerate(input))
    sizes[letter] = shape[i + (isElidedInFront ? elided : 0)];
  return readOutput(shape);
}

/// `output_shape` is that behind the batch and without what is elided; null leaves a size open that
/// the input has.
LogicalResult EinsumDense::readOutput(llvm::ArrayRef<int64_t> shape) {
  const llvm::json::Value *given = layer.find("output_shape");
  llvm::json::Array list;
  if (given)
    list = given->getAsArray() ? *given->getAsArray() : llvm::json::Array{*given};
  size_t batch = isElidedInFront ? 0 : 1;
  if (list.size() + batch != output.size())
    return badEquation() << ", its output_shape " << (given ? shown(*given) : "null")
                         << ", which does not fit it";
  for (size_t i = batch; i < output.size(); ++i) {
    auto size = list[i - batch].getAsInteger();
    if (size && *size >= 1 && *size < (1 << 24))
      sizes.try_emplace(output[i], *size);
  }
  return success();
}

FailureOr<Integers> EinsumDense::shapeOf(llvm::StringRef letters) const {
  Integers shape;
  for (char letter : letters) {
    auto size = sizes.find(letter);
    if (size == sizes.end())
      return badEquation() << "; the size of " << quoted(std::string(1, letter)) << " is not known";
    shape.push_back(size->second);
  }
  return shape;
}

/// From the first axis with an addend of its own to the last dimension of the result.
FailureOr<Integers> EinsumDense::biasShape(llvm::StringRef axes) const {
  size_t first = output.size();
  for (char axis : axes)
    first = std::min(first, output.find(axis));
  FailureOr<Integers> shape = shapeOf(llvm::StringRef(output).drop_front(first));
  if (failed(shape))
    return failure();
  for (auto [size, letter] : llvm::zip_equal(*shape, output.substr(first)))
    if (!axes.contains(letter))
      size = 1;
  if (!isElidedInFront)
    shape->append(elided, 1);
  return shape;
}

bool EinsumDense::isDense(llvm::StringRef biasAxes) const {
  if (input.empty() || output.empty() || (elided > 0 && !isElidedInFront))
    return false;
  std::string rest = input, changed = output, last{input.back(), output.back()};
  rest.pop_back();
  changed.pop_back();
  bool fits = rest == changed && kernel == last && last[0] != last[1];
  return fits && layer.input().rank() > 1 && (biasAxes.empty() || biasAxes == last.substr(1));
}

} // namespace

static LogicalResult translateEinsumDense(KerasLayer &layer) {
  EinsumDense sum(layer);
  std::string axes = layer.text("bias_axes", "");
  if (failed(sum.read()))
    return failure();
  FailureOr<Integers> kernelShape = sum.shapeOf(sum.kernel), biasShape = sum.biasShape(axes);
  if (failed(kernelShape) || failed(biasShape))
    return failure();
  FailureOr<Value> kernel = layer.weight("kernel", *kernelShape);
  FailureOr<Value> bias =
      axes.empty() ? FailureOr<Value>(Value()) : layer.weight("bias", *biasShape);
  if (sum.isDense(axes))
    return layer.activate(dense(layer, layer.input(), kernel, bias));
  FailureOr<Value> input = layer.plain(layer.input());
  if (failed(kernel) || failed(bias) || failed(input))
    return failure();
  FailureOr<Value> result = frontend::buildEinsum(layer, sum.equation, {*input, *kernel});
  if (*bias)
    result = layer.create<nn::AddOp>(result, bias);
  if (failed(result))
    return failure();
  return layer.activate(KerasTensor::plain(*result));
}

llvm::ArrayRef<LayerClass> denseLayers() {
  static const LayerClass layers[] = {
      {"Dense", 1, 1, "kernel bias?use_bias=1", translateDense},
      {"TimeDistributedDense", 1, 1, "kernel bias?use_bias=1", translateDense},
      {"EinsumDense", 1, 1, "kernel bias?bias_axes", translateEinsumDense},
      {"Dot", 2, 2, "", translateDot},
  };
  return layers;
}

} // namespace kiln::keras_frontend
