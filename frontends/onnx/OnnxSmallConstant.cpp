// Reads small constants.
#include "frontends/onnx/OnnxSmallConstant.h"

#include "dialects/nn/NnElements.h"

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

} // namespace kiln::onnx_frontend
