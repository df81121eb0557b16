// The verifier of Winograd convolutions.
#include "dialects/kernel/KernelRules.h"
#include "dialects/nn/NnRules.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace kiln::kernel {
namespace {

using nn::RuleReporter;

LogicalResult checkBuffers(WinogradOp op, const RuleReporter &rules) {
  if (op.getInput() && !isBlocked(op.getInput()))
    return rules.broken("KN1", "input must be blocked, but is ", op.getInput().getType());
  unsigned filterRank = op.transformsFilter() ? 7 : 4;
  for (auto [buffer, name, rank] : {std::tuple(op.getFilter(), "filter", filterRank),
                                    std::tuple(op.getTransformed(), "transformed", 4u),
                                    std::tuple(op.getProducts(), "products", 4u)})
    if (!isPlain(buffer, rank) || shapeOf(buffer).back() != kLanes)
      return rules.broken("KN1", name, " must have rank ", rank, " with 16 lanes, but is ",
                          buffer.getType());
  if (!isBlocked(op.getOutput()))
    return rules.broken("KN1", "output must be blocked, but is ", op.getOutput().getType());
  if (op.getBias() && !isPlain(op.getBias(), 1))
    return rules.broken("KN1", "bias must have rank 1, but is ", op.getBias().getType());
  if (op.getResidual() && !isBlocked(op.getResidual()))
    return rules.broken("KN1", "residual must be blocked, but is ", op.getResidual().getType());
  if (!llvm::all_of(op->getOperands(), isF32))
    return rules.broken("KN1", "every buffer must hold f32");
  return success();
}

template <typename Op> LogicalResult checkForm(Op op, const RuleReporter &rules, StringRef label) {
  if (nn::winogradTile(op.getForm()) == 0)
    return rules.broken(label, "form must be one of Winograd's, but is ",
                        nn::stringifyFilterForm(op.getForm()));
  if (!isList(op.getTaps(), 3, 1) || !op.getSizes().isPossible())
    return rules.broken(label, "taps must be three numbers, the last two not both 1 and at most ",
                        nn::WinogradSizes::mostExtent + 1 - nn::winogradTile(op.getForm()), " for ",
                        nn::stringifyFilterForm(op.getForm()));
  return success();
}

LogicalResult checkLists(WinogradOp op, const RuleReporter &rules) {
  if (failed(checkForm(op, rules, "KN2")))
    return failure();
  int64_t tile = nn::winogradTile(op.getForm());
  if (op.transformsFilter() && op.getSchedule().getFilterTile() != tile)
    return rules.broken("KN10", "the schedule's filterTile must be 0 or ", tile, ", but is ",
                        op.getSchedule().getFilterTile());
  if (op.transformsFilter() && op.getTaps()[0] != 1)
    return rules.broken("KN10", "a filterTile takes one tap in depth, but there are ",
                        op.getTaps()[0]);
  if (!isList(op.getOutSize(), 3, 1) || !isList(op.getOrigin(), 3, 0) ||
      !isList(op.getOutOrigin(), 3, 0) || !isList(op.getResidualOrigin(), 3, 0))
    return rules.broken("KN2", "out_size must have three positive entries; origin, out_origin and "
                               "residual_origin three from 0 up");
  return success();
}

/// Both ops have an input with a border for the taps.
template <typename Op> LogicalResult checkTaps(Op op, const RuleReporter &rules, StringRef label) {
  for (int d = 0; d < 3; ++d) {
    int64_t last = op.getOrigin()[d] + op.getOutSize()[d] - 1 + op.getTaps()[d] - 1;
    if (last >= spatialOf(op.getInput())[d])
      return rules.broken(label, "the last tap in dimension ", d, " is at ", last,
                          ", but the input has ", spatialOf(op.getInput())[d]);
  }
  return success();
}

LogicalResult checkInput(WinogradOp op, const RuleReporter &rules) {
  if (!op.getInput())
    return success();
  if (!fitsBorder(op.getBorder(), op.getInput()))
    return rules.broken("KN11", "border must have six entries from 0 up that fit ",
                        op.getInput().getType());
  return checkTaps(op, rules, "KN3");
}

LogicalResult checkPool(WinogradOp op, const RuleReporter &rules) {
  int64_t pool = op.getPool();
  if (pool < 1 || llvm::any_of(op.getSizes().tile, [&](int64_t side) { return side % pool != 0; }))
    return rules.broken("KN8", "pool must divide the sides of a tile, but is ", pool);
  if (pool > 1 && (op.getResidual() || !WinogradOp::allowsPool(op.getActivationAttr())))
    return rules.broken("KN8", "pool allows no residual and no activation that falls somewhere");
  return success();
}

LogicalResult checkOutput(WinogradOp op, const RuleReporter &rules) {
  int64_t blocks = shapeOf(op.getFilter())[0],
          batch = shapeOf(op.getInput() ? op.getInput() : op.getOutput())[0];
  for (auto [map, origin, name] :
       {std::tuple(op.getOutput(), op.getOutOrigin(), "output"),
        std::tuple(op.getResidual(), op.getResidualOrigin(), "residual")}) {
    if (!map)
      continue;
    if (shapeOf(map)[0] != batch || shapeOf(map)[1] != blocks)
      return rules.broken("KN4", name, " must have the input's batch (", batch,
                          ") and the filter's blocks (", blocks, "), but is ", map.getType());
    SmallVector<int64_t> size(op.getOutSize());
    if (map == op.getOutput())
      size = {size[0], size[1] / op.getPool(), size[2] / op.getPool()};
    if (!fits(size, origin, map))
      return rules.broken("KN4", "out_size does not fit the ", name, " ", map.getType(),
                          " from its origin");
  }
  if (op.getBias() && shapeOf(op.getBias())[0] != blocks * kLanes)
    return rules.broken("KN4", "bias must have ", blocks * kLanes, " entries, but is ",
                        op.getBias().getType());
  return success();
}

LogicalResult checkChannels(WinogradOp op, const RuleReporter &rules) {
  int64_t channels = op.getChannels(), filters = op.getFilters(), groups = op.getGroups();
  if (channels < 1 ||
      (op.getInput() && shapeOf(op.getInput())[1] != llvm::divideCeilSigned(channels, kLanes)))
    return rules.broken("KN5", "input must have blocks for ", channels, " channels");
  if (groups < 1 ||
      (groups > 1 && (channels % (groups * kLanes) != 0 || filters % (groups * kLanes) != 0)))
    return rules.broken("KN5",
                        "groups must be 1 or have whole blocks of channels and filters, but "
                        "are ",
                        groups);
  if (op.getSchedule().getFilters() != 1 && groups != 1)
    return rules.broken("KN9", op.getSchedule().getFilters(),
                        " blocks of filters together must be of one group, but there are ", groups);
  int64_t blocks = llvm::divideCeilSigned(filters, kLanes);
  SmallVector<int64_t> expected = {blocks, op.getSizes().points(),
                                   op.getTaps()[0] * channels / groups, kLanes};
  if (op.transformsFilter())
    expected = {blocks,          llvm::divideCeilSigned(channels / groups, kLanes),
                op.getTaps()[0], op.getTaps()[1],
                op.getTaps()[2], kLanes,
                kLanes};
  if (filters < 1 || shapeOf(op.getFilter()) != ArrayRef<int64_t>(expected))
    return rules.broken("KN5", "filter must be ", nn::shapeText(expected), ", but is ",
                        op.getFilter().getType());
  return success();
}

LogicalResult checkSlices(Value scratch, ArrayRef<int64_t> least, StringRef name,
                          const RuleReporter &rules, StringRef label) {
  ArrayRef<int64_t> shape = shapeOf(scratch);
  if (shape[0] == least[0] && shape[1] == least[1] && shape[2] >= least[2])
    return success();
  return rules.broken(label, name, " must be ", least[0], "x", least[1], "x(from ", least[2],
                      " on)x16, but is ", scratch.getType());
}

/// The slices of transformed input that tasks share: as many as there are, where that divides the
/// tasks.
int64_t sharedSlices(Value transformed, int64_t tasks) {
  int64_t slices = shapeOf(transformed)[0];
  return slices > 0 && tasks % slices == 0 ? slices : 1;
}

LogicalResult checkScratch(WinogradOp op, const RuleReporter &rules) {
  int64_t points = op.getSizes().points(), tasks = op.getSchedule().getTasks(),
          block = op.getSchedule().getBlock(), panel = op.getSchedule().getPanel();
  int64_t lines = op.getTaps()[0] * llvm::divideCeilSigned(op.getChannels(), kLanes) * block;
  int64_t slices = op.getInput() ? tasks : sharedSlices(op.getTransformed(), tasks);
  if (failed(
          checkSlices(op.getTransformed(), {slices, points, lines}, "transformed", rules, "KN6")) ||
      failed(
          checkSlices(op.getProducts(), {tasks, panel * points, block}, "products", rules, "KN6")))
    return failure();
  int64_t tiles = op.getSizes().tiles(shapeOf(op.getOutput())[0], op.getOutSize());
  if (!op.getInput() && block < tiles)
    return rules.broken("KN7", "without input the block must have all ", tiles, " tiles, but has ",
                        block);
  return success();
}

} // namespace

