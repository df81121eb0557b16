// Rules of the ops behind the heads of a detector.
#include "dialects/nn/NnDialect.h"
#include "dialects/nn/NnRules.h"

using namespace mlir;

namespace kiln::nn {

LogicalResult NonMaxSuppressionOp::verify() {
  RuleReporter rules(*this);
  ArrayRef<int64_t> boxes = getBoxes().getType().getShape();
  ArrayRef<int64_t> scores = getScores().getType().getShape();
  constexpr size_t rank = 3;
  constexpr int64_t coordinates = 4;
  if (boxes.size() != rank || scores.size() != rank || boxes[0] != scores[0] ||
      boxes[1] != scores[2] || boxes[2] != coordinates ||
      getBoxes().getType().getElementType() != getScores().getType().getElementType())
    return rules.broken("NM1",
                        "boxes must be N x B x 4 and scores N x C x B of one element type, "
                        "but are ",
                        getBoxes().getType(), " and ", getScores().getType());
  ArrayRef<int64_t> selected = getSelected().getType().getShape();
  bool areIndices = getSelected().getType().getElementType().isInteger(64) &&
                    getCount().getType().getElementType().isInteger(64);
  if (!areIndices || selected.size() != 2 || selected[1] != 3 ||
      getCount().getType().getShape() != ArrayRef<int64_t>{1})
    return rules.broken("NM2", "selected must be M x 3 and count 1, of i64, but are ",
                        getSelected().getType(), " and ", getCount().getType());
  if (getMaxPerClass() < 1)
    return rules.broken("NM3", "max_per_class must be positive, but is ", getMaxPerClass());
  return success();
}

LogicalResult TopKOp::verify() {
  RuleReporter rules(*this);
  RankedTensorType input = getInput().getType(), values = getValues().getType(),
                   positions = getPositions().getType();
  int64_t axis = getAxis();
  if (axis < 0 || axis >= input.getRank())
    return rules.broken("TK1", "axis ", axis, " is out of range for rank ", input.getRank());
  auto isPartOfInput = [&](RankedTensorType type) {
    if (type.getRank() != input.getRank() || type.getDimSize(axis) > input.getDimSize(axis))
      return false;
    SmallVector<int64_t> shape(input.getShape());
    shape[axis] = type.getDimSize(axis);
    return type.getShape() == ArrayRef(shape);
  };
  if (!isPartOfInput(values) || positions.getShape() != values.getShape() ||
      values.getElementType() != input.getElementType() ||
      !positions.getElementType().isInteger(64))
    return rules.broken("TK2", "values and positions must be part of ", input,
                        " along its dimension ", axis, ", the latter of i64, but are ", values,
                        " and ", positions);
  return success();
}

LogicalResult RoiAlignOp::verify() {
  RuleReporter rules(*this);
  RankedTensorType input = getInput().getType(), rois = getRois().getType(),
                   result = getResult().getType();
  ArrayRef<int64_t> images = getImages().getType().getShape();
  constexpr int64_t coordinates = 4, mapRank = 4;
  if (input.getRank() != mapRank || input.getNumElements() == 0 || rois.getRank() != 2 ||
      rois.getDimSize(1) != coordinates || rois.getElementType() != input.getElementType() ||
      images != rois.getShape().take_front())
    return rules.broken("RA1", "input must be N x C x H x W, rois R x 4 and images R, but are ",
                        input, ", ", rois, " and ", getImages().getType());
  if (result.getRank() != mapRank || result.getDimSize(0) != rois.getDimSize(0) ||
      result.getDimSize(1) != input.getDimSize(1) || result.getDimSize(2) < 1 ||
      result.getDimSize(3) < 1 || result.getElementType() != input.getElementType())
    return rules.broken("RA2", "the result must be a map of ", input.getDimSize(1),
                        " channels for each of ", rois.getDimSize(0), " regions, but is ", result);
  if (getSamplingRatio() < 0 || getSamplingRatio() > mostSamples)
    return rules.broken("RA3", "sampling_ratio must be from 0 to ", mostSamples, ", but is ",
                        getSamplingRatio());
  return success();
}

} // namespace kiln::nn
