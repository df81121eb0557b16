// An ONNX model file in memory: the mapping, the parsed message without its weights, and the files
// that hold weights outside it. Everything that still points into a mapping shares its ownership.
#ifndef KILN_FRONTENDS_ONNX_ONNXFILE_H
#define KILN_FRONTENDS_ONNX_ONNXFILE_H

#include "frontends/onnx/OnnxProto.h"

#include "mlir/IR/Diagnostics.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/MemoryBuffer.h"

#include <memory>
#include <vector>

namespace kiln::onnx_frontend {

/// Bytes inside a mapped file; they stay valid as long as `owner` lives.
struct MappedBytes {
  llvm::StringRef bytes;
  std::shared_ptr<llvm::MemoryBuffer> owner;
};

using EmitError = llvm::function_ref<mlir::InFlightDiagnostic()>;

/// Maps a regular file; null after an error, which names what is wrong with it.
std::unique_ptr<llvm::MemoryBuffer> mapFile(llvm::StringRef path, EmitError emitError);

/// The location of messages about a file as a whole.
mlir::Location fileLocation(mlir::MLIRContext &context, llvm::StringRef path);

/// A name from a file, fit to be shown: in quotes, cut when very long, without control characters.
std::string quoted(llvm::StringRef name);

class OnnxFile {
public:
  /// Parses the model, whose identifier is its path.
  static mlir::FailureOr<std::unique_ptr<OnnxFile>> parse(std::shared_ptr<llvm::MemoryBuffer> bytes,
                                                          EmitError emitError);

  llvm::StringRef path() const { return buffer->getBufferIdentifier(); }
  const onnx::ModelProto &model() const { return proto; }

  /// The raw bytes of a tensor of this model, where they lie. Only for tensors with `raw_data` or
  /// external data; `expected` is their number, which an external file may leave open.
  mlir::FailureOr<MappedBytes> rawBytes(const onnx::TensorProto &tensor, uint64_t expected,
                                        EmitError emitError);

private:
  mlir::FailureOr<MappedBytes> externalBytes(const onnx::TensorProto &tensor, uint64_t expected,
                                             EmitError emitError);

  std::shared_ptr<llvm::MemoryBuffer> buffer;
  std::vector<llvm::StringRef> payloads;
  llvm::StringMap<std::shared_ptr<llvm::MemoryBuffer>> externalFiles;
  onnx::ModelProto proto;
};

} // namespace kiln::onnx_frontend

#endif // KILN_FRONTENDS_ONNX_ONNXFILE_H
