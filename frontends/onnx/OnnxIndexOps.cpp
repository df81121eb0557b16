// Operators that compute positions or select by them: comparisons with the numbers 0, 1, 2, ...
// along a dimension, and gathers from the elements in one row.
#include "frontends/onnx/OnnxOperators.h"
#include "frontends/onnx/OnnxSmallConstant.h"
#include "frontends/support/ConstantChain.h"

using namespace mlir;

namespace kiln::onnx_frontend {

using nn::Predicate;

/// Negative indices count from the end of a dimension.
static FailureOr<Value> fromFront(OnnxNode &node, FailureOr<Value> indices, FailureOr<Value> size) {
  if (failed(indices) || failed(size))
    return failure();
  Type element = cast<RankedTensorType>(indices->getType()).getElementType();
  FailureOr<Value> isNegative =
      node.create<nn::CompareOp>(indices, node.scalar(0, element), Predicate::Less);
  return node.create<nn::SelectOp>(isNegative, node.create<nn::AddOp>(indices, size), indices);
}

static Integers stridesOf(llvm::ArrayRef<int64_t> shape) {
  Integers strides(shape.size(), 1);
  for (size_t i = shape.size(); i > 1; --i)
    strides[i - 2] = strides[i - 1] * shape[i - 1];
  return strides;
}

//---- Where the extremes lie

/// The first position of the extreme, or with select_last_index the last: the least (largest) of
/// the positions where the element equals it. A NaN equals nothing; its position is then the end.
template <typename ReduceOp> static FailureOr<Value> extremePosition(OnnxNode &node, int64_t axis) {
  Value data = node.input(0);
  int64_t rank = node.rank(0), size = node.shape(0)[axis];
  bool last = node.integer("select_last_index", 0) != 0;
  Type i32 = node.getBuilder().getI32Type();
  FailureOr<Value> extreme = node.create<ReduceOp>(data, Integers{axis}, /*keepdims=*/true);
  FailureOr<Value> isExtreme = node.create<nn::CompareOp>(data, extreme, Predicate::Equal);
  FailureOr<Value> place = node.create<nn::SelectOp>(isExtreme, node.ramp(rank, axis, size, i32),
                                                     node.scalar(last ? 0 : size - 1, i32));
  if (last)
    return node.create<nn::ReduceMaxOp>(place, Integers{axis}, /*keepdims=*/true);
  return node.create<nn::ReduceMinOp>(place, Integers{axis}, /*keepdims=*/true);
}

template <typename ReduceOp> static LogicalResult translateArgExtreme(OnnxNode &node) {
  FailureOr<int64_t> axis = node.checkedAxis(node.integer("axis", 0), node.rank(0));
  if (failed(axis))
    return failure();
  if (node.shape(0)[*axis] > INT32_MAX)
    return node.error() << "dimension " << *axis << " has more than 2^31 elements";
  FailureOr<Value> place = extremePosition<ReduceOp>(node, *axis);
  Integers shape(node.shape(0));
  shape[*axis] = 1;
  if (node.integer("keepdims", 1) == 0)
    shape.erase(shape.begin() + *axis);
  return node.setFirst(node.converted(node.reshaped(place, shape), node.getBuilder().getI64Type()));
}

/// 1 at the first maximum of an axis, 0 elsewhere; before opset 13 the dimensions from the axis on
/// are one.
static LogicalResult translateHardmax(OnnxNode &node) {
  constexpr int64_t firstWithOneAxis = 13;
  bool isFlat = node.opset() < firstWithOneAxis;
  FailureOr<int64_t> axis = node.checkedAxis(node.integer("axis", isFlat ? 1 : -1), node.rank(0));
  if (failed(axis))
    return failure();
  llvm::ArrayRef<int64_t> shape = node.shape(0);
  Type i32 = node.getBuilder().getI32Type();
  FailureOr<Value> data = node.input(0);
  if (isFlat) {
    data = node.reshaped(data, {checkedProduct(shape.take_front(*axis)).value_or(0),
                                checkedProduct(shape.drop_front(*axis)).value_or(0)});
    axis = 1;
  }
  if (failed(data))
    return failure();
  auto type = cast<RankedTensorType>(data->getType());
  FailureOr<Value> place = node.ramp(type.getRank(), *axis, type.getDimSize(*axis), i32);
  FailureOr<Value> largest = node.create<nn::ReduceMaxOp>(data, Integers{*axis}, true);
  FailureOr<Value> isLargest = node.create<nn::CompareOp>(data, largest, Predicate::Equal);
  FailureOr<Value> candidates =
      node.create<nn::SelectOp>(isLargest, place, node.scalar(INT32_MAX, i32));
  FailureOr<Value> first = node.create<nn::ReduceMinOp>(candidates, Integers{*axis}, true);
  FailureOr<Value> isFirst = node.create<nn::CompareOp>(place, first, Predicate::Equal);
  FailureOr<Value> ones =
      node.converted(node.create<nn::MinOp>(isFirst, isLargest), type.getElementType());
  return node.setFirst(node.reshaped(ones, shape));
}

//---- Masks

/// Keeps what lies on one side of a diagonal.
static LogicalResult translateTrilu(OnnxNode &node) {
  int64_t rank = node.rank(0), k = 0;
  if (rank < 2)
    return node.error() << "its input has rank " << rank << "; a matrix is needed";
  if (node.input(1)) {
    FailureOr<Integers> given = node.constantIntegers(1, "the diagonal");
    if (failed(given))
      return failure();
    if (given->size() != 1)
      return node.error() << "the diagonal is no scalar";
    k = std::clamp<int64_t>(given->front(), -node.shape(0)[rank - 2] - 1,
                            node.shape(0)[rank - 1] + 1);
  }
  Type i64 = node.getBuilder().getI64Type();
  FailureOr<Value> row = node.ramp(rank, rank - 2, node.shape(0)[rank - 2], i64);
  FailureOr<Value> column = node.ramp(rank, rank - 1, node.shape(0)[rank - 1], i64);
  FailureOr<Value> diagonal = node.create<nn::AddOp>(row, node.scalar(static_cast<double>(k), i64));
  bool isUpper = node.integer("upper", 1) != 0;
  FailureOr<Value> kept = node.create<nn::CompareOp>(
      isUpper ? diagonal : column, isUpper ? column : diagonal, Predicate::LessEqual);
  return node.emit<nn::SelectOp>(kept, node.input(0),
                                 node.scalar(0, node.type(0).getElementType()));
}

static LogicalResult translateEyeLike(OnnxNode &node) {
  if (node.rank(0) != 2)
    return node.error() << "its input has rank " << node.rank(0) << "; a matrix is needed";
  FailureOr<Type> element = node.typeAttribute("dtype", node.type(0).getElementType());
  if (failed(element))
    return failure();
  Type i64 = node.getBuilder().getI64Type();
  FailureOr<Value> row = node.ramp(2, 0, node.shape(0)[0], i64);
  FailureOr<Value> column = node.ramp(2, 1, node.shape(0)[1], i64);
  Value k = node.scalar(static_cast<double>(node.integer("k", 0)), i64);
  FailureOr<Value> isOne =
      node.create<nn::CompareOp>(node.create<nn::AddOp>(row, k), column, Predicate::Equal);
  return node.setFirst(node.converted(isOne, *element));
}

/// values[1] where the position along a new axis is the index, values[0] elsewhere.
static LogicalResult translateOneHot(OnnxNode &node) {
  std::optional<SmallConstant> depth = readSmallConstant(node.input(1));
  if (!depth)
    return node.notConstant(1, "the depth");
  constexpr double mostClasses = 1 << 24;
  if (depth->numbers.size() != 1 || !(depth->numbers[0] >= 1 && depth->numbers[0] <= mostClasses))
    return node.error() << "the depth is no positive scalar";
  if (node.type(2).getNumElements() != 2)
    return node.error() << "its values are not two numbers";
  int64_t rank = node.rank(0) + 1, classes = static_cast<int64_t>(depth->numbers[0]);
  FailureOr<int64_t> axis = node.checkedAxis(node.integer("axis", -1), rank);
  if (failed(axis))
    return failure();
  Type i64 = node.getBuilder().getI64Type();
  Integers shape(node.shape(0));
  shape.insert(shape.begin() + *axis, 1);
  FailureOr<Value> index = fromFront(node, node.reshaped(node.converted(node.input(0), i64), shape),
                                     node.scalar(static_cast<double>(classes), i64));
  FailureOr<Value> isHot =
      node.create<nn::CompareOp>(index, node.ramp(rank, *axis, classes, i64), Predicate::Equal);
  auto value = [&](int64_t position) {
    return node.reshaped(
        node.create<nn::SliceOp>(node.input(2), Integers{position}, Integers{1}, Integers{1}), {});
  };
  return node.emit<nn::SelectOp>(isHot, value(1), value(0));
}

//---- Selection by index

/// result[i][j] = data[indices[i][j]][j] for axis 0, and so on.
static LogicalResult translateGatherElements(OnnxNode &node) {
  FailureOr<int64_t> axis = node.checkedAxis(node.integer("axis", 0), node.rank(0));
  if (failed(axis))
    return failure();
  int64_t rank = node.rank(0);
  if (node.rank(1) != rank)
    return node.error() << "its indices have rank " << node.rank(1) << ", its data has rank "
                        << rank;
  Integers strides = stridesOf(node.shape(0));
  Type i64 = node.getBuilder().getI64Type();
  Value size = node.scalar(static_cast<double>(node.shape(0)[*axis]), i64);
  Value step = node.scalar(static_cast<double>(strides[*axis]), i64);
  FailureOr<Value> place =
      node.create<nn::MulOp>(fromFront(node, node.converted(node.input(1), i64), size), step);
  for (int64_t dim = 0; dim < rank; ++dim) {
    if (dim == *axis || node.shape(1)[dim] == 1)
      continue;
    if (node.shape(1)[dim] > node.shape(0)[dim])
      return node.error() << "its indices have the shape " << nn::shapeText(node.shape(1))
                          << ", which does not fit into data of shape "
                          << nn::shapeText(node.shape(0));
    place = node.create<nn::AddOp>(place,
                                   node.ramp(rank, dim, node.shape(1)[dim], i64, 0, strides[dim]));
  }
  return node.emit<nn::GatherOp>(node.reshaped(node.input(0), {node.type(0).getNumElements()}),
                                 place, 0);
}

/// The last dimension of the indices is a position in the dimensions of the data behind the batch.
static LogicalResult translateGatherNd(OnnxNode &node) {
  llvm::ArrayRef<int64_t> data = node.shape(0), indices = node.shape(1);
  int64_t batch = node.integer("batch_dims", 0), rank = node.rank(0), last = node.rank(1) - 1;
  if (last < 0 || batch < 0 || batch > std::min(rank, last) || indices[last] > rank - batch ||
      data.take_front(batch) != indices.take_front(batch))
    return node.error() << "indices of shape " << nn::shapeText(indices) << " and data of shape "
                        << nn::shapeText(data) << " with batch_dims " << batch << " do not fit";
  int64_t count = indices[last];
  llvm::ArrayRef<int64_t> selected = data.slice(batch, count),
                          rest = data.drop_front(batch + count);
  Type i64 = node.getBuilder().getI64Type();
  FailureOr<Value> whole = fromFront(node, node.converted(node.input(1), i64),
                                     node.integerTensor(selected, {count}, i64));
  FailureOr<Value> weighted =
      node.create<nn::MulOp>(whole, node.integerTensor(stridesOf(selected), {count}, i64));
  FailureOr<Value> place =
      node.create<nn::ReduceSumOp>(weighted, Integers{last}, /*keepdims=*/false);
  Integers strides = stridesOf(data.take_front(batch + count));
  for (int64_t dim = 0; dim < batch; ++dim)
    place = node.create<nn::AddOp>(place, node.ramp(last, dim, data[dim], i64, 0, strides[dim]));
  Integers rows{checkedProduct(data.take_front(batch + count)).value_or(0)};
  rows.append(rest.begin(), rest.end());
  return node.emit<nn::GatherOp>(node.reshaped(node.input(0), rows), place, 0);
}

/// Keeps the slices whose condition is true, along an axis or of all elements in one row.
static LogicalResult translateCompress(OnnxNode &node) {
  FailureOr<Integers> condition = node.constantIntegers(1, "the condition");
  if (failed(condition))
    return failure();
  FailureOr<Value> data = node.input(0);
  FailureOr<int64_t> axis = 0;
  if (node.has("axis"))
    axis = node.checkedAxis(node.integer("axis", 0), node.rank(0));
  else
    data = node.reshaped(data, {node.type(0).getNumElements()});
  if (failed(data) || failed(axis))
    return failure();
  if (static_cast<int64_t>(condition->size()) >
      cast<RankedTensorType>(data->getType()).getDimSize(*axis))
    return node.error() << "its condition is longer than the dimension that it selects from";
  Integers kept;
  for (auto [position, isKept] : llvm::enumerate(*condition))
    if (isKept)
      kept.push_back(static_cast<int64_t>(position));
  return node.emit<nn::GatherOp>(data, node.integerList(kept), *axis);
}

/// The positions of a constant's elements that are not 0, a column each.
static LogicalResult translateNonZero(OnnxNode &node) {
  FailureOr<Value> isSet = node.converted(node.input(0), node.getBuilder().getI1Type());
  constexpr int64_t mostElements = int64_t(1) << 20;
  std::optional<Integers> data;
  if (succeeded(isSet))
    data = frontend::integersOfChain(*isSet, mostElements);
  if (!data)
    return node.error()
           << "how many elements of its input are not 0 is known at run time only: end "
              "the model before what selects them (--end-at=TENSOR), and select in the "
              "application; "
              "TopK and NonMaxSuppression are supported";
  llvm::SmallVector<Integers> rows(node.rank(0));
  Integers strides = stridesOf(node.shape(0));
  for (auto [place, truth] : llvm::enumerate(*data))
    for (size_t dim = 0; truth && dim < rows.size(); ++dim)
      rows[dim].push_back(static_cast<int64_t>(place) / strides[dim] % node.shape(0)[dim]);
  Integers all;
  for (const Integers &row : rows)
    all.append(row);
  int64_t columns = rows.empty() ? 0 : static_cast<int64_t>(rows.front().size());
  return node.setFirst(
      node.integerTensor(all, {node.rank(0), columns}, node.getBuilder().getI64Type()));
}

llvm::ArrayRef<OnnxOperator> indexOperators() {
  static const OnnxOperator operators[] = {
      {"ArgMax", 1, 1, 1, translateArgExtreme<nn::ReduceMaxOp>},
      {"ArgMin", 1, 1, 1, translateArgExtreme<nn::ReduceMinOp>},
      {"Hardmax", 1, 1, 1, translateHardmax},
      {"Trilu", 14, 1, 2, translateTrilu},
      {"EyeLike", 9, 1, 1, translateEyeLike},
      {"OneHot", 9, 3, 3, translateOneHot},
      {"GatherElements", 11, 2, 2, translateGatherElements},
      {"GatherND", 11, 2, 2, translateGatherNd},
      {"Compress", 9, 2, 2, translateCompress},
      {"NonZero", 9, 1, 1, translateNonZero},
  };
  return operators;
}

} // namespace kiln::onnx_frontend
