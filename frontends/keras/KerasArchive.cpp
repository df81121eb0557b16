// Asks libzip, which reads the archive where it is mapped.
#include "frontends/keras/KerasArchive.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/CRC.h"
#include "llvm/Support/Endian.h"

#include <zip.h>

using namespace mlir;

namespace kiln::keras_frontend {
namespace {

using frontend::quoted;

/// The bytes of a stored entry in the archive itself: found behind a local header that names it,
/// and believed when the checksum agrees. Empty where there are none.
llvm::StringRef storedBytes(llvm::StringRef archive, llvm::StringRef name, uint64_t size,
                            uint32_t checksum) {
  constexpr size_t headerBytes = 30, nameLengthAt = 26, extraLengthAt = 28;
  constexpr llvm::StringLiteral signature("PK\3\4");
  for (size_t at = archive.find(name); at != llvm::StringRef::npos;
       at = archive.find(name, at + 1)) {
    if (at < headerBytes)
      continue;
    llvm::StringRef header = archive.substr(at - headerBytes);
    size_t nameLength = llvm::support::endian::read16le(header.data() + nameLengthAt);
    size_t extraLength = llvm::support::endian::read16le(header.data() + extraLengthAt);
    if (!header.starts_with(signature) || nameLength != name.size())
      continue;
    llvm::StringRef data =
        header.drop_front(std::min(header.size(), headerBytes + nameLength + extraLength));
    if (data.size() < size)
      return {};
    data = data.take_front(size);
    return llvm::crc32(llvm::arrayRefFromStringRef(data)) == checksum ? data : llvm::StringRef();
  }
  return {};
}

/// An archive in memory, opened by libzip; closed and freed with it.
class Archive {
public:
  explicit Archive(llvm::StringRef bytes) {
    zip_error_init(&error);
    zip_source_t *source =
        zip_source_buffer_create(bytes.data(), bytes.size(), /*freep=*/0, &error);
    if (source && !(archive = zip_open_from_source(source, ZIP_RDONLY, &error)))
      zip_source_free(source);
  }
  Archive(const Archive &) = delete;
  ~Archive() {
    if (archive)
      zip_discard(archive);
    zip_error_fini(&error);
  }
  zip_t *get() const { return archive; }
  std::string reason() { return zip_error_strerror(&error); }

private:
  zip_error_t error;
  zip_t *archive = nullptr;
};

/// What a packed entry of so many bytes may hold: weights and JSON compress by little.
uint64_t unpackedBound(uint64_t packed) {
  constexpr uint64_t megabyte = 1 << 20;
  return std::min(64 * megabyte + 16 * packed, std::max(400 * megabyte, 2 * packed));
}

/// Unpacks an entry; null where its data is damaged.
std::unique_ptr<llvm::MemoryBuffer> unpack(zip_t *archive, const zip_stat_t &entry) {
  auto buffer = llvm::WritableMemoryBuffer::getNewUninitMemBuffer(entry.size, entry.name);
  zip_file_t *file = buffer ? zip_fopen_index(archive, entry.index, 0) : nullptr;
  if (!file)
    return nullptr;
  uint64_t done = 0;
  while (done < entry.size) {
    zip_int64_t count = zip_fread(file, buffer->getBufferStart() + done, entry.size - done);
    if (count <= 0)
      break;
    done += static_cast<uint64_t>(count);
  }
  // The checksum is compared when the end is read.
  char beyond;
  bool isWhole = done == entry.size && zip_fread(file, &beyond, 1) == 0;
  return zip_fclose(file) == 0 && isWhole ? std::move(buffer) : nullptr;
}

} // namespace

FailureOr<MappedBytes> readArchiveEntry(const MappedBytes &bytes, llvm::StringRef name,
                                        EmitError emitError) {
  Archive archive(bytes.bytes);
  if (!archive.get())
    return emitError() << "it is no zip archive, or a damaged one (" << archive.reason()
                       << "); save the model again with model.save('NAME.keras')";
  zip_stat_t entry;
  zip_stat_init(&entry);
  constexpr zip_uint64_t needed =
      ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE | ZIP_STAT_COMP_METHOD | ZIP_STAT_CRC | ZIP_STAT_INDEX;
  if (zip_stat(archive.get(), name.str().c_str(), 0, &entry) != 0 ||
      (entry.valid & needed) != needed)
    return emitError() << "the archive has no " << quoted(name)
                       << ", so it is no Keras model; save it with model.save('NAME.keras')";
  bool isStored = entry.comp_method == ZIP_CM_STORE;
  if (isStored)
    if (llvm::StringRef stored = storedBytes(bytes.bytes, name, entry.size, entry.crc);
        !stored.empty())
      return MappedBytes{stored, bytes.owner};
  if (entry.size > (isStored ? bytes.bytes.size() : unpackedBound(entry.comp_size)))
    return emitError() << quoted(name) << " unpacks from " << entry.comp_size << " to "
                       << entry.size << " bytes, more than a model could";
  std::shared_ptr<llvm::MemoryBuffer> unpacked = unpack(archive.get(), entry);
  if (!unpacked)
    return emitError() << quoted(name) << " is damaged in the archive; save the model again";
  return MappedBytes{unpacked->getBuffer(), unpacked};
}

} // namespace kiln::keras_frontend
