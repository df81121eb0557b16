// Follows the rows of each selection forward, op by op: which dimension of a tensor holds them.
#include "frontends/onnx/OnnxDetectedRows.h"

#include "mlir/Dialect/Utils/IndexingUtils.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace kiln::onnx_frontend {

namespace {

/// The dimension of a tensor that holds the rows of a selection.
struct Rows {
  Operation *selection = nullptr;
  int64_t dim = 0;
};

RankedTensorType typeOf(Value value) { return cast<RankedTensorType>(value.getType()); }

/// As the model calls it.
std::string nameOf(Operation *selection) {
  auto name = dyn_cast<NameLoc>(selection->getLoc());
  return name ? "'" + name.getName().str() + "'" : "non-max suppression";
}

class RowTracker {
public:
  LogicalResult follow(Operation *op);
  Operation *selectionIn(Value value) const { return rows.lookup(value).selection; }

private:
  /// Where the rows of operand `index`, which has them in `dim`, lie in the results; nothing where
  /// the op combines rows.
  std::optional<int64_t> carry(Operation *op, unsigned index, int64_t dim) const;
  std::optional<int64_t> carryByMove(Operation *op, unsigned index, int64_t dim) const;

  llvm::DenseMap<Value, Rows> rows;
};

/// Counted from the last dimension, as broadcasting does.
int64_t aligned(Value from, Value to, int64_t dim) {
  return typeOf(to).getRank() - typeOf(from).getRank() + dim;
}

/// The same rows under another shape: as many of them, behind dimensions of as many elements.
std::optional<int64_t> reshaped(ArrayRef<int64_t> from, ArrayRef<int64_t> to, int64_t dim) {
  int64_t before = computeProduct(from.take_front(dim));
  for (size_t i = 0; i < to.size(); ++i)
    if (to[i] == from[dim] && computeProduct(to.take_front(i)) == before)
      return static_cast<int64_t>(i);
  return std::nullopt;
}

std::optional<int64_t> gathered(nn::GatherOp op, unsigned index, int64_t dim) {
  int64_t axis = op.getAxis(), indexRank = typeOf(op.getIndices()).getRank();
  if (index == 1)
    return axis + dim;
  if (dim == axis)
    return std::nullopt;
  return dim < axis ? dim : dim + indexRank - 1;
}

template <typename Op> std::optional<int64_t> reduced(Op op, int64_t dim) {
  if (llvm::is_contained(op.getAxes(), dim))
    return std::nullopt;
  if (op.getKeepdims())
    return dim;
  return dim - llvm::count_if(op.getAxes(), [&](int64_t axis) { return axis < dim; });
}

std::optional<int64_t> keptIf(bool condition, int64_t dim) {
  return condition ? std::optional(dim) : std::nullopt;
}

std::optional<int64_t> RowTracker::carryByMove(Operation *op, unsigned index, int64_t dim) const {
  using Result = std::optional<int64_t>;
  return llvm::TypeSwitch<Operation *, Result>(op)
      .Case([&](nn::ReshapeOp reshape) {
        return reshaped(typeOf(reshape.getInput()).getShape(),
                        typeOf(reshape.getResult()).getShape(), dim);
      })
      .Case([&](nn::TransposeOp transpose) -> Result {
        return llvm::find(transpose.getPerm(), dim) - transpose.getPerm().begin();
      })
      .Case([&](nn::ExpandOp expand) -> Result {
        return aligned(expand.getInput(), expand.getResult(), dim);
      })
      .Case([&](nn::SliceOp slice) {
        return keptIf(slice.getStarts()[dim] == 0 && slice.getSteps()[dim] == 1, dim);
      })
      .Case([&](nn::PadOp pad) {
        size_t rank = pad.getPads().size() / 2;
        return keptIf(pad.getPads()[dim] == 0 && pad.getPads()[rank + dim] == 0, dim);
      })
      .Case([&](nn::SplitOp split) { return keptIf(split.getAxis() != dim, dim); })
      .Case([&](nn::ConcatOp concat) { return keptIf(concat.getAxis() != dim, dim); })
      .Case([&](nn::GatherOp gather) { return gathered(gather, index, dim); })
      .Default([](Operation *) { return Result(); });
}

std::optional<int64_t> RowTracker::carry(Operation *op, unsigned index, int64_t dim) const {
  using Result = std::optional<int64_t>;
  if (op->hasTrait<nn::Pointwise>())
    return aligned(op->getOperand(index), op->getResult(0), dim);
  return llvm::TypeSwitch<Operation *, Result>(op)
      .Case<nn::ReduceMeanOp, nn::ReduceSumOp, nn::ReduceMaxOp, nn::ReduceMinOp>(
          [&](auto reduce) { return reduced(reduce, dim); })
      .Case<nn::SoftmaxOp, nn::LogSoftmaxOp, nn::TopKOp>(
          [&](auto op) { return keptIf(static_cast<int64_t>(op.getAxis()) != dim, dim); })
      .Case([&](nn::RoiAlignOp) { return keptIf(index != 0, 0); })
      .Case([&](nn::GemmOp gemm) { return keptIf(index == 0 && dim == 0 && !gemm.getTransA(), 0); })
      // Rows as images of a batch.
      .Case<nn::ConvOp, nn::ConvTransposeOp, nn::MaxPoolOp, nn::AveragePoolOp, nn::GlobalMaxPoolOp,
            nn::GlobalAveragePoolOp, nn::BatchNormOp, nn::InstanceNormOp, nn::LrnOp, nn::ResizeOp>(
          [&](Operation *) { return keptIf(index == 0 && dim == 0, 0); })
      .Default([&](Operation *other) { return carryByMove(other, index, dim); });
}

LogicalResult RowTracker::follow(Operation *op) {
  Rows found;
  for (auto [index, operand] : llvm::enumerate(op->getOperands())) {
    Rows from = rows.lookup(operand);
    if (!from.selection)
      continue;
    std::optional<int64_t> dim = carry(op, static_cast<unsigned>(index), from.dim);
    bool isOther = found.selection && (found.selection != from.selection || found.dim != dim);
    if (!dim || isOther)
      return op->emitError() << "it combines the rows of " << nameOf(from.selection)
                             << ", and how many these are is known at run time only: end the "
                                "model before this node, and do the rest in the application";
    found = {from.selection, *dim};
  }
  if (isa<nn::NonMaxSuppressionOp>(op))
    found = {op, 0};
  if (found.selection)
    for (Value result : op->getResults())
      rows[result] = found;
  return success();
}

} // namespace

FailureOr<llvm::SetVector<Operation *>> selectionsInResults(func::FuncOp function) {
  RowTracker tracker;
  llvm::SetVector<Operation *> selections;
  for (Operation &op : function.getBody().front()) {
    if (isa<func::ReturnOp>(op)) {
      for (Value result : op.getOperands())
        if (Operation *selection = tracker.selectionIn(result))
          selections.insert(selection);
    } else if (failed(tracker.follow(&op))) {
      return failure();
    }
  }
  return selections;
}

} // namespace kiln::onnx_frontend
