// Verifiers of the kernels that walk feature maps: pool, lrn, resample, relayout and fill_border.
#include "dialects/kernel/KernelRules.h"
#include "dialects/nn/NnRules.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace kiln::kernel {

using nn::RuleReporter;

static bool isBlockedF32(Value map) { return isBlocked(map) && isF32(map); }

LogicalResult PoolOp::verify() {
  RuleReporter rules(*this);
  if (!isBlockedF32(getInput()) || !isBlockedF32(getOutput()) ||
      shapeOf(getInput()).take_front(2) != shapeOf(getOutput()).take_front(2))
    return rules.broken(
        "KP1", "input and output must be blocked f32 with the same batch and blocks, but are ",
        getInput().getType(), " and ", getOutput().getType());
  for (ArrayRef<int64_t> list :
       {getKernel(), getStrides(), getDilations(), getInSize(), getOutSize()})
    if (!isList(list, 3, 1))
      return rules.broken(
          "KP2",
          "kernel, strides, dilations, in_size and out_size must have three positive entries");
  if (!isList(getInOrigin(), 3, 0) || !isList(getOutOrigin(), 3, 0) || !isList(getPads(), 6, 0))
    return rules.broken("KP2",
                        "in_origin and out_origin must have three entries from 0 up, pads six");
  if (!fits(getInSize(), getInOrigin(), getInput()))
    return rules.broken("KP3", "in_size does not fit the input ", getInput().getType(),
                        " from in_origin");
  if (!fits(getOutSize(), getOutOrigin(), getOutput()))
    return rules.broken("KP3", "out_size does not fit the output ", getOutput().getType(),
                        " from out_origin");
  return success();
}

LogicalResult LrnOp::verify() {
  RuleReporter rules(*this);
  if (!isBlockedF32(getInput()) || !isBlockedF32(getOutput()) ||
      shapeOf(getInput()).take_front(2) != shapeOf(getOutput()).take_front(2))
    return rules.broken(
        "KL1", "input and output must be blocked f32 with the same batch and blocks, but are ",
        getInput().getType(), " and ", getOutput().getType());
  if (!isList(getMap(), 3, 1) || !isList(getInOrigin(), 3, 0) || !isList(getOutOrigin(), 3, 0) ||
      !fits(getMap(), getInOrigin(), getInput()) || !fits(getMap(), getOutOrigin(), getOutput()))
    return rules.broken("KL1", "map must fit both buffers from their origins");
  if (getWindow() < 1)
    return rules.broken("KL2", "window must be positive, but is ", getWindow());
  if (getChannels() < 1 || llvm::divideCeilSigned(getChannels(), kLanes) != shapeOf(getInput())[1])
    return rules.broken("KL2", "channels (", getChannels(), ") must fill the blocks of ",
                        getInput().getType());
  return success();
}

LogicalResult ResampleOp::verify() {
  RuleReporter rules(*this);
  if (!isBlockedF32(getInput()) || !isBlockedF32(getOutput()) ||
      shapeOf(getInput()).take_front(2) != shapeOf(getOutput()).take_front(2))
    return rules.broken(
        "KS1", "input and output must be blocked f32 with the same batch and blocks, but are ",
        getInput().getType(), " and ", getOutput().getType());
  if (!isList(getTaps(), 3, 1) || !isList(getOutSize(), 3, 1) || !isList(getInOrigin(), 3, 0) ||
      !isList(getOutOrigin(), 3, 0) || !fits(getOutSize(), getOutOrigin(), getOutput()))
    return rules.broken(
        "KS2",
        "taps and out_size must have three positive entries, and out_size must fit the output");
  int64_t entries = 0;
  for (int d = 0; d < 3; ++d)
    entries += getTaps()[d] * getOutSize()[d];
  auto isTable = [&](Value table) { return isPlain(table, 1) && shapeOf(table)[0] == entries; };
  if (!isTable(getIndices()) || !typeOf(getIndices()).getElementType().isInteger(32))
    return rules.broken("KS3", "indices must be a list of ", entries, " i32, but are ",
                        getIndices().getType());
  if (getWeights() ? !isTable(getWeights()) || !isF32(getWeights())
                   : llvm::any_of(getTaps(), [](int64_t taps) { return taps != 1; }))
    return rules.broken("KS3", "weights must be a list of ", entries,
                        " f32, absent only where all taps are 1");
  return success();
}

