// What memory delivers to this machine's cores.
#ifndef KILN_TOOLS_KILN_BANDWIDTH_H
#define KILN_TOOLS_KILN_BANDWIDTH_H

#include <cstdint>
#include <vector>

namespace kiln::tool {

/// A cache level, or main memory.
struct MemoryLevel {
  const char *name; ///< "L1", "L2", "L3", "DRAM"
  int64_t bytes;    ///< what `threads` cores have of it; INT64_MAX for main memory
  double gigabytes; ///< that they read of it in a second
};

/// The levels, nearest first, as `threads` cores read them at once; takes a quarter of a second.
std::vector<MemoryLevel> measureBandwidth(int threads);

} // namespace kiln::tool

#endif // KILN_TOOLS_KILN_BANDWIDTH_H
