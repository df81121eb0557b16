// A Keras model as its configuration describes it: layers, and the calls that connect them. The
// forms of Keras 1, 2 and 3 are read into the one of Keras 2's functional models; a Sequential is
// a chain of calls.
#ifndef KILN_FRONTENDS_KERAS_KERASMODEL_H
#define KILN_FRONTENDS_KERAS_KERASMODEL_H

#include "frontends/keras/KerasJson.h"

#include <memory>
#include <optional>
#include <vector>

namespace kiln::keras_frontend {

using frontend::quoted;

/// One result of one call of a layer.
struct TensorRef {
  std::string layer;
  int64_t call = 0;
  int64_t tensor = 0;
};

/// An argument of a call: a tensor, or anything else as JSON.
struct Argument {
  std::optional<TensorRef> tensor;
  llvm::json::Value value = nullptr;
};

/// One use of a layer. Its tensors in order; `arguments` are all positional ones, numbers included.
struct Call {
  std::vector<TensorRef> inputs;
  std::vector<Argument> arguments;
  llvm::json::Object keywords;
};

struct ModelConfig;

struct LayerConfig {
  std::string className;
  std::string name;
  /// Where the layer stands: "encoder/conv1"; what messages and locations say.
  std::string path;
  /// Which operator of Keras itself or of TensorFlow it stands for; empty for a layer.
  std::string operatorName;
  llvm::json::Object config;
  std::vector<Call> calls;
  /// What marks it as a layer that the file describes before, in a model or wrapper.
  std::optional<int64_t> sharedId;
  /// Written by Keras 1, whose names have been replaced by those of Keras 2.
  bool isKeras1 = false;
  /// The number that the file gives to the first call.
  int64_t firstCall = 0;
  /// Its calls are written in the form of Keras 3.
  bool isKeras3 = false;
  /// A nested Sequential or functional model.
  std::unique_ptr<ModelConfig> model;
  /// What a wrapper such as TimeDistributed applies.
  std::unique_ptr<LayerConfig> inner;
};

struct ModelConfig {
  std::vector<LayerConfig> layers;
  std::vector<TensorRef> inputs;
  std::vector<TensorRef> outputs;
  /// A Sequential does not keep its InputLayer among the layers whose weights are numbered.
  bool isSequential = false;

  const LayerConfig *find(llvm::StringRef name) const;
};

/// What the file says of the program that wrote it.
struct KerasVersion {
  int major = 2;
  bool isTheano = false;
};

/// Reads a configuration, as model.to_json() writes it: {"class_name", "config", ...}.
mlir::FailureOr<std::unique_ptr<ModelConfig>> readModelConfig(const llvm::json::Object &root,
                                                              EmitError emitError);

/// How a layer is called in messages: "layer 'conv1' (Conv2D)".
std::string describe(const LayerConfig &layer);

/// The shape that a layer's configuration gives to its input, batch included; -1 for what it leaves
/// open. Nothing where it gives none.
std::optional<llvm::SmallVector<int64_t>> declaredInputShape(const LayerConfig &layer);

} // namespace kiln::keras_frontend

#endif // KILN_FRONTENDS_KERAS_KERASMODEL_H
