// See TranslateToLLVM.h.
#include "compiler/lowering/TranslateToLLVM.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/OwningOpRef.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/IR/Module.h"

using namespace mlir;

namespace kiln {

FailureOr<std::unique_ptr<llvm::Module>> translateToLLVM(ModuleOp module,
                                                         llvm::LLVMContext &context) {
  registerBuiltinDialectTranslation(*module.getContext());
  registerLLVMDialectTranslation(*module.getContext());
  OwningOpRef<ModuleOp> functions = ModuleOp::create(module.getLoc());
  OpBuilder builder = OpBuilder::atBlockEnd(functions->getBody());
  for (Operation &op : *module.getBody())
    if (isa<LLVM::LLVMDialect>(op.getDialect()))
      builder.clone(op);
  std::unique_ptr<llvm::Module> translated = translateModuleToLLVMIR(*functions, context, "kiln");
  if (!translated)
    return module.emitError("cannot be translated to LLVM IR");
  return translated;
}

} // namespace kiln
