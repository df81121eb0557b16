// Arithmetic on elements, with the two kinds of broadcasting that ONNX has had, and casts.
#include "frontends/onnx/OnnxOperators.h"
#include "frontends/onnx/OnnxTensors.h"

using namespace mlir;

namespace kiln::onnx_frontend {

/// Until opset 6 the second operand was aligned at the attribute `axis` of the first, or at its
/// end.
static FailureOr<Value> alignedOperand(OnnxNode &node) {
  constexpr int64_t firstWithNumpyRules = 7;
  Value operand = node.input(1);
  if (node.opset() >= firstWithNumpyRules || node.integer("broadcast", 0) == 0 || !node.has("axis"))
    return operand;
  int64_t axis = node.integer("axis", 0), rank = node.rank(0), own = node.rank(1);
  axis += axis < 0 ? rank : 0;
  if (axis < 0 || axis > rank - own)
    return node.error() << "axis " << node.integer("axis", 0) << " does not fit operands of rank "
                        << rank << " and " << own;
  Integers shape(node.shape(1));
  shape.append(rank - axis - own, 1);
  return node.reshaped(operand, shape);
}

template <typename OpTy> static LogicalResult translateBinary(OnnxNode &node) {
  return node.emit<OpTy>(node.input(0), alignedOperand(node));
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
  FailureOr<Value> exponent = alignedOperand(node);
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
      {"Sqrt", 1, 1, 1, translateUnary<nn::SqrtOp>},
      {"Cast", 1, 1, 1, translateNamedCast},
      {"Cast", 6, 1, 1, translateCast},
      {"CastLike", 15, 2, 2, translateCastLike},
  };
  return operators;
}

} // namespace kiln::onnx_frontend
