// Reads a Keras model into a module of the nn dialect.
//
// The module has one function `@main` with static shapes; inputs and outputs have the shapes and
// names that Keras gives them, inside maps are N, C, spatial. Weights stay in the mapped file.
//
//     Conv2D(8, 3)(x)   ->   %k = nn.transpose(%kernel)   %y = nn.conv(%x, %k, %bias)  loc("conv")
#ifndef KILN_FRONTENDS_KERAS_KERASIMPORT_H
#define KILN_FRONTENDS_KERAS_KERASIMPORT_H

#include "dialects/nn/NnInputShape.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/Support/MemoryBuffer.h"

#include <memory>
#include <vector>

namespace kiln {

/// What the user may say about a Keras model beyond the file itself.
struct KerasOptions {
  /// Shapes of inputs, batch included; they give open dimensions a value.
  std::vector<InputShape> inputShapes;
  /// The weights of an architecture (.json), or `random:SEED`; empty where the model file holds
  /// them.
  std::string weights;
  /// Whether weights that are not given are replaced by stand-ins of their shapes, where otherwise
  /// an error asks for them.
  bool needsOnlyShapes = false;
  /// The most memory that random weights may take.
  uint64_t mostRandomBytes = uint64_t(1) << 36;
};

/// Reads the model at `path`: .h5 of Keras 1 to 3, .keras, or an architecture as .json. On failure
/// the reasons have been emitted as diagnostics that name the file and, where there is one, the
/// layer; the result is null then.
mlir::OwningOpRef<mlir::ModuleOp> importKeras(mlir::MLIRContext &context, llvm::StringRef path,
                                              const KerasOptions &options = {});

/// Reads a model from memory; its identifier stands for the path in messages. `weights` is the
/// content of the weights file, or null where there is none.
mlir::OwningOpRef<mlir::ModuleOp> importKeras(mlir::MLIRContext &context,
                                              std::shared_ptr<llvm::MemoryBuffer> model,
                                              std::shared_ptr<llvm::MemoryBuffer> weights,
                                              const KerasOptions &options = {});

} // namespace kiln

#endif // KILN_FRONTENDS_KERAS_KERASIMPORT_H
