// Bytes go to a file of a new name beside the target, which takes its place only when everything
// has been written: a full disk or an interrupted compilation leaves no half artefact and keeps the
// old one. A link stays and its file is replaced; pipes and devices, which cannot be replaced, are
// given everything at the end.
#ifndef KILN_COMPILER_CODEGEN_OUTPUTFILE_H
#define KILN_COMPILER_CODEGEN_OUTPUTFILE_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Error.h"

#include <string>

namespace kiln {

/// Whether the written file may be run.
enum class FileMode { Data, Executable };

/// Move-only; removes its file at the end of life unless committed.
class OutputFile {
public:
  static llvm::Expected<OutputFile> create(llvm::StringRef path, FileMode mode = FileMode::Data);
  OutputFile(OutputFile &&other);
  ~OutputFile();

  /// Appends `data`.
  llvm::Error write(llvm::ArrayRef<char> data);

  /// Appends `count` zero bytes.
  llvm::Error writeZeros(uint64_t count);

  /// Appends the first `bytes` of another file.
  llvm::Error writeFile(llvm::StringRef source, uint64_t bytes);

  /// Closes the file without giving it the target's name; it stays at temporaryPath().
  llvm::Error close();

  /// Closes the file if it is still open and gives it its name.
  llvm::Error commit();

  const std::string &path() const { return target; }
  const std::string &temporaryPath() const { return temporary; }

private:
  OutputFile() = default;
  llvm::Error failed() const;

  std::string target, temporary;
  int descriptor = -1;
  bool special = false; // the target is a pipe or a device
};

/// A whole small file.
llvm::Error writeOutput(llvm::StringRef path, llvm::ArrayRef<char> data);

} // namespace kiln

#endif // KILN_COMPILER_CODEGEN_OUTPUTFILE_H
