//===- WeightsFile.cpp - Weights streamed to a file -----------------------===//
//
// See WeightsFile.h.
//
//===----------------------------------------------------------------------===//
#include "compiler/codegen/WeightsFile.h"

#include "llvm/Support/Errno.h"
#include "llvm/Support/FileSystem.h"

#include <cerrno>
#include <fcntl.h>
#include <unistd.h>
#include <utility>

namespace kiln {

static llvm::Error systemError(llvm::StringRef path) {
  return llvm::createStringError(path + ": " + llvm::sys::StrError(errno));
}

WeightsFile::WeightsFile(WeightsFile &&other) { *this = std::move(other); }

WeightsFile &WeightsFile::operator=(WeightsFile &&other) {
  std::swap(filePath, other.filePath);
  std::swap(byteCount, other.byteCount);
  std::swap(digestValue, other.digestValue);
  std::swap(temporary, other.temporary);
  return *this;
}

WeightsFile::~WeightsFile() {
  if (temporary)
    llvm::sys::fs::remove(filePath);
}

WeightsWriter::WeightsWriter(WeightsWriter &&other)
    : descriptor(std::exchange(other.descriptor, -1)), at(other.at), state(other.state),
      file(std::move(other.file)) {}

WeightsWriter::~WeightsWriter() {
  if (descriptor >= 0)
    ::close(descriptor);
}

llvm::Expected<WeightsWriter> WeightsWriter::create(llvm::StringRef path, bool temporary) {
  WeightsWriter writer;
  llvm::SmallString<128> name(path);
  std::error_code error = temporary ? llvm::sys::fs::createUniqueFile(path + "-%%%%%%%%.weights",
                                                                      writer.descriptor, name)
                                    : llvm::sys::fs::openFileForWrite(path, writer.descriptor);
  if (error)
    return llvm::createStringError(path + ": " + error.message());
  writer.file.filePath = name.str().str();
  writer.file.temporary = temporary;
  kiln_digest_init(&writer.state);
  return writer;
}

llvm::Error WeightsWriter::append(llvm::ArrayRef<char> data) {
  kiln_digest_update(&state, data.data(), data.size());
  at += data.size();
  if (llvm::Error error = writeAll(descriptor, data))
    return llvm::createStringError(file.filePath + ": " + llvm::toString(std::move(error)));
  return llvm::Error::success();
}

llvm::Error WeightsWriter::write(uint64_t offset, llvm::ArrayRef<char> data) {
  static constexpr char zeros[4096] = {};
  if (offset < at)
    return llvm::createStringError("weights are written out of order");
  while (at < offset)
    if (llvm::Error error = append(llvm::ArrayRef(zeros).take_front(offset - at)))
      return error;
  return append(data);
}

llvm::Expected<WeightsFile> WeightsWriter::finish(uint64_t bytes) {
  if (llvm::Error error = write(bytes, {}))
    return std::move(error);
  if (::close(std::exchange(descriptor, -1)) != 0)
    return systemError(file.filePath);
  file.byteCount = bytes;
  file.digestValue = kiln_digest_finish(&state);
  return std::move(file);
}

llvm::Error writeAll(int descriptor, llvm::ArrayRef<char> data) {
  while (!data.empty()) {
    ssize_t written = ::write(descriptor, data.data(), std::min(data.size(), size_t(1) << 30));
    if (written < 0 && errno == EINTR)
      continue;
    if (written <= 0)
      return llvm::createStringError(llvm::sys::StrError(errno));
    data = data.drop_front(static_cast<size_t>(written));
  }
  return llvm::Error::success();
}

/// Copies by read and write, for file systems without copy_file_range.
static llvm::Error copyByHand(int to, int from, uint64_t rest) {
  std::vector<char> buffer(1 << 20);
  while (rest != 0) {
    ssize_t got = ::read(from, buffer.data(), std::min<uint64_t>(buffer.size(), rest));
    if (got < 0 && errno == EINTR)
      continue;
    if (got <= 0)
      return llvm::createStringError("the weights file is cut off");
    if (llvm::Error error =
            writeAll(to, llvm::ArrayRef(buffer).take_front(static_cast<size_t>(got))))
      return error;
    rest -= static_cast<uint64_t>(got);
  }
  return llvm::Error::success();
}

llvm::Error appendWeights(int descriptor, const WeightsFile &weights) {
  int source = ::open(weights.path().c_str(), O_RDONLY | O_CLOEXEC);
  if (source < 0)
    return systemError(weights.path());
  uint64_t rest = weights.bytes();
  while (rest != 0) {
    ssize_t copied = ::copy_file_range(source, nullptr, descriptor, nullptr, rest, 0);
    if (copied <= 0)
      break;
    rest -= static_cast<uint64_t>(copied);
  }
  llvm::Error error = copyByHand(descriptor, source, rest);
  ::close(source);
  return error;
}

} // namespace kiln
