// Weights drawn from a seed, to measure and check a network whose own are not at hand: the same
// seed, the same numbers.
#ifndef KILN_FRONTENDS_SUPPORT_RANDOMWEIGHTS_H
#define KILN_FRONTENDS_SUPPORT_RANDOMWEIGHTS_H

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"

namespace kiln::frontend {

/// What a tensor holds: a constant, or normal numbers whose deviation is sqrt(2 / fanIn)
/// (He et al. 2015).
struct InitialValue {
  float constant = 0;
  int64_t fanIn = 0; ///< 0: the constant
};

class RandomWeights {
public:
  /// `mostBytes` bounds the memory of all tensors.
  RandomWeights(uint64_t seed, uint64_t mostBytes) : seed(seed), mostBytes(mostBytes) {}

  /// Stand-ins of the right shapes, which take no memory: for tables of layers.
  static RandomWeights shapesOnly();
  /// Whether an option for weights asks for random ones: `random:SEED`.
  static bool isMeant(llvm::StringRef option) { return option.starts_with("random:"); }
  /// Reads such an option; an error at `at` where SEED is no whole number.
  static mlir::FailureOr<RandomWeights> parse(mlir::Location at, llvm::StringRef option,
                                              uint64_t mostBytes);

  /// The next tensor, of f32. `change` is applied to the constant. An error at `at` where the bound
  /// is passed.
  mlir::FailureOr<mlir::ElementsAttr> next(mlir::Location at, llvm::StringRef name,
                                           mlir::RankedTensorType type, InitialValue initial,
                                           llvm::function_ref<float(float)> change = nullptr);

private:
  uint64_t seed, mostBytes, tensors = 0, bytes = 0;
  bool hasNumbers = true;
};

} // namespace kiln::frontend

#endif // KILN_FRONTENDS_SUPPORT_RANDOMWEIGHTS_H
