// The import of one network, top to bottom; see DarknetImporter::import.
#include "frontends/darknet/DarknetImporter.h"

#include "mlir/IR/Verifier.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Path.h"

using namespace mlir;

namespace kiln::darknet_frontend {

DarknetImporter::DarknetImporter(MLIRContext &context, const DarknetConfig &config,
                                 DarknetWeights &weights, const DarknetOptions &options)
    : context(context),
      config(config), network{config, weights, options.fork.value_or(weights.fork()), {}, {}, {}},
      thresholds{options.scoreThreshold, options.overlapThreshold}, builder(&context) {}

OwningOpRef<ModuleOp> DarknetImporter::import() {
  if (failed(checkSections()) || failed(addInput()))
    return nullptr;
  for (auto [index, section] : llvm::enumerate(llvm::ArrayRef(config.sections).drop_front()))
    if (failed(addLayer(section, index)))
      return nullptr;
  if (failed(network.weights.finish(at(0))) || failed(addOutputs()))
    return nullptr;
  if (failed(frontend::reportedAs(at(0), "the imported module is not valid",
                                  [&] { return verify(*module); })))
    return nullptr;
  return std::move(module);
}

LogicalResult DarknetImporter::checkSections() const {
  const ConfigSection &net = config.sections.front();
  if (net.name != "net" && net.name != "network")
    return emitError(at(net.line))
           << "the first section is [" << net.name << "]; a network begins with [net]";
  if (config.sections.size() == 1)
    return emitError(at(net.line)) << "the network has no layers";
  constexpr size_t mostListed = 1000;
  llvm::SmallVector<std::string> lines;
  for (auto [index, section] : llvm::enumerate(llvm::ArrayRef(config.sections).drop_front()))
    if (!findSection(section.name) && lines.size() < mostListed)
      lines.push_back("\n  " + describe(config, section, index) + ": " +
                      adviceFor(section.name).str());
  if (lines.empty())
    return success();
  return emitError(at(net.line)) << lines.size()
                                 << (lines.size() == 1 ? " section is" : " sections are")
                                 << " not supported:" << llvm::join(lines, "");
}

/// The size of the pictures, or with `inputs` alone of a list. The batch of training is of no use
/// here.
LogicalResult DarknetImporter::addInput() {
  const ConfigSection &net = config.sections.front();
  DarknetLayer options(net, 0, Value(), network, builder, at(net.line));
  MapShape shape{options.integer("channels", 0), options.integer("height", 0),
                 options.integer("width", 0)};
  int64_t inputs = options.integer("inputs", 0);
  if (!options.optionsAreValid())
    return failure();
  Integers dims{1, shape.channels, shape.height, shape.width};
  if (shape.channels == 0 || shape.height == 0 || shape.width == 0) {
    if (inputs == 0)
      return emitError(at(net.line)) << "the size of the input is missing: width, height and "
                                        "channels are needed, or inputs";
    shape = {inputs, 1, 1};
    dims = {1, inputs};
  }
  network.input = shape;
  FailureOr<RankedTensorType> type =
      nn::checkedTensorType(at(net.line), dims, builder.getF32Type());
  if (failed(type))
    return failure();
  module = ModuleOp::create(at(0));
  builder.setInsertionPointToEnd(module->getBody());
  function = func::FuncOp::create(builder, at(0), "main", builder.getFunctionType({*type}, {}));
  StringAttr name = builder.getStringAttr("input");
  builder.createBlock(&function.getBody())->addArgument(*type, NameLoc::get(name));
  function.setArgAttr(0, "nn.name", name);
  return success();
}

/// Runs `step`; its diagnostics stay at their lines, with `subject` in front.
static LogicalResult withSubject(MLIRContext &context, const std::string &subject,
                                 llvm::function_ref<LogicalResult()> step) {
  SmallVector<std::pair<Location, std::string>> messages;
  LogicalResult result = success();
  {
    ScopedDiagnosticHandler collect(&context, [&](Diagnostic &diagnostic) {
      messages.emplace_back(diagnostic.getLocation(), diagnostic.str());
      return success();
    });
    result = step();
  }
  for (auto &[at, message] : messages) {
    llvm::StringRef text = message;
    emitError(at) << subject << ": "
                  << (text.starts_with("'nn.") ? text.split("' op ").second : text);
  }
  return result;
}

LogicalResult DarknetImporter::addLayer(const ConfigSection &section, size_t index) {
  Block &block = function.getBody().front();
  Operation *before = block.empty() ? nullptr : &block.back();
  Value input = index == 0 ? block.getArgument(0) : network.layers.back();
  DarknetLayer layer(section, index, input, network, builder, at(section.line));
  auto step = [&] { return findSection(section.name)->translate(layer); };
  LogicalResult translated = withSubject(context, describe(config, section, index), step);
  layer.warnOfUnreadOptions();
  if (failed(translated) || !layer.optionsAreValid())
    return failure();
  // A layer that does nothing still has a tensor of its own, for outputs and taps to name.
  Value result = layer.result();
  if (result == input || llvm::is_contained(network.layers, result))
    result = nn::IdentityOp::create(builder, at(section.line), result);
  nameOps(section, index, before, result);
  network.layers.push_back(result);
  return success();
}

void DarknetImporter::nameOps(const ConfigSection &section, size_t index, Operation *before,
                              Value result) {
  Block &block = function.getBody().front();
  std::string line =
      llvm::sys::path::filename(config.path).str() + ":" + std::to_string(section.line);
  Location node = NameLoc::get(builder.getStringAttr(section.name + " " + line));
  for (Operation *op = before          ? before->getNextNode()
                       : block.empty() ? nullptr
                                       : &block.front();
       op; op = op->getNextNode()) {
    if (isa<NameLoc>(op->getLoc()))
      continue;
    std::string name = layerName(index);
    if (op != result.getDefiningOp())
      name += "." + op->getName().stripDialect().str();
    op->setLoc(NameLoc::get(builder.getStringAttr(name), node));
  }
}

/// The boxes of detection heads, else what the last layer gives that is no cost.
LogicalResult DarknetImporter::addOutputs() {
  SmallVector<Value> results;
  SmallVector<llvm::StringRef> names{"output"};
  if (network.heads.empty()) {
    size_t last = network.layers.size() - 1;
    while (last > 0 && config.sections[last + 1].name == "cost")
      --last;
    results.push_back(network.layers[last]);
  } else {
    FailureOr<SuppressedBoxes> boxes = suppressBoxes(network.heads, thresholds, builder, at(0));
    if (failed(boxes))
      return failure();
    results = {boxes->detections, boxes->count};
    names = {"detections", "count"};
  }
  func::ReturnOp::create(builder, at(0), results);
  function.setType(
      builder.getFunctionType(function.getArgumentTypes(), ValueRange(results).getTypes()));
  for (auto [index, name] : llvm::enumerate(names))
    function.setResultAttr(static_cast<unsigned>(index), "nn.name", builder.getStringAttr(name));
  return success();
}

} // namespace kiln::darknet_frontend

