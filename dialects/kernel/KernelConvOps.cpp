// Verifiers of the kernels that multiply: conv, local_conv, gemm and pack_filter.
#include "dialects/kernel/KernelRules.h"
#include "dialects/nn/NnRules.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace kiln::kernel {
namespace {

using nn::FilterForm;
using nn::RuleReporter;

bool isFilter(Value filter, FilterForm form) {
  bool isBlockedForm = nn::isBlocked(form);
  int64_t rank = form == FilterForm::Depthwise ? 5 : isBlockedForm ? 7 : 6;
  return isPlain(filter, rank) && shapeOf(filter).back() == kLanes &&
         (!isBlockedForm || shapeOf(filter)[rank - 2] == kLanes);
}

LogicalResult checkConvBuffers(ConvOp op, const RuleReporter &rules) {
  if (op.getForm() == FilterForm::Gemm || nn::winogradTile(op.getForm()))
    return rules.broken("KC1", "a direct convolution has no filter of form ",
                        nn::stringifyFilterForm(op.getForm()));
  bool isPlanarForm = op.getForm() == FilterForm::Planar;
  if (isPlanarForm ? !isPlanar(op.getInput()) : !isBlocked(op.getInput()))
    return rules.broken("KC1", "input must be ", isPlanarForm ? "planar" : "blocked", ", but is ",
                        op.getInput().getType());
  if (!isFilter(op.getFilter(), op.getForm()))
    return rules.broken("KC1", "filter must be packed as ", nn::stringifyFilterForm(op.getForm()),
                        ", but is ", op.getFilter().getType());
  if (Value depthwise = op.getDepthwiseFilter();
      depthwise && !isFilter(depthwise, FilterForm::Depthwise))
    return rules.broken("KC1", "a depthwise filter must be packed as depthwise, but is ",
                        depthwise.getType());
  if (!isBlocked(op.getOutput()))
    return rules.broken("KC1", "output must be blocked, but is ", op.getOutput().getType());
  if (op.getBias() && !isPlain(op.getBias(), 1))
    return rules.broken("KC1", "bias must have rank 1, but is ", op.getBias().getType());
  if (op.getResidual() && !isBlocked(op.getResidual()))
    return rules.broken("KC1", "residual must be blocked, but is ", op.getResidual().getType());
  if (!llvm::all_of(op->getOperands(), isF32))
    return rules.broken("KC1", "every buffer must hold f32");
  return success();
}

LogicalResult checkConvLists(ConvOp op, const RuleReporter &rules) {
  if (!isList(op.getStrides(), 3, 1) || !isList(op.getDilations(), 3, 1) ||
      !isList(op.getOutSize(), 3, 1) || !isList(op.getOutSteps(), 3, 1))
    return rules.broken(
        "KC2", "strides, dilations, out_size and out_steps must have three positive entries");
  if (!isList(op.getOrigin(), 3, 0) || !isList(op.getOutOrigin(), 3, 0) ||
      !isList(op.getResidualOrigin(), 3, 0))
    return rules.broken("KC2",
                        "origin, out_origin and residual_origin must have three entries from 0 up");
  return success();
}

LogicalResult checkConvTaps(ConvOp op, const RuleReporter &rules) {
  ArrayRef<int64_t> taps = op.getTaps();
  for (int d = 0; d < 3; ++d) {
    int64_t last = op.getOrigin()[d] + (op.getOutSize()[d] - 1) * op.getStrides()[d] +
                   (taps[d] - 1) * op.getDilations()[d];
    if (last >= spatialOf(op.getInput())[d])
      return rules.broken("KC3", "the last tap in dimension ", d, " is at ", last,
                          ", but the input has ", spatialOf(op.getInput())[d]);
  }
  return success();
}

LogicalResult checkConvOutput(ConvOp op, const RuleReporter &rules) {
  int64_t blocks = shapeOf(op.getFilter())[0], batch = shapeOf(op.getInput())[0];
  if (op.getFilters() < 1 || llvm::divideCeilSigned(op.getFilters(), kLanes) != blocks)
    return rules.broken("KC4", "filters (", op.getFilters(), ") must fill the filter's blocks (",
                        blocks, ")");
  SmallVector<int64_t> extent(3);
  for (int d = 0; d < 3; ++d)
    extent[d] = (op.getOutSize()[d] - 1) * op.getOutSteps()[d] + 1;
  using Place = std::tuple<Value, ArrayRef<int64_t>, ArrayRef<int64_t>, StringRef>;
  for (auto [map, origin, size, name] :
       {Place(op.getOutput(), op.getOutOrigin(), extent, "output"),
        Place(op.getResidual(), op.getResidualOrigin(), op.getOutSize(), "residual")}) {
    if (!map)
      continue;
    if (shapeOf(map)[0] != batch || shapeOf(map)[1] != blocks)
      return rules.broken("KC4", name, " must have the input's batch (", batch,
                          ") and the filter's blocks (", blocks, "), but is ", map.getType());
    if (!fits(size, origin, map))
      return rules.broken("KC4", "out_size does not fit the ", name, " ", map.getType(),
                          " from its origin");
  }
  if (op.getBias() && shapeOf(op.getBias())[0] != blocks * kLanes)
    return rules.broken("KC4", "bias must have ", blocks * kLanes, " entries, but is ",
                        op.getBias().getType());
  return success();
}

LogicalResult checkConvChannels(ConvOp op, const RuleReporter &rules) {
  int64_t channels = op.getChannels(), filters = op.getFilters(), groups = op.getGroups();
  int64_t inputBlocks = shapeOf(op.getInput())[1], filterBlocks = shapeOf(op.getFilter())[1];
  if (channels < 1 || groups < 1 || channels % groups != 0 || filters % groups != 0)
    return rules.broken("KC5", "groups (", groups, ") must divide channels (", channels,
                        ") and filters (", filters, ")");
  bool isPlanarForm = op.getForm() == FilterForm::Planar;
  int64_t expected = isPlanarForm ? channels : llvm::divideCeilSigned(channels, kLanes);
  if (inputBlocks != expected)
    return rules.broken("KC5", "input must have ", expected, " channels or blocks of them, but is ",
                        op.getInput().getType());
  if (isPlanarForm &&
      (filterBlocks != channels / groups || (groups != 1 && filters / groups % (kLanes / 2) != 0)))
    return rules.broken("KC5", "a planar filter must have ", channels / groups,
                        " channels, and groups of a multiple of 8 filters");
  if (op.getForm() == FilterForm::Depthwise && (groups != channels || filters != channels))
    return rules.broken("KC5",
                        "a depthwise filter must have as many groups and filters as channels (",
                        channels, ")");
  if (op.getForm() == FilterForm::Grouped &&
      (!nn::hasSmallGroups(filters, channels / groups, groups, kLanes) ||
       shapeOf(op.getFilter())[4] != channels / groups))
    return rules.broken("KC5", "a grouped filter must have ", channels / groups,
                        " channels, in several groups a block");
  if (op.getForm() == FilterForm::Tail && !nn::hasTail(filters, channels / groups, groups, kLanes))
    return rules.broken("KC5", filters, " filters in ", groups, " groups of ", channels / groups,
                        " channels have no tail");
  if (nn::isBlocked(op.getForm()) &&
      filterBlocks != nn::filterInputBlocks(filters, channels, groups, kLanes))
    return rules.broken("KC5", "filter must read ",
                        nn::filterInputBlocks(filters, channels, groups, kLanes),
                        " input blocks, but reads ", filterBlocks);
  return success();
}

/// What a prologue reads beside the input.
LogicalResult checkPrologueInputs(ConvOp op, const RuleReporter &rules) {
  int64_t blocks = shapeOf(op.getInput())[1];
  for (Value vector : SmallVector<Value>{op.getScale(), op.getShift(), op.getDepthwiseBias()})
    if (vector && (!isPlain(vector, 1) || shapeOf(vector)[0] != blocks * kLanes))
      return rules.broken("KC6", "scale, shift and a depthwise bias must have ", blocks * kLanes,
                          " entries, but one is ", vector.getType());
  auto isOne = [](int64_t extent) { return extent == 1; };
  if (op.getScale() && !llvm::all_of(op.getStrides(), isOne))
    return rules.broken("KC10", "strides must be 1 with scale and shift");
  Value filter = op.getDepthwiseFilter();
  if (filter && shapeOf(filter)[0] != blocks)
    return rules.broken("KC10", "a depthwise filter must have ", blocks, " blocks, but is ",
                        filter.getType());
  return success();
}

/// A depthwise convolution in front goes row by row.
LogicalResult checkDepthwiseSchedule(ConvOp op, const RuleReporter &rules) {
  ScheduleAttr schedule = op.getDepthwiseScheduleAttr();
  bool isThere = !op.getDepthwise().empty();
  if (op.getDepthwise().size() > 2 || isThere != (schedule != nullptr) ||
      (!isThere && op.getDepthwiseActivationAttr()))
    return rules.broken("KC10", "depthwise has a filter, a bias or none, and depthwise_schedule");
  if (schedule && (schedule.getRows() != 1 || schedule.getFilters() != 1 ||
                   schedule.getLanes() != VectorLanes::Filters))
    return rules.broken("KC10", "depthwise_schedule must have tiles of one row of one block of "
                                "filters");
  return success();
}

LogicalResult checkConvPrologue(ConvOp op, const RuleReporter &rules) {
  if (!op.getScale() && op.getDepthwise().empty() && !op.getScratch())
    return success();
  if (!op.getScratch() || !op.getScale() != !op.getShift() ||
      !op.getScale() == op.getDepthwise().empty())
    return rules.broken("KC6", "scratch comes with scale and shift, or with depthwise");
  auto isOne = [](int64_t extent) { return extent == 1; };
  if (!nn::isBlocked(op.getForm()) || op.getGroups() != 1 ||
      !llvm::all_of(shapeOf(op.getFilter()).slice(2, 3), isOne) ||
      op.getSchedule().getOrder() != LoopOrder::PixelsOuter)
    return rules.broken("KC6", "a prologue needs a blocked 1x1 filter of one group, and "
                               "pixels_outer");
  int64_t planes = shapeOf(op.getOutput())[0] * op.getOutSize()[0],
          rows = op.getSchedule().getRows();
  SmallVector<int64_t> scratch{
      op.getSchedule().getTasks(), shapeOf(op.getInput())[1], 1, rows, op.getOutSize()[2], kLanes};
  bool isPlainScratch = isPlain(op.getScratch(), 6);
  if (int64_t held = isPlainScratch ? shapeOf(op.getScratch())[3] : 0;
      planes == 1 && held >= rows && held % rows == 0)
    scratch[3] = held;
  if (!isPlainScratch || shapeOf(op.getScratch()) != ArrayRef<int64_t>(scratch))
    return rules.broken("KC6", "scratch must be ", nn::shapeText(scratch), ", but is ",
                        op.getScratch().getType());
  return checkPrologueInputs(op, rules);
}

/// Blocks of filters that share their pixels read the same channels.
LogicalResult checkFiltersOfTile(ConvOp op, const RuleReporter &rules) {
  int64_t together = op.getSchedule().getFilters(), groups = op.getGroups();
  bool readSame = !nn::readsOwnLanes(op.getForm()) &&
                  (groups == 1 || op.getFilters() / groups % (together * kLanes) == 0);
  if (together == 1 || readSame)
    return success();
  return rules.broken("KC7", together, " blocks of filters in a tile must be of one group");
}

LogicalResult checkVectorLanes(ConvOp op, const RuleReporter &rules) {
  VectorLanes lanes = op.getSchedule().getLanes();
  bool canBePixels = op.getForm() == FilterForm::Planar && op.getGroups() == 1 &&
                     shapeOf(op.getFilter())[0] == 1 && op.getStrides().back() == 1 &&
                     !op.getResidual();
  if (lanes == VectorLanes::Pixels && !canBePixels)
    return rules.broken("KC8", "lanes of pixels need a planar filter of one block and one group, "
                               "stride 1 along the rows, and no residual");
  return success();
}

LogicalResult checkBorder(ConvOp op, const RuleReporter &rules) {
  if (fitsBorder(op.getBorder(), op.getInput()))
    return success();
  return rules.broken("KC9", "border must have six entries from 0 up that fit ",
                      op.getInput().getType());
}

} // namespace

