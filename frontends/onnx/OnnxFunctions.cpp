// Inlines the functions of a model.
#include "frontends/onnx/OnnxFunctions.h"

#include "frontends/onnx/OnnxGraph.h"
#include "frontends/onnx/OnnxWire.h"

#include "llvm/ADT/StringMap.h"

#include <google/protobuf/unknown_field_set.h>

using namespace mlir;

namespace kiln::onnx_frontend {
namespace {

/// The most nodes of a model whose functions are inlined: a function may double the nodes of the
/// one that it calls.
constexpr size_t mostNodes = size_t(1) << 18;
constexpr int mostCallsInside = 64;

using Nodes = google::protobuf::RepeatedPtrField<onnx::NodeProto>;
using Names = llvm::StringMap<std::string>;

std::string keyOf(llvm::StringRef domain, llvm::StringRef name) {
  return ((domain == "ai.onnx" ? "" : domain) + "::" + name).str();
}

/// The attributes that a function has with a default value. The message classes of older libraries
/// do not know the field.
std::vector<onnx::AttributeProto> defaultAttributes(const onnx::FunctionProto &function) {
  std::vector<onnx::AttributeProto> attributes;
  const google::protobuf::UnknownFieldSet &unknown =
      function.GetReflection()->GetUnknownFields(function);
  for (int i = 0; i < unknown.field_count(); ++i) {
    const google::protobuf::UnknownField &field = unknown.field(i);
    bool isDefault = field.number() == functionAttributeField &&
                     field.type() == google::protobuf::UnknownField::TYPE_LENGTH_DELIMITED;
    if (onnx::AttributeProto attribute;
        isDefault && attribute.ParseFromString(field.length_delimited()))
      attributes.push_back(attribute);
  }
  return attributes;
}

/// One call: how the names and attributes of the function's body read in the caller.
class Call {
public:
  Call(const onnx::FunctionProto &function, const onnx::NodeProto &node, std::string prefix)
      : prefix(std::move(prefix)) {
    for (const onnx::AttributeProto &attribute : defaultAttributes(function))
      attributes[attribute.name()] = attribute;
    for (const onnx::AttributeProto &attribute : node.attribute())
      attributes[attribute.name()] = attribute;
    for (int i = 0; i < function.input_size(); ++i)
      names[function.input(i)] = i < node.input_size() ? node.input(i) : "";
    for (int i = 0; i < node.output_size(); ++i) {
      if (node.output(i).empty())
        continue;
      // A result that is an input as it came, or a second name of another result, is a copy.
      std::string name = function.output(i);
      if (auto [entry, isNew] = names.try_emplace(name, node.output(i)); !isNew)
        addCopy(entry->second, node.output(i));
    }
  }

  /// Nodes that the call needs behind the function's own.
  Nodes takeCopies() { return std::move(copies); }

  /// Changes a copy of a node of the body into one of the caller's.
  void adopt(onnx::NodeProto &inner) {
    if (!inner.name().empty())
      inner.set_name(prefix + inner.name());
    renameAll(*inner.mutable_input());
    renameAll(*inner.mutable_output());
    auto &list = *inner.mutable_attribute();
    for (int i = list.size(); i-- > 0;)
      if (!resolve(*list.Mutable(i)))
        list.DeleteSubrange(i, 1);
  }

private:
  void addCopy(const std::string &from, const std::string &to) {
    onnx::NodeProto &copy = *copies.Add();
    copy.set_op_type("Identity");
    copy.add_input(from);
    copy.add_output(to);
  }
  void rename(std::string &name) {
    if (name.empty())
      return;
    auto [entry, isNew] = names.try_emplace(name, prefix + name);
    name = entry->second;
  }
  void renameAll(google::protobuf::RepeatedPtrField<std::string> &list) {
    for (std::string &name : list)
      rename(name);
  }
  /// Gives an attribute that refers to one of the call its value; false where the call has none.
  bool resolve(onnx::AttributeProto &attribute) {
    if (!attribute.ref_attr_name().empty()) {
      auto given = attributes.find(attribute.ref_attr_name());
      std::string name = attribute.name();
      if (given == attributes.end())
        return false;
      attribute = given->second;
      attribute.set_name(name);
      return true;
    }
    if (attribute.has_g())
      adoptGraph(*attribute.mutable_g());
    return true;
  }
  void adoptGraph(onnx::GraphProto &graph) {
    for (onnx::TensorProto &tensor : *graph.mutable_initializer())
      rename(*tensor.mutable_name());
    for (onnx::NodeProto &inner : *graph.mutable_node())
      adopt(inner);
    for (auto *values : {graph.mutable_input(), graph.mutable_output()})
      for (onnx::ValueInfoProto &value : *values)
        rename(*value.mutable_name());
  }

