// Operators that give elements another shape or order.
#include "frontends/onnx/OnnxOperators.h"

using namespace mlir;

namespace kiln::onnx_frontend {

/// Resolves the entries 0 (as in the input, unless `zeroIsSize`) and -1 (what is left) of a
/// Reshape.
static LogicalResult reshapeTo(OnnxNode &node, Integers shape, bool zeroIsSize) {
  int64_t elements = node.type(0).getNumElements();
  std::optional<size_t> open;
  for (size_t i = 0; i < shape.size(); ++i) {
    if (shape[i] == 0 && !zeroIsSize) {
      if (static_cast<int64_t>(i) >= node.rank(0))
        return node.error() << "entry " << i
                            << " of the shape is 0, but the input has no such dimension";
      shape[i] = node.shape(0)[i];
    }
    if (shape[i] != -1)
      continue;
    if (open)
      return node.error() << "the shape has more than one -1";
    open = i;
    shape[i] = 1;
  }
  std::optional<int64_t> rest = checkedProduct(shape);
  if (open && rest && *rest > 0 && elements % *rest == 0)
    shape[*open] = elements / *rest;
  return node.setFirst(node.reshaped(node.input(0), shape));
}

static LogicalResult translateReshapeAttribute(OnnxNode &node) {
  std::optional<Integers> shape = node.integers("shape");
  if (!shape)
    return node.error() << "it has no attribute 'shape'";
  return reshapeTo(node, *shape, /*zeroIsSize=*/false);
}

static LogicalResult translateReshape(OnnxNode &node) {
  FailureOr<Integers> shape = node.constantIntegers(1, "the shape");
  return failed(shape) ? failure() : reshapeTo(node, *shape, node.integer("allowzero", 0) != 0);
}

static LogicalResult translateFlatten(OnnxNode &node) {
  int64_t rank = node.rank(0), axis = node.integer("axis", 1);
  axis += axis < 0 ? rank : 0;
  if (axis < 0 || axis > rank)
    return node.error() << "axis " << node.integer("axis", 1)
                        << " is out of range for an input of rank " << rank;
  std::optional<int64_t> rows = checkedProduct(node.shape(0).take_front(axis));
  std::optional<int64_t> columns = checkedProduct(node.shape(0).drop_front(axis));
  return node.setFirst(node.reshaped(node.input(0), {rows.value_or(-1), columns.value_or(-1)}));
}

static LogicalResult translateSqueeze(OnnxNode &node) {
  constexpr int64_t firstWithInput = 13;
  FailureOr<std::optional<Integers>> axes = node.axes(firstWithInput, node.rank(0));
  if (failed(axes))
    return failure();
  Integers shape;
  for (auto [axis, size] : llvm::enumerate(node.shape(0))) {
    bool isNamed = *axes && llvm::is_contained(**axes, static_cast<int64_t>(axis));
    if (isNamed && size != 1)
      return node.error() << "it squeezes axis " << axis << ", which has size " << size;
    if (*axes ? !isNamed : size != 1)
      shape.push_back(size);
  }
  return node.setFirst(node.reshaped(node.input(0), shape));
}

/// Axes count in the result.
static LogicalResult translateUnsqueeze(OnnxNode &node) {
  constexpr int64_t firstWithInput = 13;
  int64_t added = 0;
  if (node.opset() < firstWithInput)
    added = static_cast<int64_t>(node.integers("axes").value_or(Integers()).size());
  else if (node.input(1))
    added = node.type(1).getNumElements();
  FailureOr<std::optional<Integers>> axes = node.axes(firstWithInput, node.rank(0) + added);
  if (failed(axes))
    return failure();
  if (!*axes)
    return node.error() << "it has no axes";
  Integers shape(node.shape(0));
  for (int64_t axis : **axes)
    shape.insert(shape.begin() + axis, 1);
  return node.setFirst(node.reshaped(node.input(0), shape));
}

static LogicalResult translateTranspose(OnnxNode &node) {
  auto reversed = llvm::reverse(llvm::seq<int64_t>(0, node.rank(0)));
  return node.emit<nn::TransposeOp>(
      node.input(0), node.integers("perm").value_or(Integers(reversed.begin(), reversed.end())));
}

static LogicalResult translateExpand(OnnxNode &node) {
  FailureOr<Integers> shape = node.constantIntegers(1, "the shape");
  if (failed(shape))
    return failure();
  Integers joined(std::max<size_t>(shape->size(), node.rank(0)), 1);
  for (llvm::ArrayRef<int64_t> sizes : {llvm::ArrayRef<int64_t>(*shape), node.shape(0)})
    for (size_t fromEnd = 1; fromEnd <= sizes.size(); ++fromEnd) {
      int64_t &size = joined[joined.size() - fromEnd];
      size = size == 1 ? sizes[sizes.size() - fromEnd] : size;
    }
  return node.setFirst(node.expanded(node.input(0), joined));
}

/// Repeats along each axis: d x e becomes 1 x d x 1 x e, is broadcast to r x d x s x e and joined
/// to r*d x s*e.
static LogicalResult translateTile(OnnxNode &node) {
  FailureOr<Integers> repeats = node.constantIntegers(1, "the list of repeats");
  if (failed(repeats))
    return failure();
  if (static_cast<int64_t>(repeats->size()) != node.rank(0))
    return node.error() << "it has " << repeats->size() << " repeats for an input of rank "
                        << node.rank(0);
  Integers apart, broadcast, joined;
  for (auto [size, repeat] : llvm::zip_equal(node.shape(0), *repeats)) {
    apart.append({1, size});
    broadcast.append({repeat, size});
    joined.push_back(checkedProduct({size, repeat}).value_or(-1));
  }
  return node.setFirst(
      node.reshaped(node.expanded(node.reshaped(node.input(0), apart), broadcast), joined));
}

static LogicalResult translateDepthToSpace(OnnxNode &node) {
  std::string mode = node.text("mode", "DCR");
  if (mode != "DCR" && mode != "CRD")
    return node.error() << "mode is " << quoted(mode) << "; it must be DCR or CRD";
  return node.emit<nn::DepthToSpaceOp>(node.input(0), node.integer("blocksize", 0),
                                       mode == "DCR" ? nn::DepthMode::DCR : nn::DepthMode::CRD);
}

/// Mode CRD, from opset 28: the result's channels are c, row, column instead of row, column, c.
static LogicalResult translateSpaceToDepth(OnnxNode &node) {
  int64_t block = node.integer("blocksize", 0);
  std::string mode = node.text("mode", "DCR");
  FailureOr<Value> result = node.create<nn::SpaceToDepthOp>(node.input(0), block);
  if (failed(result) || mode == "DCR")
    return node.setFirst(result);
  if (mode != "CRD")
    return node.error() << "mode is " << quoted(mode) << "; it must be DCR or CRD";
  llvm::ArrayRef<int64_t> shape = cast<RankedTensorType>(result->getType()).getShape();
  int64_t squared = block * block;
  FailureOr<Value> apart =
      node.reshaped(result, {shape[0], squared, shape[1] / squared, shape[2], shape[3]});
  FailureOr<Value> swapped = node.create<nn::TransposeOp>(apart, Integers{0, 2, 1, 3, 4});
  return node.setFirst(node.reshaped(swapped, shape));
}

static LogicalResult translateIdentity(OnnxNode &node) { return node.setResult(node.input(0)); }

llvm::ArrayRef<OnnxOperator> layoutOperators() {
  static const OnnxOperator operators[] = {
      {"Reshape", 1, 1, 1, translateReshapeAttribute},
      {"Reshape", 5, 2, 2, translateReshape},
      {"Flatten", 1, 1, 1, translateFlatten},
      {"Squeeze", 1, 1, 2, translateSqueeze},
      {"Unsqueeze", 1, 1, 2, translateUnsqueeze},
      {"Transpose", 1, 1, 1, translateTranspose},
      {"Expand", 8, 2, 2, translateExpand},
      {"Tile", 6, 2, 2, translateTile},
      {"DepthToSpace", 1, 1, 1, translateDepthToSpace},
      {"SpaceToDepth", 1, 1, 1, translateSpaceToDepth},
      {"Identity", 1, 1, 1, translateIdentity},
  };
  return operators;
}

} // namespace kiln::onnx_frontend
