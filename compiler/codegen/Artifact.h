// A plain description of one compiled network: everything that goes into the typed header, the
// manifest and the kiln_program descriptor. The pipeline fills it in; no MLIR and no LLVM types, so
// that those who read it compile fast.
#ifndef KILN_COMPILER_CODEGEN_ARTIFACT_H
#define KILN_COMPILER_CODEGEN_ARTIFACT_H

#include "kiln/program.h"

#include <cstdint>
#include <string>
#include <vector>

namespace kiln {

/// An input or output. `shape` is outermost first.
struct TensorInfo {
  std::string name;
  kiln_dtype dtype = KILN_F32;
  std::vector<int64_t> shape;

  uint64_t elements() const;
  uint64_t bytes() const { return elements() * kiln_dtype_bytes(dtype); }
};

struct LayerInfo {
  std::string name;
  std::vector<std::string> sources;
  std::string op;
  std::string kernel;
  uint64_t multiplyAdds = 0;
};

/// One tensor of the weights section, as the code reads it.
struct WeightInfo {
  std::string name;
  kiln_dtype dtype = KILN_F32;
  std::vector<int64_t> shape;
  uint64_t offset = 0;
  uint64_t bytes = 0;
  uint64_t digest = 0;
};

/// value = (pixel * scale - mean[c]) / std[c]; an empty list stands for 0 and 1.
struct PreprocessInfo {
  uint32_t channels = KILN_CHANNELS_DEFAULT;
  float scale = 1;
  std::vector<float> mean, std;
};

struct ArtifactDescription {
  /// Prefix of every symbol, a C identifier (see Identifiers.h).
  std::string name;
  std::string compilerVersion;
  std::string modelFile;
  std::string modelDigest; // hexadecimal

  /// The resolved target, see Target.h.
  std::string triple, cpu;
  std::vector<std::string> cpuFeatures;
  uint64_t cpuFeatureBits = 0;
  uint32_t threads = 1;

  std::vector<TensorInfo> inputs, outputs;
  std::vector<LayerInfo> layers;
  uint64_t arenaBytes = 0, liveBytes = 0, preparedBytes = 0;

  uint64_t weightsBytes = 0, weightsDigest = 0;
  std::vector<WeightInfo> weights;
  /// File name of the sidecar, without folder; empty: the weights are embedded.
  std::string weightsFile;

  PreprocessInfo preprocess;
  std::vector<std::string> labels;

  bool hasEmbeddedWeights() const { return weightsBytes != 0 && weightsFile.empty(); }
};

} // namespace kiln

#endif // KILN_COMPILER_CODEGEN_ARTIFACT_H
