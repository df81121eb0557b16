// Quantised tensors, computed as the real numbers that they stand for. Products and sums of 8-bit
// integers are exact in f32 up to 2^24; what is stored between layers is rounded as the model says.
//
//   QuantizeLinear    ->  clip(round(x / scale) + zero_point), cast to the integers
//   DequantizeLinear  ->  (cast(x) - zero_point) * scale
#include "frontends/onnx/OnnxOperators.h"
#include "frontends/onnx/OnnxTensors.h"
#include "frontends/onnx/OnnxWindow.h"

#include <cmath>

using namespace mlir;

namespace kiln::onnx_frontend {

using llvm::APFloat;

namespace {

/// The numbers that an integer type holds.
struct IntegerLimits {
  double low, high;
};

IntegerLimits limitsOf(Type element) {
  unsigned width = element.getIntOrFloatBitWidth();
  if (element.isUnsignedInteger())
    return {0.0, std::ldexp(1.0, static_cast<int>(width)) - 1};
  double half = std::ldexp(1.0, static_cast<int>(width) - 1);
  return {-half, half - 1};
}

Type elementOf(Value value) { return cast<RankedTensorType>(value.getType()).getElementType(); }

} // namespace

/// A scale or zero point as it broadcasts to a tensor of rank `rank`: one number, or one for each
/// slice along `axis`.
static FailureOr<Value> parameter(OnnxNode &node, size_t index, int64_t rank, int64_t axis) {
  if (node.type(index).getNumElements() == 1)
    return node.reshaped(node.input(index), {});
  if (node.rank(index) != 1)
    return node.error() << "its input " << index << " has the shape "
                        << nn::shapeText(node.shape(index))
                        << "; quantisation by blocks is not supported, one scale for the tensor or "
                           "for each slice of an axis is";
  FailureOr<int64_t> checked = node.checkedAxis(axis, rank);
  if (failed(checked))
    return failure();
  Integers shape(rank - *checked, 1);
  shape[0] = node.shape(index)[0];
  return node.reshaped(node.input(index), shape);
}

/// The real numbers that were rounded to the integers `value`, before they were stored as such:
/// what is quantised and dequantised at once needs no integers.
static Value beforeStorage(Value value, Type real) {
  auto cast = value.getDefiningOp<nn::CastOp>();
  auto clip = cast ? cast.getInput().getDefiningOp<nn::ClipOp>() : nn::ClipOp();
  if (!clip || elementOf(clip) != real)
    return Value();
  Operation *integral = clip.getInput().getDefiningOp();
  if (auto shifted = dyn_cast_if_present<nn::AddOp>(integral))
    integral = shifted.getLhs().getDefiningOp();
  IntegerLimits limits = limitsOf(elementOf(value));
  bool isWhole = isa_and_present<nn::RoundOp>(integral) &&
                 clip.getMin().convertToDouble() == limits.low &&
                 clip.getMax().convertToDouble() == limits.high;
  return isWhole ? clip.getResult() : Value();
}

/// The integers of input `index` less their zero point, as f32. `zeroPoint` may be an absent input.
static FailureOr<Value> centred(OnnxNode &node, size_t index, size_t zeroPoint, int64_t axis,
                                Type real) {
  Value stored = node.input(index), before = beforeStorage(stored, real);
  FailureOr<Value> value = before ? FailureOr<Value>(before) : node.converted(stored, real);
  if (!node.input(zeroPoint))
    return value;
  FailureOr<Value> zero = parameter(node, zeroPoint, node.rank(index), axis);
  return node.create<nn::SubOp>(value, node.converted(zero, real));
}

/// `scaled` (real numbers in units of the result) rounded, moved by the zero point, and stored as
/// `element`.
static FailureOr<Value> stored(OnnxNode &node, FailureOr<Value> scaled, FailureOr<Value> zeroPoint,
                               Type element) {
  FailureOr<Value> rounded = node.create<nn::RoundOp>(scaled);
  if (failed(rounded) || failed(zeroPoint))
    return failure();
  if (*zeroPoint)
    rounded = node.create<nn::AddOp>(rounded, node.converted(zeroPoint, elementOf(*rounded)));
  IntegerLimits limits = limitsOf(element);
  return node.converted(node.create<nn::ClipOp>(rounded, APFloat(limits.low), APFloat(limits.high)),
                        element);
}

static LogicalResult checkInteger(OnnxNode &node, Type element) {
  unsigned width = element.getIntOrFloatBitWidth();
  if (isa<IntegerType>(element) && (width == 8 || width == 16 || width == 32))
    return success();
  return node.error() << "it quantises to elements that are no integers of 8 to 32 bits";
}

static LogicalResult translateQuantizeLinear(OnnxNode &node) {
  Type byte = node.getBuilder().getIntegerType(8, /*isSigned=*/false);
  FailureOr<Type> element = node.input(2) ? FailureOr<Type>(node.type(2).getElementType())
                                          : node.typeAttribute("output_dtype", byte);
  if (failed(element) || failed(checkInteger(node, *element)))
    return failure();
  int64_t axis = node.integer("axis", 1);
  Type real = node.type(1).getElementType();
  FailureOr<Value> scale = parameter(node, 1, node.rank(0), axis);
  FailureOr<Value> zero =
      node.input(2) ? parameter(node, 2, node.rank(0), axis) : FailureOr<Value>(Value());
  FailureOr<Value> scaled = node.create<nn::DivOp>(node.converted(node.input(0), real), scale);
  return node.setFirst(stored(node, scaled, zero, *element));
}

static LogicalResult translateDequantizeLinear(OnnxNode &node) {
  if (failed(checkInteger(node, node.type(0).getElementType())))
    return failure();
  int64_t axis = node.integer("axis", 1);
  FailureOr<Value> scale = parameter(node, 1, node.rank(0), axis);
  return node.emit<nn::MulOp>(centred(node, 0, 2, axis, node.type(1).getElementType()), scale);
}

/// Inputs: data, scale, zero point; weights, scale, zero point; scale and zero point of the result.
/// Returns the product of the three scales as a factor of the integer result.
static FailureOr<Value> resultScale(OnnxNode &node, int64_t weightRank, int64_t weightAxis,
                                    int64_t resultRank, int64_t resultAxis) {
  FailureOr<Value> weights = node.type(4).getNumElements() == 1
                                 ? parameter(node, 4, weightRank, weightAxis)
                                 : parameter(node, 4, resultRank, resultAxis);
  FailureOr<Value> product = node.create<nn::MulOp>(parameter(node, 1, 0, 0), weights);
  return node.create<nn::DivOp>(product, parameter(node, 6, 0, 0));
}

static FailureOr<Value> integerConv(OnnxNode &node, size_t weights, FailureOr<Value> data,
                                    FailureOr<Value> filter, Value bias) {
  constexpr int64_t filtersAndChannels = 2;
  if (node.rank(weights) != node.rank(0) || node.rank(0) <= filtersAndChannels)
    return node.error() << "its weights have rank " << node.rank(weights)
                        << " and its input has rank " << node.rank(0)
                        << "; both must be equal and at least 3";
  FailureOr<Window> window = readWindow(node, node.shape(weights).drop_front(filtersAndChannels));
  if (failed(window))
    return failure();
  return node.create<nn::ConvOp>(data, filter, bias, /*residual=*/Value(), window->strides,
                                 window->pads, window->dilations, node.integer("group", 1),
                                 nn::ActivationAttr());
}

static LogicalResult translateQLinearConv(OnnxNode &node) {
  Type real = node.getBuilder().getF32Type(), element = node.type(7).getElementType();
  if (failed(checkInteger(node, element)))
    return failure();
  Value bias = node.input(8);
  if (bias) {
    FailureOr<Value> converted = node.converted(bias, real);
    if (failed(converted))
      return failure();
    bias = *converted;
  }
  FailureOr<Value> sum =
      integerConv(node, 3, centred(node, 0, 2, 1, real), centred(node, 3, 5, 0, real), bias);
  FailureOr<Value> scaled = node.create<nn::MulOp>(
      sum, resultScale(node, node.rank(3), 0, node.rank(0), /*resultAxis=*/1));
  return node.setFirst(stored(node, scaled, parameter(node, 7, 0, 0), element));
}

static LogicalResult translateQLinearMatMul(OnnxNode &node) {
  Type real = node.getBuilder().getF32Type(), element = node.type(7).getElementType();
  if (failed(checkInteger(node, element)))
    return failure();
  FailureOr<Value> sum =
      node.create<nn::MatmulOp>(centred(node, 0, 2, -2, real), centred(node, 3, 5, -1, real));
  if (failed(sum))
    return failure();
  int64_t rank = cast<RankedTensorType>(sum->getType()).getRank();
  FailureOr<Value> scaled =
      node.create<nn::MulOp>(sum, resultScale(node, node.rank(3), -1, rank, /*resultAxis=*/-1));
  return node.setFirst(stored(node, scaled, parameter(node, 7, 0, 0), element));
}

namespace {

/// Sums of products of 8-bit integers, less their zero points, that f32 arithmetic leaves exact.
class ExactSums {
public:
  using Product =
      llvm::function_ref<FailureOr<Value>(FailureOr<Value> data, FailureOr<Value> weights)>;

