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

LogicalResult ScheduleAttr::verify(llvm::function_ref<InFlightDiagnostic()> emitError, int64_t rows,
                                   int64_t columns, LoopOrder order, int64_t tasks) {
  if (rows < 1 || columns < 1 || tasks < 1)
    return emitError() << "rows, columns and tasks must be positive";
  return success();
}

LogicalResult WinogradScheduleAttr::verify(llvm::function_ref<InFlightDiagnostic()> emitError,
                                           int64_t block, int64_t registers, int64_t tasks,
                                           int64_t panel) {
  if (block < 1 || registers < 1 || tasks < 1 || panel < 1)
    return emitError() << "block, registers, tasks and panel must be positive";
  return success();
}

} // namespace kiln::kernel
