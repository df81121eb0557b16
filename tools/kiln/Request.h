// What the options shared by compile, run, check and bench ask for.
#ifndef KILN_TOOLS_KILN_REQUEST_H
#define KILN_TOOLS_KILN_REQUEST_H

#include "compiler/Options.h"
#include "dialects/nn/NnInputShape.h"
#include "frontends/darknet/DarknetImport.h"
#include "tools/kiln/CommandLine.h"

#include <optional>
#include <string>
#include <vector>

namespace kiln::tool {

struct Request {
  std::string model;
  Options options;
  std::vector<InputShape> inputShapes;
  std::vector<std::string> inputValues; ///< NAME=FILE.pb
  std::vector<std::string> endAt;       ///< tensors that become the outputs; empty: the model's own
  std::string weights;                  ///< a file, or random:SEED; empty: none
  bool needsOnlyShapes = false;         ///< weights that are not given do not matter
  std::string
      darknetOption; ///< the last option given that only Darknet's networks have, as it was spelled
  std::optional<DarknetFork> darknetFork;
  double scoreThreshold = 0.25, overlapThreshold = 0.45; ///< of detectors
  bool hasPreprocess = false; ///< the user said how a picture becomes the input
  bool wantsRemarks = false;
  std::string remarksFile; ///< empty: standard error
  bool wantsTiming = false;
  int threads = 0; ///< to run with; 0: as many as there are
};

/// Reads the options that every compilation has. On an unusable value prints a message; `status` is
/// Usage then, or Fault where a file is at fault.
std::optional<Request> readRequest(const CommandLine &line, ExitStatus &status);

/// The options of `compile` alone: kind, stage, storage, name and output. Called after readRequest.
bool readCompileOptions(const CommandLine &line, Request &request, std::string &output,
                        ExitStatus &status);

/// The whole number of an option's value, at least `least`.
bool readCount(const CommandLine &line, Option option, int least, int &count, ExitStatus &status);

} // namespace kiln::tool

#endif // KILN_TOOLS_KILN_REQUEST_H
