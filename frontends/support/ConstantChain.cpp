// Evaluates a chain of ops on constants, each op once, operands before users.
#include "frontends/support/ConstantChain.h"

#include "dialects/nn/NnElements.h"
#include "dialects/nn/NnEvaluate.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;

namespace kiln::frontend {
namespace {

/// The most ops of a chain: what decides a shape is short.
constexpr size_t mostOps = 4096;

class ChainEvaluator {
public:
  explicit ChainEvaluator(int64_t mostElements) : mostElements(mostElements) {}

  /// The elements as they lie in memory; null where the value does not follow from constants.
  const std::vector<char> *evaluate(Value value);

private:
  bool collect(Value value, llvm::SetVector<Operation *> &ops);
  bool evaluateOp(Operation *op);

  int64_t mostElements;
  llvm::DenseMap<Value, std::vector<char>> values;
};

/// Lists the ops that make the value, each behind its operands' (the order of the block).
bool ChainEvaluator::collect(Value value, llvm::SetVector<Operation *> &ops) {
  int64_t elements = 0;
  llvm::SmallVector<Value> open{value};
  while (!open.empty()) {
    Operation *op = open.pop_back_val().getDefiningOp();
    if (!op || ops.size() > mostOps)
      return false;
    if (!ops.insert(op))
      continue;
    for (Type type : op->getResultTypes())
      elements += cast<RankedTensorType>(type).getNumElements();
    if (elements > mostElements)
      return false;
    llvm::append_range(open, op->getOperands());
  }
  return true;
}

bool ChainEvaluator::evaluateOp(Operation *op) {
  if (auto constant = dyn_cast<nn::ConstantOp>(op)) {
    SmallVector<char> storage;
    std::optional<ArrayRef<char>> bytes = nn::readBytes(constant.getValue(), storage);
    if (!bytes)
      return false;
    values[constant.getResult()].assign(bytes->begin(), bytes->end());
    return true;
  }
  SmallVector<const char *> operands;
  for (Value operand : op->getOperands())
    operands.push_back(values.find(operand)->second.data());
  std::vector<std::vector<char>> results;
  SmallVector<char *> pointers;
  for (Type type : op->getResultTypes()) {
    auto tensor = cast<RankedTensorType>(type);
    results.emplace_back(tensor.getNumElements() * nn::elementBytes(tensor.getElementType()));
  }
  for (std::vector<char> &result : results)
    pointers.push_back(result.data());
  if (failed(nn::evaluateMove(op, operands, pointers)) &&
      failed(nn::evaluatePointwise(op, operands, pointers.front())))
    return false;
  for (auto [value, result] : llvm::zip_equal(op->getResults(), results))
    values[value] = std::move(result);
  return true;
}

const std::vector<char> *ChainEvaluator::evaluate(Value value) {
  llvm::SetVector<Operation *> ops;
  if (!collect(value, ops))
    return nullptr;
  SmallVector<Operation *> ordered(ops.begin(), ops.end());
  llvm::sort(ordered, [](Operation *a, Operation *b) { return a->isBeforeInBlock(b); });
  if (!llvm::all_of(ordered, [&](Operation *op) { return evaluateOp(op); }))
    return nullptr;
  return &values.find(value)->second;
}

} // namespace

std::optional<SmallVector<int64_t>> integersOfChain(Value value, int64_t mostElements) {
  auto type = cast<RankedTensorType>(value.getType());
  if (!isa<IntegerType>(type.getElementType()))
    return std::nullopt;
  ChainEvaluator evaluator(mostElements);
  const std::vector<char> *bytes = evaluator.evaluate(value);
  if (!bytes)
    return std::nullopt;
  SmallVector<int64_t> integers(type.getNumElements());
  nn::loadIntegers(type.getElementType(), bytes->data(), integers.size(), integers.data());
  return integers;
}

} // namespace kiln::frontend
