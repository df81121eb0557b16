// Copies that exchange the innermost dimension of a buffer for another one, in squares of 16 x 16
// elements: both sides touch whole cache lines, and none is fetched 16 times.
//
//   for squares of this task:
//     rows = 16 vectors of the input;  out[..] = the columns of these rows
#include "compiler/lowering/KernelToVector/BufferLoops.h"
#include "compiler/lowering/KernelToVector/Kernels.h"

using namespace mlir;

namespace kiln {
namespace {

/// The loops of a transposition: along `from` the input lies side by side, along `to` the output.
struct Exchange {
  SmallVector<BufferLoop> others;
  BufferLoop from, to;
};

class TransposedCopy {
public:
  TransposedCopy(Emitter &e, const Exchange &loops, ArrayRef<FlatArray> arrays)
      : e(e), loops(loops), input(arrays[0]), output(arrays[1]) {}

  void emit(int64_t tasks);

private:
  void emitSquare(ArrayRef<Value> at);
  void emitPart(ArrayRef<Value> at, Value fromCount, Value toCount);

  Emitter &e;
  const Exchange &loops;
  FlatArray input, output;
};

void TransposedCopy::emit(int64_t tasks) {
  SmallVector<int64_t> units =
      llvm::map_to_vector(loops.others, [](const BufferLoop &loop) { return loop.extent; });
  units.push_back(llvm::divideCeilSigned(loops.from.extent, kLanes));
  units.push_back(llvm::divideCeilSigned(loops.to.extent, kLanes));
  auto left = [&](const BufferLoop &loop, Value begin) {
    return e.atMost(e.sub(e.index(loop.extent), begin), e.index(kLanes));
  };
  e.forEachUnit(tasks, units, [&](ArrayRef<Value> unit) {
    SmallVector<Value> at{e.index(input.offset), e.index(output.offset)};
    for (auto [loop, i] : llvm::zip(loops.others, unit))
      at = moved(e, at, loop, i);
    Value from = e.mul(unit.drop_back().back(), kLanes), to = e.mul(unit.back(), kLanes);
    at = moved(e, moved(e, at, loops.from, from), loops.to, to);
    Value fromCount = left(loops.from, from), toCount = left(loops.to, to);
    Value isWhole = arith::AndIOp::create(e, e.equal(fromCount, kLanes), e.equal(toCount, kLanes));
    e.branch(
        isWhole, [&] { emitSquare(at); }, [&] { emitPart(at, fromCount, toCount); });
  });
}

void TransposedCopy::emitSquare(ArrayRef<Value> at) {
  SmallVector<Value> rows;
  for (int64_t i = 0; i < kLanes; ++i)
    rows.push_back(e.loadVector(input.buffer, e.add(at[0], i * loops.to.steps[0])));
  for (auto [i, row] : llvm::enumerate(e.transposed(std::move(rows))))
    e.store(row, output.buffer, e.add(at[1], static_cast<int64_t>(i) * loops.from.steps[1]));
}

void TransposedCopy::emitPart(ArrayRef<Value> at, Value fromCount, Value toCount) {
  e.forEach({e.index(0), fromCount}, [&](Value i) {
    e.forEach({e.index(0), toCount}, [&](Value j) {
      SmallVector<Value> place = moved(e, moved(e, at, loops.from, i), loops.to, j);
      e.store(e.loadScalar(input.buffer, place[0]), output.buffer, place[1]);
    });
  });
}

/// Nothing where the innermost loop is no column of the input, or its rows or columns are shorter
/// than a vector.
std::optional<Exchange> exchangeOf(SmallVector<BufferLoop> loops) {
  auto isStep = [](const BufferLoop &loop, size_t buffer) { return loop.steps[buffer] == 1; };
  Exchange exchange;
  exchange.to = loops.pop_back_val();
  auto from = llvm::find_if(loops, [&](const BufferLoop &loop) { return isStep(loop, 0); });
  if (!isStep(exchange.to, 1) || exchange.to.steps[0] <= 1 || from == loops.end() ||
      from->extent < kLanes || exchange.to.extent < kLanes)
    return std::nullopt;
  exchange.from = *from;
  loops.erase(from);
  exchange.others = loops;
  return exchange;
}

} // namespace

bool emitTransposedCopy(Emitter &e, linalg::GenericOp op, int64_t tasks) {
  Block &body = *op.getBody();
  bool isCopy = op.getNumDpsInputs() == 1 && op.getNumParallelLoops() == op.getNumLoops() &&
                body.getOperations().size() == 1 &&
                body.getTerminator()->getOperand(0) == body.getArgument(0);
  if (!isCopy || body.getArgument(0).getType().getIntOrFloatBitWidth() != 32)
    return false;
  FailureOr<SmallVector<BufferLoop>> loops = bufferLoopsOf(op);
  if (failed(loops))
    return false;
  std::optional<Exchange> exchange = exchangeOf(*loops);
  if (!exchange)
    return false;
  FailureOr<SmallVector<FlatArray>> arrays = flatArraysOf(e, op);
  if (failed(arrays))
    return false;
  TransposedCopy(e, *exchange, *arrays).emit(tasks);
  return true;
}

} // namespace kiln
