// What a file is, by its first bytes; the name's ending only helps where those say nothing.
#ifndef KILN_TOOLS_KILN_FILEKIND_H
#define KILN_TOOLS_KILN_FILEKIND_H

#include "llvm/ADT/StringRef.h"

namespace kiln::tool {

enum class FileKind {
  Missing, ///< cannot be opened, is a folder or empty, or what stands in place of a file
  Onnx,
  Mlir,
  Keras,
  Darknet,
  DarknetWeights,
  TensorFlow,
  TensorFlowLite,
  PyTorch,
  Artefact, ///< ELF or a static library: compiled
  Unknown
};

/// Never prints; `reason` says why a file is Missing.
FileKind classifyFile(llvm::StringRef path, std::string &reason);

/// Whether the operand of a command was compiled already, as opposed to a model.
bool isArtefact(llvm::StringRef path);

/// "a TensorFlow Lite model"; for messages.
llvm::StringRef describe(FileKind kind);

/// What to do with a file that kiln does not read as a model: "; export it with ...". May be empty.
llvm::StringRef remedyFor(FileKind kind);

} // namespace kiln::tool

#endif // KILN_TOOLS_KILN_FILEKIND_H
