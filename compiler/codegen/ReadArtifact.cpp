// See ReadArtifact.h.
#include "compiler/codegen/ReadArtifact.h"
#include "compiler/codegen/Manifest.h"

#include "llvm/Object/ELF.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/MemoryBuffer.h"

namespace kiln {

using Elf = llvm::object::ELF64LE;

/// More than any manifest: labels and layers of the largest networks take less than a megabyte.
static constexpr uint64_t maxManifestBytes = uint64_t(64) << 20;

static llvm::Error notArtifact(llvm::StringRef path, const llvm::Twine &why) {
  return llvm::createStringError(path + ": " + why);
}

static llvm::Error refuseUnlinked(llvm::StringRef path, llvm::StringRef what) {
  return notArtifact(path, what + " cannot be loaded; compile with --emit=shared or --emit=exe");
}

static llvm::Expected<llvm::ArrayRef<uint8_t>>
findManifest(const llvm::object::ELFFile<Elf> &file) {
  llvm::Expected<Elf::ShdrRange> sections = file.sections();
  if (!sections)
    return sections.takeError();
  for (const Elf::Shdr &section : *sections) {
    llvm::Expected<llvm::StringRef> name = file.getSectionName(section);
    if (!name)
      return name.takeError();
    if (*name == "kiln_manifest" && section.sh_type == llvm::ELF::SHT_PROGBITS)
      return file.getSectionContents(section);
  }
  return llvm::ArrayRef<uint8_t>();
}

/// Of a file whose sections have been read.
static uint64_t codeBytesOf(const llvm::object::ELFFile<Elf> &file) {
  uint64_t bytes = 0;
  for (const Elf::Shdr &section : llvm::cantFail(file.sections()))
    if (section.sh_flags & llvm::ELF::SHF_EXECINSTR)
      bytes = llvm::SaturatingAdd<uint64_t>(bytes, section.sh_size);
  return bytes;
}

/// A program names an interpreter, a shared library does not.
static llvm::Expected<ArtifactKind> kindOf(const llvm::object::ELFFile<Elf> &file) {
  llvm::Expected<Elf::PhdrRange> segments = file.program_headers();
  if (!segments)
    return segments.takeError();
  for (const Elf::Phdr &segment : *segments)
    if (segment.p_type == llvm::ELF::PT_INTERP)
      return ArtifactKind::Program;
  return ArtifactKind::SharedLibrary;
}

static llvm::Expected<Artifact> readImage(llvm::StringRef path, llvm::StringRef bytes) {
  auto damaged = [&](llvm::Error error) {
    return notArtifact(path, "the ELF file is damaged: " + llvm::toString(std::move(error)));
  };
  llvm::Expected<llvm::object::ELFFile<Elf>> file = llvm::object::ELFFile<Elf>::create(bytes);
  if (!file)
    return damaged(file.takeError());
  if (file->getHeader().e_type == llvm::ELF::ET_REL)
    return refuseUnlinked(path, "an object file");
  llvm::Expected<llvm::ArrayRef<uint8_t>> section = findManifest(*file);
  if (!section)
    return damaged(section.takeError());
  if (section->empty())
    return notArtifact(path, "not made by Kiln: it has no section kiln_manifest");
  if (section->size() > maxManifestBytes)
    return notArtifact(path, "the manifest is too large to be one");
  llvm::Expected<ArtifactKind> kind = kindOf(*file);
  if (!kind)
    return damaged(kind.takeError());
  // The section need not be aligned in a hostile file, FlatBuffers have to be.
  std::vector<uint64_t> aligned(section->size() / 8 + 1);
  std::copy(section->begin(), section->end(), reinterpret_cast<uint8_t *>(aligned.data()));
  auto networks = parseManifests({reinterpret_cast<uint8_t *>(aligned.data()), section->size()});
  if (!networks)
    return notArtifact(path, llvm::toString(networks.takeError()));
  if (networks->empty())
    return notArtifact(path, "the manifest is empty");
  return Artifact{*kind, codeBytesOf(*file), std::move(*networks)};
}

static llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>> openFile(llvm::StringRef path) {
  auto buffer =
      llvm::MemoryBuffer::getFile(path, /*IsText=*/false, /*RequiresNullTerminator=*/false);
  if (!buffer)
    return llvm::createStringError(path + ": " + buffer.getError().message());
  return std::move(*buffer);
}

llvm::Expected<Artifact> readArtifact(llvm::StringRef path) {
  auto buffer = openFile(path);
  if (!buffer)
    return buffer.takeError();
  llvm::StringRef bytes = (*buffer)->getBuffer();
  if (bytes.starts_with("!<arch>\n") || bytes.starts_with("!<thin>\n"))
    return refuseUnlinked(path, "a static library");
  if (!bytes.starts_with("\x7f"
                         "ELF"))
    return notArtifact(path, "neither a program nor a shared library");
  if (bytes.size() < sizeof(Elf::Ehdr) || bytes[4] != llvm::ELF::ELFCLASS64 ||
      bytes[5] != llvm::ELF::ELFDATA2LSB)
    return notArtifact(path, "not a 64-bit little-endian ELF file");
  return readImage(path, bytes);
}

bool looksLikeArtifact(llvm::StringRef path) {
  auto start = llvm::MemoryBuffer::getFileSlice(path, 8, 0);
  if (!start)
    return false;
  llvm::StringRef bytes = (*start)->getBuffer();
  return bytes.starts_with("\x7f"
                           "ELF") ||
         bytes.starts_with("!<arch>\n");
}

} // namespace kiln
