// Builds the module from a parsed file: inputs, weights on first use, one translator call a node,
// outputs.
#ifndef KILN_FRONTENDS_ONNX_ONNXIMPORTER_H
#define KILN_FRONTENDS_ONNX_ONNXIMPORTER_H

#include "frontends/onnx/OnnxGraph.h"
#include "frontends/onnx/OnnxImport.h"
#include "frontends/onnx/OnnxOperators.h"

namespace kiln::onnx_frontend {

class OnnxImporter {
public:
  OnnxImporter(mlir::MLIRContext &context, OnnxFile &file, const OnnxOptions &options);

  mlir::OwningOpRef<mlir::ModuleOp> import();

private:
  LogicalResult resolveOpset();
  LogicalResult checkOperators() const;
  LogicalResult addInputs();
  LogicalResult addNode(const onnx::NodeProto &node);
  LogicalResult translate(const onnx::NodeProto &node, const OnnxOperator &op);
  LogicalResult checkArity(const onnx::NodeProto &node, const OnnxOperator &op) const;
  LogicalResult addOutputs();
  void eraseUnused();
  /// The value of a tensor; an initializer becomes a constant here when it is first used.
  FailureOr<Value> lookup(llvm::StringRef name);
  Value addConstant(llvm::StringRef name, mlir::ElementsAttr elements);
  mlir::Location locationOf(const onnx::NodeProto &node);
  mlir::InFlightDiagnostic error() const { return mlir::emitError(fileLoc); }

  mlir::MLIRContext &context;
  OnnxFile &file;
  const OnnxOptions &options;
  OnnxGraph graph;
  mlir::Location fileLoc;
  mlir::OpBuilder builder;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  mlir::func::FuncOp function;
  int64_t opset = 0;
  llvm::StringMap<Value> values;
};

} // namespace kiln::onnx_frontend

#endif // KILN_FRONTENDS_ONNX_ONNXIMPORTER_H
