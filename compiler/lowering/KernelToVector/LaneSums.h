// Sums whose lanes are those of several channels: how they begin, and how their lanes are added.
#ifndef KILN_COMPILER_LOWERING_KERNELTOVECTOR_LANESUMS_H
#define KILN_COMPILER_LOWERING_KERNELTOVECTOR_LANESUMS_H

#include "compiler/lowering/KernelToVector/Emitter.h"

namespace kiln {

/// The few lanes of `vector` again and again, up to `lanes`.
mlir::Value repeated(Emitter &e, mlir::Value vector, int64_t lanes);

/// A zero behind each of eight lanes.
mlir::Value inPairs(Emitter &e, mlir::Value start);
/// The sums of the eight pairs of neighbouring lanes of each vector.
mlir::SmallVector<mlir::Value> addPairs(Emitter &e, mlir::ValueRange sums);

/// For each run of `dots` (at most seven) vectors of eight or 16 lanes, the vector `start` plus the
/// sums of their lanes.
mlir::SmallVector<mlir::Value> addLanes(Emitter &e, mlir::ValueRange sums, int64_t dots,
                                        mlir::Value start);

} // namespace kiln

#endif // KILN_COMPILER_LOWERING_KERNELTOVECTOR_LANESUMS_H
