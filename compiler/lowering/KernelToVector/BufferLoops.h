// A linalg op as loops over flat arrays: every buffer is walked with a constant step in each loop,
// and loops that lie side by side in all buffers are one.
#ifndef KILN_COMPILER_LOWERING_KERNELTOVECTOR_BUFFERLOOPS_H
#define KILN_COMPILER_LOWERING_KERNELTOVECTOR_BUFFERLOOPS_H

#include "compiler/lowering/KernelToVector/Emitter.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace kiln {

/// One loop, and the step of every buffer in it: the inputs', then the output's.
struct BufferLoop {
  int64_t extent;
  mlir::SmallVector<int64_t> steps;
};

/// A buffer as a flat array with the position of its first element.
struct FlatArray {
  mlir::Value buffer;
  int64_t offset;
};

/// The loops of an op with one output, at least one of them and none without turns; failure where
/// elements are not addressable or an index is more than a loop's variable.
mlir::FailureOr<mlir::SmallVector<BufferLoop>> bufferLoopsOf(mlir::linalg::GenericOp op);

/// The operands of an op as flat arrays.
mlir::FailureOr<mlir::SmallVector<FlatArray>> flatArraysOf(Emitter &e, mlir::linalg::GenericOp op);

/// The outermost loop with work for every task, else the longest.
size_t loopToSplit(mlir::ArrayRef<BufferLoop> loops, int64_t tasks);

/// The places `at` in turn `i` of a loop.
mlir::SmallVector<mlir::Value> moved(Emitter &e, mlir::ArrayRef<mlir::Value> at,
                                     const BufferLoop &loop, mlir::Value i);

} // namespace kiln

#endif // KILN_COMPILER_LOWERING_KERNELTOVECTOR_BUFFERLOOPS_H
