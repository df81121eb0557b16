// The linker put the NOBITS section at the end of a read-only segment:
//   file  | segment 0 | segment 1 ...        memory  | segment 0 | weights (zeros) | segment 1 ...
// The file becomes | segment 0 | weights | segment 1 ... |. Addresses stay; of the file's contents
// only the offsets in the headers depend on positions, so those behind the weights grow by a
// multiple of the page.
#include "compiler/codegen/ElfWriter.h"

#include "llvm/Object/ELF.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/MemoryBuffer.h"

namespace kiln {

using Elf = llvm::object::ELF64LE;

namespace {

/// Where the weights go: `cut` is the first byte of the old file that moves, by `shift`.
struct Insertion {
  uint64_t segment = 0; // index of the program header
  uint64_t section = 0; // index of the section header
  uint64_t cut = 0, weightsOffset = 0, shift = 0;
};

} // namespace

/// The index of the weights section, or the number of sections.
static llvm::Expected<uint64_t> findSection(const llvm::object::ELFFile<Elf> &file) {
  llvm::Expected<Elf::ShdrRange> sections = file.sections();
  if (!sections)
    return sections.takeError();
  uint64_t index = 0;
  for (const Elf::Shdr &section : *sections) {
    llvm::Expected<llvm::StringRef> name = file.getSectionName(section);
    if (!name)
      return name.takeError();
    if (*name == weightsSection)
      return index;
    ++index;
  }
  return index;
}

/// Whether nothing but the insertion's own segment lies across the cut.
static bool isClean(Elf::PhdrRange segments, Elf::ShdrRange sections, const Insertion &insertion) {
  auto crosses = [&](uint64_t offset, uint64_t bytes) {
    return offset < insertion.cut && offset + bytes > insertion.cut;
  };
  for (const Elf::Phdr &segment : segments)
    if (crosses(segment.p_offset, segment.p_filesz))
      return false;
  for (const Elf::Shdr &section : sections)
    if (section.sh_type != llvm::ELF::SHT_NOBITS && crosses(section.sh_offset, section.sh_size))
      return false;
  return true;
}

static llvm::Expected<std::optional<Insertion>> plan(const llvm::object::ELFFile<Elf> &file,
                                                     uint64_t bytes) {
  llvm::Expected<Elf::PhdrRange> segments = file.program_headers();
  if (!segments)
    return segments.takeError();
  llvm::Expected<Elf::ShdrRange> sections = file.sections();
  if (!sections)
    return sections.takeError();
  Insertion insertion;
  llvm::Expected<uint64_t> found = findSection(file);
  if (!found)
    return found.takeError();
  insertion.section = *found;
  if (insertion.section == sections->size())
    return std::nullopt;
  const Elf::Shdr &section = (*sections)[insertion.section];
  uint64_t alignment = 4096;
  const Elf::Phdr *home = nullptr;
  for (const Elf::Phdr &segment : *segments) {
    if (segment.p_type != llvm::ELF::PT_LOAD)
      continue;
    alignment = std::max<uint64_t>(alignment, segment.p_align);
    if (section.sh_addr >= segment.p_vaddr + segment.p_filesz &&
        section.sh_addr + section.sh_size == segment.p_vaddr + segment.p_memsz)
      home = &segment;
  }
  if (!home || section.sh_type != llvm::ELF::SHT_NOBITS || section.sh_size != bytes ||
      (home->p_flags & llvm::ELF::PF_W))
    return std::nullopt;
  insertion.segment = static_cast<uint64_t>(home - segments->begin());
  insertion.cut = home->p_offset + home->p_filesz;
  insertion.weightsOffset = home->p_offset + (section.sh_addr - home->p_vaddr);
  insertion.shift = llvm::alignTo(insertion.weightsOffset + bytes - insertion.cut, alignment);
  if (!isClean(*segments, *sections, insertion))
    return std::nullopt;
  return insertion;
}

/// Moves what lies behind the cut; `image` is a writable copy of the file.
static void patchHeaders(llvm::MutableArrayRef<char> image, const Insertion &insertion) {
  auto *header = reinterpret_cast<Elf::Ehdr *>(image.data());
  auto *segments = reinterpret_cast<Elf::Phdr *>(image.data() + header->e_phoff);
  auto *sections = reinterpret_cast<Elf::Shdr *>(image.data() + header->e_shoff);
  auto moved = [&](uint64_t offset) {
    return offset >= insertion.cut ? offset + insertion.shift : offset;
  };
  for (uint64_t i = 0; i < header->e_phnum; ++i)
    if (i != insertion.segment)
      segments[i].p_offset = moved(segments[i].p_offset);
  segments[insertion.segment].p_filesz = static_cast<uint64_t>(segments[insertion.segment].p_memsz);
  for (uint64_t i = 0; i < header->e_shnum; ++i)
    sections[i].sh_offset =
        i == insertion.section ? insertion.weightsOffset : moved(sections[i].sh_offset);
  sections[insertion.section].sh_type = llvm::ELF::SHT_PROGBITS;
  header->e_shoff = moved(header->e_shoff);
}

static llvm::Expected<std::unique_ptr<llvm::WritableMemoryBuffer>> readImage(llvm::StringRef path) {
  auto buffer = llvm::WritableMemoryBuffer::getFile(path);
  if (!buffer)
    return llvm::createStringError(path + ": " + buffer.getError().message());
  return std::move(*buffer);
}

static llvm::Expected<std::optional<Insertion>> planFor(const llvm::WritableMemoryBuffer &image,
                                                        uint64_t bytes) {
  auto file = llvm::object::ELFFile<Elf>::create(image.getBuffer());
  if (!file)
    return file.takeError();
  return plan(*file, bytes);
}

llvm::Expected<bool> canInsertWeights(llvm::StringRef path, uint64_t bytes) {
  auto image = readImage(path);
  if (!image)
    return image.takeError();
  auto insertion = planFor(**image, bytes);
  if (!insertion)
    return insertion.takeError();
  return insertion->has_value();
}

static llvm::Error writeImage(OutputFile &file, llvm::ArrayRef<char> image,
                              const Insertion &insertion, const WeightsFile &weights) {
  uint64_t end = insertion.weightsOffset + weights.bytes();
  if (llvm::Error error = file.write(image.take_front(insertion.cut)))
    return error;
  if (llvm::Error error = file.writeZeros(insertion.weightsOffset - insertion.cut))
    return error;
  if (llvm::Error error = file.writeFile(weights.path(), weights.bytes()))
    return error;
  if (llvm::Error error = file.writeZeros(insertion.cut + insertion.shift - end))
    return error;
  return file.write(image.drop_front(insertion.cut));
}

llvm::Error insertWeights(llvm::StringRef from, llvm::StringRef to, const WeightsFile &weights) {
  auto image = readImage(from);
  if (!image)
    return image.takeError();
  auto insertion = planFor(**image, weights.bytes());
  if (!insertion)
    return insertion.takeError();
  if (!*insertion)
    return llvm::createStringError(from + ": the linker did not reserve the weights as expected");
  patchHeaders((*image)->getBuffer(), **insertion);
  llvm::Expected<OutputFile> file = OutputFile::create(to, FileMode::Executable);
  if (!file)
    return file.takeError();
  if (llvm::Error error = writeImage(*file, (*image)->getBuffer(), **insertion, weights))
    return error;
  return file->commit();
}

} // namespace kiln
