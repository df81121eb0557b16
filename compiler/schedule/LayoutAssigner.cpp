// Which tensors are stored in channel blocks. A convolution with few input channels that are plain
// reads them planar; a convolution of a whole map to one pixel writes a plain row, as the matrix
// product that it is.
#include "compiler/schedule/LayoutAssigner.h"

#include "compiler/schedule/TailCost.h"
#include "dialects/nn/NnBuild.h"

#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace kiln {

static RankedTensorType typeOf(Value value) { return cast<RankedTensorType>(value.getType()); }

static bool isMap(RankedTensorType type) {
  return type.getRank() >= 3 && type.getRank() <= 5 && type.getElementType().isF32() &&
         type.getNumElements() > 0;
}

/// The comparison whose truth values only this choice over the same map reads, so that they never
/// reach memory; null where there is none.
static nn::CompareOp conditionOf(nn::SelectOp select) {
  auto compare = select.getCondition().getDefiningOp<nn::CompareOp>();
  bool isFused = compare && compare->hasOneUse() &&
                 typeOf(compare.getResult()).getShape() == typeOf(select.getResult()).getShape();
  return isFused ? compare : nn::CompareOp();
}

static bool isReadByChoice(nn::CompareOp compare) {
  auto select =
      compare->hasOneUse() ? dyn_cast<nn::SelectOp>(*compare->getUsers().begin()) : nn::SelectOp();
  return select && conditionOf(select) == compare;
}

void LayoutAssigner::run() {
  SmallVector<Operation *> ops;
  for (Operation &op : func.getBody().front())
    ops.push_back(&op);
  for (Operation *op : ops)
    assign(op);
  assignBorders();
}

void LayoutAssigner::assign(Operation *op) {
  builder.setInsertionPoint(op);
  if (auto conv = dyn_cast<nn::ConvOp>(op); conv && isMap(typeOf(conv.getResult())))
    return assignConv(conv);
  if (auto conv = dyn_cast<nn::LocalConvOp>(op); conv && isMap(typeOf(conv.getResult())))
    return assignMapOp(conv);
  if (auto gemm = dyn_cast<nn::GemmOp>(op);
      gemm && typeOf(gemm.getResult()).getElementType().isF32())
    return assignGemm(gemm);
  if (isa<nn::MaxPoolOp, nn::AveragePoolOp, nn::GlobalAveragePoolOp, nn::GlobalMaxPoolOp, nn::LrnOp,
          nn::ResizeOp>(op) &&
      isMap(typeOf(op->getResult(0))))
    return assignMapOp(op);
  if (auto concat = dyn_cast<nn::ConcatOp>(op); concat && assignConcat(concat))
    return;
  if (auto weave = dyn_cast<nn::InterleaveOp>(op); weave && isMap(typeOf(weave.getResult())))
    return assignInterleave(weave);
  if (auto compare = dyn_cast<nn::CompareOp>(op); compare && isReadByChoice(compare))
    return; // with the choice
  if (auto select = dyn_cast<nn::SelectOp>(op))
    return assignSelect(select);
  if (op->hasTrait<nn::Pointwise>() && op->getNumResults() == 1 && assignPointwise(op))
    return;
  assignPlain(op);
}

Value LayoutAssigner::convert(Value value, nn::BlockedAttr layout) {
  RankedTensorType type = typeOf(value);
  if (layoutOf(type) == layout)
    return value;
  if (auto relayout = value.getDefiningOp<nn::RelayoutOp>();
      relayout && layoutOf(typeOf(relayout.getInput())) == layout)
    return relayout.getInput();
  Value &result = converted[{value, layout}];
  if (!result) {
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointAfterValue(value);
    result = nn::RelayoutOp::create(builder, value.getLoc(), withLayout(type, layout), value);
  }
  return result;
}

Value LayoutAssigner::pack(Location loc, Value filter, nn::FilterForm form, int64_t groups) {
  return nn::PackFilterOp::create(builder, loc, plain(filter), form, groups, channelBlock);
}

Value LayoutAssigner::padVector(Value vector) {
  return vector ? convert(vector, layout(channelBlock)) : Value();
}

