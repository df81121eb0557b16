// Signatures of the formats that a user may hand to kiln, known or not.
#include "tools/kiln/FileKind.h"

#include "compiler/codegen/ReadArtifact.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

namespace kiln::tool {
namespace {

FileKind classifyStart(llvm::StringRef path, llvm::StringRef start) {
  if (start.starts_with("\x89HDF\r\n"))
    return FileKind::Keras;
  if (start.starts_with("PK\x03\x04") && path.ends_with(".keras"))
    return FileKind::Keras;
  bool isObject = start.ltrim().starts_with("{");
  if (isObject && (path.ends_with(".json") || start.contains("\"class_name\"")))
    return FileKind::Keras;
  if (start.substr(4).starts_with("TFL3"))
    return FileKind::TensorFlowLite;
  if (start.starts_with("ML\xefR"))
    return FileKind::Mlir;
  if (start.ltrim().starts_with("[net]") || start.contains("[convolutional]"))
    return FileKind::Darknet;
  return FileKind::Unknown;
}

FileKind classifyName(llvm::StringRef path) {
  llvm::StringRef extension = llvm::sys::path::extension(path);
  if (extension == ".onnx")
    return FileKind::Onnx;
  if (extension == ".h5" || extension == ".hdf5" || extension == ".keras")
    return FileKind::Keras;
  if (extension == ".mlir" || extension == ".mlirbc")
    return FileKind::Mlir;
  return FileKind::Unknown;
}

/// A ModelProto begins with its ir_version (field 1, a number) in every known writer.
bool looksLikeModelProto(llvm::StringRef start) {
  return start.size() > 2 && start[0] == 8 && start[1] != 0;
}

} // namespace

FileKind classifyFile(llvm::StringRef path, std::string &reason) {
  if (llvm::sys::fs::is_directory(path)) {
    reason = "it is a folder";
    return FileKind::Missing;
  }
  uint64_t size = 0;
  if (std::error_code code = llvm::sys::fs::file_size(path, size)) {
    reason = code.message();
    return FileKind::Missing;
  }
  if (size == 0 && llvm::sys::fs::is_regular_file(path)) {
    reason = "it is empty";
    return FileKind::Missing;
  }
  auto file = llvm::MemoryBuffer::getFileSlice(path, std::min<uint64_t>(size, 4096), 0);
  if (!file) {
    reason = file.getError().message();
    return FileKind::Missing;
  }
  llvm::StringRef start = (*file)->getBuffer();
  if (looksLikeArtifact(path))
    return FileKind::Artefact;
  FileKind kind = classifyStart(path, start);
  if (kind == FileKind::Unknown)
    kind = classifyName(path);
  return kind == FileKind::Unknown && looksLikeModelProto(start) ? FileKind::Onnx : kind;
}

bool isArtefact(llvm::StringRef path) {
  std::string reason;
  return classifyFile(path, reason) == FileKind::Artefact;
}

llvm::StringRef describe(FileKind kind) {
  switch (kind) {
  case FileKind::Missing:
    return "missing";
  case FileKind::Onnx:
    return "an ONNX model";
  case FileKind::Mlir:
    return "an MLIR module";
  case FileKind::Keras:
    return "a Keras model";
  case FileKind::Darknet:
    return "a Darknet configuration";
  case FileKind::TensorFlowLite:
    return "a TensorFlow Lite model";
  case FileKind::Artefact:
    return "compiled already";
  case FileKind::Unknown:
    return "of an unknown format";
  }
  return "";
}

} // namespace kiln::tool
