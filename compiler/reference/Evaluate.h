// The reference evaluator: the definition of every nn op, written to be read. Floats of every type
// are computed in double and rounded once, when the op's result is stored; integers are computed in
// 64 bits and wrap. NaN wins a maximum or a minimum and passes through relu and clip; nothing is
// flushed to zero. Layouts do not change values: relayout and pack_filter are identities here.
#ifndef KILN_COMPILER_REFERENCE_EVALUATE_H
#define KILN_COMPILER_REFERENCE_EVALUATE_H

#include "compiler/reference/Tensor.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace kiln::reference {

/// Sees the results of each op as soon as they are computed.
using Observer = llvm::function_ref<void(mlir::Operation *op, llvm::ArrayRef<Tensor> results)>;

/// Evaluates one nn op. An error at the op's location where it is of another dialect or memory runs
/// out.
mlir::FailureOr<llvm::SmallVector<Tensor>> evaluateOp(mlir::Operation *op,
                                                      llvm::ArrayRef<Tensor> operands);

/// Evaluates a function of one block of nn ops. Inputs have the types of the arguments (layouts
/// aside). Values are freed after their last use.
mlir::FailureOr<llvm::SmallVector<Tensor>>
evaluate(mlir::func::FuncOp function, llvm::ArrayRef<Tensor> inputs, Observer observer = nullptr);

} // namespace kiln::reference

#endif // KILN_COMPILER_REFERENCE_EVALUATE_H
