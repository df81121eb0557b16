// Functions that a model brings along: operators of its own, written as nodes. Exporters that keep
// the structure of the program make one of every module.
#ifndef KILN_FRONTENDS_ONNX_ONNXFUNCTIONS_H
#define KILN_FRONTENDS_ONNX_ONNXFUNCTIONS_H

#include "frontends/onnx/OnnxFile.h"

namespace kiln::onnx_frontend {

/// Replaces every call of a function of the model by the function's nodes, in all graphs, until
/// there is none left. Inner tensors and nodes get the call's name in front of theirs.
///
///     y = my.block<k = 3>(x)   ->   call/t = Conv<kernel_shape = 3>(x), y = Relu(call/t)
///
/// Errors: functions that call themselves, too many nodes, another operator set than the model's.
mlir::LogicalResult inlineFunctions(onnx::ModelProto &model, EmitError emitError);

} // namespace kiln::onnx_frontend

#endif // KILN_FRONTENDS_ONNX_ONNXFUNCTIONS_H
