// Non-max suppression, in f32 as the kernel: which boxes are left must not depend on rounding.
#include "compiler/reference/Kernels.h"

#include <algorithm>
#include <functional>
#include <limits>

using namespace mlir;

namespace kiln::reference {

namespace {

struct Box {
  float left, top, right, bottom;

  float area() const { return (right - left) * (bottom - top); }
};

Box boxOf(const float *numbers, bool isCentred) {
  if (isCentred) {
    float halfWidth = numbers[2] * 0.5f, halfHeight = numbers[3] * 0.5f;
    return {numbers[0] - halfWidth, numbers[1] - halfHeight, numbers[0] + halfWidth,
            numbers[1] + halfHeight};
  }
  return {std::min(numbers[1], numbers[3]), std::min(numbers[0], numbers[2]),
          std::max(numbers[1], numbers[3]), std::max(numbers[0], numbers[2])};
}

bool covers(const Box &a, const Box &b, float threshold) {
  float width = std::min(a.right, b.right) - std::max(a.left, b.left);
  float height = std::min(a.bottom, b.bottom) - std::max(a.top, b.top);
  if (!(width > 0) || !(height > 0))
    return false;
  float both = width * height;
  return both / (a.area() + b.area() - both) > threshold;
}

/// The boxes of one class that are left, best first.
std::vector<int64_t> suppress(ArrayRef<Box> boxes, ArrayRef<float> scores, int64_t most,
                              float scoreThreshold, float iouThreshold) {
  std::vector<int64_t> order, left;
  for (auto [index, score] : llvm::enumerate(scores))
    if (score > scoreThreshold)
      order.push_back(static_cast<int64_t>(index));
  llvm::sort(order, [&](int64_t a, int64_t b) {
    return scores[a] > scores[b] || (scores[a] == scores[b] && a < b);
  });
  for (int64_t candidate : order) {
    if (static_cast<int64_t>(left.size()) == most)
      break;
    if (llvm::none_of(left, [&](int64_t better) {
          return covers(boxes[better], boxes[candidate], iouThreshold);
        }))
      left.push_back(candidate);
  }
  return left;
}

struct Row {
  int64_t image, number, box;
  float score;
};

/// The rows of the highest scores, of equal ones the first, in the order that they have.
void keepBest(std::vector<Row> &rows, int64_t bound) {
  if (static_cast<int64_t>(rows.size()) <= bound)
    return;
  std::vector<float> scores;
  for (const Row &row : rows)
    scores.push_back(row.score);
  llvm::sort(scores, std::greater<float>());
  float last = bound > 0 ? scores[bound - 1] : std::numeric_limits<float>::infinity();
  int64_t ofLast = bound - llvm::count_if(scores, [&](float score) { return score > last; });
  llvm::erase_if(rows, [&](const Row &row) {
    return row.score < last || (row.score == last && ofLast-- <= 0);
  });
}

std::vector<float> floats(const Tensor &tensor) {
  std::vector<double> wide = tensor.load<double>();
  return std::vector<float>(wide.begin(), wide.end());
}

} // namespace

void evaluateNonMaxSuppression(nn::NonMaxSuppressionOp op, Operands operands,
                               llvm::MutableArrayRef<Tensor> results) {
  int64_t images = operands[1].shape()[0], classes = operands[1].shape()[1],
          count = operands[1].shape()[2], bound = results[0].shape()[0];
  std::vector<float> numbers = floats(operands[0]), scores = floats(operands[1]);
  std::vector<Box> boxes;
  for (int64_t i = 0; i < images * count; ++i)
    boxes.push_back(boxOf(&numbers[4 * i], op.getCenterPointBox()));
  std::vector<Row> kept;
  for (int64_t image = 0; image < images; ++image)
    for (int64_t c = 0; c < classes; ++c) {
      ArrayRef<float> ofClass = ArrayRef(scores).slice((image * classes + c) * count, count);
      for (int64_t box :
           suppress(ArrayRef(boxes).slice(image * count, count), ofClass, op.getMaxPerClass(),
                    static_cast<float>(op.getScoreThreshold().convertToDouble()),
                    static_cast<float>(op.getIouThreshold().convertToDouble())))
        kept.push_back({image, c, box, ofClass[box]});
    }
  keepBest(kept, bound);
  int64_t filled = static_cast<int64_t>(kept.size());
  std::vector<int64_t> rows;
  for (const Row &row : kept)
    rows.insert(rows.end(), {row.image, row.number, row.box});
  rows.resize(bound * 3, -1);
  results[0].store<int64_t>(0, rows);
  results[1].store<int64_t>(0, ArrayRef<int64_t>{filled});
}

} // namespace kiln::reference
