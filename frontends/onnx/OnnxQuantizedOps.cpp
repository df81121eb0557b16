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

/// The type in which sums of `terms` products of 8-bit integers are exact.
static Type exactType(OnnxNode &node, int64_t terms) {
  constexpr int64_t largestProduct = 255 * 255, exactInSingle = int64_t(1) << 24;
  return terms * largestProduct <= exactInSingle ? Type(node.getBuilder().getF32Type())
                                                 : Type(node.getBuilder().getF64Type());
}

static LogicalResult translateConvInteger(OnnxNode &node) {
  int64_t terms =
      checkedProduct(node.shape(1).drop_front(std::min<int64_t>(1, node.rank(1)))).value_or(0);
  Type real = exactType(node, terms);
  FailureOr<Value> sum = integerConv(node, 1, centred(node, 0, 2, 1, real),
                                     centred(node, 1, 3, 0, real), /*bias=*/Value());
  return node.setFirst(node.converted(sum, node.getBuilder().getI32Type()));
}

static LogicalResult translateMatMulInteger(OnnxNode &node) {
  Type real = exactType(node, node.rank(0) ? node.shape(0).back() : 1);
  FailureOr<Value> sum =
      node.create<nn::MatmulOp>(centred(node, 0, 2, -2, real), centred(node, 1, 3, -1, real));
  return node.setFirst(node.converted(sum, node.getBuilder().getI32Type()));
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
