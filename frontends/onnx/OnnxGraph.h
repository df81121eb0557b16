// The structure of a model's graph: who produces each tensor, which nodes the outputs need, and an
// order to visit them in. ONNX demands sorted nodes and unique names; files that break either rule
// are common, or hostile.
#ifndef KILN_FRONTENDS_ONNX_ONNXGRAPH_H
#define KILN_FRONTENDS_ONNX_ONNXGRAPH_H

#include "frontends/onnx/OnnxFile.h"

#include "llvm/ADT/StringMap.h"

namespace kiln::onnx_frontend {

class OnnxGraph {
public:
  explicit OnnxGraph(const onnx::GraphProto &proto) : proto(proto) {}

  /// Indexes the graph. A graph inside of a node may read what `isKnownOutside` knows. Errors: a
  /// tensor defined twice, an input that nothing defines, a cycle, no outputs.
  mlir::LogicalResult analyze(EmitError emitError,
                              llvm::function_ref<bool(llvm::StringRef)> isKnownOutside);

  /// The nodes that the outputs depend on, each after those whose results it uses; otherwise in the
  /// file's order.
  llvm::ArrayRef<const onnx::NodeProto *> liveNodes() const { return live; }

  /// The inputs of the network: those without an initializer.
  llvm::ArrayRef<const onnx::ValueInfoProto *> inputs() const { return networkInputs; }

  /// The initializer of that name, or null.
  const onnx::TensorProto *initializer(llvm::StringRef name) const {
    return initializers.lookup(name);
  }

  const google::protobuf::RepeatedPtrField<onnx::ValueInfoProto> &outputs() const {
    return proto.output();
  }

  /// True where an input, an initializer or a node of this graph has the name.
  bool defines(llvm::StringRef name) const { return producers.contains(name); }

  /// True where a live node or an output of the network reads the tensor.
  bool isUsed(llvm::StringRef name) const { return !name.empty() && used.contains(name); }

private:
  mlir::LogicalResult define(llvm::StringRef name, int producer, EmitError emitError);
  mlir::LogicalResult collectTensors(EmitError emitError);
  mlir::LogicalResult collectUses(EmitError emitError,
                                  llvm::function_ref<bool(llvm::StringRef)> isKnownOutside);
  int producerOf(llvm::StringRef name) const;
  mlir::LogicalResult sort(EmitError emitError);
  void reportCycle(llvm::ArrayRef<int> missing, EmitError emitError) const;
  void markLive(llvm::ArrayRef<int> order);

  const onnx::GraphProto &proto;
  /// Index of the node that makes a tensor, or -1 for inputs and initializers.
  llvm::StringMap<int> producers;
  llvm::StringMap<const onnx::TensorProto *> initializers;
  llvm::StringMap<char> used;
  llvm::SmallVector<const onnx::ValueInfoProto *> networkInputs;
  std::vector<const onnx::NodeProto *> live;
};

/// How a node is called in messages: "node 'conv1' (Conv)".
std::string describe(const onnx::NodeProto &node);

} // namespace kiln::onnx_frontend

#endif // KILN_FRONTENDS_ONNX_ONNXGRAPH_H
