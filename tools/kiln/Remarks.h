// What passes report about their work, as lines of text:
//
//     graph: FuseConv: tensor 'conv1': batch norm folded into the weights; saved=401408
#ifndef KILN_TOOLS_KILN_REMARKS_H
#define KILN_TOOLS_KILN_REMARKS_H

#include "mlir/IR/MLIRContext.h"
#include "llvm/ADT/StringRef.h"

namespace kiln::tool {

/// Prints all remarks of this context to `file`, or to standard error when it is empty.
mlir::LogicalResult printRemarks(mlir::MLIRContext &context, llvm::StringRef file);

} // namespace kiln::tool

#endif // KILN_TOOLS_KILN_REMARKS_H
