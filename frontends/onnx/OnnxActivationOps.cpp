// Activations and other functions of one element.
#include "frontends/onnx/OnnxOperators.h"
#include "frontends/onnx/OnnxSmallConstant.h"

#include <cmath>
#include <limits>

using namespace mlir;

namespace kiln::onnx_frontend {

using llvm::APFloat;

template <typename OpTy> static LogicalResult translateUnary(OnnxNode &node) {
  return node.emit<OpTy>(node.input(0));
}

static Value one(OnnxNode &node) { return node.scalar(1, node.type(0).getElementType()); }

static LogicalResult translateLeakyRelu(OnnxNode &node) {
  return node.emit<nn::LeakyReluOp>(node.input(0), APFloat(node.real("alpha", 0.01f)));
}

static LogicalResult translateElu(OnnxNode &node) {
  return node.emit<nn::EluOp>(node.input(0), APFloat(node.real("alpha", 1.0)));
}

/// gamma * elu(x, alpha); opset 6 gave the constants more digits.
static LogicalResult translateSelu(OnnxNode &node) {
  bool isOld = node.opset() < 6;
  double alpha = node.real("alpha", isOld ? 1.6732f : 1.67326319217681884765625f);
  double gamma = node.real("gamma", isOld ? 1.0507f : 1.05070102214813232421875f);
  FailureOr<Value> elu = node.create<nn::EluOp>(node.input(0), APFloat(alpha));
  return node.emit<nn::MulOp>(elu, node.scalar(gamma, node.type(0).getElementType()));
}

static LogicalResult translateHardSigmoid(OnnxNode &node) {
  return node.emit<nn::HardSigmoidOp>(node.input(0), APFloat(node.real("alpha", 0.2f)),
                                      APFloat(node.real("beta", 0.5)));
}

/// Until opset 6 a list of slopes is one slope a channel; since then it broadcasts as in numpy.
static LogicalResult translatePrelu(OnnxNode &node) {
  constexpr int64_t firstWithNumpyRules = 7;
  FailureOr<Value> slope = node.input(1);
  bool isPerChannel = node.opset() < firstWithNumpyRules && node.rank(1) == 1 && node.rank(0) > 2;
  if (isPerChannel) {
    Integers shape(node.rank(0) - 1, 1);
    shape[0] = node.shape(1)[0];
    slope = node.reshaped(slope, shape);
  }
  return node.emit<nn::PreluOp>(node.input(0), slope);
}

/// log(1 + exp(x)), written so that large inputs do not overflow: max(x, 0) + log(1 + exp(-|x|)).
static FailureOr<Value> softplus(OnnxNode &node) {
  Value x = node.input(0), zero = node.scalar(0, node.type(0).getElementType());
  FailureOr<Value> decay =
      node.create<nn::ExpOp>(node.create<nn::NegOp>(node.create<nn::AbsOp>(x)));
  FailureOr<Value> rest = node.create<nn::LogOp>(node.create<nn::AddOp>(decay, one(node)));
  return node.create<nn::AddOp>(node.create<nn::MaxOp>(x, zero), rest);
}

static LogicalResult translateSoftplus(OnnxNode &node) { return node.setFirst(softplus(node)); }

static LogicalResult translateSoftsign(OnnxNode &node) {
  return node.emit<nn::DivOp>(
      node.input(0), node.create<nn::AddOp>(node.create<nn::AbsOp>(node.input(0)), one(node)));
}

static LogicalResult translateMish(OnnxNode &node) {
  return node.emit<nn::MulOp>(node.input(0), node.create<nn::TanhOp>(softplus(node)));
}

static LogicalResult translateSwish(OnnxNode &node) {
  Value alpha = node.scalar(node.real("alpha", 1.0), node.type(0).getElementType());
  return node.emit<nn::MulOp>(
      node.input(0), node.create<nn::SigmoidOp>(node.create<nn::MulOp>(node.input(0), alpha)));
}

/// x / 2 * (1 + erf(x / sqrt(2))), or with `approximate` x / 2 * (1 + tanh(sqrt(2 / pi) * (x +
/// 0.044715 x^3))) (Hendrycks and Gimpel 2016).
static LogicalResult translateGelu(OnnxNode &node) {
  Value x = node.input(0);
  Type element = node.type(0).getElementType();
  FailureOr<Value> gate;
  if (node.text("approximate", "none") == "tanh") {
    FailureOr<Value> square = node.create<nn::MulOp>(x, x);
    FailureOr<Value> cubic = node.create<nn::AddOp>(
        node.create<nn::MulOp>(square, node.scalar(0.044715, element)), one(node));
    FailureOr<Value> inner = node.create<nn::MulOp>(node.create<nn::MulOp>(x, cubic),
                                                    node.scalar(0.797884560802865356, element));
    gate = node.create<nn::TanhOp>(inner);
  } else {
    gate = node.create<nn::ErfOp>(
        node.create<nn::MulOp>(x, node.scalar(0.707106781186547524, element)));
  }
  FailureOr<Value> half = node.create<nn::MulOp>(x, node.scalar(0.5, element));
  return node.emit<nn::MulOp>(half, node.create<nn::AddOp>(gate, one(node)));
}

/// max(x, 0) + min(0, alpha * (exp(x / alpha) - 1)).
static LogicalResult translateCelu(OnnxNode &node) {
  double alpha = node.real("alpha", 1.0);
  Value factor = node.scalar(alpha, node.type(0).getElementType());
  FailureOr<Value> elu =
      node.create<nn::EluOp>(node.create<nn::DivOp>(node.input(0), factor), APFloat(1.0));
  return node.emit<nn::MulOp>(elu, factor);
}

/// x where it is above alpha, else 0.
static LogicalResult translateThresholdedRelu(OnnxNode &node) {
  Type element = node.type(0).getElementType();
  FailureOr<Value> isAbove = node.create<nn::CompareOp>(
      node.scalar(node.real("alpha", 1.0), element), node.input(0), nn::Predicate::Less);
  return node.emit<nn::SelectOp>(isAbove, node.input(0), node.scalar(0, element));
}

/// x + bias below -lambd, x - bias above lambd, else 0.
static LogicalResult translateShrink(OnnxNode &node) {
  Type element = node.type(0).getElementType();
  double limit = node.real("lambd", 0.5), bias = node.real("bias", 0.0);
  if (!isa<FloatType>(element) && (limit != std::floor(limit) || bias != std::floor(bias)))
    return node.error() << "lambd and bias are no integers, but its input holds integers";
  Value x = node.input(0), amount = node.scalar(bias, element), zero = node.scalar(0, element);
  FailureOr<Value> isBelow =
      node.create<nn::CompareOp>(x, node.scalar(-limit, element), nn::Predicate::Less);
  FailureOr<Value> isAbove =
      node.create<nn::CompareOp>(node.scalar(limit, element), x, nn::Predicate::Less);
  FailureOr<Value> upper =
      node.create<nn::SelectOp>(isAbove, node.create<nn::SubOp>(x, amount), zero);
  return node.emit<nn::SelectOp>(isBelow, node.create<nn::AddOp>(x, amount), upper);
}

/// Limits as attributes, until opset 10.
static LogicalResult translateClipAttributes(OnnxNode &node) {
  constexpr double largest = std::numeric_limits<float>::max();
  return node.emit<nn::ClipOp>(node.input(0), APFloat(node.real("min", -largest)),
                               APFloat(node.real("max", largest)));
}

/// Limits as inputs. Constant ones of floats become attributes, so that the clip can be fused;
/// others, and those of integers (which f64 attributes do not hold exactly), become nn.max and
/// nn.min. The missing limit of floats is the largest finite number, as the specification says.
static LogicalResult translateClip(OnnxNode &node) {
  auto element = dyn_cast<FloatType>(node.type(0).getElementType());
  double largest = element ? APFloat::getLargest(element.getFloatSemantics()).convertToDouble() : 0;
  double limits[2] = {-largest, largest};
  bool areConstant = static_cast<bool>(element);
  for (size_t i = 1; i <= 2; ++i) {
    if (!node.input(i))
      continue;
    if (node.type(i).getNumElements() != 1)
      return node.error() << "its limit " << (i == 1 ? "min" : "max") << " is no scalar";
    std::optional<SmallConstant> limit = readSmallConstant(node.input(i));
    areConstant &= limit.has_value();
    if (limit)
      limits[i - 1] = limit->numbers.front();
  }
  if (areConstant)
    return node.emit<nn::ClipOp>(node.input(0), APFloat(limits[0]), APFloat(limits[1]));
  FailureOr<Value> result = node.input(0);
  if (node.input(1))
    result = node.create<nn::MaxOp>(result, node.reshaped(node.input(1), {}));
  if (node.input(2))
    result = node.create<nn::MinOp>(result, node.reshaped(node.input(2), {}));
  return node.setFirst(result);
}

llvm::ArrayRef<OnnxOperator> activationOperators() {
  static const OnnxOperator operators[] = {
      {"Relu", 1, 1, 1, translateUnary<nn::ReluOp>},
      {"Sigmoid", 1, 1, 1, translateUnary<nn::SigmoidOp>},
      {"Tanh", 1, 1, 1, translateUnary<nn::TanhOp>},
      {"HardSwish", 14, 1, 1, translateUnary<nn::HardSwishOp>},
      {"Exp", 1, 1, 1, translateUnary<nn::ExpOp>},
      {"Log", 1, 1, 1, translateUnary<nn::LogOp>},
      {"Erf", 9, 1, 1, translateUnary<nn::ErfOp>},
      {"LeakyRelu", 1, 1, 1, translateLeakyRelu},
      {"Elu", 1, 1, 1, translateElu},
      {"Selu", 1, 1, 1, translateSelu},
      {"HardSigmoid", 1, 1, 1, translateHardSigmoid},
      {"PRelu", 1, 2, 2, translatePrelu},
      {"Softplus", 1, 1, 1, translateSoftplus},
      {"Softsign", 1, 1, 1, translateSoftsign},
      {"Mish", 18, 1, 1, translateMish},
      {"Swish", 24, 1, 1, translateSwish},
      {"Celu", 12, 1, 1, translateCelu},
      {"ThresholdedRelu", 10, 1, 1, translateThresholdedRelu},
      {"Shrink", 9, 1, 1, translateShrink},
      {"Gelu", 20, 1, 1, translateGelu},
      {"Clip", 1, 1, 1, translateClipAttributes},
      {"Clip", 11, 1, 3, translateClip},
  };
  return operators;
}

} // namespace kiln::onnx_frontend
