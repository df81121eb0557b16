// Writes net.h: a struct of inputs and one of outputs with a typed pointer for each tensor, sizes
// and shapes as constants, the two functions, and a C++20 class under __cplusplus. The structs are
// passed to the runtime as arrays of pointers, so they hold nothing else.
#ifndef KILN_COMPILER_CODEGEN_HEADER_H
#define KILN_COMPILER_CODEGEN_HEADER_H

#include "compiler/codegen/Artifact.h"

#include <string>

namespace kiln {

/// The text of the header; depends on names, types, shapes and sizes only.
std::string writeHeader(const ArtifactDescription &description);

} // namespace kiln

#endif // KILN_COMPILER_CODEGEN_HEADER_H
