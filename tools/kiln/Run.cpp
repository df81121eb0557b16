// kiln run: one inference of a model, a shared library or a program.
//
//     kiln run net.onnx --input digit.png --top 3
#include "tools/kiln/Commands.h"
#include "tools/kiln/CompiledModel.h"
#include "tools/kiln/Detections.h"
#include "tools/kiln/Messages.h"
#include "tools/kiln/ProgramRunner.h"

#include "runtime/hosted/files.h"

#include "llvm/ADT/StringExtras.h"

namespace kiln::tool {
namespace {

/// What is done with the outputs.
struct Answer {
  std::vector<std::string> outputs; ///< words of --output and, named, of --tap
  std::vector<std::string> taps;    ///< names of tensors to make outputs
  int top = 0;
  DetectionRequest detections;
};

bool readDetections(const CommandLine &line, DetectionRequest &request, ExitStatus &status) {
  request.drawing = line.value(OPT_draw).value_or("");
  llvm::StringRef fit = line.value(OPT_resize).value_or("stretch");
  request.fit = fit == "letterbox" ? Fit::Letterbox : Fit::Stretch;
  if (fit == "letterbox" || fit == "stretch")
    return true;
  status = line.usageError("--resize=" + fit + ": stretch and letterbox are known");
  return false;
}

std::optional<Answer> readAnswer(const CommandLine &line, ExitStatus &status) {
  Answer answer;
  answer.outputs = line.values(OPT_output);
  if (line.has(OPT_labels))
    answer.top = 5;
  if (!readCount(line, OPT_top, 1, answer.top, status) ||
      !readDetections(line, answer.detections, status))
    return std::nullopt;
  for (const std::string &tap : line.values(OPT_tap)) {
    size_t equals = tap.rfind('=');
    if (equals == std::string::npos || equals == 0) {
      status = line.usageError("--tap=" + tap + ": the form is NAME=FILE.npy");
      return std::nullopt;
    }
    answer.taps.push_back(tap.substr(0, equals));
  }
  return answer;
}

/// Outputs that the user did not name are printed, unless every one wanted was written to a file.
ExitStatus deliver(const LoadedNetwork &network, const Answer &answer, const CommandLine &line) {
  TensorList outputs = network.outputs();
  // Taps come after the model's own outputs; "the only one" counts those.
  TensorList own = {outputs.role, outputs.tensors.drop_back(
                                      std::min(answer.taps.size(), outputs.tensors.size()))};
  std::vector<TensorFile> files;
  if (assignToOnly(own, answer.outputs, files) != Done ||
      assignToOnly(outputs, line.values(OPT_tap), files) != Done)
    return Fault;
  for (const TensorFile &file : files)
    if (writeTensor(file.file, outputs.tensors[file.tensor], network.output(file.tensor)) != Done)
      return Fault;
  if (!files.empty() && answer.top == 0)
    return Done;
  for (auto [index, tensor] : llvm::enumerate(own.tensors))
    kiln_print_output(stdout, &tensor, network.output(index), network.program().labels,
                      network.program().label_count, answer.top);
  return fflush(stdout) == 0 ? Done : fault("cannot write to standard output");
}

/// A detector's answer is boxes, unless its tensors are asked for: `--output FILE.json`, `--draw`.
ExitStatus detect(LoadedNetwork &network, Answer &answer, const CommandLine &line) {
  for (const std::string &word : answer.outputs)
    if (llvm::StringRef(word).ends_with(".json"))
      answer.detections.json = word;
  std::vector<std::string> inputs = line.values(OPT_input);
  if (inputs.size() != 1)
    return fault("a detector takes one --input, a picture, not " + llvm::Twine(inputs.size()));
  ExitStatus status = runDetector(network, inputs.front(), answer.detections);
  llvm::erase_if(answer.outputs, [](llvm::StringRef word) { return word.ends_with(".json"); });
  bool hasTensors = !answer.outputs.empty() || line.has(OPT_tap);
  return status == Done && hasTensors ? deliver(network, answer, line) : status;
}

} // namespace

ExitStatus runCommand(const CommandLine &line) {
  ExitStatus status = Done;
  std::optional<Answer> answer = readAnswer(line, status);
  if (!answer)
    return status;
  if (isProgram(line.operand()))
    return runProgram(line);
  std::unique_ptr<LoadedNetwork> network = loadOperand(line, answer->taps, status);
  if (!network)
    return status;
  if (isDetector(*network))
    return detect(*network, *answer, line);
  if (line.has(OPT_draw))
    return fault("--draw is for detectors: '" + line.operand() + "' finds no boxes");
  if (network->readInputs(line.values(OPT_input)) != Done || network->run() != Done)
    return Fault;
  return deliver(*network, *answer, line);
}

} // namespace kiln::tool
