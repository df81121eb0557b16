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

} // namespace kiln::nn
