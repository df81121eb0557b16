// The protobuf message classes of ONNX, from Debian's libonnx, with the two macros that its header
// wants. Nothing else of that library is used: its checker and shape inference stop at an old
// opset.
#ifndef KILN_FRONTENDS_ONNX_ONNXPROTO_H
#define KILN_FRONTENDS_ONNX_ONNXPROTO_H

#ifndef ONNX_ML
#define ONNX_ML 1
#endif
#ifndef ONNX_NAMESPACE
#define ONNX_NAMESPACE onnx
#endif
#include <onnx/onnx_pb.h>

#endif // KILN_FRONTENDS_ONNX_ONNXPROTO_H