/// A kernel that reads planes computes half a block of filters at a time, and those from one group.
static bool fitsPlanar(nn::ConvOp conv) {
  int64_t filters = typeOf(conv.getFilter()).getDimSize(0);
  return conv.getGroups() == 1 || filters / conv.getGroups() % (channelBlock / 2) == 0;
}

/// Channels in the lanes gain where many lanes of the last block of filters would be empty. With
/// several groups, whatever is computed in halves has pairs of channels in its lanes.
static bool gainsFromTail(RankedTensorType filter, int64_t groups) {
  int64_t filters = filter.getDimSize(0);
  return nn::hasTail(filters, filter.getDimSize(1), groups, channelBlock) &&
         (groups > 1 ||
          costOfTail(filter) < static_cast<double>(filter.getNumElements() / filters));
}

void LayoutAssigner::assignConv(nn::ConvOp conv) {
  if (isDense(conv))
    return assignDense(conv);
  Value input = conv.getInput();
  int64_t channels = typeOf(input).getDimSize(1);
  nn::FilterForm form = nn::FilterForm::Blocked;
  if (conv.isDepthwise() && channels > 1)
    form = nn::FilterForm::Depthwise;
  else if (!layoutOf(typeOf(input)) && channels < channelBlock && fitsPlanar(conv))
    form = nn::FilterForm::Planar;
  else if (RankedTensorType filter = typeOf(conv.getFilter()); nn::hasSmallGroups(
               filter.getDimSize(0), filter.getDimSize(1), conv.getGroups(), channelBlock))
    form = nn::FilterForm::Grouped;
  else if (gainsFromTail(typeOf(conv.getFilter()), conv.getGroups()))
    form = nn::FilterForm::Tail;
  bool isPlanar = form == nn::FilterForm::Planar;
  conv.getInputMutable().assign(convert(input, layout(isPlanar ? 1 : channelBlock)));
  conv.getFilterMutable().assign(pack(conv.getLoc(), conv.getFilter(), form, conv.getGroups()));
  if (conv.getBias())
    conv.getBiasMutable().assign(padVector(conv.getBias()));
  if (conv.getResidual())
    conv.getResidualMutable().assign(blocked(conv.getResidual()));
  conv.getResult().setType(withLayout(typeOf(conv.getResult()), layout(channelBlock)));
}

// A blocked map is read as one long row, and the filter packed for blocks is the matrix that fits
// it. A plain map is a row of another order: then the op becomes a gemm.
void LayoutAssigner::assignDense(nn::ConvOp conv) {
  Value input = conv.getInput();
  // What fills the last block must not take part: it may be infinite, and zero weights would not
  // help.
  if (layoutOf(typeOf(input)) && typeOf(input).getDimSize(1) % channelBlock == 0) {
    conv.getInputMutable().assign(blocked(input));
    conv.getFilterMutable().assign(
        pack(conv.getLoc(), conv.getFilter(), nn::FilterForm::Blocked, 1));
    if (conv.getBias())
      conv.getBiasMutable().assign(padVector(conv.getBias()));
    return;
  }
  auto rows = [&](Value value) {
    RankedTensorType type = typeOf(value);
    int64_t count = type.getDimSize(0);
    auto matrix =
        RankedTensorType::get({count, type.getNumElements() / count}, type.getElementType());
    return nn::ReshapeOp::create(builder, conv.getLoc(), matrix, value).getResult();
  };
  auto one = builder.getF64FloatAttr(1.0);
  auto gemm = nn::GemmOp::create(builder, conv.getLoc(), rows(plain(input)), rows(conv.getFilter()),
                                 conv.getBias(), builder.getBoolAttr(false),
                                 builder.getBoolAttr(true), one, one, conv.getActivationAttr());
  Value result = nn::ReshapeOp::create(builder, conv.getLoc(), typeOf(conv.getResult()), gemm);
  conv.getResult().replaceAllUsesWith(result);
  conv.erase();
  builder.setInsertionPoint(gemm);
  assignGemm(gemm);
}

