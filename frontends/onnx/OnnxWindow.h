// The attributes that convolution and pooling share: kernel, strides, dilations and pads, with
// auto_pad resolved.
#ifndef KILN_FRONTENDS_ONNX_ONNXWINDOW_H
#define KILN_FRONTENDS_ONNX_ONNXWINDOW_H

#include "frontends/onnx/OnnxNode.h"

namespace kiln::onnx_frontend {

/// One entry per spatial dimension; `pads` has all begins, then all ends.
struct Window {
  Integers kernel, strides, dilations, pads;
};

/// Reads the window of a node whose input is N x C x spatial. `kernel` is the size that
/// `kernel_shape` must agree with, or empty where that attribute is the only source.
FailureOr<Window> readWindow(OnnxNode &node, llvm::ArrayRef<int64_t> kernel);
/// The same for windows over a map of these spatial sizes.
FailureOr<Window> readWindow(OnnxNode &node, llvm::ArrayRef<int64_t> kernel,
                             llvm::ArrayRef<int64_t> sizes);

} // namespace kiln::onnx_frontend

#endif // KILN_FRONTENDS_ONNX_ONNXWINDOW_H
