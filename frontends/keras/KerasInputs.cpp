// Resolution of open dimensions and of the shapes that the user gives.
#include "frontends/keras/KerasInputs.h"

#include "dialects/nn/NnBuild.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSwitch.h"

using namespace mlir;

namespace kiln::keras_frontend {
namespace {

using Shape = llvm::SmallVector<int64_t>;

std::string declaredText(llvm::ArrayRef<int64_t> shape) {
  std::string text;
  for (int64_t size : shape)
    text += (text.empty() ? "" : "x") + (size < 0 ? std::string("?") : std::to_string(size));
  return text;
}

Type inputElementType(const LayerConfig &input, MLIRContext *context) {
  Builder builder(context);
  llvm::StringRef name = input.config.getString("dtype").value_or("float32");
  return llvm::StringSwitch<Type>(name)
      .Case("float32", builder.getF32Type())
      .Case("float16", builder.getF16Type())
      .Case("bfloat16", builder.getBF16Type())
      .Case("float64", builder.getF64Type())
      .Case("uint8", builder.getIntegerType(8, /*isSigned=*/false))
      .Case("int8", builder.getI8Type())
      .Case("int16", builder.getI16Type())
      .Case("int32", builder.getI32Type())
      .Case("int64", builder.getI64Type())
      .Case("bool", builder.getI1Type())
      .Default(Type());
}

class InputResolver {
public:
  InputResolver(llvm::ArrayRef<const LayerConfig *> inputs, Location loc)
      : inputs(inputs), loc(loc) {}

  LogicalResult match(llvm::ArrayRef<InputShape> given);
  FailureOr<RankedTensorType> resolve(const LayerConfig &input);
  LogicalResult finish();

private:
  FailureOr<Shape> dimensions(const LayerConfig &input);

  llvm::ArrayRef<const LayerConfig *> inputs;
  Location loc;
  llvm::StringMap<const InputShape *> shapes;
  std::vector<std::string> open;
};

LogicalResult InputResolver::match(llvm::ArrayRef<InputShape> given) {
  for (const InputShape &shape : given) {
    bool isOnly = shape.name.empty() && inputs.size() == 1;
    std::string name = isOnly ? inputs.front()->name : shape.name;
    auto names =
        llvm::map_range(inputs, [](const LayerConfig *input) { return quoted(input->name); });
    if (llvm::none_of(inputs, [&](const LayerConfig *input) { return input->name == name; }))
      return emitError(loc) << "the model has no input " << quoted(name) << "; its inputs are "
                            << llvm::join(names, ", ");
    if (!shapes.try_emplace(name, &shape).second)
      return emitError(loc) << "two shapes are given for the input " << quoted(name);
  }
  return success();
}

FailureOr<Shape> InputResolver::dimensions(const LayerConfig &input) {
  std::optional<Shape> declared = declaredInputShape(input);
  if (const InputShape *given = shapes.lookup(input.name)) {
    bool agrees = !declared || declared->size() == given->dims.size();
    for (size_t i = 0; declared && agrees && i < declared->size(); ++i)
      agrees = (*declared)[i] < 0 || (*declared)[i] == given->dims[i];
    if (!agrees)
      return emitError(loc) << "the shape " << nn::shapeText(given->dims) << " given for the input "
                            << quoted(input.name) << " contradicts the model, which says "
                            << declaredText(*declared);
    return Shape(given->dims);
  }
  if (!declared) {
    open.push_back(quoted(input.name) + " has no shape: --input-shape=" + input.name + ":1x...");
    return Shape();
  }
  if (declared->front() < 0)
    declared->front() = 1;
  if (llvm::any_of(*declared, [](int64_t size) { return size < 0; })) {
    open.push_back(quoted(input.name) + " has open sizes: --input-shape=" + input.name + ":" +
                   declaredText(*declared) + " with numbers for ?");
    return Shape();
  }
  return *declared;
}

FailureOr<RankedTensorType> InputResolver::resolve(const LayerConfig &input) {
  Type element = inputElementType(input, loc.getContext());
  if (!element)
    return emitError(loc) << "the input " << quoted(input.name) << " has elements of type "
                          << quoted(input.config.getString("dtype").value_or(""))
                          << ", which is not supported";
  FailureOr<Shape> shape = dimensions(input);
  if (failed(shape))
    return failure();
  FailureOr<RankedTensorType> type = nn::RuleReporter(std::nullopt, "").tensorType(*shape, element);
  if (failed(type))
    return emitError(loc) << "the input " << quoted(input.name) << " has the shape "
                          << nn::shapeText(*shape)
                          << ", which is negative or larger than 2^40 bytes";
  return type;
}

LogicalResult InputResolver::finish() {
  if (open.empty())
    return success();
  return emitError(loc) << "the shapes of all inputs must be known: " << llvm::join(open, "; ");
}

} // namespace

FailureOr<llvm::SmallVector<RankedTensorType>>
resolveInputTypes(llvm::ArrayRef<const LayerConfig *> inputs, llvm::ArrayRef<InputShape> given,
                  Location loc) {
  InputResolver resolver(inputs, loc);
  if (failed(resolver.match(given)))
    return failure();
  llvm::SmallVector<RankedTensorType> types;
  for (const LayerConfig *input : inputs) {
    FailureOr<RankedTensorType> type = resolver.resolve(*input);
    if (failed(type))
      return failure();
    types.push_back(*type);
  }
  if (failed(resolver.finish()))
    return failure();
  return types;
}

} // namespace kiln::keras_frontend
