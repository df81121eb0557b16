// The kernel dialect: scheduled kernels on buffers.
#ifndef KILN_DIALECTS_KERNEL_KERNELDIALECT_H
#define KILN_DIALECTS_KERNEL_KERNELDIALECT_H

#include "dialects/nn/NnDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/SymbolTable.h"

#include "dialects/kernel/KernelEnums.h.inc"

#include "dialects/kernel/KernelDialect.h.inc"

#define GET_ATTRDEF_CLASSES
#include "dialects/kernel/KernelAttributes.h.inc"

#define GET_OP_CLASSES
#include "dialects/kernel/KernelOps.h.inc"

namespace kiln::kernel {

/// The tasks of an op that has a schedule; 1 for any other.
int64_t tasksOf(mlir::Operation *op);

/// Whether several tasks of a kernel have rows of its map, so many in all, rather than blocks of
/// channels: the same for any number of tasks that have one each, so that neighbouring kernels are
/// shared out alike. An odd row is one thread's alone.
bool shareRows(int64_t tasks, int64_t rows);

} // namespace kiln::kernel

#endif // KILN_DIALECTS_KERNEL_KERNELDIALECT_H
