// The ways to compute an op, by the cost models; choose-kernel takes one of them, --tune measures
// them.
#ifndef KILN_COMPILER_SCHEDULE_KERNELCHOICE_H
#define KILN_COMPILER_SCHEDULE_KERNELCHOICE_H

#include "compiler/schedule/TargetModel.h"
#include "dialects/kernel/KernelDialect.h"
#include "dialects/nn/NnDialect.h"

#include <optional>
#include <string>

namespace kiln {

/// The attribute that holds a choice's schedule.
constexpr llvm::StringLiteral scheduleAttribute = "kernel.schedule";

/// The attribute of a function that holds measured times: kernel (textOfKernel) to choice
/// (KernelChoice::text) to nanoseconds.
constexpr llvm::StringLiteral timesAttribute = "kernel.times";

struct KernelChoice {
  mlir::Attribute schedule;                 ///< a kernel.schedule or kernel.winograd_schedule
  int64_t winogradTile = 0;                 ///< of Winograd's algorithm; 0 for any other
  std::optional<nn::FilterForm> filterForm; ///< to pack the filter in, where that is to change
  int64_t prologueRows = 0; ///< that a convolution makes ready of what is in front of it; or none
  bool differsInTasks = false; ///< from the model's own choice, and in what follows from tasks
  double gain =
      1; ///< of Winograd's algorithm, predicted: the direct convolution's time over its own
  double handicap =
      1; ///< by which measured times are multiplied: what its rounding errors have to pay

  /// `winograd_f4 #kernel.winograd_schedule<...>`: tells the choices of an op apart, whatever its
  /// shape.
  std::string text() const;
};

/// The choices for an op that has any, best first as far as the cost model can tell. `winograd` is
/// off, auto (where it pays), or f2 to f6: that tile wherever it is possible.
llvm::SmallVector<KernelChoice> choicesFor(mlir::Operation *op, const TargetModel &target,
                                           llvm::StringRef winograd);

/// Sets the attributes of a choice and packs the filter for it.
void applyChoice(mlir::Operation *op, const KernelChoice &choice);

/// An op by its name, attributes and types, without the names of tensors and what was chosen: equal
/// for equal kernels.
std::string textOfKernel(mlir::Operation *op);

} // namespace kiln

#endif // KILN_COMPILER_SCHEDULE_KERNELCHOICE_H
