// Test tool: imports Darknet networks and prints each module with its weights left out, or the
// diagnostics.
//
//     darknet-import [--quiet] [--locations] FILE.test
//
// FILE holds configurations, each after a line `#--- NAME [WORD]...`; what is printed for one
// follows a line `// NAME`. Weights are random unless words say what file to make up:
//
//     numbers=N     N numbers i / 8, i from 0 on
//     version=A.B.C the header (default 0.2.0); its `seen` has 32 bits where the version says so
//     bytes=N       the file is cut off, or zeros follow, so that it has N bytes
//     alexeyab      --darknet=alexeyab; `original` likewise
//     none          no weights at all
#include "frontends/darknet/DarknetImport.h"
#include "tests/frontends/PrintImport.h"

#include "llvm/ADT/StringExtras.h"

#include <array>
#include <cstring>

using kiln::test::Printing;

namespace {

std::string encodeWeights(const std::array<int32_t, 3> &version, unsigned numbers,
                          std::optional<unsigned> bytes) {
  auto [major, minor, revision] = version;
  bool isLong = int64_t(major) * 10 + minor >= 2 && major < 1000 && minor < 1000;
  std::string text(reinterpret_cast<const char *>(version.data()), sizeof(version));
  text.append(isLong ? 8 : 4, '\0');
  for (unsigned i = 0; i < numbers; ++i) {
    float number = static_cast<float>(i) / 8;
    text.append(reinterpret_cast<const char *>(&number), sizeof(number));
  }
  text.resize(bytes.value_or(text.size()));
  return text;
}

/// What the words behind a name ask for; null weights: random ones.
struct Words {
  kiln::DarknetOptions options;
  std::unique_ptr<llvm::MemoryBuffer> weights;
};

Words readWords(llvm::ArrayRef<llvm::StringRef> words) {
  Words result;
  result.options.weights = "random:1";
  std::array<int32_t, 3> version = {0, 2, 0};
  std::optional<unsigned> numbers, bytes;
  for (llvm::StringRef word : words) {
    auto [key, value] = word.split('=');
    llvm::SmallVector<llvm::StringRef> parts;
    value.split(parts, '.');
    if (key == "numbers")
      value.getAsInteger(10, numbers.emplace());
    else if (key == "bytes")
      value.getAsInteger(10, bytes.emplace());
    else if (key == "version")
      for (auto [part, number] : llvm::zip(parts, version))
        part.getAsInteger(10, number);
    else if (key == "alexeyab")
      result.options.fork = kiln::DarknetFork::AlexeyAB;
    else if (key == "original")
      result.options.fork = kiln::DarknetFork::Original;
    else if (key == "none")
      result.options.weights = "";
    else if (key == "weights")
      result.options.weights = value.str();
  }
  if (numbers || bytes)
    result.weights = llvm::MemoryBuffer::getMemBufferCopy(
        encodeWeights(version, numbers.value_or(0), bytes), "made-up.weights");
  return result;
}

bool importAndPrint(llvm::StringRef header, llvm::StringRef text, const Printing &printing) {
  mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  context.getDiagEngine().registerHandler(
      [](mlir::Diagnostic &diagnostic) { kiln::test::printDiagnostic(diagnostic); });
  llvm::SmallVector<llvm::StringRef> words;
  header.split(words, ' ');
  llvm::outs() << "// " << words[0] << "\n";
  llvm::outs().flush();
  Words given = readWords(llvm::ArrayRef(words).drop_front());
  auto config = llvm::MemoryBuffer::getMemBufferCopy(text, words[0] + ".cfg");
  mlir::OwningOpRef<mlir::ModuleOp> module =
      kiln::importDarknet(context, std::move(config), std::move(given.weights), given.options);
  return kiln::test::printModule(module.get(), printing);
}

} // namespace

int main(int argc, char **argv) {
  Printing printing;
  std::vector<llvm::StringRef> files;
  for (llvm::StringRef argument : llvm::ArrayRef(argv + 1, argc - 1)) {
    if (argument == "--quiet")
      printing.quiet = true;
    else if (argument == "--locations")
      printing.locations = true;
    else
      files.push_back(argument);
  }
  bool allGood = true;
  for (llvm::StringRef path : files) {
    auto test = llvm::MemoryBuffer::getFile(path);
    if (!test)
      return llvm::errs() << path << ": cannot be read\n", 2;
    constexpr llvm::StringLiteral marker = "\n#--- ";
    llvm::StringRef rest = (*test)->getBuffer().split(marker).second;
    while (!rest.empty()) {
      llvm::StringRef section;
      std::tie(section, rest) = rest.split(marker);
      auto [name, text] = section.split('\n');
      allGood &= importAndPrint(name, text, printing);
    }
  }
  return allGood ? 0 : 1;
}
