// Layers are compared by hashes of their whole configuration.
#include "frontends/keras/KerasSharing.h"

#include "llvm/Support/raw_ostream.h"
#include "llvm/Support/xxhash.h"

namespace kiln::keras_frontend {

static constexpr llvm::StringLiteral mark = "shared_object_id";

/// A configuration without the marks of initializers and the like.
static llvm::json::Value unmarked(const llvm::json::Value &value) {
  if (const llvm::json::Array *list = value.getAsArray()) {
    llvm::json::Array copy;
    for (const llvm::json::Value &entry : *list)
      copy.push_back(unmarked(entry));
    return copy;
  }
  const llvm::json::Object *object = value.getAsObject();
  if (!object)
    return value;
  llvm::json::Object copy;
  for (const auto &[key, entry] : *object)
    if (llvm::StringRef(key) != mark)
      copy[key] = unmarked(entry);
  return copy;
}

SharedLayers::SharedLayers(const ModelConfig &model) {
  list(model, nullptr);
  findMarked();
}

void SharedLayers::list(const ModelConfig &model, const LayerConfig *outermostLayer) {
  for (const LayerConfig &layer : model.layers)
    list(layer, outermostLayer ? outermostLayer : &layer);
}

void SharedLayers::list(const LayerConfig &layer, const LayerConfig *outermostLayer) {
  layers.push_back(&layer);
  outermost[&layer] = outermostLayer;
  if (layer.inner)
    list(*layer.inner, outermostLayer);
  if (layer.model)
    list(*layer.model, outermostLayer);
}

void SharedLayers::findMarked() {
  std::map<int64_t, const LayerConfig *> firstMarked;
  for (const LayerConfig *layer : layers) {
    if (!layer->sharedId)
      continue;
    auto [known, isNew] = firstMarked.try_emplace(*layer->sharedId, firstOf(*layer));
    if (isNew && !firstPlaces.contains(layer) && join(*layer))
      known->second = firstOf(*layer);
    else if (!isNew && known->second != layer && known->second->className == layer->className)
      share(*layer, *known->second);
  }
}

const LayerConfig *SharedLayers::firstOf(const LayerConfig &layer) const {
  const LayerConfig *first = firstPlaces.lookup(&layer);
  return first ? first : &layer;
}

uint64_t SharedLayers::kindOf(const LayerConfig &layer) {
  if (auto known = kinds.find(&layer); known != kinds.end())
    return known->second;
  std::string text;
  llvm::raw_string_ostream stream(text);
  stream << layer.className << '\0' << layer.name << '\0';
  // What is inside a wrapper is in its configuration too, with marks of its own.
  if (layer.inner)
    stream << kindOf(*layer.inner);
  else
    stream << unmarked(llvm::json::Object(layer.config));
  if (layer.model)
    for (const LayerConfig &inner : layer.model->layers)
      stream << ' ' << kindOf(inner);
  return kinds[&layer] = llvm::xxh3_64bits(text);
}

const LayerConfig *SharedLayers::earlierLike(const LayerConfig &layer) {
  if (firstOfKind.empty())
    for (const LayerConfig *each : layers)
      firstOfKind.try_emplace(kindOf(*each), each);
  const LayerConfig *first = firstOfKind.at(kindOf(layer));
  return first == &layer ? nullptr : first;
}

bool SharedLayers::join(const LayerConfig &layer) {
  const LayerConfig *first = earlierLike(layer);
  if (first)
    share(layer, *firstOf(*first));
  return first;
}

bool SharedLayers::joinNear(const LayerConfig &layer) {
  const LayerConfig *first = earlierLike(layer);
  return first && outermostOf(*first) == outermostOf(layer) && join(layer);
}

/// What is inside is shared with it.
void SharedLayers::share(const LayerConfig &later, const LayerConfig &first) {
  firstPlaces[&later] = &first;
  if (later.inner && first.inner)
    share(*later.inner, *first.inner);
  if (later.model && first.model)
    for (const auto &[inner, firstInner] : llvm::zip(later.model->layers, first.model->layers))
      share(inner, *firstOf(firstInner));
}

} // namespace kiln::keras_frontend