void LayoutAssigner::assignGemm(nn::GemmOp gemm) {
  gemm.getAMutable().assign(plain(gemm.getA()));
  Value b = plain(gemm.getB());
  // The planar packing of N filters of K channels and one pixel is that of the K x N matrix.
  b = pack(gemm.getLoc(), b, gemm.getTransB() ? nn::FilterForm::Planar : nn::FilterForm::Gemm, 1);
  gemm.getBMutable().assign(b);
  if (gemm.getC())
    gemm.getCMutable().assign(padVector(gemm.getC()));
}

void LayoutAssigner::assignMapOp(Operation *op) {
  op->setOperand(0, blocked(op->getOperand(0)));
  op->getResult(0).setType(withLayout(typeOf(op->getResult(0)), layout(channelBlock)));
}

Value LayoutAssigner::pointwiseOperand(Value operand, RankedTensorType result) {
  RankedTensorType type = typeOf(operand);
  if (type.getNumElements() == 1 && !layoutOf(type))
    return operand;
  if (type.getRank() > result.getRank())
    return Value();
  SmallVector<int64_t> shape(result.getRank() - type.getRank(), 1);
  llvm::append_range(shape, type.getShape());
  if (shape[1] != result.getDimSize(1))
    return Value();
  if (shape.size() != static_cast<size_t>(type.getRank())) {
    auto full = RankedTensorType::get(shape, type.getElementType());
    operand = nn::ReshapeOp::create(builder, operand.getLoc(), full, plain(operand));
  }
  return blocked(operand);
}

/// True for a division of everything by one number that is known not to be zero.
static bool dividesByNumber(Operation *op) {
  auto division = dyn_cast<nn::DivOp>(op);
  auto divisor = division ? nn::constantFloats(division.getRhs()) : std::nullopt;
  return divisor && divisor->size() == 1 && divisor->front() != 0;
}

// What fills the last block must stay finite: a division or a logarithm of zero there would not.
static bool keepsFillFinite(Operation *op, int64_t channels) {
  return channels % channelBlock == 0 || dividesByNumber(op) ||
         !isa<nn::DivOp, nn::PowOp, nn::LogOp>(op);
}

void LayoutAssigner::assignSelect(nn::SelectOp select) {
  nn::CompareOp compare = conditionOf(select);
  if (compare && assignChoice(compare, select))
    return;
  if (compare)
    assignPlain(compare);
  assignPlain(select);
}

bool LayoutAssigner::assignChoice(nn::CompareOp compare, nn::SelectOp select) {
  RankedTensorType result = typeOf(select.getResult());
  SmallVector<Value> values{compare.getLhs(), compare.getRhs(), select.getLhs(), select.getRhs()};
  auto isBlocked = [](Value value) { return static_cast<bool>(layoutOf(typeOf(value))); };
  auto isFloat = [](Value value) { return typeOf(value).getElementType().isF32(); };
  if (!isMap(result) || llvm::none_of(values, isBlocked) || !llvm::all_of(values, isFloat))
    return false;
  for (auto [index, value] : llvm::enumerate(values)) {
    builder.setInsertionPoint(index < 2 ? compare.getOperation() : select.getOperation());
    value = pointwiseOperand(value, result);
    if (!value)
      return false;
  }
  compare->setOperands({values[0], values[1]});
  select.getLhsMutable().assign(values[2]);
  select.getRhsMutable().assign(values[3]);
  for (Value value : {compare.getResult(), select.getResult()})
    value.setType(withLayout(typeOf(value), layout(channelBlock)));
  return true;
}

bool LayoutAssigner::assignPointwise(Operation *op) {
  RankedTensorType result = typeOf(op->getResult(0));
  auto isBlocked = [](Value value) { return static_cast<bool>(layoutOf(typeOf(value))); };
  auto isFloat = [](Value value) { return typeOf(value).getElementType().isF32(); };
  if (!isMap(result) || llvm::none_of(op->getOperands(), isBlocked) ||
      !llvm::all_of(op->getOperands(), isFloat) || !keepsFillFinite(op, result.getDimSize(1)))
    return false;
  SmallVector<Value> operands;
  for (Value operand : op->getOperands()) {
    operands.push_back(pointwiseOperand(operand, result));
    if (!operands.back())
      return false;
  }
  op->setOperands(operands);
  op->getResult(0).setType(withLayout(result, layout(channelBlock)));
  return true;
}

