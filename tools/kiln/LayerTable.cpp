// Gathers ops to layers by the node that their locations name, and counts their constants as
// parameters.
#include "tools/kiln/LayerTable.h"

#include "compiler/schedule/NnToKernel/Layers.h"
#include "dialects/nn/NnLayerFacts.h"
#include "frontends/support/NnBuilder.h"

#include "mlir/IR/DialectResourceBlobManager.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;

namespace kiln::tool {
namespace {

RankedTensorType typeOf(Value value) { return llvm::cast<RankedTensorType>(value.getType()); }

int64_t bytesOf(Value value) {
  return typeOf(value).getNumElements() * nn::elementBytes(typeOf(value).getElementType());
}

/// The node that an op comes from: the inner name of its location, or the outer one.
std::string nodeName(Operation *op) {
  auto name = dyn_cast<NameLoc>(op->getLoc());
  if (!name)
    return {};
  auto node = dyn_cast<NameLoc>(name.getChildLoc());
  return (node && !node.getName().empty() ? node : name).getName().str();
}

/// The layer in the words, the order of dimensions and the parameters of its own format. Calls of a
/// layer say the same.
void describeAsWritten(Operation *op, LayerRow &row) {
  std::optional<nn::LayerFacts> facts = nn::layerFactsOf(op);
  if (!facts)
    return;
  row.type = facts->className.str();
  row.shape = facts->shape.vec();
  row.trainable = facts->trainable;
  row.nonTrainable = facts->nonTrainable;
  row.repeatedTrainable = facts->repeatedTrainable;
  row.repeatedNonTrainable = facts->repeatedNonTrainable;
  row.position = facts->position;
  row.end = facts->end;
}

bool hasLayers(func::FuncOp network) {
  return llvm::any_of(network.getBody().front(),
                      [](Operation &op) { return nn::layerFactsOf(&op).has_value(); });
}

/// Constants that share their bytes are the same parameters.
const void *contentOf(nn::ConstantOp constant) {
  auto resource = dyn_cast<DenseResourceElementsAttr>(constant.getValue());
  return resource ? static_cast<const void *>(resource.getRawHandle().getResource())
                  : constant.getOperation();
}

class TableBuilder {
public:
  explicit TableBuilder(func::FuncOp network)
      : network(network), layersAreNamed(hasLayers(network)) {}

  std::vector<LayerRow> build(NestedModels nested);

private:
  void joinModels(NestedModels nested);
  void addInputs();
  void addOp(Operation *op);
  void countParameters(Operation *op, LayerRow &row);
  void countConstants(Value value, bool isTrainable, bool countsScalars, LayerRow &row);
  bool isInputInOtherOrder(Operation *op, llvm::StringRef node);
  size_t enterRow(Operation *op, llvm::StringRef node);
  void connect(Operation *op, LayerRow &row, size_t index);

