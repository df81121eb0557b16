// See Weights.h.
#include "compiler/schedule/Weights.h"

#include "compiler/schedule/Layout.h"

#include "mlir/Interfaces/SideEffectInterfaces.h"

using namespace mlir;

namespace kiln {

llvm::DenseSet<Value> weightsUnder(Operation *root) {
  llvm::DenseSet<Value> weights;
  auto isKnown = [&](Value value) { return weights.contains(value); };
  root->walk([&](Operation *op) {
    if (op->getNumResults() == 1 && isMemoryEffectFree(op) &&
        llvm::all_of(op->getOperands(), isKnown))
      weights.insert(op->getResult(0));
  });
  return weights;
}

bool comeFromMemory(const llvm::DenseSet<Value> &weights) {
  constexpr int64_t cacheBytes = 24 << 20;
  int64_t bytes = 0;
  for (Value weight : weights) {
    auto isRead = [&](Operation *user) {
      return user->getNumResults() == 0 || !weights.contains(user->getResult(0));
    };
    if (llvm::any_of(weight.getUsers(), isRead))
      bytes += bufferBytes(cast<RankedTensorType>(weight.getType()));
  }
  return bytes > cacheBytes;
}

} // namespace kiln
