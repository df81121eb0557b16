// Reads configurations. Types are checked at every step: the file may hold anything.
#include "frontends/keras/KerasModel.h"

#include "frontends/keras/KerasLayers.h"
#include "frontends/keras/KerasLegacy.h"

#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;

namespace kiln::keras_frontend {

using llvm::json::Array;
using llvm::json::Object;

std::string describe(const LayerConfig &layer) {
  return "layer " + quoted(layer.path) + " (" + layer.className + ")";
}

const LayerConfig *ModelConfig::find(llvm::StringRef name) const {
  for (const LayerConfig &layer : layers)
    if (layer.name == name)
      return &layer;
  return nullptr;
}

/// A list of sizes, -1 for null; nothing where it is no such list.
static std::optional<llvm::SmallVector<int64_t>> readShape(const llvm::json::Value *value) {
  const Array *list = value ? value->getAsArray() : nullptr;
  if (!list || list->size() > 16)
    return std::nullopt;
  llvm::SmallVector<int64_t> shape;
  for (const llvm::json::Value &size : *list) {
    std::optional<int64_t> number = size.getAsInteger();
    if (!number && size.kind() != llvm::json::Value::Null)
      return std::nullopt;
    shape.push_back(number.value_or(-1));
  }
  return shape;
}

std::optional<llvm::SmallVector<int64_t>> declaredInputShape(const LayerConfig &layer) {
  for (llvm::StringRef key : {"batch_shape", "batch_input_shape", "build_input_shape"})
    if (auto shape = readShape(layer.config.get(key)); shape && !shape->empty())
      return shape;
  if (layer.inner && layer.className != "TimeDistributed")
    return declaredInputShape(*layer.inner);
  if (layer.model && !layer.model->layers.empty())
    return declaredInputShape(layer.model->layers.front());
  return std::nullopt;
}

namespace {

class ModelReader {
public:
  explicit ModelReader(EmitError emitError) : emitError(emitError) {}

  FailureOr<std::unique_ptr<ModelConfig>> readModel(const Object &root, const std::string &path);

private:
  FailureOr<LayerConfig> readLayer(const llvm::json::Value &value, const std::string &path,
                                   size_t index);
  LogicalResult readConfig(const Object &layer, LayerConfig &result);
  LogicalResult readCalls(const Object &layer, LayerConfig &result);
  FailureOr<Call> readCall(const llvm::json::Value &value, const LayerConfig &layer);
  LogicalResult readArguments(const llvm::json::Value &value, Call &call, unsigned depth);
  LogicalResult readOperand(const llvm::json::Value &value, Call &call);
  FailureOr<TensorRef> readRef(const Array &list);
  LogicalResult readRefs(const llvm::json::Value *value, llvm::StringRef what,
                         std::vector<TensorRef> &refs);
  void chain(ModelConfig &model, const Object &config, size_t connected);
  LogicalResult connect(ModelConfig &model, const Object &config);

