// Optimises a module for one CPU and turns it into an object, assembly or text. Generated code
// calls nothing but the runtime: no memset, no libm; emitObject refuses code that would.
#ifndef KILN_COMPILER_CODEGEN_EMIT_H
#define KILN_COMPILER_CODEGEN_EMIT_H

#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/Error.h"

#include <string>

namespace llvm {
class Module;
class TargetMachine;
} // namespace llvm

namespace kiln {

/// Gives the module the machine's triple and data layout and every defined function the CPU, its
/// features and the preference for 512-bit vectors where there are any.
void setTarget(llvm::Module &module, const llvm::TargetMachine &machine);

/// LLVM's pipeline of the given level (0..3); loops that copy or fill stay loops. Fails on an
/// invalid module.
llvm::Error optimize(llvm::Module &module, llvm::TargetMachine &machine, int level);

/// An ELF (or wasm) object. An error when it needs symbols beyond `allowed` and the runtime's: a
/// defect of the lowering that would otherwise show at link time, far from its cause.
llvm::Expected<llvm::SmallVector<char, 0>> emitObject(llvm::Module &module,
                                                      llvm::TargetMachine &machine,
                                                      llvm::ArrayRef<std::string> allowed = {});

llvm::Expected<std::string> emitAssembly(llvm::Module &module, llvm::TargetMachine &machine);

/// The module as LLVM text.
std::string emitText(const llvm::Module &module);

} // namespace kiln

#endif // KILN_COMPILER_CODEGEN_EMIT_H
