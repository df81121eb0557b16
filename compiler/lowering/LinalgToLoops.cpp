// Turns the linalg op of a kernel function into loops; LLVM vectorises the innermost.
//
// Dimensions of one element vanish and those that lie side by side in every buffer become one loop,
// so that a pointwise op on a map is one long loop, and one that broadcasts along the channels has
// an inner loop over all pixels. One parallel loop is split between the tasks.
#include "compiler/lowering/Passes.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"

using namespace mlir;

namespace kiln {

#define GEN_PASS_DEF_LINALGTOLOOPS
#include "compiler/lowering/Passes.h.inc"

namespace {

/// A buffer without dimensions of one element.
FailureOr<Value> reduceRank(RewriterBase &rewriter, Location loc, Value buffer,
                            ArrayRef<int64_t> shape, ArrayRef<ReassociationIndices> groups,
                            const linalg::ControlDropUnitDims &) {
  auto type = dyn_cast<MemRefType>(buffer.getType());
  if (!type)
    return failure();
  if (type.getLayout().isIdentity())
    return memref::CollapseShapeOp::create(rewriter, loc, buffer, groups).getResult();
  return memref::SubViewOp::rankReduceIfNeeded(rewriter, loc, buffer, shape);
}

linalg::LinalgOp dropUnitDimensions(IRRewriter &rewriter, linalg::LinalgOp op) {
  auto generic = dyn_cast<linalg::GenericOp>(op.getOperation());
  if (!generic)
    return op;
  linalg::ControlDropUnitDims control;
  control.collapseFn = reduceRank;
  rewriter.setInsertionPoint(op);
  FailureOr<linalg::DropUnitDimsResult> reduced = linalg::dropUnitDims(rewriter, generic, control);
  if (failed(reduced))
    return op;
  rewriter.eraseOp(op);
  return cast<linalg::LinalgOp>(reduced->resultOp.getOperation());
}

/// Runs of neighbouring dimensions of one kind that every map keeps together.
SmallVector<ReassociationIndices> runsOf(linalg::LinalgOp op) {
  SmallVector<AffineMap> maps = op.getIndexingMapsArray();
  SmallVector<utils::IteratorType> kinds = op.getIteratorTypesArray();
  SmallVector<ReassociationIndices> runs;
  for (int64_t i = 0; i < static_cast<int64_t>(kinds.size()); ++i) {
    if (!runs.empty() && kinds[i] == kinds[i - 1]) {
      ReassociationIndices longer = runs.back();
      longer.push_back(i);
      if (linalg::areDimSequencesPreserved(maps, longer)) {
        runs.back() = longer;
        continue;
      }
    }
    runs.push_back({i});
  }
  return runs;
}

linalg::LinalgOp collapse(IRRewriter &rewriter, linalg::LinalgOp op) {
  auto isProjection = [](AffineMap map) { return map.isProjectedPermutation(); };
  auto isIdentity = [](Value buffer) {
    auto type = dyn_cast<MemRefType>(buffer.getType());
    return type && type.getLayout().isIdentity();
  };
  if (op.getNumLoops() < 2 || op.hasIndexSemantics() ||
      !llvm::all_of(op.getIndexingMapsArray(), isProjection) ||
      !llvm::all_of(op->getOperands(), isIdentity))
    return op;
  SmallVector<ReassociationIndices> runs = runsOf(op);
  if (runs.size() == op.getNumLoops())
    return op;
  rewriter.setInsertionPoint(op);
  FailureOr<linalg::CollapseResult> collapsed = linalg::collapseOpIterationDims(op, runs, rewriter);
  if (failed(collapsed))
    return op;
  rewriter.eraseOp(op);
  return collapsed->collapsedOp;
}

/// The outermost parallel loop with work for every task, else the longest.
std::optional<size_t> loopToSplit(linalg::LinalgOp op, int64_t tasks) {
  std::optional<size_t> longest;
  SmallVector<int64_t> extents = op.getStaticLoopRanges();
  for (auto [i, kind] : llvm::enumerate(op.getIteratorTypesArray())) {
    if (kind != utils::IteratorType::parallel)
      continue;
    if (extents[i] >= tasks)
      return i;
    if (!longest || extents[i] > extents[*longest])
      longest = i;
  }
  return longest;
}

/// Keeps the part of the loop, from 0 to `extent`, that belongs to `task`.
void split(scf::ForOp loop, Value task, int64_t tasks, int64_t extent) {
  ImplicitLocOpBuilder b(loop.getLoc(), loop);
  auto bound = [&](Value number) -> Value {
    Value scaled = arith::MulIOp::create(b, number, arith::ConstantIndexOp::create(b, extent));
    return arith::DivUIOp::create(b, scaled, arith::ConstantIndexOp::create(b, tasks));
  };
  Value next = arith::AddIOp::create(b, task, arith::ConstantIndexOp::create(b, 1));
  loop.setLowerBound(bound(task));
  loop.setUpperBound(bound(next));
}

LogicalResult lower(func::FuncOp function, linalg::LinalgOp op, int64_t tasks) {
  IRRewriter rewriter(function.getContext());
  op = collapse(rewriter, dropUnitDimensions(rewriter, op));
  SmallVector<int64_t> extents = op.getStaticLoopRanges();
  std::optional<size_t> toSplit = loopToSplit(op, tasks);
  if (tasks > 1 && !toSplit)
    return op.emitOpError("has no parallel loop to split between tasks");
  rewriter.setInsertionPoint(op);
  FailureOr<linalg::LinalgLoops> loops = linalg::linalgOpToLoops(rewriter, op);
  if (failed(loops))
    return op.emitOpError("cannot be turned into loops");
  rewriter.eraseOp(op);
  if (tasks > 1)
    split(cast<scf::ForOp>((*loops)[*toSplit]), function.getArguments().back(), tasks,
          extents[*toSplit]);
  return success();
}

struct LinalgToLoops : impl::LinalgToLoopsBase<LinalgToLoops> {
  void runOnOperation() override {
    auto tasks = getOperation()->getAttrOfType<IntegerAttr>("kernel.tasks");
    if (!tasks)
      return;
    for (auto op : llvm::to_vector(getOperation().getOps<linalg::LinalgOp>()))
      if (failed(lower(getOperation(), op, tasks.getInt())))
        return signalPassFailure();
  }
};

} // namespace
} // namespace kiln
