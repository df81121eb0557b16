// A compiled network in this process: a shared library, opened, with memory for its tensors.
#ifndef KILN_TOOLS_KILN_LOADEDNETWORK_H
#define KILN_TOOLS_KILN_LOADEDNETWORK_H

#include "tools/kiln/Tensors.h"

#include "compiler/codegen/Artifact.h"
#include "kiln/hosted.h"
#include "kiln/program.h"

namespace kiln::tool {

/// How many threads a network runs with when nobody says: those of this machine, at most those it
/// was compiled for.
int defaultThreads(uint32_t compiledFor);

class LoadedNetwork {
public:
  /// Loads the library at `path` and opens its network with the weights it has inside, or in the
  /// file beside it. `threads` 0 means as many as this machine and the network have. Null after a
  /// message, which calls it `title`.
  static std::unique_ptr<LoadedNetwork> load(llvm::StringRef path, llvm::StringRef title,
                                             int threads);
  ~LoadedNetwork();

  const kiln_program &program() const { return *theProgram; }
  const ArtifactDescription &manifest() const { return theManifest; }
  TensorList inputs() const { return {"input", {theProgram->inputs, theProgram->input_count}}; }
  TensorList outputs() const { return {"output", {theProgram->outputs, theProgram->output_count}}; }
  void *input(unsigned index) const { return buffers[index].data(); }
  void *output(unsigned index) const { return outputPointers[index]; }
  int threads() const { return pool ? pool->threads : 1; }

  /// The weights in use, and another place to read them from: `bytes` of weights_bytes that outlive
  /// the runs. What is prepared from them at load is made anew.
  const void *weights() const { return model.weights; }
  void useWeights(const void *bytes);

  /// Reads the inputs as `words` say. Every input has to be given.
  ExitStatus readInputs(llvm::ArrayRef<std::string> words);

  /// Fills all inputs with random numbers.
  void fillInputs(uint64_t seed, Range range = {});

  /// The arena, arena_bytes long.
  const void *arenaMemory() const { return arena->data(); }

  /// Runs the network once.
  ExitStatus run();

private:
  LoadedNetwork() = default;
  ExitStatus open(llvm::StringRef path, int threads);
  ExitStatus mapWeights(llvm::StringRef path);

  std::string title;
  ArtifactDescription theManifest;
  void *library = nullptr;
  const kiln_program *theProgram = nullptr;
  kiln_model model = {};
  kiln_buffer sidecar = {};
  kiln_pool *pool = nullptr;
  std::unique_ptr<TensorBuffer> arena, prepared;
  std::vector<TensorBuffer> buffers;
  std::vector<const void *> inputPointers;
  std::vector<void *> outputPointers;
};

} // namespace kiln::tool

#endif // KILN_TOOLS_KILN_LOADEDNETWORK_H
