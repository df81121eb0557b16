// See ConvGeometry.h.
#include "compiler/lowering/KernelToVector/ConvGeometry.h"

#include "mlir/Dialect/Utils/IndexingUtils.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace kiln {

MapWalk walkOf(Value map, ArrayRef<int64_t> origin, ArrayRef<int64_t> strides) {
  SmallVector<int64_t> steps = stridesOf(map);
  MapWalk walk{steps[0], steps[1], {}, 0};
  for (int i = 0; i < 3; ++i) {
    walk.pixel[i] = steps[2 + i] * strides[i];
    walk.origin += steps[2 + i] * origin[i];
  }
  return walk;
}

TapRow tapRowOf(kernel::ConvOp op, int d) {
  return {op.getTaps()[d], op.getDilations()[d], op.getBorder()[d],
          shapeOf(op.getInput())[2 + d] - op.getBorder()[3 + d]};
}

int64_t tapsInBorder(kernel::ConvOp op, int d) {
  constexpr double leastShare = 0.04;
  if (!nn::isBlocked(op.getForm()) || op.getScratch())
    return 0;
  TapRow row = tapRowOf(op, d);
  int64_t extents[] = {1, op.getSchedule().getRows(), op.getSchedule().getColumns()};
  int64_t size = op.getOutSize()[d], stride = op.getStrides()[d], skipped = 0;
  for (int64_t first = 0; first < size; first += extents[d]) {
    int64_t count = std::min(extents[d], size - first),
            firstTap = op.getOrigin()[d] + first * stride;
    skipped += count * (row.taps - row.countInMap(firstTap, firstTap + (count - 1) * stride));
  }
  return skipped >= leastShare * static_cast<double>(size * row.taps) ? skipped : 0;
}

static Spatial3 spatial(ArrayRef<int64_t> values) { return {values[0], values[1], values[2]}; }

ConvGeometry::ConvGeometry(kernel::ConvOp op, bool canBeFlat)
    : form(op.getForm()), batch(shapeOf(op.getOutput())[0]),
      filterBlocks(shapeOf(op.getFilter())[0]), size(spatial(op.getOutSize())),
      channels(op.getChannels()), filters(op.getFilters()), groups(op.getGroups()) {
  const int64_t ones[] = {1, 1, 1};
  const int64_t zeros[] = {0, 0, 0};
  if (op.getScratch())
    input = walkOf(op.getScratch(), zeros, ones);
  else
    input = walkOf(op.getInput(), op.getOrigin(), op.getStrides());
  output = walkOf(op.getOutput(), op.getOutOrigin(), op.getOutSteps());
  if (op.getResidual())
    residual = walkOf(op.getResidual(), op.getResidualOrigin(), ones);
  inputBlocks = llvm::divideCeilSigned(channels, kLanes);
  setReduction(shapeOf(op.getFilter()), op);
  if (canBeFlat && canFlatten(op))
    flatten();
}

void ConvGeometry::setReduction(ArrayRef<int64_t> shape, kernel::ConvOp op) {
  SmallVector<int64_t> steps = computeStrides(shape),
                       map = stridesOf(op.getScratch() ? op.getScratch() : op.getInput());
  filterBlockStep = steps[0];
  bool hasChannels = !nn::readsOwnLanes(form);
  blocksPerFilter = nn::isBlocked(form) ? shape[1] : 1;
  if (hasChannels) {
    auto kind = nn::isBlocked(form) ? ReductionLevel::Kind::Blocks : ReductionLevel::Kind::Plain;
    reduction.push_back({shape[1], map[1], steps[1], kind});
  }
  int first = hasChannels ? 2 : 1;
  for (int i = 0; i < 3; ++i)
    reduction.push_back(
        {shape[first + i], map[2 + i] * op.getDilations()[i], steps[first + i],
         i == 0 && nn::isBlocked(form) ? ReductionLevel::Kind::Depth : ReductionLevel::Kind::Plain,
         i});
  if (nn::isBlocked(form))
    reduction.push_back({kLanes, 1, kLanes, ReductionLevel::Kind::Lanes});
}

int64_t ConvGeometry::wholeBlocks() const {
  int64_t candidates = filterBlocks - splitsLast();
  if (groups == 1 || nn::readsOwnLanes(form))
    return candidates;
  return llvm::count_if(llvm::seq<int64_t>(0, candidates), [&](int64_t block) {
    int64_t first = block * kLanes, last = std::min(first + kLanes, filters) - 1;
    return first / filtersPerGroup() == last / filtersPerGroup();
  });
}

/// True for a 1x1 convolution of maps without borders: its pixels are one row. Pads are read from a
/// border.
bool ConvGeometry::canFlatten(kernel::ConvOp op) const {
  if (op.getScratch())
    return false;
  auto covers = [&](Value map) { return !map || shapeOf(map).slice(2, 3) == op.getOutSize(); };
  auto isOne = [](int64_t extent) { return extent == 1; };
  auto isZero = [](int64_t width) { return width == 0; };
  return llvm::all_of(op.getBorder(), isZero) && llvm::all_of(op.getTaps(), isOne) &&
         llvm::all_of(op.getStrides(), isOne) && llvm::all_of(op.getOutSteps(), isOne) &&
         covers(op.getInput()) && covers(op.getOutput()) && covers(op.getResidual());
}

void ConvGeometry::flatten() {
  size = {1, 1, size[0] * size[1] * size[2]};
  input.pixel[0] = input.pixel[1] = 0;
  output.pixel[0] = output.pixel[1] = 0;
  residual.pixel[0] = residual.pixel[1] = 0;
}

} // namespace kiln
