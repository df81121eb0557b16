// See BufferLoops.h.
#include "compiler/lowering/KernelToVector/BufferLoops.h"

using namespace mlir;

namespace kiln {
namespace {

/// Buffers whose elements are bytes or more: vectors of i1 would be packed bits.
bool isAddressable(Value value) {
  auto type = dyn_cast<MemRefType>(value.getType());
  return type && type.hasStaticShape() && type.getElementTypeBitWidth() >= 8;
}

FailureOr<FlatArray> arrayOf(Emitter &e, Value view) {
  SmallVector<int64_t> strides;
  int64_t offset;
  if (failed(cast<MemRefType>(view.getType()).getStridesAndOffset(strides, offset)) ||
      ShapedType::isDynamic(offset))
    return failure();
  while (auto subview = view.getDefiningOp<memref::SubViewOp>())
    view = subview.getSource();
  if (!cast<MemRefType>(view.getType()).getLayout().isIdentity())
    return failure();
  return FlatArray{e.flat(view), offset};
}

/// The loops of the op with the step of every operand, or failure where an index is more than a
/// loop's variable.
FailureOr<SmallVector<BufferLoop>> loopsOf(linalg::GenericOp op) {
  SmallVector<BufferLoop> loops;
  for (int64_t extent : op.getStaticLoopRanges())
    loops.push_back({extent, SmallVector<int64_t>(op->getNumOperands(), 0)});
  for (OpOperand &operand : op->getOpOperands()) {
    SmallVector<int64_t> strides;
    int64_t offset;
    if (failed(cast<MemRefType>(operand.get().getType()).getStridesAndOffset(strides, offset)))
      return failure();
    for (auto [stride, index] :
         llvm::zip_equal(strides, op.getMatchingIndexingMap(&operand).getResults())) {
      if (auto dim = dyn_cast<AffineDimExpr>(index))
        loops[dim.getPosition()].steps[operand.getOperandNumber()] += stride;
      else if (!isa<AffineConstantExpr>(index) || cast<AffineConstantExpr>(index).getValue() != 0)
        return failure();
    }
  }
  return loops;
}

/// Joins loops that are one run of elements in every buffer; loops of one turn vanish.
SmallVector<BufferLoop> merge(ArrayRef<BufferLoop> loops, size_t operands) {
  SmallVector<BufferLoop> merged;
  for (const BufferLoop &loop : loops) {
    if (loop.extent == 1)
      continue;
    auto continues = [&](auto steps) {
      auto [outer, inner] = steps;
      return outer == inner * loop.extent;
    };
    if (!merged.empty() &&
        llvm::all_of(llvm::zip_equal(merged.back().steps, loop.steps), continues)) {
      merged.back().extent *= loop.extent;
      merged.back().steps = loop.steps;
    } else {
      merged.push_back(loop);
    }
  }
  if (merged.empty())
    merged.push_back({1, SmallVector<int64_t>(operands, 1)});
  return merged;
}

} // namespace

FailureOr<SmallVector<BufferLoop>> bufferLoopsOf(linalg::GenericOp op) {
  if (op.getNumDpsInits() != 1 || op.hasIndexSemantics() ||
      llvm::is_contained(op.getStaticLoopRanges(), 0) ||
      !llvm::all_of(op->getOperands(), isAddressable))
    return failure();
  FailureOr<SmallVector<BufferLoop>> loops = loopsOf(op);
  if (failed(loops))
    return failure();
  return merge(*loops, op->getNumOperands());
}

FailureOr<SmallVector<FlatArray>> flatArraysOf(Emitter &e, linalg::GenericOp op) {
  SmallVector<FlatArray> arrays;
  for (Value operand : op->getOperands()) {
    FailureOr<FlatArray> array = arrayOf(e, operand);
    if (failed(array))
      return failure();
    arrays.push_back(*array);
  }
  return arrays;
}

size_t loopToSplit(ArrayRef<BufferLoop> loops, int64_t tasks) {
  size_t longest = 0;
  for (auto [i, loop] : llvm::enumerate(loops)) {
    if (loop.extent >= tasks)
      return i;
    if (loop.extent > loops[longest].extent)
      longest = i;
  }
  return longest;
}

SmallVector<Value> moved(Emitter &e, ArrayRef<Value> at, const BufferLoop &loop, Value i) {
  SmallVector<Value> result;
  for (auto [offset, step] : llvm::zip_equal(at, loop.steps))
    result.push_back(e.add(offset, e.mul(i, step)));
  return result;
}

} // namespace kiln
