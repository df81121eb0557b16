// Non-max suppression, in f32 as the kernel: which boxes are left must not depend on rounding.
#include "compiler/reference/Kernels.h"

#include <algorithm>

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
  std::vector<int64_t> rows;
  for (int64_t image = 0; image < images; ++image)
    for (int64_t c = 0; c < classes; ++c)
      for (int64_t box : suppress(ArrayRef(boxes).slice(image * count, count),
                                  ArrayRef(scores).slice((image * classes + c) * count, count),
                                  op.getMaxPerClass(),
                                  static_cast<float>(op.getScoreThreshold().convertToDouble()),
                                  static_cast<float>(op.getIouThreshold().convertToDouble())))
        rows.insert(rows.end(), {image, c, box});
  int64_t filled = std::min<int64_t>(bound, rows.size() / 3);
  rows.resize(bound * 3, -1);
  std::fill(rows.begin() + 3 * filled, rows.end(), -1);
  results[0].store<int64_t>(0, rows);
  results[1].store<int64_t>(0, ArrayRef<int64_t>{filled});
}

} // namespace kiln::reference
