// Non-max suppression over all heads, and the rows of what is left.
#include "frontends/darknet/DarknetDetections.h"

using namespace mlir;

namespace kiln::darknet_frontend {

namespace {

/// The most boxes that a network reports; of more, those of the highest scores.
constexpr int64_t mostRows = 1000;

/// Builds under a tensor's name.
frontend::NnBuilder named(OpBuilder &builder, llvm::StringRef name) {
  return frontend::NnBuilder(builder, NameLoc::get(builder.getStringAttr(name)));
}

llvm::ArrayRef<int64_t> shapeOf(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape();
}

FailureOr<Value> joined(OpBuilder &builder, llvm::StringRef name, ArrayRef<Value> parts,
                        int64_t axis) {
  frontend::NnBuilder b = named(builder, name);
  if (parts.size() == 1)
    return b.create<nn::IdentityOp>(parts.front());
  return b.create<nn::ConcatOp>(ValueRange(parts), axis);
}

/// Column `column` of the rows (image, class, box).
FailureOr<Value> columnOf(frontend::NnBuilder &b, Value rows, int64_t column) {
  int64_t count = shapeOf(rows)[0];
  return b.reshaped(
      b.create<nn::SliceOp>(rows, Integers{0, column}, Integers{count, 1}, Integers{1, 1}),
      {count});
}

/// Rows of `table` by number, with a row of zeros for -1: it is put behind the others, where -1
/// counted from the end finds it.
FailureOr<Value> pick(frontend::NnBuilder &b, FailureOr<Value> table, FailureOr<Value> numbers) {
  if (failed(table))
    return failure();
  size_t rank = shapeOf(*table).size();
  Integers pads(2 * rank, 0);
  pads[rank] = 1;
  FailureOr<Value> padded =
      b.create<nn::PadOp>(table, pads, nn::PadMode::Constant, llvm::APFloat(0.0));
  return b.create<nn::GatherOp>(padded, numbers, 0);
}

FailureOr<Value> rowsOf(frontend::NnBuilder b, Value boxes, Value scores, Value selected) {
  int64_t classes = shapeOf(scores)[1], count = shapeOf(scores)[2], rows = shapeOf(selected)[0];
  Type index = b.getBuilder().getI64Type(), element = b.getBuilder().getF32Type();
  FailureOr<Value> number = columnOf(b, selected, 1), box = columnOf(b, selected, 2);
  FailureOr<Value> place = b.create<nn::AddOp>(
      b.create<nn::MulOp>(number, b.scalar(static_cast<double>(count), index)), box);
  FailureOr<Value> corners = pick(b, b.reshaped(boxes, {count, 4}), box);
  FailureOr<Value> score = pick(b, b.reshaped(scores, {classes * count}),
                                b.create<nn::MaxOp>(place, b.scalar(-1, index)));
  FailureOr<Value> label = b.converted(b.create<nn::MaxOp>(number, b.scalar(0, index)), element);
  FailureOr<Value> scoreColumn = b.reshaped(score, {rows, 1});
  FailureOr<Value> labelColumn = b.reshaped(label, {rows, 1});
  if (failed(corners) || failed(scoreColumn) || failed(labelColumn))
    return failure();
  return b.create<nn::ConcatOp>(ValueRange{*corners, *scoreColumn, *labelColumn}, 1);
}

} // namespace

FailureOr<SuppressedBoxes> suppressBoxes(llvm::ArrayRef<DecodedBoxes> heads,
                                         DetectionThresholds thresholds, OpBuilder &builder,
                                         Location at) {
  SmallVector<Value> boxParts, scoreParts;
  for (const DecodedBoxes &head : heads) {
    if (shapeOf(head.scores)[1] != shapeOf(heads.front().scores)[1])
      return emitError(at) << "the detection heads know " << shapeOf(heads.front().scores)[1]
                           << " and " << shapeOf(head.scores)[1]
                           << " classes; give all of them the same number";
    boxParts.push_back(head.boxes);
    scoreParts.push_back(head.scores);
  }
  FailureOr<Value> boxes = joined(builder, "boxes", boxParts, 1);
  FailureOr<Value> scores = joined(builder, "scores", scoreParts, 2);
  if (failed(boxes) || failed(scores))
    return failure();
  int64_t count = shapeOf(*scores)[2], classes = shapeOf(*scores)[1];
  int64_t rows = std::min<int64_t>(mostRows, classes * count);
  Type index = builder.getI64Type();
  SmallVector<Type> types{RankedTensorType::get({rows, 3}, index),
                          RankedTensorType::get({1}, index)};
  auto selection = nn::createCheckedAs<nn::NonMaxSuppressionOp>(
      builder, NameLoc::get(builder.getStringAttr("selected")), TypeRange(types), *boxes, *scores,
      std::min(rows, count), llvm::APFloat(thresholds.score), llvm::APFloat(thresholds.overlap),
      /*center_point_box=*/true);
  if (failed(selection))
    return failure();
  FailureOr<Value> detections =
      rowsOf(named(builder, "detections"), *boxes, *scores, selection->getSelected());
  if (failed(detections))
    return failure();
  return SuppressedBoxes{*detections, selection->getCount()};
}

} // namespace kiln::darknet_frontend
