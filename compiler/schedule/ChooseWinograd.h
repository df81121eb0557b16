// Whether a convolution is computed by Winograd's minimal filtering, with which tiles and in which
// blocks, by an analytic model.
#ifndef KILN_COMPILER_SCHEDULE_CHOOSEWINOGRAD_H
#define KILN_COMPILER_SCHEDULE_CHOOSEWINOGRAD_H

#include "compiler/schedule/TargetModel.h"
#include "dialects/kernel/KernelDialect.h"
#include "dialects/nn/NnDialect.h"

namespace kiln {

struct WinogradChoice {
  nn::FilterForm form;
  kernel::WinogradScheduleAttr schedule;
  double gain;     ///< predicted time of the direct convolution over that of this one
  double handicap; ///< by which its time is multiplied in comparisons: what its rounding errors
                   ///< have to pay
};

/// The ways to compute a convolution by Winograd's algorithm that are worth considering, best
/// first. `mode` is off, auto (every tile), or f2 to f6: that tile alone. None where it is not
/// possible, which it is for filters of up to seven taps in height and width, not one in both, and
/// any number in depth, with stride and dilation 1, and groups of whole channel blocks.
llvm::SmallVector<WinogradChoice> winogradChoices(nn::ConvOp conv, llvm::StringRef mode,
                                                  const TargetModel &target);

/// Whether the predicted gain is worth the rounding errors and the size of the filter.
bool pays(const WinogradChoice &choice);

} // namespace kiln

#endif // KILN_COMPILER_SCHEDULE_CHOOSEWINOGRAD_H
