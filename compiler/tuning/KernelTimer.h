// Measures the ways to compute an op on this machine.
#ifndef KILN_COMPILER_TUNING_KERNELTIMER_H
#define KILN_COMPILER_TUNING_KERNELTIMER_H

#include "compiler/Options.h"
#include "compiler/schedule/KernelChoice.h"
#include "compiler/tuning/TuningCache.h"

#include "kiln/hosted.h"

#include "llvm/ADT/DenseSet.h"

#include <memory>

namespace kiln {

class KernelTimer {
public:
  /// Kernels are compiled with the level and run on as many threads as `options` and the machine
  /// allow. The tensors `fromMemory` are in no cache when a kernel begins.
  KernelTimer(const Options &options, llvm::DenseSet<mlir::Value> fromMemory);

  /// The least time of each choice for an op that has its layouts, measured in turns. A choice that
  /// falls far behind is not measured further.
  mlir::FailureOr<ChoiceTimes> measure(mlir::Operation *op, llvm::ArrayRef<KernelChoice> choices);

private:
  struct PoolDeleter {
    void operator()(kiln_pool *pool) const { kiln_pool_destroy(pool); }
  };

  const Options &options;
  llvm::DenseSet<mlir::Value> fromMemory;
  std::unique_ptr<kiln_pool, PoolDeleter> pool; ///< null: this thread alone
};

} // namespace kiln

#endif // KILN_COMPILER_TUNING_KERNELTIMER_H
