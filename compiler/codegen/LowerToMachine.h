// The one sequence from LLVM IR to what is written: target, interface, optimisation, emission.
#ifndef KILN_COMPILER_CODEGEN_LOWERTOMACHINE_H
#define KILN_COMPILER_CODEGEN_LOWERTOMACHINE_H

#include "compiler/Options.h"
#include "compiler/codegen/Target.h"

#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/Error.h"

#include <memory>

namespace llvm {
class Module;
}

namespace kiln {

/// LLVM text, assembly, or an object for every other kind, of `module` with the interface of
/// `description` added.
llvm::Expected<llvm::SmallVector<char, 0>> lowerToMachine(std::unique_ptr<llvm::Module> module,
                                                          const ArtifactDescription &description,
                                                          const TargetSpec &target, EmitKind kind,
                                                          int level);

} // namespace kiln

#endif // KILN_COMPILER_CODEGEN_LOWERTOMACHINE_H
