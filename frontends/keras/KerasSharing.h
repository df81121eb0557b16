// Layers that a model has in several places: in two nested models, or inside a wrapper and beside
// it. A file writes such a layer down at each place; it is one layer, with one set of weights.
//
//   {"name": "left",  "config": {"layers": [{"name": "conv", ...}]}}
//   {"name": "right", "config": {"layers": [{"name": "conv", "shared_object_id": 7, ...}]}}
//     ->  right/conv is left/conv
#ifndef KILN_FRONTENDS_KERAS_KERASSHARING_H
#define KILN_FRONTENDS_KERAS_KERASSHARING_H

#include "frontends/keras/KerasModel.h"

#include "llvm/ADT/DenseMap.h"

#include <map>

namespace kiln::keras_frontend {

class SharedLayers {
public:
  /// Finds the layers that the file marks as shared. All but the first place has the mark.
  explicit SharedLayers(const ModelConfig &model);

  /// The first place of a layer: where its weights are.
  const LayerConfig *firstOf(const LayerConfig &layer) const;
  /// Files may leave the mark out: takes a layer for the first of the same name, class and
  /// configuration, if there is one before it. True where it has become that one.
  bool join(const LayerConfig &layer);
  /// The same if the first is in the same layer of the outermost model.
  bool joinNear(const LayerConfig &layer);
  /// The layer of the outermost model that a layer is in, or is.
  const LayerConfig *outermostOf(const LayerConfig &layer) const { return outermost.at(&layer); }

private:
  void list(const ModelConfig &model, const LayerConfig *outermostLayer);
  void list(const LayerConfig &layer, const LayerConfig *outermostLayer);
  void findMarked();
  uint64_t kindOf(const LayerConfig &layer);
  const LayerConfig *earlierLike(const LayerConfig &layer);
  void share(const LayerConfig &later, const LayerConfig &first);

  /// All layers in the order of the file, what is inside of one behind it.
  std::vector<const LayerConfig *> layers;
  std::map<const LayerConfig *, const LayerConfig *> outermost;
  llvm::DenseMap<const LayerConfig *, const LayerConfig *> firstPlaces;
  /// The first layer of a kind, which is a hash of name, class and configuration; both filled when
  /// first needed.
  std::map<uint64_t, const LayerConfig *> firstOfKind;
  std::map<const LayerConfig *, uint64_t> kinds;
};

} // namespace kiln::keras_frontend

#endif // KILN_FRONTENDS_KERAS_KERASSHARING_H
