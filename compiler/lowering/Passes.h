// The passes of the lowering stage: kernels become functions, loops over vectors, and the LLVM
// dialect.
#ifndef KILN_COMPILER_LOWERING_PASSES_H
#define KILN_COMPILER_LOWERING_PASSES_H

#include "dialects/kernel/KernelDialect.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlow.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Pass/Pass.h"

namespace kiln {

#define GEN_PASS_DECL
#include "compiler/lowering/Passes.h.inc"

} // namespace kiln

#endif // KILN_COMPILER_LOWERING_PASSES_H
