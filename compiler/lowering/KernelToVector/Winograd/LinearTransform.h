// A matrix of constants applied to vectors in registers, with the sums that its rows have in common
// computed once.
#ifndef KILN_COMPILER_LOWERING_KERNELTOVECTOR_WINOGRAD_LINEARTRANSFORM_H
#define KILN_COMPILER_LOWERING_KERNELTOVECTOR_WINOGRAD_LINEARTRANSFORM_H

#include "compiler/lowering/KernelToVector/Emitter.h"
#include "compiler/lowering/KernelToVector/Winograd/WinogradMatrices.h"

namespace kiln {

/// `matrix * x`, one value of type float or vector of floats a row. Neighbouring rows or columns
/// whose coefficients are equal or opposite, as mirrored points give them, cost one sum and one
/// difference more than one of them:
///
///   [4 -4 -1 1]   e = -4 x1 + x3      [1  2] rows    s = x0 + x1   y0 = s
///   [4  4 -1 ..]  o = ...; e + o, e - o              d = x0 - x1   y1 = 2 d
llvm::SmallVector<mlir::Value> applyMatrix(Emitter &e, const Matrix &matrix, mlir::ValueRange x);

/// The same, one row after the other: `use` can end a value's life in a register before the next
/// is computed.
void forEachRow(Emitter &e, const Matrix &matrix, mlir::ValueRange x,
                llvm::function_ref<void(int64_t row, mlir::Value)> use);

} // namespace kiln

#endif // KILN_COMPILER_LOWERING_KERNELTOVECTOR_WINOGRAD_LINEARTRANSFORM_H
