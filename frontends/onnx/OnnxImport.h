// Reads an ONNX model into a module of the nn dialect.
//
// The module has one function `@main` with static shapes. Weights stay in the mapped file: each is
// a `dense_resource` blob that points into the mapping and keeps it alive.
//
//     Y = Conv(X, W)   ->   %y = nn.conv(%x, %w) {...} : (...) -> ... loc("Y"("conv1"))
#ifndef KILN_FRONTENDS_ONNX_ONNXIMPORT_H
#define KILN_FRONTENDS_ONNX_ONNXIMPORT_H

#include "dialects/nn/NnInputShape.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/Support/MemoryBuffer.h"

#include <memory>
#include <vector>

namespace kiln {

/// A tensor that was read from a file: `bytes` holds its elements in row-major order, `i1` as one
/// byte each.
struct OnnxTensorFile {
  std::string name;
  mlir::RankedTensorType type;
  std::vector<char> bytes;
};

/// What the user may say about an ONNX model beyond the file itself.
struct OnnxOptions {
  /// Shapes of inputs; they give symbolic dimensions a value and must agree with fixed ones.
  std::vector<InputShape> inputShapes;
  /// Inputs that become constants of the network, such as a shape that the model takes as an input.
  std::vector<OnnxTensorFile> inputValues;
  /// Tensors that become the outputs in place of the model's own: what these do not need is not
  /// read. Empty: the model's own.
  std::vector<std::string> endAt;
};

/// The newest operator set whose forms are known here. A model of a newer one is read with a
/// warning.
inline constexpr int64_t newestOnnxOpset = 28;

/// Reads the model at `path`. On failure the reasons have been emitted as diagnostics that name the
/// file and, where there is one, the node; the result is null then.
mlir::OwningOpRef<mlir::ModuleOp> importOnnx(mlir::MLIRContext &context, llvm::StringRef path,
                                             const OnnxOptions &options = {});

/// Reads a model from memory; its identifier stands for the path, in messages and for external
/// data.
mlir::OwningOpRef<mlir::ModuleOp> importOnnx(mlir::MLIRContext &context,
                                             std::unique_ptr<llvm::MemoryBuffer> bytes,
                                             const OnnxOptions &options = {});

/// Reads one serialised TensorProto, the form of the inputs and outputs of ONNX's test sets
/// (`input_0.pb`).
mlir::FailureOr<OnnxTensorFile> readOnnxTensor(mlir::MLIRContext &context, llvm::StringRef path);

} // namespace kiln

#endif // KILN_FRONTENDS_ONNX_ONNXIMPORT_H
