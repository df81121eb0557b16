// From the LLVM dialect to LLVM IR.
#ifndef KILN_COMPILER_LOWERING_TRANSLATETOLLVM_H
#define KILN_COMPILER_LOWERING_TRANSLATETOLLVM_H

#include "mlir/IR/BuiltinOps.h"

#include <memory>

namespace llvm {
class LLVMContext;
class Module;
} // namespace llvm

namespace kiln {

/// The functions of a module that has passed kernel-to-llvm, as LLVM IR without target or data
/// layout; what describes the weights is left out. Linkage: entries (`NAME_body`) and prepare
/// functions are external, all else is internal.
mlir::FailureOr<std::unique_ptr<llvm::Module>> translateToLLVM(mlir::ModuleOp module,
                                                               llvm::LLVMContext &context);

} // namespace kiln

#endif // KILN_COMPILER_LOWERING_TRANSLATETOLLVM_H
