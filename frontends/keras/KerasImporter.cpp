// The import of one model, top to bottom; see KerasImporter::import.
#include "frontends/keras/KerasImporter.h"

#include "dialects/nn/NnLayerFacts.h"
#include "frontends/keras/KerasGraph.h"
#include "frontends/keras/KerasInputs.h"
#include "frontends/support/Weights.h"

#include "mlir/IR/Verifier.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/SaveAndRestore.h"

using namespace mlir;

namespace kiln::keras_frontend {

KerasImporter::KerasImporter(MLIRContext &context, llvm::StringRef path, const ModelConfig &model,
                             KerasWeights &weights, std::optional<frontend::RandomWeights> random,
                             KerasVersion version, const KerasOptions &options)
    : model(model), weights(weights), random(random), kerasVersion(version), options(options),
      fileLoc(frontend::fileLocation(context, path)), builder(&context), layerLoc(fileLoc) {
  int64_t next = 0;
  numberLayers(model, next);
}

void KerasImporter::numberLayers(const ModelConfig &part, int64_t &next) {
  for (const LayerConfig &layer : part.layers) {
    int64_t position = next++;
    if (layer.model)
      numberLayers(*layer.model, next);
    positions.try_emplace(&layer, position, next);
  }
}

OwningOpRef<ModuleOp> KerasImporter::import() {
  if (failed(addInputs()))
    return nullptr;
  FailureOr<SmallVector<KerasTensor>> outputs = run(model, inputs, "");
  if (failed(outputs) || failed(addOutputs(*outputs)))
    return nullptr;
  for (Operation &op : llvm::make_early_inc_range(llvm::reverse(function.getBody().front())))
    if (isOpTriviallyDead(&op))
      op.erase();
  if (failed(frontend::reportedAs(fileLoc, "the imported module is not valid",
                                  [&] { return verify(*module); })))
    return nullptr;
  return std::move(module);
}

static void listUnsupported(const ModelConfig &model, std::vector<std::string> &lines) {
  for (const LayerConfig &layer : model.layers)
    for (const LayerConfig *part = &layer; part; part = part->inner.get()) {
      if (part->model)
        listUnsupported(*part->model, lines);
      else if (part->className != "InputLayer" && !findLayer(*part))
        lines.push_back("\n  layer " + describeUnsupported(*part));
    }
}

LogicalResult KerasImporter::checkLayers() {
  std::vector<std::string> lines;
  listUnsupported(model, lines);
  if (lines.empty())
    return success();
  constexpr size_t mostListed = 1000;
  size_t count = lines.size();
  lines.resize(std::min(count, mostListed));
  return error() << count
                 << (count == 1 ? " layer is of a class that is"
                                : " layers are of classes that are")
                 << " not supported:" << llvm::join(lines, "")
                 << (count > mostListed ? "\n  and more" : "");
}

/// Whether layers with windows over maps of this rank, channels last, are in the model: then an
/// input of that rank is turned around at once, and what stands in front of the first window needs
/// no second layout.
static bool wantsChannelsFirst(const ModelConfig &model, int64_t rank) {
  for (const LayerConfig &layer : model.layers) {
    if (layer.model && wantsChannelsFirst(*layer.model, rank))
      return true;
    const LayerClass *known = findLayer(layer);
    if (known && known->spatialRank + 2 == rank && known->spatialRank > 0 &&
        layer.config.getString("data_format").value_or("channels_last") != "channels_first")
      return true;
  }
  return false;
}

LogicalResult KerasImporter::addInputs() {
  SmallVector<const LayerConfig *> layers;
  for (const TensorRef &ref : model.inputs) {
    const LayerConfig *layer = model.find(ref.layer);
    if (!layer || layer->className != "InputLayer")
      return error() << "the input " << quoted(ref.layer) << " is no InputLayer of the model";
    layers.push_back(layer);
  }
  FailureOr<SmallVector<RankedTensorType>> types =
      resolveInputTypes(layers, options.inputShapes, fileLoc);
  if (failed(types))
    return failure();
  module = ModuleOp::create(fileLoc);
  builder.setInsertionPointToEnd(module->getBody());
  SmallVector<Type> argumentTypes(types->begin(), types->end());
  function =
      func::FuncOp::create(builder, fileLoc, "main", builder.getFunctionType(argumentTypes, {}));
  Block *block = builder.createBlock(&function.getBody());
  for (auto [index, layer] : llvm::enumerate(layers)) {
    StringAttr name = builder.getStringAttr(layer->name);
    KerasTensor input =
        KerasTensor::plain(block->addArgument(argumentTypes[index], NameLoc::get(name)));
    function.setArgAttr(static_cast<unsigned>(index), "nn.name", name);
    if (wantsChannelsFirst(model, input.rank())) {
      Location loc =
          NameLoc::get(builder.getStringAttr(layer->name + ".channels_first"), NameLoc::get(name));
      FailureOr<KerasTensor> turned =
          KerasBuilder(builder, loc, transposes).channelsFirst(input, /*channelsLast=*/true);
      if (failed(turned))
        return failure();
      input = *turned;
    }
    inputs.push_back(std::move(input));
  }
  return success();
}

FailureOr<SmallVector<KerasTensor>> KerasImporter::run(const ModelConfig &part,
                                                       llvm::ArrayRef<KerasTensor> given,
                                                       const std::string &suffix) {
  FailureOr<std::vector<CallSite>> order = sortCalls(part, [&] { return error(); });
  if (failed(order))
    return failure();
  if (given.size() != part.inputs.size())
    return error() << "a model with " << part.inputs.size() << " inputs is called with "
                   << given.size();
  CallResults results;
  for (const auto &[ref, tensor] : llvm::zip_equal(part.inputs, given))
    results.insert_or_assign({ref.layer, 0}, tensor);
  // Results of a nested model beyond its first.
  std::map<CallKey, SmallVector<KerasTensor>> several;
  auto resultOf = [&](const TensorRef &ref) -> FailureOr<KerasTensor> {
    auto many = several.find({ref.layer, ref.call});
    size_t count = many == several.end() ? 1 : many->second.size();
    if (ref.tensor < 0 || static_cast<size_t>(ref.tensor) >= count)
      return error() << "a connection names result " << ref.tensor << " of layer "
                     << quoted(ref.layer) << ", which has " << count;
    return many == several.end() ? results.at({ref.layer, ref.call})
                                 : many->second[static_cast<size_t>(ref.tensor)];
  };
  for (const CallSite &site : *order) {
    CallKey key(site.layer->name, site.number);
    if (results.contains(key))
      continue;
    if (site.layer->className == "InputLayer")
      return error() << describe(*site.layer) << " is not among the inputs of its model";
    SmallVector<KerasTensor> operands;
    for (const TensorRef &ref : site.call->inputs) {
      FailureOr<KerasTensor> operand = resultOf(ref);
      if (failed(operand))
        return failure();
      operands.push_back(*operand);
    }
    int64_t index = site.number - site.layer->firstCall;
    std::string callSuffix = suffix + (index > 0 ? "_call" + std::to_string(index + 1) : "");
    if (site.layer->model) {
      FailureOr<SmallVector<KerasTensor>> outputs = runNested(*site.layer, operands, callSuffix);
      if (failed(outputs))
        return failure();
      results.insert_or_assign(key, outputs->front());
      several[key] = *outputs;
      continue;
    }
    FailureOr<KerasTensor> result = runCall(*site.layer, *site.call, index, operands, callSuffix);
    if (failed(result))
      return failure();
    results.insert_or_assign(key, *result);
  }
  SmallVector<KerasTensor> outputs;
  for (const TensorRef &ref : part.outputs) {
    FailureOr<KerasTensor> output = resultOf(ref);
    if (failed(output))
      return failure();
    outputs.push_back(*output);
  }
  if (outputs.empty())
    return error() << "the model has no outputs";
  return outputs;
}

FailureOr<KerasTensor> KerasImporter::ended(const LayerConfig &layer, KerasTensor result) {
  Operation *op = result.value.getDefiningOp();
  if (!op || op->getLoc() != layerLoc || isa<nn::ReshapeOp>(op)) {
    auto identity = nn::createChecked<nn::IdentityOp>(builder, layerLoc, result.value);
    if (failed(identity))
      return failure();
    op = *identity;
    result.value = op->getResult(0);
  }
  ParameterCount parameters = weights.count(layer);
  auto [position, end] = positions.lookup(&layer);
  nn::setLayerFacts(op, {layer.className, result.shape, result.order, parameters.trainable,
                         parameters.nonTrainable, parameters.repeatedTrainable,
                         parameters.repeatedNonTrainable, position, end});
  return result;
}

/// The results of a nested model are also tensors of the name that the model has around it.
FailureOr<SmallVector<KerasTensor>> KerasImporter::runNested(const LayerConfig &layer,
                                                             llvm::ArrayRef<KerasTensor> given,
                                                             const std::string &suffix) {
  FailureOr<SmallVector<KerasTensor>> outputs = run(*layer.model, given, suffix);
  if (failed(outputs) || wrapper)
    return outputs;
  StringAttr node = builder.getStringAttr(layer.path);
  for (auto [index, output] : llvm::enumerate(*outputs)) {
    std::string name = layer.path + suffix;
    if (index > 0)
      name += "_output" + std::to_string(index + 1);
    layerLoc = NameLoc::get(builder.getStringAttr(name), NameLoc::get(node));
    FailureOr<KerasTensor> result = ended(layer, output);
    if (failed(result))
      return failure();
    output = *result;
  }
  return outputs;
}

FailureOr<KerasTensor> KerasImporter::runCall(const LayerConfig &layer, const Call &call,
                                              int64_t index, llvm::ArrayRef<KerasTensor> operands,
                                              const std::string &suffix) {
  // A model that calls another twice, which calls another twice..: short to write, long to import.
  constexpr unsigned mostCalls = 50'000;
  if (++numCalls > mostCalls)
    return error() << "the model has more than " << mostCalls << " layers, repeated calls counted";
  StringAttr node = wrapper ? wrapper : builder.getStringAttr(layer.path);
  layerLoc = NameLoc::get(builder.getStringAttr(layer.path + suffix), NameLoc::get(node));
  FailureOr<KerasTensor> result = failure();
  auto step = [&]() -> LogicalResult {
    result = translate(layer, call, operands);
    if (succeeded(result) && !wrapper)
      result = ended(layer, *result);
    return result;
  };
  if (failed(frontend::reportedAs(fileLoc, describe(layer), step)))
    return failure();
  return result;
}

LogicalResult KerasImporter::asFloats(llvm::MutableArrayRef<KerasTensor> tensors) {
  KerasBuilder converter(builder, layerLoc, transposes);
  for (KerasTensor &tensor : tensors) {
    if (Type element = tensor.type().getElementType(); isa<FloatType>(element) && !element.isF64())
      continue;
    FailureOr<Value> value = converter.converted(tensor.value, builder.getF32Type());
    if (failed(value))
      return failure();
    tensor.value = *value;
  }
  return success();
}

FailureOr<KerasTensor> KerasImporter::translate(const LayerConfig &layer, const Call &call,
                                                llvm::ArrayRef<KerasTensor> operands) {
  const LayerClass *known = findLayer(layer);
  if (!known)
    return emitError(layerLoc) << describeUnsupported(layer);
  auto given = static_cast<int>(operands.size());
  if (given < known->minInputs || given > known->maxInputs)
    return emitError(layerLoc) << "it is called with " << given << " tensors where "
                               << (given < known->minInputs ? "at least " : "at most ")
                               << (given < known->minInputs ? known->minInputs : known->maxInputs)
                               << " are allowed";
  SmallVector<KerasTensor> inputs(operands);
  if (!known->keepsElements && failed(asFloats(inputs)))
    return failure();
  KerasLayer translated(layer, call, inputs, *this, builder, layerLoc, transposes);
  if (failed(known->translate(translated)) || !translated.configIsValid())
    return failure();
  return *translated.result();
}

FailureOr<KerasTensor> KerasImporter::translateInner(const LayerConfig &layer,
                                                     llvm::ArrayRef<KerasTensor> operands) {
  if (!layer.model)
    return translate(layer, Call(), operands);
  auto around = cast<NameLoc>(cast<NameLoc>(layerLoc).getChildLoc());
  llvm::SaveAndRestore<Location> restoredLoc(layerLoc);
  llvm::SaveAndRestore<StringAttr> inside(wrapper, around.getName());
  FailureOr<SmallVector<KerasTensor>> outputs = run(*layer.model, operands, "");
  if (failed(outputs))
    return failure();
  if (outputs->size() != 1)
    return emitError(layerLoc) << "the model inside has " << outputs->size() << " outputs";
  return outputs->front();
}

static Type elementTypeOf(Hdf5Type type, Builder &builder) {
  switch (type) {
  case Hdf5Type::F16:
    return builder.getF16Type();
  case Hdf5Type::BF16:
    return builder.getBF16Type();
  case Hdf5Type::F64:
    return builder.getF64Type();
  case Hdf5Type::I8:
    return builder.getI8Type();
  case Hdf5Type::U8:
    return builder.getIntegerType(8, /*isSigned=*/false);
  case Hdf5Type::I16:
    return builder.getI16Type();
  case Hdf5Type::I32:
    return builder.getI32Type();
  case Hdf5Type::I64:
    return builder.getI64Type();
  default:
    return builder.getF32Type();
  }
}

FailureOr<ElementsAttr> KerasImporter::storedElements(const WeightSource &source,
                                                      const std::string &name) {
  const Hdf5Dataset &dataset = *source.dataset;
  if (!dataset.problem.empty())
    return emitError(layerLoc) << "its weight " << quoted(source.path) << " " << dataset.problem
                               << "; copy the file again, or save the model again";
  FailureOr<RankedTensorType> type =
      nn::checkedTensorType(layerLoc, dataset.shape, elementTypeOf(dataset.type, builder));
  if (failed(type))
    return failure();
  return frontend::elementsOnFile(*type, name, dataset.data);
}

/// What a network begins its training with: kernels of normal numbers, factors and variances of
/// one, all else zero.
static frontend::InitialValue initialValue(llvm::StringRef name, llvm::ArrayRef<int64_t> shape) {
  if (name.ends_with("kernel") && shape.size() > 1) {
    llvm::ArrayRef<int64_t> inputs = shape.drop_back(name == "depthwise_kernel" ? 2 : 1);
    return {0, std::max<int64_t>(1, frontend::checkedProduct(inputs).value_or(1))};
  }
  bool isFactor = name.contains("variance") || name == "gamma" || name == "scale";
  return {isFactor ? 1.0f : 0.0f, 0};
}

FailureOr<ElementsAttr> KerasImporter::randomElements(WeightSource &source, const std::string &name,
                                                      llvm::ArrayRef<int64_t> shape) {
  FailureOr<RankedTensorType> type = nn::checkedTensorType(layerLoc, shape, builder.getF32Type());
  if (failed(type))
    return failure();
  source.elements = type->getNumElements();
  llvm::StringRef own = llvm::StringRef(name).rsplit('/').second;
  return random->next(layerLoc, name, *type, initialValue(own, shape));
}

FailureOr<Value> KerasImporter::weightOf(const LayerConfig &layer, llvm::StringRef name,
                                         std::optional<llvm::ArrayRef<int64_t>> wanted) {
  WeightSource *source = weights.find(layer, name);
  if (!source)
    return Value();
  Value &value = constants[source];
  if (value || (source->isRandom && !wanted))
    return value;
  std::string constantName = layer.path + "/" + name.str();
  FailureOr<ElementsAttr> elements = source->isRandom
                                         ? randomElements(*source, constantName, *wanted)
                                         : storedElements(*source, constantName);
  if (failed(elements))
    return failure();
  Location loc = NameLoc::get(builder.getStringAttr(constantName));
  value = nn::ConstantOp::create(builder, loc, elements->getType(), *elements);
  return value;
}

LogicalResult KerasImporter::addOutputs(llvm::ArrayRef<KerasTensor> outputs) {
  SmallVector<Value> results;
  SmallVector<std::string> names;
  llvm::StringMap<unsigned> uses;
  for (const auto &[ref, output] : llvm::zip_equal(model.outputs, outputs)) {
    std::string name = ref.layer;
    unsigned count = uses[name]++;
    if (count > 0)
      name += "_" + std::to_string(count);
    names.push_back(name);
    Location loc = NameLoc::get(builder.getStringAttr(name));
    FailureOr<Value> value = KerasBuilder(builder, loc, transposes).plain(output);
    if (failed(value))
      return failure();
    results.push_back(*value);
  }
  func::ReturnOp::create(builder, fileLoc, results);
  function.setType(
      builder.getFunctionType(function.getArgumentTypes(), ValueRange(results).getTypes()));
  for (auto [index, name] : llvm::enumerate(names))
    function.setResultAttr(static_cast<unsigned>(index), "nn.name", builder.getStringAttr(name));
  return success();
}

} // namespace kiln::keras_frontend
