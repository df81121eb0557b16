// Dot products of eight or 16 channels a step: from lanes to sums.
#ifndef KILN_COMPILER_LOWERING_KERNELTOVECTOR_DOTPRODUCTS_H
#define KILN_COMPILER_LOWERING_KERNELTOVECTOR_DOTPRODUCTS_H

#include "compiler/lowering/KernelToVector/Emitter.h"

namespace kiln {

/// The sum of the halves of a vector of 16 lanes; a vector of eight as it is.
mlir::Value addHalves(Emitter &e, mlir::Value sum);

/// For each run of `dots` (at most seven) vectors of eight or 16 lanes, the vector `start` plus the
/// sums of their lanes.
mlir::SmallVector<mlir::Value> addLanes(Emitter &e, mlir::ValueRange sums, int64_t dots,
                                        mlir::Value start);

} // namespace kiln

#endif // KILN_COMPILER_LOWERING_KERNELTOVECTOR_DOTPRODUCTS_H
