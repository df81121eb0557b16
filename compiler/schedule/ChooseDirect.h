// How a direct convolution walks through its outputs: register tiles, loop order and tasks, by an
// analytic model.
#ifndef KILN_COMPILER_SCHEDULE_CHOOSEDIRECT_H
#define KILN_COMPILER_SCHEDULE_CHOOSEDIRECT_H

#include "compiler/schedule/KernelChoice.h"
#include "compiler/schedule/Prologue.h"

namespace kiln {

/// The choices for a convolution, best first.
llvm::SmallVector<KernelChoice> directChoices(nn::ConvOp conv, const TargetModel &target);

/// The choices for one that can compute what is in front of it.
llvm::SmallVector<KernelChoice> prologueChoices(nn::ConvOp conv, const Prologue &prologue,
                                                const TargetModel &target);

} // namespace kiln

#endif // KILN_COMPILER_SCHEDULE_CHOOSEDIRECT_H
