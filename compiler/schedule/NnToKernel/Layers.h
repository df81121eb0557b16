// What the manifest says of a layer: the model's names for it and its multiply-adds.
#ifndef KILN_COMPILER_SCHEDULE_NNTOKERNEL_LAYERS_H
#define KILN_COMPILER_SCHEDULE_NNTOKERNEL_LAYERS_H

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Operation.h"

namespace kiln {

/// `{name, sources, op, multiply_adds}` of an nn op: the tensor that it computes, the nodes that it
/// stands for, its own name, and the multiply-adds of the direct algorithm.
mlir::DictionaryAttr describeLayer(mlir::Operation *op);

} // namespace kiln

#endif // KILN_COMPILER_SCHEDULE_NNTOKERNEL_LAYERS_H
