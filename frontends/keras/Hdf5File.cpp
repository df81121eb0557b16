// Starts the process that asks the HDF5 library, and reads what it wrote down as carefully as any
// file.
#include "frontends/keras/Hdf5File.h"

#include "frontends/keras/Hdf5Walk.h"

#include "llvm/Support/FileSystem.h"

#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace mlir;

namespace kiln::keras_frontend {
namespace {

/// Memory that two processes share as a file without a name.
class SharedFile {
public:
  SharedFile() : file(memfd_create("kiln-hdf5", MFD_CLOEXEC)) {}
  SharedFile(const SharedFile &) = delete;
  ~SharedFile() {
    if (file >= 0)
      ::close(file);
  }
  bool isValid() const { return file >= 0; }
  int descriptor() const { return file; }
  /// What was written; null on failure.
  std::shared_ptr<llvm::MemoryBuffer> map() const {
    auto size = static_cast<uint64_t>(std::max<off_t>(0, ::lseek(file, 0, SEEK_END)));
    auto buffer = llvm::MemoryBuffer::getOpenFile(file, "HDF5", size,
                                                  /*RequiresNullTerminator=*/false);
    return buffer ? std::shared_ptr<llvm::MemoryBuffer>(std::move(*buffer)) : nullptr;
  }

private:
  int file;
};

/// The process's own memory now, in bytes.
uint64_t dataBytes() {
  std::ifstream statistics("/proc/self/statm");
  uint64_t total = 0, resident = 0, shared = 0, text = 0, library = 0, data = 0;
  statistics >> total >> resident >> shared >> text >> library >> data;
  return data * static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
}

void limit(int resource, uint64_t value) {
  rlimit bound{value, value};
  setrlimit(static_cast<__rlimit_resource>(resource), &bound);
}

/// Everything that the child may take, and silence: a crash of the library is expected there.
void confineChild(uint64_t fileBytes, uint64_t maxDecoded) {
  constexpr uint64_t megabyte = 1 << 20;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  for (int signal : {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL, SIGALRM, SIGXCPU, SIGTERM, SIGINT})
    std::signal(signal, SIG_DFL);
  uint64_t seconds = 2 + (fileBytes + maxDecoded) / (50 * megabyte);
  limit(RLIMIT_CORE, 0);
  limit(RLIMIT_CPU, seconds);
  limit(RLIMIT_DATA, dataBytes() + 256 * megabyte + maxDecoded);
  ::alarm(static_cast<unsigned>(30 + 4 * seconds));
  int nowhere = ::open("/dev/null", O_RDWR);
  ::dup2(nowhere, STDOUT_FILENO);
  ::dup2(nowhere, STDERR_FILENO);
}

/// What the library may decode: weights compress by little, so more than this is no model.
uint64_t decodedBound(uint64_t fileBytes) {
  constexpr uint64_t megabyte = 1 << 20;
  return std::min(64 * megabyte + 8 * fileBytes, std::max(400 * megabyte, 2 * fileBytes));
}

/// Runs walkHdf5 in a child; true when it ended well.
bool walkInChild(llvm::StringRef image, const SharedFile &index, const SharedFile &data) {
  uint64_t bound = decodedBound(image.size());
  pid_t child = ::fork();
  if (child == 0) {
    confineChild(image.size(), bound);
    bool done = walkHdf5(image, index.descriptor(), data.descriptor(), bound);
    ::_exit(done ? 0 : 1);
  }
  int status = 0;
  while (child > 0 && ::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return child > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/// Takes fields off the index; anything that does not fit ends it.
class IndexReader {
public:
  explicit IndexReader(llvm::StringRef rest) : rest(rest) {}
  bool isBroken() const { return broken; }
  bool isAtEnd() const { return rest.empty(); }
  template <typename T> T number() {
    T value{};
    if (rest.size() < sizeof(T)) {
      broken = true;
      return value;
    }
    std::memcpy(&value, rest.data(), sizeof(T));
    rest = rest.drop_front(sizeof(T));
    return value;
  }
  llvm::StringRef string() {
    auto size = number<uint32_t>();
    if (broken || size > rest.size()) {
      broken = true;
      return {};
    }
    llvm::StringRef text = rest.take_front(size);
    rest = rest.drop_front(size);
    return text;
  }

private:
  llvm::StringRef rest;
  bool broken = false;
};

/// A dataset as the index describes it, on the file or on what was decoded.
Hdf5Dataset readDataset(IndexReader &in, const MappedBytes &file, const MappedBytes &decoded) {
  Hdf5Dataset dataset;
  constexpr auto last = static_cast<uint8_t>(Hdf5Type::Other);
  dataset.type = static_cast<Hdf5Type>(std::min(in.number<uint8_t>(), last));
  auto rank = in.number<uint8_t>();
  for (unsigned i = 0; i < rank && !in.isBroken(); ++i)
    dataset.shape.push_back(static_cast<int64_t>(in.number<uint64_t>()));
  char place = in.number<char>();
  auto offset = in.number<uint64_t>(), bytes = in.number<uint64_t>();
  dataset.problem = in.string().str();
  const MappedBytes &source = place == 'F' ? file : decoded;
  bool fits =
      place == '-' || (offset <= source.bytes.size() && bytes <= source.bytes.size() - offset);
  if (!fits)
    dataset.problem = "has data beyond the end of the file";
  else if (place != '-')
    dataset.data = {source.bytes.substr(offset, bytes), source.owner};
  return dataset;
}

} // namespace

FailureOr<std::unique_ptr<Hdf5File>> Hdf5File::read(MappedBytes file, EmitError emitError) {
  SharedFile index, data;
  if (!index.isValid() || !data.isValid())
    return emitError() << "there is no memory to read it with";
  bool isWell = walkInChild(file.bytes, index, data);
  std::shared_ptr<llvm::MemoryBuffer> records = index.map(), decoded = data.map();
  if (!isWell || !records || !decoded)
    return emitError() << "the HDF5 library fails on this file: it is damaged; copy it again, or "
                          "save the model again";
  auto result = std::make_unique<Hdf5File>();
  if (failed(result->parse(std::move(file), records->getBuffer(), {decoded->getBuffer(), decoded},
                           emitError)))
    return failure();
  result->joinChunkedAttributes();
  return result;
}

LogicalResult Hdf5File::parse(MappedBytes file, llvm::StringRef index, MappedBytes decoded,
                              EmitError emitError) {
  IndexReader in(index);
  while (!in.isBroken()) {
    switch (in.number<char>()) {
    case 'G':
      groups.try_emplace(in.string());
      continue;
    case 'A': {
      Attributes &attributes = groups[in.string()];
      std::vector<std::string> &strings = attributes[in.string()];
      auto count = in.number<uint32_t>();
      for (uint32_t i = 0; i < count && !in.isBroken(); ++i)
        strings.push_back(in.string().str());
      continue;
    }
    case 'D': {
      llvm::StringRef path = in.string();
      datasets[path] = readDataset(in, file, decoded);
      continue;
    }
    case 'E':
      return success();
    case 'X':
      return emitError() << in.string() << "; copy the file again, or save the model again";
    default:
      break;
    }
    break;
  }
  return emitError() << "the HDF5 library fails on this file: it is damaged";
}

/// Keras splits long lists of names: layer_names0, layer_names1, ...
void Hdf5File::joinChunkedAttributes() {
  for (auto &group : groups)
    for (llvm::StringRef name : {"layer_names", "weight_names", "model_config"}) {
      Attributes &attributes = group.second;
      if (attributes.contains(name))
        continue;
      for (unsigned i = 0;; ++i) {
        auto part = attributes.find((name + llvm::Twine(i)).str());
        if (part == attributes.end())
          break;
        std::vector<std::string> strings = part->second;
        llvm::append_range(attributes[name], strings);
      }
    }
}

const Hdf5Dataset *Hdf5File::dataset(llvm::StringRef path) const {
  auto found = datasets.find(path);
  return found == datasets.end() ? nullptr : &found->second;
}

const std::vector<std::string> *Hdf5File::strings(llvm::StringRef group,
                                                  llvm::StringRef name) const {
  auto found = groups.find(group);
  if (found == groups.end())
    return nullptr;
  auto attribute = found->second.find(name);
  return attribute == found->second.end() ? nullptr : &attribute->second;
}

} // namespace kiln::keras_frontend
