// Ops that act on each element. Floats of every type are computed in double and rounded once when
// they are stored; integers are computed in 64 bits and wrap when they are stored.
#include "dialects/nn/NnElements.h"
#include "dialects/nn/NnEvaluate.h"
#include "dialects/nn/NnShapeInference.h"

#include "llvm/ADT/TypeSwitch.h"

#include <cmath>
#include <cstring>

using namespace mlir;

namespace kiln::nn {

namespace {
template <typename T> using Unary = std::function<T(T)>;
template <typename T> using Binary = std::function<T(T, T)>;
} // namespace

//---- The functions

static double hardSigmoid(double x, double alpha, double beta) {
  return maxOrNan(minOrNan(alpha * x + beta, 1.0), 0.0);
}
static double hardSwish(double x) { return x * hardSigmoid(x, 1.0 / 6.0, 0.5); }
static double swish(double x) { return x / (1 + std::exp(-x)); }
static double relu(double x) { return x < 0 ? 0.0 : x; }
static double leakyRelu(double x, double alpha) { return x < 0 ? alpha * x : x; }
static double elu(double x, double alpha) { return x < 0 ? alpha * std::expm1(x) : x; }
static double sigmoid(double x) { return 1.0 / (1.0 + std::exp(-x)); }

/// The bounds are those of ONNX Clip: where they cross, the upper one wins.
static double clip(double x, double low, double high) {
  double atLeast = x < low ? low : x;
  return atLeast > high ? high : atLeast;
}

double applyActivation(ActivationAttr activation, double x) {
  double alpha = activation.getAlpha(), beta = activation.getBeta();
  switch (activation.getKind()) {
  case ActivationKind::Relu:
    return relu(x);
  case ActivationKind::LeakyRelu:
    return leakyRelu(x, alpha);
  case ActivationKind::Clip:
    return clip(x, alpha, beta);
  case ActivationKind::Sigmoid:
    return sigmoid(x);
  case ActivationKind::Tanh:
    return std::tanh(x);
  case ActivationKind::Elu:
    return elu(x, alpha);
  case ActivationKind::HardSigmoid:
    return hardSigmoid(x, alpha, beta);
  case ActivationKind::HardSwish:
    return hardSwish(x);
  case ActivationKind::Swish:
    return swish(x);
  }
  return x;
}

static Unary<double> floatFunction(Operation *op) {
  using F = Unary<double>;
  return llvm::TypeSwitch<Operation *, F>(op)
      .Case([](ReluOp) -> F { return relu; })
      .Case([](LeakyReluOp op) -> F {
        return [a = op.getAlpha().convertToDouble()](double x) { return leakyRelu(x, a); };
      })
      .Case([](ClipOp op) -> F {
        return [low = op.getMin().convertToDouble(),
                high = op.getMax().convertToDouble()](double x) { return clip(x, low, high); };
      })
      .Case([](EluOp op) -> F {
        return [a = op.getAlpha().convertToDouble()](double x) { return elu(x, a); };
      })
      .Case([](HardSigmoidOp op) -> F {
        return [a = op.getAlpha().convertToDouble(), b = op.getBeta().convertToDouble()](double x) {
          return hardSigmoid(x, a, b);
        };
      })
      .Case([](SigmoidOp) -> F { return sigmoid; })
      .Case([](HardSwishOp) -> F { return hardSwish; })
      .Case([](SwishOp) -> F { return swish; })
      .Case([](TanhOp) -> F { return [](double x) { return std::tanh(x); }; })
      .Case([](ExpOp) -> F { return [](double x) { return std::exp(x); }; })
      .Case([](LogOp) -> F { return [](double x) { return std::log(x); }; })
      .Case([](SqrtOp) -> F { return [](double x) { return std::sqrt(x); }; })
      .Case([](ErfOp) -> F { return [](double x) { return std::erf(x); }; })
      .Case([](AbsOp) -> F { return [](double x) { return std::fabs(x); }; })
      .Case([](NegOp) -> F { return [](double x) { return -x; }; })
      .Case([](FloorOp) -> F { return [](double x) { return std::floor(x); }; })
      .Case([](CeilOp) -> F { return [](double x) { return std::ceil(x); }; })
      .Case([](RoundOp) -> F { return [](double x) { return std::nearbyint(x); }; })
      .Case<IdentityOp, DropoutOp>([](auto) -> F { return [](double x) { return x; }; })
      .Default([](Operation *) -> F { return nullptr; });
}

static int64_t wrapNegate(int64_t x) { return int64_t(0 - uint64_t(x)); }

static Unary<int64_t> integerFunction(Operation *op) {
  using F = Unary<int64_t>;
  return llvm::TypeSwitch<Operation *, F>(op)
      .Case([](ReluOp) -> F { return [](int64_t x) { return std::max<int64_t>(x, 0); }; })
      .Case([](AbsOp) -> F { return [](int64_t x) { return x < 0 ? wrapNegate(x) : x; }; })
      .Case([](NegOp) -> F { return wrapNegate; })
      .Case([](ClipOp op) -> F {
        int64_t low = truncateToInteger(std::ceil(op.getMin().convertToDouble()));
        int64_t high = truncateToInteger(std::floor(op.getMax().convertToDouble()));
        return [low, high](int64_t x) { return std::min(std::max(x, low), high); };
      })
      .Case<IdentityOp, DropoutOp>([](auto) -> F { return [](int64_t x) { return x; }; })
      .Default([](Operation *) -> F { return nullptr; });
}

static Binary<double> binaryFloatFunction(Operation *op) {
  using F = Binary<double>;
  return llvm::TypeSwitch<Operation *, F>(op)
      .Case([](AddOp) -> F { return std::plus<>(); })
      .Case([](SubOp) -> F { return std::minus<>(); })
      .Case([](MulOp) -> F { return std::multiplies<>(); })
      .Case([](DivOp) -> F { return std::divides<>(); })
      .Case([](MinOp) -> F { return minOrNan; })
      .Case([](MaxOp) -> F { return maxOrNan; })
      .Case([](PowOp) -> F { return [](double a, double b) { return std::pow(a, b); }; })
      .Case([](PreluOp) -> F { return [](double x, double slope) { return leakyRelu(x, slope); }; })
      .Default([](Operation *) -> F { return nullptr; });
}

/// Division by zero gives 0; the smallest number divided by -1 wraps to itself.
static int64_t divideIntegers(int64_t a, int64_t b) {
  if (b == 0)
    return 0;
  return b == -1 ? wrapNegate(a) : a / b;
}

/// By squaring, wrapping; a negative exponent gives the truncated quotient 1 / a^-b.
static int64_t powerOfIntegers(int64_t a, int64_t b) {
  if (b < 0)
    return a == 1 ? 1 : a == -1 ? (b % 2 ? -1 : 1) : 0;
  uint64_t result = 1, factor = a;
  for (; b > 0; b >>= 1, factor *= factor)
    if (b & 1)
      result *= factor;
  return result;
}

static Binary<int64_t> binaryIntegerFunction(Operation *op) {
  using F = Binary<int64_t>;
  return llvm::TypeSwitch<Operation *, F>(op)
      .Case([](AddOp) -> F { return [](uint64_t a, uint64_t b) { return a + b; }; })
      .Case([](SubOp) -> F { return [](uint64_t a, uint64_t b) { return a - b; }; })
      .Case([](MulOp) -> F { return [](uint64_t a, uint64_t b) { return a * b; }; })
      .Case([](DivOp) -> F { return divideIntegers; })
      .Case([](MinOp) -> F { return [](int64_t a, int64_t b) { return std::min(a, b); }; })
      .Case([](MaxOp) -> F { return [](int64_t a, int64_t b) { return std::max(a, b); }; })
      .Case([](PowOp) -> F { return powerOfIntegers; })
      .Case([](PreluOp) -> F {
        return [](int64_t x, int64_t slope) {
          return x < 0 ? int64_t(uint64_t(x) * uint64_t(slope)) : x;
        };
      })
      .Default([](Operation *) -> F { return nullptr; });
}

//---- The loops

/// Elements of one class, floats or integers, as the loops below read and write them.
template <typename T> static void load(Type type, const char *data, size_t count, T *out) {
  if constexpr (std::is_same_v<T, double>)
    loadFloats(type, data, count, out);
  else
    loadIntegers(type, data, count, out);
}
template <typename T> static void store(Type type, const T *values, size_t count, char *out) {
  if constexpr (std::is_same_v<T, double>)
    storeFloats(type, values, count, out);
  else
    storeIntegers(type, values, count, out);
}

template <typename T>
static LogicalResult mapUnary(const Unary<T> &function, RankedTensorType type, const char *input,
                              char *result) {
  if (!function)
    return failure();
  std::vector<T> values(type.getNumElements());
  load(type.getElementType(), input, values.size(), values.data());
  llvm::transform(values, values.begin(), function);
  store(type.getElementType(), values.data(), values.size(), result);
  return success();
}

/// The elements of an operand, broadcast to the shape of the result.
template <typename T>
static std::vector<T> broadcastElements(Value operand, ArrayRef<int64_t> to, const char *data) {
  RankedTensorType type = tensorOf(operand);
  std::vector<T> source(type.getNumElements()), values;
  load(type.getElementType(), data, source.size(), source.data());
  if (type.getShape() == to)
    return source;
  StridedView::broadcast(type.getShape(), to)
      .forEachRow([&](int64_t first, int64_t count, int64_t stride) {
        for (int64_t i = 0; i < count; ++i)
          values.push_back(source[first + i * stride]);
      });
  return values;
}

template <typename T>
static LogicalResult mapBinary(const Binary<T> &function, Operation *op,
                               ArrayRef<const char *> operands, char *result) {
  if (!function)
    return failure();
  RankedTensorType type = tensorOf(op->getResult(0));
  auto lhs = broadcastElements<T>(op->getOperand(0), type.getShape(), operands[0]);
  auto rhs = broadcastElements<T>(op->getOperand(1), type.getShape(), operands[1]);
  for (auto [a, b] : llvm::zip_equal(lhs, rhs))
    a = function(a, b);
  store(type.getElementType(), lhs.data(), lhs.size(), result);
  return success();
}

//---- Comparison and choice

static bool holds(Predicate predicate, auto a, auto b) {
  switch (predicate) {
  case Predicate::Equal:
    return a == b;
  case Predicate::Less:
    return a < b;
  case Predicate::LessEqual:
    return a <= b;
  }
  return false;
}

template <typename T>
static void evaluateCompare(CompareOp op, ArrayRef<const char *> operands, char *result) {
  RankedTensorType type = tensorOf(op.getResult());
  auto lhs = broadcastElements<T>(op.getLhs(), type.getShape(), operands[0]);
  auto rhs = broadcastElements<T>(op.getRhs(), type.getShape(), operands[1]);
  std::vector<int64_t> answers;
  for (auto [a, b] : llvm::zip_equal(lhs, rhs))
    answers.push_back(holds(op.getPredicate(), a, b));
  storeIntegers(type.getElementType(), answers.data(), answers.size(), result);
}

template <typename T>
static void evaluateSelect(SelectOp op, ArrayRef<const char *> operands, char *result) {
  RankedTensorType type = tensorOf(op.getResult());
  auto condition = broadcastElements<int64_t>(op.getCondition(), type.getShape(), operands[0]);
  auto chosen = broadcastElements<T>(op.getLhs(), type.getShape(), operands[1]);
  auto otherwise = broadcastElements<T>(op.getRhs(), type.getShape(), operands[2]);
  for (auto [isChosen, a, b] : llvm::zip_equal(condition, chosen, otherwise))
    a = isChosen ? a : b;
  store(type.getElementType(), chosen.data(), chosen.size(), result);
}

//---- nn.cast

/// The double that rounds to the same narrower float as the integer itself does: where it is not
/// exact it is rounded to odd, which keeps what a second rounding needs to know.
static double integerForNarrowing(int64_t value) {
  double nearest = value;
  if (std::fabs(nearest) <= 9007199254740992.0) // 2^53
    return nearest;
  uint64_t magnitude = value < 0 ? 0 - uint64_t(value) : value;
  int excess = 11 - llvm::countl_zero(magnitude);
  uint64_t kept = magnitude >> excess << excess;
  double odd = std::ldexp(double(kept >> excess | (kept != magnitude)), excess);
  return value < 0 ? -odd : odd;
}

static void castFromFloats(ArrayRef<double> values, Type type, char *result) {
  if (isa<FloatType>(type))
    return storeFloats(type, values.data(), values.size(), result);
  std::vector<int64_t> integers(values.size());
  llvm::transform(values, integers.begin(), [&](double value) {
    return type.isInteger(1) ? int64_t(value != 0) : truncateToInteger(value);
  });
  storeIntegers(type, integers.data(), integers.size(), result);
}

static void castFromIntegers(MutableArrayRef<int64_t> values, Type type, char *result) {
  if (!isa<FloatType>(type)) {
    if (type.isInteger(1))
      llvm::transform(values, values.begin(), [](int64_t value) { return value != 0; });
    return storeIntegers(type, values.data(), values.size(), result);
  }
  std::vector<double> floats(values.size());
  llvm::transform(values, floats.begin(), [&](int64_t value) {
    return type.isF64() ? double(value) : integerForNarrowing(value);
  });
  storeFloats(type, floats.data(), floats.size(), result);
}

static void evaluateCast(CastOp op, const char *input, char *result) {
  RankedTensorType from = op.getInput().getType();
  Type to = op.getResult().getType().getElementType();
  if (isa<FloatType>(from.getElementType())) {
    std::vector<double> values(from.getNumElements());
    loadFloats(from.getElementType(), input, values.size(), values.data());
    return castFromFloats(values, to, result);
  }
  std::vector<int64_t> values(from.getNumElements());
  loadIntegers(from.getElementType(), input, values.size(), values.data());
  castFromIntegers(values, to, result);
}

LogicalResult evaluatePointwise(Operation *op, ArrayRef<const char *> operands, char *result) {
  if (!op->hasTrait<Pointwise>())
    return failure();
  if (auto cast = dyn_cast<CastOp>(op))
    return evaluateCast(cast, operands[0], result), success();
  RankedTensorType type = tensorOf(op->getResult(0));
  bool isFloat = isa<FloatType>(tensorOf(op->getOperands().back()).getElementType());
  if (auto compare = dyn_cast<CompareOp>(op))
    return (isFloat ? evaluateCompare<double> : evaluateCompare<int64_t>)(compare, operands,
                                                                          result),
           success();
  if (auto select = dyn_cast<SelectOp>(op))
    return (isFloat ? evaluateSelect<double> : evaluateSelect<int64_t>)(select, operands, result),
           success();
  if (op->getNumOperands() == 2)
    return isFloat ? mapBinary<double>(binaryFloatFunction(op), op, operands, result)
                   : mapBinary<int64_t>(binaryIntegerFunction(op), op, operands, result);
  return isFloat ? mapUnary<double>(floatFunction(op), type, operands[0], result)
                 : mapUnary<int64_t>(integerFunction(op), type, operands[0], result);
}

} // namespace kiln::nn
