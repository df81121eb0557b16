// The import of one model, top to bottom; see OnnxImporter::import.
#include "frontends/onnx/OnnxImporter.h"

#include "frontends/onnx/OnnxDetectedRows.h"
#include "frontends/onnx/OnnxInputs.h"
#include "frontends/onnx/OnnxTensors.h"

#include "dialects/nn/NnTensorNames.h"

#include "mlir/IR/Verifier.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;

namespace kiln::onnx_frontend {

OnnxImporter::OnnxImporter(MLIRContext &context, OnnxFile &file, const OnnxOptions &options)
    : context(context), file(file),
      options(options), mainScope{OnnxGraph(file.model().graph()), nullptr, {}, {}},
      fileLoc(fileLocation(context, file.path())), builder(&context) {}

OwningOpRef<ModuleOp> OnnxImporter::import() {
  if (failed(resolveOpset()) || failed(analyze(mainScope)) || failed(addInputs()) ||
      failed(addNodes(mainScope)) || failed(addOutputs()))
    return nullptr;
  eraseUnused();
  if (failed(addCounts()) || failed(reportedAs(fileLoc, "the imported module is not valid",
                                               [&] { return verify(*module); })))
    return nullptr;
  return std::move(module);
}

LogicalResult OnnxImporter::resolveOpset() {
  const onnx::ModelProto &model = file.model();
  for (const onnx::OperatorSetIdProto &set : model.opset_import())
    if (set.domain().empty() || set.domain() == "ai.onnx")
      opset = std::max<int64_t>(opset, set.version());
  constexpr int64_t firstWithOpsets = 3;
  if (opset == 0 && model.opset_import_size() == 0 && model.ir_version() < firstWithOpsets)
    opset = 1;
  if (opset < 1)
    return error() << "the model imports no operator set of ONNX: it is damaged, or uses custom "
                      "operators only";
  if (opset > newestOnnxOpset) {
    emitWarning(fileLoc) << "the model uses opset " << opset << "; the newest known one is "
                         << newestOnnxOpset << ", whose forms are assumed";
    opset = newestOnnxOpset;
  }
  return success();
}

static bool isDefaultDomain(const onnx::NodeProto &node) {
  return node.domain().empty() || node.domain() == "ai.onnx";
}

LogicalResult OnnxImporter::analyze(Scope &scope) const {
  auto isKnownOutside = [&](llvm::StringRef name) {
    return scope.outer && scope.outer->knows(name);
  };
  if (failed(scope.graph.analyze([&] { return error(); }, isKnownOutside)))
    return failure();
  return checkOperators(scope.graph);
}

/// A node that is replaced by one of the graphs inside.
static bool isBranch(const onnx::NodeProto &node) {
  return isDefaultDomain(node) && node.op_type() == "If";
}

LogicalResult OnnxImporter::checkOperators(const OnnxGraph &graph) const {
  constexpr size_t mostListed = 1000;
  llvm::SmallVector<std::string> lines;
  size_t count = 0;
  for (const onnx::NodeProto *node : graph.liveNodes()) {
    if (isBranch(*node) || (isDefaultDomain(*node) && findOperator(node->op_type(), opset)))
      continue;
    if (++count <= mostListed)
      lines.push_back("\n  node " + describeUnsupported(*node, opset));
  }
  if (count == 0)
    return success();
  return error() << count
                 << (count == 1 ? " node uses an operator that is"
                                : " nodes use operators that are")
                 << " not supported:" << llvm::join(lines, "")
                 << (count > mostListed ? "\n  and more" : "");
}

LogicalResult OnnxImporter::addInputs() {
  SmallVector<const onnx::ValueInfoProto *> inputs(mainScope.graph.inputs());
  FailureOr<llvm::StringMap<ElementsAttr>> fixed =
      takeInputValues(inputs, options.inputValues, fileLoc);
  if (failed(fixed))
    return failure();
  FailureOr<SmallVector<RankedTensorType>> types =
      resolveInputTypes(context, inputs, options.inputShapes, fileLoc);
  if (failed(types))
    return failure();
  module = ModuleOp::create(fileLoc);
  builder.setInsertionPointToEnd(module->getBody());
  SmallVector<Type> argumentTypes(types->begin(), types->end());
  function =
      func::FuncOp::create(builder, fileLoc, "main", builder.getFunctionType(argumentTypes, {}));
  Block *block = builder.createBlock(&function.getBody());
  for (auto [index, input] : llvm::enumerate(inputs)) {
    StringAttr name = builder.getStringAttr(input->name());
    mainScope.values[input->name()] = block->addArgument(argumentTypes[index], NameLoc::get(name));
    function.setArgAttr(static_cast<unsigned>(index), "nn.name", name);
  }
  for (const auto &[name, elements] : *fixed)
    mainScope.values[name] = addConstant(name, elements);
  return success();
}

Value OnnxImporter::addConstant(llvm::StringRef name, ElementsAttr elements) {
  return nn::ConstantOp::create(builder, NameLoc::get(builder.getStringAttr(name)),
                                elements.getType(), elements);
}

Location OnnxImporter::locationOf(const onnx::NodeProto &node) {
  llvm::StringRef result = node.output_size() ? llvm::StringRef(node.output(0)) : llvm::StringRef();
  llvm::StringRef name = node.name().empty() ? node.op_type() : node.name();
  return NameLoc::get(builder.getStringAttr(result), NameLoc::get(builder.getStringAttr(name)));
}

FailureOr<Value> OnnxImporter::lookup(llvm::StringRef name, Scope &scope) {
  if (scope.outer && !scope.graph.defines(name))
    return lookup(name, *scope.outer);
  if (findSequence(name, scope))
    return error() << "the tensor " << quoted(name)
                   << " is a sequence of tensors, which is not supported here";
  Value &value = scope.values[name];
  if (value)
    return value;
  const onnx::TensorProto *tensor = scope.graph.initializer(name);
  if (!tensor)
    return error() << "the tensor " << quoted(name) << " is not defined";
  auto emitError = [&] { return error() << "the initializer " << quoted(name) << " "; };
  FailureOr<ElementsAttr> elements = readTensor(context, file, *tensor, name, emitError);
  if (failed(elements))
    return failure();
  return value = addConstant(name, *elements);
}

const SmallVector<Value> *OnnxImporter::findSequence(llvm::StringRef name,
                                                     const Scope &scope) const {
  auto sequence = scope.sequences.find(name);
  if (sequence != scope.sequences.end())
    return &sequence->second;
  return scope.outer && !scope.graph.defines(name) ? findSequence(name, *scope.outer) : nullptr;
}

LogicalResult OnnxImporter::checkArity(const onnx::NodeProto &node, const OnnxOperator &op) const {
  int given = node.input_size();
  while (given > 0 && node.input(given - 1).empty())
    --given;
  if (given < op.minInputs || given > op.maxInputs)
    return error() << describe(node) << " has " << given << " inputs where "
                   << (given < op.minInputs ? "at least " : "at most ")
                   << (given < op.minInputs ? op.minInputs : op.maxInputs) << " are allowed";
  for (int i = 0; i < op.minInputs; ++i)
    if (node.input(i).empty())
      return error() << describe(node) << ": its input " << i
                     << " is required, but has an empty name";
  if (node.output_size() == 0)
    return error() << describe(node) << " has no outputs";
  return success();
}

LogicalResult OnnxImporter::addNodes(Scope &scope) {
  for (const onnx::NodeProto *node : scope.graph.liveNodes())
    if (failed(addNode(*node, scope)))
      return failure();
  return success();
}

LogicalResult OnnxImporter::addNode(const onnx::NodeProto &node, Scope &scope) {
  if (isBranch(node))
    return addChosenBranch(node, scope);
  const OnnxOperator *op = findOperator(node.op_type(), opset);
  if (!op || failed(checkArity(node, *op)))
    return failure();
  return translate(node, *op, scope);
}

/// The nodes of the graph that a constant condition chooses, in place of an If.
LogicalResult OnnxImporter::addChosenBranch(const onnx::NodeProto &node, Scope &scope) {
  if (node.input_size() != 1 || node.input(0).empty())
    return error() << describe(node) << " has " << node.input_size() << " inputs where 1 is needed";
  FailureOr<Value> condition = lookup(node.input(0), scope);
  if (failed(condition))
    return failure();
  std::optional<SmallVector<int64_t>> truth = nn::constantIntegers(*condition);
  if (!truth || truth->size() != 1)
    return error() << describe(node) << ": its condition " << quoted(node.input(0))
                   << " is computed at run time: export the model with its control flow unrolled "
                      "(tracing) or simplify it first (onnxsim)";
  llvm::StringRef wanted = truth->front() ? "then_branch" : "else_branch";
  auto branch = llvm::find_if(node.attribute(), [&](const onnx::AttributeProto &attribute) {
    return attribute.name() == wanted && attribute.has_g();
  });
  if (branch == node.attribute().end())
    return error() << describe(node) << ": it has no graph " << wanted;
  Scope inner{OnnxGraph(branch->g()), &scope, {}, {}};
  if (failed(analyze(inner)) || failed(addNodes(inner)))
    return failure();
  if (inner.graph.outputs().size() < node.output_size())
    return error() << describe(node) << ": its " << wanted << " has "
                   << inner.graph.outputs().size() << " outputs where " << node.output_size()
                   << " are needed";
  for (int i = 0; i < node.output_size(); ++i) {
    FailureOr<Value> result = lookup(inner.graph.outputs()[i].name(), inner);
    if (failed(result))
      return failure();
    scope.values[node.output(i)] = *result;
  }
  return success();
}

/// Names that the location of an op does not tell: of a node with several outputs, or one that
/// passes its input on.
static void keepName(Value result, llvm::StringRef name, const onnx::NodeProto &node) {
  auto made = dyn_cast<OpResult>(result);
  auto known = made ? dyn_cast<NameLoc>(made.getOwner()->getLoc()) : NameLoc();
  if (known && (node.output_size() > 1 || known.getName() != name))
    nn::addTensorName(made, name);
}

LogicalResult OnnxImporter::translate(const onnx::NodeProto &node, const OnnxOperator &op,
                                      Scope &scope) {
  SmallVector<Value> inputs;
  const SmallVector<Value> *sequence = nullptr;
  if (op.takesSequence && (sequence = findSequence(node.input(0), scope)))
    inputs.push_back(Value());
  for (const std::string &name : llvm::drop_begin(node.input(), inputs.size())) {
    FailureOr<Value> value = name.empty() ? FailureOr<Value>(Value()) : lookup(name, scope);
    if (failed(value))
      return failure();
    inputs.push_back(*value);
  }
  while (!inputs.empty() && !inputs.back())
    inputs.pop_back();
  SmallVector<bool> wanted;
  for (const std::string &name : node.output())
    wanted.push_back(scope.graph.isUsed(name));
  OnnxNode translated(node, opset, file, builder, locationOf(node), std::move(inputs),
                      std::move(wanted));
  if (sequence)
    translated.addSequence(0, *sequence);
  auto step = [&]() -> LogicalResult {
    if (failed(op.translate(translated)) || !translated.attributesAreValid())
      return failure();
    for (size_t i = 0; i < translated.numOutputs(); ++i)
      if (translated.wants(i) && !translated.result(i) && !translated.sequenceResult())
        return translated.error() << "its output " << quoted(node.output(static_cast<int>(i)))
                                  << " is not supported; remove what uses it from the model";
    return success();
  };
  if (failed(reportedAs(fileLoc, describe(node), step)))
    return failure();
  if (translated.sequenceResult())
    scope.sequences[node.output(0)] = *translated.sequenceResult();
  for (auto [index, name] : llvm::enumerate(node.output())) {
    if (Value result = translated.result(index); result && !name.empty()) {
      scope.values[name] = result;
      keepName(result, name, node);
    }
  }
  return success();
}

LogicalResult OnnxImporter::addOutputs() {
  SmallVector<Value> results;
  for (const onnx::ValueInfoProto &output : file.model().graph().output()) {
    FailureOr<Value> value = lookup(output.name(), mainScope);
    if (failed(value))
      return failure();
    results.push_back(*value);
  }
  func::ReturnOp::create(builder, fileLoc, results);
  function.setType(
      builder.getFunctionType(function.getArgumentTypes(), ValueRange(results).getTypes()));
  for (auto [index, output] : llvm::enumerate(file.model().graph().output()))
    function.setResultAttr(static_cast<unsigned>(index), "nn.name",
                           builder.getStringAttr(output.name()));
  return success();
}

/// Removes the shape arithmetic that has been folded away.
void OnnxImporter::eraseUnused() {
  for (Operation &op : llvm::make_early_inc_range(llvm::reverse(function.getBody().front())))
    if (isOpTriviallyDead(&op))
      op.erase();
}

/// `wanted`, or a longer name where an output has that already.
std::string OnnxImporter::unusedOutputName(std::string wanted) {
  auto isTaken = [&](unsigned result) {
    return function.getResultAttrOfType<StringAttr>(result, "nn.name") == wanted;
  };
  while (llvm::any_of(llvm::seq(0u, function.getNumResults()), isTaken))
    wanted += "_";
  return wanted;
}

/// Gives the network one more output for each selection of boxes that its outputs hold: their
/// number.
LogicalResult OnnxImporter::addCounts() {
  FailureOr<llvm::SetVector<Operation *>> selections = selectionsInResults(function);
  if (failed(selections))
    return failure();
  Operation *end = function.getBody().front().getTerminator();
  builder.setInsertionPoint(end);
  for (Operation *op : *selections) {
    auto selection = cast<nn::NonMaxSuppressionOp>(op);
    llvm::StringRef selected = cast<NameLoc>(selection.getLoc()).getName();
    std::string name = unusedOutputName((selected + "_count").str());
    emitRemark(fileLoc) << "the number of boxes that " << quoted(selected)
                        << " selects is known at run time: outputs have rows for "
                        << selection.getSelected().getType().getDimSize(0) << ", and the output "
                        << quoted(name) << " tells how many are filled";
    StringAttr nameAttr = builder.getStringAttr(name);
    Value count = nn::IdentityOp::create(builder, NameLoc::get(nameAttr), selection.getCount());
    end->insertOperands(end->getNumOperands(), count);
    NamedAttribute attribute = builder.getNamedAttr("nn.name", nameAttr);
    if (failed(function.insertResult(function.getNumResults(), count.getType(),
                                     builder.getDictionaryAttr(attribute))))
      return error() << "the output " << quoted(name) << " cannot be added";
  }
  return success();
}

} // namespace kiln::onnx_frontend

