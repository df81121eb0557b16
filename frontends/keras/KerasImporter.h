// Builds the module from a parsed configuration: inputs, one translator call for each call of a
// layer, weights on first use, outputs.
#ifndef KILN_FRONTENDS_KERAS_KERASIMPORTER_H
#define KILN_FRONTENDS_KERAS_KERASIMPORTER_H

#include "frontends/keras/KerasImport.h"
#include "frontends/keras/KerasLayers.h"
#include "frontends/keras/KerasWeights.h"
#include "frontends/support/RandomWeights.h"

namespace kiln::keras_frontend {

/// The tensors of one functional model while it is walked.
using CallKey = std::pair<std::string, int64_t>;
using CallResults = std::map<CallKey, KerasTensor>;

class KerasImporter : public LayerHost {
public:
  /// `random` draws the weights that come from no file.
  KerasImporter(mlir::MLIRContext &context, llvm::StringRef path, const ModelConfig &model,
                KerasWeights &weights, std::optional<frontend::RandomWeights> random,
                KerasVersion version, const KerasOptions &options);

  /// One error that names all layers of unknown classes.
  LogicalResult checkLayers();
  /// Null after an error. Called when the weights have been assigned.
  mlir::OwningOpRef<mlir::ModuleOp> import();

  FailureOr<Value> weightOf(const LayerConfig &layer, llvm::StringRef name,
                            std::optional<llvm::ArrayRef<int64_t>> wanted) override;
  FailureOr<KerasTensor> translateInner(const LayerConfig &layer,
                                        llvm::ArrayRef<KerasTensor> inputs) override;
  KerasVersion version() const override { return kerasVersion; }

private:
  void numberLayers(const ModelConfig &part, int64_t &next);
  LogicalResult addInputs();
  LogicalResult addOutputs(llvm::ArrayRef<KerasTensor> outputs);
  /// The tensors at the ends of a model, given those at its beginning.
  FailureOr<llvm::SmallVector<KerasTensor>>
  run(const ModelConfig &model, llvm::ArrayRef<KerasTensor> inputs, const std::string &suffix);
  /// The result of a call whose operands are there.
  FailureOr<KerasTensor> runCall(const LayerConfig &layer, const Call &call, int64_t index,
                                 llvm::ArrayRef<KerasTensor> operands, const std::string &suffix);
  FailureOr<KerasTensor> translate(const LayerConfig &layer, const Call &call,
                                   llvm::ArrayRef<KerasTensor> operands);
  /// Images may come as bytes; kernels compute with 32 bits where a model would take 64.
  LogicalResult asFloats(llvm::MutableArrayRef<KerasTensor> tensors);
  /// Notes what Keras says of a layer at the op that it ends with, for tables of layers and for
  /// users who name the layer. A layer that moves and computes nothing, or ends in a reshape that
  /// the next one may absorb, gets an nn.identity.
  FailureOr<KerasTensor> ended(const LayerConfig &layer, KerasTensor result);
  FailureOr<llvm::SmallVector<KerasTensor>> runNested(const LayerConfig &layer,
                                                      llvm::ArrayRef<KerasTensor> inputs,
                                                      const std::string &suffix);
  FailureOr<mlir::ElementsAttr> storedElements(const WeightSource &source, const std::string &name);
  FailureOr<mlir::ElementsAttr> randomElements(WeightSource &source, const std::string &name,
                                               llvm::ArrayRef<int64_t> shape);
  mlir::InFlightDiagnostic error() const { return mlir::emitError(fileLoc); }

  const ModelConfig &model;
  KerasWeights &weights;
  std::optional<frontend::RandomWeights> random;
  KerasVersion kerasVersion;
  const KerasOptions &options;
  mlir::Location fileLoc;
  mlir::OpBuilder builder;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  mlir::func::FuncOp function;
  llvm::SmallVector<KerasTensor> inputs;
  llvm::DenseMap<const WeightSource *, Value> constants;
  TransposeCache transposes;
  /// Where each layer stands in the file, and where what it holds ends.
  llvm::DenseMap<const LayerConfig *, std::pair<int64_t, int64_t>> positions;
  /// Where the ops of the layer that is being translated come from.
  mlir::Location layerLoc;
  /// The layer around the model that is being translated, which all its ops belong to, or null.
  mlir::StringAttr wrapper;
  unsigned numCalls = 0;
};

} // namespace kiln::keras_frontend

#endif // KILN_FRONTENDS_KERAS_KERASIMPORTER_H
