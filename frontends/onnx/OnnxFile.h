// An ONNX model file in memory: the mapping, the parsed message without its weights, and the files
// that hold weights outside it. Everything that still points into a mapping shares its ownership.
#ifndef KILN_FRONTENDS_ONNX_ONNXFILE_H
#define KILN_FRONTENDS_ONNX_ONNXFILE_H

#include "frontends/onnx/OnnxProto.h"
#include "frontends/support/ModelFile.h"

#include "llvm/ADT/StringMap.h"

#include <vector>

namespace kiln::onnx_frontend {

using frontend::EmitError;
using frontend::fileLocation;
using frontend::mapFile;
using frontend::MappedBytes;
using frontend::quoted;
using frontend::reportedAs;

class OnnxFile {
public:
  /// Parses the model, whose identifier is its path.
  static mlir::FailureOr<std::unique_ptr<OnnxFile>> parse(std::shared_ptr<llvm::MemoryBuffer> bytes,
                                                          EmitError emitError);

  llvm::StringRef path() const { return buffer->getBufferIdentifier(); }
  const onnx::ModelProto &model() const { return proto; }

  /// Makes tensors the outputs of the graph in place of its own; an error for a name that no node
  /// gives its result.
  mlir::LogicalResult endAt(llvm::ArrayRef<std::string> tensors, EmitError emitError);

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