ArrayRef<int64_t> ConvOp::getTaps() {
  if (Value filter = getDepthwiseFilter())
    return shapeOf(filter).slice(1, 3);
  return shapeOf(getFilter()).slice(nn::readsOwnLanes(getForm()) ? 1 : 2, 3);
}

LogicalResult ConvOp::verify() {
  RuleReporter rules(*this);
  for (auto check : {checkConvBuffers, checkConvLists, checkConvTaps, checkConvOutput,
                     checkConvChannels, checkDepthwiseSchedule, checkConvPrologue,
                     checkFiltersOfTile, checkVectorLanes, checkBorder})
    if (failed(check(*this, rules)))
      return failure();
  return success();
}

LogicalResult LocalConvOp::verify() {
  RuleReporter rules(*this);
  if (!isBlocked(getInput()) || !isBlocked(getOutput()) || !isPlain(getFilter(), 3) ||
      !llvm::all_of((*this)->getOperands(), isF32) ||
      shapeOf(getInput())[0] != shapeOf(getOutput())[0])
    return rules.broken(
        "KLC1", "input and output must be blocked with one batch, the filter have rank 3, all f32");
  if (!isList(getKernel(), 3, 1) || !isList(getStrides(), 3, 1) || !isList(getDilations(), 3, 1) ||
      !isList(getOutSize(), 3, 1) || !isList(getOrigin(), 3, 0) || !isList(getOutOrigin(), 3, 0) ||
      !fits(getOutSize(), getOutOrigin(), getOutput()))
    return rules.broken("KLC2",
                        "every list must have three entries, and out_size must fit the output");
  for (int d = 0; d < 3; ++d)
    if (getOrigin()[d] + (getOutSize()[d] - 1) * getStrides()[d] +
            (getKernel()[d] - 1) * getDilations()[d] >=
        spatialOf(getInput())[d])
      return rules.broken("KLC3", "the last tap in dimension ", d, " lies outside of the input");
  ArrayRef<int64_t> filter = shapeOf(getFilter()), size = getOutSize(), kernel = getKernel();
  if (getChannels() < 1 ||
      llvm::divideCeilSigned(getChannels(), kLanes) != shapeOf(getInput())[1] ||
      filter[0] != size[0] * size[1] * size[2] ||
      filter[1] != getChannels() * kernel[0] * kernel[1] * kernel[2] ||
      llvm::divideCeilSigned(filter[2], kLanes) != shapeOf(getOutput())[1])
    return rules.broken("KLC4", "filter ", getFilter().getType(),
                        " does not fit channels, kernel, out_size and output");
  return success();
}

