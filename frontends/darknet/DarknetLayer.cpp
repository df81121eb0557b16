// Access to the options, tensors and weights of one layer.
#include "frontends/darknet/DarknetLayer.h"

#include "llvm/Support/Path.h"

using namespace mlir;

namespace kiln::darknet_frontend {

std::string layerName(size_t index) { return "layer" + std::to_string(index); }

std::string describe(const DarknetConfig &config, const ConfigSection &section, size_t index) {
  return "layer " + std::to_string(index) + " ([" + section.name + "], " +
         llvm::sys::path::filename(config.path).str() + ":" + std::to_string(section.line) + ")";
}

InFlightDiagnostic DarknetLayer::error(llvm::StringRef key) const {
  const ConfigOption *option = section.find(key);
  return emitError(network.config.location(*loc.getContext(), option ? option->line : section.line))
         << key << (option ? "=" + option->value : " is missing") << ": ";
}

const ConfigOption *DarknetLayer::find(llvm::StringRef key) const {
  asked.insert(key);
  return section.find(key);
}

void DarknetLayer::warnOfUnreadOptions() const {
  for (const ConfigOption &option : section.options) {
    if (asked.contains(option.key)) {
      const ConfigOption *first = section.find(option.key);
      if (first->value != option.value)
        emitWarning(network.config.location(*loc.getContext(), option.line))
            << describe(network.config, section, index) << ": " << option.key << "=" << option.value
            << " is not read: " << option.key << "=" << first->value
            << " stands before it, in line " << first->line;
      continue;
    }
    constexpr size_t shortKey = 4;
    unsigned most = option.key.size() <= shortKey ? 1 : 2;
    std::vector<std::pair<unsigned, llvm::StringRef>> near;
    for (const auto &known : asked)
      if (!section.find(known.getKey()))
        near.emplace_back(known.getKey().edit_distance(option.key), known.getKey());
    auto best = llvm::min_element(near);
    if (best != near.end() && best->first <= most)
      emitWarning(network.config.location(*loc.getContext(), option.line))
          << describe(network.config, section, index) << ": " << option.key << "=" << option.value
          << " is not read; is " << best->second << " meant?";
  }
}

int64_t DarknetLayer::integer(llvm::StringRef key, int64_t otherwise, int64_t least,
                              int64_t largest) {
  const ConfigOption *option = find(key);
  if (!option)
    return otherwise;
  std::optional<int64_t> value = parseInteger(option->value);
  if (value && *value >= least && *value <= largest)
    return *value;
  error(key) << "a whole number from " << least << " to " << largest << " is needed";
  valid = false;
  return otherwise;
}

double DarknetLayer::real(llvm::StringRef key, double otherwise) {
  const ConfigOption *option = find(key);
  if (!option)
    return otherwise;
  if (std::optional<double> value = parseReal(option->value))
    return static_cast<float>(*value);
  error(key) << "a number is needed";
  valid = false;
  return otherwise;
}

std::string DarknetLayer::text(llvm::StringRef key, llvm::StringRef otherwise) {
  const ConfigOption *option = find(key);
  if (!option)
    return otherwise.str();
  return llvm::StringRef(option->value)
      .take_until([](char c) { return c == '#' || c == ';'; })
      .str();
}

llvm::SmallVector<double> DarknetLayer::reals(llvm::StringRef key) {
  llvm::SmallVector<double> values;
  std::string all = text(key, "");
  llvm::SmallVector<llvm::StringRef> parts;
  llvm::StringRef(all).split(parts, ',', /*MaxSplit=*/-1, /*KeepEmpty=*/false);
  for (llvm::StringRef part : parts) {
    std::optional<double> value = parseReal(part);
    if (!value) {
      error(key) << "numbers with commas between them are needed";
      valid = false;
      return {};
    }
    values.push_back(static_cast<float>(*value));
  }
  return values;
}

FailureOr<llvm::SmallVector<size_t>> DarknetLayer::layers(llvm::StringRef key) {
  llvm::SmallVector<size_t> numbers;
  for (double value : reals(key)) {
    double absolute = value < 0 ? static_cast<double>(index) + value : value;
    if (!(absolute >= 0 && absolute < static_cast<double>(index)))
      return error(key) << "in layer " << index << " only the layers 0 to "
                        << static_cast<int64_t>(index) - 1 << " can be named, or -1 to -" << index;
    numbers.push_back(static_cast<size_t>(absolute));
  }
  if (numbers.empty())
    return error(key) << "the layers that it takes are needed";
  return numbers;
}

LogicalResult DarknetLayer::refuse(llvm::ArrayRef<llvm::StringRef> keys) {
  LogicalResult result = success();
  for (llvm::StringRef key : keys)
    if (isSet(key))
      result = error(key) << "not supported; train the network without it";
  return result;
}

MapShape DarknetLayer::shapeOf(Value value) {
  llvm::ArrayRef<int64_t> shape = cast<RankedTensorType>(value.getType()).getShape();
  return shape.size() == 4 ? MapShape{shape[1], shape[2], shape[3]} : MapShape{shape[1], 1, 1};
}

FailureOr<Value> DarknetLayer::mapOf(Value value) {
  MapShape shape = shapeOf(value);
  return reshaped(value, {1, shape.channels, shape.height, shape.width});
}

FailureOr<Value> DarknetLayer::list() {
  MapShape map = shape();
  return reshaped(theInput, {1, map.channels * map.height * map.width});
}

FailureOr<Value> DarknetLayer::weights(llvm::StringRef name, llvm::ArrayRef<int64_t> shape,
                                       InitialValue initial,
                                       llvm::function_ref<float(float)> change) {
  FailureOr<RankedTensorType> type = nn::checkedTensorType(loc, shape, element());
  if (failed(type))
    return failure();
  std::string fullName = layerName(index) + "." + name.str();
  FailureOr<ElementsAttr> elements = network.weights.take(
      loc, describe(network.config, section, index), fullName, *type, initial, change);
  if (failed(elements))
    return failure();
  Location at = NameLoc::get(builder.getStringAttr(fullName));
  return Value(nn::ConstantOp::create(builder, at, elements->getType(), *elements));
}

} // namespace kiln::darknet_frontend