bool WinogradOp::allowsPool(nn::ActivationAttr activation) {
  using nn::ActivationKind;
  if (!activation)
    return true;
  switch (activation.getKind()) {
  case ActivationKind::LeakyRelu:
  case ActivationKind::Elu:
  case ActivationKind::HardSigmoid:
    return activation.getAlpha() >= 0;
  case ActivationKind::HardSwish:
  case ActivationKind::Swish:
    return false;
  case ActivationKind::Relu:
  case ActivationKind::Clip:
  case ActivationKind::Sigmoid:
  case ActivationKind::Tanh:
    return true;
  }
  llvm_unreachable("every kind returns");
}

LogicalResult WinogradOp::verify() {
  RuleReporter rules(*this);
  for (auto check :
       {checkBuffers, checkLists, checkPool, checkInput, checkOutput, checkChannels, checkScratch})
    if (failed(check(*this, rules)))
      return failure();
  return success();
}

LogicalResult WinogradInputOp::verify() {
  RuleReporter rules(*this);
  if (failed(checkForm(*this, rules, "KT1")))
    return failure();
  if (!isBlocked(getInput()) || !isPlain(getTransformed(), 4) ||
      shapeOf(getTransformed()).back() != kLanes || !isF32(getInput()) || !isF32(getTransformed()))
    return rules.broken("KT1", "input must be blocked, transformed have rank 4 with 16 lanes, and "
                               "both hold f32");
  if (!isList(getOutSize(), 3, 1) || !isList(getOrigin(), 3, 0))
    return rules.broken("KT2", "out_size must have three positive entries, origin three from 0 up");
  if (failed(checkTaps(*this, rules, "KT2")))
    return failure();
  int64_t tiles = getSizes().tiles(shapeOf(getInput())[0], getOutSize()),
          block = getSchedule().getBlock();
  if (block < tiles)
    return rules.broken("KT3", "the block must have all ", tiles, " tiles, but has ", block);
  int64_t lines = getTaps()[0] * shapeOf(getInput())[1] * block;
  int64_t slices = sharedSlices(getTransformed(), getSchedule().getTasks());
  return checkSlices(getTransformed(), {slices, getSizes().points(), lines}, "transformed", rules,
                     "KT3");
}

} // namespace kiln::kernel
