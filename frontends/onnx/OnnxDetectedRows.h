// The boxes that NonMaxSuppression selects are as many as the picture has; here they are rows up to
// a bound, filled from the front, and a count. What is computed row by row behind it (classes,
// scores, corners of a box) is filled as far. What combines rows would combine those that are not
// filled as well, and is refused.
//
//     output = Gather(boxes, Slice(NonMaxSuppression(boxes, scores)))  ->  output, selected_count
#ifndef KILN_FRONTENDS_ONNX_ONNXDETECTEDROWS_H
#define KILN_FRONTENDS_ONNX_ONNXDETECTEDROWS_H

#include "dialects/nn/NnDialect.h"

#include "llvm/ADT/SetVector.h"

namespace kiln::onnx_frontend {

/// The selections whose rows the results of a function hold, in their order; an error at the first
/// op that combines the rows of one.
mlir::FailureOr<llvm::SetVector<mlir::Operation *>>
selectionsInResults(mlir::func::FuncOp function);

} // namespace kiln::onnx_frontend

#endif // KILN_FRONTENDS_ONNX_ONNXDETECTEDROWS_H
