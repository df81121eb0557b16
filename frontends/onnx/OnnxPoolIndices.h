// Where in its input each maximum of a pool lies, as ONNX MaxPool says in its second output.
#ifndef KILN_FRONTENDS_ONNX_ONNXPOOLINDICES_H
#define KILN_FRONTENDS_ONNX_ONNXPOOLINDICES_H

#include "frontends/onnx/OnnxWindow.h"

namespace kiln::onnx_frontend {

/// The positions of the maxima, the first of equal ones, counted through the whole input; along the
/// columns of each map where `storage_order` is 1. i64, in the shape of the pool's result.
FailureOr<Value> maximumPositions(OnnxNode &node, const Window &window, bool ceilMode);

/// Puts the elements of a pool's result back to where its indices say, between zeros.
LogicalResult translateMaxUnpool(OnnxNode &node);

} // namespace kiln::onnx_frontend

#endif // KILN_FRONTENDS_ONNX_ONNXPOOLINDICES_H
