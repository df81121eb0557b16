// See LaneSums.h. To add all lanes, vectors of 16 are halved first. Eight vectors are added
// pairwise three times, so that each lane of the last one is the sum of one of them: seven
// additions and sixteen shuffles.
#include "compiler/lowering/KernelToVector/LaneSums.h"

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

/// The sum of the halves of a vector of 16 lanes; a vector of eight as it is.
Value addHalves(Emitter &e, Value sum) {
  if (cast<VectorType>(sum.getType()).getNumElements() == kLanes / 2)
    return sum;
  auto half = [&](int64_t first) {
    return vector::ShuffleOp::create(
        e, sum, sum, llvm::to_vector(llvm::seq<int64_t>(first, first + kLanes / 2)));
  };
  return arith::AddFOp::create(e, half(0), half(kLanes / 2));
}

} // namespace

Value repeated(Emitter &e, Value vector, int64_t lanes) {
  int64_t present = cast<VectorType>(vector.getType()).getNumElements();
  SmallVector<int64_t> places;
  for (int64_t lane = 0; lane < lanes; ++lane)
    places.push_back(lane % present);
  return vector::ShuffleOp::create(e, vector, vector, places);
}

Value inPairs(Emitter &e, Value start) {
  SmallVector<int64_t> places;
  for (int64_t lane = 0; lane < kLanes / 2; ++lane)
    places.append({lane, kLanes / 2});
  return vector::ShuffleOp::create(e, start, e.constant(start.getType(), 0.0), places);
}

SmallVector<Value> addPairs(Emitter &e, ValueRange sums) {
  // The sums of two vectors, two of each in turn; so places are in pairs of pairs.
  SmallVector<int64_t> even, odd, places[2];
  for (int64_t lane = 0; lane < kLanes; lane += 4) {
    even.append({lane, lane + 2, kLanes + lane, kLanes + lane + 2});
    odd.append({lane + 1, lane + 3, kLanes + lane + 1, kLanes + lane + 3});
    places[0].append({lane, lane + 1});
    places[1].append({lane + 2, lane + 3});
  }
  SmallVector<Value> result;
  for (size_t i = 0; i < sums.size(); i += 2) {
    Value a = sums[i], b = sums[std::min(i + 1, sums.size() - 1)];
    Value both = arith::AddFOp::create(e, vector::ShuffleOp::create(e, a, b, even),
                                       vector::ShuffleOp::create(e, a, b, odd));
    for (size_t j = 0; j < 2 && i + j < sums.size(); ++j)
      result.push_back(vector::ShuffleOp::create(e, both, both, places[j]));
  }
  return result;
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
