// See Prologue.h.
#include "compiler/schedule/Prologue.h"

using namespace mlir;

namespace kiln {
namespace {

RankedTensorType typeOf(Value value) { return cast<RankedTensorType>(value.getType()); }

/// True for a blocked 1 x C x 1 x 1.
bool isPerChannel(Value value) {
  RankedTensorType type = typeOf(value);
  return layoutOf(type) && type.getRank() >= 3 && type.getDimSize(0) == 1 &&
         llvm::all_of(type.getShape().drop_front(2), [](int64_t size) { return size == 1; });
}

/// The map and the value per channel of an op that only one other reads.
template <typename Op> std::optional<std::pair<Value, Value>> mapAndChannels(Value result) {
  auto op = result.getDefiningOp<Op>();
  if (!op || !op->hasOneUse())
    return std::nullopt;
  Value first = op->getOperand(0), second = op->getOperand(1);
  if (isPerChannel(first))
    std::swap(first, second);
  if (!isPerChannel(second) || isPerChannel(first) || !layoutOf(typeOf(first)) ||
      typeOf(first).getShape() != typeOf(result).getShape())
    return std::nullopt;
  return std::pair(first, second);
}

bool isPoint(nn::ConvOp conv) {
  auto packed = dyn_cast_if_present<nn::PackedAttr>(typeOf(conv.getFilter()).getEncoding());
  auto isOne = [](int64_t size) { return size == 1; };
  return packed && nn::isBlocked(packed.getForm()) && conv.getGroups() == 1 &&
         llvm::all_of(typeOf(conv.getFilter()).getShape().drop_front(2), isOne) &&
         llvm::all_of(conv.getStrides(), isOne) &&
         llvm::all_of(conv.getPads(), [](int64_t pad) { return pad == 0; });
}

std::optional<Prologue> preactivationOf(nn::ConvOp conv) {
  auto relu = conv.getInput().getDefiningOp<nn::ReluOp>();
  if (!relu || !relu->hasOneUse())
    return std::nullopt;
  auto added = mapAndChannels<nn::AddOp>(relu.getInput());
  if (!added)
    return std::nullopt;
  auto scaled = mapAndChannels<nn::MulOp>(added->first);
  if (!scaled)
    return std::nullopt;
  return Prologue{scaled->first,
                  scaled->second,
                  added->second,
                  nn::ConvOp(),
                  {added->first.getDefiningOp(), relu.getInput().getDefiningOp(), relu}};
}

std::optional<Prologue> depthwiseOf(nn::ConvOp conv) {
  auto depthwise = conv.getInput().getDefiningOp<nn::ConvOp>();
  if (!depthwise || !depthwise->hasOneUse() || depthwise.getResidual())
    return std::nullopt;
  auto packed = dyn_cast_if_present<nn::PackedAttr>(typeOf(depthwise.getFilter()).getEncoding());
  if (!packed || packed.getForm() != nn::FilterForm::Depthwise)
    return std::nullopt;
  return Prologue{depthwise.getInput(), Value(), Value(), depthwise, {depthwise}};
}

} // namespace

std::optional<Prologue> prologueOf(nn::ConvOp conv) {
  if (!isPoint(conv) || isDense(conv))
    return std::nullopt;
  std::optional<Prologue> prologue = preactivationOf(conv);
  return prologue ? prologue : depthwiseOf(conv);
}

std::optional<Prologue> takenPrologue(nn::ConvOp conv) {
  return conv->hasAttr(prologueAttribute) ? prologueOf(conv) : std::nullopt;
}

bool isInputOfPrologue(Value value) {
  return llvm::any_of(value.getUsers(), [&](Operation *user) {
    Operation *reader = user;
    // The factor, the addend, the ReLU.
    for (int i = 0; i < 3 && reader; ++i)
      reader = reader->hasOneUse() ? *reader->getUsers().begin() : nullptr;
    auto conv = dyn_cast_if_present<nn::ConvOp>(reader);
    std::optional<Prologue> prologue = conv ? takenPrologue(conv) : std::nullopt;
    return prologue && prologue->input == value;
  });
}

} // namespace kiln
