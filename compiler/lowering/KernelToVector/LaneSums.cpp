// See LaneSums.h. As many vectors as one has lanes are added two and two until one is left, each
// lane of which is the sum of one of them: first in pieces of quarters, which a processor moves
// from two vectors at once, then within them.
#include "compiler/lowering/KernelToVector/LaneSums.h"

#include <numeric>

using namespace mlir;

namespace kiln {
namespace {

constexpr int64_t kQuarter = 4;

/// Each run of `run` lanes is of one sum: adds its halves, in `a` and in `b`, which share the
/// result. In each group of lanes the runs of `a` come first. Where there is no `b`, its places
/// have no value.
Value addHalves(Emitter &e, Value a, Value b, int64_t group, int64_t run) {
  int64_t lanes = cast<VectorType>(a.getType()).getNumElements();
  auto half = [&](int64_t first) {
    SmallVector<int64_t> places;
    for (int64_t inGroup = 0; inGroup < lanes; inGroup += group)
      for (bool ofB : {false, true})
        for (int64_t inRun = inGroup; inRun < inGroup + group; inRun += run)
          for (int64_t lane = inRun + first; lane < inRun + first + run / 2; ++lane)
            places.push_back(!ofB ? lane : b ? lanes + lane : vector::ShuffleOp::kPoisonIndex);
    return vector::ShuffleOp::create(e, a, b ? b : a, places);
  };
  return arith::AddFOp::create(e, half(0), half(run / 2));
}

/// One vector with the sums of the lanes of each of these, of which there are no more than lanes.
Value addAll(Emitter &e, ValueRange vectors) {
  int64_t lanes = cast<VectorType>(vectors.front().getType()).getNumElements(),
          quarters = lanes / kQuarter;
  SmallVector<Value> sums(lanes);
  for (auto [lane, vector] : llvm::enumerate(vectors))
    sums[lane % kQuarter * quarters + lane / kQuarter] = vector;
  auto addPiecewise = [&](int64_t group, int64_t least) {
    for (int64_t run = group; run > least; run /= 2) {
      for (size_t i = 0; i < sums.size(); i += 2)
        sums[i / 2] = sums[i] ? addHalves(e, sums[i], sums[i + 1], group, run) : Value();
      sums.truncate(sums.size() / 2);
    }
  };
  addPiecewise(lanes, kQuarter);
  addPiecewise(kQuarter, 1);
  return sums.front();
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
  int64_t lanes = cast<VectorType>(sums.front().getType()).getNumElements();
  Value zero = e.constant(start.getType(), 0.0);
  SmallVector<Value> result;
  while (!sums.empty()) {
    size_t count = std::min<size_t>(sums.size(), lanes / dots * dots);
    Value all = addAll(e, sums.take_front(count));
    for (int64_t first = 0; first < static_cast<int64_t>(count); first += dots) {
      SmallVector<int64_t> places(kLanes / 2, lanes);
      std::iota(places.begin(), places.begin() + dots, first);
      Value dot = vector::ShuffleOp::create(e, all, zero, places);
      result.push_back(arith::AddFOp::create(e, start, dot));
    }
    sums = sums.drop_front(count);
  }
  return result;
}

} // namespace kiln
