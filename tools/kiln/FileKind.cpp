// Signatures of the formats that a user may hand to kiln, known or not.
#include "tools/kiln/FileKind.h"

#include "compiler/codegen/ReadArtifact.h"
#include "frontends/support/ModelFile.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

namespace kiln::tool {
namespace {

FileKind classifyStart(llvm::StringRef path, llvm::StringRef start) {
  if (start.starts_with("\x89HDF\r\n"))
    return FileKind::Keras;
  bool isArchive = start.starts_with("PK\x03\x04");
  if (isArchive && (path.ends_with(".keras") || start.contains("metadata.json")))
    return FileKind::Keras;
  if ((isArchive && start.contains(".pkl")) || start.starts_with("\x80\x02\x8a"))
    return FileKind::PyTorch;
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
  if (extension == ".weights")
    return FileKind::DarknetWeights;
  if (extension == ".pt" || extension == ".pth")
    return FileKind::PyTorch;
  return FileKind::Unknown;
}

/// A SavedModel begins with its version 1, a graph with a node that has a name.
bool looksLikeTensorFlow(llvm::StringRef path, llvm::StringRef start) {
  return path.ends_with(".pb") && (start.starts_with("\x08\x01\x12") || start.starts_with("\n"));
}

/// Why a folder is no model.
std::string describeFolder(llvm::StringRef path) {
  auto holds = [&](llvm::StringRef name) {
    llvm::SmallString<256> file(path);
    llvm::sys::path::append(file, name);
    return llvm::sys::fs::exists(file);
  };
  if (holds("saved_model.pb"))
    return "it is a SavedModel of TensorFlow; load it with Keras and save it with "
           "model.save('NAME.keras')";
  if (holds("model.weights.h5"))
    return "it is an unpacked .keras archive; give the archive itself";
  return "it is a folder";
}

/// Why a file cannot be what its name says; empty for most.
std::string describeStandIn(llvm::StringRef start) {
  if (start.starts_with("version https://git-lfs"))
    return "it is a pointer of Git LFS; fetch the file itself with 'git lfs pull'";
  llvm::StringRef text = start.ltrim();
  if (text.starts_with_insensitive("<!doctype html") || text.starts_with_insensitive("<html"))
    return "it is a web page; download the file itself";
  return "";
}

/// A ModelProto begins with its ir_version (field 1, a number) in every known writer.
bool looksLikeModelProto(llvm::StringRef start) {
  return start.size() > 2 && start[0] == 8 && start[1] != 0;
}

} // namespace

FileKind classifyFile(llvm::StringRef path, std::string &reason) {
  if (llvm::sys::fs::is_directory(path)) {
    reason = describeFolder(path);
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
  start.consume_front(frontend::byteOrderMark);
  if (reason = describeStandIn(start); !reason.empty())
    return FileKind::Missing;
  if (looksLikeArtifact(path))
    return FileKind::Artefact;
  if (looksLikeTensorFlow(path, start))
    return FileKind::TensorFlow;
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
  case FileKind::DarknetWeights:
    return "a file of Darknet weights";
  case FileKind::TensorFlow:
    return "a TensorFlow model";
  case FileKind::TensorFlowLite:
    return "a TensorFlow Lite model";
  case FileKind::PyTorch:
    return "a PyTorch file";
  case FileKind::Artefact:
    return "compiled already";
  case FileKind::Unknown:
    return "of an unknown format";
  }
  return "";
}

llvm::StringRef remedyFor(FileKind kind) {
  switch (kind) {
  case FileKind::DarknetWeights:
    return "; give the .cfg as the model and this file with --weights";
  case FileKind::TensorFlow:
    return "; load it with Keras and save it with model.save('NAME.keras'), or convert it to ONNX";
  case FileKind::TensorFlowLite:
    return "; give the model that it was converted from";
  case FileKind::PyTorch:
    return "; export the network with torch.onnx.export()";
  default:
    return "";
  }
}

} // namespace kiln::tool