// Whole blocks are copied, so every part but the last must fill its blocks.
bool LayoutAssigner::assignConcat(nn::ConcatOp concat) {
  auto isBlocked = [](Value value) { return static_cast<bool>(layoutOf(typeOf(value))); };
  auto fillsBlocks = [](Value value) { return typeOf(value).getDimSize(1) % channelBlock == 0; };
  if (!isMap(typeOf(concat.getResult())) || concat.getAxis() != 1 ||
      llvm::none_of(concat.getInputs(), isBlocked) ||
      !llvm::all_of(concat.getInputs().drop_back(), fillsBlocks))
    return false;
  SmallVector<Value> parts =
      llvm::map_to_vector(concat.getInputs(), [&](Value part) { return blocked(part); });
  concat.getInputsMutable().assign(parts);
  concat.getResult().setType(withLayout(typeOf(concat.getResult()), layout(channelBlock)));
  return true;
}

void LayoutAssigner::assignInterleave(nn::InterleaveOp weave) {
  SmallVector<Value> parts =
      llvm::map_to_vector(weave.getInputs(), [&](Value part) { return blocked(part); });
  weave.getInputsMutable().assign(parts);
  weave.getResult().setType(withLayout(typeOf(weave.getResult()), layout(channelBlock)));
}

void LayoutAssigner::assignPlain(Operation *op) {
  for (OpOperand &operand : op->getOpOperands())
    if (isa<RankedTensorType>(operand.get().getType()))
      operand.set(plain(operand.get()));
}

// The border of a map is the union of what the padded convolutions that read it need.
template <typename ConvOp>
void LayoutAssigner::requireBorder(ConvOp conv, ArrayRef<int64_t> kernel) {
  RankedTensorType input = typeOf(conv.getInput()), result = typeOf(conv.getResult());
  size_t rank = kernel.size();
  SmallVector<int64_t> &border = borders[conv.getInput()];
  border.resize(2 * rank, 0);
  for (size_t i = 0; i < rank; ++i) {
    int64_t begin = conv.getPads()[i];
    int64_t lastTap = (result.getDimSize(2 + i) - 1) * conv.getStrides()[i] +
                      (kernel[i] - 1) * conv.getDilations()[i] - begin;
    border[i] = std::max(border[i], begin);
    border[rank + i] = std::max(border[rank + i], lastTap + 1 - input.getDimSize(2 + i));
  }
}

void LayoutAssigner::assignBorders() {
  SmallVector<nn::ConvOp> dense;
  func.walk([&](nn::ConvOp conv) {
    if (!layoutOf(typeOf(conv.getInput())))
      return;
    if (isDense(conv))
      dense.push_back(conv);
    else
      requireBorder(conv, typeOf(conv.getFilter()).getShape().drop_front(2));
  });
  func.walk([&](nn::LocalConvOp conv) {
    if (layoutOf(typeOf(conv.getInput())))
      requireBorder(conv, conv.getKernelShape());
  });
  for (auto &[value, border] : borders) {
    if (llvm::all_of(border, [](int64_t width) { return width == 0; }))
      continue;
    auto layout =
        nn::BlockedAttr::get(func.getContext(), layoutOf(typeOf(value)).getBlock(), border);
    value.setType(withLayout(typeOf(value), layout));
  }
  // A dense layer reads a map as one row, without a border.
  for (nn::ConvOp conv : dense) {
    if (layoutOf(typeOf(conv.getInput())).getBorder().empty())
      continue;
    builder.setInsertionPoint(conv);
    auto type = withLayout(typeOf(conv.getInput()), layout(channelBlock));
    conv.getInputMutable().assign(
        nn::RelayoutOp::create(builder, conv.getLoc(), type, conv.getInput()));
  }
}

} // namespace kiln
