// Sequences of tensors, as far as their length and what is taken from them are known: PyTorch
// writes them for chunk() and split().
#include "frontends/onnx/OnnxOperators.h"

using namespace mlir;

namespace kiln::onnx_frontend {

/// The sizes of the parts: a list, or one size for all but a smaller last one.
static FailureOr<Integers> partSizes(OnnxNode &node, int64_t size) {
  constexpr int64_t mostParts = 4096;
  if (!node.input(1) && size <= mostParts)
    return Integers(size, 1);
  if (!node.input(1))
    return node.error() << "it makes more than " << mostParts << " parts";
  FailureOr<Integers> given = node.constantIntegers(1, "the list of sizes");
  if (failed(given) || node.rank(1) != 0)
    return given;
  int64_t part = given->front();
  if (part < 1 || size / part >= mostParts)
    return node.error() << "it splits a dimension of " << size << " into parts of size " << part;
  Integers sizes(size / part, part);
  if (size % part)
    sizes.push_back(size % part);
  return sizes;
}

static LogicalResult translateSplitToSequence(OnnxNode &node) {
  FailureOr<int64_t> axis = node.checkedAxis(node.integer("axis", 0), node.rank(0));
  if (failed(axis))
    return failure();
  FailureOr<Integers> sizes = partSizes(node, node.shape(0)[*axis]);
  if (failed(sizes))
    return failure();
  bool dropsAxis = !node.input(1) && node.integer("keepdims", 1) == 0;
  SmallVector<Value> parts;
  Integers starts(node.rank(0), 0), shape(node.shape(0)), steps(node.rank(0), 1);
  for (int64_t size : *sizes) {
    shape[*axis] = size;
    FailureOr<Value> part = node.create<nn::SliceOp>(node.input(0), starts, shape, steps);
    starts[*axis] += size;
    Integers kept(shape);
    if (dropsAxis)
      kept.erase(kept.begin() + *axis);
    part = node.reshaped(part, kept);
    if (failed(part))
      return failure();
    parts.push_back(*part);
  }
  if (starts[*axis] != node.shape(0)[*axis])
    return node.error() << "its sizes add up to " << starts[*axis] << ", not to the "
                        << node.shape(0)[*axis] << " of the dimension";
  return node.setSequence(std::move(parts));
}

static LogicalResult translateSequenceConstruct(OnnxNode &node) {
  SmallVector<Value> parts;
  for (size_t i = 0; i < node.numInputs(); ++i) {
    if (!node.input(i))
      return node.error() << "its input " << i << " has an empty name";
    parts.push_back(node.input(i));
  }
  return node.setSequence(std::move(parts));
}

static LogicalResult translateSequenceAt(OnnxNode &node) {
  FailureOr<SmallVector<Value>> parts = node.sequence(0);
  FailureOr<Integers> position = node.constantIntegers(1, "the position");
  if (failed(parts) || failed(position))
    return failure();
  if (position->size() != 1)
    return node.error() << "the position is no scalar";
  FailureOr<int64_t> index =
      node.checkedAxis(position->front(), static_cast<int64_t>(parts->size()));
  return failed(index) ? failure() : node.setResult((*parts)[*index]);
}

static LogicalResult translateSequenceLength(OnnxNode &node) {
  FailureOr<SmallVector<Value>> parts = node.sequence(0);
  if (failed(parts))
    return failure();
  return node.setFirst(node.integerTensor({static_cast<int64_t>(parts->size())}, {},
                                          node.getBuilder().getI64Type()));
}

/// Joins the tensors, along a new axis where it says so.
static LogicalResult translateConcatFromSequence(OnnxNode &node) {
  FailureOr<SmallVector<Value>> parts = node.sequence(0);
  if (failed(parts))
    return failure();
  if (parts->empty())
    return node.error() << "its sequence is empty";
  bool isNew = node.integer("new_axis", 0) != 0;
  int64_t rank = cast<RankedTensorType>(parts->front().getType()).getRank() + (isNew ? 1 : 0);
  FailureOr<int64_t> axis = node.checkedAxis(node.integer("axis", 0), rank);
  if (failed(axis))
    return failure();
  for (Value &part : *parts) {
    Integers shape(cast<RankedTensorType>(part.getType()).getShape());
    if (isNew && *axis <= static_cast<int64_t>(shape.size()))
      shape.insert(shape.begin() + *axis, 1);
    FailureOr<Value> same = node.reshaped(part, shape);
    if (failed(same))
      return failure();
    part = *same;
  }
  return node.emit<nn::ConcatOp>(*parts, *axis);
}

llvm::ArrayRef<OnnxOperator> sequenceOperators() {
  static const OnnxOperator operators[] = {
      {"SplitToSequence", 11, 1, 2, translateSplitToSequence},
      {"SequenceConstruct", 11, 1, anyNumber, translateSequenceConstruct},
      {"SequenceAt", 11, 2, 2, translateSequenceAt, true},
      {"SequenceLength", 11, 1, 1, translateSequenceLength, true},
      {"ConcatFromSequence", 11, 1, 1, translateConcatFromSequence, true},
  };
  return operators;
}

} // namespace kiln::onnx_frontend
