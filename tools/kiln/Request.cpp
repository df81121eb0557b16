// From the words of the command line to Options; every unusable value is named with what would be
// usable.
#include "tools/kiln/Request.h"
#include "tools/kiln/FileChecks.h"
#include "tools/kiln/Messages.h"

#include "compiler/Pipeline.h"
#include "compiler/codegen/Identifiers.h"
#include "compiler/codegen/Preprocess.h"
#include "compiler/codegen/Target.h"

#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

namespace kiln::tool {
namespace {

bool readInputShapes(const CommandLine &line, Request &request, ExitStatus &status) {
  for (const std::string &text : line.values(OPT_input_shape)) {
    std::optional<InputShape> shape = parseInputShape(text);
    if (!shape) {
      status = line.usageError("--input-shape=" + text +
                               ": the form is NAME:1x3x224x224, of numbers from 1 on");
      return false;
    }
    // A network that slides is imported at the shape that its dense layers were made for.
    if (request.options.slidingWindow)
      request.options.slidingShapes.push_back(text);
    else
      request.inputShapes.push_back(*shape);
  }
  return true;
}

/// Where the model begins and ends: inputs that become constants, tensors that become outputs.
bool readBoundary(const CommandLine &line, Request &request, ExitStatus &status) {
  request.endAt = line.values(OPT_end_at);
  for (const std::string &text : line.values(OPT_input_value)) {
    if (llvm::StringRef(text).split('=').second.empty()) {
      status = line.usageError("--input-value=" + text + ": the form is NAME=FILE.pb");
      return false;
    }
    request.inputValues.push_back(text);
  }
  return true;
}

bool readPreprocess(const CommandLine &line, Request &request, ExitStatus &status) {
  std::optional<llvm::StringRef> text = line.value(OPT_preprocess);
  if (!text)
    return true;
  llvm::Expected<PreprocessInfo> info = parsePreprocess(*text);
  if (!info) {
    status = line.usageError("--" + llvm::toString(info.takeError()));
    return false;
  }
  request.options.preprocess = *info;
  request.hasPreprocess = true;
  return true;
}

bool readTarget(const CommandLine &line, Request &request, ExitStatus &status) {
  request.options.target = line.value(OPT_target).value_or("native");
  llvm::Expected<TargetSpec> target = resolveTarget(request.options.target);
  if (target)
    return true;
  status = line.usageError("--target=" + request.options.target + ": " +
                           llvm::toString(target.takeError()));
  return false;
}

bool readLevel(const CommandLine &line, Request &request, ExitStatus &status) {
  llvm::StringRef level = line.value(OPT_optimize).value_or("3");
  if (level.size() == 1 && level[0] >= '0' && level[0] <= '3') {
    request.options.optimization = level[0] - '0';
    return true;
  }
  status = line.usageError("-O" + level + ": the levels are -O0, -O1, -O2 and -O3");
  return false;
}

bool readDarknetFork(const CommandLine &line, Request &request, ExitStatus &status) {
  std::optional<llvm::StringRef> text = line.value(OPT_darknet);
  if (!text)
    return true;
  if (*text == "original")
    request.darknetFork = DarknetFork::Original;
  else if (*text == "alexeyab")
    request.darknetFork = DarknetFork::AlexeyAB;
  else
    status = line.usageError("--darknet=" + *text + ": original and alexeyab are known");
  return request.darknetFork.has_value();
}

/// A part of 1.
bool readPart(const CommandLine &line, Option option, double &part, ExitStatus &status) {
  std::optional<llvm::StringRef> text = line.value(option);
  if (!text || (!text->getAsDouble(part) && part >= 0 && part <= 1))
    return true;
  status = line.usageError(line.spelling(option) + ": a number from 0 to 1 is needed");
  return false;
}

bool readWinograd(const CommandLine &line, Request &request, ExitStatus &status) {
  llvm::StringRef kind = line.value(OPT_winograd).value_or("auto");
  auto winograd = llvm::StringSwitch<std::optional<Winograd>>(kind)
                      .Case("auto", Winograd::Auto)
                      .Case("off", Winograd::Off)
                      .Case("f2", Winograd::F2)
                      .Case("f3", Winograd::F3)
                      .Case("f4", Winograd::F4)
                      .Case("f5", Winograd::F5)
                      .Case("f6", Winograd::F6)
                      .Default(std::nullopt);
  if (!winograd) {
    status = line.usageError("--winograd=" + kind + ": auto, off and f2 to f6 are known");
    return false;
  }
  request.options.winograd = *winograd;
  return true;
}

bool readDenseWeights(const CommandLine &line, Request &request, ExitStatus &status) {
  llvm::StringRef kind = line.value(OPT_dense_weights).value_or("auto");
  auto weights = llvm::StringSwitch<std::optional<DenseWeights>>(kind)
                     .Case("auto", DenseWeights::Auto)
                     .Case("f32", DenseWeights::F32)
                     .Case("f24", DenseWeights::F24)
                     .Default(std::nullopt);
  if (!weights) {
    status = line.usageError("--dense-weights=" + kind + ": auto, f32 and f24 are known");
    return false;
  }
  request.options.denseWeights = *weights;
  return true;
}

/// `kiln/kernels.json` in $XDG_CACHE_HOME or ~/.cache; empty where there is no such folder.
std::string defaultTuneCache() {
  llvm::SmallString<128> path;
  if (!llvm::sys::path::cache_directory(path))
    return "";
  llvm::sys::path::append(path, "kiln", "kernels.json");
  return std::string(path);
}

/// Times are measured on this machine, so they are those of its CPU.
bool readTuning(const CommandLine &line, Request &request, ExitStatus &status) {
  Tuning &tuning = request.options.tuning;
  tuning.measures = line.has(OPT_tune);
  if (std::optional<llvm::StringRef> file = line.value(OPT_tune_cache))
    tuning.cacheFile = file->str();
  else if (tuning.measures)
    tuning.cacheFile = defaultTuneCache();
  if (!tuning.measures && (tuning.isOn() || !line.has(OPT_tune_cache)))
    return true;
  if (!tuning.isOn()) {
    status =
        line.usageError("no folder for the times of kernels: give a file by --tune-cache=FILE");
    return false;
  }
  llvm::Expected<TargetSpec> target = resolveTarget(request.options.target),
                             host = resolveTarget("native");
  if (!target || !host || *target == *host)
    return true;
  status = line.usageError("--tune measures on this machine, a " + host->cpu +
                           ", not for --target=" + request.options.target +
                           "; compile with --tune there, or with a file of times from there by "
                           "--tune-cache=FILE alone");
  return false;
}

/// The labels in a file, one a line.
bool readLabels(llvm::StringRef path, std::vector<std::string> &labels) {
  auto file = llvm::MemoryBuffer::getFile(path, /*IsText=*/true);
  if (!file) {
    fault("cannot read the labels in '" + path + "': " + file.getError().message());
    return false;
  }
  llvm::StringRef text = (*file)->getBuffer();
  if (text.contains('\0')) {
    fault("the labels '" + path + "' are not text; each line names one class");
    return false;
  }
  if (text.trim().empty()) {
    fault("there are no labels in '" + path + "'; each line names one class");
    return false;
  }
  llvm::SmallVector<llvm::StringRef> lines;
  text.rtrim("\r\n").split(lines, '\n');
  labels.clear();
  for (llvm::StringRef label : lines)
    labels.push_back(label.rtrim('\r').str());
  return true;
}

bool readLabelsOption(const CommandLine &line, Request &request, ExitStatus &status) {
  std::optional<llvm::StringRef> path = line.value(OPT_labels);
  if (!path || readLabels(*path, request.options.labels))
    return true;
  status = Fault;
  return false;
}

std::optional<EmitKind> parseEmitKind(llvm::StringRef text) {
  return llvm::StringSwitch<std::optional<EmitKind>>(text)
      .Case("exe", EmitKind::Exe)
      .Case("obj", EmitKind::Obj)
      .Case("lib", EmitKind::Lib)
      .Case("shared", EmitKind::Shared)
      .Case("header", EmitKind::Header)
      .Case("llvm", EmitKind::LLVM)
      .Case("asm", EmitKind::Asm)
      .Case("mlir", EmitKind::MLIR)
      .Case("mlirbc", EmitKind::MLIRBC)
      .Default(std::nullopt);
}

std::optional<Stage> parseStage(llvm::StringRef text) {
  return llvm::StringSwitch<std::optional<Stage>>(text)
      .Case("import", Stage::Import)
      .Case("graph", Stage::Graph)
      .Case("schedule", Stage::Schedule)
      .Case("lowering", Stage::Lowering)
      .Case("codegen", Stage::Codegen)
      .Default(std::nullopt);
}

bool isMlir(EmitKind kind) { return kind == EmitKind::MLIR || kind == EmitKind::MLIRBC; }

/// Kind and stage belong together: only MLIR can be written before code generation.
ExitStatus readKindAndStage(const CommandLine &line, Options &options) {
  std::optional<llvm::StringRef> stageText = line.value(OPT_stop_after);
  std::optional<Stage> stage = parseStage(stageText.value_or("codegen"));
  if (!stage)
    return line.usageError("--stop-after=" + *stageText +
                           ": the stages are import, graph, schedule, lowering and codegen");
  llvm::StringRef kindText =
      line.value(OPT_emit).value_or(*stage == Stage::Codegen ? "exe" : "mlir");
  std::optional<EmitKind> kind = parseEmitKind(kindText);
  if (!kind)
    return line.usageError(
        "--emit=" + kindText +
        ": the kinds are exe, obj, lib, shared, header, llvm, asm, mlir and mlirbc");
  if (isMlir(*kind) && *stage == Stage::Codegen) {
    if (stageText)
      return line.usageError("--emit=" + kindText +
                             " --stop-after=codegen: the last stage with MLIR is lowering");
    stage = Stage::Lowering;
  }
  if (!isMlir(*kind) && *stage != Stage::Codegen)
    return line.usageError("--emit=" + kindText + " --stop-after=" + *stageText +
                           ": before codegen there is only MLIR; use --emit=mlir or --emit=mlirbc");
  options.emit = *kind;
  options.stopAfter = *stage;
  return Done;
}

/// What the file for `kind` is called inside a folder.
std::string fileName(EmitKind kind, const std::string &name) {
  switch (kind) {
  case EmitKind::Exe:
    return name;
  case EmitKind::Lib:
    return "lib" + name + ".a";
  case EmitKind::Obj:
    return name + ".o";
  case EmitKind::Shared:
    return "lib" + name + ".so";
  case EmitKind::Header:
    return name + ".h";
  case EmitKind::LLVM:
    return name + ".ll";
  case EmitKind::Asm:
    return name + ".s";
  case EmitKind::MLIR:
    return name + ".mlir";
  case EmitKind::MLIRBC:
    return name + ".mlirbc";
  }
  return name;
}

/// Whether one file is all that is written: no header, no weights beside it.
bool isAlone(EmitKind kind) {
  return isMlir(kind) || kind == EmitKind::Header || kind == EmitKind::LLVM ||
         kind == EmitKind::Asm;
}

/// Settles the prefix of symbols and the file: `-o` is a folder when it ends in / or is one.
ExitStatus readOutput(const CommandLine &line, Request &request, std::string &output) {
  std::optional<llvm::StringRef> given = line.value(OPT_output_file);
  if (!given || given->empty())
    return line.usageError("-o is missing: where to write");
  bool isStandardOutput = *given == "-";
  if (isStandardOutput && !isAlone(request.options.emit))
    return line.usageError("-o -: standard output takes --emit=header, llvm, asm, mlir or mlirbc");
  if (isStandardOutput)
    given = "/dev/stdout";
  bool isFolder = given->ends_with("/") || llvm::sys::fs::is_directory(*given);
  llvm::StringRef stem =
      llvm::sys::path::stem(isFolder || isStandardOutput ? llvm::StringRef(request.model) : *given);
  if (!isFolder && request.options.emit != EmitKind::Exe)
    stem.consume_front("lib");
  std::optional<llvm::StringRef> name = line.value(OPT_name);
  if (name && !isSymbolPrefix(*name))
    return line.usageError("--name=" + *name +
                           ": not a C identifier that can begin every symbol, such as 'net'");
  request.options.name = name ? name->str() : symbolPrefix(std::string_view(stem));
  llvm::SmallString<128> path = *given;
  if (std::error_code code = isFolder ? llvm::sys::fs::create_directories(path) : std::error_code())
    return fault("cannot make the folder '" + *given + "': " + code.message());
  if (isFolder)
    llvm::sys::path::append(path, fileName(request.options.emit, request.options.name));
  output = std::string(path);
  return Done;
}

/// The artefact, and weights that go to a file of their own: Darknet's are called as a sidecar is.
ExitStatus checkOutputs(const CommandLine &line, const Options &options, llvm::StringRef output) {
  OutputPaths paths = outputPaths(options, output);
  ExitStatus status = refuseOverwriting(line, "-o " + output, paths.artifact);
  if (status == Done)
    status = checkFolder(paths.artifact);
  if (status == Done && options.weightsStorage == WeightsStorage::Sidecar)
    status =
        refuseOverwriting(line, "-o " + output + " with --weights-storage=sidecar", paths.sidecar);
  return status;
}

} // namespace

bool readCount(const CommandLine &line, Option option, int least, int &count, ExitStatus &status) {
  std::optional<llvm::StringRef> text = line.value(option);
  if (!text || (!text->getAsInteger(10, count) && count >= least))
    return true;
  status = line.usageError(line.spelling(option) + ": a whole number from " + llvm::Twine(least) +
                           " on is needed");
  return false;
}

std::optional<Request> readRequest(const CommandLine &line, ExitStatus &status) {
  Request request;
  request.model = line.operand();
  request.weights = line.value(OPT_weights).value_or("");
  request.wantsRemarks = line.has(OPT_remarks) || line.has(OPT_remarks_file);
  request.remarksFile = line.value(OPT_remarks_file).value_or("");
  request.wantsTiming = line.has(OPT_timing);
  for (Option option : {OPT_darknet, OPT_score_threshold, OPT_overlap_threshold})
    if (line.has(option))
      request.darknetOption = line.spelling(option);
  request.options.slidingWindow = line.has(OPT_sliding_window);
  request.options.prepareAtLoad = line.has(OPT_prepare_at_load);
  if (readInputShapes(line, request, status) && readBoundary(line, request, status) &&
      readPreprocess(line, request, status) && readTarget(line, request, status) &&
      readLevel(line, request, status) && readDarknetFork(line, request, status) &&
      readPart(line, OPT_score_threshold, request.scoreThreshold, status) &&
      readPart(line, OPT_overlap_threshold, request.overlapThreshold, status) &&
      readWinograd(line, request, status) && readDenseWeights(line, request, status) &&
      readTuning(line, request, status) &&
      readCount(line, OPT_threads, 1, request.threads, status) &&
      readLabelsOption(line, request, status)) {
    if (request.threads != 0)
      request.options.threads = request.threads;
    return request;
  }
  return std::nullopt;
}

bool readCompileOptions(const CommandLine &line, Request &request, std::string &output,
                        ExitStatus &status) {
  status = readKindAndStage(line, request.options);
  if (status == Done)
    status = readOutput(line, request, output);
  llvm::StringRef storage = line.value(OPT_weights_storage).value_or("embed");
  if (status == Done && storage != "embed" && storage != "sidecar")
    status = line.usageError("--weights-storage=" + storage + ": embed and sidecar are known");
  request.options.weightsStorage =
      storage == "sidecar" ? WeightsStorage::Sidecar : WeightsStorage::Embed;
  if (status == Done)
    status = checkOutputs(line, request.options, output);
  return status == Done;
}

} // namespace kiln::tool
