// The passes of the stage `graph`: target-independent rewrites of the nn dialect on tensors.
// Passes.td describes each one and says what must run before it.
#ifndef KILN_COMPILER_GRAPH_PASSES_H
#define KILN_COMPILER_GRAPH_PASSES_H

#include "mlir/Pass/Pass.h"

namespace kiln {

#define GEN_PASS_DECL
#include "compiler/graph/Passes.h.inc"

} // namespace kiln

#endif // KILN_COMPILER_GRAPH_PASSES_H
