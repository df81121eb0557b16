// The passes of the schedule stage: layouts, kernels, weights program, buffers, arena.
#ifndef KILN_COMPILER_SCHEDULE_PASSES_H
#define KILN_COMPILER_SCHEDULE_PASSES_H

#include "dialects/kernel/KernelDialect.h"
#include "dialects/nn/NnDialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Pass/Pass.h"

namespace kiln {

#define GEN_PASS_DECL
#include "compiler/schedule/Passes.h.inc"

} // namespace kiln

#endif // KILN_COMPILER_SCHEDULE_PASSES_H
