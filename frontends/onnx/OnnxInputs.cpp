// Resolution of symbolic dimensions and of the shapes that the user gives.
#include "frontends/onnx/OnnxInputs.h"

#include "dialects/nn/NnBuild.h"
#include "frontends/onnx/OnnxTensors.h"

#include "llvm/ADT/StringExtras.h"

using namespace mlir;

namespace kiln::onnx_frontend {
namespace {

using Dimension = onnx::TensorShapeProto::Dimension;

/// Some exporters write -1 for an unknown dimension.
bool isOpen(const Dimension &dim) { return !dim.has_dim_value() || dim.dim_value() == -1; }

std::string nameOf(const Dimension &dim) { return dim.dim_param().empty() ? "?" : dim.dim_param(); }

std::string declaredText(const onnx::TensorShapeProto &shape) {
  std::string text;
  for (const Dimension &dim : shape.dim())
    text +=
        (text.empty() ? "" : "x") + (isOpen(dim) ? nameOf(dim) : std::to_string(dim.dim_value()));
  return text;
}

/// An error where `dims` differ from a dimension that the model fixes.
LogicalResult agree(const onnx::ValueInfoProto &input, llvm::ArrayRef<int64_t> dims, Location loc) {
  const onnx::TypeProto_Tensor &type = input.type().tensor_type();
  if (!type.has_shape())
    return success();
  const onnx::TensorShapeProto &declared = type.shape();
  bool agrees = static_cast<size_t>(declared.dim_size()) == dims.size();
  for (int i = 0; agrees && i < declared.dim_size(); ++i)
    agrees = isOpen(declared.dim(i)) || declared.dim(i).dim_value() == dims[i];
  if (agrees)
    return success();
  return emitError(loc) << "the shape " << nn::shapeText(dims) << " given for the input "
                        << quoted(input.name()) << " contradicts the model, which says "
                        << declaredText(declared) << "; only symbolic dimensions can be chosen";
}

LogicalResult reportUnknown(llvm::StringRef name,
                            llvm::ArrayRef<const onnx::ValueInfoProto *> inputs, Location loc) {
  auto names = llvm::map_range(
      inputs, [](const onnx::ValueInfoProto *input) { return quoted(input->name()); });
  return emitError(loc) << "the model has no input " << quoted(name) << "; its inputs are "
                        << llvm::join(names, ", ");
}

class InputResolver {
public:
  InputResolver(MLIRContext &context, llvm::ArrayRef<InputShape> given, Location loc)
      : context(context), given(given), loc(loc) {}

  /// Assigns each given shape to an input.
  LogicalResult match(llvm::ArrayRef<const onnx::ValueInfoProto *> inputs);
  FailureOr<RankedTensorType> resolve(const onnx::ValueInfoProto &input);
  /// The error about dimensions that stayed open, if any.
  LogicalResult finish();

private:
  FailureOr<SmallVector<int64_t>> dimensions(const onnx::ValueInfoProto &input,
                                             const InputShape *shape);

