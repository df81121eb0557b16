// kiln run: one inference of a model, a shared library or a program.
//
//     kiln run net.onnx --input digit.png --top 3
#include "tools/kiln/Commands.h"
#include "tools/kiln/CompiledModel.h"
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
};

std::optional<Answer> readAnswer(const CommandLine &line, ExitStatus &status) {
  Answer answer;
  answer.outputs = line.values(OPT_output);
  if (line.has(OPT_labels))
    answer.top = 5;
  if (!readCount(line, OPT_top, 1, answer.top, status))
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
  if (network->readInputs(line.values(OPT_input)) != Done || network->run() != Done)
    return Fault;
  return deliver(*network, *answer, line);
}

} // namespace kiln::tool
