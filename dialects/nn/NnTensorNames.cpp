// See NnTensorNames.h.
#include "dialects/nn/NnTensorNames.h"

#include "dialects/nn/NnLayerFacts.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

using namespace mlir;

namespace kiln::nn {

static constexpr llvm::StringLiteral nameAttribute = "nn.name";

static DictionaryAttr namesAt(Operation *op) {
  auto fused = dyn_cast<FusedLoc>(innermostOf(op->getLoc()));
  if (!fused || layerFactsOf(op))
    return DictionaryAttr();
  return dyn_cast_or_null<DictionaryAttr>(fused.getMetadata());
}

void addTensorName(OpResult result, llvm::StringRef name) {
  Operation *op = result.getOwner();
  assert(!layerFactsOf(op) && "the place of the names is taken");
  Builder builder(op->getContext());
  NamedAttrList names(namesAt(op));
  names.set(name, builder.getI64IntegerAttr(result.getResultNumber()));
  Location end = FusedLoc::get(op->getContext(), {builder.getUnknownLoc()},
                               names.getDictionary(op->getContext()));
  op->setLoc(withInnermost(op->getLoc(), end));
}

void forEachTensorName(func::FuncOp func, llvm::function_ref<void(llvm::StringRef, Value)> body) {
  for (auto [i, argument] : llvm::enumerate(func.getArguments()))
    if (auto name = func.getArgAttrOfType<StringAttr>(i, nameAttribute))
      body(name.getValue(), argument);
  func.walk([&](Operation *op) {
    auto name = dyn_cast<NameLoc>(op->getLoc());
    if (name && op->getNumResults() > 0)
      body(name.getName().getValue(), op->getResult(0));
  });
  func.walk([&](Operation *op) {
    DictionaryAttr names = namesAt(op);
    for (NamedAttribute name : names ? names.getValue() : ArrayRef<NamedAttribute>())
      if (auto number = dyn_cast<IntegerAttr>(name.getValue());
          number && number.getInt() < op->getNumResults())
        body(name.getName().getValue(), op->getResult(number.getInt()));
  });
  auto results = cast<func::ReturnOp>(func.getBody().front().getTerminator()).getOperands();
  for (auto [i, result] : llvm::enumerate(results))
    if (auto name = func.getResultAttrOfType<StringAttr>(i, nameAttribute))
      body(name.getValue(), result);
}

} // namespace kiln::nn