namespace kiln {

using namespace darknet_frontend;

/// `random:SEED`, or the file.
static FailureOr<DarknetWeights> openWeights(MLIRContext &context, llvm::StringRef config,
                                             std::shared_ptr<llvm::MemoryBuffer> given,
                                             const DarknetOptions &options) {
  if (given)
    return DarknetWeights::fromFile(context, std::move(given));
  llvm::StringRef weights = options.weights;
  Location at = frontend::fileLocation(context, config);
  if (weights.empty() && options.needsOnlyShapes)
    return DarknetWeights::drawn(frontend::RandomWeights::shapesOnly());
  if (weights.empty())
    return emitError(at) << "a .cfg describes a network without its weights; give them with "
                            "--weights=FILE.weights, or --weights=random:1 for a trial; kiln "
                            "summary needs none";
  if (frontend::RandomWeights::isMeant(weights)) {
    auto random = frontend::RandomWeights::parse(at, weights, options.mostRandomBytes);
    if (failed(random))
      return failure();
    return DarknetWeights::drawn(*random);
  }
  Location file = frontend::fileLocation(context, weights);
  std::shared_ptr<llvm::MemoryBuffer> mapped =
      frontend::mapFile(weights, [&] { return emitError(file); });
  if (!mapped)
    return failure();
  return DarknetWeights::fromFile(context, std::move(mapped));
}

OwningOpRef<ModuleOp> importDarknet(MLIRContext &context,
                                    std::unique_ptr<llvm::MemoryBuffer> config,
                                    std::unique_ptr<llvm::MemoryBuffer> weights,
                                    const DarknetOptions &options) {
  context.loadDialect<func::FuncDialect, nn::NnDialect>();
  FailureOr<DarknetConfig> parsed = parseConfig(context, *config);
  if (failed(parsed))
    return nullptr;
  FailureOr<DarknetWeights> source =
      openWeights(context, config->getBufferIdentifier(), std::move(weights), options);
  if (failed(source))
    return nullptr;
  return DarknetImporter(context, *parsed, *source, options).import();
}

OwningOpRef<ModuleOp> importDarknet(MLIRContext &context, llvm::StringRef path,
                                    const DarknetOptions &options) {
  Location at = frontend::fileLocation(context, path);
  std::unique_ptr<llvm::MemoryBuffer> config =
      frontend::mapFile(path, [&] { return emitError(at); });
  return config ? importDarknet(context, std::move(config), nullptr, options) : nullptr;
}

} // namespace kiln
