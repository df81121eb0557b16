// Facts are the metadata of a fused location; names of tensors and nodes stay around it.
#include "dialects/nn/NnLayerFacts.h"

#include "dialects/nn/NnBuild.h"

using namespace mlir;

namespace kiln::nn {

static constexpr llvm::StringLiteral classKey = "class", shapeKey = "shape", orderKey = "order";

Location innermostOf(Location loc) {
  while (auto name = dyn_cast<NameLoc>(loc))
    loc = name.getChildLoc();
  return loc;
}

Location withInnermost(Location loc, Location end) {
  auto name = dyn_cast<NameLoc>(loc);
  return name ? NameLoc::get(name.getName(), withInnermost(name.getChildLoc(), end)) : end;
}

/// The numbers of the facts, under their names in the metadata.
static constexpr std::pair<llvm::StringLiteral, int64_t LayerFacts::*> numbers[] = {
    {"trainable", &LayerFacts::trainable},
    {"non_trainable", &LayerFacts::nonTrainable},
    {"repeated_trainable", &LayerFacts::repeatedTrainable},
    {"repeated_non_trainable", &LayerFacts::repeatedNonTrainable},
    {"position", &LayerFacts::position},
    {"end", &LayerFacts::end},
};

void setLayerFacts(Operation *op, const LayerFacts &facts) {
  Builder builder(op->getContext());
  NamedAttrList metadata;
  metadata.append(classKey, builder.getStringAttr(facts.className));
  metadata.append(shapeKey, builder.getDenseI64ArrayAttr(facts.shape));
  metadata.append(orderKey, builder.getDenseI64ArrayAttr(facts.order));
  for (const auto &[key, member] : numbers)
    metadata.append(key, builder.getI64IntegerAttr(facts.*member));
  Location end = FusedLoc::get(op->getContext(), {builder.getUnknownLoc()},
                               metadata.getDictionary(op->getContext()));
  op->setLoc(withInnermost(op->getLoc(), end));
}

std::optional<LayerFacts> layerFactsOf(Operation *op) {
  auto fused = dyn_cast<FusedLoc>(innermostOf(op->getLoc()));
  auto metadata = fused ? dyn_cast_or_null<DictionaryAttr>(fused.getMetadata()) : DictionaryAttr();
  if (!metadata)
    return std::nullopt;
  auto className = metadata.getAs<StringAttr>(classKey);
  auto shape = metadata.getAs<DenseI64ArrayAttr>(shapeKey);
  auto order = metadata.getAs<DenseI64ArrayAttr>(orderKey);
  if (!className || !shape || !order)
    return std::nullopt;
  LayerFacts facts{className.getValue(), shape.asArrayRef(), order.asArrayRef()};
  for (const auto &[key, member] : numbers) {
    auto number = metadata.getAs<IntegerAttr>(key);
    if (!number)
      return std::nullopt;
    facts.*member = number.getInt();
  }
  return facts;
}

FailureOr<Value> asWritten(OpBuilder &builder, Location loc, Value value) {
  std::optional<LayerFacts> facts;
  if (Operation *op = value.getDefiningOp())
    facts = layerFactsOf(op);
  if (!facts)
    return value;
  auto type = cast<RankedTensorType>(value.getType());
  llvm::SmallVector<int64_t> places(facts->order.size(), -1);
  for (auto [place, axis] : llvm::enumerate(facts->order))
    if (axis >= 0 && axis < static_cast<int64_t>(places.size()))
      places[axis] = static_cast<int64_t>(place);
  if (type.getRank() != static_cast<int64_t>(places.size()) || llvm::is_contained(places, -1))
    return emitError(loc,
                     "the order of dimensions in the location of an op does not fit its result");
  FailureOr<Value> result = value;
  if (!llvm::is_sorted(places))
    result = createOrFoldChecked<TransposeOp>(builder, loc, value, places);
  auto shaped = checkedTensorType(loc, facts->shape, type.getElementType());
  if (failed(result) || failed(shaped))
    return failure();
  if (result->getType() == *shaped)
    return result;
  return createOrFoldCheckedAs<ReshapeOp>(builder, loc, *shaped, *result);
}

} // namespace kiln::nn
