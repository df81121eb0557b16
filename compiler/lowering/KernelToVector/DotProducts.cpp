// Vectors of 16 lanes are halved first. Eight vectors are added pairwise three times, so that each
// lane of the last one is the sum of one of them: seven additions and sixteen shuffles.
#include "compiler/lowering/KernelToVector/DotProducts.h"

using namespace mlir;

namespace kiln {
namespace {

/// Adds neighbouring lanes of two vectors of eight, in halves of four: a0+a1, a2+a3, b0+b1, b2+b3,
/// a4+a5, ...
Value addNeighbours(Emitter &e, Value a, Value b) {
  Value even = vector::ShuffleOp::create(e, a, b, ArrayRef<int64_t>{0, 2, 8, 10, 4, 6, 12, 14});
  Value odd = vector::ShuffleOp::create(e, a, b, ArrayRef<int64_t>{1, 3, 9, 11, 5, 7, 13, 15});
  return arith::AddFOp::create(e, even, odd);
}

} // namespace

Value addHalves(Emitter &e, Value sum) {
  if (cast<VectorType>(sum.getType()).getNumElements() == kLanes / 2)
    return sum;
  auto half = [&](int64_t first) {
    return vector::ShuffleOp::create(
        e, sum, sum, llvm::to_vector(llvm::seq<int64_t>(first, first + kLanes / 2)));
  };
  return arith::AddFOp::create(e, half(0), half(kLanes / 2));
}

SmallVector<Value> addLanes(Emitter &e, ValueRange sums, int64_t dots, Value start) {
  Value zero = e.constant(start.getType(), 0.0);
  SmallVector<Value> result;
  for (; !sums.empty(); sums = sums.drop_front(dots)) {
    auto dot = [&](int64_t i) { return i < dots ? addHalves(e, sums[i]) : zero; };
    auto four = [&](int64_t i) {
      return addNeighbours(e, addNeighbours(e, dot(i), dot(i + 1)),
                           addNeighbours(e, dot(i + 2), dot(i + 3)));
    };
    Value first = four(0), second = dots > 4 ? four(4) : zero;
    Value low =
        vector::ShuffleOp::create(e, first, second, ArrayRef<int64_t>{0, 1, 2, 3, 8, 9, 10, 11});
    Value high =
        vector::ShuffleOp::create(e, first, second, ArrayRef<int64_t>{4, 5, 6, 7, 12, 13, 14, 15});
    result.push_back(arith::AddFOp::create(e, start, arith::AddFOp::create(e, low, high)));
  }
  return result;
}

} // namespace kiln
