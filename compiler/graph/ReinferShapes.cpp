// Carries larger input shapes through a network: every op infers its result again, and the ops
// whose result's shape is their own (reshape, split, slice, expand) get the one that fits.
#include "compiler/graph/DenseLayers.h"

#include "dialects/nn/NnRules.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace kiln {
namespace {

/// The types that enlarged values had before.
using OldTypes = llvm::DenseMap<Value, RankedTensorType>;

LogicalResult cannotEnlarge(Operation *op, const Twine &reason) {
  return emitError(op->getLoc(), "'") << op->getName() << "' cannot be enlarged: " << reason;
}

LogicalResult inferAgain(Operation *op) {
  auto infer = dyn_cast<InferTypeOpInterface>(op);
  if (!infer)
    return cannotEnlarge(op, "its result's shape does not follow from its operands");
  SmallVector<Type> types;
  if (failed(infer.inferReturnTypes(op->getContext(), op->getLoc(), op->getOperands(),
                                    op->getDiscardableAttrDictionary(), op->getPropertiesStorage(),
                                    op->getRegions(), types)))
    return cannotEnlarge(op, "it was made for the model's own input shape");
  for (auto [result, type] : llvm::zip_equal(op->getResults(), types))
    result.setType(cast<RankedTensorType>(type));
  return success();
}

/// The new shape of a reshape: each dimension that has grown must stand alone on both sides. Sides
/// are cut into pieces of equal size, from the front; a piece of one dimension on both sides is
/// that dimension unchanged.
std::optional<SmallVector<int64_t>> reshapeAgain(ArrayRef<int64_t> was, ArrayRef<int64_t> is,
                                                 ArrayRef<int64_t> result) {
  SmallVector<int64_t> shape(result);
  size_t from = 0, to = 0;
  while (from < was.size() && to < result.size()) {
    size_t firstFrom = from, firstTo = to;
    int64_t left = was[from++], right = result[to++];
    while (left != right) {
      if (left < right && from < was.size())
        left *= was[from++];
      else if (right < left && to < result.size())
        right *= result[to++];
      else
        return std::nullopt;
    }
    bool grown = was.slice(firstFrom, from - firstFrom) != is.slice(firstFrom, from - firstFrom);
    bool alone = from - firstFrom == 1 && to - firstTo == 1;
    if (grown && !alone)
      return std::nullopt;
    shape[firstTo] = alone ? is[firstFrom] : shape[firstTo];
  }
  // What is left on either side are dimensions of size 1.
  if (was.drop_front(from) != is.drop_front(from))
    return std::nullopt;
  return shape;
}

LogicalResult enlargeReshape(nn::ReshapeOp op, RankedTensorType was) {
  auto shape =
      reshapeAgain(was.getShape(), op.getInput().getType().getShape(), op.getType().getShape());
  if (!shape)
    return cannotEnlarge(op, "it mixes the enlarged dimensions of " +
                                 nn::shapeText(was.getShape()) + " into " +
                                 nn::shapeText(op.getType().getShape()));
  op.getResult().setType(op.getType().clone(*shape));
  return success();
}

LogicalResult enlargeSlice(nn::SliceOp op, RankedTensorType was) {
  auto is = op.getInput().getType();
  SmallVector<int64_t> sizes(op.getSizes());
  for (int64_t dim = 0; dim < was.getRank(); ++dim) {
    if (is.getDimSize(dim) == was.getDimSize(dim))
      continue;
    if (op.getStarts()[dim] != 0 || op.getSteps()[dim] != 1 || sizes[dim] != was.getDimSize(dim))
      return cannotEnlarge(op, "it selects part of an enlarged dimension");
    sizes[dim] = is.getDimSize(dim);
  }
  op.setSizes(sizes);
  return inferAgain(op);
}

LogicalResult enlargeSplit(nn::SplitOp op, RankedTensorType was) {
  auto is = op.getInput().getType();
  if (is.getDimSize(op.getAxis()) != was.getDimSize(op.getAxis()))
    return cannotEnlarge(op, "it cuts an enlarged dimension");
  for (Value result : op.getOutputs()) {
    SmallVector<int64_t> shape(is.getShape());
    shape[op.getAxis()] = tensorTypeOf(result).getDimSize(op.getAxis());
    result.setType(is.clone(shape));
  }
  return success();
}

/// A reduction over enlarged dimensions would take in what lies outside of the window.
LogicalResult enlargeReduction(Operation *op, ArrayRef<int64_t> axes, RankedTensorType was) {
  auto is = tensorTypeOf(op->getOperand(0));
  for (int64_t axis : axes)
    if (is.getDimSize(axis) != was.getDimSize(axis))
      return cannotEnlarge(op, "it reduces an enlarged dimension");
  return inferAgain(op);
}

LogicalResult enlarge(Operation *op, const OldTypes &old) {
  RankedTensorType was = old.lookup(op->getOperand(0));
  if (!was)
    was = tensorTypeOf(op->getOperand(0));
  return TypeSwitch<Operation *, LogicalResult>(op)
      .Case([&](nn::ReshapeOp reshape) { return enlargeReshape(reshape, was); })
      .Case([&](nn::SliceOp slice) { return enlargeSlice(slice, was); })
      .Case([&](nn::SplitOp split) { return enlargeSplit(split, was); })
      .Case([&](nn::CastOp cast) {
        cast.getResult().setType(cast.getType().clone(cast.getInput().getType().getShape()));
        return success();
      })
      .Case<nn::ReduceMeanOp, nn::ReduceSumOp, nn::ReduceMaxOp, nn::ReduceMinOp>(
          [&](auto reduce) { return enlargeReduction(reduce, reduce.getAxes(), was); })
      .Case<nn::SoftmaxOp, nn::LogSoftmaxOp>(
          [&](auto softmax) { return enlargeReduction(softmax, softmax.getAxis(), was); })
      .Default(inferAgain);
}

} // namespace

LogicalResult reinferShapes(func::FuncOp func, ArrayRef<Type> argumentTypes) {
  OldTypes old;
  auto note = [&](Value value, Type was) {
    if (value.getType() != was)
      old[value] = cast<RankedTensorType>(was);
  };
  for (auto [argument, type] : llvm::zip_equal(func.getArguments(), argumentTypes)) {
    Type was = argument.getType();
    argument.setType(type);
    note(argument, was);
  }
  Operation *end = func.getBody().front().getTerminator();
  for (Operation &op : func.getOps()) {
    if (&op == end ||
        llvm::none_of(op.getOperands(), [&](Value value) { return old.contains(value); }))
      continue;
    SmallVector<Type> before(op.getResultTypes());
    if (failed(enlarge(&op, old)))
      return failure();
    for (auto [result, was] : llvm::zip_equal(op.getResults(), before))
      note(result, was);
  }
  func.setType(FunctionType::get(func.getContext(), argumentTypes, end->getOperandTypes()));
  return success();
}

} // namespace kiln
