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
  /// The main graph, or a graph inside of a node that stands in another scope.
  struct Scope {
    OnnxGraph graph;
    Scope *outer = nullptr;
    llvm::StringMap<Value> values;
    llvm::StringMap<llvm::SmallVector<Value>> sequences;

    bool knows(llvm::StringRef name) const {
      return graph.defines(name) || (outer && outer->knows(name));
    }
  };

  LogicalResult resolveOpset();
  LogicalResult analyze(Scope &scope) const;
  LogicalResult checkOperators(const OnnxGraph &graph) const;
  LogicalResult addInputs();
  LogicalResult addNodes(Scope &scope);
  LogicalResult addNode(const onnx::NodeProto &node, Scope &scope);
  LogicalResult addChosenBranch(const onnx::NodeProto &node, Scope &scope);
  LogicalResult translate(const onnx::NodeProto &node, const OnnxOperator &op, Scope &scope);
  LogicalResult checkArity(const onnx::NodeProto &node, const OnnxOperator &op) const;
  LogicalResult addOutputs();
  void eraseUnused();
  LogicalResult addCounts();
  std::string unusedOutputName(std::string wanted);
  /// The value of a tensor; an initializer becomes a constant here when it is first used.
  FailureOr<Value> lookup(llvm::StringRef name, Scope &scope);
  /// The tensors of a sequence; null for a tensor.
  const llvm::SmallVector<Value> *findSequence(llvm::StringRef name, const Scope &scope) const;
  Value addConstant(llvm::StringRef name, mlir::ElementsAttr elements);
  mlir::Location locationOf(const onnx::NodeProto &node);
  mlir::InFlightDiagnostic error() const { return mlir::emitError(fileLoc); }

  mlir::MLIRContext &context;
  OnnxFile &file;
  const OnnxOptions &options;
  Scope mainScope;
  mlir::Location fileLoc;
  mlir::OpBuilder builder;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  mlir::func::FuncOp function;
  int64_t opset = 0;
};

} // namespace kiln::onnx_frontend

#endif // KILN_FRONTENDS_ONNX_ONNXIMPORTER_H
