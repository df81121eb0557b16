// See WeightsFile.h.
#include "compiler/codegen/WeightsFile.h"

namespace kiln {

WeightsWriter::WeightsWriter(OutputFile file) : file(std::move(file)) { kiln_digest_init(&state); }

llvm::Expected<WeightsWriter> WeightsWriter::create(llvm::StringRef path) {
  llvm::Expected<OutputFile> file = OutputFile::create(path);
  if (!file)
    return file.takeError();
  return WeightsWriter(std::move(*file));
}

llvm::Error WeightsWriter::append(llvm::ArrayRef<char> data) {
  kiln_digest_update(&state, data.data(), data.size());
  at += data.size();
  return file.write(data);
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
    return error;
  if (llvm::Error error = file.close())
    return error;
  return WeightsFile(std::move(file), bytes, kiln_digest_finish(&state));
}

} // namespace kiln
