// Rules and result types of relayout and of filter packing.
#include "dialects/nn/NnDialect.h"
#include "dialects/nn/NnShapeInference.h"

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

bool hasTail(int64_t filters, int64_t channels, int64_t groups, int64_t block) {
  int64_t half = std::max<int64_t>(1, block / 2);
  return groups == 1 && channels % half == 0 && filters % half != 0;
}

int64_t winogradTile(FilterForm form) {
  switch (form) {
  case FilterForm::WinogradF2:
    return 2;
  case FilterForm::WinogradF4:
    return 4;
  case FilterForm::WinogradF6:
    return 6;
  default:
    return 0;
  }
}

/// True for taps of 3x3, or 1x3x3.
static bool hasWinogradTaps(ArrayRef<int64_t> filter) {
  ArrayRef<int64_t> taps = filter.drop_front(2);
  return taps.size() >= 2 && taps.take_back(2) == ArrayRef<int64_t>{3, 3} &&
         (taps.size() == 2 || taps[0] == 1);
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
  bool isWinograd = winogradTile(form) != 0;
  if ((isGemm || isWinograd) && groups != 1)
    return llvm::formatv("groups must be 1 for {0}, but is {1} [PF2]", stringifyFilterForm(form),
                         groups);
  int64_t half = std::max<int64_t>(1, block / 2);
  if (isPlanar && groups != 1 && filter[0] / groups % half != 0)
    return llvm::formatv("the filters of a group ({0}) must be a multiple of {1} for planar [PF2]",
                         filter[0] / groups, half);
  if (isWinograd && !hasWinogradTaps(filter))
    return llvm::formatv("taps must be 3x3 for {0}, but the filter is {1} [PF4]",
                         stringifyFilterForm(form), shapeText(filter));
  if (form == FilterForm::Depthwise && (groups != filter[0] || filter[1] != 1))
    return llvm::formatv("groups ({0}) must be the number of filters ({1}) of one channel for "
                         "depthwise [PF2]",
                         groups, filter[0]);
  if (form == FilterForm::Tail && !hasTail(filter[0], filter[1], groups, block))
    return llvm::formatv("{0} filters of {1} channels in {2} groups have no tail [PF4]", filter[0],
                         filter[1], groups);
  return std::nullopt;
}

FailureOr<RankedTensorType> PackFilterOp::inferResult(Adaptor pack, const RuleReporter &rules) {
  RankedTensorType type = tensorOf(pack.getFilter());
  ArrayRef<int64_t> filter = type.getShape();
  if (auto fault = packingFault(filter, pack.getForm(), pack.getGroups(), pack.getBlock()))
    return rules.brokenRule(*fault);
  if (failed(rules.tensorType(filter, type.getElementType())))
    return failure();
  auto packed =
      PackedAttr::get(type.getContext(), pack.getForm(), pack.getGroups(), pack.getBlock());
  return RankedTensorType::get(filter, type.getElementType(), packed);
}

LogicalResult PackFilterOp::verify() {
  auto expected = PackedAttr::get(getContext(), getFormAttr().getValue(), getGroups(), getBlock());
  if (getResult().getType().getEncoding() == expected)
    return success();
  return RuleReporter(*this).broken("PF3", "result must have the layout ", expected);
}

LogicalResult PackedAttr::verifyEncoding(ArrayRef<int64_t> shape, Type,
                                         llvm::function_ref<InFlightDiagnostic()> emitError) const {
  if (auto fault = packingFault(shape, getForm(), getGroups(), getBlock()))
    return emitError() << *fault;
  return success();
}

SmallVector<int64_t> PackedAttr::bufferShape(ArrayRef<int64_t> filter) const {
  int64_t block = getBlock(), blocks = llvm::divideCeil(filter[0], block);
  if (getForm() == FilterForm::Gemm)
    return {int64_t(llvm::divideCeil(filter[1], block)), filter[0], block};
  if (int64_t tile = winogradTile(getForm()))
    return {blocks, (tile + 2) * (tile + 2), filter[1], block};
  SmallVector<int64_t> shape{blocks};
  if (isBlocked(getForm()))
    shape.push_back(filterInputBlocks(filter[0], filter[1] * getGroups(), getGroups(), block));
  if (getForm() == FilterForm::Planar)
    shape.push_back(filter[1]);
  shape.append(5 - filter.size(), 1);
  llvm::append_range(shape, filter.drop_front(2));
  shape.append(isBlocked(getForm()) ? 2 : 1, block);
  return shape;
}

} // namespace kiln::nn
