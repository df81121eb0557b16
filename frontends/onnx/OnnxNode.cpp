// Access to the inputs and attributes of one node.
#include "frontends/onnx/OnnxNode.h"

#include "frontends/onnx/OnnxTensors.h"
#include "frontends/support/ConstantChain.h"

#include "llvm/ADT/STLExtras.h"

using namespace mlir;

namespace kiln::onnx_frontend {

using Attribute = onnx::AttributeProto;

OnnxNode::OnnxNode(const onnx::NodeProto &proto, int64_t opset, OnnxFile &file, OpBuilder &builder,
                   Location loc, llvm::SmallVector<Value> inputs,
                   llvm::SmallVector<bool> wantedOutputs)
    : NnBuilder(builder, loc), proto(proto), version(opset), file(file), inputs(std::move(inputs)),
      wanted(std::move(wantedOutputs)), results(wanted.size()) {}

FailureOr<Integers> OnnxNode::constantIntegers(size_t index, llvm::StringRef what) const {
  constexpr int64_t mostElements = int64_t(1) << 22;
  std::optional<Integers> values = frontend::integersOfChain(inputs[index], mostElements);
  if (!values)
    return notConstant(index, what);
  return *values;
}

FailureOr<SmallVector<Value>> OnnxNode::sequence(size_t index) const {
  auto found = sequences.find(index);
  if (found == sequences.end())
    return error() << "its input " << index << " is no sequence of tensors";
  return found->second;
}

LogicalResult OnnxNode::notConstant(size_t index, llvm::StringRef what) const {
  return error() << what << " (input " << quoted(proto.input(static_cast<int>(index)))
                 << ") is computed at run time, but must be known when compiling: export the model "
                    "with fixed shapes, or make this tensor a constant (--input-value does that to "
                    "an input)";
}

const Attribute *OnnxNode::find(llvm::StringRef name) const {
  for (const Attribute &attribute : proto.attribute())
    if (attribute.name() == name)
      return &attribute;
  return nullptr;
}

/// The kind of an attribute; before IR version 2 files do not say it.
static Attribute::AttributeType typeOf(const Attribute &attribute) {
  if (attribute.type() != Attribute::UNDEFINED)
    return attribute.type();
  return attribute.has_f()          ? Attribute::FLOAT
         : attribute.has_i()        ? Attribute::INT
         : attribute.has_s()        ? Attribute::STRING
         : attribute.has_t()        ? Attribute::TENSOR
         : attribute.floats_size()  ? Attribute::FLOATS
         : attribute.ints_size()    ? Attribute::INTS
         : attribute.strings_size() ? Attribute::STRINGS
                                    : Attribute::UNDEFINED;
}

const Attribute *OnnxNode::findOf(llvm::StringRef name, Attribute::AttributeType type) {
  const Attribute *attribute = find(name);
  if (!attribute)
    return nullptr;
  Attribute::AttributeType actual = typeOf(*attribute);
  bool isEmptyList =
      actual == Attribute::UNDEFINED && (type == Attribute::INTS || type == Attribute::FLOATS);
  if (actual == type || isEmptyList)
    return attribute;
  error() << "attribute " << quoted(name) << " is of type " << Attribute::AttributeType_Name(actual)
          << ", not " << Attribute::AttributeType_Name(type);
  valid = false;
  return nullptr;
}

int64_t OnnxNode::integer(llvm::StringRef name, int64_t otherwise) {
  const Attribute *attribute = findOf(name, Attribute::INT);
  return attribute ? attribute->i() : otherwise;
}

double OnnxNode::real(llvm::StringRef name, double otherwise) {
  const Attribute *attribute = findOf(name, Attribute::FLOAT);
  return attribute ? attribute->f() : otherwise;
}

std::string OnnxNode::text(llvm::StringRef name, llvm::StringRef otherwise) {
  const Attribute *attribute = findOf(name, Attribute::STRING);
  return attribute ? attribute->s() : otherwise.str();
}

std::optional<Integers> OnnxNode::integers(llvm::StringRef name) {
  const Attribute *attribute = findOf(name, Attribute::INTS);
  if (!attribute)
    return std::nullopt;
  return Integers(attribute->ints().begin(), attribute->ints().end());
}

std::optional<llvm::SmallVector<float>> OnnxNode::reals(llvm::StringRef name) {
  const Attribute *attribute = findOf(name, Attribute::FLOATS);
  if (!attribute)
    return std::nullopt;
  return llvm::SmallVector<float>(attribute->floats().begin(), attribute->floats().end());
}

const onnx::TensorProto *OnnxNode::tensor(llvm::StringRef name) {
  const Attribute *attribute = findOf(name, Attribute::TENSOR);
  return attribute ? &attribute->t() : nullptr;
}

FailureOr<Type> OnnxNode::typeAttribute(llvm::StringRef attribute, Type otherwise) {
  if (!has(attribute))
    return otherwise;
  auto dataType = static_cast<int32_t>(integer(attribute, onnx::TensorProto::UNDEFINED));
  if (Type type = elementType(*builder.getContext(), dataType))
    return type;
  return error() << attribute << " is " << dataTypeName(dataType) << ", which is not supported";
}

FailureOr<int64_t> OnnxNode::checkedAxis(int64_t axis, int64_t bound) const {
  if (axis < -bound || axis >= bound)
    return error() << "axis " << axis << " is out of range [" << -bound << ", " << bound - 1 << "]";
  return axis < 0 ? axis + bound : axis;
}

FailureOr<std::optional<Integers>> OnnxNode::axes(int64_t inputSince, int64_t rank) {
  std::optional<Integers> axes;
  if (version < inputSince) {
    axes = integers("axes");
  } else if (input(1)) {
    FailureOr<Integers> values = constantIntegers(1, "axes");
    if (failed(values))
      return failure();
    axes = *values;
  }
  if (!axes)
    return std::optional<Integers>();
  for (int64_t &axis : *axes) {
    FailureOr<int64_t> positive = checkedAxis(axis, rank);
    if (failed(positive))
      return failure();
    axis = *positive;
  }
  llvm::sort(*axes);
  if (std::adjacent_find(axes->begin(), axes->end()) != axes->end())
    return error() << "an axis is given twice";
  return axes;
}

FailureOr<Value> OnnxNode::alignedOperand() {
  constexpr int64_t firstWithNumpyRules = 7;
  Value operand = input(1);
  if (version >= firstWithNumpyRules || integer("broadcast", 0) == 0 || !has("axis"))
    return operand;
  int64_t axis = integer("axis", 0), free = rank(0) - rank(1);
  axis += axis < 0 ? rank(0) : 0;
  if (axis < 0 || axis > free)
    return error() << "axis " << integer("axis", 0) << " does not fit operands of rank " << rank(0)
                   << " and " << rank(1);
  Integers aligned(shape(1));
  aligned.append(free - axis, 1);
  return reshaped(operand, aligned);
}

LogicalResult OnnxNode::setResult(Value value, size_t index) {
  if (index < results.size())
    results[index] = value;
  return success();
}

} // namespace kiln::onnx_frontend
