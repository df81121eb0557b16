// Access to the configuration, weights and result of one layer.
#include "frontends/keras/KerasLayer.h"

#include "frontends/keras/KerasActivations.h"

using namespace mlir;

namespace kiln::keras_frontend {

/// Values beyond this are no size of any network; sums and products of those below it do not
/// overflow.
static constexpr int64_t largest = int64_t(1) << 24;

LogicalResult KerasLayer::checkRank(int64_t rank) const {
  if (input().rank() == rank)
    return success();
  return error() << "its input has the shape " << nn::shapeText(input().shape) << "; it needs "
                 << rank << " dimensions, the batch included";
}

const llvm::json::Value *KerasLayer::find(llvm::StringRef key) const {
  const llvm::json::Value *value = nullptr;
  if (!layer.operatorName.empty())
    value = call.keywords.get(key);
  if (!value)
    value = layer.config.get(key);
  return value && value->kind() != llvm::json::Value::Null ? value : nullptr;
}

void KerasLayer::reportType(llvm::StringRef key, llvm::StringRef wanted) {
  error() << "its " << quoted(key) << " is " << shown(*find(key)) << ", not " << wanted;
  valid = false;
}

int64_t KerasLayer::integer(llvm::StringRef key, int64_t otherwise) {
  const llvm::json::Value *value = find(key);
  if (!value)
    return otherwise;
  if (auto number = value->getAsInteger(); number && *number >= -largest && *number <= largest)
    return *number;
  reportType(key, "a whole number of a sensible size");
  return otherwise;
}

double KerasLayer::real(llvm::StringRef key, double otherwise) {
  const llvm::json::Value *value = find(key);
  if (!value)
    return otherwise;
  if (auto number = value->getAsNumber())
    return *number;
  // Keras 3 writes numpy's scalars as objects.
  if (const llvm::json::Object *object = value->getAsObject())
    if (const llvm::json::Object *config = object->getObject("config"))
      if (auto number = config->getNumber("value"))
        return *number;
  reportType(key, "a number");
  return otherwise;
}

bool KerasLayer::boolean(llvm::StringRef key, bool otherwise) {
  const llvm::json::Value *value = find(key);
  if (!value)
    return otherwise;
  if (auto flag = value->getAsBoolean())
    return *flag;
  if (auto number = value->getAsInteger())
    return *number != 0;
  reportType(key, "true or false");
  return otherwise;
}

std::string KerasLayer::text(llvm::StringRef key, llvm::StringRef otherwise) {
  const llvm::json::Value *value = find(key);
  if (!value)
    return otherwise.str();
  if (auto string = value->getAsString())
    return string->str();
  reportType(key, "a string");
  return otherwise.str();
}

std::optional<Integers> KerasLayer::integers(llvm::StringRef key) {
  const llvm::json::Value *value = find(key);
  if (!value)
    return std::nullopt;
  constexpr size_t longest = 64;
  Integers numbers;
  const llvm::json::Array *list = value->getAsArray();
  if (!list)
    return Integers{integer(key, 0)};
  for (const llvm::json::Value &entry : *list) {
    auto number = entry.getAsInteger();
    if (!number || *number < -largest || *number > largest || numbers.size() == longest) {
      reportType(key, "a list of whole numbers of a sensible size");
      return std::nullopt;
    }
    numbers.push_back(*number);
  }
  return numbers;
}

std::optional<llvm::SmallVector<double>> KerasLayer::reals(llvm::StringRef key) {
  const llvm::json::Value *value = find(key);
  if (!value)
    return std::nullopt;
  llvm::SmallVector<double> numbers;
  const llvm::json::Array *list = value->getAsArray();
  if (!list)
    return llvm::SmallVector<double>{real(key, 0)};
  std::vector<const llvm::json::Value *> rest{value};
  while (!rest.empty()) {
    const llvm::json::Value *next = rest.back();
    rest.pop_back();
    if (const llvm::json::Array *entries = next->getAsArray()) {
      for (const llvm::json::Value &entry : llvm::reverse(*entries))
        rest.push_back(&entry);
    } else if (auto number = next->getAsNumber()) {
      numbers.push_back(*number);
    } else {
      reportType(key, "a list of numbers");
      return std::nullopt;
    }
  }
  return numbers;
}

FailureOr<Integers> KerasLayer::sizes(llvm::StringRef key, size_t count, int64_t least,
                                      int64_t otherwise) {
  Integers values = integers(key).value_or(Integers(count, otherwise));
  if (!valid)
    return failure();
  if (values.size() == 1)
    values.assign(count, values.front());
  if (values.size() != count)
    return error() << "its " << quoted(key) << " has " << values.size() << " numbers where "
                   << count << " are needed";
  for (int64_t value : values)
    if (value < least)
      return error() << "its " << quoted(key) << " has the entry " << value << ", which is below "
                     << least;
  return values;
}

bool KerasLayer::channelsLast() {
  std::string format = text("data_format", "channels_last");
  if (format != "channels_last" && format != "channels_first") {
    error() << "its 'data_format' is " << quoted(format)
            << "; it must be channels_last or channels_first";
    valid = false;
  }
  return format != "channels_first";
}

FailureOr<int64_t> KerasLayer::checkedAxis(int64_t axis, int64_t bound) const {
  if (axis < -bound || axis >= bound)
    return error() << "axis " << axis << " is out of range [" << -bound << ", " << bound - 1 << "]";
  return axis < 0 ? axis + bound : axis;
}

FailureOr<Value> KerasLayer::givenWeight(llvm::StringRef name,
                                         std::optional<llvm::ArrayRef<int64_t>> wanted) {
  FailureOr<Value> value = host.weightOf(layer, name, wanted);
  if (failed(value) || !*value)
    return value;
  Type computed = isa<FloatType>(elementType()) ? elementType() : builder.getF32Type();
  return converted(value, computed);
}

FailureOr<Value> KerasLayer::weight(llvm::StringRef name, llvm::ArrayRef<int64_t> shape) {
  FailureOr<Value> value = givenWeight(name, shape);
  if (failed(value))
    return failure();
  if (!*value)
    return error() << "its weight " << quoted(name) << " is not in the file";
  llvm::ArrayRef<int64_t> actual = cast<RankedTensorType>(value->getType()).getShape();
  if (actual != shape)
    return error() << "its weight " << quoted(name) << " has the shape " << nn::shapeText(actual)
                   << " where the architecture needs " << nn::shapeText(shape)
                   << "; the weights are those of another network";
  return value;
}

LogicalResult KerasLayer::finish(FailureOr<KerasTensor> result) {
  if (failed(result))
    return failure();
  output = *result;
  return success();
}

LogicalResult KerasLayer::finishLike(FailureOr<Value> value, const KerasTensor &like) {
  if (failed(value))
    return failure();
  return finish(KerasTensor{*value, like.order, like.shape});
}

LogicalResult KerasLayer::activate(FailureOr<KerasTensor> result) {
  if (failed(result))
    return failure();
  const llvm::json::Value *activation = find("activation");
  return activation ? finish(applyActivation(*this, *activation, *result)) : finish(result);
}

} // namespace kiln::keras_frontend
