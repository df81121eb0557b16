// The weights section is written once, tensor by tensor, while its digest is computed: no more than
// one tensor is in memory. The file becomes the sidecar itself, or lies beside the output until it
// has been copied into the artefact.
#ifndef KILN_COMPILER_CODEGEN_WEIGHTSFILE_H
#define KILN_COMPILER_CODEGEN_WEIGHTSFILE_H

#include "compiler/codegen/OutputFile.h"

#include "kiln/digest.h"

namespace kiln {

/// A finished file of weights; removed at its end of life unless kept.
class WeightsFile {
public:
  /// Where the bytes are until keep() is called.
  const std::string &path() const { return file.temporaryPath(); }
  uint64_t bytes() const { return byteCount; }
  uint64_t digest() const { return digestValue; }

  /// Gives the file the name that the writer was created with: it is a sidecar.
  llvm::Error keep() { return file.commit(); }

private:
  friend class WeightsWriter;
  WeightsFile(OutputFile file, uint64_t bytes, uint64_t digest)
      : file(std::move(file)), byteCount(bytes), digestValue(digest) {}

  OutputFile file;
  uint64_t byteCount, digestValue;
};

/// Writes a WeightsFile.
class WeightsWriter {
public:
  /// `path` is the sidecar's, or any name in the folder where the bytes may lie for a while.
  static llvm::Expected<WeightsWriter> create(llvm::StringRef path);

  /// Writes `data` at `offset`, which is not below the end of what was written before; zeros fill
  /// the gap.
  llvm::Error write(uint64_t offset, llvm::ArrayRef<char> data);

  /// Fills up to `bytes` with zeros and closes the file. The writer is of no use afterwards.
  llvm::Expected<WeightsFile> finish(uint64_t bytes);

private:
  explicit WeightsWriter(OutputFile file);
  llvm::Error append(llvm::ArrayRef<char> data);

  OutputFile file;
  uint64_t at = 0;
  kiln_digest state;
};

} // namespace kiln

#endif // KILN_COMPILER_CODEGEN_WEIGHTSFILE_H
