// Products of matrices that are both computed at run time, and lie in memory as they came: a tile
// of the result is held in registers.
//
//   for (batch, tile of rows, block of columns) of this task, or blocks outside and tiles inside:
//     s[row] = out[row][block]
//     for k:  s[row] += a[row][k] * b[k][block]
//     out[row][block] = s[row]
#include "compiler/lowering/KernelToVector/BufferLoops.h"
#include "compiler/lowering/KernelToVector/Kernels.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace kiln {
namespace {

/// A product of matrices as loops: batches outside, then rows, the sum and columns.
struct ProductLoops {
  SmallVector<BufferLoop> batches;
  BufferLoop rows, inner, columns;
  unsigned a, b; ///< which input is which
};

/// The right-hand side of so many elements stays in the second-level cache while rows of tiles pass
/// over it; of a larger one the columns of a block do.
constexpr int64_t fewElements = 128 << 10;

class ProductEmitter {
public:
  ProductEmitter(Emitter &e, const ProductLoops &loops, ArrayRef<FlatArray> arrays)
      : e(e), loops(loops), arrays(arrays), rows(loops.rows), inner(loops.inner),
        columns(loops.columns) {}

  void emit(int64_t tasks);

private:
  void emitRows(SmallVector<Value> at, Value column, int64_t count);
  void emitTile(ArrayRef<Value> at, int64_t count, int64_t lanes);

  Emitter &e;
  const ProductLoops &loops;
  ArrayRef<FlatArray> arrays;
  const BufferLoop &rows, &inner, &columns;
};

void ProductEmitter::emit(int64_t tasks) {
  constexpr int64_t mostRows = 6; // with 16 lanes each, 12 of the 16 registers of AVX2
  int64_t tile = std::min(mostRows, rows.extent);
  int64_t tiles = llvm::divideCeilSigned(rows.extent, tile);
  SmallVector<int64_t> units =
      llvm::map_to_vector(loops.batches, [](const BufferLoop &loop) { return loop.extent; });
  int64_t blocks = llvm::divideCeilSigned(columns.extent, kLanes);
  bool rowsOutside = inner.extent * columns.extent <= fewElements;
  units.append({rowsOutside ? tiles : blocks, rowsOutside ? blocks : tiles});
  e.forEachUnit(tasks, units, [&](ArrayRef<Value> unit) {
    SmallVector<Value> at =
        llvm::map_to_vector(arrays, [&](const FlatArray &array) { return e.index(array.offset); });
    for (auto [loop, i] : llvm::zip(loops.batches, unit))
      at = moved(e, at, loop, i);
    Value outside = unit.drop_back().back(), inside = unit.back();
    Value row = rowsOutside ? outside : inside, column = rowsOutside ? inside : outside;
    at = moved(e, at, rows, e.mul(row, tile));
    at = moved(e, at, columns, e.mul(column, kLanes));
    e.withPart(row, rows.extent, tile, [&](int64_t count) { emitRows(at, column, count); });
  });
}

/// A block of 16 columns; the last one in pieces of 8, 4, 2 and 1 where it is not full.
void ProductEmitter::emitRows(SmallVector<Value> at, Value column, int64_t count) {
  int64_t rest = columns.extent % kLanes;
  auto emitRest = [&] {
    SmallVector<Value> place = at;
    for (int64_t lanes = kLanes / 2; lanes > 0; lanes /= 2) {
      if (!(rest & lanes))
        continue;
      emitTile(place, count, lanes);
      place = moved(e, place, columns, e.index(lanes));
    }
  };
  if (rest == 0)
    return emitTile(at, count, kLanes);
  e.branch(
      e.less(column, e.index(columns.extent / kLanes)), [&] { emitTile(at, count, kLanes); },
      emitRest);
}

void ProductEmitter::emitTile(ArrayRef<Value> at, int64_t count, int64_t lanes) {
  const FlatArray &a = arrays[loops.a], &b = arrays[loops.b], &output = arrays.back();
  auto outputAt = [&](int64_t row) { return e.add(at.back(), row * rows.steps.back()); };
  SmallVector<Value> sums;
  for (int64_t row = 0; row < count; ++row)
    sums.push_back(e.loadVector(output.buffer, outputAt(row), lanes));
  sums = e.reduce(
      {e.index(0), e.index(inner.extent)}, sums,
      [&](Value k, ValueRange carried) {
        SmallVector<Value> place = moved(e, at, inner, k), next;
        Value right = e.loadVector(b.buffer, place[loops.b], lanes);
        for (auto [row, sum] : llvm::enumerate(carried)) {
          Value leftAt = e.add(place[loops.a], static_cast<int64_t>(row) * rows.steps[loops.a]);
          next.push_back(e.multiplyAdd(e.loadBroadcast(a.buffer, leftAt, lanes), right, sum));
        }
        return next;
      },
      Unroll::Never);
  for (auto [row, sum] : llvm::enumerate(sums))
    e.store(sum, output.buffer, outputAt(static_cast<int64_t>(row)));
}

/// Whether the body adds the product of both inputs to the output, in floats.
bool isMultiplyAdd(linalg::GenericOp op) {
  Block &body = *op.getBody();
  if (op.getNumDpsInputs() != 2 || body.getOperations().size() != 3)
    return false;
  auto product = dyn_cast<arith::MulFOp>(body.front());
  auto sum = dyn_cast<arith::AddFOp>(*std::next(body.begin()));
  auto takes = [](Operation *inner, Value x, Value y) {
    return llvm::is_contained(inner->getOperands(), x) &&
           llvm::is_contained(inner->getOperands(), y);
  };
  return product && sum && takes(product, body.getArgument(0), body.getArgument(1)) &&
         takes(sum, product, body.getArgument(2)) &&
         body.getTerminator()->getOperand(0) == sum.getResult();
}

/// The loops where columns lie side by side in one input and the output, and the sum is the loop
/// around them.
std::optional<ProductLoops> productLoops(SmallVector<BufferLoop> loops) {
  if (loops.size() < 2)
    return std::nullopt;
  ProductLoops product;
  product.columns = loops.pop_back_val();
  product.inner = loops.pop_back_val();
  ArrayRef<int64_t> steps = product.columns.steps;
  product.a = steps[0] == 0 ? 0 : 1;
  product.b = 1 - product.a;
  bool areColumns = steps[product.a] == 0 && steps[product.b] == 1 && steps.back() == 1;
  auto isReduced = [](const BufferLoop &loop) { return loop.steps.back() == 0; };
  if (!areColumns || !isReduced(product.inner) || llvm::any_of(loops, isReduced))
    return std::nullopt;
  product.rows = {1, {0, 0, 0}};
  if (!loops.empty() && loops.back().steps[product.b] == 0)
    product.rows = loops.pop_back_val();
  product.batches = loops;
  return product;
}

} // namespace

bool emitMatrixProduct(Emitter &e, linalg::GenericOp op, int64_t tasks) {
  if (!isMultiplyAdd(op))
    return false;
  FailureOr<SmallVector<BufferLoop>> loops = bufferLoopsOf(op);
  if (failed(loops))
    return false;
  std::optional<ProductLoops> product = productLoops(*loops);
  if (!product)
    return false;
  FailureOr<SmallVector<FlatArray>> arrays = flatArraysOf(e, op);
  if (failed(arrays))
    return false;
  ProductEmitter(e, *product, *arrays).emit(tasks);
  return true;
}

} // namespace kiln