  EmitError emitError;
};

bool isModelClass(llvm::StringRef name) {
  return name == "Sequential" || name == "Model" || name == "Functional" || name == "Network" ||
         name == "Container" || name == "Graph" || name == "Pipeline";
}

/// A subclass of Model that says how it is connected is as good as one.
bool isModel(llvm::StringRef className, const llvm::json::Value *config) {
  const Object *object = config ? config->getAsObject() : nullptr;
  return isModelClass(className) ||
         (object && object->getArray("layers") && object->get("input_layers"));
}

/// Whether the first call of a nested model has number 1: Keras 1 and 2 count the model's own.
bool countsItself(const LayerConfig &layer) {
  if (!layer.model || layer.model->layers.empty())
    return false;
  const LayerConfig &first = layer.model->layers.front();
  return first.className == "InputLayer" || first.config.get("batch_input_shape");
}

FailureOr<std::unique_ptr<ModelConfig>> ModelReader::readModel(const Object &root,
                                                               const std::string &path) {
  const llvm::json::Value *config = root.get("config");
  const Object *object = config ? config->getAsObject() : nullptr;
  const Array *layers = object   ? object->getArray("layers")
                        : config ? config->getAsArray()
                                 : nullptr;
  if (!layers)
    return emitError() << (path.empty() ? "the architecture" : "the model " + quoted(path))
                       << " has no list of layers; save it with Keras' own model.save() or "
                          "model.to_json()";
  auto model = std::make_unique<ModelConfig>();
  model->isSequential = !object || !object->get("input_layers");
  llvm::StringSet<> names;
  for (auto [index, value] : llvm::enumerate(*layers)) {
    FailureOr<LayerConfig> layer = readLayer(value, path, index);
    if (failed(layer))
      return failure();
    if (!names.insert(layer->name).second)
      return emitError() << "two layers are called " << quoted(layer->path);
    model->layers.push_back(std::move(*layer));
  }
  if (model->layers.empty())
    return emitError() << (path.empty() ? "the model" : "the model " + quoted(path))
                       << " has no layers";
  Object none;
  auto readBranch = [&](const llvm::json::Value &value) { return readLayer(value, path, 0); };
  if (model->isSequential) {
    FailureOr<size_t> connected = expandMerge(*model, readBranch, emitError);
    if (failed(connected))
      return failure();
    chain(*model, object ? *object : none, *connected);
  } else if (failed(connect(*model, *object))) {
    return failure();
  }
  return model;
}

FailureOr<LayerConfig> ModelReader::readLayer(const llvm::json::Value &value,
                                              const std::string &path, size_t index) {
  const Object *object = value.getAsObject();
  auto className = object ? object->getString("class_name") : std::nullopt;
  if (!className)
    return emitError() << "entry " << index << " of the layers" << (path.empty() ? "" : " of ")
                       << (path.empty() ? "" : quoted(path)) << " has no class_name";
  LayerConfig layer;
  layer.className = className->str();
  const Object *config = object->getObject("config");
  auto name = object->getString("name");
  if (!name && config)
    name = config->getString("name");
  layer.name =
      name ? name->str() : llvm::StringRef(*className).lower() + "_" + std::to_string(index);
  layer.path = path.empty() ? layer.name : path + "/" + layer.name;
  layer.sharedId = object->getInteger("shared_object_id");
  if (failed(readConfig(*object, layer)))
    return failure();
  layer.operatorName = operatorNameOf(*object, layer);
  // LayerNormalization then has a factor and no addend, whatever else it says.
  if (layer.config.getBoolean("rms_scaling").value_or(false)) {
    layer.config["scale"] = true;
    layer.config["center"] = false;
  }
  convertKeras1(layer);
  if (failed(readCalls(*object, layer)))
    return failure();
  return layer;
}

LogicalResult ModelReader::readConfig(const Object &object, LayerConfig &layer) {
  const llvm::json::Value *config = object.get("config");
  if (isModel(layer.className, config)) {
    FailureOr<std::unique_ptr<ModelConfig>> model = readModel(object, layer.path);
    if (failed(model))
      return failure();
    layer.model = std::move(*model);
    if (const Object *values = object.getObject("config"))
      for (llvm::StringRef key : {"trainable", "build_input_shape"})
        if (const llvm::json::Value *value = values->get(key))
          layer.config[key] = *value;
    return success();
  }
  if (!config || !config->getAsObject())
    return emitError() << describe(layer) << " has no configuration";
  layer.config = *config->getAsObject();
  const llvm::json::Value *inner = layer.config.get("layer");
  if (inner && inner->getAsObject()) {
    FailureOr<LayerConfig> wrapped = readLayer(*inner, layer.path, 0);
    if (failed(wrapped))
      return failure();
    layer.inner = std::make_unique<LayerConfig>(std::move(*wrapped));
  }
  return success();
}

FailureOr<TensorRef> ModelReader::readRef(const Array &list) {
  auto layer = list.empty() ? std::nullopt : list[0].getAsString();
  auto call = list.size() > 1 ? list[1].getAsInteger() : std::nullopt;
  auto tensor = list.size() > 2 ? list[2].getAsInteger() : std::nullopt;
  if (!layer || !call || !tensor)
    return emitError() << "a connection is " << shown(Array(list))
                       << "; it must be a layer's name and two numbers";
  return TensorRef{layer->str(), *call, *tensor};
}

/// True for ["conv1", 0, 0], the form of a tensor in Keras 1 and 2.
bool isRef(const llvm::json::Value &value) {
  const Array *list = value.getAsArray();
  return list && list->size() >= 3 && (*list)[0].getAsString() && (*list)[1].getAsInteger() &&
         (*list)[2].getAsInteger();
}

/// Tensors and numbers among the arguments of Keras 3, in order; lists are flattened.
LogicalResult ModelReader::readArguments(const llvm::json::Value &value, Call &call,
                                         unsigned depth) {
  const Object *object = value.getAsObject();
  auto className = object ? object->getString("class_name") : std::nullopt;
  if (className && *className == "__keras_tensor__") {
    const Object *config = object->getObject("config");
    const Array *history = config ? config->getArray("keras_history") : nullptr;
    if (!history)
      return emitError() << "a connection has no keras_history: " << shown(value);
    FailureOr<TensorRef> ref = readRef(*history);
    if (failed(ref))
      return failure();
    call.inputs.push_back(*ref);
    call.arguments.push_back({*ref, nullptr});
    return success();
  }
  const Array *list = value.getAsArray();
  bool isOfTensors =
      list && depth < 4 &&
      llvm::any_of(
          *list,
          [](const llvm::json::Value &entry) { return entry.getAsObject() || entry.getAsArray(); });
  if (!isOfTensors) {
    call.arguments.push_back({std::nullopt, value});
    return success();
  }
  for (const llvm::json::Value &entry : *list)
    if (failed(readArguments(entry, call, depth + 1)))
      return failure();
  return success();
}

/// ["conv1", 0, 0, {keywords}], or ["_CONSTANT_VALUE", -1, 2.0, {keywords}] for a number.
LogicalResult ModelReader::readOperand(const llvm::json::Value &value, Call &call) {
  Array none;
  const Array &list = value.getAsArray() ? *value.getAsArray() : none;
  bool isNumber = list.size() > 2 && list[0].getAsString() == llvm::StringRef("_CONSTANT_VALUE");
  if (isNumber) {
    call.arguments.push_back({std::nullopt, list[2]});
  } else {
    FailureOr<TensorRef> tensor = readRef(list);
    if (failed(tensor))
      return failure();
    call.inputs.push_back(*tensor);
    call.arguments.push_back({*tensor, nullptr});
  }
  if (list.size() > 3 && list[3].getAsObject())
    for (const auto &[key, argument] : *list[3].getAsObject())
      call.keywords[key] = argument;
  return success();
}

FailureOr<Call> ModelReader::readCall(const llvm::json::Value &value, const LayerConfig &layer) {
  Call call;
  if (const Object *object = value.getAsObject()) {
    const llvm::json::Value *arguments = object->get("args");
    if (!arguments)
      return emitError() << describe(layer) << ": a call of it has no arguments";
    if (failed(readArguments(*arguments, call, 0)))
      return failure();
    if (const Object *keywords = object->getObject("kwargs"))
      call.keywords = *keywords;
    return call;
  }
  const Array *list = value.getAsArray();
  if (!list)
    return emitError() << describe(layer) << ": a call of it is " << shown(value);
  // One tensor alone, or a list of them.
  Array single;
  if (!list->empty() && list->front().getAsString()) {
    single.push_back(value);
    list = &single;
  }
  for (const llvm::json::Value &entry : *list)
    if (failed(readOperand(entry, call)))
      return failure();
  for (auto &[key, argument] : call.keywords) {
    bool isOperand = llvm::StringRef(key) == "y" || llvm::StringRef(key) == "b";
    if (isRef(argument)) {
      FailureOr<TensorRef> tensor = readRef(*argument.getAsArray());
      if (failed(tensor))
        return failure();
      call.inputs.push_back(*tensor);
      call.arguments.push_back({*tensor, nullptr});
    } else if (isOperand) {
      call.arguments.push_back({std::nullopt, argument});
    }
  }
  return call;
}

LogicalResult ModelReader::readCalls(const Object &object, LayerConfig &layer) {
  const llvm::json::Value *nodes = object.get("inbound_nodes");
  const Array *list = nodes ? nodes->getAsArray() : nullptr;
  if (!list)
    return success();
  bool isOldForm = false;
  for (const llvm::json::Value &node : *list) {
    isOldForm |= node.getAsArray() != nullptr;
    FailureOr<Call> call = readCall(node, layer);
    if (failed(call))
      return failure();
    layer.calls.push_back(std::move(*call));
  }
  layer.firstCall = isOldForm && countsItself(layer);
  layer.isKeras3 = !isOldForm;
  return success();
}

LogicalResult ModelReader::readRefs(const llvm::json::Value *value, llvm::StringRef what,
                                    std::vector<TensorRef> &refs) {
  if (const Object *object = value ? value->getAsObject() : nullptr) {
    // DenseMap order is not the file's; names sort as Keras sorts the keys of a dictionary.
    std::vector<std::string> keys;
    for (const auto &entry : *object)
      keys.push_back(llvm::StringRef(entry.first).str());
    llvm::sort(keys);
    for (const std::string &key : keys)
      if (failed(readRefs(object->get(key), what, refs)))
        return failure();
    return success();
  }
  const Array *list = value ? value->getAsArray() : nullptr;
  if (!list)
    return emitError() << "the " << what << " are "
                       << (value ? shown(*value) : std::string("not given"))
                       << "; they must be a list of layers";
  if (isRef(*value)) {
    refs.push_back(*readRef(*list));
    return success();
  }
  for (const llvm::json::Value &entry : *list)
    if (failed(readRefs(&entry, what, refs)))
      return failure();
  return success();
}

/// Each layer of a Sequential is called on the one before, behind those that are connected already.
void ModelReader::chain(ModelConfig &model, const Object &config, size_t connected) {
  if (model.layers.front().className != "InputLayer") {
    LayerConfig input;
    const LayerConfig &first = model.layers.front();
    input.className = "InputLayer";
    input.name = first.name + "_input";
    input.path = first.path + "_input";
    std::optional<llvm::SmallVector<int64_t>> shape = declaredInputShape(first);
    if (!shape)
      shape = readShape(config.get("build_input_shape"));
    if (shape) {
      Array sizes;
      for (int64_t size : *shape)
        sizes.push_back(size < 0 ? llvm::json::Value(nullptr) : llvm::json::Value(size));
      input.config["batch_input_shape"] = std::move(sizes);
    }
    if (const llvm::json::Value *type = first.config.get("input_dtype"))
      input.config["dtype"] = *type;
    model.layers.insert(model.layers.begin(), std::move(input));
  }
  for (size_t i = std::max<size_t>(connected, 1); i < model.layers.size(); ++i) {
    LayerConfig &layer = model.layers[i];
    TensorRef before{model.layers[i - 1].name, 0, 0};
    layer.firstCall = 0;
    layer.calls.assign(1, Call{{before}, {{before, nullptr}}, {}});
  }
  if (model.inputs.empty())
    model.inputs.push_back({model.layers.front().name, 0, 0});
  model.outputs.push_back({model.layers.back().name, 0, 0});
}

/// Where the numbers of a nested model's calls begin shows in what refers to them: with 1, the
/// model's own being 0, or with 0. Later versions of Keras 3 begin with 0 among arguments and with
/// 1 among outputs, unless the nested model is a Sequential.
void numberCalls(ModelConfig &model, LayerConfig &layer) {
  std::vector<int64_t> arguments, outputs;
  for (const LayerConfig &user : model.layers)
    for (const Call &call : user.calls)
      for (const TensorRef &ref : call.inputs)
        if (ref.layer == layer.name)
          arguments.push_back(ref.call);
  for (const TensorRef &ref : model.outputs)
    if (ref.layer == layer.name)
      outputs.push_back(ref.call);
  auto count = static_cast<int64_t>(layer.calls.size());
  auto all = llvm::to_vector(llvm::concat<int64_t>(arguments, outputs));
  if (all.empty())
    return;
  int64_t first = *llvm::min_element(all), last = *llvm::max_element(all);
  bool outputsCountItself = layer.isKeras3 && !layer.model->isSequential && !outputs.empty() &&
                            !llvm::is_contained(outputs, 0);
  if (outputsCountItself && llvm::is_contained(arguments, 0)) {
    layer.firstCall = 0;
    for (TensorRef &ref : model.outputs)
      ref.call -= ref.layer == layer.name;
  } else if (first == 0) {
    layer.firstCall = 0;
  } else if (last == count) {
    layer.firstCall = 1;
  }
}

LogicalResult ModelReader::connect(ModelConfig &model, const Object &config) {
  if (failed(readRefs(config.get("input_layers"), "input_layers", model.inputs)) ||
      failed(readRefs(config.get("output_layers"), "output_layers", model.outputs)))
    return failure();
  for (LayerConfig &layer : model.layers)
    if (layer.model)
      numberCalls(model, layer);
  return success();
}

} // namespace

FailureOr<std::unique_ptr<ModelConfig>> readModelConfig(const Object &root, EmitError emitError) {
  auto className = root.getString("class_name");
  if (!className || !isModel(*className, root.get("config")))
    return emitError() << "the architecture is "
                       << (className ? "of class " + quoted(*className) : "of no class")
                       << ", no Sequential or functional model; build the network from such a "
                          "model and save that";
  FailureOr<std::unique_ptr<ModelConfig>> model = ModelReader(emitError).readModel(root, "");
  if (succeeded(model))
    completeFormats(**model);
  return model;
}

} // namespace kiln::keras_frontend
