// What filters that do not fill their last block cost where that block is a tail.
#ifndef KILN_COMPILER_SCHEDULE_TAILCOST_H
#define KILN_COMPILER_SCHEDULE_TAILCOST_H

#include "mlir/IR/BuiltinTypes.h"

namespace kiln {

/// What the last block of filters of one group, as a tail (see nn.packed), costs a pixel, in
/// multiply-adds of a vector: those of half a block in pairs of channels, those of dot products,
/// and the additions of lanes behind each. `filter` is K x C x taps.
double costOfTail(mlir::RankedTensorType filter);

} // namespace kiln

#endif // KILN_COMPILER_SCHEDULE_TAILCOST_H
