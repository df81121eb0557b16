// Loads with dlopen; what the library offers is in its manifest and its kiln_program.
#include "tools/kiln/LoadedNetwork.h"
#include "tools/kiln/Defect.h"
#include "tools/kiln/Messages.h"

#include "compiler/codegen/ReadArtifact.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <dlfcn.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace kiln::tool {
namespace {

void leave(int) { _exit(1); }

/// The system's loader trusts what it maps and ends the process where that is damaged: another
/// process tries first.
bool isLoadable(const char *file) {
  pid_t child = fork();
  if (child == 0) {
    close(STDERR_FILENO);
    for (int signal : {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT})
      std::signal(signal, leave);
    dlopen(file, RTLD_NOW | RTLD_LOCAL);
    _exit(0);
  }
  int status = 0;
  return child < 0 ||
         (waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

} // namespace

int defaultThreads(uint32_t compiledFor) {
  unsigned machine = std::max(1u, std::thread::hardware_concurrency());
  return static_cast<int>(std::clamp(compiledFor, 1u, machine));
}

std::unique_ptr<LoadedNetwork> LoadedNetwork::load(llvm::StringRef path, llvm::StringRef title,
                                                   int threads) {
  llvm::Expected<Artifact> artifact = readArtifact(path);
  if (!artifact) {
    fault(llvm::toString(artifact.takeError()));
    return nullptr;
  }
  if (artifact->networks.size() != 1) {
    fault("'" + title + "' holds " + llvm::Twine(artifact->networks.size()) +
          " networks; give a library of one");
    return nullptr;
  }
  std::unique_ptr<LoadedNetwork> network(new LoadedNetwork);
  network->title = title;
  network->theManifest = std::move(artifact->networks.front());
  // A path without a slash would be searched for in the system's folders.
  llvm::SmallString<128> absolute = path;
  llvm::sys::fs::make_absolute(absolute);
  bool isOfUser = path == title; // else compiled a moment ago
  if (isOfUser && !isLoadable(absolute.c_str())) {
    fault("'" + title + "' is damaged: the system cannot load it; compile the model again");
    return nullptr;
  }
  if (isOfUser)
    blameFile(title);
  network->library = dlopen(absolute.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!network->library) {
    fault("cannot load '" + title + "': " + dlerror());
    return nullptr;
  }
  std::string symbol = network->theManifest.name + "_program";
  network->theProgram = static_cast<const kiln_program *>(dlsym(network->library, symbol.c_str()));
  if (!network->theProgram) {
    fault("cannot use '" + title + "': it does not export " + symbol);
    return nullptr;
  }
  if (network->open(absolute, threads) != Done)
    return nullptr;
  return network;
}

LoadedNetwork::~LoadedNetwork() {
  kiln_pool_destroy(pool);
  if (sidecar.data)
    kiln_unmap_weights(sidecar);
  if (library)
    dlclose(library);
}

ExitStatus LoadedNetwork::mapWeights(llvm::StringRef path) {
  if (!theProgram->weights_file)
    return Done;
  llvm::SmallString<128> file = path;
  llvm::sys::path::remove_filename(file);
  llvm::sys::path::append(file, theProgram->weights_file);
  sidecar = kiln_map_weights(file.c_str());
  if (sidecar.data)
    return Done;
  return fault("cannot read '" + file + "', the weights of '" + title +
               "': " + std::strerror(errno));
}

ExitStatus LoadedNetwork::open(llvm::StringRef path, int threads) {
  if (theProgram->api_version != KILN_API_VERSION)
    return fault("'" + llvm::Twine(title) + "': " + kiln_status_message(KILN_WRONG_API));
  if (mapWeights(path) != Done)
    return Fault;
  if (threads == 0)
    threads = defaultThreads(theProgram->threads);
  if (threads > 1 && !(pool = kiln_pool_create(threads)))
    return fault("cannot start " + llvm::Twine(threads) + " threads");
  arena = std::make_unique<TensorBuffer>(theProgram->arena_bytes);
  prepared = std::make_unique<TensorBuffer>(theProgram->prepared_bytes);
  kiln_buffer preparedBuffer = {prepared->data(), static_cast<size_t>(prepared->bytes())};
  kiln_status status = kiln_open(theProgram, &model, sidecar, preparedBuffer, pool);
  if (status != KILN_OK)
    return fault("'" + llvm::Twine(title) + "' (compiled for " + theProgram->cpu +
                 "): " + kiln_status_message(status));
  for (const kiln_tensor &tensor : inputs().tensors)
    inputPointers.push_back(buffers.emplace_back(tensor.bytes).data());
  for (const kiln_tensor &tensor : outputs().tensors)
    outputPointers.push_back(buffers.emplace_back(tensor.bytes).data());
  return Done;
}

void LoadedNetwork::useWeights(const void *bytes) {
  model.weights = bytes;
  if (theProgram->prepared_bytes != 0)
    theProgram->prepare(&model.weights, &model.prepared, model.weights, nullptr, pool);
}

ExitStatus LoadedNetwork::readInputs(llvm::ArrayRef<std::string> words) {
  std::vector<std::string> files;
  if (assignToAll(inputs(), words, files) != Done)
    return Fault;
  for (auto [index, tensor] : llvm::enumerate(inputs().tensors))
    if (readTensor(files[index], tensor, theProgram->preprocess, input(index)) != Done)
      return Fault;
  return Done;
}

void LoadedNetwork::fillInputs(uint64_t seed, Range range) {
  for (auto [index, tensor] : llvm::enumerate(inputs().tensors))
    fillRandom(seed + index, tensor, input(index), range);
}

ExitStatus LoadedNetwork::run() {
  kiln_buffer arenaBuffer = {arena->data(), static_cast<size_t>(arena->bytes())};
  kiln_status status =
      kiln_run(theProgram, &model, inputPointers.data(), outputPointers.data(), arenaBuffer, pool);
  return status == KILN_OK ? Done
                           : fault("'" + llvm::Twine(title) + "': " + kiln_status_message(status));
}

} // namespace kiln::tool
