// Matrix product with a packed right-hand side. One row of A: the weights stream from memory once, so eight accumulators along K
// keep enough multiply-adds under way. Several rows: a tile of them is held in registers as in a convolution.
//
//   for block of 16 columns (, tile of rows)      the part of this task
//     s[j] += a[k + j] * b[block][k + j][..]      j < 8, or rows of a
//     out[..][block] = activation(s)              the last block stores only the columns that exist
#include "compiler/lowering/KernelToVector/Activation.h"
#include "compiler/lowering/KernelToVector/Kernels.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace kiln {
namespace {

class GemmEmitter {
public:
  GemmEmitter(Emitter &e, kernel::GemmOp op)
      : e(e), op(op), a(e.flat(op.getA())), b(e.flat(op.getB())), output(e.flat(op.getOutput())),
        rows(shapeOf(op.getA())[0]), inner(shapeOf(op.getA())[1]), columns(shapeOf(op.getOutput())[1]) {}

  void emit() {
    int64_t blocks = llvm::divideCeilSigned(columns, kLanes);
    int64_t tile = std::min<int64_t>(op.getSchedule().getRows(), rows);
    int64_t tiles = llvm::divideCeilSigned(rows, tile), rest = rows % tile;
    e.forEachUnit(op.getSchedule().getTasks(), {blocks, tiles}, [&](ArrayRef<Value> at) {
      auto emitRows = [&](int64_t count) { emitTile(at[0], e.mul(at[1], tile), count); };
      if (rest == 0)
        return emitRows(tile);
      e.branch(e.less(at[1], e.index(tiles - 1)), [&] { emitRows(tile); }, [&] { emitRows(rest); });
    });
  }

private:
  void emitTile(Value block, Value row, int64_t count);
  SmallVector<Value> dotRows(Value bAt, Value aAt, int64_t count);
  Value dotRow(Value bAt, Value aAt);
  void storeRow(Value value, Value block, Value row);

  Value term(Value aAt, Value bAt, Value sum) {
    return e.multiplyAdd(e.loadBroadcast(a, aAt), e.loadVector(b, bAt), sum);
  }
  Value zero() { return e.constant(lanesOf(e.getF32Type()), 0.0); }
  Value plus(Value x, Value y) { return arith::AddFOp::create(e, x, y); }

  Emitter &e;
  kernel::GemmOp op;
  Value a, b, output;
  int64_t rows, inner, columns;
};

void GemmEmitter::emitTile(Value block, Value row, int64_t count) {
  Value bAt = e.mul(block, inner * kLanes), aAt = e.mul(row, inner);
  SmallVector<Value> sums = count == 1 ? SmallVector<Value>{dotRow(bAt, aAt)} : dotRows(bAt, aAt, count);
  Value bias = op.getBias() ? e.loadVector(op.getBias(), e.mul(block, kLanes)) : Value();
  for (auto [i, sum] : llvm::enumerate(sums)) {
    Value value = emitActivation(e, op.getActivationAttr(), bias ? plus(sum, bias) : sum);
    storeRow(value, block, e.add(row, i));
  }
}

/// `count` rows, one accumulator each.
SmallVector<Value> GemmEmitter::dotRows(Value bAt, Value aAt, int64_t count) {
  SmallVector<Value> start(count, zero());
  return e.reduce(
      {e.index(0), e.index(inner)}, start,
      [&](Value k, ValueRange sums) {
        Value weights = e.loadVector(b, e.add(bAt, e.mul(k, kLanes)));
        SmallVector<Value> next;
        for (auto [i, sum] : llvm::enumerate(sums))
          next.push_back(e.multiplyAdd(e.loadBroadcast(a, e.add(e.add(aAt, k), i * inner)), weights, sum));
        return next;
      },
      /*rolled=*/true);
}

/// One row with eight accumulators along K, added as a tree.
Value GemmEmitter::dotRow(Value bAt, Value aAt) {
  constexpr int64_t width = 8;
  int64_t rest = inner % width;
  auto terms = [&](Value k, ValueRange sums, int64_t count) {
    SmallVector<Value> next(sums);
    for (int64_t j = 0; j < count; ++j)
      next[j] = term(e.add(e.add(aAt, k), j), e.add(e.add(bAt, e.mul(k, kLanes)), j * kLanes), sums[j]);
    return next;
  };
  SmallVector<Value> sums(width, zero());
  if (inner >= width)
    sums = e.reduce({e.index(0), e.index(inner - rest)}, sums,
                    [&](Value k, ValueRange carried) { return terms(k, carried, width); }, /*rolled=*/true, width);
  sums = terms(e.index(inner - rest), sums, rest);
  for (int64_t half = width / 2; half > 0; half /= 2)
    for (int64_t j = 0; j < half; ++j)
      sums[j] = plus(sums[j], sums[j + half]);
  return sums[0];
}

void GemmEmitter::storeRow(Value value, Value block, Value row) {
  Value at = e.add(e.mul(row, columns), e.mul(block, kLanes));
  int64_t rest = columns % kLanes;
  if (rest == 0)
    return e.store(value, output, at);
  auto storePart = [&] {
    for (int64_t lane = 0; lane < rest; ++lane)
      e.store(vector::ExtractOp::create(e, value, lane), output, e.add(at, lane));
  };
  e.branch(e.less(block, e.index(columns / kLanes)), [&] { e.store(value, output, at); }, storePart);
}

} // namespace

void emitGemm(Emitter &e, kernel::GemmOp op) { GemmEmitter(e, op).emit(); }

} // namespace kiln
