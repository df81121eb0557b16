// Writes objects and static libraries itself and drives ld.lld, without a compiler driver, for
// programs and shared libraries. Every output depends on its inputs only, not on folders or time.
#ifndef KILN_COMPILER_CODEGEN_LINKER_H
#define KILN_COMPILER_CODEGEN_LINKER_H

#include "compiler/codegen/WeightsFile.h"

namespace kiln {

/// What is put into an artefact. `weights` is null where there are none or they are kept apart.
struct LinkInput {
  llvm::ArrayRef<char> object;
  std::string name; // of the network
  const WeightsFile *weights = nullptr;
};

/// One relocatable object: code and weights.
llvm::Error writeObject(const LinkInput &input, llvm::StringRef path);

/// A static library with that object as its one member, and a symbol index.
llvm::Error writeStaticLibrary(const LinkInput &input, llvm::StringRef path);

/// A shared library that depends on nothing: the runtime's core is inside. `runtime` is
/// libkiln_runtime.a.
llvm::Error linkSharedLibrary(const LinkInput &input, llvm::StringRef runtime,
                              llvm::StringRef path);

/// A program: position independent, libc as a shared library. For this machine's architecture only.
llvm::Error linkProgram(const LinkInput &input, llvm::StringRef runtime, llvm::StringRef path);

/// libkiln_runtime.a beside the running tool: ../lib and its relatives, from the folder of
/// `executable`.
llvm::Expected<std::string> findRuntimeLibrary(llvm::StringRef executable);

} // namespace kiln

#endif // KILN_COMPILER_CODEGEN_LINKER_H
