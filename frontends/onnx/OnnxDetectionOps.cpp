// Operators behind the heads of a detector.
#include "frontends/onnx/OnnxOperators.h"
#include "frontends/onnx/OnnxSmallConstant.h"

#include <limits>

using namespace mlir;

namespace kiln::onnx_frontend {

using llvm::APFloat;

//---- The best elements

/// How many are wanted: an attribute until opset 9.
static FailureOr<int64_t> wantedCount(OnnxNode &node) {
  if (node.numInputs() < 2)
    return node.integer("k", -1);
  FailureOr<Integers> given = node.constantIntegers(1, "the number of elements");
  if (failed(given))
    return failure();
  if (given->size() != 1)
    return node.error() << "the number of elements is no scalar";
  return given->front();
}

/// The kernel knows numbers of 32 and 64 bits.
static Type comparedType(OnnxNode &node) {
  Type element = node.type(0).getElementType();
  if (auto integer = dyn_cast<IntegerType>(element); integer && integer.getWidth() < 32)
    return node.getBuilder().getI32Type();
  return element;
}

static LogicalResult translateTopK(OnnxNode &node) {
  FailureOr<int64_t> axis = node.checkedAxis(node.integer("axis", -1), node.rank(0));
  FailureOr<int64_t> count = wantedCount(node);
  if (failed(axis) || failed(count))
    return failure();
  Integers shape(node.shape(0));
  if (*count < 0 || *count > shape[*axis])
    return node.error() << "it takes " << *count << " of the " << shape[*axis]
                        << " elements of dimension " << *axis;
  shape[*axis] = *count;
  Type compared = comparedType(node), index = node.getBuilder().getI64Type();
  FailureOr<Value> data = node.converted(node.input(0), compared);
  if (failed(data))
    return failure();
  SmallVector<Type> types{RankedTensorType::get(shape, compared),
                          RankedTensorType::get(shape, index)};
  auto best = nn::createCheckedAs<nn::TopKOp>(node.getBuilder(), node.getLoc(), TypeRange(types),
                                              *data, *axis, node.integer("largest", 1) != 0);
  if (failed(best))
    return failure();
  FailureOr<Value> values = node.converted(best->getValues(), node.type(0).getElementType());
  return success(succeeded(node.setFirst(values)) &&
                 (node.numOutputs() < 2 || succeeded(node.setResult(best->getPositions(), 1))));
}

//---- Boxes that do not cover each other

/// The number in an input of one element; `otherwise` where it is absent.
static FailureOr<double> constantNumber(OnnxNode &node, size_t index, llvm::StringRef what,
                                        double otherwise) {
  if (!node.input(index))
    return otherwise;
  std::optional<SmallConstant> number = readSmallConstant(node.input(index));
  if (!number)
    return node.notConstant(index, what);
  if (number->numbers.size() != 1)
    return node.error() << what << " is no scalar";
  return number->numbers.front();
}

/// The result has as many rows as boxes may be selected; see OnnxDetectedRows.h.
static LogicalResult translateNonMaxSuppression(OnnxNode &node) {
  constexpr double noScore = -std::numeric_limits<double>::infinity();
  FailureOr<double> wanted = constantNumber(node, 2, "the most boxes of a class", 0);
  FailureOr<double> overlap = constantNumber(node, 3, "the threshold of overlaps", 0);
  FailureOr<double> score = constantNumber(node, 4, "the threshold of scores", noScore);
  if (failed(wanted) || failed(overlap) || failed(score))
    return failure();
  if (node.rank(0) != 3 || node.rank(1) != 3)
    return node.error() << "boxes of shape " << nn::shapeText(node.shape(0))
                        << " and scores of shape " << nn::shapeText(node.shape(1))
                        << " do not fit; N x B x 4 and N x C x B are needed";
  llvm::ArrayRef<int64_t> scores = node.shape(1);
  auto boxes = static_cast<double>(scores[2]);
  int64_t most = *wanted > 0 ? static_cast<int64_t>(std::min(*wanted, boxes)) : 0;
  std::optional<int64_t> rows = checkedProduct({scores[0], scores[1], most});
  Type index = node.getBuilder().getI64Type();
  if (rows == 0)
    return node.setFirst(node.integerTensor({}, {0, 3}, index));
  FailureOr<RankedTensorType> type =
      nn::checkedTensorType(node.getLoc(), {rows.value_or(-1), 3}, index);
  if (failed(type))
    return failure();
  SmallVector<Type> types{*type, RankedTensorType::get({1}, index)};
  auto selection = nn::createCheckedAs<nn::NonMaxSuppressionOp>(
      node.getBuilder(), node.getLoc(), TypeRange(types), node.input(0), node.input(1), most,
      APFloat(*score), APFloat(*overlap), node.integer("center_point_box", 0) != 0);
  return failed(selection) ? failure() : node.setResult(selection->getSelected());
}

//---- Regions of a map

/// Until opset 15 pixels had their centres at whole numbers.
static LogicalResult translateRoiAlign(OnnxNode &node) {
  constexpr int64_t firstWithHalfPixels = 16;
  bool isOld = node.opset() < firstWithHalfPixels;
  std::string mode = node.text("mode", "avg");
  std::string places =
      node.text("coordinate_transformation_mode", isOld ? "output_half_pixel" : "half_pixel");
  if (mode != "avg" && mode != "max")
    return node.error() << "mode is " << quoted(mode) << "; it must be avg or max";
  if (places != "half_pixel" && places != "output_half_pixel")
    return node.error() << "coordinate_transformation_mode is " << quoted(places)
                        << "; it must be half_pixel or output_half_pixel";
  if (node.rank(0) != 4 || node.rank(1) != 2)
    return node.error() << "a map of shape " << nn::shapeText(node.shape(0))
                        << " and regions of shape " << nn::shapeText(node.shape(1))
                        << " do not fit; N x C x H x W and R x 4 are needed";
  FailureOr<RankedTensorType> type =
      nn::checkedTensorType(node.getLoc(),
                            {node.shape(1)[0], node.shape(0)[1], node.integer("output_height", 1),
                             node.integer("output_width", 1)},
                            node.type(0).getElementType());
  if (failed(type))
    return failure();
  return node.setFirst(node.createAs<nn::RoiAlignOp>(
      *type, node.input(0), node.input(1), node.input(2),
      mode == "max" ? nn::RoiMode::Max : nn::RoiMode::Average, node.integer("sampling_ratio", 0),
      APFloat(node.real("spatial_scale", 1.0)), places == "half_pixel"));
}

llvm::ArrayRef<OnnxOperator> detectionOperators() {
  static const OnnxOperator operators[] = {
      {"TopK", 1, 1, 2, translateTopK},
      {"NonMaxSuppression", 10, 2, 5, translateNonMaxSuppression},
      {"RoiAlign", 10, 3, 3, translateRoiAlign},
  };
  return operators;
}

} // namespace kiln::onnx_frontend