  func::FuncOp network;
  /// Whether ops of one node are one layer wherever they stand: the calls of a layer are one row.
  bool layersAreNamed;
  std::vector<LayerRow> rows;
  std::string lastNode;
  size_t currentRow = 0;
  llvm::StringMap<size_t> rowOfLayer;
  int64_t earlierBytes = 0; ///< activation bytes of earlier calls of the layer
  ReceptiveFields fields;
  llvm::DenseMap<Value, size_t> rowOf; ///< of what depends on the inputs
  llvm::DenseSet<const void *> countedConstants;
};

void TableBuilder::addInputs() {
  for (auto [i, argument] : llvm::enumerate(network.getArguments())) {
    auto name = network.getArgAttrOfType<StringAttr>(i, "nn.name");
    LayerRow row;
    row.name = name ? name.str() : "input" + std::to_string(i);
    row.type = "input";
    row.shape = typeOf(argument).getShape().vec();
    row.activationBytes = bytesOf(argument);
    fields.setInput(argument);
    row.field = fields.of(argument);
    rowOf[argument] = rows.size();
    rows.push_back(std::move(row));
  }
}

/// Follows a value back to the parameters that it is made of alone.
void TableBuilder::countConstants(Value value, bool isTrainable, bool countsScalars,
                                  LayerRow &row) {
  Operation *op = value.getDefiningOp();
  if (!op || rowOf.contains(value))
    return;
  if (!isa<nn::ConstantOp>(op)) {
    for (Value operand : op->getOperands())
      countConstants(operand, isTrainable, countsScalars, row);
    return;
  }
  int64_t elements = typeOf(value).getNumElements();
  bool isFixed = op->hasAttr(frontend::fixedConstantAttr);
  if (isFixed || !isa<FloatType>(typeOf(value).getElementType()) ||
      (elements < 2 && !countsScalars) ||
      !countedConstants.insert(contentOf(cast<nn::ConstantOp>(op))).second)
    return;
  (isTrainable ? row.trainable : row.nonTrainable) += elements;
  row.weightBytes += bytesOf(value);
}

void TableBuilder::countParameters(Operation *op, LayerRow &row) {
  bool hasWeights = isa<nn::ConvOp, nn::ConvTransposeOp, nn::LocalConvOp, nn::GemmOp, nn::MatmulOp,
                        nn::BatchNormOp, nn::InstanceNormOp, nn::PreluOp>(op);
  for (Value operand : op->getOperands()) {
    auto norm = dyn_cast<nn::BatchNormOp>(op);
    bool isStatistic = norm && (operand == norm.getMean() || operand == norm.getVariance());
    countConstants(operand, !isStatistic, hasWeights, row);
  }
}

void TableBuilder::connect(Operation *op, LayerRow &row, size_t index) {
  for (Value operand : op->getOperands()) {
    auto from = rowOf.find(operand);
    if (from != rowOf.end() && from->second != index &&
        !llvm::is_contained(row.connectedTo, rows[from->second].name))
      row.connectedTo.push_back(rows[from->second].name);
  }
}

/// An input that the importer turns around is no layer of the model: it stands for the input
/// itself.
bool TableBuilder::isInputInOtherOrder(Operation *op, llvm::StringRef node) {
  auto argument =
      op->getNumOperands() == 1 ? dyn_cast<BlockArgument>(op->getOperand(0)) : BlockArgument();
  if (!argument || rows[argument.getArgNumber()].name != node)
    return false;
  rowOf[op->getResult(0)] = argument.getArgNumber();
  fields.setInput(op->getResult(0));
  return true;
}

/// The row that an op belongs to: that of the op before, an earlier call's, or a new one.
size_t TableBuilder::enterRow(Operation *op, llvm::StringRef node) {
  if (!node.empty() && node == lastNode)
    return currentRow;
  lastNode = node.str();
  if (layersAreNamed && !node.empty()) {
    auto [known, isNew] = rowOfLayer.try_emplace(node, rows.size());
    if (!isNew) {
      earlierBytes = rows[known->second].activationBytes;
      return known->second;
    }
  }
  earlierBytes = 0;
  LayerRow row;
  row.name =
      node.empty() ? (op->getName().stripDialect() + "_" + Twine(rows.size())).str() : node.str();
  rows.push_back(std::move(row));
  return rows.size() - 1;
}

void TableBuilder::addOp(Operation *op) {
  bool isComputed =
      llvm::any_of(op->getOperands(), [&](Value operand) { return rowOf.contains(operand); });
  if (!isComputed)
    return;
  fields.add(op);
  std::string node = nodeName(op);
  if (isInputInOtherOrder(op, node))
    return;
  currentRow = enterRow(op, node);
  LayerRow &row = rows[currentRow];
  connect(op, row, currentRow);
  StringRef type = op->getName().stripDialect();
  int64_t before = row.parameters();
  countParameters(op, row);
  if (row.type.empty() || (before == 0 && row.parameters() > 0))
    row.type = type.str();
  row.multiplyAdds += cast<IntegerAttr>(describeLayer(op).get("multiply_adds")).getInt();
  row.shape = typeOf(op->getResult(0)).getShape().vec();
  row.activationBytes = earlierBytes;
  for (Value result : op->getResults()) {
    row.activationBytes += bytesOf(result);
    rowOf[result] = currentRow;
  }
  row.field = fields.of(op->getResult(0));
  describeAsWritten(op, row);
}

/// The work of the layers inside a model is the model's; what they read inside is not.
void addInside(llvm::ArrayRef<LayerRow> inside, LayerRow &model) {
  model.activationBytes = 0;
  std::vector<std::string> read;
  for (const LayerRow &row : inside) {
    llvm::append_range(read, row.connectedTo);
    if (row.isInside)
      continue;
    model.multiplyAdds += row.multiplyAdds;
    model.activationBytes += row.activationBytes;
    model.weightBytes += row.weightBytes;
  }
  model.connectedTo.clear();
  for (std::string &name : read) {
    bool isOwn = name == model.name ||
                 llvm::any_of(inside, [&](const LayerRow &row) { return row.name == name; });
    if (!isOwn && !llvm::is_contained(model.connectedTo, name))
      model.connectedTo.push_back(name);
  }
}

/// Rows are in the order of the file: those inside a model follow its own.
void TableBuilder::joinModels(NestedModels nested) {
  size_t inputs = network.getNumArguments();
  for (size_t at = rows.size(); at-- > inputs;) {
    size_t last = at + 1;
    while (last < rows.size() && rows[last].position < rows[at].end)
      ++last;
    llvm::MutableArrayRef<LayerRow> inside(rows.data() + at + 1, last - at - 1);
    if (inside.empty())
      continue;
    addInside(inside, rows[at]);
    for (LayerRow &row : inside)
      row.isInside = true;
  }
  if (nested == NestedModels::OneRow)
    llvm::erase_if(rows, [](const LayerRow &row) { return row.isInside; });
}

std::vector<LayerRow> TableBuilder::build(NestedModels nested) {
  addInputs();
  for (Operation &op : network.getBody().front())
    if (op.getNumResults() != 0)
      addOp(&op);
  if (layersAreNamed) {
    llvm::sort(llvm::MutableArrayRef(rows).drop_front(network.getNumArguments()),
               [](const LayerRow &a, const LayerRow &b) { return a.position < b.position; });
    joinModels(nested);
  }
  return std::move(rows);
}

} // namespace

std::vector<LayerRow> layerTable(func::FuncOp network, NestedModels nested) {
  return TableBuilder(network).build(nested);
}

} // namespace kiln::tool
