// How a direct convolution walks through its outputs: register tiles, loop order and tasks, by an
// analytic model.
#ifndef KILN_COMPILER_SCHEDULE_CHOOSEDIRECT_H
#define KILN_COMPILER_SCHEDULE_CHOOSEDIRECT_H

#include "compiler/schedule/KernelChoice.h"

namespace kiln {

/// The choices for a convolution, best first.
llvm::SmallVector<KernelChoice> directChoices(nn::ConvOp conv, const TargetModel &target);

/// The choices for one that computes what is in front of it; the last leaves that alone.
llvm::SmallVector<KernelChoice> prologueChoices(nn::ConvOp conv, const TargetModel &target);

} // namespace kiln

#endif // KILN_COMPILER_SCHEDULE_CHOOSEDIRECT_H
