// See KernelChoice.h.
#include "compiler/schedule/KernelChoice.h"

#include "compiler/schedule/ChooseDirect.h"
#include "compiler/schedule/ChooseWinograd.h"
#include "compiler/schedule/Layout.h"
#include "compiler/schedule/Prologue.h"
#include "compiler/schedule/RegisterTiles.h"
#include "compiler/schedule/Tasks.h"

#include "mlir/Dialect/Utils/IndexingUtils.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/raw_ostream.h"

#include <numeric>

using namespace mlir;

namespace kiln {
namespace {

RankedTensorType typeOf(Value value) { return cast<RankedTensorType>(value.getType()); }

/// The most rows of A whose elements of one column stay in the first-level cache together: rows
/// that begin a multiple of a way's size apart compete for the same lines.
int64_t rowsInCache(int64_t inner, const TargetModel &target) {
  constexpr int64_t way = 4096;
  int64_t ways = target.l1Bytes / way;
  return ways * (way / std::gcd(way, inner * static_cast<int64_t>(sizeof(float))));
}

/// Of a matrix product. Two blocks of columns share the loads of A, or with one row stream from
/// memory side by side, which delivers them faster than one after the other.
SmallVector<KernelChoice> choicesOfProduct(MLIRContext *context, int64_t rows, int64_t inner,
                                           int64_t columns, const TargetModel &target) {
  int64_t blocks = llvm::divideCeilSigned(columns, channelBlock);
  int64_t together = std::min(blocks, rows == 1 ? 2 : target.filtersOfTile());
  double operations = 2.0 * static_cast<double>(rows * inner * columns);
  auto unitsOf = [&](RegisterTile tile) {
    return llvm::divideCeilSigned(blocks, together) * llvm::divideCeilSigned(rows, tile.columns);
  };
  TileCosts costs(target, together);
  costs.limitPixels(rowsInCache(inner, target));
  SmallVector<RegisterTile> tiles = costs.cheapest(1, rows);
  SmallVector<KernelChoice> choices;
  for (RegisterTile tile : tiles)
    choices.push_back(scheduled(context, {tile.columns, 1, tile.filters},
                                kernel::LoopOrder::FiltersOuter,
                                Work{operations, unitsOf(tile)}.tasks()));
  addOtherTasks(choices, unitsOf(tiles.front()));
  return choices;
}

SmallVector<KernelChoice> choicesOfGemm(nn::GemmOp gemm, const TargetModel &target) {
  ArrayRef<int64_t> a = typeOf(gemm.getA()).getShape();
  return choicesOfProduct(gemm.getContext(), a[0], a[1], typeOf(gemm.getResult()).getDimSize(1),
                          target);
}

/// A dense layer over a map, which is a row of the matrix.
SmallVector<KernelChoice> choicesOfDense(nn::ConvOp conv, const TargetModel &target) {
  ArrayRef<int64_t> input = typeOf(conv.getInput()).getShape();
  return choicesOfProduct(conv.getContext(), input[0], computeProduct(input.drop_front()),
                          typeOf(conv.getResult()).getDimSize(1), target);
}

SmallVector<KernelChoice> choicesOfConv(nn::ConvOp conv, const TargetModel &target,
                                        StringRef winograd) {
  // Only the direct kernel has a prologue, or writes every few pixels of a map.
  if (std::optional<Prologue> prologue = prologueOf(conv))
    return prologueChoices(conv, *prologue, target);
  if (isDense(conv))
    return choicesOfDense(conv, target);
  SmallVector<KernelChoice> choices;
  bool isWoven = llvm::any_of(conv->getUsers(), llvm::IsaPred<nn::InterleaveOp>);
  SmallVector<WinogradChoice> variants;
  if (!isWoven)
    variants = winogradChoices(conv, winograd, target);
  for (const WinogradChoice &variant : variants) {
    KernelChoice choice;
    choice.schedule = variant.schedule;
    choice.winogradTile = nn::winogradTile(variant.form);
    if (variant.schedule.getFilterTile() == 0)
      choice.filterForm = variant.form;
    else if (formOf(conv) != nn::FilterForm::Blocked)
      choice.filterForm = nn::FilterForm::Blocked;
    choice.gain = variant.gain;
    choice.handicap = variant.handicap;
    choices.push_back(choice);
  }
  if (!variants.empty() && winograd != "auto")
    return choices;
  auto place = !variants.empty() && pays(variants.front()) ? choices.end() : choices.begin();
  SmallVector<KernelChoice> others = directChoices(conv, target);
  choices.insert(place, others.begin(), others.end());
  return choices;
}

/// Pools and copies: the work is what they read or write, in rows of a block of channels. Of a
/// relayout either side is the map in blocks.
SmallVector<KernelChoice> choicesOfMap(Operation *op, int64_t operationsPerElement) {
  RankedTensorType result = typeOf(op->getResult(0));
  int64_t elements = std::max(result.getNumElements(), typeOf(op->getOperand(0)).getNumElements());
  int64_t units =
      llvm::divideCeilSigned(result.getRank() > 1 ? result.getDimSize(1) : 1, channelBlock);
  bool hasRows = layoutOf(result) || isa<nn::RelayoutOp>(op);
  if (hasRows && result.getRank() > 2)
    for (int64_t size : result.getShape().drop_front(2).drop_back())
      units *= size;
  return tasksAlone(op->getContext(), kernel::LoopOrder::FiltersOuter,
                    {static_cast<double>(elements) * operationsPerElement, units});
}

/// Rows are independent.
SmallVector<KernelChoice> choicesOfTopK(nn::TopKOp op) {
  constexpr double operationsPerElement = 4;
  RankedTensorType input = op.getInput().getType();
  double elements = static_cast<double>(input.getNumElements());
  return tasksAlone(
      op.getContext(), kernel::LoopOrder::FiltersOuter,
      {elements * operationsPerElement, input.getNumElements() / input.getDimSize(op.getAxis())});
}

/// Rows of bins are independent.
SmallVector<KernelChoice> choicesOfRoiAlign(nn::RoiAlignOp op) {
  constexpr double samplesPerBin = 4, operationsPerSample = 8;
  RankedTensorType result = op.getResult().getType();
  double elements = static_cast<double>(result.getNumElements());
  return tasksAlone(op.getContext(), kernel::LoopOrder::FiltersOuter,
                    {elements * samplesPerBin * operationsPerSample,
                     result.getDimSize(0) * result.getDimSize(2)});
}

/// Output pixels are independent, and each reads weights of its own.
SmallVector<KernelChoice> choicesOfLocalConv(nn::LocalConvOp conv) {
  RankedTensorType filter = typeOf(conv.getFilter());
  double operations =
      2.0 * static_cast<double>(filter.getNumElements() * typeOf(conv.getResult()).getDimSize(0));
  return tasksAlone(conv.getContext(), kernel::LoopOrder::PixelsOuter,
                    {operations, filter.getDimSize(0)});
}

/// Packs the filter of a convolution for the algorithm that was chosen.
void packFor(nn::ConvOp conv, nn::FilterForm form) {
  auto pack = conv.getFilter().getDefiningOp<nn::PackFilterOp>();
  OpBuilder builder(pack);
  Value filter = nn::PackFilterOp::create(builder, pack.getLoc(), pack.getFilter(), form,
                                          pack.getGroups(), pack.getBlock());
  conv.getFilterMutable().assign(filter);
  if (pack.use_empty())
    pack.erase();
}

} // namespace

std::string KernelChoice::text() const {
  std::string text = filterForm ? (nn::stringifyFilterForm(*filterForm) + " ").str() : "";
  if (prologueRows)
    text += "prologue " + std::to_string(prologueRows) + " ";
  llvm::raw_string_ostream(text) << schedule;
  return text;
}

SmallVector<KernelChoice> choicesFor(Operation *op, const TargetModel &target, StringRef winograd) {
  // Without elements there is no work to divide.
  auto isEmpty = [](Type type) {
    auto tensor = dyn_cast<RankedTensorType>(type);
    return tensor && tensor.getNumElements() == 0;
  };
  if (llvm::any_of(op->getOperandTypes(), isEmpty) || llvm::any_of(op->getResultTypes(), isEmpty))
    return {};
  return llvm::TypeSwitch<Operation *, SmallVector<KernelChoice>>(op)
      .Case([&](nn::ConvOp conv) { return choicesOfConv(conv, target, winograd); })
      .Case([&](nn::GemmOp gemm) { return choicesOfGemm(gemm, target); })
      .Case<nn::MaxPoolOp, nn::AveragePoolOp>(
          [&](Operation *pool) { return choicesOfMap(pool, 9); })
      .Case<nn::GlobalAveragePoolOp, nn::GlobalMaxPoolOp, nn::PackFilterOp, nn::ResizeOp>(
          [&](Operation *map) { return choicesOfMap(map, 2); })
      // Its elements change places in registers, through shuffles.
      .Case([&](nn::RelayoutOp relayout) { return choicesOfMap(relayout, 12); })
      .Case([&](nn::LocalConvOp conv) { return choicesOfLocalConv(conv); })
      .Case([&](nn::TopKOp topK) { return choicesOfTopK(topK); })
      .Case([&](nn::RoiAlignOp align) { return choicesOfRoiAlign(align); })
      .Case([&](nn::LrnOp lrn) { return choicesOfMap(lrn, 40); })
      .Default(SmallVector<KernelChoice>());
}

void applyChoice(Operation *op, const KernelChoice &choice) {
  op->setAttr(scheduleAttribute, choice.schedule);
  if (choice.prologueRows)
    op->setAttr(prologueAttribute, Builder(op).getI64IntegerAttr(choice.prologueRows));
  if (choice.filterForm)
    packFor(cast<nn::ConvOp>(op), *choice.filterForm);
}

std::string textOfKernel(Operation *op) {
  NamedAttrList attributes(op->getAttrDictionary());
  for (NamedAttribute attribute : op->getAttrs())
    if (attribute.getName().strref().starts_with("kernel."))
      attributes.erase(attribute.getName());
  std::string text;
  llvm::raw_string_ostream os(text);
  os << op->getName() << " " << attributes.getDictionary(op->getContext()) << " : ";
  os << FunctionType::get(op->getContext(), op->getOperandTypes(), op->getResultTypes());
  if (auto conv = dyn_cast<nn::ConvOp>(op))
    if (std::optional<Prologue> prologue = prologueOf(conv))
      os << " behind " << (prologue->depthwise ? textOfKernel(prologue->depthwise) : "batch norm");
  return text;
}

} // namespace kiln
