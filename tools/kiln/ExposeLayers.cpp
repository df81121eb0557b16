// Works on a module that has passed the graph stage: fusions are done, layouts are not.
#include "tools/kiln/ExposeLayers.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/StringMap.h"

using namespace mlir;

namespace kiln::tool {
namespace {

/// The values that depend on arguments, in the order of execution.
std::vector<Value> dataDependent(func::FuncOp func) {
  llvm::DenseSet<Value> dependent(func.getArguments().begin(), func.getArguments().end());
  std::vector<Value> ordered;
  for (Operation &op : func.getBody().front())
    if (llvm::any_of(op.getOperands(), [&](Value operand) { return dependent.contains(operand); }))
      for (Value result : op.getResults()) {
        dependent.insert(result);
        ordered.push_back(result);
      }
  return ordered;
}

std::string nameOf(Value value) {
  if (auto name = dyn_cast<NameLoc>(value.getLoc()))
    return name.getName().str();
  if (auto fused = dyn_cast<FusedLoc>(value.getLoc()))
    for (Location part : fused.getLocations())
      if (auto name = dyn_cast<NameLoc>(part))
        return name.getName().str();
  return value.getDefiningOp()->getName().getStringRef().str();
}

/// Names of outputs have to differ: "conv1", "conv1#2".
std::string makeUnique(std::string name, llvm::StringMap<unsigned> &uses) {
  unsigned count = ++uses[name];
  return count == 1 ? name : makeUnique(name + "#" + std::to_string(count), uses);
}

} // namespace

FailureOr<std::vector<Layer>> exposeLayers(ModuleOp module) {
  auto functions = module.getOps<func::FuncOp>();
  if (functions.empty())
    return module.emitError("the model has no function"), failure();
  func::FuncOp func = *functions.begin();
  auto ret = cast<func::ReturnOp>(func.getBody().front().getTerminator());
  llvm::DenseMap<Value, unsigned> outputs;
  llvm::StringMap<unsigned> uses;
  for (auto [index, value] : llvm::enumerate(ret.getOperands())) {
    outputs.try_emplace(value, index);
    if (auto name = func.getResultAttrOfType<StringAttr>(index, "nn.name"))
      ++uses[name.getValue()];
  }
  Builder builder(func.getContext());
  std::vector<Layer> layers;
  for (Value value : dataDependent(func)) {
    auto [entry, isNew] = outputs.try_emplace(value, func.getNumResults());
    std::string name = nameOf(value);
    if (isNew) {
      name = makeUnique(name, uses);
      auto attributes =
          builder.getDictionaryAttr(builder.getNamedAttr("nn.name", builder.getStringAttr(name)));
      if (failed(func.insertResult(func.getNumResults(), value.getType(), attributes)))
        return func.emitError("cannot make '") << name << "' an output", failure();
      ret.getOperandsMutable().append(value);
    }
    layers.push_back({name, value.getDefiningOp()->getName().getStringRef().str(), entry->second});
  }
  return layers;
}

} // namespace kiln::tool