  /// `product` sums over dimension `dataAxis` of the data and `weightAxis` of the weights, of which
  /// each position has `terms` products. Several groups of channels cannot be cut into parts.
  ExactSums(OnnxNode &node, int64_t dataAxis, int64_t weightAxis, int64_t terms, int64_t groups,
            Product product)
      : node(node), dataAxis(dataAxis), weightAxis(weightAxis), terms(terms), groups(groups),
        product(product) {}

  FailureOr<Value> sum(FailureOr<Value> data, FailureOr<Value> weights);

private:
  FailureOr<Value> halves(FailureOr<Value> data, FailureOr<Value> weights);
  FailureOr<Value> part(FailureOr<Value> tensor, int64_t axis, int64_t begin, int64_t end);
  FailureOr<Value> integers(FailureOr<Value> value) {
    return node.converted(value, node.getBuilder().getI32Type());
  }

  static constexpr int64_t exactInSingle = int64_t(1) << 24, largest = 255, half = 16;
  OnnxNode &node;
  int64_t dataAxis, weightAxis, terms, groups;
  Product product;
};

FailureOr<Value> ExactSums::part(FailureOr<Value> tensor, int64_t axis, int64_t begin,
                                 int64_t end) {
  if (failed(tensor))
    return failure();
  auto type = cast<RankedTensorType>(tensor->getType());
  Integers starts(type.getRank(), 0), sizes(type.getShape()), steps(type.getRank(), 1);
  starts[axis] = begin;
  sizes[axis] = end - begin;
  return node.create<nn::SliceOp>(tensor, starts, sizes, steps);
}

/// 16 * (data x high half of the weights) + data x low half.
FailureOr<Value> ExactSums::halves(FailureOr<Value> data, FailureOr<Value> weights) {
  Type real = node.getBuilder().getF32Type(), integer = node.getBuilder().getI32Type();
  FailureOr<Value> high =
      node.create<nn::FloorOp>(node.create<nn::MulOp>(weights, node.scalar(1.0 / half, real)));
  FailureOr<Value> low =
      node.create<nn::SubOp>(weights, node.create<nn::MulOp>(high, node.scalar(half, real)));
  return node.create<nn::AddOp>(
      node.create<nn::MulOp>(integers(product(data, high)), node.scalar(half, integer)),
      integers(product(data, low)));
}

FailureOr<Value> ExactSums::sum(FailureOr<Value> data, FailureOr<Value> weights) {
  if (failed(data) || failed(weights))
    return failure();
  int64_t size = cast<RankedTensorType>(weights->getType()).getDimSize(weightAxis);
  if (size == 0 || terms == 0 || size * terms <= exactInSingle / (largest * largest))
    return integers(product(data, weights));
  int64_t step = std::max<int64_t>(1, exactInSingle / (largest * half) / terms);
  if (step < size && groups != 1)
    return node.error() << "a sum of " << size * terms
                        << " products in a group is not supported; quantise this layer with "
                           "QLinearConv or QuantizeLinear, or not at all";
  FailureOr<Value> total = Value();
  for (int64_t begin = 0; begin < size; begin += step) {
    int64_t end = std::min(size, begin + step);
    bool isAll = end - begin == size;
    FailureOr<Value> next =
        isAll ? halves(data, weights)
              : halves(part(data, dataAxis, begin, end), part(weights, weightAxis, begin, end));
    total = begin == 0 ? next : node.create<nn::AddOp>(total, next);
  }
  return total;
}

} // namespace

static LogicalResult translateConvInteger(OnnxNode &node) {
  Type real = node.getBuilder().getF32Type();
  if (node.rank(1) < 3)
    return node.error() << "its weights have rank " << node.rank(1) << "; at least 3 is needed";
  int64_t taps = checkedProduct(node.shape(1).drop_front(2)).value_or(0);
  auto convolve = [&](FailureOr<Value> data, FailureOr<Value> filter) {
    return integerConv(node, 1, data, filter, /*bias=*/Value());
  };
  ExactSums sums(node, 1, 1, taps, node.integer("group", 1), convolve);
  return node.setFirst(sums.sum(centred(node, 0, 2, 1, real), centred(node, 1, 3, 0, real)));
}

static LogicalResult translateMatMulInteger(OnnxNode &node) {
  Type real = node.getBuilder().getF32Type();
  if (node.rank(0) == 0 || node.rank(1) == 0)
    return node.error() << "its input " << (node.rank(0) == 0 ? 0 : 1) << " is a scalar";
  auto multiply = [&](FailureOr<Value> a, FailureOr<Value> b) {
    return node.create<nn::MatmulOp>(a, b);
  };
  ExactSums sums(node, node.rank(0) - 1, std::max<int64_t>(0, node.rank(1) - 2), /*terms=*/1,
                 /*groups=*/1, multiply);
  return node.setFirst(sums.sum(centred(node, 0, 2, -2, real), centred(node, 1, 3, -1, real)));
}

/// To bytes, with the scale and zero point that the data's own range, widened to 0, asks for.
static LogicalResult translateDynamicQuantizeLinear(OnnxNode &node) {
  constexpr double levels = 255;
  Type real = node.type(0).getElementType();
  Type byte = node.getBuilder().getIntegerType(8, /*isSigned=*/false);
  Value zero = node.scalar(0, real);
  Integers all = llvm::to_vector(llvm::seq<int64_t>(0, node.rank(0)));
  auto bound = [&](auto reduced) { return node.reshaped(reduced, {}); };
  FailureOr<Value> high = node.create<nn::MaxOp>(
      bound(node.create<nn::ReduceMaxOp>(node.input(0), all, /*keepdims=*/false)), zero);
  FailureOr<Value> low = node.create<nn::MinOp>(
      bound(node.create<nn::ReduceMinOp>(node.input(0), all, /*keepdims=*/false)), zero);
  FailureOr<Value> scale =
      node.create<nn::DivOp>(node.create<nn::SubOp>(high, low), node.scalar(levels, real));
  FailureOr<Value> offset = node.create<nn::DivOp>(node.create<nn::SubOp>(zero, low), scale);
  FailureOr<Value> zeroPoint =
      node.create<nn::RoundOp>(node.create<nn::ClipOp>(offset, APFloat(0.0), APFloat(levels)));
  FailureOr<Value> result =
      stored(node, node.create<nn::DivOp>(node.input(0), scale), zeroPoint, byte);
  zeroPoint = node.converted(zeroPoint, byte);
  if (failed(result) || failed(zeroPoint) || failed(node.setResult(*scale, 1)) ||
      failed(node.setResult(*zeroPoint, 2)))
    return failure();
  return node.setFirst(result);
}

llvm::ArrayRef<OnnxOperator> quantizedOperators() {
  static const OnnxOperator operators[] = {
      {"QuantizeLinear", 10, 2, 3, translateQuantizeLinear},
      {"DequantizeLinear", 10, 2, 3, translateDequantizeLinear},
      {"QLinearConv", 10, 8, 9, translateQLinearConv},
      {"QLinearMatMul", 10, 8, 8, translateQLinearMatMul},
      {"ConvInteger", 10, 2, 4, translateConvInteger},
      {"MatMulInteger", 10, 2, 4, translateMatMulInteger},
      {"DynamicQuantizeLinear", 11, 1, 1, translateDynamicQuantizeLinear},
  };
  return operators;
}

} // namespace kiln::onnx_frontend
