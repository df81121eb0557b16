// The two layouts of weights.
#include "frontends/keras/KerasWeights.h"

#include "frontends/keras/KerasLayers.h"

#include "llvm/ADT/StringExtras.h"

using namespace mlir;

namespace kiln::keras_frontend {

/// Whether a condition such as "use_bias=1", "axes" or "!mean" of LayerClass::weights holds.
static bool holds(llvm::StringRef condition, const llvm::json::Object &config) {
  auto isGiven = [&](llvm::StringRef key) {
    const llvm::json::Value *value = config.get(key);
    return value && value->kind() != llvm::json::Value::Null;
  };
  if (condition.consume_front("!"))
    return !isGiven(condition);
  if (!condition.contains('='))
    return isGiven(condition);
  auto [key, otherwise] = condition.split('=');
  if (!isGiven(key))
    return otherwise == "1";
  const llvm::json::Value *value = config.get(key);
  if (auto flag = value->getAsBoolean())
    return *flag;
  return value->getAsInteger().value_or(0) != 0;
}

namespace {

/// An entry of LayerClass::weights that the layer has.
struct WeightEntry {
  llvm::StringRef name;
  bool isStatistic;
  bool isOfInner;
};

} // namespace

static llvm::SmallVector<WeightEntry> entriesOf(const LayerConfig &layer) {
  llvm::SmallVector<WeightEntry> entries;
  llvm::SmallVector<llvm::StringRef> texts;
  if (const LayerClass *known = findLayer(layer))
    known->weights.split(texts, ' ', /*MaxSplit=*/-1, /*KeepEmpty=*/false);
  for (llvm::StringRef text : texts) {
    bool isStatistic = text.consume_front("*"), isOfInner = text.consume_front("&");
    auto [name, condition] = text.split('?');
    if (condition.empty() || holds(condition, layer.config))
      entries.push_back({name, isStatistic, isOfInner});
  }
  return entries;
}

/// In Keras 3 a layer's own word counts, in Keras 2 also that of models and wrappers around it.
bool KerasWeights::isTrainable(const LayerConfig &layer, bool isOuterTrainable) const {
  return (isKeras3 || isOuterTrainable) && layer.config.getBoolean("trainable").value_or(true);
}

void KerasWeights::addSlots(const LayerConfig &layer, bool isOuterTrainable,
                            std::vector<Slot> &slots) const {
  bool isInsideTrainable = isTrainable(layer, isOuterTrainable);
  if (layer.model)
    for (const LayerConfig &inner : layer.model->layers)
      addSlots(inner, isInsideTrainable, slots);
  if (layer.inner)
    addSlots(*layer.inner, isInsideTrainable, slots);
  for (const WeightEntry &entry : entriesOf(layer))
    if (!entry.isOfInner)
      slots.push_back({&layer, entry.name.str(), isInsideTrainable && !entry.isStatistic});
}

void KerasWeights::set(const Slot &slot, const Hdf5Dataset *dataset, std::string path) {
  int64_t elements = dataset ? frontend::checkedProduct(dataset->shape).value_or(0) : 0;
  sources[slot.layer][slot.name] = {dataset, std::move(path), slot.isTrainable, false, elements};
}

void KerasWeights::assignRandom() {
  std::vector<Slot> slots;
  for (const LayerConfig &layer : model.layers)
    addSlots(layer, true, slots);
  for (const Slot &slot : slots)
    sources[slot.layer][slot.name] = {nullptr, "", slot.isTrainable, true, slot.name == "count"};
}

/// The list of a nested model's weights has those of a shared layer once.
void KerasWeights::dropRepeated(std::vector<Slot> &slots) const {
  std::set<std::pair<const LayerConfig *, std::string>> known;
  llvm::erase_if(slots, [&](const Slot &slot) {
    return !known.emplace(sharing.firstOf(*slot.layer), slot.name).second;
  });
}

/// The weights of a layer and of what is inside it, of which the file has as many as are given.
std::vector<KerasWeights::Slot> KerasWeights::slotsOf(const LayerConfig &layer, size_t given) {
  std::vector<Slot> slots;
  addSlots(layer, true, slots);
  dropRepeated(slots);
  if (slots.size() > given) {
    for (const Slot &slot : slots)
      sharing.joinNear(*slot.layer);
    dropRepeated(slots);
  }
  return slots;
}

/// What a weight is called in the layer: "conv1/kernel:0" is kernel.
static llvm::StringRef weightName(llvm::StringRef name) {
  return name.substr(name.rfind('/') + 1).split(':').first;
}

/// How many weights are called in the file as the slots are.
template <typename Slots>
static size_t agreement(const Slots &slots, llvm::ArrayRef<std::string> names) {
  size_t count = 0;
  for (const auto &[slot, name] : llvm::zip(slots, names))
    count += weightName(name) == slot.name;
  return count;
}

/// The slots in the order in which the file names them: "conv1/kernel:0", or "kernel:0" where only
/// one layer has such a weight. None where names do not tell.
template <typename Slots>
static Slots inOrderOf(llvm::ArrayRef<std::string> names, const Slots &slots) {
  constexpr size_t several = ~size_t(0);
  llvm::StringMap<size_t> places;
  for (auto [place, slot] : llvm::enumerate(slots))
    for (const std::string &name : {slot.name, slot.layer->name + "/" + slot.name})
      if (auto [known, isNew] = places.try_emplace(name, place); !isNew)
        known->second = several;
  Slots ordered;
  std::set<size_t> taken;
  for (llvm::StringRef name : names) {
    name = llvm::StringRef(name.begin(), weightName(name).end() - name.begin());
    auto placeOf = [&](size_t begin) {
      auto found = places.find(name.substr(begin));
      return found == places.end() ? several : found->second;
    };
    size_t begin = name.rfind('/') + 1, place = placeOf(begin);
    while (place == several && begin > 1) {
      begin = name.rfind('/', begin - 1) + 1;
      place = placeOf(begin);
    }
    if (place == several || !taken.insert(place).second)
      return {};
    ordered.push_back(slots[place]);
  }
  return ordered;
}

void KerasWeights::assignGroup(const LayerConfig &layer, llvm::StringRef group,
                               const Hdf5File &file) {
  const std::vector<std::string> *names = file.strings(group, "weight_names");
  size_t given = names ? names->size() : 0;
  std::vector<Slot> slots = slotsOf(layer, given);
  // The weights of a frozen layer stand with the statistics, its own order kept.
  std::vector<Slot> byKind;
  for (bool isTrainable : {true, false})
    llvm::copy_if(slots, std::back_inserter(byKind),
                  [&](const Slot &slot) { return slot.isTrainable == isTrainable; });
  bool hasCount = slots.size() == given + 1 && !slots.empty() && slots.back().name == "count";
  if (hasCount)
    byKind = slots;
  if (given != slots.size() && !hasCount) {
    std::string needed;
    for (const Slot &slot : slots)
      needed += (needed.empty() ? "" : ", ") + slot.name;
    problems.push_back("\n  " + describe(layer) + " needs " + std::to_string(slots.size()) +
                       " weights" + (needed.empty() ? "" : " (" + needed + ")") +
                       "; the file has " + std::to_string(given));
    return;
  }
  if (!names)
    return;
  if (agreement(slots, *names) > agreement(byKind, *names))
    byKind = slots;
  if (std::vector<Slot> named = inOrderOf(*names, slots); !named.empty())
    byKind = named;
  for (const auto &[slot, name] : llvm::zip(byKind, *names)) {
    std::string path = group.empty() ? name : group.str() + "/" + name;
    const Hdf5Dataset *dataset = file.dataset(path);
    if (!dataset)
      problems.push_back("\n  " + describe(layer) + ": the file lists " + quoted(name) +
                         " but does not hold it");
    set(slot, dataset, path);
  }
}

void KerasWeights::assignNamed(llvm::StringRef root, const Hdf5File &file) {
  std::vector<const LayerConfig *> needing;
  for (const LayerConfig &layer : model.layers) {
    std::vector<Slot> slots;
    addSlots(layer, true, slots);
    if (!slots.empty())
      needing.push_back(&layer);
  }
  auto groupOf = [&](llvm::StringRef name) {
    return root.empty() ? name.str() : root.str() + "/" + name.str();
  };
  bool isByName = llvm::all_of(
      needing, [&](const LayerConfig *layer) { return file.hasGroup(groupOf(layer->name)); });
  if (isByName) {
    for (const LayerConfig *layer : needing)
      assignGroup(*layer, groupOf(layer->name), file);
    return;
  }
  // Another model of the same structure: Keras then goes by the order of layers that have weights.
  std::vector<std::string> groups;
  for (const std::string &name : *file.strings(root, "layer_names"))
    if (const auto *names = file.strings(groupOf(name), "weight_names"); names && !names->empty())
      groups.push_back(groupOf(name));
  if (groups.size() != needing.size()) {
    for (const LayerConfig *layer : needing)
      if (!file.hasGroup(groupOf(layer->name)))
        problems.push_back("\n  " + describe(*layer) + " has no weights in the file");
    return;
  }
  for (const auto &[layer, group] : llvm::zip_equal(needing, groups))
    assignGroup(*layer, group, file);
}

/// Conv2DTranspose becomes conv2d_transpose, PReLU p_re_lu: an underscore before a capital that
/// begins a word, or that follows a small letter.
static std::string snakeCase(llvm::StringRef className) {
  std::string words, result;
  for (size_t i = 0; i < className.size(); ++i) {
    bool beginsWord = i > 0 && llvm::isUpper(className[i]) && i + 1 < className.size() &&
                      llvm::isLower(className[i + 1]) && words.back() != '_';
    words += beginsWord ? "_" : "";
    words += className[i];
  }
  for (size_t i = 0; i < words.size(); ++i) {
    bool followsSmall = i > 0 && llvm::isUpper(words[i]) && llvm::isLower(words[i - 1]);
    result += followsSmall ? "_" : "";
    result += llvm::toLower(words[i]);
  }
  return result;
}

void KerasWeights::assignPath(const LayerConfig &layer, const std::string &folder,
                              bool isOuterTrainable, const Hdf5File &file) {
  bool isInsideTrainable = isTrainable(layer, isOuterTrainable);
  if (layer.model)
    return assignPaths(*layer.model, folder, isInsideTrainable, file);
  if (layer.inner)
    assignPath(*layer.inner, folder + "/layer", isInsideTrainable, file);
  llvm::SmallVector<WeightEntry> entries = entriesOf(layer);
  auto pathOf = [&](size_t index) { return folder + "/vars/" + std::to_string(index); };
  // The weights of a shared layer are at its first place.
  bool isShared = sharing.firstOf(layer) != &layer;
  if (isShared || (!entries.empty() && !file.dataset(pathOf(0)) && sharing.join(layer)))
    return;
  for (auto [index, entry] : llvm::enumerate(entries)) {
    std::string path = pathOf(index);
    const Hdf5Dataset *dataset = file.dataset(path);
    if (!dataset && entry.name != "count")
      problems.push_back("\n  " + describe(layer) + ": its weight " + entry.name.str() + " (" +
                         quoted(path) + ") is not in the file");
    Slot slot{&layer, entry.name.str(), isInsideTrainable && !entry.isStatistic};
    if (!entry.isOfInner)
      set(slot, dataset, path);
  }
}

void KerasWeights::assignPaths(const ModelConfig &part, const std::string &folder,
                               bool isOuterTrainable, const Hdf5File &file) {
  std::string base = folder.empty() ? "" : folder + "/";
  std::string layers = base + "layers";
  if (file.hasGroup(base + "_layer_checkpoint_dependencies"))
    layers = base + "_layer_checkpoint_dependencies";
  llvm::StringMap<unsigned> uses;
  for (const LayerConfig &layer : part.layers) {
    // Keras 2 gives no number to a further place of a shared layer.
    if (!layer.operatorName.empty() || (part.isSequential && layer.className == "InputLayer") ||
        (!isKeras3 && sharing.firstOf(layer) != &layer))
      continue;
    std::string name = snakeCase(layer.className);
    unsigned count = uses[name]++;
    if (count > 0)
      name += "_" + std::to_string(count);
    assignPath(layer, layers + "/" + name, isOuterTrainable, file);
  }
}

LogicalResult KerasWeights::assign(const Hdf5File &file, EmitError emitError) {
  auto isRoot = [&](llvm::StringRef group) {
    return file.strings(group, "layer_names") != nullptr;
  };
  bool hasPaths = file.hasGroup("layers") || file.hasGroup("_layer_checkpoint_dependencies");
  if (isRoot("model_weights") || isRoot(""))
    assignNamed(isRoot("model_weights") ? "model_weights" : "", file);
  else if (hasPaths)
    assignPaths(model, "", /*isOuterTrainable=*/true, file);
  else
    return emitError() << "the file has no weights: neither 'layer_names' of model.save_weights() "
                          "nor 'layers' of a .keras file";
  if (problems.empty())
    return success();
  constexpr size_t mostListed = 100;
  size_t count = problems.size();
  problems.resize(std::min(count, mostListed));
  return emitError() << "the weights do not fit the architecture; give the file that was saved "
                        "with it:"
                     << llvm::join(problems, "") << (count > mostListed ? "\n  and more" : "");
}

WeightSource *KerasWeights::find(const LayerConfig &layer, llvm::StringRef name) {
  auto found = sources.find(sharing.firstOf(layer));
  if (found == sources.end())
    return nullptr;
  auto source = found->second.find(name);
  bool isThere =
      source != found->second.end() && (source->second.dataset || source->second.isRandom);
  return isThere ? &source->second : nullptr;
}

ParameterCount KerasWeights::count(const LayerConfig &layer) const {
  ParameterCount total;
  std::set<const LayerConfig *> counted;
  count(layer, sharing.outermostOf(layer), counted, total);
  return total;
}

void KerasWeights::count(const LayerConfig &layer, const LayerConfig *outermost,
                         std::set<const LayerConfig *> &counted, ParameterCount &total) const {
  if (layer.inner)
    count(*layer.inner, outermost, counted, total);
  if (layer.model)
    for (const LayerConfig &part : layer.model->layers)
      count(part, outermost, counted, total);
  const LayerConfig *first = sharing.firstOf(layer);
  auto found = sources.find(first);
  if (found == sources.end() || !counted.insert(first).second)
    return;
  bool isRepeated = sharing.outermostOf(*first) != outermost;
  for (const auto &entry : found->second) {
    const WeightSource &source = entry.second;
    (source.isTrainable ? total.trainable : total.nonTrainable) += source.elements;
    if (isRepeated)
      (source.isTrainable ? total.repeatedTrainable : total.repeatedNonTrainable) +=
          source.elements;
  }
}

} // namespace kiln::keras_frontend
