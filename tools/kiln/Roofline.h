// What the machine allows a kernel: the time that its multiply-adds take at the peak, or its bytes
// at the bandwidth of where they lie, whichever is longer.
#ifndef KILN_TOOLS_KILN_ROOFLINE_H
#define KILN_TOOLS_KILN_ROOFLINE_H

#include "tools/kiln/Bandwidth.h"

#include "compiler/DescribeArtifact.h"

namespace kiln::tool {

struct Machine {
  double peakGflops = 0;
  std::vector<MemoryLevel> levels;

  /// The nearest level that holds so many bytes.
  const MemoryLevel &levelOf(int64_t bytes) const;
};

/// Measures this machine with so many threads.
Machine measureMachine(int threads);

/// The least time of a launch and what sets it: "FMA", or a level's name.
struct Limit {
  const char *name;
  double microseconds;
};

/// `networkBytes` is what a whole inference touches, and so the distance between two readings of a
/// weight; maps are where the kernel's own maps fit.
Limit limitOf(const LaunchInfo &launch, const Machine &machine, int64_t networkBytes);

} // namespace kiln::tool

#endif // KILN_TOOLS_KILN_ROOFLINE_H
