// Into how many tasks a kernel is split.
#ifndef KILN_COMPILER_SCHEDULE_TASKS_H
#define KILN_COMPILER_SCHEDULE_TASKS_H

#include "compiler/schedule/KernelChoice.h"
#include "compiler/schedule/RegisterTiles.h"

namespace kiln {

/// Tasks for an amount of work in floating-point operations: none under about 5 us, and at most
/// eight, so that two to eight threads get equal parts.
int64_t tasksFor(double work, int64_t units);

/// The units of work that a kernel shares out, and the work itself.
struct Work {
  double operations;
  int64_t units;

  int64_t tasks() const { return tasksFor(operations, units); }
};

/// The choice of a kernel.schedule.
KernelChoice scheduled(mlir::MLIRContext *context, RegisterTile tile, kernel::LoopOrder order,
                       int64_t tasks);

/// Appends half and twice as many tasks as the first choice has.
void addOtherTasks(llvm::SmallVector<KernelChoice> &choices, int64_t units);

/// What can be chosen where nothing is but the number of tasks.
llvm::SmallVector<KernelChoice> tasksAlone(mlir::MLIRContext *context, kernel::LoopOrder order,
                                           Work work);

} // namespace kiln

#endif // KILN_COMPILER_SCHEDULE_TASKS_H
