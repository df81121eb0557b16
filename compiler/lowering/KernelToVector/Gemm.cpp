// Matrix product with a packed right-hand side. One row of A: the weights stream from memory once,
// two blocks side by side, which the memory delivers faster than one after the other; four
// accumulators of each along K keep enough multiply-adds under way. Several rows: a tile of them is
// held in registers as in a convolution. Weights of 24 bits are widened in registers, four rows of
// B at a time.
//
//   for one or two blocks of 16 columns (, tile of rows)   the part of this task
//     s[j] += a[k + j] * b[block][k + j][..]               j < 4, or rows of a
//     out[..][block] = activation(s)                       of the columns that exist
#include "compiler/lowering/KernelToVector/Activation.h"
#include "compiler/lowering/KernelToVector/Float24.h"
#include "compiler/lowering/KernelToVector/Kernels.h"

#include "mlir/Dialect/Utils/IndexingUtils.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace kiln {
namespace {

/// The right-hand side: rows of sixteen weights in each block of columns.
class Weights {
public:
  Weights(Emitter &e, kernel::GemmOp op)
      : e(e), array(e.flat(op.getB())), isRounded(op.hasRoundedWeights()),
        blockSize(computeProduct(shapeOf(op.getB()).drop_front())) {}

  bool areRounded() const { return isRounded; }
  /// Rows that are read together, the first of them a multiple of as many.
  int64_t together() const { return isRounded ? kRowsOfWords : 1; }
  /// `count` rows of a block from row k, which is a multiple of together().
  SmallVector<Value> rows(Value block, Value k, int64_t count);

private:
  Emitter &e;
  Value array;
  bool isRounded;
  int64_t blockSize;
};

SmallVector<Value> Weights::rows(Value block, Value k, int64_t count) {
  Value begin = e.mul(block, blockSize);
  SmallVector<Value> rows;
  if (!isRounded) {
    for (int64_t i = 0; i < count; ++i)
      rows.push_back(e.loadVector(array, e.add(begin, e.mul(e.add(k, i), kLanes))));
    return rows;
  }
  Value at = e.add(begin, e.mul(k, kWordsOfRows * kLanes / kRowsOfWords));
  for (int64_t first = 0; first < count; first += kRowsOfWords) {
    SmallVector<Value> words;
    for (int64_t i = 0; i < kWordsOfRows; ++i)
      words.push_back(
          e.loadVector(array, e.add(at, (first / kRowsOfWords * kWordsOfRows + i) * kLanes)));
    llvm::append_range(rows, emitWidened(e, words, std::min(count - first, kRowsOfWords)));
  }
  return rows;
}

class GemmEmitter {
public:
  GemmEmitter(Emitter &e, kernel::GemmOp op)
      : e(e), op(op), weights(e, op), a(e.flat(op.getA())), output(e.flat(op.getOutput())),
        rows(shapeOf(op.getA())[0]), inner(shapeOf(op.getA())[1]),
        columns(shapeOf(op.getOutput())[1]), blocks(llvm::divideCeilSigned(columns, kLanes)) {}

  void emit() {
    if (rows == 1)
      return emitSingleRow();
    int64_t tile = std::min<int64_t>(op.getSchedule().getRows(), rows);
    int64_t tiles = llvm::divideCeilSigned(rows, tile), rest = rows % tile;
    e.forEachUnit(op.getSchedule().getTasks(), {blocks, tiles}, [&](ArrayRef<Value> at) {
      auto emitRows = [&](int64_t count) { emitTile(at[0], e.mul(at[1], tile), count); };
      if (rest == 0)
        return emitRows(tile);
      e.branch(
          e.less(at[1], e.index(tiles - 1)), [&] { emitRows(tile); }, [&] { emitRows(rest); });
    });
  }

private:
  void emitSingleRow();
  void emitTile(Value block, Value row, int64_t count);
  SmallVector<Value> dotRows(Value block, Value aAt, int64_t count);
  SmallVector<Value> dotBlocks(Value first, int64_t count);
  void finish(Value sum, Value block, Value row);
  void storeRow(Value value, Value block, Value row);

  Value zero() { return e.constant(lanesOf(e.getF32Type()), 0.0); }
  Value plus(Value x, Value y) { return arith::AddFOp::create(e, x, y); }

