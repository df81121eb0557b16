// Broadcast evaluation on small constants.
#include "frontends/onnx/OnnxFolding.h"

#include "dialects/nn/NnElements.h"

#include "mlir/Dialect/Traits.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;

namespace kiln::onnx_frontend {

static constexpr int64_t mostElements = 64;

std::optional<SmallConstant> readSmallConstant(Value value) {
  ElementsAttr elements;
  auto type = dyn_cast<RankedTensorType>(value.getType());
  if (!type || type.getNumElements() > mostElements || !matchPattern(value, m_Constant(&elements)))
    return std::nullopt;
  SmallConstant constant{type, {}, {}};
  if (isa<IntegerType>(type.getElementType())) {
    std::optional<Integers> integers = nn::readIntegers(elements);
    if (!integers)
      return std::nullopt;
    constant.integers = *integers;
    constant.numbers.assign(integers->begin(), integers->end());
    return constant;
  }
  std::optional<llvm::SmallVector<double>> numbers = nn::readFloats(elements);
  if (!numbers)
    return std::nullopt;
  constant.numbers = *numbers;
  return constant;
}

std::optional<Integers> broadcastShape(llvm::ArrayRef<Value> operands) {
  Integers shape;
  for (Value operand : operands) {
    Integers joined;
    auto type = cast<RankedTensorType>(operand.getType());
    if (!OpTrait::util::getBroadcastedShape(shape, type.getShape(), joined))
      return std::nullopt;
    shape = joined;
  }
  return shape;
}

/// Where element `index` of a result of shape `shape` reads in an operand that was broadcast to it.
static int64_t sourceIndex(int64_t index, llvm::ArrayRef<int64_t> shape,
                           llvm::ArrayRef<int64_t> operand) {
  int64_t source = 0, stride = 1;
  for (size_t fromEnd = 1; fromEnd <= shape.size(); ++fromEnd) {
    int64_t size = shape[shape.size() - fromEnd], position = index % size;
    index /= size;
    if (fromEnd > operand.size())
      continue;
    int64_t own = operand[operand.size() - fromEnd];
    source += own == 1 ? 0 : position * stride;
    stride *= own;
  }
  return source;
}

std::optional<Value> foldPointwise(OnnxNode &node, llvm::ArrayRef<Value> operands,
                                   RankedTensorType type, IntegerFunction onIntegers,
                                   FloatFunction onFloats) {
  SmallVector<SmallConstant> constants;
  for (Value operand : operands) {
    std::optional<SmallConstant> constant = readSmallConstant(operand);
    if (!constant)
      return std::nullopt;
    constants.push_back(std::move(*constant));
  }
  int64_t count = type.getNumElements();
  std::optional<Integers> shape = broadcastShape(operands);
  if (count > mostElements || !shape || type.getShape() != llvm::ArrayRef(*shape))
    return std::nullopt;
  bool allIntegers =
      llvm::all_of(constants, [](const SmallConstant &constant) { return constant.isInteger(); });
  Integers integers, tuple(constants.size());
  SmallVector<double> numbers, numberTuple(constants.size());
  for (int64_t i = 0; i < count; ++i) {
    for (auto [operand, constant] : llvm::enumerate(constants)) {
      int64_t source = sourceIndex(i, *shape, constant.type.getShape());
      numberTuple[operand] = constant.numbers[source];
      tuple[operand] = allIntegers ? constant.integers[source] : 0;
    }
    integers.push_back(allIntegers ? onIntegers(tuple) : 0);
    numbers.push_back(allIntegers ? static_cast<double>(integers.back()) : onFloats(numberTuple));
  }
  if (isa<FloatType>(type.getElementType()))
    return node.constant(nn::makeElements(type, numbers));
  if (!allIntegers)
    llvm::transform(numbers, integers.begin(), nn::truncateToInteger);
  return node.constant(nn::makeElements(type, integers));
}

int64_t wrappingAdd(int64_t a, int64_t b) {
  return static_cast<int64_t>(uint64_t(a) + uint64_t(b));
}

int64_t wrappingSub(int64_t a, int64_t b) {
  return static_cast<int64_t>(uint64_t(a) - uint64_t(b));
}

int64_t wrappingMul(int64_t a, int64_t b) {
  return static_cast<int64_t>(uint64_t(a) * uint64_t(b));
}

int64_t checkedDiv(int64_t a, int64_t b) {
  if (b == 0)
    return 0;
  return b == -1 ? wrappingSub(0, a) : a / b;
}

} // namespace kiln::onnx_frontend
