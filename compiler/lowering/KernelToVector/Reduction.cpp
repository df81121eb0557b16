// Reductions of rows whose elements lie side by side: sums, maxima and the like. Lanes are combined
// at the end, so that neither a single chain of additions nor one element at a time sets the pace.
//
//   for rows of this task:
//     for i in steps of 64:  four accumulators of 16 lanes (op)= in[i..]
//     out (op)= the accumulators, their lanes, and the elements left over
#include "compiler/lowering/KernelToVector/BufferLoops.h"
#include "compiler/lowering/KernelToVector/Kernels.h"

using namespace mlir;

namespace kiln {
namespace {

constexpr int64_t chains = 4;

class RowReducer {
public:
  RowReducer(Emitter &e, Operation *combiner, ArrayRef<FlatArray> arrays,
             ArrayRef<BufferLoop> loops)
      : e(e), combiner(combiner), input(arrays[0].buffer), output(arrays[1].buffer),
        outer(loops.drop_back()), row(loops.back().extent) {}

  void emit(int64_t tasks, ArrayRef<FlatArray> arrays);

private:
  void emitLoops(size_t depth, ArrayRef<Value> at);
  void emitRow(Value from, Value to);
  Value wholeVectors(Value from);
  Value sumOfLanes(Value vector);
  Value combine(Value a, Value b);

  Emitter &e;
  Operation *combiner;
  Value input, output;
  ArrayRef<BufferLoop> outer;
  int64_t row, tasks = 1;
  size_t splitLoop = 0;
};

void RowReducer::emit(int64_t count, ArrayRef<FlatArray> arrays) {
  tasks = count;
  splitLoop = loopToSplit(outer, tasks);
  emitLoops(0, {e.index(arrays[0].offset), e.index(arrays[1].offset)});
}

void RowReducer::emitLoops(size_t depth, ArrayRef<Value> at) {
  if (depth == outer.size())
    return emitRow(at[0], at[1]);
  IndexRange range{e.index(0), e.index(outer[depth].extent)};
  if (depth == splitLoop)
    range = e.taskRange(tasks, outer[depth].extent);
  e.forEach(range, [&](Value i) { emitLoops(depth + 1, moved(e, at, outer[depth], i)); });
}

/// The combining op of the body on other operands, of the elements' type or vectors of it.
Value RowReducer::combine(Value a, Value b) {
  OperationState state(combiner->getLoc(), combiner->getName(), {a, b}, {a.getType()},
                       combiner->getAttrs());
  return e.create(state)->getResult(0);
}

/// All vectors of the row, combined into one.
Value RowReducer::wholeVectors(Value from) {
  int64_t vectors = row / kLanes, count = std::min(chains, vectors), turns = vectors / count;
  auto load = [&](Value i) { return e.loadVector(input, e.add(from, i)); };
  SmallVector<Value> sums;
  for (int64_t chain = 0; chain < count; ++chain)
    sums.push_back(load(e.index(chain * kLanes)));
  if (turns > 1) {
    IndexRange range{e.index(count * kLanes), e.index(turns * count * kLanes)};
    sums = e.reduce(
        range, sums,
        [&](Value i, ValueRange carried) {
          SmallVector<Value> next;
          for (auto [chain, sum] : llvm::enumerate(carried))
            next.push_back(combine(sum, load(e.add(i, static_cast<int64_t>(chain) * kLanes))));
          return next;
        },
        Unroll::Freely, count * kLanes);
  }
  for (int64_t vector = turns * count; vector < vectors; ++vector)
    sums[vector - turns * count] =
        combine(sums[vector - turns * count], load(e.index(vector * kLanes)));
  while (sums.size() > 1) {
    Value last = sums.pop_back_val();
    sums.front() = combine(sums.front(), last);
  }
  return sums.front();
}

/// By halves, so that the order does not depend on the processor.
Value RowReducer::sumOfLanes(Value vector) {
  for (int64_t half = kLanes / 2; half > 0; half /= 2) {
    auto part = [&](int64_t first) -> Value {
      auto lanes = llvm::to_vector(llvm::seq<int64_t>(first, first + half));
      return vector::ShuffleOp::create(e, vector, vector, lanes);
    };
    vector = combine(part(0), part(half));
  }
  return vector::ExtractOp::create(e, vector, ArrayRef<int64_t>{0});
}

void RowReducer::emitRow(Value from, Value to) {
  Value total = combine(e.loadScalar(output, to), sumOfLanes(wholeVectors(from)));
  IndexRange rest{e.index(row / kLanes * kLanes), e.index(row)};
  if (row % kLanes != 0)
    total = e.reduce(rest, total, [&](Value i, ValueRange carried) {
      return SmallVector<Value>{combine(carried[0], e.loadScalar(input, e.add(from, i)))};
    })[0];
  e.store(total, output, to);
}

/// The op that combines the output with an element, where the body is nothing else and the order of
/// operands does not matter.
Operation *combinerOf(linalg::GenericOp op) {
  Block &body = *op.getBody();
  if (op.getNumDpsInputs() != 1 || body.getOperations().size() != 2)
    return nullptr;
  Operation &inner = body.front();
  bool isCombiner = isa<arith::AddFOp, arith::MaximumFOp, arith::MinimumFOp, arith::AddIOp,
                        arith::MaxSIOp, arith::MinSIOp, arith::MaxUIOp, arith::MinUIOp>(inner) &&
                    llvm::is_contained(inner.getOperands(), body.getArgument(0)) &&
                    llvm::is_contained(inner.getOperands(), body.getArgument(1)) &&
                    body.getTerminator()->getOperand(0) == inner.getResult(0);
  return isCombiner ? &inner : nullptr;
}

} // namespace

bool emitRowReduction(Emitter &e, linalg::GenericOp op, int64_t tasks) {
  Operation *combiner = combinerOf(op);
  if (!combiner || op.getNumReductionLoops() == 0)
    return false;
  FailureOr<SmallVector<BufferLoop>> loops = bufferLoopsOf(op);
  if (failed(loops))
    return false;
  auto isReduced = [](const BufferLoop &loop) { return loop.steps.back() == 0; };
  const BufferLoop &row = loops->back();
  if (!isReduced(row) || row.steps.front() != 1 || row.extent < kLanes ||
      llvm::any_of(ArrayRef(*loops).drop_back(), isReduced) || (tasks > 1 && loops->size() == 1))
    return false;
  FailureOr<SmallVector<FlatArray>> arrays = flatArraysOf(e, op);
  if (failed(arrays))
    return false;
  RowReducer(e, combiner, *arrays, *loops).emit(tasks, *arrays);
  return true;
}

} // namespace kiln
