// Arithmetic on elements, with the two kinds of broadcasting that ONNX has had, and casts.
#include "frontends/onnx/OnnxOperators.h"
#include "frontends/onnx/OnnxTensors.h"

using namespace mlir;

namespace kiln::onnx_frontend {

template <typename OpTy> static LogicalResult translateBinary(OnnxNode &node) {
  return node.emit<OpTy>(node.input(0), node.alignedOperand());
}

template <typename OpTy> static FailureOr<Value> joinInputs(OnnxNode &node) {
  FailureOr<Value> result = node.input(0);
  for (size_t i = 1; i < node.numInputs(); ++i) {
    if (!node.input(i))
      return node.error() << "its input " << i << " has an empty name";
    result = node.create<OpTy>(result, node.input(i));
  }
  return result;
}

template <typename OpTy> static LogicalResult translateVariadic(OnnxNode &node) {
  return node.setFirst(joinInputs<OpTy>(node));
}

static LogicalResult translateMean(OnnxNode &node) {
  FailureOr<Value> sum = joinInputs<nn::AddOp>(node);
  if (node.numInputs() == 1)
    return node.setFirst(sum);
  Value count = node.scalar(static_cast<double>(node.numInputs()), node.type(0).getElementType());
  return node.emit<nn::DivOp>(sum, count);
}

/// The result has the type of the base; an exponent of another type is converted. Powers of
/// integers are computed in f64, and rounded where the exponent is an integer too.
static LogicalResult translatePow(OnnxNode &node) {
  FailureOr<Value> exponent = node.alignedOperand();
  Type base = node.type(0).getElementType();
  Type common = isa<IntegerType>(base) ? node.getBuilder().getF64Type() : base;
  FailureOr<Value> power = node.create<nn::PowOp>(node.converted(node.input(0), common),
                                                  node.converted(exponent, common));
  if (isa<IntegerType>(base) && isa<IntegerType>(node.type(1).getElementType()))
    power = node.create<nn::FloorOp>(node.create<nn::AddOp>(power, node.scalar(0.5, common)));
  return node.setFirst(node.converted(power, base));
}

static LogicalResult translateReciprocal(OnnxNode &node) {
  Value one = node.scalar(1, node.type(0).getElementType());
  return node.emit<nn::DivOp>(one, node.input(0));
}

template <typename OpTy> static LogicalResult translateUnary(OnnxNode &node) {
  return node.emit<OpTy>(node.input(0));
}

/// The quotient cut toward zero, or toward minus infinity; of integers the former.
static FailureOr<Value> wholeQuotient(OnnxNode &node, bool towardZero) {
  FailureOr<Value> quotient = node.create<nn::DivOp>(node.input(0), node.input(1));
  Type element = node.type(0).getElementType();
  if (isa<IntegerType>(element))
    return quotient;
  FailureOr<Value> below = node.create<nn::FloorOp>(quotient);
  if (!towardZero)
    return below;
  FailureOr<Value> isNegative =
      node.create<nn::CompareOp>(quotient, node.scalar(0, element), nn::Predicate::Less);
  return node.create<nn::SelectOp>(isNegative, node.create<nn::CeilOp>(quotient), below);
}

/// The remainder with the sign of the divisor, or of the dividend with `fmod`.
static LogicalResult translateMod(OnnxNode &node) {
  bool isFmod = node.integer("fmod", 0) != 0;
  Type element = node.type(0).getElementType();
  Value divisor = node.input(1), zero = node.scalar(0, element);
  FailureOr<Value> rest = node.create<nn::SubOp>(
      node.input(0), node.create<nn::MulOp>(wholeQuotient(node, isFmod), divisor));
  if (isFmod || isa<FloatType>(element))
    return node.setFirst(rest);
  FailureOr<Value> signsAgree = node.create<nn::CompareOp>(
      node.create<nn::CompareOp>(rest, zero, nn::Predicate::Less),
      node.create<nn::CompareOp>(divisor, zero, nn::Predicate::Less), nn::Predicate::Equal);
  FailureOr<Value> isZero = node.create<nn::CompareOp>(rest, zero, nn::Predicate::Equal);
  FailureOr<Value> keeps = node.create<nn::MaxOp>(signsAgree, isZero);
  return node.emit<nn::SelectOp>(keeps, rest, node.create<nn::AddOp>(rest, divisor));
}

static LogicalResult castToOnnxType(OnnxNode &node, int64_t dataType) {
  Type type = elementType(*node.getBuilder().getContext(), static_cast<int32_t>(dataType));
  if (!type)
    return node.error() << "it casts to " << dataTypeName(static_cast<int32_t>(dataType))
                        << ", which is not supported";
  return node.setFirst(node.converted(node.input(0), type));
}

static LogicalResult translateCast(OnnxNode &node) {
  if (!node.has("to"))
    return node.error() << "it has no attribute 'to'";
  return castToOnnxType(node, node.integer("to", 0));
}

/// Until opset 5 the type was given by its name.
static LogicalResult translateNamedCast(OnnxNode &node) {
  onnx::TensorProto::DataType dataType = onnx::TensorProto::UNDEFINED;
  std::string name = node.text("to", "");
  if (!onnx::TensorProto::DataType_Parse(llvm::StringRef(name).upper(), &dataType))
    return node.error() << "it casts to " << quoted(name) << ", which is no type of ONNX";
  return castToOnnxType(node, dataType);
}

static LogicalResult translateCastLike(OnnxNode &node) {
  return node.setFirst(node.converted(node.input(0), node.type(1).getElementType()));
}

llvm::ArrayRef<OnnxOperator> arithmeticOperators() {
  static const OnnxOperator operators[] = {
      {"Add", 1, 2, 2, translateBinary<nn::AddOp>},
      {"Sub", 1, 2, 2, translateBinary<nn::SubOp>},
      {"Mul", 1, 2, 2, translateBinary<nn::MulOp>},
      {"Div", 1, 2, 2, translateBinary<nn::DivOp>},
      {"Pow", 1, 2, 2, translatePow},
      {"Sum", 1, 1, anyNumber, translateVariadic<nn::AddOp>},
      {"Min", 1, 1, anyNumber, translateVariadic<nn::MinOp>},
      {"Max", 1, 1, anyNumber, translateVariadic<nn::MaxOp>},
      {"Mean", 1, 1, anyNumber, translateMean},
      {"Reciprocal", 1, 1, 1, translateReciprocal},
      {"Neg", 1, 1, 1, translateUnary<nn::NegOp>},
      {"Abs", 1, 1, 1, translateUnary<nn::AbsOp>},
      {"Floor", 1, 1, 1, translateUnary<nn::FloorOp>},
      {"Ceil", 1, 1, 1, translateUnary<nn::CeilOp>},
      {"Round", 11, 1, 1, translateUnary<nn::RoundOp>},
      {"Mod", 10, 2, 2, translateMod},
      {"Sqrt", 1, 1, 1, translateUnary<nn::SqrtOp>},
      {"Cast", 1, 1, 1, translateNamedCast},
      {"Cast", 6, 1, 1, translateCast},
      {"CastLike", 15, 2, 2, translateCastLike},
  };
  return operators;
}

} // namespace kiln::onnx_frontend
