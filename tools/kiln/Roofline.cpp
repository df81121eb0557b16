// See Roofline.h.
#include "tools/kiln/Roofline.h"
#include "tools/kiln/Peak.h"

#include <algorithm>

namespace kiln::tool {
namespace {

double microseconds(int64_t bytes, const MemoryLevel &level) {
  return bytes == 0 ? 0 : 1e-3 * static_cast<double>(bytes) / level.gigabytes;
}

} // namespace

const MemoryLevel &Machine::levelOf(int64_t bytes) const {
  return *std::find_if(levels.begin(), levels.end() - 1,
                       [&](const MemoryLevel &level) { return bytes <= level.bytes; });
}

Machine measureMachine(int threads) {
  return {measurePeakGflops(threads), measureBandwidth(threads)};
}

Limit limitOf(const LaunchInfo &launch, const Machine &machine, int64_t networkBytes) {
  const MemoryLevel &weights = machine.levelOf(networkBytes),
                    &maps = machine.levelOf(launch.mapBytes);
  double arithmetic = 2e-3 * static_cast<double>(launch.multiplyAdds) / machine.peakGflops;
  double reading = microseconds(launch.weightBytes, weights),
         moving = microseconds(launch.mapBytes, maps);
  if (arithmetic >= reading + moving)
    return {"FMA", arithmetic};
  return {reading > moving ? weights.name : maps.name, reading + moving};
}

} // namespace kiln::tool
