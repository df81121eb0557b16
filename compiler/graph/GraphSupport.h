// What the graph passes share: remarks that say what a rewrite saved, names that survive fusion,
// and the questions that patterns ask of values (is it a weight? one number? one number a
// channel?).
#ifndef KILN_COMPILER_GRAPH_GRAPHSUPPORT_H
#define KILN_COMPILER_GRAPH_GRAPHSUPPORT_H

#include "dialects/nn/NnDialect.h"

#include "mlir/IR/PatternMatch.h"
#include "llvm/ADT/Twine.h"

namespace kiln {

/// What a rewrite saves on every run of the network; zeros are not reported.
struct Savings {
  int64_t ops = 0;          ///< nn ops that are gone
  int64_t bytes = 0;        ///< bytes of tensors that are no longer written and read again
  int64_t multiplyAdds = 0; ///< multiply-adds that are no longer done
};

/// Reports, at `op`, that `pattern` of the class `pass` was applied.
void remarkPassed(mlir::Operation *op, llvm::StringRef pass, llvm::StringRef pattern,
                  const Savings &savings);

/// Reports, at `op`, that `pattern` of the class `pass` would have helped but must not be applied.
void remarkMissed(mlir::Operation *op, llvm::StringRef pass, llvm::StringRef pattern,
                  const llvm::Twine &reason);

/// The location of an op that does the work of `first` and then of `last`, and makes the tensor of
/// `last`: the tensor's name is that of `last`, the node's name is made of both (`conv1+relu1`).
mlir::Location fusedLocation(mlir::Location first, mlir::Location last);

/// The location of a tensor that the model does not have, computed for the op at `loc`:
/// `tensor.what`.
mlir::Location derivedLocation(mlir::Location loc, llvm::StringRef what);

/// The multiply-adds of nn.conv, nn.gemm and nn.matmul; 0 for every other op.
int64_t multiplyAdds(mlir::Operation *op);

/// The bytes that a tensor takes in memory.
int64_t tensorBytes(mlir::Value value);

inline mlir::RankedTensorType tensorTypeOf(mlir::Value value) {
  return llvm::cast<mlir::RankedTensorType>(value.getType());
}

/// True where the value follows from constants alone by few ops, so that the weights program
/// computes it once.
bool isWeight(mlir::Value value);

/// The number that fills a small constant of floats or integers; nothing for any other value.
std::optional<double> uniformConstant(mlir::Value value);

/// True where `value`, broadcast to `type` (N x C x ...), is one number for each channel, or one
/// number.
bool isPerChannel(mlir::Value value, mlir::RankedTensorType type);

/// Applies the patterns until nothing changes, with op folders, without merging equal constants
/// (which would lose the names of weights).
llvm::LogicalResult rewriteToFixpoint(mlir::Operation *root, mlir::RewritePatternSet &&patterns);

} // namespace kiln

#endif // KILN_COMPILER_GRAPH_GRAPHSUPPORT_H
