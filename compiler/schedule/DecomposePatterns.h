// The patterns of decompose-ops that have files of their own.
#ifndef KILN_COMPILER_SCHEDULE_DECOMPOSEPATTERNS_H
#define KILN_COMPILER_SCHEDULE_DECOMPOSEPATTERNS_H

#include "mlir/IR/PatternMatch.h"

namespace kiln {

/// nn.resize gets the tables that its kernel reads, or becomes gathers where it has none.
void populateDecomposeResizePatterns(mlir::RewritePatternSet &patterns);

/// nn.conv_transpose becomes convolutions, one for each residue of the output position, and
/// nn.interleave.
void populateDecomposeConvTransposePatterns(mlir::RewritePatternSet &patterns);

} // namespace kiln

#endif // KILN_COMPILER_SCHEDULE_DECOMPOSEPATTERNS_H