bool GemmOp::hasRoundedWeights() { return typeOf(getB()).getElementType().isSignlessInteger(32); }

LogicalResult GemmOp::verify() {
  RuleReporter rules(*this);
  bool isRounded = hasRoundedWeights();
  if (!isPlain(getA(), 2) || !isPlain(getOutput(), 2) || !isPlain(getB(), isRounded ? 4 : 3) ||
      shapeOf(getB()).back() != kLanes || (getBias() && !isPlain(getBias(), 1)) ||
      !llvm::all_of((*this)->getOperands(), [&](Value operand) {
        return isF32(operand) || (isRounded && operand == getB());
      }))
    return rules.broken("KG1", "a and output must have rank 2, b rank 3 with 16 lanes, bias rank "
                               "1, all f32; or b rank 4 and i32");
  int64_t rows = shapeOf(getA())[0], inner = shapeOf(getA())[1], columns = shapeOf(getOutput())[1];
  int64_t blocks = llvm::divideCeilSigned(columns, kLanes);
  if (shapeOf(getOutput())[0] != rows)
    return rules.broken("KG2", "output must have the rows of a (", rows, "), but is ",
                        getOutput().getType());
  SmallVector<int64_t> matrix = isRounded ? nn::roundedShape(blocks, inner, kLanes)
                                          : SmallVector<int64_t>{blocks, inner, kLanes};
  if (shapeOf(getB()) != ArrayRef<int64_t>(matrix))
    return rules.broken("KG2", "b must be ", nn::shapeText(matrix), ", but is ", getB().getType());
  if (getBias() && shapeOf(getBias())[0] != blocks * kLanes)
    return rules.broken("KG2", "bias must have ", blocks * kLanes, " entries, but is ",
                        getBias().getType());
  return success();
}

