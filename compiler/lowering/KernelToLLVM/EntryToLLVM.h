// Entry, prepare and load functions in the LLVM dialect: straight-line code that computes buffer
// addresses and launches kernels.
//
//   kernel.launch @k(%view) {tasks = 4}
//   ->   store address into an array, call kiln_launch(pool, 4, @k_task, array)
#ifndef KILN_COMPILER_LOWERING_KERNELTOLLVM_ENTRYTOLLVM_H
#define KILN_COMPILER_LOWERING_KERNELTOLLVM_ENTRYTOLLVM_H

#include "compiler/lowering/Passes.h"

#include "llvm/ADT/MapVector.h"

namespace kiln {

/// For each kernel function, what every launch guarantees of the alignment of each buffer, in
/// bytes.
using KernelAlignments = llvm::MapVector<mlir::StringAttr, llvm::SmallVector<int64_t>>;

/// True for the functions that are no kernels: entries, prepare functions, and the load function.
bool launchesKernels(mlir::func::FuncOp function);

/// Replaces these functions of a module. Reports ops that do not belong into one. `timestamp` is an
/// LLVM intrinsic that entries are to call after each launch, or empty.
mlir::LogicalResult convertEntries(mlir::ModuleOp module, llvm::StringRef timestamp,
                                   KernelAlignments &alignments);

} // namespace kiln

#endif // KILN_COMPILER_LOWERING_KERNELTOLLVM_ENTRYTOLLVM_H