  Emitter &e;
  kernel::GemmOp op;
  Weights weights;
  Value a, output;
  int64_t rows, inner, columns, blocks;
};

/// Tasks have pairs of blocks; the last one may be alone.
void GemmEmitter::emitSingleRow() {
  constexpr int64_t width = 2;
  e.forEachUnit(op.getSchedule().getTasks(), {llvm::divideCeilSigned(blocks, width)},
                [&](ArrayRef<Value> at) {
                  Value first = e.mul(at[0], width);
                  auto emitBlocks = [&](int64_t count) {
                    for (auto [i, sum] : llvm::enumerate(dotBlocks(first, count)))
                      finish(sum, e.add(first, i), e.index(0));
                  };
                  int64_t rest = blocks % width;
                  if (rest == 0)
                    return emitBlocks(width);
                  e.branch(
                      e.less(at[0], e.index(blocks / width)), [&] { emitBlocks(width); },
                      [&] { emitBlocks(rest); });
                });
}

void GemmEmitter::emitTile(Value block, Value row, int64_t count) {
  SmallVector<Value> sums = dotRows(block, e.mul(row, inner), count);
  for (auto [i, sum] : llvm::enumerate(sums))
    finish(sum, block, e.add(row, i));
}

void GemmEmitter::finish(Value sum, Value block, Value row) {
  if (Value bias = op.getBias())
    sum = plus(sum, e.loadVector(bias, e.mul(block, kLanes)));
  storeRow(emitActivation(e, op.getActivationAttr(), sum), block, row);
}

/// `count` rows, one accumulator each.
SmallVector<Value> GemmEmitter::dotRows(Value block, Value aAt, int64_t count) {
  int64_t step = weights.together(), rest = inner % step;
  auto terms = [&](Value k, ValueRange sums, int64_t steps) {
    SmallVector<Value> next(sums);
    for (auto [j, row] : llvm::enumerate(weights.rows(block, k, steps)))
      for (auto [i, sum] : llvm::enumerate(next)) {
        Value at = e.add(e.add(e.add(aAt, k), static_cast<int64_t>(j)), i * inner);
        sum = e.multiplyAdd(e.loadBroadcast(a, at), row, sum);
      }
    return next;
  };
  SmallVector<Value> sums(count, zero());
  if (inner >= step)
    sums = e.reduce(
        {e.index(0), e.index(inner - rest)}, sums,
        [&](Value k, ValueRange carried) { return terms(k, carried, step); }, /*rolled=*/true,
        step);
  return rest == 0 ? sums : terms(e.index(inner - rest), sums, rest);
}

/// The only row times `count` neighbouring blocks of columns. Each has accumulators along K, added
/// as a tree: fewer where widening the weights takes registers and leaves more time for each sum.
SmallVector<Value> GemmEmitter::dotBlocks(Value first, int64_t count) {
  int64_t step = 8 / count, rest = inner % step, width = weights.areRounded() ? step / 2 : step;
  auto terms = [&](Value k, ValueRange sums, int64_t steps) {
    SmallVector<Value> next(sums);
    for (int64_t i = 0; i < count; ++i)
      for (auto [j, row] : llvm::enumerate(weights.rows(e.add(first, i), k, steps))) {
        Value &sum = next[i * width + static_cast<int64_t>(j) % width];
        sum = e.multiplyAdd(e.loadBroadcast(a, e.add(k, static_cast<int64_t>(j))), row, sum);
      }
    return next;
  };
  SmallVector<Value> sums(count * width, zero());
  if (inner >= step)
    sums = e.reduce(
        {e.index(0), e.index(inner - rest)}, sums,
        [&](Value k, ValueRange carried) { return terms(k, carried, step); }, /*rolled=*/true,
        step);
  if (rest != 0)
    sums = terms(e.index(inner - rest), sums, rest);
  for (int64_t half = width / 2; half > 0; half /= 2)
    for (int64_t i = 0; i < count; ++i)
      for (int64_t j = i * width; j < i * width + half; ++j)
        sums[j] = plus(sums[j], sums[j + half]);
  SmallVector<Value> totals;
  for (int64_t i = 0; i < count; ++i)
    totals.push_back(sums[i * width]);
  return totals;
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
  e.branch(
      e.less(block, e.index(columns / kLanes)), [&] { e.store(value, output, at); }, storePart);
}

} // namespace

void emitGemm(Emitter &e, kernel::GemmOp op) { GemmEmitter(e, op).emit(); }

} // namespace kiln
