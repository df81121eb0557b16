// Rules and result types of relayout and of filter packing.
#include "dialects/nn/NnDialect.h"
#include "dialects/nn/NnShapeInference.h"

#include "mlir/Dialect/Utils/IndexingUtils.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace kiln::nn {

LogicalResult RelayoutOp::verify() {
  if (equalIgnoringEncoding(TypeRange{getInput().getType()}, TypeRange{getResult().getType()}))
    return success();
  return RuleReporter(*this).broken(
      "RL1", "input and result must differ in their layout only, but have types ",
      getInput().getType(), " and ", getResult().getType());
}

int64_t filterInputBlocks(int64_t filters, int64_t channels, int64_t groups, int64_t block) {
  int64_t perGroup = channels / groups, filtersPerGroup = filters / groups, most = 1;
  for (int64_t first = 0; first < filters; first += block) {
    int64_t last = std::min(first + block, filters) - 1;
    int64_t begin = first / filtersPerGroup * perGroup / block;
    int64_t end = llvm::divideCeil((last / filtersPerGroup + 1) * perGroup, block);
    most = std::max(most, end - begin);
  }
  return most;
}

bool isBlocked(FilterForm form) { return form == FilterForm::Blocked || form == FilterForm::Tail; }

bool readsOwnLanes(FilterForm form) {
  return form == FilterForm::Depthwise || form == FilterForm::Grouped;
}

bool hasSmallGroups(int64_t filters, int64_t channelsPerGroup, int64_t groups, int64_t block) {
  int64_t filtersPerGroup = filters / groups;
  return groups > 1 && filtersPerGroup > 1 && filtersPerGroup < block &&
         block % filtersPerGroup == 0 && filtersPerGroup % channelsPerGroup == 0;
}

int64_t channelOfGroupedRow(int64_t row, int64_t lane, int64_t channelsPerGroup) {
  return row ^ (lane & 4 & (channelsPerGroup - 1));
}

bool isWholeBlock(int64_t number, int64_t filters, int64_t groups, int64_t block) {
  int64_t first = number * block, count = std::min(block, filters - first),
          perGroup = filters / groups;
  if (groups == 1)
    return count == block;
  return count > block / 2 && first / perGroup == (first + count - 1) / perGroup;
}

bool hasTail(int64_t filters, int64_t channelsPerGroup, int64_t groups, int64_t block) {
  bool areWhole =
      llvm::all_of(llvm::seq<int64_t>(0, llvm::divideCeilSigned(filters, block)),
                   [&](int64_t number) { return isWholeBlock(number, filters, groups, block); });
  return !areWhole && (groups == 1 || channelsPerGroup % 2 == 0);
}

bool hasPairs(int64_t filters, int64_t channels, int64_t block) {
  return 2 * filters * llvm::divideCeilSigned(channels, block) >= channels;
}

SmallVector<int64_t> roundedShape(int64_t blocks, int64_t rows, int64_t block) {
  return {blocks, llvm::divideCeilSigned(rows, kRowsOfWords), kWordsOfRows, block};
}

int64_t winogradTile(FilterForm form) {
  bool isWinograd = form >= FilterForm::WinogradF2 && form <= FilterForm::WinogradF6;
  return isWinograd ? static_cast<int64_t>(form) - static_cast<int64_t>(FilterForm::WinogradF2) +
                          leastWinogradTile
                    : 0;
}

FilterForm winogradForm(int64_t tile) {
  assert(tile >= leastWinogradTile && tile <= mostWinogradTile && "no such form");
  return static_cast<FilterForm>(static_cast<int64_t>(FilterForm::WinogradF2) + tile -
                                 leastWinogradTile);
}

WinogradSizes::WinogradSizes(FilterForm form, ArrayRef<int64_t> allTaps)
    : depthTaps(allTaps[0]), taps{allTaps[1], allTaps[2]} {
  for (int d = 0; d < 2; ++d) {
    tile[d] = taps[d] == 1 ? 1 : winogradTile(form);
    extent[d] = tile[d] + taps[d] - 1;
  }
}

