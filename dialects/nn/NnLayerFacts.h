// What a model file says of a layer, kept in the location of the op that the layer ends with, for
// tables of layers and for tensors that a user asks for. No pass reads it.
//
//     loc("conv1"("conv1"(fused<{class = "Conv2D", order = array<i64: 0, 3, 1, 2>,
//     ...}>[unknown])))
#ifndef KILN_DIALECTS_NN_NNLAYERFACTS_H
#define KILN_DIALECTS_NN_NNLAYERFACTS_H

#include "dialects/nn/NnDialect.h"

#include <optional>

namespace kiln::nn {

/// The lists live as long as the context.
struct LayerFacts {
  llvm::StringRef className;
  /// The shape that the format gives to the result.
  llvm::ArrayRef<int64_t> shape;
  /// Dimension i of the value is dimension order[i] of the result, which is then read under
  /// `shape`.
  llvm::ArrayRef<int64_t> order;
  /// Parameters in the file, those that inference does not read included.
  int64_t trainable = 0, nonTrainable = 0;
  /// Those among them that a layer before this one has too.
  int64_t repeatedTrainable = 0, repeatedNonTrainable = 0;
  /// Where the layer stands among those of the file, and where those inside it end.
  int64_t position = 0, end = 0;
};

/// What stands behind the names of tensor and node in a location.
mlir::Location innermostOf(mlir::Location loc);

/// The location with the same names and another innermost place.
mlir::Location withInnermost(mlir::Location loc, mlir::Location end);

/// Keeps the facts at an op, in the innermost place of its location.
void setLayerFacts(mlir::Operation *op, const LayerFacts &facts);

/// The facts that were kept at an op; nothing where there are none.
std::optional<LayerFacts> layerFactsOf(mlir::Operation *op);

/// A value in the order and the shape that its layer has in the format: itself, or new ops behind
/// it at `loc`.
mlir::FailureOr<mlir::Value> asWritten(mlir::OpBuilder &builder, mlir::Location loc,
                                       mlir::Value value);

} // namespace kiln::nn

#endif // KILN_DIALECTS_NN_NNLAYERFACTS_H
