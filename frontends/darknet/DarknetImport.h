// Reads a Darknet network, a .cfg with its .weights, into a module of the nn dialect.
//
// The module has one function `@main` with static shapes and batch 1. Tensors are called after the
// layers as Darknet counts them: `layer0` is what the first section behind [net] computes. Weights
// stay in the mapped file.
//
//     [convolutional]       ->   %0 = nn.conv(%input, %weights) {...}  loc("layer0.conv")
//     batch_normalize=1          %1 = nn.batch_norm(%0, ...)           loc("layer0.batch_norm")
//     activation=leaky           %2 = nn.leaky_relu(%1) {alpha = 0.1}  loc("layer0")
//
// Its output is the last layer's, or where there are detection heads the boxes of all of them after
// non-max suppression: `detections`, rows of x, y (the centre), width, height in parts of the
// picture, probability and class, best first in each class; and `count`, the number of rows in use.
#ifndef KILN_FRONTENDS_DARKNET_DARKNETIMPORT_H
#define KILN_FRONTENDS_DARKNET_DARKNETIMPORT_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/Support/MemoryBuffer.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace kiln {

/// Whose arithmetic the weights were trained with. The forks differ in the epsilon of batch
/// normalisation, in the tensors of [batchnorm] and in the layout of what [region] gives.
enum class DarknetFork {
  Original, ///< pjreddie's: (x - mean) / (sqrt(variance) + 1e-6)
  AlexeyAB, ///< (x - mean) / sqrt(variance + 1e-5)
};

struct DarknetOptions {
  /// The .weights file, or `random:SEED`. Empty is an error that says so.
  std::string weights;
  /// Whether weights that are not given are replaced by stand-ins of their shapes, where otherwise
  /// an error asks for them.
  bool needsOnlyShapes = false;
  /// Nothing: what the header of the weights tells. AlexeyAB's writes revision 5.
  std::optional<DarknetFork> fork;
  /// Detectors: boxes of a lower probability are left out, as are those whose intersection over
  /// union with a better one of their class is larger.
  double scoreThreshold = 0.25, overlapThreshold = 0.45;
  /// The most memory that random weights may take.
  uint64_t mostRandomBytes = uint64_t(1) << 36;
};

/// Reads the network at `path`. On failure the reasons have been emitted as diagnostics at the line
/// of the .cfg, or at the weights file; the result is null then.
mlir::OwningOpRef<mlir::ModuleOp> importDarknet(mlir::MLIRContext &context, llvm::StringRef path,
                                                const DarknetOptions &options);

/// Reads a network from memory; identifiers stand for the paths. No `weights`: as options.weights
/// says.
mlir::OwningOpRef<mlir::ModuleOp> importDarknet(mlir::MLIRContext &context,
                                                std::unique_ptr<llvm::MemoryBuffer> config,
                                                std::unique_ptr<llvm::MemoryBuffer> weights,
                                                const DarknetOptions &options);

} // namespace kiln

#endif // KILN_FRONTENDS_DARKNET_DARKNETIMPORT_H
