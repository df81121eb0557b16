// Parts of tensors, as Python writes them: x[:, 1:3, ..., 0].
#include "frontends/keras/KerasLayers.h"

using namespace mlir;

namespace kiln::keras_frontend {

/// Larger steps are those of no tensor.
static constexpr int64_t largestStep = int64_t(1) << 40;

namespace {

/// What is taken of each dimension, and the shape that is left.
class Selection {
public:
  explicit Selection(KerasLayer &layer) : layer(layer) {}

  LogicalResult read(const KerasTensor &input);
  Integers starts, sizes, steps, shape;

private:
  std::vector<llvm::json::Value> entries() const;
  LogicalResult addAll(int64_t count);
  LogicalResult add(const llvm::json::Value &entry);
  LogicalResult addSlice(const llvm::json::Object &slice, int64_t size);

  KerasLayer &layer;
  llvm::ArrayRef<int64_t> from;
};

bool isEllipsis(const llvm::json::Value &entry) {
  const llvm::json::Object *object = entry.getAsObject();
  return object && object->getString("class_name") == llvm::StringRef("__ellipsis__");
}

/// Keras 3 has them among the arguments of the call, Keras 2 in a list of that name.
std::vector<llvm::json::Value> Selection::entries() const {
  std::vector<llvm::json::Value> all;
  if (const llvm::json::Value *list = layer.find("slice_spec"))
    all.push_back(*list);
  for (const Argument &argument : llvm::drop_begin(layer.getCall().arguments))
    all.push_back(argument.value);
  if (all.size() == 1 && all.front().getAsArray()) {
    llvm::json::Array list = *all.front().getAsArray();
    all.assign(list.begin(), list.end());
  }
  return all;
}

LogicalResult Selection::addAll(int64_t count) {
  for (int64_t i = 0; i < count; ++i) {
    int64_t size = from[starts.size()];
    starts.push_back(0);
    sizes.push_back(size);
    steps.push_back(1);
    shape.push_back(size);
  }
  return success();
}

LogicalResult Selection::addSlice(const llvm::json::Object &slice, int64_t size) {
  const llvm::json::Object *config = slice.getObject("config");
  const llvm::json::Object &bounds = config ? *config : slice;
  int64_t step = bounds.getInteger("step").value_or(1);
  if (step == 0 || std::abs(step) > largestStep)
    return layer.error() << "it takes every " << step << "-th entry";
  // Backwards, both ends lie one place lower.
  int64_t low = step < 0 ? -1 : 0, high = size + low;
  auto bound = [&](llvm::StringRef key, int64_t otherwise) {
    std::optional<int64_t> value = bounds.getInteger(key);
    return value ? std::clamp<int64_t>(*value < 0 ? *value + size : *value, low, high) : otherwise;
  };
  int64_t start = bound("start", step < 0 ? high : low),
          stop = bound("stop", step < 0 ? low : high);
  int64_t distance = step < 0 ? start - stop : stop - start;
  int64_t count = distance > 0 ? (distance - 1) / std::abs(step) + 1 : 0;
  starts.push_back(count > 0 ? start : 0);
  sizes.push_back(count);
  steps.push_back(step);
  shape.push_back(count);
  return success();
}

LogicalResult Selection::add(const llvm::json::Value &entry) {
  if (entry.kind() == llvm::json::Value::Null) {
    shape.push_back(1);
    return success();
  }
  int64_t size = from[starts.size()];
  if (const llvm::json::Object *slice = entry.getAsObject())
    return addSlice(*slice, size);
  auto index = entry.getAsInteger();
  if (!index || *index < -size || *index >= size)
    return layer.error() << "its entry " << shown(entry) << " selects nothing of a dimension of "
                         << size;
  starts.push_back(*index < 0 ? *index + size : *index);
  sizes.push_back(1);
  steps.push_back(1);
  return success();
}

LogicalResult Selection::read(const KerasTensor &input) {
  from = input.shape;
  std::vector<llvm::json::Value> all = entries();
  int64_t named = llvm::count_if(all, [](const llvm::json::Value &entry) {
    return entry.kind() != llvm::json::Value::Null && !isEllipsis(entry);
  });
  int64_t others = input.rank() - named;
  if (others < 0 || llvm::count_if(all, isEllipsis) > 1)
    return layer.error() << "it has " << named << " entries for an input of shape "
                         << nn::shapeText(input.shape);
  for (const llvm::json::Value &entry : all)
    if (failed(isEllipsis(entry) ? addAll(others) : add(entry)))
      return failure();
  return addAll(input.rank() - static_cast<int64_t>(starts.size()));
}

} // namespace

static LogicalResult translateGetItem(KerasLayer &layer) {
  FailureOr<KerasTensor> input = layer.settled(layer.input());
  Selection selection(layer);
  if (failed(input) || failed(selection.read(*input)))
    return failure();
  auto inStorage = [&](llvm::ArrayRef<int64_t> values) {
    Integers stored;
    for (int64_t axis : input->order)
      stored.push_back(values[axis]);
    return stored;
  };
  FailureOr<Value> value =
      layer.create<nn::SliceOp>(input->value, inStorage(selection.starts),
                                inStorage(selection.sizes), inStorage(selection.steps));
  if (failed(value))
    return failure();
  KerasTensor result{*value, input->order, {}};
  result.shape = result.unreshaped();
  return layer.finish(layer.withShape(result, selection.shape));
}

llvm::ArrayRef<LayerClass> sliceFunctions() {
  static const LayerClass layers[] = {{"getitem", 1, 1, "", translateGetItem, 0, true}};
  return layers;
}

} // namespace kiln::keras_frontend
