// Adds to a module that defines NAME_body what makes it an artefact: the constant descriptor
// NAME_program, the two functions NAME_open and NAME_run (calls of the runtime's kiln_open and
// kiln_run with it) and the manifest in its own section.
#ifndef KILN_COMPILER_CODEGEN_PROGRAM_H
#define KILN_COMPILER_CODEGEN_PROGRAM_H

#include "compiler/codegen/Artifact.h"

#include "llvm/Support/Error.h"

namespace llvm {
class Module;
class StructType;
class LLVMContext;
} // namespace llvm

namespace kiln {

/// Whether the runtime's main finds the network: programs have one, libraries none.
enum class ProgramMain { None, This };

/// Makes every definition of the module internal and adds the interface. The module has its
/// target's triple and data layout (setTarget of Emit.h); it needs `NAME_body` (see kiln_body), and
/// `NAME_prepare` where preparedBytes is not 0. Embedded weights are left as the undefined hidden
/// symbol NAME_weights.
llvm::Error addProgram(llvm::Module &module, const ArtifactDescription &description,
                       ProgramMain main);

/// kiln_program of kiln/program.h as an LLVM type.
llvm::StructType *programType(llvm::LLVMContext &context);

} // namespace kiln

#endif // KILN_COMPILER_CODEGEN_PROGRAM_H
