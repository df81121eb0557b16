// See OutputFile.h.
#include "compiler/codegen/OutputFile.h"

#include "llvm/Support/Errno.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Signals.h"

#include <cerrno>
#include <fcntl.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace kiln {

namespace fs = llvm::sys::fs;

static llvm::Error systemError(llvm::StringRef path) {
  return llvm::createStringError(path + ": " + llvm::sys::StrError(errno));
}

/// Where a name leads: through links, so that they stay. A path that does not exist yet is its own.
static std::string followLinks(llvm::StringRef path) {
  llvm::SmallString<128> real;
  return fs::real_path(path, real) ? path.str() : std::string(real);
}

/// Whether `path` is a pipe or a device: it cannot be replaced, only written to.
static bool isSpecial(llvm::StringRef path) {
  fs::file_status status;
  return !fs::status(path, status) && status.type() != fs::file_type::regular_file &&
         status.type() != fs::file_type::directory_file;
}

llvm::Expected<OutputFile> OutputFile::create(llvm::StringRef path, FileMode mode) {
  OutputFile file;
  file.special = isSpecial(path);
  file.target = file.special ? path.str() : followLinks(path);
  llvm::SmallString<128> beside(file.target), name;
  if (file.special) {
    llvm::sys::path::system_temp_directory(/*erasedOnReboot=*/true, beside);
    llvm::sys::path::append(beside, "kiln");
  }
  unsigned permissions = mode == FileMode::Executable ? 0777 : 0666;
  if (std::error_code error = fs::createUniqueFile(beside + "-%%%%%%%%.tmp", file.descriptor, name,
                                                   fs::OF_None, permissions))
    return llvm::createStringError(path + ": " + error.message());
  file.temporary = name.str().str();
  llvm::sys::RemoveFileOnSignal(file.temporary);
  return file;
}

OutputFile::OutputFile(OutputFile &&other)
    : target(std::move(other.target)), temporary(std::exchange(other.temporary, "")),
      descriptor(std::exchange(other.descriptor, -1)), special(other.special) {}

OutputFile::~OutputFile() {
  if (descriptor >= 0)
    ::close(descriptor);
  if (temporary.empty())
    return;
  fs::remove(temporary);
  llvm::sys::DontRemoveFileOnSignal(temporary);
}

llvm::Error OutputFile::failed() const { return systemError(target); }

llvm::Error OutputFile::write(llvm::ArrayRef<char> data) {
  while (!data.empty()) {
    ssize_t written = ::write(descriptor, data.data(), std::min(data.size(), size_t(1) << 30));
    if (written < 0 && errno == EINTR)
      continue;
    if (written <= 0)
      return failed();
    data = data.drop_front(static_cast<size_t>(written));
  }
  return llvm::Error::success();
}

llvm::Error OutputFile::writeZeros(uint64_t count) {
  static constexpr char zeros[4096] = {};
  for (; count != 0; count -= std::min<uint64_t>(count, sizeof(zeros)))
    if (llvm::Error error = write(llvm::ArrayRef(zeros).take_front(count)))
      return error;
  return llvm::Error::success();
}

llvm::Error OutputFile::writeFile(llvm::StringRef source, uint64_t bytes) {
  int from = ::open(source.str().c_str(), O_RDONLY | O_CLOEXEC);
  if (from < 0)
    return systemError(source);
  // Linux keeps in huge pages what arrives in writes of this size, and maps it so. What is copied
  // inside the kernel (copy_file_range) arrives in small pages.
  std::vector<char> buffer(std::min<uint64_t>(bytes, 4 << 20));
  llvm::Error error = llvm::Error::success();
  while (bytes != 0 && !error) {
    ssize_t got = ::read(from, buffer.data(), std::min<uint64_t>(buffer.size(), bytes));
    if (got < 0 && errno == EINTR)
      continue;
    error = got > 0 ? write(llvm::ArrayRef(buffer).take_front(static_cast<size_t>(got)))
                    : llvm::createStringError(source + ": cut off");
    bytes -= got > 0 ? static_cast<uint64_t>(got) : 0;
  }
  ::close(from);
  return error;
}

llvm::Error OutputFile::close() {
  if (descriptor >= 0 && ::close(std::exchange(descriptor, -1)) != 0)
    return failed();
  return llvm::Error::success();
}

llvm::Error OutputFile::commit() {
  if (llvm::Error error = close())
    return error;
  if (std::error_code error =
          special ? fs::copy_file(temporary, target) : fs::rename(temporary, target))
    return llvm::createStringError(target + ": " + error.message());
  if (special)
    fs::remove(temporary);
  llvm::sys::DontRemoveFileOnSignal(temporary);
  temporary.clear();
  return llvm::Error::success();
}

llvm::Error writeOutput(llvm::StringRef path, llvm::ArrayRef<char> data) {
  llvm::Expected<OutputFile> file = OutputFile::create(path);
  if (!file)
    return file.takeError();
  if (llvm::Error error = file->write(data))
    return error;
  return file->commit();
}

} // namespace kiln
