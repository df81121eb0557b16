// Access to the inputs and attributes of one node.
#include "frontends/onnx/OnnxNode.h"

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
  constexpr int64_t mostElements = 4096;
  std::optional<Integers> values;
  if (type(index).getNumElements() <= mostElements)
    values = nn::constantIntegers(inputs[index]);
  if (!values)
    return notConstant(index, what);
  return *values;
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

LogicalResult OnnxNode::setResult(Value value, size_t index) {
  if (index < results.size())
    results[index] = value;
  return success();
}

} // namespace kiln::onnx_frontend