LogicalResult NonMaxSuppressionOp::verify() {
  RuleReporter rules(*this);
  ArrayRef<int64_t> boxes = shapeOf(getBoxes()), scores = shapeOf(getScores()),
                    selected = shapeOf(getSelected());
  bool areBoxes = boxes.size() == 3 && boxes[2] == 4 && scores.size() == 3 &&
                  scores[0] == boxes[0] && scores[2] == boxes[1];
  bool areRows =
      selected.size() == 2 && selected[1] == 3 && shapeOf(getCount()) == ArrayRef<int64_t>{1};
  bool areTypes = isF32(getBoxes()) && isF32(getScores()) && isF32(getRest()) &&
                  typeOf(getSelected()).getElementType().isInteger(64) &&
                  typeOf(getCount()).getElementType().isInteger(64);
  if (!areBoxes || !areRows || !areTypes || shapeOf(getRest()) != ArrayRef<int64_t>{boxes[1]})
    return rules.broken(
        "KM1",
        "boxes N x B x 4, scores N x C x B and rest B must be f32, selected M x 3 and count 1 i64");
  return success();
}

LogicalResult TopKOp::verify() {
  RuleReporter rules(*this);
  ArrayRef<int64_t> input = shapeOf(getInput()), values = shapeOf(getValues());
  Type element = typeOf(getInput()).getElementType();
  bool areRows = isPlain(getInput(), 3) && isPlain(getValues(), 3) && isPlain(getPositions(), 3) &&
                 values[0] == input[0] && values[1] <= input[1] && values[2] == input[2] &&
                 shapeOf(getPositions()) == values;
  bool areTypes =
      (element.isF32() || element.isF64() || element.isInteger(32) || element.isInteger(64)) &&
      typeOf(getValues()).getElementType() == element &&
      typeOf(getPositions()).getElementType().isInteger(64);
  if (!areRows || !areTypes)
    return rules.broken("KTK1", "input A x N x B and values A x K x B must be f32, f64, i32 or "
                                "i64, positions A x K x B i64");
  return success();
}

LogicalResult RoiAlignOp::verify() {
  RuleReporter rules(*this);
  ArrayRef<int64_t> input = shapeOf(getInput()), rois = shapeOf(getRois()),
                    output = shapeOf(getOutput());
  Type images = typeOf(getImages()).getElementType();
  bool areShapes = isPlain(getInput(), 4) && isPlain(getRois(), 2) && rois[1] == 4 &&
                   isPlain(getImages(), 1) && isPlain(getOutput(), 4) &&
                   shapeOf(getImages())[0] == rois[0] && output[0] == rois[0] &&
                   output[1] == input[1];
  bool areTypes = isF32(getInput()) && isF32(getRois()) && isF32(getOutput()) &&
                  (images.isInteger(32) || images.isInteger(64));
  if (!areShapes || !areTypes)
    return rules.broken("KRA1", "input N x C x H x W, rois R x 4 and output R x C x OH x OW must "
                                "be f32, images R i32 or i64");
  return success();
}

LogicalResult RelayoutOp::verify() {
  RuleReporter rules(*this);
  bool toBlocked = isPlanar(getInput()) && isBlocked(getOutput());
  if (!toBlocked && !(isBlocked(getInput()) && isPlanar(getOutput())))
    return rules.broken("KR1", "one buffer must be planar and one blocked, but they are ",
                        getInput().getType(), " and ", getOutput().getType());
  Value planar = toBlocked ? getInput() : getOutput(),
        blocked = toBlocked ? getOutput() : getInput();
  if (typeOf(planar).getElementType() != typeOf(blocked).getElementType() ||
      shapeOf(planar)[0] != shapeOf(blocked)[0])
    return rules.broken("KR1", "both buffers must have one element type and one batch");
  if (getChannels() < 1 || shapeOf(planar)[1] != getChannels() ||
      shapeOf(blocked)[1] != llvm::divideCeilSigned(getChannels(), kLanes))
    return rules.broken("KR1", "both buffers must have ", getChannels(), " channels");
  if (!isList(getMap(), 3, 1) || !isList(getInOrigin(), 3, 0) || !isList(getOutOrigin(), 3, 0) ||
      !fits(getMap(), getInOrigin(), getInput()) || !fits(getMap(), getOutOrigin(), getOutput()))
    return rules.broken("KR2", "map must fit both buffers from their origins");
  return success();
}

LogicalResult FillBorderOp::verify() {
  RuleReporter rules(*this);
  if (!isPlanar(getBuffer()) && !isBlocked(getBuffer()))
    return rules.broken("KB1", "buffer must be planar or blocked, but is ", getBuffer().getType());
  if (!fitsBorder(getBorder(), getBuffer()))
    return rules.broken("KB1", "border must have six entries from 0 up that fit ",
                        getBuffer().getType());
  return success();
}

} // namespace kiln::kernel
