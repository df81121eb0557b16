// What a compilation is asked for: one plain struct, filled by the command line or by a program that embeds Kiln.
#ifndef KILN_COMPILER_OPTIONS_H
#define KILN_COMPILER_OPTIONS_H

#include <cstdint>
#include <string>
#include <vector>

namespace kiln {

/// The stages in the order in which a model passes through them.
enum class Stage { Import, Graph, Schedule, Lowering, Codegen };

/// What `kiln compile` writes.
enum class EmitKind { Exe, Obj, Lib, Shared, Header, LLVM, Asm, MLIR, MLIRBC };

/// Where the weights of an artefact live: in its own section, or in a file beside it.
enum class WeightsStorage { Embed, Sidecar };

/// How a program turns a picture into the network's input: `(pixel * scale - mean) / deviation` per channel, planar.
struct Preprocess {
  enum class Channels { RGB, BGR, Gray };
  Channels channels = Channels::RGB;
  double scale = 1.0;
  std::vector<double> mean;      ///< empty: 0; else one for all channels or one a channel
  std::vector<double> deviation; ///< empty: 1; else one for all channels or one a channel
};

struct Options {
  std::string name = "net";            ///< prefix of every generated symbol, a C identifier
  std::string target = "native";       ///< `native`, a CPU's name, or a triple
  EmitKind emit = EmitKind::Exe;
  Stage stopAfter = Stage::Codegen;
  int optimization = 3;                ///< LLVM's level, 0 to 3
  int threads = 64;                    ///< the most threads that the artefact uses
  WeightsStorage weightsStorage = WeightsStorage::Embed;
  bool slidingWindow = false;          ///< dense layers become convolutions, the input may be larger
  Preprocess preprocess;
  std::vector<std::string> labels;     ///< one a class, empty: none
  std::string modelDigest;             ///< hex digest of the model file, kept in the manifest
};

} // namespace kiln

#endif // KILN_COMPILER_OPTIONS_H
