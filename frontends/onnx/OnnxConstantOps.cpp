// Constants, what is known from types alone, and operators that are supported on constants only
// because they occur in the shape arithmetic of exporters.
#include "dialects/nn/NnElements.h"
#include "frontends/onnx/OnnxFolding.h"
#include "frontends/onnx/OnnxOperators.h"
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

static LogicalResult notConstant(OnnxNode &node) {
  return node.error()
         << "this operator is supported on small constants only, as in the computation of shapes, "
            "but an "
            "input is computed at run time; replace it in the model by supported operators";
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

/// Evaluates a function with boolean result, or of the type `elementType`.
static LogicalResult setFolded(OnnxNode &node, Type elementType, IntegerFunction onIntegers,
                               FloatFunction onFloats) {
  SmallVector<Value> operands;
  for (size_t i = 0; i < node.numInputs(); ++i)
    operands.push_back(node.input(i));
  std::optional<Integers> shape = broadcastShape(operands);
  if (!shape)
    return node.error() << "the shapes of its inputs do not broadcast";
  std::optional<Value> folded = foldPointwise(
      node, operands, RankedTensorType::get(*shape, elementType), onIntegers, onFloats);
  return folded ? node.setResult(*folded) : notConstant(node);
}

struct EqualTo {
  static bool apply(auto a, auto b) { return a == b; }
};
struct LessThan {
  static bool apply(auto a, auto b) { return a < b; }
};
struct GreaterThan {
  static bool apply(auto a, auto b) { return a > b; }
};
struct LessOrEqualTo {
  static bool apply(auto a, auto b) { return a <= b; }
};
struct GreaterOrEqualTo {
  static bool apply(auto a, auto b) { return a >= b; }
};
struct BothTrue {
  static bool apply(auto a, auto b) { return a != 0 && b != 0; }
};
struct EitherTrue {
  static bool apply(auto a, auto b) { return a != 0 || b != 0; }
};

template <typename Relation> static LogicalResult translateRelation(OnnxNode &node) {
  return setFolded(
      node, node.getBuilder().getI1Type(),
      [](llvm::ArrayRef<int64_t> x) { return Relation::apply(x[0], x[1]); },
      [](llvm::ArrayRef<double> x) { return double(Relation::apply(x[0], x[1])); });
}

static LogicalResult translateNot(OnnxNode &node) {
  return setFolded(
      node, node.getBuilder().getI1Type(), [](llvm::ArrayRef<int64_t> x) { return x[0] == 0; },
      [](llvm::ArrayRef<double> x) { return double(x[0] == 0); });
}

/// The remainder with the sign of the divisor, or of the dividend with `fmod`.
static LogicalResult translateMod(OnnxNode &node) {
  bool isFmod = node.integer("fmod", 0) != 0;
  auto onIntegers = [&](llvm::ArrayRef<int64_t> x) {
    int64_t rest = wrappingSub(x[0], wrappingMul(checkedDiv(x[0], x[1]), x[1]));
    return !isFmod && rest != 0 && (rest < 0) != (x[1] < 0) ? rest + x[1] : rest;
  };
  return setFolded(node, node.type(0).getElementType(), onIntegers,
                   [](llvm::ArrayRef<double> x) { return std::fmod(x[0], x[1]); });
}

/// A constant condition that is the same everywhere chooses one operand, which may then be
/// anything.
static LogicalResult translateWhere(OnnxNode &node) {
  std::optional<SmallConstant> condition = readSmallConstant(node.input(0));
  if (condition && !condition->integers.empty() && llvm::all_equal(condition->integers)) {
    std::optional<Integers> shape = broadcastShape({node.input(0), node.input(1), node.input(2)});
    if (shape)
      return node.setFirst(node.expanded(node.input(condition->integers.front() ? 1 : 2), *shape));
  }
  return setFolded(
      node, node.type(1).getElementType(),
      [](llvm::ArrayRef<int64_t> x) { return x[0] ? x[1] : x[2]; },
      [](llvm::ArrayRef<double> x) { return x[0] != 0 ? x[1] : x[2]; });
}

llvm::ArrayRef<OnnxOperator> constantOperators() {
  static const OnnxOperator operators[] = {
      {"Constant", 1, 0, 0, translateConstant},
      {"ConstantOfShape", 9, 1, 1, translateConstantOfShape},
      {"Shape", 1, 1, 1, translateShape},
      {"Size", 1, 1, 1, translateSize},
      {"Range", 11, 3, 3, translateRange},
      {"Equal", 1, 2, 2, translateRelation<EqualTo>},
      {"Less", 1, 2, 2, translateRelation<LessThan>},
      {"Greater", 1, 2, 2, translateRelation<GreaterThan>},
      {"LessOrEqual", 12, 2, 2, translateRelation<LessOrEqualTo>},
      {"GreaterOrEqual", 12, 2, 2, translateRelation<GreaterOrEqualTo>},
      {"And", 1, 2, 2, translateRelation<BothTrue>},
      {"Or", 1, 2, 2, translateRelation<EitherTrue>},
      {"Not", 1, 1, 1, translateNot},
      {"Mod", 10, 2, 2, translateMod},
      {"Where", 9, 3, 3, translateWhere},
  };
  return operators;
}

} // namespace kiln::onnx_frontend
