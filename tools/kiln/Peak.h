// What this machine's cores can do at most: fused multiply-adds per second, measured here and now.
#ifndef KILN_TOOLS_KILN_PEAK_H
#define KILN_TOOLS_KILN_PEAK_H

namespace kiln::tool {

/// float32 GFLOP/s (2 for a multiply-add) of `threads` threads that do nothing but vector
/// multiply-adds in registers, for about a tenth of a second.
double measurePeakGflops(int threads);

} // namespace kiln::tool

#endif // KILN_TOOLS_KILN_PEAK_H
