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

} // namespace kiln::kernel

#endif // KILN_DIALECTS_KERNEL_KERNELDIALECT_H
