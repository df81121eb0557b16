// Verifiers of the kernel ops.
#include "dialects/kernel/KernelDialect.h"

using namespace mlir;

namespace kiln::kernel {

LogicalResult ConvOp::verify() { return success(); }
LogicalResult GemmOp::verify() { return success(); }
LogicalResult PoolOp::verify() { return success(); }
LogicalResult LrnOp::verify() { return success(); }
LogicalResult RelayoutOp::verify() { return success(); }
LogicalResult PackFilterOp::verify() { return success(); }
LogicalResult FillBorderOp::verify() { return success(); }
LogicalResult LaunchOp::verify() { return success(); }
LogicalResult LaunchOp::verifySymbolUses(SymbolTableCollection &symbols) { return success(); }
LogicalResult WeightOp::verify() { return success(); }

} // namespace kiln::kernel

#define GET_OP_CLASSES
#include "dialects/kernel/KernelOps.cpp.inc"
