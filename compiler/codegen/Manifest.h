// FlatBuffers in and out of ArtifactDescription (schema: runtime/manifest.fbs). Bytes from files
// are verified before they are read.
#ifndef KILN_COMPILER_CODEGEN_MANIFEST_H
#define KILN_COMPILER_CODEGEN_MANIFEST_H

#include "compiler/codegen/Artifact.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Error.h"

namespace kiln {

/// The size-prefixed buffer, padded to a multiple of 16 bytes.
std::vector<uint8_t> buildManifest(const ArtifactDescription &description);

/// The descriptions in the contents of a kiln_manifest section: one for each network.
llvm::Expected<std::vector<ArtifactDescription>> parseManifests(llvm::ArrayRef<uint8_t> section);

} // namespace kiln

#endif // KILN_COMPILER_CODEGEN_MANIFEST_H
