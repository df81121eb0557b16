//===- WeightsFile.h - Weights streamed to a file ---------------*- C++ -*-===//
//
// The weights section is written once, tensor by tensor, while its digest is computed: no more than
// one tensor is in memory. The file is the sidecar itself, or lies beside the output until
// ElfWriter or InsertWeights has copied it into the artefact inside the kernel.
//
//===----------------------------------------------------------------------===//
#ifndef KILN_COMPILER_CODEGEN_WEIGHTSFILE_H
#define KILN_COMPILER_CODEGEN_WEIGHTSFILE_H

#include "kiln/digest.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Error.h"

#include <string>

namespace kiln {

/// A finished file of weights. Move-only; removes the file at its end of life unless kept.
class WeightsFile {
public:
  WeightsFile() = default;
  WeightsFile(WeightsFile &&other);
  WeightsFile &operator=(WeightsFile &&other);
  ~WeightsFile();

  const std::string &path() const { return filePath; }
  uint64_t bytes() const { return byteCount; }
  uint64_t digest() const { return digestValue; }
  void keep() { temporary = false; }

private:
  friend class WeightsWriter;
  std::string filePath;
  uint64_t byteCount = 0, digestValue = 0;
  bool temporary = false;
};

/// Writes a WeightsFile.
class WeightsWriter {
public:
  /// Creates `path`, or with `temporary` a file of a new name that begins with `path`.
  static llvm::Expected<WeightsWriter> create(llvm::StringRef path, bool temporary);
  WeightsWriter(WeightsWriter &&other);
  ~WeightsWriter();

  /// Writes `data` at `offset`, which is not below the end of what was written before; zeros fill
  /// the gap.
  llvm::Error write(uint64_t offset, llvm::ArrayRef<char> data);

  /// Fills up to `bytes` with zeros and closes the file.
  llvm::Expected<WeightsFile> finish(uint64_t bytes);

private:
  WeightsWriter() = default;
  llvm::Error append(llvm::ArrayRef<char> data);

  int descriptor = -1;
  uint64_t at = 0;
  kiln_digest state;
  WeightsFile file;
};

/// Appends all of `weights` to the open file `descriptor`, without passing them through this
/// process's memory where the system can.
llvm::Error appendWeights(int descriptor, const WeightsFile &weights);

/// Writes all of `data` to `descriptor`.
llvm::Error writeAll(int descriptor, llvm::ArrayRef<char> data);

} // namespace kiln

#endif // KILN_COMPILER_CODEGEN_WEIGHTSFILE_H
