// Window sizes and broadcasting, checked for overflow.
#include "dialects/nn/NnShapeInference.h"

#include "llvm/Support/CheckedArithmetic.h"

using namespace mlir;

namespace kiln::nn {

std::optional<int64_t> dilatedSize(int64_t kernel, int64_t dilation) {
  return llvm::checkedMulAdd<int64_t>(dilation, kernel - 1, 1);
}

static LogicalResult checkWindows(size_t spatialRank, const Windows &windows, StringRef label,
                                  const RuleReporter &rules) {
  auto notPositive = [](int64_t value) { return value < 1; };
  struct Field {
    StringRef name;
    ArrayRef<int64_t> values;
  };
  for (const Field &field :
       {Field{"kernel size", windows.kernel}, Field{"strides", windows.strides},
        Field{"dilations", windows.dilations}}) {
    if (field.values.size() != spatialRank)
      return rules.broken(label, field.name, " must have ", spatialRank, " entries, but has ",
                          field.values.size());
    if (llvm::any_of(field.values, notPositive))
      return rules.broken(label, field.name, " must be positive, but is ", shapeText(field.values));
  }
  if (windows.pads.size() != 2 * spatialRank)
    return rules.broken(label, "pads must have ", 2 * spatialRank, " entries, but has ",
                        windows.pads.size());
  if (llvm::any_of(windows.pads, [](int64_t pad) { return pad < 0; }))
    return rules.broken(label, "pads must not be negative");
  return success();
}

/// One dimension of windowedShape; nothing where the window does not fit or a size overflows.
static std::optional<int64_t> windowedSize(int64_t input, const Windows &windows, size_t dim) {
  int64_t begin = windows.pads[dim], end = windows.pads[dim + windows.kernel.size()];
  std::optional<int64_t> window = dilatedSize(windows.kernel[dim], windows.dilations[dim]);
  std::optional<int64_t> padded = llvm::checkedAdd(input, begin);
  if (padded)
    padded = llvm::checkedAdd(*padded, end);
  if (!window || !padded || *window > *padded)
    return std::nullopt;
  int64_t slack = *padded - *window, stride = windows.strides[dim];
  int64_t size = slack / stride + 1;
  bool startsInside = size <= (input + begin - 1) / stride;
  if (windows.ceilMode && slack % stride != 0 && startsInside)
    ++size;
  return size;
}

FailureOr<SmallVector<int64_t>> windowedShape(ArrayRef<int64_t> input, const Windows &windows,
                                              const WindowRules &labels,
                                              const RuleReporter &rules) {
  if (failed(checkWindows(input.size(), windows, labels.lengths, rules)))
    return failure();
  SmallVector<int64_t> result;
  for (size_t dim = 0; dim < input.size(); ++dim) {
    std::optional<int64_t> size = windowedSize(input[dim], windows, dim);
    if (!size)
      return rules.broken(labels.fit, "kernel size ", windows.kernel[dim], " with dilation ",
                          windows.dilations[dim], " does not fit input size ", input[dim],
                          " with pads ", windows.pads[dim], " and ",
                          windows.pads[dim + input.size()], " in spatial dimension ", dim);
    result.push_back(*size);
  }
  return result;
}

std::optional<SmallVector<int64_t>> broadcastShapes(ArrayRef<int64_t> lhs, ArrayRef<int64_t> rhs) {
  if (lhs.size() < rhs.size())
    std::swap(lhs, rhs);
  SmallVector<int64_t> result(lhs);
  size_t offset = lhs.size() - rhs.size();
  for (auto [index, size] : llvm::enumerate(rhs)) {
    int64_t &common = result[offset + index];
    if (common != size && common != 1 && size != 1)
      return std::nullopt;
    if (common == 1)
      common = size;
  }
  return result;
}

bool broadcastsTo(ArrayRef<int64_t> from, ArrayRef<int64_t> to) {
  std::optional<SmallVector<int64_t>> common = broadcastShapes(from, to);
  return common && ArrayRef<int64_t>(*common) == to;
}

} // namespace kiln::nn