WinogradSizes WinogradSizes::ofFilter(FilterForm form, ArrayRef<int64_t> filter) {
  SmallVector<int64_t> taps(5 - filter.size(), 1);
  llvm::append_range(taps, filter.drop_front(2));
  return {form, taps};
}

int64_t WinogradSizes::tiles(int64_t batch, ArrayRef<int64_t> map) const {
  return batch * map[0] * llvm::divideCeilSigned(map[1], tile[0]) *
         llvm::divideCeilSigned(map[2], tile[1]);
}

bool WinogradSizes::isPossible() const {
  return points() > 1 && extent[0] <= mostExtent && extent[1] <= mostExtent;
}

/// What keeps a filter from being packed for Winograd's algorithm.
static std::optional<std::string> winogradFault(ArrayRef<int64_t> filter, FilterForm form,
                                                int64_t groups, int64_t block) {
  if (groups != 1 && (filter[1] % block != 0 || filter[0] / groups % block != 0))
    return llvm::formatv("the filters and channels of a group ({0}, {1}) must be multiples of {2} "
                         "for {3} [PF2]",
                         filter[0] / groups, filter[1], block, stringifyFilterForm(form));
  if (!WinogradSizes::ofFilter(form, filter).isPossible())
    return llvm::formatv("taps must be at most {0} in height and width, and more than one in all, "
                         "for {1}, but the filter is {2} [PF5]",
                         WinogradSizes::mostExtent + 1 - winogradTile(form),
                         stringifyFilterForm(form), shapeText(filter));
  return std::nullopt;
}

/// What keeps elements from being stored in so many bits.
static std::optional<std::string> bitsFault(ArrayRef<int64_t> filter, FilterForm form, Type element,
                                            int64_t groups, int64_t block, int64_t bits) {
  bool isMatrix = form == FilterForm::Planar || form == FilterForm::Gemm ||
                  (form == FilterForm::Blocked && filter[1] % block == 0);
  if (bits == 32 || (bits == 24 && isMatrix && groups == 1 && element.isF32()))
    return std::nullopt;
  return llvm::formatv("bits must be 32, or 24 for f32 packed in one group as planar, gemm, or "
                       "blocked with whole blocks of channels, but is {0} [PF6]",
                       bits);
}

/// What must hold for a filter to be packed in a form; the message, with its label, where it does
/// not.
static std::optional<std::string> packingFault(ArrayRef<int64_t> filter, FilterForm form,
                                               int64_t groups, int64_t block) {
  bool isGemm = form == FilterForm::Gemm, isPlanar = form == FilterForm::Planar;
  size_t least = isGemm || isPlanar ? 2 : 3, most = isGemm ? 2 : 5;
  if (filter.size() < least || filter.size() > most)
    return llvm::formatv("filter must have a rank from {0} to {1}, but has {2} [PF1]", least, most,
                         filter.size());
  if (block < 1 || block > kMaxBlock)
    return llvm::formatv("block must be from 1 to {0}, but is {1} [PF1]", kMaxBlock, block);
  if (llvm::is_contained(filter, 0))
    return llvm::formatv("filter must not be empty, but has shape {0} [PF1]", shapeText(filter));
  if (groups < 1 || filter[0] % groups != 0)
    return llvm::formatv("groups ({0}) must divide the number of filters ({1}) [PF2]", groups,
                         filter[0]);
  if (isGemm && groups != 1)
    return llvm::formatv("groups must be 1 for {0}, but is {1} [PF2]", stringifyFilterForm(form),
                         groups);
  int64_t half = std::max<int64_t>(1, block / 2);
  if (isPlanar && groups != 1 && filter[0] / groups % half != 0)
    return llvm::formatv("the filters of a group ({0}) must be a multiple of {1} for planar [PF2]",
                         filter[0] / groups, half);
  if (winogradTile(form))
    return winogradFault(filter, form, groups, block);
  if (form == FilterForm::Depthwise && (groups != filter[0] || filter[1] != 1))
    return llvm::formatv("groups ({0}) must be the number of filters ({1}) of one channel for "
                         "depthwise [PF2]",
                         groups, filter[0]);
  if (form == FilterForm::Grouped && !hasSmallGroups(filter[0], filter[1], groups, block))
    return llvm::formatv("several groups must fill a block of {0} filters, and the filters of a "
                         "group ({1}) be a multiple of its channels ({2}) for grouped [PF2]",
                         block, filter[0] / groups, filter[1]);
  if (form == FilterForm::Tail && !hasTail(filter[0], filter[1], groups, block))
    return llvm::formatv("{0} filters in {1} groups of {2} channels have no tail [PF4]", filter[0],
                         groups, filter[1]);
  return std::nullopt;
}

