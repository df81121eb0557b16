// What a compilation is asked for: one plain struct, filled by the command line or by a program
// that embeds Kiln.
#ifndef KILN_COMPILER_OPTIONS_H
#define KILN_COMPILER_OPTIONS_H

#include "compiler/codegen/Artifact.h"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace kiln {

/// The stages in the order in which a model passes through them.
enum class Stage { Import, Graph, Schedule, Lowering, Codegen };

/// What `kiln compile` writes.
enum class EmitKind { Exe, Obj, Lib, Shared, Header, LLVM, Asm, MLIR, MLIRBC };

/// Where convolutions are computed by Winograd's algorithm: where it pays, nowhere, or with tiles
/// of 2x2 to 6x6 pixels wherever that is possible.
enum class Winograd { Auto, Off, F2, F3, F4, F5, F6 };

/// How the weights of dense layers are stored: in floats of 24 bits where reading them takes the
/// time of the layer, nowhere, or wherever that is possible.
enum class DenseWeights { Auto, F32, F24 };

/// Where the weights of an artefact live: in its own section, or in a file beside it.
enum class WeightsStorage { Embed, Sidecar };

/// Whether kernels are chosen by their measured times.
struct Tuning {
  std::string cacheFile; ///< holds the times; empty: the cost model chooses
  bool measures = false; ///< times that the file lacks are measured here and added to it
  /// Told about each measurement as it begins: the `number`-th of `count`, and of what.
  std::function<void(size_t number, size_t count, const std::string &kernel)> progress;

  bool isOn() const { return !cacheFile.empty(); }
};

struct Options {
  std::string name = "net";      ///< prefix of every generated symbol, a C identifier
  std::string target = "native"; ///< `native`, a CPU's name, or a triple
  EmitKind emit = EmitKind::Exe;
  Stage stopAfter = Stage::Codegen;
  int optimization = 3;  ///< LLVM's level, 0 to 3
  std::string timestamp; ///< LLVM intrinsic that is read after each kernel, see kernel-to-llvm
  Winograd winograd = Winograd::Auto;
  DenseWeights denseWeights = DenseWeights::Auto;
  Tuning tuning;
  bool prepareAtLoad = false; ///< net_open transforms Winograd's filters, not the compiler
  int threads = 64;           ///< the most threads that the artefact uses
  WeightsStorage weightsStorage = WeightsStorage::Embed;
  bool withHeader = true; ///< objects and libraries come with NAME.h beside them
  std::string
      runtimeLibrary; ///< path of libkiln_runtime.a, linked into programs and shared libraries
  bool slidingWindow = false; ///< dense layers become convolutions, the input may be larger
  std::vector<std::string> slidingShapes; ///< the larger inputs, as NAME:1x1x28x28
  PreprocessInfo preprocess;              ///< how a program turns a picture into the input
  std::vector<std::string> labels;        ///< one a class, empty: none
  std::string modelFile;   ///< file name of the model, without folder, kept in the manifest
  std::string modelDigest; ///< hexadecimal digest of the model file, kept in the manifest
};

} // namespace kiln

#endif // KILN_COMPILER_OPTIONS_H
