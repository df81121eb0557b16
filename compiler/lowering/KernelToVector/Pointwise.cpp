// Pointwise linalg ops, chains and copies alike, on vectors: every buffer is a flat array that each
// loop walks with a constant step. Loops that lie side by side in all buffers become one, so that a
// map without a border is one long loop, and one that is scaled by channel has a loop over all
// pixels inside, out of which LLVM moves the load of the factors.
//
//   for rows of this task, outer loops
//     for i in steps of 16 or 32:  out[i..] = body(in[i..], one element for all lanes, ...)
//     for the other i:       the same on a last vector and on single elements
#include "compiler/lowering/KernelToVector/BufferLoops.h"
#include "compiler/lowering/KernelToVector/Kernels.h"

using namespace mlir;

namespace kiln {
namespace {

class PointwiseEmitter {
public:
  PointwiseEmitter(Emitter &e, linalg::GenericOp op, ArrayRef<FlatArray> arrays,
                   ArrayRef<BufferLoop> loops)
      : e(e), op(op), arrays(arrays), loops(loops) {}

  void emit(int64_t tasks);

private:
  void emitLoops(size_t depth, SmallVector<Value> at);
  void emitRow(ArrayRef<Value> at);
  int64_t lanesOfStep();
  void emitElements(ArrayRef<Value> at, int64_t lanes);
  IndexRange rangeOf(size_t depth, int64_t granule);

  Emitter &e;
  linalg::GenericOp op;
  ArrayRef<FlatArray> arrays;
  ArrayRef<BufferLoop> loops;
  size_t splitLoop = 0;
  int64_t tasks = 1;
};

void PointwiseEmitter::emit(int64_t count) {
  tasks = count;
  splitLoop = loopToSplit(loops, tasks);
  SmallVector<Value> at;
  for (const FlatArray &array : arrays)
    at.push_back(e.index(array.offset));
  emitLoops(0, at);
}

/// What this task has of a loop, in pieces of `granule` turns.
IndexRange PointwiseEmitter::rangeOf(size_t depth, int64_t granule) {
  int64_t pieces = loops[depth].extent / granule;
  IndexRange range{e.index(0), e.index(pieces)};
  if (depth == splitLoop)
    range = e.taskRange(tasks, pieces);
  return {e.mul(range.begin, granule), e.mul(range.end, granule)};
}

void PointwiseEmitter::emitLoops(size_t depth, SmallVector<Value> at) {
  if (depth + 1 == loops.size())
    return emitRow(at);
  e.forEach(rangeOf(depth, 1),
            [&](Value i) { emitLoops(depth + 1, moved(e, at, loops[depth], i)); });
}

/// Whole steps, then the rest; where tasks share the row, the last of them has the rest too.
void PointwiseEmitter::emitRow(ArrayRef<Value> at) {
  const BufferLoop &row = loops.back();
  int64_t step = lanesOfStep(), rest = row.extent % step;
  auto emitRange = [&](IndexRange range, int64_t lanes) {
    e.forEach(
        range, [&](Value i) { emitElements(moved(e, at, row, i), lanes); }, lanes);
  };
  if (row.extent != rest)
    emitRange(rangeOf(loops.size() - 1, step), step);
  if (rest == 0)
    return;
  auto emitRest = [&] {
    int64_t begin = row.extent - rest, single = row.extent - rest % kLanes;
    if (begin != single)
      emitRange({e.index(begin), e.index(single)}, kLanes);
    if (single != row.extent)
      emitRange({e.index(single), e.index(row.extent)}, 1);
  };
  if (tasks == 1 || splitLoop + 1 != loops.size())
    return emitRest();
  e.branch(e.equal(e.task, tasks - 1), emitRest);
}

/// Functions are long chains of operations, of which the processor has few under way: twice as many
/// lanes go through them side by side.
int64_t PointwiseEmitter::lanesOfStep() {
  constexpr int64_t many = 2 * kLanes;
  bool hasFunction = llvm::any_of(op.getBody()->without_terminator(), [](Operation &inner) {
    return isa<math::ExpOp, math::ExpM1Op, math::TanhOp, math::LogOp, math::ErfOp, math::PowFOp>(
        inner);
  });
  return hasFunction && loops.back().extent >= many ? many : kLanes;
}

/// The body on `lanes` neighbouring elements.
void PointwiseEmitter::emitElements(ArrayRef<Value> at, int64_t lanes) {
  auto widened = [&](Type element) { return lanes == 1 ? element : Type(lanesOf(element, lanes)); };
  Block &body = *op.getBody();
  IRMapping mapping;
  for (auto [i, argument] : llvm::enumerate(body.getArguments())) {
    if (argument.use_empty())
      continue;
    bool isVector = lanes != 1 && loops.back().steps[i] == 1;
    Value value = isVector     ? e.loadVector(arrays[i].buffer, at[i], lanes)
                  : lanes == 1 ? e.loadScalar(arrays[i].buffer, at[i])
                               : e.loadBroadcast(arrays[i].buffer, at[i], lanes);
    mapping.map(argument, value);
  }
  auto operandOf = [&](Value value) {
    if (lanes != 1 && !mapping.contains(value)) {
      Value scalar = value;
      mapping.map(value, vector::BroadcastOp::create(e, lanesOf(scalar.getType(), lanes), scalar));
    }
    return mapping.lookupOrDefault(value);
  };
  for (Operation &inner : body.without_terminator()) {
    if (auto constant = dyn_cast<arith::ConstantOp>(inner)) {
      TypedAttr value = constant.getValue();
      if (lanes != 1)
        value = DenseElementsAttr::get(lanesOf(value.getType(), lanes), Attribute(value));
      mapping.map(constant.getResult(), arith::ConstantOp::create(e, value).getResult());
      continue;
    }
    SmallVector<Value> operands = llvm::map_to_vector(inner.getOperands(), operandOf);
    OperationState state(inner.getLoc(), inner.getName(), operands,
                         {widened(inner.getResult(0).getType())}, inner.getAttrs());
    mapping.map(inner.getResult(0), e.create(state)->getResult(0));
  }
  e.store(operandOf(body.getTerminator()->getOperand(0)), arrays.back().buffer, at.back());
}

/// Whether the body can be computed on vectors: nothing but arithmetic, each op with one result.
bool isArithmetic(Operation &inner) {
  return isa<arith::ConstantOp>(inner) ||
         (OpTrait::hasElementwiseMappableTraits(&inner) && inner.getNumResults() == 1);
}

} // namespace

bool emitPointwise(Emitter &e, linalg::GenericOp op, int64_t tasks) {
  if (op.getNumParallelLoops() != op.getNumLoops() ||
      !llvm::all_of(op.getBody()->without_terminator(), isArithmetic))
    return false;
  FailureOr<SmallVector<BufferLoop>> found = bufferLoopsOf(op);
  if (failed(found))
    return false;
  SmallVector<BufferLoop> loops = std::move(*found);
  auto isRow = [](int64_t step) { return step == 0 || step == 1; };
  if (loops.back().steps.back() != 1 || !llvm::all_of(loops.back().steps, isRow))
    return false;
  FailureOr<SmallVector<FlatArray>> arrays = flatArraysOf(e, op);
  if (failed(arrays))
    return false;
  PointwiseEmitter(e, op, *arrays, loops).emit(tasks);
  return true;
}

} // namespace kiln
