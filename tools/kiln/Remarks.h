// What passes report about their work, as lines of text:
//
//     graph: FuseConv: tensor 'conv1': batch norm folded into the weights; saved=401408
#ifndef KILN_TOOLS_KILN_REMARKS_H
#define KILN_TOOLS_KILN_REMARKS_H

#include "mlir/IR/MLIRContext.h"
#include "llvm/Support/raw_ostream.h"

namespace kiln::tool {

/// Prints all remarks of this context to `out`, which outlives the context.
mlir::LogicalResult printRemarks(mlir::MLIRContext &context, llvm::raw_ostream &out);

} // namespace kiln::tool

#endif // KILN_TOOLS_KILN_REMARKS_H
