// Scatters and running sums. Where the indices of a scatter are constant, it is a choice between
// the elements of the data and of the updates: one gather from both, side by side.
//
//   ScatterND(data, [[1]], update)  ->  gather(concat(data, update), [0, N, 2, ...])
#include "frontends/onnx/OnnxOperators.h"

using namespace mlir;

namespace kiln::onnx_frontend {

/// `data` as rows, with row `targets[i]` replaced by row i of `updates`; the last one wins.
static LogicalResult replaceRows(OnnxNode &node, llvm::ArrayRef<int64_t> targets, int64_t rows) {
  std::string reduction = node.text("reduction", "none");
  constexpr int64_t mostRows = int64_t(1) << 24;
  if (rows > mostRows)
    return node.error() << "it has " << rows << " places to write to, more than " << mostRows;
  if (reduction != "none")
    return node.error() << "its reduction is " << quoted(reduction) << "; only none is supported";
  int64_t elements = node.type(0).getNumElements(), size = rows ? elements / rows : 0;
  auto count = static_cast<int64_t>(targets.size());
  Integers order = llvm::to_vector(llvm::seq<int64_t>(0, rows));
  for (auto [update, target] : llvm::enumerate(targets)) {
    if (target < 0 || target >= rows)
      return node.error() << "an index is out of range";
    order[target] = rows + static_cast<int64_t>(update);
  }
  if (elements == 0)
    return node.setResult(node.input(0));
  FailureOr<Value> data = node.reshaped(node.input(0), {rows, size});
  FailureOr<Value> updates = node.reshaped(node.input(2), {count, size});
  if (failed(data) || failed(updates))
    return failure();
  FailureOr<Value> both = node.create<nn::ConcatOp>(SmallVector<Value>{*data, *updates}, 0);
  FailureOr<Value> result = node.create<nn::GatherOp>(
      both, node.integerTensor(order, {rows}, node.getBuilder().getI64Type()), 0);
  return node.setFirst(node.reshaped(result, node.shape(0)));
}

/// The last dimension of the indices is a position in the leading dimensions of the data.
static LogicalResult translateScatterNd(OnnxNode &node) {
  FailureOr<Integers> indices = node.constantIntegers(1, "the list of indices");
  if (failed(indices))
    return failure();
  llvm::ArrayRef<int64_t> data = node.shape(0);
  int64_t depth = node.rank(1) ? node.shape(1).back() : 0;
  if (depth < 1 || depth > node.rank(0))
    return node.error() << "indices of shape " << nn::shapeText(node.shape(1))
                        << " do not fit data of shape " << nn::shapeText(data);
  Integers targets;
  for (size_t first = 0; first < indices->size(); first += depth) {
    int64_t target = 0;
    for (int64_t dim = 0; dim < depth; ++dim) {
      int64_t index = (*indices)[first + dim];
      index += index < 0 ? data[dim] : 0;
      if (index < 0 || index >= data[dim])
        return node.error() << "index " << (*indices)[first + dim]
                            << " is out of range for dimension " << dim << " of size " << data[dim];
      target = target * data[dim] + index;
    }
    targets.push_back(target);
  }
  return replaceRows(node, targets, checkedProduct(data.take_front(depth)).value_or(0));
}

/// result[indices[i][j]][j] = updates[i][j] for axis 0, and so on.
static LogicalResult translateScatterElements(OnnxNode &node) {
  FailureOr<int64_t> axis = node.checkedAxis(node.integer("axis", 0), node.rank(0));
  FailureOr<Integers> indices = node.constantIntegers(1, "the list of indices");
  if (failed(axis) || failed(indices))
    return failure();
  llvm::ArrayRef<int64_t> data = node.shape(0), shape = node.shape(1);
  bool fits = shape.size() == data.size() && node.shape(2) == shape;
  for (size_t dim = 0; fits && dim < data.size(); ++dim)
    fits = static_cast<int64_t>(dim) == *axis || shape[dim] <= data[dim];
  if (!fits)
    return node.error() << "indices of shape " << nn::shapeText(shape) << ", updates of shape "
                        << nn::shapeText(node.shape(2)) << " and data of shape "
                        << nn::shapeText(data) << " do not fit";
  Integers targets;
  for (size_t i = 0; i < indices->size(); ++i) {
    int64_t rest = static_cast<int64_t>(i), target = 0, stride = 1;
    for (size_t dim = data.size(); dim-- > 0; rest /= shape[dim], stride *= data[dim]) {
      int64_t position = static_cast<int64_t>(dim) == *axis ? (*indices)[i] : rest % shape[dim];
      position += position < 0 ? data[dim] : 0;
      if (position < 0 || position >= data[dim])
        return node.error() << "index " << (*indices)[i] << " is out of range for dimension " << dim
                            << " of size " << data[dim];
      target += position * stride;
    }
    targets.push_back(target);
  }
  return replaceRows(node, targets, node.type(0).getNumElements());
}

static FailureOr<Value> reversedAlong(OnnxNode &node, FailureOr<Value> data, int64_t axis) {
  int64_t rank = node.rank(0);
  Integers starts(rank, 0), steps(rank, 1);
  starts[axis] = std::max<int64_t>(0, node.shape(0)[axis] - 1);
  steps[axis] = -1;
  return node.create<nn::SliceOp>(data, starts, node.shape(0), steps);
}

static LogicalResult translateCumSum(OnnxNode &node) {
  FailureOr<Integers> given = node.constantIntegers(1, "the axis");
  if (failed(given))
    return failure();
  if (given->size() != 1)
    return node.error() << "the axis is no scalar";
  FailureOr<int64_t> axis = node.checkedAxis(given->front(), node.rank(0));
  if (failed(axis))
    return failure();
  bool isReverse = node.integer("reverse", 0) != 0;
  int64_t size = node.shape(0)[*axis];
  FailureOr<Value> sum = node.input(0);
  if (isReverse)
    sum = reversedAlong(node, sum, *axis);
  if (node.integer("exclusive", 0) != 0 && size > 0)
    sum = node.shifted(sum, *axis, 1);
  sum = node.runningSum(sum, *axis);
  return node.setFirst(isReverse ? reversedAlong(node, sum, *axis) : sum);
}

llvm::ArrayRef<OnnxOperator> scatterOperators() {
  static const OnnxOperator operators[] = {
      {"ScatterND", 11, 3, 3, translateScatterNd},
      {"ScatterElements", 11, 3, 3, translateScatterElements},
      {"Scatter", 9, 3, 3, translateScatterElements},
      {"CumSum", 11, 2, 2, translateCumSum},
  };
  return operators;
}

} // namespace kiln::onnx_frontend
