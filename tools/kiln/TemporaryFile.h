// A file that is gone when its owner is, also when the program ends by a signal.
#ifndef KILN_TOOLS_KILN_TEMPORARYFILE_H
#define KILN_TOOLS_KILN_TEMPORARYFILE_H

#include "tools/kiln/Messages.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Signals.h"

namespace kiln::tool {

class TemporaryFile {
public:
  TemporaryFile() = default;
  TemporaryFile(const TemporaryFile &) = delete;
  TemporaryFile &operator=(const TemporaryFile &) = delete;
  ~TemporaryFile() {
    if (filePath.empty())
      return;
    llvm::sys::fs::remove(filePath);
    llvm::sys::DontRemoveFileOnSignal(filePath);
  }

  /// Makes an empty file that ends in `suffix`; prints why it cannot.
  ExitStatus create(llvm::StringRef suffix) {
    llvm::SmallString<128> path;
    if (std::error_code code = llvm::sys::fs::createTemporaryFile("kiln", suffix, path))
      return fault("cannot create a temporary file (TMPDIR names another folder): " +
                   code.message());
    filePath = std::string(path);
    llvm::sys::RemoveFileOnSignal(filePath);
    return Done;
  }

  const std::string &path() const { return filePath; }

private:
  std::string filePath;
};

} // namespace kiln::tool

#endif // KILN_TOOLS_KILN_TEMPORARYFILE_H
