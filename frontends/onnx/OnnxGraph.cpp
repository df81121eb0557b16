// Checks and sorts the nodes of a graph.
#include "frontends/onnx/OnnxGraph.h"

#include <queue>

using namespace mlir;

namespace kiln::onnx_frontend {

std::string describe(const onnx::NodeProto &node) {
  llvm::StringRef name = node.name();
  if (name.empty() && node.output_size())
    name = node.output(0);
  std::string op = quoted(node.op_type());
  return "node " + quoted(name) + " (" + op.substr(1, op.size() - 2) + ")";
}

LogicalResult OnnxGraph::analyze(EmitError emitError,
                                 llvm::function_ref<bool(llvm::StringRef)> isKnownOutside) {
  if (proto.output_size() == 0)
    return emitError() << "the graph has no outputs";
  if (failed(collectTensors(emitError)) || failed(collectUses(emitError, isKnownOutside)))
    return failure();
  return sort(emitError);
}

/// Calls `read` with every tensor that a node reads: its inputs, and what the graphs in its
/// attributes take from around them.
static void forEachRead(const onnx::NodeProto &node,
                        llvm::function_ref<void(llvm::StringRef)> read) {
  for (const std::string &input : node.input())
    if (!input.empty())
      read(input);
  for (const onnx::AttributeProto &attribute : node.attribute()) {
    if (!attribute.has_g())
      continue;
    const onnx::GraphProto &graph = attribute.g();
    llvm::StringMap<char> own;
    for (const onnx::TensorProto &tensor : graph.initializer())
      own[tensor.name()] = 1;
    for (const onnx::ValueInfoProto &input : graph.input())
      own[input.name()] = 1;
    for (const onnx::NodeProto &inner : graph.node())
      for (const std::string &output : inner.output())
        own[output] = 1;
    auto readOutside = [&](llvm::StringRef name) {
      if (!own.contains(name))
        read(name);
    };
    for (const onnx::NodeProto &inner : graph.node())
      forEachRead(inner, readOutside);
    for (const onnx::ValueInfoProto &output : graph.output())
      readOutside(output.name());
  }
}

/// The node that makes a tensor; -1 for inputs, initializers, and what comes from outside.
int OnnxGraph::producerOf(llvm::StringRef name) const {
  auto producer = producers.find(name);
  return producer == producers.end() ? -1 : producer->second;
}

LogicalResult OnnxGraph::define(llvm::StringRef name, int producer, EmitError emitError) {
  if (producers.try_emplace(name, producer).second)
    return success();
  return emitError() << "the tensor " << quoted(name) << " is defined twice"
                     << (producer < 0 ? std::string()
                                      : ", the second time by " + describe(proto.node(producer)));
}

LogicalResult OnnxGraph::collectTensors(EmitError emitError) {
  constexpr int noNode = -1;
  for (const onnx::TensorProto &tensor : proto.initializer()) {
    if (failed(define(tensor.name(), noNode, emitError)))
      return failure();
    initializers[tensor.name()] = &tensor;
  }
  if (proto.sparse_initializer_size())
    return emitError() << "the initializer " << quoted(proto.sparse_initializer(0).values().name())
                       << " is sparse, which is not supported; store it as a dense tensor";
  for (const onnx::ValueInfoProto &input : proto.input()) {
    if (initializers.contains(input.name()))
      continue;
    if (failed(define(input.name(), noNode, emitError)))
      return failure();
    networkInputs.push_back(&input);
  }
  for (int i = 0; i < proto.node_size(); ++i)
    for (const std::string &output : proto.node(i).output())
      if (!output.empty() && failed(define(output, i, emitError)))
        return failure();
  return success();
}

LogicalResult OnnxGraph::collectUses(EmitError emitError,
                                     llvm::function_ref<bool(llvm::StringRef)> isKnownOutside) {
  for (const onnx::NodeProto &node : proto.node())
    for (const std::string &input : node.input())
      if (!input.empty() && !defines(input) && !isKnownOutside(input))
        return emitError()
               << describe(node) << ": its input " << quoted(input)
               << " is neither an input of the graph nor an initializer nor the output of a node";
  for (const onnx::ValueInfoProto &output : proto.output())
    if (!defines(output.name()) && !isKnownOutside(output.name()))
      return emitError() << "the output " << quoted(output.name())
                         << " of the graph is produced by no node";
  return success();
}

LogicalResult OnnxGraph::sort(EmitError emitError) {
  int count = proto.node_size();
  std::vector<int> waitsFor(count), order;
  std::vector<llvm::SmallVector<int, 2>> consumers(count);
  for (int i = 0; i < count; ++i)
    forEachRead(proto.node(i), [&](llvm::StringRef name) {
      int producer = producerOf(name);
      if (producer < 0)
        return;
      consumers[producer].push_back(i);
      ++waitsFor[i];
    });
  std::priority_queue<int, std::vector<int>, std::greater<>> ready;
  for (int i = 0; i < count; ++i)
    if (waitsFor[i] == 0)
      ready.push(i);
  while (!ready.empty()) {
    int next = ready.top();
    ready.pop();
    order.push_back(next);
    for (int consumer : consumers[next])
      if (--waitsFor[consumer] == 0)
        ready.push(consumer);
  }
  if (static_cast<int>(order.size()) < count) {
    reportCycle(waitsFor, emitError);
    return failure();
  }
  markLive(order);
  return success();
}

/// Walks from a node that never became ready to one that it waits for, until a node comes up again.
void OnnxGraph::reportCycle(llvm::ArrayRef<int> waitsFor, EmitError emitError) const {
  auto waiting = [&](int node) {
    int found = node;
    forEachRead(proto.node(node), [&](llvm::StringRef name) {
      int producer = producerOf(name);
      if (found == node && producer >= 0 && waitsFor[producer] > 0)
        found = producer;
    });
    return found;
  };
  int node = static_cast<int>(llvm::find_if(waitsFor, [](int count) { return count > 0; }) -
                              waitsFor.begin());
  std::vector<char> seen(waitsFor.size());
  for (; !seen[node]; node = waiting(node))
    seen[node] = true;
  constexpr int mostNamed = 10;
  std::string path = describe(proto.node(node));
  int next = waiting(node);
  for (int named = 1; next != node && named < mostNamed; next = waiting(next), ++named)
    path += ", which needs " + describe(proto.node(next));
  emitError() << "the graph has a cycle: " << path << ", which needs "
              << (next == node ? "the first again" : "more nodes and in the end the first again");
}

void OnnxGraph::markLive(llvm::ArrayRef<int> order) {
  for (const onnx::ValueInfoProto &output : proto.output())
    used[output.name()] = 1;
  for (int index : llvm::reverse(order)) {
    const onnx::NodeProto &node = proto.node(index);
    if (!llvm::any_of(node.output(), [&](const std::string &name) { return isUsed(name); }))
      continue;
    live.push_back(&node);
    forEachRead(node, [&](llvm::StringRef name) { used[name] = 1; });
  }
  std::reverse(live.begin(), live.end());
}

} // namespace kiln::onnx_frontend
