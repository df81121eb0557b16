// Model files in memory, for all frontends. Everything that still points into a mapping shares its
// ownership.
#ifndef KILN_FRONTENDS_SUPPORT_MODELFILE_H
#define KILN_FRONTENDS_SUPPORT_MODELFILE_H

#include "mlir/IR/Diagnostics.h"
#include "llvm/Support/MemoryBuffer.h"

#include <memory>
#include <string>

namespace kiln::frontend {

/// Bytes inside a mapped file; they stay valid as long as `owner` lives.
struct MappedBytes {
  llvm::StringRef bytes;
  std::shared_ptr<llvm::MemoryBuffer> owner;
};

/// What editors of Windows put in front of a text in UTF-8.
inline constexpr llvm::StringLiteral byteOrderMark = "\xEF\xBB\xBF";

using EmitError = llvm::function_ref<mlir::InFlightDiagnostic()>;

/// Maps a regular file; null after an error, which names what is wrong with it.
std::unique_ptr<llvm::MemoryBuffer> mapFile(llvm::StringRef path, EmitError emitError);

/// The location of messages about a file as a whole.
mlir::Location fileLocation(mlir::MLIRContext &context, llvm::StringRef path);

/// A name from a file, fit to be shown: in quotes, cut when very long, without control characters.
std::string quoted(llvm::StringRef name);

/// Runs `step`; its diagnostics appear at `at`, with `subject` in front and without the nn op that
/// a rule's message starts with: the reader of a model knows the node or layer.
mlir::LogicalResult reportedAs(mlir::Location at, const std::string &subject,
                               llvm::function_ref<mlir::LogicalResult()> step);

} // namespace kiln::frontend

#endif // KILN_FRONTENDS_SUPPORT_MODELFILE_H