FailureOr<RankedTensorType> PackFilterOp::inferResult(Adaptor pack, const RuleReporter &rules) {
  RankedTensorType type = tensorOf(pack.getFilter());
  ArrayRef<int64_t> filter = type.getShape();
  if (auto fault = packingFault(filter, pack.getForm(), pack.getGroups(), pack.getBlock()))
    return rules.brokenRule(*fault);
  if (auto fault = bitsFault(filter, pack.getForm(), type.getElementType(), pack.getGroups(),
                             pack.getBlock(), pack.getBits()))
    return rules.brokenRule(*fault);
  if (failed(rules.tensorType(filter, type.getElementType())))
    return failure();
  auto packed = PackedAttr::get(type.getContext(), pack.getForm(), pack.getGroups(),
                                pack.getBlock(), pack.getBits());
  return RankedTensorType::get(filter, type.getElementType(), packed);
}

LogicalResult PackFilterOp::verify() {
  auto expected =
      PackedAttr::get(getContext(), getFormAttr().getValue(), getGroups(), getBlock(), getBits());
  if (getResult().getType().getEncoding() == expected)
    return success();
  return RuleReporter(*this).broken("PF3", "result must have the layout ", expected);
}

LogicalResult PackedAttr::verifyEncoding(ArrayRef<int64_t> shape, Type element,
                                         llvm::function_ref<InFlightDiagnostic()> emitError) const {
  if (auto fault = packingFault(shape, getForm(), getGroups(), getBlock()))
    return emitError() << *fault;
  if (auto fault = bitsFault(shape, getForm(), element, getGroups(), getBlock(), getBits()))
    return emitError() << *fault;
  return success();
}

SmallVector<int64_t> PackedAttr::bufferShape(ArrayRef<int64_t> filter) const {
  int64_t block = getBlock(), blocks = llvm::divideCeil(filter[0], block);
  if (isRounded()) {
    auto plain = PackedAttr::get(getContext(), getForm(), getGroups(), block);
    SmallVector<int64_t> shape = plain.bufferShape(filter);
    int64_t rows = computeProduct(ArrayRef(shape).drop_front().drop_back());
    return roundedShape(shape[0], rows, block);
  }
  if (getForm() == FilterForm::Gemm)
    return {int64_t(llvm::divideCeil(filter[1], block)), filter[0], block};
  if (winogradTile(getForm())) {
    auto sizes = WinogradSizes::ofFilter(getForm(), filter);
    return {blocks, sizes.points(), sizes.depthTaps * filter[1], block};
  }
  SmallVector<int64_t> shape{blocks};
  if (isBlocked(getForm()))
    shape.push_back(filterInputBlocks(filter[0], filter[1] * getGroups(), getGroups(), block));
  if (getForm() == FilterForm::Planar)
    shape.push_back(filter[1]);
  shape.append(5 - filter.size(), 1);
  llvm::append_range(shape, filter.drop_front(2));
  if (getForm() == FilterForm::Grouped)
    shape.push_back(filter[1]);
  shape.append(isBlocked(getForm()) ? 2 : 1, block);
  return shape;
}

} // namespace kiln::nn
