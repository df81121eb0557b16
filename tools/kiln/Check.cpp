// kiln check: is the compiled code right? The network as it is after the graph stage is compiled
// with the result of every layer as an output, and each is compared with what the reference
// evaluator computes from the same inputs in double precision. Where convolutions were computed by
// Winograd's algorithm, or weights were rounded, a second network without that shows what it costs
// in precision.
#include "tools/kiln/Commands.h"
#include "tools/kiln/CompiledModel.h"
#include "tools/kiln/ExposeLayers.h"
#include "tools/kiln/Messages.h"
#include "tools/kiln/PackedWeights.h"

#include "compiler/DescribeArtifact.h"
#include "compiler/Pipeline.h"
#include "compiler/reference/Compare.h"
#include "compiler/reference/EvaluateInDouble.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"

#include <array>
#include <cstring>

namespace kiln::tool {
namespace {

using reference::Tensor;

/// What is checked: the module in front of the schedule stage, its layers, and the limit the user
/// gave.
struct Subject {
  mlir::OwningOpRef<mlir::ModuleOp> module;
  std::vector<Layer> layers;
  unsigned ownOutputs = 0; ///< the model's; those of its layers follow
  std::optional<double> tolerance;
};

mlir::func::FuncOp entry(Subject &subject) {
  return *subject.module->getOps<mlir::func::FuncOp>().begin();
}

ExitStatus prepare(Session &session, Request &request, Subject &subject) {
  ExitStatus status;
  subject.module = importModel(session, request, status);
  if (!subject.module)
    return status;
  return session.step("graph", [&] {
    if (mlir::failed(runStages(*subject.module, request.options, Stage::Import, Stage::Graph)))
      return mlir::failure();
    subject.ownOutputs = entry(subject).getNumResults();
    mlir::FailureOr<std::vector<Layer>> layers = exposeLayers(*subject.module);
    if (mlir::succeeded(layers))
      subject.layers = std::move(*layers);
    return mlir::LogicalResult(layers);
  });
}

/// Elements from the compiled network as a tensor of the reference.
mlir::FailureOr<Tensor> asTensor(mlir::Type type, const void *data, uint64_t bytes) {
  auto location = mlir::UnknownLoc::get(type.getContext());
  return Tensor::copy(location, llvm::cast<mlir::RankedTensorType>(type),
                      llvm::ArrayRef(static_cast<const char *>(data), bytes));
}

ExitStatus evaluateReference(Session &session, Subject &subject, const LoadedNetwork &network,
                             llvm::SmallVector<Tensor> &results) {
  return session.step("reference evaluation", [&]() -> mlir::LogicalResult {
    llvm::SmallVector<Tensor> inputs;
    for (auto [index, type] : llvm::enumerate(entry(subject).getArgumentTypes())) {
      mlir::FailureOr<Tensor> input =
          asTensor(type, network.input(index), network.inputs().tensors[index].bytes);
      if (mlir::failed(input))
        return mlir::failure();
      inputs.push_back(*input);
    }
    mlir::FailureOr<llvm::SmallVector<Tensor>> evaluated =
        reference::evaluateInDouble(entry(subject), inputs);
    if (mlir::succeeded(evaluated))
      results = std::move(*evaluated);
    return evaluated;
  });
}

/// Whether all elements are the same: a layer like that shows little.
bool isConstant(const kiln_tensor &tensor, const void *data) {
  size_t size = kiln_dtype_bytes(tensor.dtype);
  const char *bytes = static_cast<const char *>(data);
  return tensor.bytes > size && std::memcmp(bytes, bytes + size, tensor.bytes - size) == 0;
}

/// Random inputs in the range, of the two that networks are made for, under which more layers are
/// alive.
ExitStatus chooseInputs(const Subject &subject, LoadedNetwork &network) {
  constexpr Range ranges[] = {{-1, 1}, {0, 255}};
  std::array<size_t, 2> dead = {};
  for (auto [index, range] : llvm::enumerate(ranges)) {
    network.fillInputs(1, range);
    if (network.run() != Done)
      return Fault;
    dead[index] = llvm::count_if(subject.layers, [&](const Layer &layer) {
      return isConstant(network.outputs().tensors[layer.output], network.output(layer.output));
    });
  }
  const Range &range = ranges[dead[1] < dead[0]];
  network.fillInputs(1, range);
  llvm::outs() << llvm::format("inputs: random numbers from %g to %g\n", range.low, range.high);
  return Done;
}

double limitFor(const Subject &subject, const kiln_tensor &tensor) {
  return subject.tolerance.value_or(defaultTolerance(tensor.dtype));
}

/// Prints a line for each layer; the first one that is off by too much is named at the end.
ExitStatus compareLayers(Subject &subject, const LoadedNetwork &network,
                         llvm::ArrayRef<Tensor> expected) {
  const Layer *worst = nullptr, *firstBad = nullptr;
  double worstError = 0, badError = 0;
  llvm::outs() << "max|a-b|/max|b|  layer\n";
  for (const Layer &layer : subject.layers) {
    const kiln_tensor &tensor = network.outputs().tensors[layer.output];
    mlir::FailureOr<Tensor> actual = asTensor(entry(subject).getResultTypes()[layer.output],
                                              network.output(layer.output), tensor.bytes);
    if (mlir::failed(actual))
      return Fault;
    double error = reference::relativeError(*actual, expected[layer.output]);
    bool isBad = !(error <= limitFor(subject, tensor));
    llvm::outs() << llvm::format("%15.2e  ", error) << layer.name << " (" << layer.op << ")"
                 << (isBad ? "  TOO FAR" : "")
                 << (isConstant(tensor, network.output(layer.output)) ? "  (constant)" : "")
                 << "\n";
    if (isBad && !firstBad) {
      firstBad = &layer;
      badError = error;
    }
    if (!worst || error > worstError) {
      worst = &layer;
      worstError = error;
    }
  }
  llvm::outs().flush();
  if (firstBad)
    return fault("'" + llvm::Twine(firstBad->name) + "' (" + firstBad->op +
                 ") is the first layer that differs: by " +
                 llvm::formatv("{0:e2}", badError).str() + "; it or its packed weights are wrong");
  if (worst)
    llvm::outs() << subject.layers.size() << " layers agree; the worst is '" << worst->name
                 << llvm::format("' with %.2e\n", worstError);
  return Done;
}

/// What a network does for speed that costs precision, in words; empty where it does nothing.
std::string savingsOf(mlir::ModuleOp compiled) {
  std::vector<LaunchInfo> launches = describeLaunches(compiled);
  bool hasWinograd = llvm::any_of(launches, [](const LaunchInfo &launch) {
    return llvm::StringRef(launch.kind).starts_with("winograd");
  });
  bool hasRounded = llvm::any_of(launches, [](const LaunchInfo &launch) {
    return llvm::StringRef(launch.kind).ends_with("_f24");
  });
  llvm::SmallVector<llvm::StringRef> words;
  if (hasWinograd)
    words.push_back("Winograd convolutions");
  if (hasRounded)
    words.push_back("weights of 24 bits");
  return llvm::join(words, " and ");
}

/// The largest errors of the model's own outputs.
struct OutputErrors {
  double largest = 0, rms = 0;
};

mlir::FailureOr<OutputErrors> outputErrors(Subject &subject, const LoadedNetwork &network,
                                           llvm::ArrayRef<Tensor> expected) {
  OutputErrors errors;
  for (unsigned i = 0; i < subject.ownOutputs; ++i) {
    mlir::FailureOr<Tensor> actual = asTensor(entry(subject).getResultTypes()[i], network.output(i),
                                              network.outputs().tensors[i].bytes);
    if (mlir::failed(actual))
      return mlir::failure();
    errors.largest = std::max(errors.largest, reference::relativeError(*actual, expected[i]));
    errors.rms = std::max(errors.rms, reference::relativeRms(*actual, expected[i]));
  }
  return errors;
}

/// Prints the errors of the outputs, and those of the same network without what costs precision.
ExitStatus reportSavings(Session &session, Request &request, Subject &subject,
                         const LoadedNetwork &network, llvm::ArrayRef<Tensor> expected,
                         const std::string &savings) {
  request.options.winograd = Winograd::Off;
  request.options.denseWeights = DenseWeights::F32;
  mlir::OwningOpRef<mlir::ModuleOp> module = subject.module->clone();
  ExitStatus status;
  std::unique_ptr<LoadedNetwork> direct =
      compileAndLoad(session, request, *module, Stage::Graph, status);
  if (!direct)
    return status;
  for (auto [i, tensor] : llvm::enumerate(network.inputs().tensors))
    std::copy_n(static_cast<const char *>(network.input(i)), tensor.bytes,
                static_cast<char *>(direct->input(i)));
  if (direct->run() != Done)
    return Fault;
  mlir::FailureOr<OutputErrors> with = outputErrors(subject, network, expected),
                                without = outputErrors(subject, *direct, expected);
  if (mlir::failed(with) || mlir::failed(without))
    return Fault;
  llvm::outs() << llvm::format("outputs: off by %.2e (RMS %.2e) with %s, %.2e (RMS %.2e) without\n",
                               with->largest, with->rms, savings.c_str(), without->largest,
                               without->rms);
  return Done;
}

/// The outputs against files of the user's.
ExitStatus compareExpected(const CommandLine &line, Subject &subject,
                           const LoadedNetwork &network) {
  TensorList outputs = {"output", network.outputs().tensors.take_front(subject.ownOutputs)};
  std::vector<TensorFile> files;
  if (assignInOrder(outputs, line.values(OPT_expect), files) != Done)
    return Fault;
  ExitStatus status = Done;
  for (const TensorFile &file : files) {
    const kiln_tensor &tensor = outputs.tensors[file.tensor];
    TensorBuffer buffer(tensor.bytes);
    if (readTensor(file.file, tensor, network.program().preprocess, buffer.data()) != Done)
      return Fault;
    mlir::Type type = entry(subject).getResultTypes()[file.tensor];
    mlir::FailureOr<Tensor> actual = asTensor(type, network.output(file.tensor), tensor.bytes);
    mlir::FailureOr<Tensor> expected = asTensor(type, buffer.data(), tensor.bytes);
    if (mlir::failed(actual) || mlir::failed(expected))
      return Fault;
    double error = reference::relativeError(*actual, *expected);
    llvm::outs() << llvm::format("%15.2e  ", error) << tensor.name << " against " << file.file
                 << "\n";
    if (!(error <= limitFor(subject, tensor)))
      status = fault("the output '" + llvm::Twine(tensor.name) + "' differs from '" + file.file +
                     "' by " + llvm::formatv("{0:e2}", error).str());
  }
  return status;
}

ExitStatus replaceWeights(const CommandLine &line, PackedWeights &weights) {
  if (std::optional<llvm::StringRef> artefact = line.value(OPT_artefact)) {
    std::unique_ptr<LoadedNetwork> other = LoadedNetwork::load(*artefact, *artefact, 1);
    if (!other || weights.takeFrom(*other) != Done)
      return Fault;
  }
  std::optional<llvm::StringRef> which = line.value(OPT_alter_weight);
  return which ? weights.alter(*which) : Done;
}

ExitStatus check(const CommandLine &line, Session &session, Request &request, Subject &subject) {
  ExitStatus status = prepare(session, request, subject);
  if (status != Done)
    return status;
  mlir::OwningOpRef<mlir::ModuleOp> compiled = subject.module->clone();
  std::unique_ptr<LoadedNetwork> network =
      compileAndLoad(session, request, *compiled, Stage::Graph, status);
  if (!network)
    return status;
  std::string savings = savingsOf(*compiled);
  compiled = nullptr;
  std::vector<std::string> words = line.values(OPT_input);
  status = words.empty() ? chooseInputs(subject, *network) : network->readInputs(words);
  if (status != Done)
    return status;
  PackedWeights weights(*network);
  if (replaceWeights(line, weights) != Done || network->run() != Done)
    return Fault;
  llvm::SmallVector<Tensor> expected;
  status = evaluateReference(session, subject, *network, expected);
  if (status == Done)
    status = compareLayers(subject, *network, expected);
  if (status == Done && !savings.empty())
    status = reportSavings(session, request, subject, *network, expected, savings);
  ExitStatus files = compareExpected(line, subject, *network);
  return status == Done ? files : status;
}

} // namespace

ExitStatus checkCommand(const CommandLine &line) {
  ExitStatus status;
  std::optional<Request> request = readRequest(line, status);
  if (!request)
    return status;
  std::optional<double> tolerance;
  if (std::optional<llvm::StringRef> text = line.value(OPT_tolerance))
    if (text->getAsDouble(tolerance.emplace()) || !(*tolerance >= 0))
      return line.usageError("--tolerance=" + *text + ": a number from 0 on is needed");
  Session session(*request, status);
  Subject subject;
  subject.tolerance = tolerance;
  return status == Done ? check(line, session, *request, subject) : status;
}

} // namespace kiln::tool