bool PackFilterOp::isRounded() {
  return typeOf(getOutput()).getElementType().isSignlessInteger(32);
}

LogicalResult PackFilterOp::verify() {
  RuleReporter rules(*this);
  bool isGemm = getForm() == FilterForm::Gemm;
  if (!isPlain(getInput(), isGemm ? 2 : 5) ||
      (!isRounded() && typeOf(getInput()).getElementType() != typeOf(getOutput()).getElementType()))
    return rules.broken("KF1", "input must have rank ", isGemm ? "2" : "5",
                        " and the element type of the output, but is ", getInput().getType());
  auto packed =
      nn::PackedAttr::get(getContext(), getForm(), getGroups(), kLanes, isRounded() ? 24 : 32);
  auto emitFault = [&] { return emitOpError("has no such packing [KF1]: "); };
  if (failed(packed.verifyEncoding(shapeOf(getInput()), typeOf(getInput()).getElementType(),
                                   emitFault)))
    return failure();
  SmallVector<int64_t> expected = packed.bufferShape(shapeOf(getInput()));
  if (ArrayRef<int64_t>(expected) != shapeOf(getOutput()) ||
      !typeOf(getOutput()).getLayout().isIdentity())
    return rules.broken("KF1", "output must be ", nn::shapeText(expected), ", but is ",
                        getOutput().getType());
  return success();
}

} // namespace kiln::kernel
