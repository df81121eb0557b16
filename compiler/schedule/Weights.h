// What an inference reads besides its inputs.
#ifndef KILN_COMPILER_SCHEDULE_WEIGHTS_H
#define KILN_COMPILER_SCHEDULE_WEIGHTS_H

#include "dialects/nn/NnDialect.h"

#include "llvm/ADT/DenseSet.h"

namespace kiln {

/// The tensors under `root` that depend on constants alone.
llvm::DenseSet<mlir::Value> weightsUnder(mlir::Operation *root);

/// Whether those of them that an inference reads are more than the caches hold, so that each
/// inference reads them from memory.
bool comeFromMemory(const llvm::DenseSet<mlir::Value> &weights);

} // namespace kiln

#endif // KILN_COMPILER_SCHEDULE_WEIGHTS_H
