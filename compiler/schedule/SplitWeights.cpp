// Moves what depends on constants alone into the weights program: codegen runs it tensor by tensor
// while it writes the weights, so that folded, padded and packed weights never exist in the IR.
//
//   %p = nn.pack_filter(nn.constant)   ->   kernel.weight @weight_0 {prepare = @prepare_0, sources
//   = [...], offset = 0}
//                                           %p = kernel.weight_ref @weight_0
//
// A constant of one number stays where a pointwise op reads it.
#include "compiler/schedule/Layout.h"
#include "compiler/schedule/Passes.h"

#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;

namespace kiln {

#define GEN_PASS_DEF_SPLITWEIGHTS
#include "compiler/schedule/Passes.h.inc"

namespace {

constexpr int64_t weightAlignment = 64;

/// The ops that compute one tensor from constants, in program order, and those constants.
struct Recipe {
  SmallVector<Operation *> ops;
  SmallVector<nn::ConstantOp> constants;
};

/// True for a constant of one f32 or f64.
bool isNumber(Value value) {
  auto type = cast<RankedTensorType>(value.getType());
  return value.getDefiningOp<nn::ConstantOp>() && type.getNumElements() == 1 &&
         (type.getElementType().isF32() || type.getElementType().isF64());
}

class WeightsSplitter {
public:
  explicit WeightsSplitter(ModuleOp module) : module(module), builder(module.getContext()) {}

  void run() {
    SmallVector<func::FuncOp> entries(module.getOps<func::FuncOp>());
    for (func::FuncOp entry : entries)
      split(entry);
    module->setAttr("kernel.weights_bytes", builder.getI64IntegerAttr(offset));
  }

private:
  void split(func::FuncOp entry);
  Recipe recipeOf(Value value);
  FlatSymbolRefAttr prepareFunction(const Recipe &recipe, Value result);
  FlatSymbolRefAttr addWeight(Value value);

  ModuleOp module;
  OpBuilder builder;
  int64_t offset = 0;
  llvm::DenseSet<Operation *> constantOps;
  llvm::StringMap<FlatSymbolRefAttr> functions; ///< by their text without a name
  llvm::DenseMap<std::pair<Attribute, Attribute>, FlatSymbolRefAttr>
      weights; ///< by sources and function
};

void WeightsSplitter::split(func::FuncOp entry) {
  SmallVector<Operation *> ops;
  for (Operation &op : entry.getBody().front())
    ops.push_back(&op);
  for (Operation *op : ops) {
    auto isConstant = [&](Value operand) { return constantOps.contains(operand.getDefiningOp()); };
    bool movable =
        op->getNumResults() == 1 && !isa<kernel::WeightRefOp>(op) && isMemoryEffectFree(op);
    if (movable && llvm::all_of(op->getOperands(), isConstant)) {
      constantOps.insert(op);
      continue;
    }
    for (OpOperand &operand : op->getOpOperands()) {
      if (!isConstant(operand.get()) || (op->hasTrait<nn::Pointwise>() && isNumber(operand.get())))
        continue;
      builder.setInsertionPoint(op);
      operand.set(kernel::WeightRefOp::create(builder, operand.get().getLoc(),
                                              operand.get().getType(), addWeight(operand.get())));
    }
  }
  for (Operation *op : llvm::reverse(ops))
    if (constantOps.contains(op)) {
      constantOps.erase(op);
      if (op->use_empty())
        op->erase();
    }
}

Recipe WeightsSplitter::recipeOf(Value value) {
  llvm::SetVector<Operation *> needed;
  needed.insert(value.getDefiningOp());
  for (size_t i = 0; i < needed.size(); ++i)
    for (Value operand : needed[i]->getOperands())
      needed.insert(operand.getDefiningOp());
  SmallVector<Operation *> sorted(needed.begin(), needed.end());
  llvm::sort(sorted, [](Operation *a, Operation *b) { return a->isBeforeInBlock(b); });
  Recipe recipe;
  for (Operation *op : sorted) {
    if (auto constant = dyn_cast<nn::ConstantOp>(op))
      recipe.constants.push_back(constant);
    else
      recipe.ops.push_back(op);
  }
  return recipe;
}

FlatSymbolRefAttr WeightsSplitter::prepareFunction(const Recipe &recipe, Value result) {
  if (recipe.ops.empty())
    return {};
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToEnd(module.getBody());
  Location loc = builder.getUnknownLoc();
  SmallVector<Type> inputs =
      llvm::map_to_vector(recipe.constants, [](nn::ConstantOp op) { return Type(op.getType()); });
  auto function = func::FuncOp::create(builder, loc, "prepare",
                                       builder.getFunctionType(inputs, result.getType()));
  function->setAttr("kernel.prepare", builder.getUnitAttr());
  Block *body = function.addEntryBlock();
  builder.setInsertionPointToStart(body);
  IRMapping mapping;
  for (auto [constant, argument] : llvm::zip_equal(recipe.constants, body->getArguments()))
    mapping.map(constant->getResult(0), argument);
  for (Operation *op : recipe.ops)
    builder.clone(*op, mapping)->setLoc(loc);
  func::ReturnOp::create(builder, loc, mapping.lookup(result));

  std::string text;
  llvm::raw_string_ostream stream(text);
  function.print(stream);
  auto [known, isNew] = functions.try_emplace(text);
  if (!isNew) {
    function.erase();
    return known->second;
  }
  function.setSymName(("prepare_" + llvm::Twine(functions.size() - 1)).str());
  function.setPrivate();
  return known->second = FlatSymbolRefAttr::get(function.getSymNameAttr());
}

/// The tensor name that a location carries, or what there is.
StringRef labelOf(Location loc) {
  if (auto name = dyn_cast<NameLoc>(loc))
    return name.getName();
  if (auto fused = dyn_cast<FusedLoc>(loc); fused && !fused.getLocations().empty())
    return labelOf(fused.getLocations().back());
  return "weight";
}

FlatSymbolRefAttr WeightsSplitter::addWeight(Value value) {
  Recipe recipe = recipeOf(value);
  FlatSymbolRefAttr function = prepareFunction(recipe, value);
  SmallVector<Attribute> sources = llvm::map_to_vector(
      recipe.constants, [](nn::ConstantOp op) { return Attribute(op.getValue()); });
  ArrayAttr sourcesAttr = builder.getArrayAttr(sources);
  FlatSymbolRefAttr &symbol = weights[{sourcesAttr, function}];
  if (symbol)
    return symbol;
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToEnd(module.getBody());
  std::string name = ("weight_" + llvm::Twine(weights.size() - 1)).str();
  auto type = cast<RankedTensorType>(value.getType());
  kernel::WeightOp::create(builder, value.getLoc(), name, type, offset, sourcesAttr, function,
                           labelOf(value.getLoc()));
  offset += llvm::alignTo(bufferBytes(type), weightAlignment);
  return symbol = FlatSymbolRefAttr::get(builder.getContext(), name);
}

struct SplitWeights : impl::SplitWeightsBase<SplitWeights> {
  void runOnOperation() override { WeightsSplitter(getOperation()).run(); }
};

} // namespace
} // namespace kiln
