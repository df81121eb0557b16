// Constants, and what is known from types alone.
#include "dialects/nn/NnElements.h"
#include "frontends/onnx/OnnxOperators.h"
#include "frontends/onnx/OnnxSmallConstant.h"
#include "frontends/onnx/OnnxTensors.h"

#include <cmath>

using namespace mlir;

namespace kiln::onnx_frontend {

static LogicalResult setTensor(OnnxNode &node, const onnx::TensorProto &tensor) {
  auto emitError = [&] { return node.error() << "its value "; };
  FailureOr<ElementsAttr> elements = readTensor(*node.getBuilder().getContext(), node.getFile(),
                                                tensor, node.outputName(), emitError);
  return failed(elements) ? failure() : node.setResult(node.constant(*elements));
}

template <typename T>
static LogicalResult setValues(OnnxNode &node, llvm::ArrayRef<T> values, bool isScalar,
                               Type elementType) {
  Integers shape(isScalar ? 0 : 1, values.size());
  auto type = RankedTensorType::get(shape, elementType);
  llvm::ArrayRef<char> bytes(reinterpret_cast<const char *>(values.data()),
                             values.size() * sizeof(T));
  return node.setResult(node.constant(elementsFromBytes(type, node.outputName(), bytes)));
}

static LogicalResult translateConstant(OnnxNode &node) {
  Type f32 = node.getBuilder().getF32Type(), i64 = node.getBuilder().getI64Type();
  if (const onnx::TensorProto *tensor = node.tensor("value"))
    return setTensor(node, *tensor);
  if (node.has("value_float"))
    return setValues<float>(node, {static_cast<float>(node.real("value_float", 0))}, true, f32);
  if (node.has("value_int"))
    return setValues<int64_t>(node, {node.integer("value_int", 0)}, true, i64);
  if (auto floats = node.reals("value_floats"))
    return setValues<float>(node, *floats, false, f32);
  if (auto integers = node.integers("value_ints"))
    return setValues<int64_t>(node, *integers, false, i64);
  return node.error() << "it has no value that is supported; it must be a dense tensor, or numbers";
}

/// Large ones are one element that is broadcast, so that their size costs nothing here.
static LogicalResult translateConstantOfShape(OnnxNode &node) {
  FailureOr<Integers> shape = node.constantIntegers(0, "the shape");
  if (failed(shape))
    return failure();
  Value value = node.scalar(0, node.getBuilder().getF32Type());
  if (const onnx::TensorProto *tensor = node.tensor("value")) {
    if (failed(setTensor(node, *tensor)))
      return failure();
    value = node.result(0);
    if (cast<RankedTensorType>(value.getType()).getNumElements() != 1)
      return node.error() << "its value has more than one element";
  }
  return node.setFirst(node.expanded(node.reshaped(value, {}), *shape));
}

static LogicalResult translateShape(OnnxNode &node) {
  int64_t rank = node.rank(0);
  auto position = [&](int64_t index) {
    return std::clamp<int64_t>(index < 0 ? index + rank : index, 0, rank);
  };
  int64_t start = position(node.integer("start", 0)), end = position(node.integer("end", rank));
  return node.setResult(
      node.integerList(node.shape(0).slice(start, std::max<int64_t>(0, end - start))));
}

static LogicalResult translateSize(OnnxNode &node) {
  auto type = RankedTensorType::get({}, node.getBuilder().getI64Type());
  return node.setResult(
      node.constant(nn::makeElements(type, Integers{node.type(0).getNumElements()})));
}

static int64_t wrappingAdd(int64_t a, int64_t b) {
  return static_cast<int64_t>(uint64_t(a) + uint64_t(b));
}

static int64_t wrappingMul(int64_t a, int64_t b) {
  return static_cast<int64_t>(uint64_t(a) * uint64_t(b));
}

/// start, start + delta, ... below limit, or above it for a negative delta.
static LogicalResult translateRange(OnnxNode &node) {
  SmallVector<SmallConstant> bounds;
  for (size_t i = 0; i < 3; ++i) {
    std::optional<SmallConstant> bound = readSmallConstant(node.input(i));
    if (!bound)
      return node.notConstant(i, "a bound");
    if (bound->numbers.size() != 1 || bound->type.getElementType() != node.type(0).getElementType())
      return node.error() << "its bounds are no scalars of one type";
    bounds.push_back(std::move(*bound));
  }
  double start = bounds[0].numbers[0], limit = bounds[1].numbers[0], delta = bounds[2].numbers[0];
  double count = std::ceil((limit - start) / delta);
  constexpr double mostElements = 1 << 20;
  if (!(delta != 0) || !(count <= mostElements))
    return node.error() << "it makes more than a million elements";
  auto length = static_cast<int64_t>(std::max(0.0, count));
  auto type = RankedTensorType::get({length}, node.type(0).getElementType());
  std::vector<char> bytes(length * elementBytes(type.getElementType()));
  if (bounds[0].isInteger()) {
    Integers values;
    for (int64_t i = 0; i < length; ++i)
      values.push_back(wrappingAdd(bounds[0].integers[0], wrappingMul(i, bounds[2].integers[0])));
    nn::storeIntegers(type.getElementType(), values.data(), values.size(), bytes.data());
  } else {
    SmallVector<double> values;
    for (int64_t i = 0; i < length; ++i)
      values.push_back(start + static_cast<double>(i) * delta);
    nn::storeFloats(type.getElementType(), values.data(), values.size(), bytes.data());
  }
  return node.setResult(node.constant(elementsFromBytes(type, node.outputName(), bytes)));
}

llvm::ArrayRef<OnnxOperator> constantOperators() {
  static const OnnxOperator operators[] = {
      {"Constant", 1, 0, 0, translateConstant},
      {"ConstantOfShape", 9, 1, 1, translateConstantOfShape},
      {"Shape", 1, 1, 1, translateShape},
      {"Size", 1, 1, 1, translateSize},
      {"Range", 11, 3, 3, translateRange},
  };
  return operators;
}

} // namespace kiln::onnx_frontend
