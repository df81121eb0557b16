// Which dataset of the weights file is which weight of which layer.
#ifndef KILN_FRONTENDS_KERAS_KERASWEIGHTS_H
#define KILN_FRONTENDS_KERAS_KERASWEIGHTS_H

#include "frontends/keras/Hdf5File.h"
#include "frontends/keras/KerasSharing.h"

#include <set>

namespace kiln::keras_frontend {

/// Where a weight comes from: a dataset, and its name for messages, or the generator of random
/// ones, which learns the shape when the weight is used.
struct WeightSource {
  const Hdf5Dataset *dataset = nullptr;
  std::string path;
  bool isTrainable = true;
  bool isRandom = false;
  int64_t elements = 0;
};

/// How many numbers a layer has in the file.
struct ParameterCount {
  int64_t trainable = 0, nonTrainable = 0;
  /// Those that an earlier layer of the outermost model has too: totals count them there.
  int64_t repeatedTrainable = 0, repeatedNonTrainable = 0;
};

class KerasWeights {
public:
  KerasWeights(const ModelConfig &model, KerasVersion version)
      : model(model), isKeras3(version.major >= 3), sharing(model) {}

  /// Finds the weights of every layer, in either layout:
  /// - Keras 1 and 2, and .h5 of Keras 3: a group a layer of the outermost model, its attribute
  ///   weight_names lists them; of a nested model all trainable ones come first;
  /// - .keras and .weights.h5: layers/NAME/vars/0, 1.., where NAME is made of the class.
  /// The error lists all layers whose weights are missing or of another number.
  mlir::LogicalResult assign(const Hdf5File &file, EmitError emitError);

  /// Gives all weights random numbers.
  void assignRandom();

  /// Null where the layer has no weight of that name.
  WeightSource *find(const LayerConfig &layer, llvm::StringRef name);
  /// The parameters of a layer and of those inside it, as Keras counts them: statistics, and all of
  /// a frozen layer, are not trainable.
  ParameterCount count(const LayerConfig &layer) const;

private:
  struct Slot {
    const LayerConfig *layer;
    std::string name;
    bool isTrainable;
  };
  bool isTrainable(const LayerConfig &layer, bool isOuterTrainable) const;
  void addSlots(const LayerConfig &layer, bool isOuterTrainable, std::vector<Slot> &slots) const;
  std::vector<Slot> slotsOf(const LayerConfig &layer, size_t given);
  void dropRepeated(std::vector<Slot> &slots) const;
  void assignNamed(llvm::StringRef root, const Hdf5File &file);
  void assignGroup(const LayerConfig &layer, llvm::StringRef group, const Hdf5File &file);
  void assignPaths(const ModelConfig &part, const std::string &folder, bool isOuterTrainable,
                   const Hdf5File &file);
  void assignPath(const LayerConfig &layer, const std::string &folder, bool isOuterTrainable,
                  const Hdf5File &file);
  void set(const Slot &slot, const Hdf5Dataset *dataset, std::string path);
  void count(const LayerConfig &layer, const LayerConfig *outermost,
             std::set<const LayerConfig *> &counted, ParameterCount &total) const;

  const ModelConfig &model;
  bool isKeras3;
  SharedLayers sharing;
  llvm::DenseMap<const LayerConfig *, llvm::StringMap<WeightSource>> sources;
  std::vector<std::string> problems;
};

} // namespace kiln::keras_frontend

#endif // KILN_FRONTENDS_KERAS_KERASWEIGHTS_H
