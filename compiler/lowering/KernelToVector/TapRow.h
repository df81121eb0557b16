// Which taps of a window lie in a map, in one dimension.
#ifndef KILN_COMPILER_LOWERING_KERNELTOVECTOR_TAPROW_H
#define KILN_COMPILER_LOWERING_KERNELTOVECTOR_TAPROW_H

#include "compiler/lowering/KernelToVector/Emitter.h"

namespace kiln {

/// The taps of a window, which lie `dilation` apart, and the positions that a map takes in a buffer
/// with a border.
struct TapRow {
  int64_t taps, dilation;
  int64_t begin, end; ///< of the map

  /// The taps that some window has in the map whose first tap lies between `first` and `last`,
  /// both included.
  IndexRange inMap(Emitter &e, mlir::Value first, mlir::Value last) const;
  /// How many that are.
  int64_t countInMap(int64_t first, int64_t last) const;
};

} // namespace kiln

#endif // KILN_COMPILER_LOWERING_KERNELTOVECTOR_TAPROW_H
