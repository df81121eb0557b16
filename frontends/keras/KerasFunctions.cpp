// Functions on tensors in functional models: those of keras.ops, and in Keras 2 of TensorFlow. Both
// write their arguments down under names of their own.
#include "frontends/keras/KerasActivations.h"
#include "frontends/keras/KerasLayers.h"
#include "frontends/support/Einsum.h"

using namespace mlir;

namespace kiln::keras_frontend {

/// The one of two names that an argument has here.
static llvm::StringRef either(KerasLayer &layer, llvm::StringRef first, llvm::StringRef second) {
  return layer.find(first) ? first : second;
}

/// The axes of an argument, counted from the front and sorted; all where it is absent.
static FailureOr<Integers> axesOf(KerasLayer &layer, int64_t rank) {
  std::optional<Integers> given = layer.integers("axis");
  if (!given)
    return identityOrder(rank);
  Integers axes;
  for (int64_t axis : *given) {
    FailureOr<int64_t> positive = layer.checkedAxis(axis, rank);
    if (failed(positive))
      return failure();
    axes.push_back(*positive);
  }
  llvm::sort(axes);
  axes.erase(llvm::unique(axes), axes.end());
  return axes;
}

static Integers without(llvm::ArrayRef<int64_t> shape, llvm::ArrayRef<int64_t> axes) {
  Integers rest;
  for (auto [axis, size] : llvm::enumerate(shape))
    if (!llvm::is_contained(axes, static_cast<int64_t>(axis)))
      rest.push_back(size);
  return rest;
}

template <typename OpTy> static LogicalResult translateReduction(KerasLayer &layer) {
  FailureOr<KerasTensor> input = layer.settled(layer.input());
  if (failed(input))
    return failure();
  FailureOr<Integers> axes = axesOf(layer, input->rank());
  bool keepsDims = layer.boolean(either(layer, "keepdims", "keep_dims"), false);
  if (failed(axes) || !layer.configIsValid())
    return failure();
  Integers places, shape = input->shape;
  for (int64_t axis : *axes) {
    places.push_back(input->placeOf(axis));
    shape[axis] = 1;
  }
  llvm::sort(places);
  FailureOr<Value> value = layer.create<OpTy>(input->value, places, /*keepdims=*/true);
  if (failed(value))
    return failure();
  KerasTensor result{*value, input->order, shape};
  return layer.finish(keepsDims ? FailureOr<KerasTensor>(result)
                                : layer.withShape(result, without(shape, *axes)));
}

static LogicalResult translateReshape(KerasLayer &layer) {
  std::optional<Integers> shape = layer.integers(either(layer, "newshape", "shape"));
  if (!shape)
    return layer.error() << "it has no list of sizes";
  int64_t elements = layer.input().type().getNumElements();
  if (auto open = llvm::find(*shape, -1); open != shape->end()) {
    *open = 1;
    int64_t known = frontend::checkedProduct(*shape).value_or(0);
    *open = known > 0 ? elements / known : -1;
  }
  bool isNegative = llvm::any_of(*shape, [](int64_t size) { return size < 0; });
  if (isNegative || frontend::checkedProduct(*shape) != elements)
    return layer.error() << "its sizes do not hold as many elements as its input of shape "
                         << nn::shapeText(layer.input().shape);
  return layer.finish(layer.withShape(layer.input(), *shape));
}

static LogicalResult translateTranspose(KerasLayer &layer) {
  Integers reversed = identityOrder(layer.input().rank());
  std::reverse(reversed.begin(), reversed.end());
  Integers dims = layer.integers(either(layer, "axes", "perm")).value_or(reversed), sorted = dims;
  llvm::sort(sorted);
  if (sorted != identityOrder(layer.input().rank()))
    return layer.error() << "its axes are no permutation of the dimensions of its input of shape "
                         << nn::shapeText(layer.input().shape);
  return layer.finish(layer.permuted(layer.input(), dims));
}

static LogicalResult translateExpandDims(KerasLayer &layer) {
  Integers shape = layer.input().shape;
  int64_t rank = layer.input().rank() + 1;
  FailureOr<int64_t> axis = layer.checkedAxis(layer.integer("axis", 0), rank);
  if (failed(axis))
    return failure();
  shape.insert(shape.begin() + *axis, 1);
  return layer.finish(layer.withShape(layer.input(), shape));
}

static LogicalResult translateSqueeze(KerasLayer &layer) {
  const KerasTensor &input = layer.input();
  FailureOr<Integers> axes = axesOf(layer, input.rank());
  if (failed(axes))
    return failure();
  Integers gone;
  for (int64_t axis : *axes) {
    if (input.shape[axis] == 1)
      gone.push_back(axis);
    else if (layer.find("axis"))
      return layer.error() << "dimension " << axis << " of its input of shape "
                           << nn::shapeText(input.shape) << " is not 1";
  }
  return layer.finish(layer.withShape(input, without(input.shape, gone)));
}

static LogicalResult translatePad(KerasLayer &layer) {
  FailureOr<KerasTensor> input = layer.settled(layer.input());
  llvm::StringRef key = either(layer, "pad_width", "paddings");
  std::string mode = llvm::StringRef(layer.text("mode", "constant")).lower();
  const llvm::json::Value *given = layer.find(key);
  const llvm::json::Array *pairs = given ? given->getAsArray() : nullptr;
  if (failed(input))
    return failure();
  if (mode != "constant" && mode != "reflect")
    return layer.error() << "its mode is " << quoted(mode)
                         << "; constant and reflect are supported";
  auto rank = static_cast<size_t>(input->rank());
  Integers pads(2 * rank, 0);
  bool fits = pairs && pairs->size() == rank;
  for (size_t i = 0; fits && i < rank; ++i) {
    const llvm::json::Array *pair = (*pairs)[i].getAsArray();
    fits = pair && pair->size() == 2;
    for (size_t end = 0; fits && end < 2; ++end) {
      auto size = (*pair)[end].getAsInteger();
      fits = size && *size >= 0 && *size < (1 << 24);
      if (fits)
        pads[end * rank + static_cast<size_t>(input->placeOf(static_cast<int64_t>(i)))] = *size;
    }
  }
  if (!fits)
    return layer.error() << "its " << key << " is " << (given ? shown(*given) : "null")
                         << ", not a pair of sizes for each dimension of its input of shape "
                         << nn::shapeText(input->shape);
  FailureOr<Value> value = layer.create<nn::PadOp>(
      input->value, pads, mode == "reflect" ? nn::PadMode::Reflect : nn::PadMode::Constant,
      llvm::APFloat(layer.real("constant_values", 0)));
  if (failed(value))
    return failure();
  KerasTensor result{*value, input->order, {}};
  result.shape = result.unreshaped();
  return layer.finish(result);
}

static LogicalResult translateClip(KerasLayer &layer) {
  double least = layer.real(either(layer, "x_min", "clip_value_min"), 0);
  double most = layer.real(either(layer, "x_max", "clip_value_max"), 0);
  return layer.finishLike(
      layer.create<nn::ClipOp>(layer.input().value, llvm::APFloat(least), llvm::APFloat(most)),
      layer.input());
}

static LogicalResult translateMatmul(KerasLayer &layer) {
  Value operands[2];
  for (size_t i : {0, 1}) {
    FailureOr<Value> value = layer.plain(layer.input(i));
    if (layer.boolean(i == 0 ? "transpose_a" : "transpose_b", false)) {
      Integers perm = identityOrder(layer.input(i).rank());
      if (perm.size() >= 2)
        std::swap(perm[perm.size() - 1], perm[perm.size() - 2]);
      value = layer.transposed(value, perm);
    }
    if (failed(value))
      return failure();
    operands[i] = *value;
  }
  FailureOr<Value> product = layer.create<nn::MatmulOp>(operands[0], operands[1]);
  return failed(product) ? failure() : layer.finish(KerasTensor::plain(*product));
}

/// x / max(sqrt(sum(x^2)), least) along axes; Keras and TensorFlow differ in the least.
static LogicalResult l2Normalized(KerasLayer &layer, double leastSquare) {
  FailureOr<KerasTensor> input = layer.settled(layer.input());
  if (failed(input))
    return failure();
  FailureOr<Integers> axes = axesOf(layer, input->rank());
  if (failed(axes))
    return failure();
  Integers places;
  for (int64_t axis : *axes)
    places.push_back(input->placeOf(axis));
  llvm::sort(places);
  FailureOr<Value> squares = layer.create<nn::MulOp>(input->value, input->value);
  FailureOr<Value> sum = layer.create<nn::ReduceSumOp>(squares, places, /*keepdims=*/true);
  sum = layer.create<nn::MaxOp>(sum, layer.scalar(leastSquare, layer.elementType()));
  return layer.finishLike(layer.create<nn::DivOp>(input->value, layer.create<nn::SqrtOp>(sum)),
                          *input);
}

static LogicalResult translateL2Normalize(KerasLayer &layer) {
  return l2Normalized(layer, layer.real("epsilon", 1e-12));
}

static LogicalResult translateNormalize(KerasLayer &layer) {
  if (int64_t order = layer.integer("order", 2); order != 2)
    return layer.error() << "its order is " << order << "; 2 is supported";
  double least = layer.real("epsilon", 1e-7);
  return l2Normalized(layer, least * least);
}

static LogicalResult translateSoftmax(KerasLayer &layer) {
  return layer.finish(softmax(layer, layer.input(), layer.integers("axis").value_or(Integers{-1})));
}

static LogicalResult translateLeakyRelu(KerasLayer &layer) {
  double slope = layer.real(either(layer, "negative_slope", "alpha"), 0.2);
  return layer.finishLike(layer.create<nn::LeakyReluOp>(layer.input().value, llvm::APFloat(slope)),
                          layer.input());
}

static LogicalResult translateElu(KerasLayer &layer) {
  llvm::APFloat alpha(layer.real("alpha", 1));
  return layer.finishLike(layer.create<nn::EluOp>(layer.input().value, alpha), layer.input());
}

/// x / 2 * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x^3))), or with erf.
static LogicalResult translateGelu(KerasLayer &layer) {
  bool isKeras3 = layer.config().className != "TFOpLambda";
  if (!layer.boolean("approximate", isKeras3))
    return layer.finish(*applyNamedActivation(layer, "gelu", layer.input()));
  Value x = layer.input().value;
  auto number = [&](double value) { return layer.scalar(value, layer.elementType()); };
  FailureOr<Value> square = layer.create<nn::MulOp>(x, x);
  FailureOr<Value> slope = layer.create<nn::AddOp>(
      layer.create<nn::MulOp>(square, number(0.0356774081)), number(0.7978845608));
  FailureOr<Value> gate = layer.create<nn::TanhOp>(layer.create<nn::MulOp>(x, slope));
  FailureOr<Value> half = layer.create<nn::MulOp>(x, number(0.5));
  return layer.finishLike(layer.create<nn::MulOp>(half, layer.create<nn::AddOp>(gate, number(1))),
                          layer.input());
}

static LogicalResult translateRsqrt(KerasLayer &layer) {
  FailureOr<Value> root = layer.create<nn::SqrtOp>(layer.input().value);
  return layer.finishLike(layer.create<nn::DivOp>(layer.scalar(1, layer.elementType()), root),
                          layer.input());
}

static LogicalResult translateLog(KerasLayer &layer) {
  return layer.finishLike(layer.create<nn::LogOp>(layer.input().value), layer.input());
}

static LogicalResult translateEinsum(KerasLayer &layer) {
  SmallVector<Value> operands;
  for (size_t i = 0; i < layer.numInputs(); ++i) {
    FailureOr<Value> value = layer.plain(layer.input(i));
    if (failed(value))
      return failure();
    operands.push_back(*value);
  }
  std::string equation = layer.text("subscripts", "");
  llvm::erase(equation, ' ');
  FailureOr<Value> result = frontend::buildEinsum(layer, equation, operands);
  return failed(result) ? failure() : layer.finish(KerasTensor::plain(*result));
}

template <typename OpTy, typename... Args>
static LogicalResult moveDepth(KerasLayer &layer, Args... args) {
  if (failed(layer.checkRank(4)))
    return failure();
  FailureOr<KerasTensor> input = layer.channelsFirst(layer.input(), /*channelsLast=*/true);
  if (failed(input))
    return failure();
  FailureOr<Value> result =
      layer.create<OpTy>(input->value, layer.integer("block_size", 2), args...);
  return failed(result) ? failure() : layer.finish(KerasBuilder::fromChannelsFirst(*result, true));
}

static LogicalResult translateDepthToSpace(KerasLayer &layer) {
  return moveDepth<nn::DepthToSpaceOp>(layer, nn::DepthMode::DCR);
}

static LogicalResult translateSpaceToDepth(KerasLayer &layer) {
  return moveDepth<nn::SpaceToDepthOp>(layer);
}

static LogicalResult translateIdentity(KerasLayer &layer) { return layer.finish(layer.input()); }

/// All floats are computed with alike.
static LogicalResult translateCast(KerasLayer &layer) {
  std::string type = layer.text("dtype", "");
  if (!llvm::StringRef(type).starts_with("float"))
    return layer.error() << "its dtype is " << quoted(type) << "; types of floats are supported";
  return layer.finish(layer.input());
}

llvm::ArrayRef<LayerClass> functionLayers() {
  static const LayerClass layers[] = {
      {"mean", 1, 1, "", translateReduction<nn::ReduceMeanOp>},
      {"reduce_mean", 1, 1, "", translateReduction<nn::ReduceMeanOp>},
      {"sum", 1, 1, "", translateReduction<nn::ReduceSumOp>},
      {"reduce_sum", 1, 1, "", translateReduction<nn::ReduceSumOp>},
      {"max", 1, 1, "", translateReduction<nn::ReduceMaxOp>},
      {"reduce_max", 1, 1, "", translateReduction<nn::ReduceMaxOp>},
      {"min", 1, 1, "", translateReduction<nn::ReduceMinOp>},
      {"reduce_min", 1, 1, "", translateReduction<nn::ReduceMinOp>},
      {"reshape", 1, 1, "", translateReshape, 0, true},
      {"transpose", 1, 1, "", translateTranspose, 0, true},
      {"expanddims", 1, 1, "", translateExpandDims, 0, true},
      {"expand_dims", 1, 1, "", translateExpandDims, 0, true},
      {"squeeze", 1, 1, "", translateSqueeze, 0, true},
      {"pad", 1, 1, "", translatePad},
      {"clip", 1, 1, "", translateClip},
      {"clip_by_value", 1, 1, "", translateClip},
      {"matmul", 2, 2, "", translateMatmul},
      {"einsum", 1, anyNumber, "", translateEinsum},
      {"normalize", 1, 1, "", translateNormalize},
      {"l2_normalize", 1, 1, "", translateL2Normalize},
      {"softmax", 1, 1, "", translateSoftmax},
      {"leakyrelu", 1, 1, "", translateLeakyRelu},
      {"leaky_relu", 1, 1, "", translateLeakyRelu},
      {"elu", 1, 1, "", translateElu},
      {"gelu", 1, 1, "", translateGelu},
      {"rsqrt", 1, 1, "", translateRsqrt},
      {"log", 1, 1, "", translateLog},
      {"depth_to_space", 1, 1, "", translateDepthToSpace},
      {"space_to_depth", 1, 1, "", translateSpaceToDepth},
      {"cast", 1, 1, "", translateCast},
      {"stopgradient", 1, 1, "", translateIdentity},
      {"stop_gradient", 1, 1, "", translateIdentity},
  };
  return layers;
}

} // namespace kiln::keras_frontend
