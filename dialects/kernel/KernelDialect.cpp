// The kernel dialect's registration and its schedule attributes.
#include "dialects/kernel/KernelDialect.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

#include "dialects/kernel/KernelEnums.cpp.inc"

#include "dialects/kernel/KernelDialect.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "dialects/kernel/KernelAttributes.cpp.inc"

namespace kiln::kernel {

void KernelDialect::initialize() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "dialects/kernel/KernelAttributes.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "dialects/kernel/KernelOps.cpp.inc"
      >();
}

int64_t tasksOf(Operation *op) {
  if (auto schedule = op->getAttrOfType<WinogradScheduleAttr>("schedule"))
    return schedule.getTasks();
  auto schedule = op->getAttrOfType<ScheduleAttr>("schedule");
  return schedule ? schedule.getTasks() : 1;
}

bool shareRows(int64_t tasks, int64_t rows) {
  constexpr int64_t fewRows = 14, fewOddRows = 16;
  return tasks > 1 && rows >= std::max(tasks, rows % 2 ? fewOddRows : fewRows);
}

LogicalResult ScheduleAttr::verify(llvm::function_ref<InFlightDiagnostic()> emitError, int64_t rows,
                                   int64_t columns, LoopOrder order, int64_t tasks, int64_t filters,
                                   VectorLanes) {
  if (rows < 1 || columns < 1 || tasks < 1 || filters < 1)
    return emitError() << "rows, columns, tasks and filters must be positive";
  return success();
}

LogicalResult WinogradScheduleAttr::verify(llvm::function_ref<InFlightDiagnostic()> emitError,
                                           int64_t block, int64_t registers, int64_t tasks,
                                           int64_t panel, int64_t filters, int64_t filterTile) {
  if (block < 1 || registers < 1 || tasks < 1 || panel < 1 || filters < 1)
    return emitError() << "block, registers, tasks, panel and filters must be positive";
  if (filters > panel)
    return emitError() << "filters (" << filters << ") must be at most panel (" << panel << ")";
  if (filterTile != 0 &&
      (filterTile < nn::leastWinogradTile || filterTile > nn::mostWinogradTile || filters != 1))
    return emitError() << "filterTile (" << filterTile << ") must be 0, or from "
                       << nn::leastWinogradTile << " to " << nn::mostWinogradTile
                       << " with one block of filters at a time";
  return success();
}

} // namespace kiln::kernel
