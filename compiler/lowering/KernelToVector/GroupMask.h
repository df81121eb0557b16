// Which filters of a vector read a channel, where the vector's filters belong to several groups.
#ifndef KILN_COMPILER_LOWERING_KERNELTOVECTOR_GROUPMASK_H
#define KILN_COMPILER_LOWERING_KERNELTOVECTOR_GROUPMASK_H

#include "compiler/lowering/KernelToVector/ConvGeometry.h"

namespace kiln {

/// The group of each of `lanes` filters from `firstLane` of a block on, as the number of the
/// group's first channel: a vector of i32, with `repeats` lanes for each filter.
mlir::Value firstChannelsOfGroups(Emitter &e, const ConvGeometry &geometry, mlir::Value filterBlock,
                                  int64_t firstLane, int64_t lanes, int64_t repeats);

/// The filters to whose group `channel` belongs: a vector of i1. The weights of the others are 0,
/// but 0 times NaN is not.
mlir::Value isInGroup(Emitter &e, const ConvGeometry &geometry, mlir::Value channel,
                      mlir::Value firstChannels);

} // namespace kiln

#endif // KILN_COMPILER_LOWERING_KERNELTOVECTOR_GROUPMASK_H
