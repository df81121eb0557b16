// --tune: gives choose-kernel measured times.
#ifndef KILN_COMPILER_TUNING_TUNEKERNELS_H
#define KILN_COMPILER_TUNING_TUNEKERNELS_H

#include "compiler/Options.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Support/LogicalResult.h"

namespace kiln {

/// Attaches what is known of the kernels in a module whose tensors have their layouts, as
/// `kernel.times`: from the cache of `options.tuning`, where that asks for it measured first. The
/// times alone decide, so equal caches give equal code.
mlir::LogicalResult tuneKernels(mlir::ModuleOp module, const Options &options);

} // namespace kiln

#endif // KILN_COMPILER_TUNING_TUNEKERNELS_H
