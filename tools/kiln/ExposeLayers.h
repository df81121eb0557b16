// Makes what every layer computes visible from outside, for the comparison layer by layer.
#ifndef KILN_TOOLS_KILN_EXPOSELAYERS_H
#define KILN_TOOLS_KILN_EXPOSELAYERS_H

#include "mlir/IR/BuiltinOps.h"

#include <string>
#include <vector>

namespace kiln::tool {

/// One result of one op, in the order of execution.
struct Layer {
  std::string name; ///< of the tensor in the model
  std::string op;   ///< "nn.conv"
  unsigned output;  ///< which result of the entry function it is
};

/// Appends every tensor that depends on the inputs to the results of the entry function, unless it
/// is one already. What depends on weights alone is no layer.
mlir::FailureOr<std::vector<Layer>> exposeLayers(mlir::ModuleOp module);

} // namespace kiln::tool

#endif // KILN_TOOLS_KILN_EXPOSELAYERS_H
