// Chooses the reader by what the file is.
#include "tools/kiln/ImportModel.h"
#include "tools/kiln/FileKind.h"

#include "frontends/onnx/OnnxImport.h"
#include "kiln/digest.h"

#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

namespace kiln::tool {
namespace {

constexpr const char *readable = "kiln reads ONNX (.onnx) and its own MLIR (.mlir, .mlirbc)";

/// The digest of the file as the manifest has it. The file was mapped a moment ago, so this reads
/// memory.
mlir::LogicalResult noteFile(Session &session, Request &request) {
  auto file = llvm::MemoryBuffer::getFile(request.model, /*IsText=*/false,
                                          /*RequiresNullTerminator=*/false);
  if (!file)
    return session.error("cannot read '" + request.model + "': " + file.getError().message());
  request.options.modelFile = llvm::sys::path::filename(request.model).str();
  uint64_t digest = kiln_digest_of((*file)->getBufferStart(), (*file)->getBufferSize());
  request.options.modelDigest = llvm::formatv("{0:x-16}", digest);
  return mlir::success();
}

mlir::OwningOpRef<mlir::ModuleOp> importMlir(Session &session, const Request &request) {
  if (!request.inputShapes.empty()) {
    (void)session.error("'" + request.model +
                        "': --input-shape is for models whose shapes have names; MLIR has none");
    return nullptr;
  }
  return mlir::parseSourceFile<mlir::ModuleOp>(request.model,
                                               mlir::ParserConfig(&session.context()));
}

mlir::OwningOpRef<mlir::ModuleOp> importOnnxFile(Session &session, const Request &request) {
  OnnxOptions options;
  options.inputShapes = request.inputShapes;
  return importOnnx(session.context(), request.model, options);
}

} // namespace

mlir::OwningOpRef<mlir::ModuleOp> importModel(Session &session, Request &request) {
  std::string reason;
  FileKind kind = classifyFile(request.model, reason);
  if (kind == FileKind::Missing) {
    (void)session.error("cannot read '" + request.model + "': " + reason);
    return nullptr;
  }
  if (kind != FileKind::Onnx && kind != FileKind::Mlir) {
    (void)session.error("'" + request.model + "' is " + describe(kind) + "; " + readable);
    return nullptr;
  }
  if (mlir::failed(noteFile(session, request)))
    return nullptr;
  return kind == FileKind::Onnx ? importOnnxFile(session, request) : importMlir(session, request);
}

} // namespace kiln::tool
