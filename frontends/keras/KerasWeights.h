// Which dataset of the weights file is which weight of which layer.
#ifndef KILN_FRONTENDS_KERAS_KERASWEIGHTS_H
#define KILN_FRONTENDS_KERAS_KERASWEIGHTS_H

#include "frontends/keras/Hdf5File.h"
#include "frontends/keras/KerasModel.h"

#include "llvm/ADT/DenseMap.h"

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
};

class KerasWeights {
public:
  /// Finds the weights of every layer, in either layout:
  /// - Keras 1 and 2, and .h5 of Keras 3: a group a layer of the outermost model, its attribute
  ///   weight_names lists them; of a nested model all trainable ones come first;
  /// - .keras and .weights.h5: layers/NAME/vars/0, 1.., where NAME is made of the class.
  /// The error lists all layers whose weights are missing or of another number.
  mlir::LogicalResult assign(const ModelConfig &model, const Hdf5File &file, EmitError emitError);

  /// Gives all weights random numbers.
  void assignRandom(const ModelConfig &model);

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
  static void addSlots(const LayerConfig &layer, bool isTrainable, std::vector<Slot> &slots);
  void assignNamed(const ModelConfig &model, llvm::StringRef root, const Hdf5File &file);
  void assignGroup(const LayerConfig &layer, llvm::StringRef group, const Hdf5File &file);
  void assignPaths(const ModelConfig &model, const std::string &folder, bool isTrainable,
                   const Hdf5File &file);
  void assignPath(const LayerConfig &layer, const std::string &folder, bool isTrainable,
                  const Hdf5File &file);
  void set(const Slot &slot, const Hdf5Dataset *dataset, std::string path);

  llvm::DenseMap<const LayerConfig *, llvm::StringMap<WeightSource>> sources;
  std::vector<std::string> problems;
};

} // namespace kiln::keras_frontend

#endif // KILN_FRONTENDS_KERAS_KERASWEIGHTS_H
