// Depth first from the outputs, without recursion: a chain may be as long as the file.
#include "frontends/keras/KerasGraph.h"

#include "llvm/ADT/StringMap.h"

#include <map>

using namespace mlir;

namespace kiln::keras_frontend {
namespace {

class Sorter {
public:
  Sorter(const ModelConfig &model, EmitError emitError) : emitError(emitError) {
    for (const LayerConfig &layer : model.layers)
      layers[layer.name] = &layer;
  }

  LogicalResult visit(const TensorRef &output);
  std::vector<CallSite> order;

private:
  enum class State { Open, Done };
  using Key = std::pair<const LayerConfig *, int64_t>;

  FailureOr<CallSite> find(const TensorRef &ref);
  /// Puts a call on the stack; an error where it is on it already.
  LogicalResult enter(const TensorRef &ref);

  struct Entry {
    CallSite site;
    size_t next;
  };
  EmitError emitError;
  llvm::StringMap<const LayerConfig *> layers;
  std::map<Key, State> states;
  std::vector<Entry> stack;
};

FailureOr<CallSite> Sorter::find(const TensorRef &ref) {
  static const Call noCall;
  auto found = layers.find(ref.layer);
  if (found == layers.end())
    return emitError() << "a connection names the layer " << quoted(ref.layer)
                       << ", which is not in the model";
  const LayerConfig *layer = found->second;
  bool isInput = layer->calls.empty();
  int64_t index = ref.call - layer->firstCall;
  if (isInput ? ref.call != 0 : index < 0 || index >= static_cast<int64_t>(layer->calls.size()))
    return emitError() << "a connection names call " << ref.call << " of the " << describe(*layer)
                       << ", which has " << layer->calls.size();
  return CallSite{layer, isInput ? &noCall : &layer->calls[static_cast<size_t>(index)], ref.call};
}

LogicalResult Sorter::enter(const TensorRef &ref) {
  FailureOr<CallSite> site = find(ref);
  if (failed(site))
    return failure();
  auto [state, isNew] = states.try_emplace({site->layer, site->number}, State::Open);
  if (isNew)
    stack.push_back({*site, 0});
  else if (state->second == State::Open)
    return emitError() << "the layers form a cycle: " << describe(*site->layer)
                       << " needs its own result";
  return success();
}

LogicalResult Sorter::visit(const TensorRef &output) {
  if (failed(enter(output)))
    return failure();
  while (!stack.empty()) {
    Entry &top = stack.back();
    if (top.next < top.site.call->inputs.size()) {
      if (failed(enter(top.site.call->inputs[top.next++])))
        return failure();
      continue;
    }
    states[{top.site.layer, top.site.number}] = State::Done;
    order.push_back(top.site);
    stack.pop_back();
  }
  return success();
}

} // namespace

FailureOr<std::vector<CallSite>> sortCalls(const ModelConfig &model, EmitError emitError) {
  Sorter sorter(model, emitError);
  for (const TensorRef &output : model.outputs)
    if (failed(sorter.visit(output)))
      return failure();
  return std::move(sorter.order);
}

} // namespace kiln::keras_frontend
