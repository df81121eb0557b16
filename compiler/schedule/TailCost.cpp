// See TailCost.h.
#include "compiler/schedule/TailCost.h"

#include "compiler/schedule/Layout.h"

#include "llvm/Support/MathExtras.h"

namespace kiln {

double costOfTail(mlir::RankedTensorType filter) {
  constexpr int64_t half = channelBlock / 2;
  constexpr double addedLanes = 3;
  int64_t filters = filter.getDimSize(0), channels = filter.getDimSize(1);
  int64_t products = filter.getNumElements() / filters,
          steps = products / channels * llvm::divideCeilSigned(channels, channelBlock);
  double cost = 0;
  for (int64_t rest = filters % channelBlock; rest > 0; rest -= half) {
    bool isPaired = nn::hasPairs(std::min(rest, half), channels, channelBlock);
    int64_t sums = isPaired ? 1 : rest, addends = isPaired ? products / 2 : steps;
    cost += static_cast<double>(sums) * (static_cast<double>(addends) + addedLanes);
  }
  return cost;
}

} // namespace kiln
