// Rules and result types of relayout and of filter packing.
#include "dialects/nn/NnDialect.h"
#include "dialects/nn/NnShapeInference.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace kiln::nn {

LogicalResult RelayoutOp::verify() {
  if (equalIgnoringEncoding(TypeRange{getInput().getType()}, TypeRange{getResult().getType()}))
    return success();
  return RuleReporter(*this).broken("RL1", "input and result must differ in their layout only, but have types ",
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

static LogicalResult checkPackFilter(PackFilterOp::Adaptor pack, const RuleReporter &rules) {
  ArrayRef<int64_t> filter = tensorOf(pack.getFilter()).getShape();
  bool isGemm = pack.getForm() == FilterForm::Gemm;
  if (isGemm ? filter.size() != 2 : filter.size() < 3 || filter.size() > 5)
    return rules.broken("PF1", "filter must have rank ", isGemm ? "2" : "3, 4 or 5", ", but has ",
                        filter.size());
  if (pack.getBlock() < 1 || pack.getBlock() > 1024)
    return rules.broken("PF1", "block must be positive and at most 1024, but is ", pack.getBlock());
  if (llvm::is_contained(filter, 0))
    return rules.broken("PF1", "filter must not be empty, but has shape ", shapeText(filter));
  int64_t groups = pack.getGroups();
  if (groups < 1 || filter[0] % groups != 0)
    return rules.broken("PF2", "groups (", groups, ") must divide the number of filters (", filter[0], ")");
  if ((isGemm || pack.getForm() == FilterForm::Planar) && groups != 1)
    return rules.broken("PF2", "groups must be 1 for planar and gemm, but is ", groups);
  if (pack.getForm() == FilterForm::Depthwise && (groups != filter[0] || filter[1] != 1))
    return rules.broken("PF2", "groups (", groups, ") must be the number of filters (", filter[0],
                        ") of one channel for depthwise");
  return success();
}

FailureOr<RankedTensorType> PackFilterOp::inferResult(Adaptor pack, const RuleReporter &rules) {
  if (failed(checkPackFilter(pack, rules)))
    return failure();
  RankedTensorType type = tensorOf(pack.getFilter());
  ArrayRef<int64_t> filter = type.getShape();
  // The checks above and this one keep every product below within 63 bits.
  if (failed(rules.tensorType(filter, type.getElementType())) ||
      failed(rules.tensorType({filter[1], pack.getGroups()}, type.getElementType())))
    return failure();
  auto packed = PackedAttr::get(type.getContext(), pack.getForm(), pack.getGroups(), pack.getBlock());
  return RankedTensorType::get(filter, type.getElementType(), packed);
}

SmallVector<int64_t> PackedAttr::bufferShape(ArrayRef<int64_t> filter) const {
  int64_t block = getBlock(), blocks = llvm::divideCeil(filter[0], block);
  if (getForm() == FilterForm::Gemm)
    return {int64_t(llvm::divideCeil(filter[1], block)), filter[0], block};
  SmallVector<int64_t> shape{blocks};
  if (getForm() == FilterForm::Blocked)
    shape.push_back(filterInputBlocks(filter[0], filter[1] * getGroups(), getGroups(), block));
  if (getForm() == FilterForm::Planar)
    shape.push_back(filter[1]);
  shape.append(5 - filter.size(), 1);
  llvm::append_range(shape, filter.drop_front(2));
  shape.append(getForm() == FilterForm::Blocked ? 2 : 1, block);
  return shape;
}

} // namespace kiln::nn