  MLIRContext &context;
  llvm::ArrayRef<InputShape> given;
  Location loc;
  llvm::StringMap<const InputShape *> shapes;
  llvm::SmallVector<std::string> openInputs;
};

LogicalResult InputResolver::match(llvm::ArrayRef<const onnx::ValueInfoProto *> inputs) {
  for (const InputShape &shape : given) {
    bool isOnly = shape.name.empty() && inputs.size() == 1;
    std::string name = isOnly ? inputs.front()->name() : shape.name;
    if (!llvm::any_of(inputs,
                      [&](const onnx::ValueInfoProto *input) { return input->name() == name; }))
      return reportUnknown(name, inputs, loc);
    if (!shapes.try_emplace(name, &shape).second)
      return emitError(loc) << "two shapes are given for the input " << quoted(name);
  }
  return success();
}

FailureOr<SmallVector<int64_t>> InputResolver::dimensions(const onnx::ValueInfoProto &input,
                                                          const InputShape *shape) {
  const onnx::TypeProto_Tensor &type = input.type().tensor_type();
  if (shape) {
    if (failed(agree(input, shape->dims, loc)))
      return failure();
    return SmallVector<int64_t>(shape->dims);
  }
  if (!type.has_shape()) {
    openInputs.push_back(quoted(input.name()) +
                         " has no shape at all: --input-shape=" + input.name() + ":...");
    return SmallVector<int64_t>();
  }
  SmallVector<int64_t> dims;
  llvm::SmallVector<std::string> open;
  for (const Dimension &dim : type.shape().dim()) {
    dims.push_back(isOpen(dim) ? 1 : dim.dim_value());
    if (isOpen(dim) && dims.size() > 1)
      open.push_back(quoted(nameOf(dim)));
  }
  if (!open.empty())
    openInputs.push_back(quoted(input.name()) + " has the symbolic dimensions " +
                         llvm::join(open, ", ") + ": --input-shape=" + input.name() + ":" +
                         declaredText(type.shape()) + " with numbers");
  else if (!dims.empty() && isOpen(type.shape().dim(0)))
    emitRemark(loc) << "the batch size " << quoted(nameOf(type.shape().dim(0))) << " of the input "
                    << quoted(input.name()) << " is taken as 1; --input-shape chooses another";
  return dims;
}

FailureOr<RankedTensorType> InputResolver::resolve(const onnx::ValueInfoProto &input) {
  if (!input.type().has_tensor_type())
    return emitError(loc) << "the input " << quoted(input.name())
                          << " is no tensor (a sequence, map or optional), which is not supported";
  int32_t dataType = input.type().tensor_type().elem_type();
  Type element = elementType(context, dataType);
  if (!element)
    return emitError(loc) << "the input " << quoted(input.name()) << " has elements of type "
                          << dataTypeName(dataType)
                          << ", which is not supported; convert the model to float or int32";
  FailureOr<SmallVector<int64_t>> dims = dimensions(input, shapes.lookup(input.name()));
  if (failed(dims))
    return failure();
  FailureOr<RankedTensorType> type = nn::RuleReporter(std::nullopt, "").tensorType(*dims, element);
  if (failed(type))
    return emitError(loc) << "the input " << quoted(input.name()) << " has the shape "
                          << nn::shapeText(*dims)
                          << ", which is negative or larger than 2^40 bytes";
  return type;
}

LogicalResult InputResolver::finish() {
  if (openInputs.empty())
    return success();
  return emitError(loc) << "the shapes of all inputs must be known: "
                        << llvm::join(openInputs, "; ");
}

} // namespace

FailureOr<SmallVector<RankedTensorType>>
resolveInputTypes(MLIRContext &context, llvm::ArrayRef<const onnx::ValueInfoProto *> inputs,
                  llvm::ArrayRef<InputShape> given, Location loc) {
  InputResolver resolver(context, given, loc);
  if (failed(resolver.match(inputs)))
    return failure();
  SmallVector<RankedTensorType> types;
  for (const onnx::ValueInfoProto *input : inputs) {
    FailureOr<RankedTensorType> type = resolver.resolve(*input);
    if (failed(type))
      return failure();
    types.push_back(*type);
  }
  if (failed(resolver.finish()))
    return failure();
  return types;
}

FailureOr<llvm::StringMap<ElementsAttr>>
takeInputValues(llvm::SmallVectorImpl<const onnx::ValueInfoProto *> &inputs,
                llvm::ArrayRef<OnnxTensorFile> given, Location loc) {
  llvm::StringMap<ElementsAttr> values;
  for (const OnnxTensorFile &tensor : given) {
    auto input = llvm::find_if(
        inputs, [&](const onnx::ValueInfoProto *input) { return input->name() == tensor.name; });
    if (input == inputs.end())
      return reportUnknown(tensor.name, inputs, loc);
    Type declared = elementType(*loc.getContext(), (*input)->type().tensor_type().elem_type());
    if (declared != tensor.type.getElementType())
      return emitError(loc) << "the value given for the input " << quoted(tensor.name)
                            << " has another element type than the model says";
    if (failed(agree(**input, tensor.type.getShape(), loc)))
      return failure();
    values[tensor.name] = elementsFromBytes(tensor.type, tensor.name, tensor.bytes);
    inputs.erase(input);
  }
  return values;
}

} // namespace kiln::onnx_frontend
