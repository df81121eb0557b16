// The evaluator without roundings: what a network computes on real numbers, as far as f64 tells.
#ifndef KILN_COMPILER_REFERENCE_EVALUATEINDOUBLE_H
#define KILN_COMPILER_REFERENCE_EVALUATEINDOUBLE_H

#include "compiler/reference/Evaluate.h"

namespace kiln::reference {

/// Evaluates a function as `evaluate` does, but every f32 tensor in it is f64, so that nothing is
/// rounded between two ops. Inputs have the types of the arguments; results that the function has
/// in f32 are f64. The function itself is left as it is.
mlir::FailureOr<llvm::SmallVector<Tensor>> evaluateInDouble(mlir::func::FuncOp function,
                                                            llvm::ArrayRef<Tensor> inputs);

} // namespace kiln::reference

#endif // KILN_COMPILER_REFERENCE_EVALUATEINDOUBLE_H