namespace kiln {

OwningOpRef<ModuleOp> importOnnx(MLIRContext &context, std::unique_ptr<llvm::MemoryBuffer> bytes,
                                 const OnnxOptions &options) {
  using namespace onnx_frontend;
  context.loadDialect<func::FuncDialect, nn::NnDialect>();
  std::shared_ptr<llvm::MemoryBuffer> shared = std::move(bytes);
  Location loc = fileLocation(context, shared->getBufferIdentifier());
  FailureOr<std::unique_ptr<OnnxFile>> file =
      OnnxFile::parse(std::move(shared), [&] { return emitError(loc); });
  if (failed(file))
    return nullptr;
  if (!options.endAt.empty() &&
      failed((*file)->endAt(options.endAt, [&] { return emitError(loc); })))
    return nullptr;
  return OnnxImporter(context, **file, options).import();
}

OwningOpRef<ModuleOp> importOnnx(MLIRContext &context, llvm::StringRef path,
                                 const OnnxOptions &options) {
  using namespace onnx_frontend;
  Location loc = fileLocation(context, path);
  std::unique_ptr<llvm::MemoryBuffer> bytes = mapFile(path, [&] { return emitError(loc); });
  return bytes ? importOnnx(context, std::move(bytes), options) : nullptr;
}

} // namespace kiln
