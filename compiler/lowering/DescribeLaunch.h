// What one launch of a kernel costs, for per-layer times and rooflines.
#ifndef KILN_COMPILER_LOWERING_DESCRIBELAUNCH_H
#define KILN_COMPILER_LOWERING_DESCRIBELAUNCH_H

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Operation.h"

namespace kiln {

/// `{layers, kind, kernel, tasks, multiply_adds, weight_bytes, map_bytes}` of a kernel op in an
/// entry function: the tensors of the model that it computes, what it is (`conv3x3`, `gemv`,
/// `pool`), the function that runs it, its tasks, the multiply-adds of the direct algorithm, and
/// the bytes that it reads of `weights` (an argument of the entry) and moves of all other buffers.
/// Each byte counts once, however often the loops come back to it.
mlir::DictionaryAttr describeLaunch(mlir::Operation *kernel, mlir::StringRef function,
                                    int64_t tasks, mlir::Value weights);

} // namespace kiln

#endif // KILN_COMPILER_LOWERING_DESCRIBELAUNCH_H
