// The names that a model file gives to tensors, in the locations of the ops that make them. No pass
// reads them.
//
//     loc("a"("split1"))                                         an op with one result
//     loc("a"("split1"(fused<{a = 0, b = 1}>[unknown])))         several results, or several names
#ifndef KILN_DIALECTS_NN_NNTENSORNAMES_H
#define KILN_DIALECTS_NN_NNTENSORNAMES_H

#include "dialects/nn/NnDialect.h"

namespace kiln::nn {

/// Keeps a name of a result besides the one that its op's location begins with. The location must
/// not hold facts of a layer.
void addTensorName(mlir::OpResult result, llvm::StringRef name);

/// Calls `body` with the name and the value of each named tensor of a function: arguments, what ops
/// make, results of the function. Of several tensors with one name the last call has the one meant.
void forEachTensorName(mlir::func::FuncOp func,
                       llvm::function_ref<void(llvm::StringRef, mlir::Value)> body);

} // namespace kiln::nn

#endif // KILN_DIALECTS_NN_NNTENSORNAMES_H
