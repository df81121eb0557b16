// Matrix product with a packed right-hand side. A tile of rows of A and blocks of columns is held
// in registers as in a convolution. Where that makes few sums, as with one row, whose weights
// stream from memory once, each is divided along K to keep enough multiply-adds under way. Weights
// of 24 bits are widened in registers, four rows of B at a time.
//
//   for tile of (blocks of 16 columns, rows)                    the part of this task
//     s[row][block][j] += a[row][k + j] * b[block][k + j][..]
//     out[row][block] = activation(sum over j of s)             of the columns that exist
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
  /// `count` rows of a block from row k, which is a multiple of together(); `fetches` what follows.
  SmallVector<Value> rows(Value block, Value k, int64_t count, bool fetches);

private:
  Emitter &e;
  Value array;
  bool isRounded;
  int64_t blockSize;
};

SmallVector<Value> Weights::rows(Value block, Value k, int64_t count, bool fetches) {
  Value begin = e.mul(block, blockSize);
  auto load = [&](Value at) {
    if (fetches)
      e.prefetch(array, e.onNextPage(array, at));
    return e.loadVector(array, at);
  };
  SmallVector<Value> rows;
  if (!isRounded) {
    for (int64_t i = 0; i < count; ++i)
      rows.push_back(load(e.add(begin, e.mul(e.add(k, i), kLanes))));
    return rows;
  }
  Value at = e.add(begin, e.mul(k, kWordsOfRows * kLanes / kRowsOfWords));
  for (int64_t first = 0; first < count; first += kRowsOfWords) {
    SmallVector<Value> words;
    for (int64_t i = 0; i < kWordsOfRows; ++i)
      words.push_back(load(e.add(at, (first / kRowsOfWords * kWordsOfRows + i) * kLanes)));
    llvm::append_range(rows, emitWidened(e, words, std::min(count - first, kRowsOfWords)));
  }
  return rows;
}

class GemmEmitter {
public:
  GemmEmitter(Emitter &e, kernel::GemmOp op)
      : e(e), op(op), weights(e, op), a(e.flat(op.getA())), output(e.flat(op.getOutput())),
        rows(shapeOf(op.getA())[0]), inner(shapeOf(op.getA())[1]),
        columns(shapeOf(op.getOutput())[1]) {}

  void emit();

private:
  /// A tile: so many rows of A, and blocks of columns beside each other.
  struct Tile {
    int64_t rows, blocks;
    /// Accumulators of each row and block, along K: as many as hide the latency of a multiply-add,
    /// a quarter of that where widening the weights takes registers and leaves each more time.
    int64_t width(bool areRounded) const {
      return std::max<int64_t>(1, (areRounded ? 2 : 8) / (rows * blocks));
    }
    /// With many multiply-adds between its loads a core does not look far ahead, and the
    /// processor's own prefetcher stops at each page; two streams with few between need no help.
    bool fetches() const { return rows > 1 && (blocks == 1 || rows > 4); }
  };

  void emitTile(Value block, Value row, Tile tile);
  SmallVector<Value> dot(Value block, Value aAt, Tile tile);
  SmallVector<Value> terms(Value block, Value k, Value aAt, ValueRange sums, Tile tile,
                           int64_t steps);
  void finish(Value sum, Value block, Value row);
  void storeRow(Value value, Value block, Value row);

  Value zero() { return e.constant(lanesOf(e.getF32Type()), 0.0); }
  Value plus(Value x, Value y) { return arith::AddFOp::create(e, x, y); }

  Emitter &e;
  kernel::GemmOp op;
  Weights weights;
  Value a, output;
  int64_t rows, inner, columns;
};

/// Units are tiles; the last ones in either direction may be smaller.
void GemmEmitter::emit() {
  int64_t blocks = llvm::divideCeilSigned(columns, kLanes);
  Tile tile{std::min<int64_t>(op.getSchedule().getRows(), rows),
            std::min<int64_t>(op.getSchedule().getFilters(), blocks)};
  e.forEachUnit(
      op.getSchedule().getTasks(),
      {llvm::divideCeilSigned(blocks, tile.blocks), llvm::divideCeilSigned(rows, tile.rows)},
      [&](ArrayRef<Value> at) {
        Value block = e.mul(at[0], tile.blocks), row = e.mul(at[1], tile.rows);
        e.withPart(at[0], blocks, tile.blocks, [&](int64_t tileBlocks) {
          e.withPart(at[1], rows, tile.rows, [&](int64_t tileRows) {
            emitTile(block, row, {tileRows, tileBlocks});
          });
        });
      });
}

void GemmEmitter::emitTile(Value block, Value row, Tile tile) {
  SmallVector<Value> sums = dot(block, e.mul(row, inner), tile);
  for (int64_t i = 0; i < tile.blocks; ++i)
    for (int64_t r = 0; r < tile.rows; ++r)
      finish(sums[i * tile.rows + r], e.add(block, i), e.add(row, r));
}

void GemmEmitter::finish(Value sum, Value block, Value row) {
  if (Value bias = op.getBias())
    sum = plus(sum, e.loadVector(bias, e.mul(block, kLanes)));
  storeRow(emitActivation(e, op.getActivationAttr(), sum), block, row);
}

/// `steps` rows of B from row k on, times as many columns of A at `aAt`, added to the sums.
SmallVector<Value> GemmEmitter::terms(Value block, Value k, Value aAt, ValueRange sums, Tile tile,
                                      int64_t steps) {
  int64_t width = tile.width(weights.areRounded());
  SmallVector<Value> next(sums);
  SmallVector<SmallVector<Value>> loaded;
  for (int64_t i = 0; i < tile.blocks; ++i)
    loaded.push_back(weights.rows(e.add(block, i), k, steps, tile.fetches()));
  for (int64_t j = 0; j < steps; ++j)
    for (int64_t r = 0; r < tile.rows; ++r) {
      Value x = e.loadBroadcast(a, e.add(aAt, j + r * inner));
      for (int64_t i = 0; i < tile.blocks; ++i) {
        Value &sum = next[(i * tile.rows + r) * width + j % width];
        sum = e.multiplyAdd(x, loaded[i][j], sum);
      }
    }
  return next;
}

/// The products of a tile, block by block: sums along K, those of each added as a tree.
SmallVector<Value> GemmEmitter::dot(Value block, Value aAt, Tile tile) {
  int64_t width = tile.width(weights.areRounded());
  int64_t step = std::max(width, weights.together()), rest = inner % step;
  SmallVector<Value> sums(tile.blocks * tile.rows * width, zero());
  if (inner >= step)
    sums = e.reduce(
        {e.index(0), e.index(inner - rest)}, sums,
        [&](Value k, ValueRange carried) {
          return terms(block, k, e.add(aAt, k), carried, tile, step);
        },
        Unroll::Never, step);
  if (rest != 0)
    sums = terms(block, e.index(inner - rest), e.add(aAt, inner - rest), sums, tile, rest);
  SmallVector<Value> totals;
  for (ArrayRef<Value> left = sums; !left.empty(); left = left.drop_front(width)) {
    SmallVector<Value> tree(left.take_front(width));
    for (int64_t half = width / 2; half > 0; half /= 2)
      for (int64_t j = 0; j < half; ++j)
        tree[j] = plus(tree[j], tree[j + half]);
    totals.push_back(tree.front());
  }
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
