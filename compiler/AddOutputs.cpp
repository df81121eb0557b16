// Makes named tensors results of the network, for taps, feature extraction and checks layer by
// layer.
#include "compiler/Pipeline.h"

#include "dialects/nn/NnLayerFacts.h"
#include "dialects/nn/NnTensorNames.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "llvm/ADT/BitVector.h"
#include "llvm/ADT/StringMap.h"

#include <algorithm>

using namespace mlir;

namespace kiln {
namespace {

/// The tensors of a function by the names that the model gives them.
llvm::StringMap<Value> namedTensors(func::FuncOp func) {
  llvm::StringMap<Value> tensors;
  nn::forEachTensorName(func, [&](llvm::StringRef name, Value value) { tensors[name] = value; });
  return tensors;
}

/// The known names that are most like `wanted`, nearest first.
std::string closeNames(const llvm::StringMap<Value> &tensors, llvm::StringRef wanted) {
  std::vector<std::pair<unsigned, llvm::StringRef>> byDistance;
  for (llvm::StringRef name : tensors.keys())
    byDistance.push_back({wanted.edit_distance(name), name});
  std::sort(byDistance.begin(), byDistance.end());
  std::string list;
  for (size_t i = 0; i < std::min<size_t>(5, byDistance.size()); ++i)
    list += (i ? ", '" : "'") + byDistance[i].second.str() + "'";
  return list;
}

} // namespace

LogicalResult addOutputs(ModuleOp module, llvm::ArrayRef<std::string> tensorNames) {
  if (tensorNames.empty())
    return success();
  auto functions = module.getOps<func::FuncOp>();
  if (functions.empty())
    return emitError(module.getLoc(), "the module has no function");
  func::FuncOp func = *functions.begin();
  llvm::StringMap<Value> tensors = namedTensors(func);
  auto ret = cast<func::ReturnOp>(func.getBody().front().getTerminator());
  for (const std::string &name : tensorNames) {
    auto found = tensors.find(name);
    if (found == tensors.end())
      return emitError(func.getLoc(), "no tensor is named '")
             << name << "'; close to it are " << closeNames(tensors, name);
    Location loc = NameLoc::get(StringAttr::get(func.getContext(), name));
    OpBuilder builder(ret);
    FailureOr<Value> value = nn::asWritten(builder, loc, found->second);
    if (failed(value))
      return failure();
    ret.getOperandsMutable().append(*value);
    DictionaryAttr attrs = DictionaryAttr::get(
        func.getContext(), NamedAttribute(StringAttr::get(func.getContext(), "nn.name"),
                                          StringAttr::get(func.getContext(), name)));
    if (failed(func.insertResult(func.getNumResults(), value->getType(), attrs)))
      return emitError(func.getLoc(), "cannot make '") << name << "' an output";
  }
  return success();
}

LogicalResult replaceOutputs(ModuleOp module, llvm::ArrayRef<std::string> tensorNames) {
  if (tensorNames.empty())
    return success();
  auto functions = module.getOps<func::FuncOp>();
  unsigned before = functions.empty() ? 0 : (*functions.begin()).getNumResults();
  if (failed(addOutputs(module, tensorNames)))
    return failure();
  func::FuncOp func = *functions.begin();
  auto ret = cast<func::ReturnOp>(func.getBody().front().getTerminator());
  llvm::BitVector own(func.getNumResults());
  own.set(0, before);
  ret.getOperandsMutable().erase(0, before);
  if (failed(func.eraseResults(own)))
    return emitError(func.getLoc(), "cannot remove the outputs of the model");
  for (Operation &op : llvm::make_early_inc_range(llvm::reverse(func.getBody().front())))
    if (isOpTriviallyDead(&op))
      op.erase();
  return success();
}

} // namespace kiln
