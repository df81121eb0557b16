// The common archive format of System V and GNU: a symbol index, then the object, whose weights are
// streamed behind it. Dates, owners and modes are constants.
#include "compiler/codegen/ElfWriter.h"
#include "compiler/codegen/Linker.h"

#include "llvm/Object/ObjectFile.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MemoryBuffer.h"

namespace kiln {

/// Names of the symbols that an object offers to others.
static llvm::Expected<std::vector<std::string>> definedSymbols(llvm::ArrayRef<char> object) {
  auto file = llvm::object::ObjectFile::createObjectFile(
      llvm::MemoryBufferRef(llvm::StringRef(object.data(), object.size()), "generated object"));
  if (!file)
    return file.takeError();
  std::vector<std::string> names;
  for (const llvm::object::SymbolRef &symbol : (*file)->symbols()) {
    llvm::Expected<uint32_t> flags = symbol.getFlags();
    llvm::Expected<llvm::StringRef> name = symbol.getName();
    if (!flags || !name)
      return llvm::joinErrors(flags.takeError(), name.takeError());
    if ((*flags & llvm::object::SymbolRef::SF_Global) &&
        !(*flags & llvm::object::SymbolRef::SF_Undefined))
      names.push_back(name->str());
  }
  return names;
}

static std::string memberHeader(llvm::StringRef name, uint64_t bytes) {
  return llvm::formatv("{0,-16}{1,-12}{2,-6}{3,-6}{4,-8}{5,-10}`\n", name, 0, 0, 0,
                       name == "/" ? "0" : "644", bytes);
}

static void appendNumber(std::string &text, uint64_t number) {
  char bytes[4];
  llvm::support::endian::write32be(bytes, static_cast<uint32_t>(number));
  text.append(bytes, 4);
}

/// Everything of the archive in front of the object.
static std::string archiveStart(llvm::ArrayRef<std::string> symbols, llvm::StringRef member,
                                uint64_t bytes) {
  std::string names;
  for (const std::string &symbol : symbols)
    names.append(symbol.c_str(), symbol.size() + 1);
  uint64_t indexBytes = 4 + 4 * symbols.size() + names.size();
  std::string longName = (member + "/\n").str(), start = "!<arch>\n";
  if (indexBytes % 2 != 0) {
    names.push_back('\0');
    ++indexBytes;
  }
  if (longName.size() % 2 != 0)
    longName.push_back('\n');
  uint64_t objectAt = start.size() + 60 + indexBytes + 60 + longName.size();
  start += memberHeader("/", indexBytes);
  appendNumber(start, symbols.size());
  for (size_t i = 0; i < symbols.size(); ++i)
    appendNumber(start, objectAt);
  start += names + memberHeader("//", longName.size()) + longName;
  return start + memberHeader("/0", bytes);
}

llvm::Error writeStaticLibrary(const LinkInput &input, llvm::StringRef path) {
  llvm::SmallVector<char, 0> object(input.object.begin(), input.object.end());
  if (input.weights) {
    auto withWeights = addWeightsSection(input.object, input.name + "_weights",
                                         input.weights->bytes(), WeightsContent::Appended);
    if (!withWeights)
      return withWeights.takeError();
    object = std::move(*withWeights);
  }
  llvm::Expected<std::vector<std::string>> symbols = definedSymbols(input.object);
  if (!symbols)
    return symbols.takeError();
  uint64_t bytes = object.size() + (input.weights ? input.weights->bytes() : 0);
  std::string start = archiveStart(*symbols, input.name + ".o", bytes);
  llvm::Expected<OutputFile> file = OutputFile::create(path);
  if (!file)
    return file.takeError();
  if (llvm::Error error = file->write(start))
    return error;
  if (llvm::Error error = file->write(object))
    return error;
  if (input.weights)
    if (llvm::Error error = file->writeFile(input.weights->path(), input.weights->bytes()))
      return error;
  if (bytes % 2 != 0)
    if (llvm::Error error = file->write(llvm::ArrayRef("\n", 1)))
      return error;
  return file->commit();
}

} // namespace kiln
