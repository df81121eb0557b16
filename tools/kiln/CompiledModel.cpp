// The stages are run one by one, so that progress, times and a failure can be told by stage.
#include "tools/kiln/CompiledModel.h"
#include "tools/kiln/FileKind.h"

#include "compiler/Pipeline.h"
#include "compiler/codegen/Linker.h"

#include "llvm/Support/FormatVariadic.h"

namespace kiln::tool {
namespace {

constexpr const char *stageNames[] = {"import", "graph", "schedule", "lowering", "code generation"};

/// Of this program: what lies beside it belongs to it.
std::string executablePath() {
  return llvm::sys::fs::getMainExecutable(nullptr, reinterpret_cast<void *>(&executablePath));
}

Stage following(Stage stage) { return static_cast<Stage>(static_cast<int>(stage) + 1); }

std::unique_ptr<LoadedNetwork> loadLibrary(const CommandLine &line, ExitStatus &status) {
  int threads = 0;
  status = refuseModelOptions(line);
  if (status != Done || !readCount(line, OPT_threads, 1, threads, status))
    return nullptr;
  std::unique_ptr<LoadedNetwork> network =
      LoadedNetwork::load(line.operand(), line.operand(), threads);
  status = network ? Done : Fault;
  return network;
}

std::unique_ptr<LoadedNetwork>
compileOperand(const CommandLine &line, llvm::ArrayRef<std::string> taps, ExitStatus &status) {
  std::optional<Request> request = readRequest(line, status);
  if (!request)
    return nullptr;
  Session session(*request, status);
  if (status != Done)
    return nullptr;
  mlir::OwningOpRef<mlir::ModuleOp> module = importModel(
      session, *request, status, [&](mlir::ModuleOp read) { return addOutputs(read, taps); });
  if (!module)
    return nullptr;
  return compileAndLoad(session, *request, *module, Stage::Import, status);
}

} // namespace

ExitStatus refuseModelOptions(const CommandLine &line) {
  constexpr Option options[] = {OPT_target,
                                OPT_input_shape,
                                OPT_input_value,
                                OPT_end_at,
                                OPT_weights,
                                OPT_darknet,
                                OPT_preprocess,
                                OPT_sliding_window,
                                OPT_winograd,
                                OPT_dense_weights,
                                OPT_tune,
                                OPT_tune_cache,
                                OPT_prepare_at_load,
                                OPT_remarks,
                                OPT_timing,
                                OPT_optimize,
                                OPT_remarks_file,
                                OPT_score_threshold,
                                OPT_overlap_threshold,
                                OPT_labels,
                                OPT_tap};
  for (Option option : options)
    if (line.has(option))
      return line.usageError(line.spelling(option) + " is for a MODEL; '" + line.operand() +
                             "' is compiled already");
  return Done;
}

ExitStatus compileModule(Session &session, Request &request, mlir::ModuleOp module, Stage from,
                         llvm::StringRef output) {
  if (request.options.emit == EmitKind::Exe || request.options.emit == EmitKind::Shared) {
    llvm::Expected<std::string> runtime = findRuntimeLibrary(executablePath());
    if (!runtime)
      return fault(llvm::toString(runtime.takeError()));
    request.options.runtimeLibrary = *runtime;
  }
  request.options.tuning.progress = [&](size_t number, size_t count, const std::string &kernel) {
    session.showProgress(llvm::formatv("{0}: measuring kernel {1} of {2}: {3} ...", request.model,
                                       number, count, kernel)
                             .str());
  };
  for (Stage stage = from; stage != Stage::Lowering && stage != request.options.stopAfter;
       stage = following(stage)) {
    Stage next = following(stage);
    ExitStatus status = session.step(stageNames[static_cast<int>(next)], [&] {
      return runStages(module, request.options, stage, next);
    });
    if (status != Done)
      return status;
  }
  return session.step(stageNames[static_cast<int>(Stage::Codegen)],
                      [&] { return emitArtifact(module, request.options, output); });
}

std::unique_ptr<LoadedNetwork> compileAndLoad(Session &session, Request &request,
                                              mlir::ModuleOp module, Stage from,
                                              ExitStatus &status) {
  TemporaryFile library;
  status = library.create("so");
  if (status != Done)
    return nullptr;
  request.options.emit = EmitKind::Shared;
  request.options.stopAfter = Stage::Codegen;
  request.options.withHeader = false;
  status = compileModule(session, request, module, from, library.path());
  if (status != Done)
    return nullptr;
  std::unique_ptr<LoadedNetwork> network =
      LoadedNetwork::load(library.path(), request.model, request.threads);
  status = network ? Done : Fault;
  return network;
}

std::unique_ptr<LoadedNetwork> loadOperand(const CommandLine &line,
                                           llvm::ArrayRef<std::string> taps, ExitStatus &status) {
  return isArtefact(line.operand()) ? loadLibrary(line, status)
                                    : compileOperand(line, taps, status);
}

} // namespace kiln::tool
