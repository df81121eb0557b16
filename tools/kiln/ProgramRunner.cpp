// The program reads .npy files and pictures itself; what it cannot read is handed to it as a
// temporary .npy file.
#include "tools/kiln/ProgramRunner.h"
#include "tools/kiln/CompiledModel.h"
#include "tools/kiln/Messages.h"
#include "tools/kiln/TemporaryFile.h"
#include "tools/kiln/Tensors.h"

#include "compiler/codegen/ReadArtifact.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Program.h"

#include <cstdio>

namespace kiln::tool {
namespace {

/// The inputs of an artefact as the runtime describes tensors.
std::vector<kiln_tensor> tensorsOf(const std::vector<TensorInfo> &infos) {
  std::vector<kiln_tensor> tensors;
  for (const TensorInfo &info : infos)
    tensors.push_back({info.name.c_str(), static_cast<uint32_t>(info.dtype),
                       static_cast<uint32_t>(info.shape.size()), info.shape.data(), info.bytes()});
  return tensors;
}

/// One process to be: its arguments, and the files that were made for it.
struct Process {
  std::vector<std::string> arguments;
  std::vector<std::unique_ptr<TemporaryFile>> files;
};

/// A file that the program can read for what the user gave.
ExitStatus materialize(const std::string &source, const kiln_tensor &tensor, Process &process,
                       std::string &file) {
  llvm::StringRef word = source;
  if (!word.starts_with("random:") && llvm::sys::path::extension(word) != ".pb") {
    file = source;
    return Done;
  }
  TensorBuffer buffer(tensor.bytes);
  process.files.push_back(std::make_unique<TemporaryFile>());
  if (readTensor(source, tensor, {}, buffer.data()) != Done ||
      process.files.back()->create("npy") != Done)
    return Fault;
  file = process.files.back()->path();
  return writeTensor(file, tensor, buffer.data());
}

/// Whether a program without --input gets random numbers.
enum class InputsOfProgram { Given, OrRandom };

ExitStatus addInputs(const CommandLine &line, InputsOfProgram kind, Process &process) {
  llvm::Expected<Artifact> artifact = readArtifact(line.operand());
  if (!artifact)
    return fault(llvm::toString(artifact.takeError()));
  std::vector<kiln_tensor> inputs = tensorsOf(artifact->networks.front().inputs);
  std::vector<std::string> words = line.values(OPT_input), sources;
  if (words.empty() && kind == InputsOfProgram::OrRandom)
    words.assign(inputs.size(), "random:1");
  if (assignToAll({"input", inputs}, words, sources) != Done)
    return Fault;
  for (auto [source, tensor] : llvm::zip_equal(sources, inputs)) {
    std::string file;
    if (materialize(source, tensor, process, file) != Done)
      return Fault;
    process.arguments.push_back(file);
  }
  return Done;
}

ExitStatus execute(const CommandLine &line, const Process &process,
                   std::optional<llvm::StringRef> errorFile) {
  llvm::SmallString<128> program = line.operand();
  llvm::sys::fs::make_absolute(program);
  std::vector<llvm::StringRef> words = {program};
  words.insert(words.end(), process.arguments.begin(), process.arguments.end());
  // Where errors go to a file, the answer is of no interest; an empty name stands for /dev/null.
  std::optional<llvm::StringRef> answer =
      errorFile ? std::optional<llvm::StringRef>("") : std::nullopt;
  std::optional<llvm::StringRef> redirects[] = {"", answer, errorFile};
  std::string message;
  llvm::outs().flush();
  int status = llvm::sys::ExecuteAndWait(program, words, std::nullopt, redirects, 0, 0, &message);
  if (status < 0)
    return fault("'" + line.operand() + "' did not run: " + message);
  return static_cast<ExitStatus>(status);
}

/// Gives the program the value of an option that it has too.
void forward(const CommandLine &line, Option option, const char *name, Process &process) {
  for (const std::string &value : line.values(option)) {
    process.arguments.push_back(name);
    process.arguments.push_back(value);
  }
}

} // namespace

bool isProgram(llvm::StringRef path) {
  llvm::Expected<Artifact> artifact = readArtifact(path);
  if (artifact)
    return artifact->kind == ArtifactKind::Program;
  llvm::consumeError(artifact.takeError());
  return false;
}

ExitStatus runProgram(const CommandLine &line) {
  if (ExitStatus status = refuseModelOptions(line); status != Done)
    return status;
  for (Option option : {OPT_draw, OPT_resize})
    if (line.has(option))
      return line.usageError(line.spelling(option) + " is for a MODEL or a library; '" +
                             line.operand() + "' is a program");
  Process process;
  forward(line, OPT_top, "--top", process);
  forward(line, OPT_threads, "--threads", process);
  forward(line, OPT_output, "--output", process);
  ExitStatus status = addInputs(line, InputsOfProgram::Given, process);
  return status == Done ? execute(line, process, std::nullopt) : status;
}

ExitStatus timeProgram(const CommandLine &line, int repeat, double &minimum, double &median) {
  Process process;
  TemporaryFile times;
  process.arguments = {"--repeat", std::to_string(repeat)};
  forward(line, OPT_threads, "--threads", process);
  ExitStatus status = addInputs(line, InputsOfProgram::OrRandom, process);
  if (status != Done || (status = times.create("txt")) != Done)
    return status;
  status = execute(line, process, llvm::StringRef(times.path()));
  auto text = llvm::MemoryBuffer::getFile(times.path());
  llvm::StringRef found = text ? (*text)->getBuffer() : "";
  int runs;
  if (status == Done && sscanf(found.str().c_str(), "%d runs: minimum %lf ms, median %lf ms", &runs,
                               &minimum, &median) == 3)
    return Done;
  return fault("'" + line.operand() + "' did not tell its times: " + found);
}

} // namespace kiln::tool
