// The verifier of Winograd convolutions.
#include "dialects/kernel/KernelRules.h"
#include "dialects/nn/NnRules.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace kiln::kernel {
namespace {

using nn::RuleReporter;

LogicalResult checkBuffers(WinogradOp op, const RuleReporter &rules) {
  if (!isBlocked(op.getInput()))
    return rules.broken("KN1", "input must be blocked, but is ", op.getInput().getType());
  for (auto [buffer, name] : {std::pair(op.getFilter(), "filter"),
                              std::pair(op.getTransformed(), "transformed"),
                              std::pair(op.getProducts(), "products")})
    if (!isPlain(buffer, 4) || shapeOf(buffer).back() != kLanes)
      return rules.broken("KN1", name, " must have rank 4 with 16 lanes, but is ",
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

LogicalResult checkLists(WinogradOp op, const RuleReporter &rules) {
  if (nn::winogradTile(op.getForm()) == 0)
    return rules.broken("KN2", "form must be one of Winograd's, but is ",
                        nn::stringifyFilterForm(op.getForm()));
  if (!isList(op.getOutSize(), 3, 1) || !isList(op.getOrigin(), 3, 0) ||
      !isList(op.getOutOrigin(), 3, 0) || !isList(op.getResidualOrigin(), 3, 0))
    return rules.broken("KN2", "out_size must have three positive entries; origin, out_origin and "
                               "residual_origin three from 0 up");
  if (op.getOutSize()[0] != 1)
    return rules.broken("KN2", "the depth of the output must be 1, but is ", op.getOutSize()[0]);
  return success();
}

LogicalResult checkTaps(WinogradOp op, const RuleReporter &rules) {
  for (int d = 0; d < 3; ++d) {
    int64_t last = op.getOrigin()[d] + op.getOutSize()[d] - 1 + (d == 0 ? 0 : 2);
    if (last >= spatialOf(op.getInput())[d])
      return rules.broken("KN3", "the last tap in dimension ", d, " is at ", last,
                          ", but the input has ", spatialOf(op.getInput())[d]);
  }
  return success();
}

LogicalResult checkOutput(WinogradOp op, const RuleReporter &rules) {
  int64_t blocks = shapeOf(op.getFilter())[0], batch = shapeOf(op.getInput())[0];
  for (auto [map, origin, name] :
       {std::tuple(op.getOutput(), op.getOutOrigin(), "output"),
        std::tuple(op.getResidual(), op.getResidualOrigin(), "residual")}) {
    if (!map)
      continue;
    if (shapeOf(map)[0] != batch || shapeOf(map)[1] != blocks)
      return rules.broken("KN4", name, " must have the input's batch (", batch,
                          ") and the filter's blocks (", blocks, "), but is ", map.getType());
    if (!fits(op.getOutSize(), origin, map))
      return rules.broken("KN4", "out_size does not fit the ", name, " ", map.getType(),
                          " from its origin");
  }
  if (op.getBias() && shapeOf(op.getBias())[0] != blocks * kLanes)
    return rules.broken("KN4", "bias must have ", blocks * kLanes, " entries, but is ",
                        op.getBias().getType());
  return success();
}

LogicalResult checkChannels(WinogradOp op, const RuleReporter &rules) {
  int64_t channels = op.getChannels(), filters = op.getFilters();
  int64_t extent = nn::winogradTile(op.getForm()) + 2;
  if (channels < 1 || shapeOf(op.getInput())[1] != llvm::divideCeilSigned(channels, kLanes))
    return rules.broken("KN5", "input must have blocks for ", channels, " channels, but is ",
                        op.getInput().getType());
  SmallVector<int64_t> expected = {llvm::divideCeilSigned(filters, kLanes), extent * extent,
                                   channels, kLanes};
  if (filters < 1 || shapeOf(op.getFilter()) != ArrayRef<int64_t>(expected))
    return rules.broken("KN5", "filter must be ", nn::shapeText(expected), ", but is ",
                        op.getFilter().getType());
  return success();
}

LogicalResult checkScratch(WinogradOp op, const RuleReporter &rules) {
  WinogradScheduleAttr schedule = op.getSchedule();
  int64_t points = shapeOf(op.getFilter())[1], channelBlocks = shapeOf(op.getInput())[1];
  ArrayRef<int64_t> transformed = shapeOf(op.getTransformed()),
                    products = shapeOf(op.getProducts());
  if (transformed[0] != schedule.getTasks() || transformed[1] != points ||
      transformed[2] < channelBlocks * schedule.getBlock())
    return rules.broken("KN6", "transformed must be ", schedule.getTasks(), "x", points,
                        "x(from ", channelBlocks * schedule.getBlock(), " on)x16, but is ",
                        op.getTransformed().getType());
  if (products[0] != schedule.getTasks() || products[1] != points ||
      products[2] < schedule.getBlock())
    return rules.broken("KN6", "products must be ", schedule.getTasks(), "x", points, "x(from ",
                        schedule.getBlock(), " on)x16, but is ", op.getProducts().getType());
  return success();
}

} // namespace

LogicalResult WinogradOp::verify() {
  RuleReporter rules(*this);
  for (auto check :
       {checkBuffers, checkLists, checkTaps, checkOutput, checkChannels, checkScratch})
    if (failed(check(*this, rules)))
      return failure();
  return success();
}

} // namespace kiln::kernel