  std::string prefix;
  Names names;
  llvm::StringMap<onnx::AttributeProto> attributes;
  Nodes copies;
};

class Inliner {
public:
  Inliner(onnx::ModelProto &model, EmitError emitError) : model(model), emitError(emitError) {}

  LogicalResult collectFunctions();
  LogicalResult inlineIn(Nodes &nodes, int depth);

private:
  const onnx::FunctionProto *calledBy(const onnx::NodeProto &node) const {
    return functions.lookup(keyOf(node.domain(), node.op_type()));
  }
  LogicalResult inlineCall(const onnx::FunctionProto &function, const onnx::NodeProto &node,
                           int depth, Nodes &to);
  std::string uniquePrefix(const onnx::NodeProto &node);
  LogicalResult checkOperatorSet(const onnx::FunctionProto &function);

  onnx::ModelProto &model;
  EmitError emitError;
  llvm::StringMap<const onnx::FunctionProto *> functions;
  llvm::StringMap<int> prefixes;
  size_t count = 0;
};

LogicalResult Inliner::collectFunctions() {
  for (const onnx::FunctionProto &function : model.functions())
    if (!functions.try_emplace(keyOf(function.domain(), function.name()), &function).second)
      return emitError() << "the function " << quoted(function.name())
                         << " is defined twice (overloads are not supported); inline the model's "
                            "functions first (onnx.inliner)";
  return success();
}

/// The name of the call, with a number where others have the same.
std::string Inliner::uniquePrefix(const onnx::NodeProto &node) {
  std::string name = node.name().empty() ? node.op_type() : node.name();
  int uses = ++prefixes[name];
  return (uses == 1 ? name : name + "_" + std::to_string(uses)) + "/";
}

LogicalResult Inliner::inlineIn(Nodes &nodes, int depth) {
  Nodes result;
  for (onnx::NodeProto &node : nodes) {
    for (onnx::AttributeProto &attribute : *node.mutable_attribute())
      if (attribute.has_g() && failed(inlineIn(*attribute.mutable_g()->mutable_node(), depth)))
        return failure();
    if (++count > mostNodes)
      return emitError() << "with its functions inlined the model has more than " << mostNodes
                         << " nodes";
    if (const onnx::FunctionProto *function = calledBy(node)) {
      if (failed(inlineCall(*function, node, depth, result)))
        return failure();
    } else {
      result.Add()->Swap(&node);
    }
  }
  nodes.Swap(&result);
  return success();
}

LogicalResult Inliner::inlineCall(const onnx::FunctionProto &function, const onnx::NodeProto &node,
                                  int depth, Nodes &to) {
  if (depth > mostCallsInside)
    return emitError() << describe(node) << ": its function calls itself";
  if (failed(checkOperatorSet(function)))
    return failure();
  if (node.input_size() > function.input_size() || node.output_size() > function.output_size())
    return emitError() << describe(node) << " has " << node.input_size() << " inputs and "
                       << node.output_size() << " outputs, its function takes "
                       << function.input_size() << " and gives " << function.output_size();
  Call call(function, node, uniquePrefix(node));
  Nodes body = function.node();
  for (onnx::NodeProto &inner : body)
    call.adopt(inner);
  Nodes copies = call.takeCopies();
  body.MergeFrom(copies);
  if (failed(inlineIn(body, depth + 1)))
    return failure();
  for (onnx::NodeProto &inner : body)
    to.Add()->Swap(&inner);
  return success();
}

LogicalResult Inliner::checkOperatorSet(const onnx::FunctionProto &function) {
  auto versionIn = [](const auto &sets) {
    int64_t version = 0;
    for (const onnx::OperatorSetIdProto &set : sets)
      if (set.domain().empty() || set.domain() == "ai.onnx")
        version = std::max<int64_t>(version, set.version());
    return version;
  };
  int64_t own = versionIn(function.opset_import()), models = versionIn(model.opset_import());
  if (own == 0 || own == models)
    return success();
  return emitError() << "the function " << quoted(function.name()) << " is written for opset "
                     << own << ", the model for " << models
                     << "; inline the model's functions first (onnx.inliner)";
}

} // namespace

LogicalResult inlineFunctions(onnx::ModelProto &model, EmitError emitError) {
  if (model.functions_size() == 0)
    return success();
  Inliner inliner(model, emitError);
  if (failed(inliner.collectFunctions()))
    return failure();
  return inliner.inlineIn(*model.mutable_graph()->mutable_node(), /*depth=*/0);
}

} // namespace kiln::onnx_frontend
