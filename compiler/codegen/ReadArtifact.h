// Finds the manifest in the ELF sections of a program or shared library, for any architecture,
// without running any of its code. Files may be damaged or hostile.
#ifndef KILN_COMPILER_CODEGEN_READARTIFACT_H
#define KILN_COMPILER_CODEGEN_READARTIFACT_H

#include "compiler/codegen/Artifact.h"

#include "llvm/Support/Error.h"

namespace kiln {

enum class ArtifactKind { SharedLibrary, Program };

struct Artifact {
  ArtifactKind kind;
  uint64_t codeBytes; // machine code of the whole file, what was linked to the networks included
  std::vector<ArtifactDescription> networks; // at least one
};

/// The error says what the file is instead, and for objects and static libraries what to do.
llvm::Expected<Artifact> readArtifact(llvm::StringRef path);

/// Whether the file begins like something readArtifact has an opinion about (ELF or a static
/// library), as opposed to a model.
bool looksLikeArtifact(llvm::StringRef path);

} // namespace kiln

#endif // KILN_COMPILER_CODEGEN_READARTIFACT_H
