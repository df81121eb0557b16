// See Linker.h. The start files and libc are looked for where Linux distributions keep them.
#include "compiler/codegen/Linker.h"
#include "compiler/codegen/ElfWriter.h"

#include "llvm/BinaryFormat/ELF.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Program.h"

#include <cstddef>
#include <optional>

namespace kiln {

namespace fs = llvm::sys::fs;

namespace {

/// How programs of one architecture start on Linux.
struct Platform {
  uint16_t machine; // e_machine
  llvm::StringRef multiarch, interpreter;
};

} // namespace

static Platform hostPlatform() {
#if defined(__aarch64__)
  return {llvm::ELF::EM_AARCH64, "aarch64-linux-gnu", "/lib/ld-linux-aarch64.so.1"};
#elif defined(__riscv)
  return {llvm::ELF::EM_RISCV, "riscv64-linux-gnu", "/lib/ld-linux-riscv64-lp64d.so.1"};
#else
  return {llvm::ELF::EM_X86_64, "x86_64-linux-gnu", "/lib64/ld-linux-x86-64.so.2"};
#endif
}

static llvm::Expected<std::string> findLinker() {
  for (llvm::StringRef name : {"ld.lld-22", "ld.lld"})
    if (llvm::ErrorOr<std::string> path = llvm::sys::findProgramByName(name))
      return *path;
  for (llvm::StringRef folder : {"/usr/lib/llvm-22/bin", "/usr/local/bin"})
    if (llvm::ErrorOr<std::string> path = llvm::sys::findProgramByName("ld.lld", folder))
      return *path;
  return llvm::createStringError(
      "the linker ld.lld was not found on PATH: install it (Debian: apt-get install "
      "lld-22), or use --emit=obj or --emit=lib and link with your own linker");
}

/// The folder that has libc's start files.
static llvm::Expected<std::string> findStartFiles() {
  std::string multiarch = ("/usr/lib/" + hostPlatform().multiarch).str();
  for (llvm::StringRef folder : {llvm::StringRef(multiarch), llvm::StringRef("/usr/lib64"),
                                 llvm::StringRef("/usr/lib"), llvm::StringRef("/lib64")})
    if (fs::exists(folder + "/Scrt1.o") && fs::exists(folder + "/crti.o"))
      return folder.str();
  return llvm::createStringError(
      "libc's start file Scrt1.o was not found: install libc's development files "
      "(Debian: apt-get install libc6-dev), or use --emit=lib or --emit=shared");
}

llvm::Expected<std::string> findRuntimeLibrary(llvm::StringRef executable) {
  llvm::SmallString<128> prefix(executable);
  llvm::sys::path::remove_filename(prefix);
  llvm::sys::path::append(prefix, "..");
  std::string multiarch = ("lib/" + hostPlatform().multiarch).str();
  for (llvm::StringRef folder :
       {llvm::StringRef("lib"), llvm::StringRef("lib64"), llvm::StringRef(multiarch)}) {
    llvm::SmallString<128> path(prefix);
    llvm::sys::path::append(path, folder, "libkiln_runtime.a");
    if (fs::exists(path)) {
      llvm::sys::path::remove_dots(path, /*remove_dot_dot=*/true);
      return path.str().str();
    }
  }
  return llvm::createStringError("libkiln_runtime.a was not found beside the kiln tool (" + prefix +
                                 "/lib): install Kiln with `ninja install`");
}

/// Runs ld.lld; what it prints becomes the error.
static llvm::Error runLinker(llvm::ArrayRef<std::string> arguments) {
  llvm::Expected<std::string> linker = findLinker();
  if (!linker)
    return linker.takeError();
  llvm::SmallString<128> log;
  if (std::error_code error = fs::createTemporaryFile("kiln-link", "log", log))
    return llvm::createStringError("no temporary file: " + error.message());
  llvm::FileRemover removeLog(log);
  llvm::SmallVector<llvm::StringRef> argv{"ld.lld"};
  argv.append(arguments.begin(), arguments.end());
  std::optional<llvm::StringRef> redirects[] = {llvm::StringRef(), log.str(), log.str()};
  std::string problem;
  int status = llvm::sys::ExecuteAndWait(*linker, argv, std::nullopt, redirects, 0, 0, &problem);
  if (status == 0)
    return llvm::Error::success();
  if (auto text = llvm::MemoryBuffer::getFile(log))
    problem += (*text)->getBuffer();
  return llvm::createStringError("linking failed: " + llvm::StringRef(problem).trim());
}

/// Creates a file of a new name beside `path`.
static llvm::Expected<std::string> createTemporary(llvm::StringRef path, llvm::StringRef suffix) {
  llvm::SmallString<128> name;
  if (std::error_code error = fs::createUniqueFile(path + "-%%%%%%%%" + suffix, name))
    return llvm::createStringError(path + ": " + error.message());
  return name.str().str();
}

llvm::Error writeObject(const LinkInput &input, llvm::StringRef path) {
  if (!input.weights)
    return writeOutput(path, input.object);
  auto object = addWeightsSection(input.object, input.name + "_weights", input.weights->bytes(),
                                  WeightsContent::Appended);
  if (!object)
    return object.takeError();
  llvm::Expected<OutputFile> file = OutputFile::create(path);
  if (!file)
    return file.takeError();
  if (llvm::Error error = file->write(*object))
    return error;
  if (llvm::Error error = file->writeFile(input.weights->path(), input.weights->bytes()))
    return error;
  return file->commit();
}

/// Links with the weights inside the object: the way for linkers that place the reserved section
/// elsewhere.
static llvm::Error linkWhole(const LinkInput &input, llvm::ArrayRef<std::string> before,
                             llvm::ArrayRef<std::string> after, llvm::StringRef path) {
  llvm::Expected<std::string> object = createTemporary(path, ".o");
  if (!object)
    return object.takeError();
  llvm::FileRemover removeObject(*object);
  if (llvm::Error error = writeObject(input, *object))
    return error;
  std::vector<std::string> arguments(before);
  arguments.insert(arguments.end(), {"-o", path.str(), *object});
  arguments.insert(arguments.end(), after.begin(), after.end());
  return runLinker(arguments);
}

/// The runtime beside the tool is this machine's.
static llvm::Error checkMachine(llvm::ArrayRef<char> object) {
  constexpr size_t machineAt = offsetof(llvm::ELF::Elf64_Ehdr, e_machine);
  if (object.size() >= sizeof(llvm::ELF::Elf64_Ehdr) &&
      llvm::support::endian::read16le(object.data() + machineAt) == hostPlatform().machine)
    return llvm::Error::success();
  return llvm::createStringError(
      "programs and shared libraries can be linked for this machine's architecture only: use "
      "--emit=obj or --emit=lib and link where the target's tools are");
}

/// Links with the weights' addresses reserved, then inserts them.
static llvm::Error link(const LinkInput &input, llvm::ArrayRef<std::string> before,
                        llvm::ArrayRef<std::string> after, llvm::StringRef path) {
  if (llvm::Error error = checkMachine(input.object))
    return error;
  if (!input.weights)
    return linkWhole(input, before, after, path);
  auto reserved = addWeightsSection(input.object, input.name + "_weights", input.weights->bytes(),
                                    WeightsContent::Reserved);
  if (!reserved)
    return reserved.takeError();
  llvm::Expected<std::string> image = createTemporary(path, ".image");
  if (!image)
    return image.takeError();
  llvm::FileRemover removeImage(*image);
  if (llvm::Error error = linkWhole({*reserved, input.name, nullptr}, before, after, *image))
    return error;
  llvm::Expected<bool> possible = canInsertWeights(*image, input.weights->bytes());
  if (!possible)
    return possible.takeError();
  return *possible ? insertWeights(*image, path, *input.weights)
                   : linkWhole(input, before, after, path);
}

static std::vector<std::string> commonOptions() {
  return {"--eh-frame-hdr",
          "--hash-style=gnu",
          "--build-id=none",
          "--gc-sections",
          "--strip-debug",
          "-z",
          "relro",
          "-z",
          "now",
          "-z",
          "noexecstack"};
}

llvm::Error linkSharedLibrary(const LinkInput &input, llvm::StringRef runtime,
                              llvm::StringRef path) {
  std::vector<std::string> before = commonOptions();
  before.insert(before.end(),
                {"-shared", "-z", "defs", "-soname", llvm::sys::path::filename(path).str()});
  return link(input, before, {runtime.str()}, path);
}

llvm::Error linkProgram(const LinkInput &input, llvm::StringRef runtime, llvm::StringRef path) {
  llvm::Expected<std::string> folder = findStartFiles();
  if (!folder)
    return folder.takeError();
  std::vector<std::string> before = commonOptions();
  before.insert(before.end(), {"-pie", "-dynamic-linker", hostPlatform().interpreter.str(),
                               "-L" + *folder, "-L/lib/" + hostPlatform().multiarch.str(),
                               *folder + "/Scrt1.o", *folder + "/crti.o"});
  return link(input, before,
              {runtime.str(), "--as-needed", "-lpthread", "-lc", *folder + "/crtn.o"}, path);
}

} // namespace kiln
