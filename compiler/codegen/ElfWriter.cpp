// See ElfWriter.h; System V ABI, "Object Files". The new string table, the section headers and the
// weights follow the old object's bytes, which stay where they are.
#include "compiler/codegen/ElfWriter.h"

#include "llvm/Object/ELFTypes.h"
#include "llvm/Support/MathExtras.h"

#include <cstring>

namespace kiln {

using Elf = llvm::object::ELF64LE;

static constexpr uint64_t pageBytes = 4096;

namespace {

/// The tables of a relocatable object, copied out of its bytes.
struct Tables {
  Elf::Ehdr header;
  std::vector<Elf::Shdr> sections;
};

} // namespace

/// Relative addresses in an image reach 2 GiB; the rest of it is far below 64 MiB.
static constexpr uint64_t maxEmbeddedBytes = (uint64_t(1) << 31) - (uint64_t(1) << 26);

static llvm::Error malformed() {
  return llvm::createStringError("the generated object is not ELF64 as expected");
}

static bool isInside(llvm::ArrayRef<char> object, uint64_t offset, uint64_t bytes) {
  return offset <= object.size() && bytes <= object.size() - offset;
}

static llvm::Expected<Tables> readTables(llvm::ArrayRef<char> object) {
  Tables tables;
  if (object.size() < sizeof(Elf::Ehdr))
    return malformed();
  std::memcpy(&tables.header, object.data(), sizeof(Elf::Ehdr));
  const Elf::Ehdr &header = tables.header;
  if (!header.checkMagic() || header.getFileClass() != llvm::ELF::ELFCLASS64 ||
      header.getDataEncoding() != llvm::ELF::ELFDATA2LSB ||
      header.e_shentsize != sizeof(Elf::Shdr) || header.e_shstrndx >= header.e_shnum ||
      header.e_shnum + 1 >= llvm::ELF::SHN_LORESERVE ||
      !isInside(object, header.e_shoff, header.e_shnum * sizeof(Elf::Shdr)))
    return malformed();
  tables.sections.resize(header.e_shnum);
  std::memcpy(tables.sections.data(), object.data() + header.e_shoff,
              header.e_shnum * sizeof(Elf::Shdr));
  return tables;
}

/// Turns the undefined `name` of the symbol table into a hidden object at the start of section
/// `index`.
static llvm::Error defineSymbol(llvm::MutableArrayRef<char> object, const Tables &tables,
                                llvm::StringRef name, uint64_t bytes, uint16_t index) {
  for (const Elf::Shdr &table : tables.sections) {
    if (table.sh_type != llvm::ELF::SHT_SYMTAB)
      continue;
    if (table.sh_link >= tables.sections.size() ||
        !isInside(object, table.sh_offset, table.sh_size))
      return malformed();
    const Elf::Shdr &strings = tables.sections[table.sh_link];
    if (!isInside(object, strings.sh_offset, strings.sh_size))
      return malformed();
    llvm::StringRef names(object.data() + strings.sh_offset, strings.sh_size);
    for (uint64_t at = 0; at + sizeof(Elf::Sym) <= table.sh_size; at += sizeof(Elf::Sym)) {
      Elf::Sym symbol;
      char *place = object.data() + table.sh_offset + at;
      std::memcpy(&symbol, place, sizeof(symbol));
      if (symbol.st_name >= names.size() || names.substr(symbol.st_name).split('\0').first != name)
        continue;
      if (symbol.st_shndx != llvm::ELF::SHN_UNDEF)
        return llvm::createStringError("the object defines " + name + " already");
      symbol.setBindingAndType(llvm::ELF::STB_GLOBAL, llvm::ELF::STT_OBJECT);
      symbol.st_other = llvm::ELF::STV_HIDDEN;
      symbol.st_shndx = index;
      symbol.st_value = 0;
      symbol.st_size = bytes;
      std::memcpy(place, &symbol, sizeof(symbol));
      return llvm::Error::success();
    }
  }
  return llvm::createStringError("the object does not refer to " + name);
}

static void padTo(llvm::SmallVectorImpl<char> &bytes, uint64_t alignment) {
  bytes.resize(llvm::alignTo(bytes.size(), alignment));
}

/// Appends the section names with one more; returns where it begins in them.
static llvm::Expected<uint32_t> appendNames(llvm::SmallVectorImpl<char> &result, Elf::Shdr &names) {
  if (!isInside(result, names.sh_offset, names.sh_size))
    return malformed();
  std::string text(result.data() + names.sh_offset, names.sh_size);
  uint32_t begin = static_cast<uint32_t>(text.size());
  text += weightsSection;
  text.push_back('\0');
  names.sh_offset = result.size();
  names.sh_size = text.size();
  result.append(text.begin(), text.end());
  return begin;
}

/// Large weights begin with a huge page of the system, in memory and in the file: where both agree,
/// Linux maps what its page cache holds in huge pages as such. Each weight is read once an
/// inference, so that small pages cost a walk through page tables for every 4 KiB.
static uint64_t alignmentFor(uint64_t bytes) {
  constexpr uint64_t hugePageBytes = 2 << 20;
  return bytes >= 2 * hugePageBytes ? hugePageBytes : pageBytes;
}

static Elf::Shdr weightsHeader(uint32_t name, uint64_t bytes, WeightsContent content) {
  Elf::Shdr section;
  std::memset(&section, 0, sizeof(section));
  section.sh_name = name;
  section.sh_type =
      content == WeightsContent::Appended ? llvm::ELF::SHT_PROGBITS : llvm::ELF::SHT_NOBITS;
  section.sh_flags = llvm::ELF::SHF_ALLOC;
  section.sh_size = bytes;
  section.sh_addralign = alignmentFor(bytes);
  return section;
}

llvm::Expected<llvm::SmallVector<char, 0>> addWeightsSection(llvm::ArrayRef<char> object,
                                                             llvm::StringRef symbol, uint64_t bytes,
                                                             WeightsContent content) {
  if (object.size() < 4 || std::memcmp(object.data(), llvm::ELF::ElfMagic, 4) != 0)
    return llvm::createStringError("weights can be embedded in ELF files only: compile with "
                                   "--weights-storage=sidecar for this target");
  if (bytes > maxEmbeddedBytes)
    return llvm::createStringError("weights of " + llvm::Twine(bytes) +
                                   " bytes are too large to be embedded: compile with "
                                   "--weights-storage=sidecar");
  llvm::Expected<Tables> tables = readTables(object);
  if (!tables)
    return tables.takeError();
  std::vector<Elf::Shdr> &sections = tables->sections;
  llvm::SmallVector<char, 0> result(object.begin(), object.end());
  if (llvm::Error error =
          defineSymbol(result, *tables, symbol, bytes, static_cast<uint16_t>(sections.size())))
    return error;
  llvm::Expected<uint32_t> name = appendNames(result, sections[tables->header.e_shstrndx]);
  if (!name)
    return name.takeError();
  sections.push_back(weightsHeader(*name, bytes, content));
  padTo(result, 8);
  tables->header.e_shoff = result.size();
  tables->header.e_shnum = static_cast<uint16_t>(sections.size());
  sections.back().sh_offset =
      llvm::alignTo(result.size() + sections.size() * sizeof(Elf::Shdr), pageBytes);
  const char *table = reinterpret_cast<const char *>(sections.data());
  result.append(table, table + sections.size() * sizeof(Elf::Shdr));
  std::memcpy(result.data(), &tables->header, sizeof(Elf::Ehdr));
  if (content == WeightsContent::Appended)
    padTo(result, pageBytes);
  return result;
}

} // namespace kiln
