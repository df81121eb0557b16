// Layers of several inputs, and the arithmetic on tensors of functional models.
#include "frontends/keras/KerasActivations.h"
#include "frontends/keras/KerasLayers.h"

using namespace mlir;

namespace kiln::keras_frontend {

/// Adds dimensions of one behind the batch until the rank is `rank`, as Keras' merge layers do.
static FailureOr<KerasTensor> raised(KerasLayer &layer, const KerasTensor &tensor, int64_t rank,
                                     bool behindBatch) {
  if (tensor.rank() >= rank)
    return tensor;
  Integers shape = tensor.shape;
  shape.insert(shape.begin() + (behindBatch && !shape.empty() ? 1 : 0), rank - tensor.rank(), 1);
  return layer.withShape(tensor, shape);
}

template <typename OpTy>
static FailureOr<KerasTensor> combined(KerasLayer &layer, const KerasTensor &first,
                                       const KerasTensor &second, bool behindBatch = true) {
  int64_t rank = std::max(first.rank(), second.rank());
  FailureOr<KerasTensor> a = raised(layer, first, rank, behindBatch);
  FailureOr<KerasTensor> b = raised(layer, second, rank, behindBatch);
  if (failed(a) || failed(b) || failed(layer.storeAlike(*a, *b)))
    return failure();
  FailureOr<Value> value = layer.create<OpTy>(a->value, b->value);
  if (failed(value))
    return failure();
  KerasTensor result{*value, a->order, a->shape};
  if (!a->isReshaped())
    result.shape = result.unreshaped();
  return result;
}

template <typename OpTy> static FailureOr<KerasTensor> combinedAll(KerasLayer &layer) {
  FailureOr<KerasTensor> result = layer.input(0);
  for (size_t i = 1; i < layer.numInputs() && succeeded(result); ++i)
    result = combined<OpTy>(layer, *result, layer.input(i));
  return result;
}

template <typename OpTy> static LogicalResult translateMerge(KerasLayer &layer) {
  return layer.finish(combinedAll<OpTy>(layer));
}

static LogicalResult translateAverage(KerasLayer &layer) {
  FailureOr<KerasTensor> sum = combinedAll<nn::AddOp>(layer);
  if (failed(sum))
    return failure();
  Value share = layer.scalar(1.0 / static_cast<double>(layer.numInputs()), layer.elementType());
  return layer.finishLike(layer.create<nn::MulOp>(sum->value, share), *sum);
}

/// The tensors one behind the other along an axis.
static LogicalResult concatenate(KerasLayer &layer, llvm::ArrayRef<KerasTensor> tensors,
                                 int64_t axis) {
  // All in the order of the largest.
  FailureOr<KerasTensor> like = failure();
  for (const KerasTensor &tensor : tensors) {
    if (tensor.rank() != tensors.front().rank())
      return layer.error() << "its inputs have shapes " << nn::shapeText(tensors.front().shape)
                           << " and " << nn::shapeText(tensor.shape);
    if (failed(like) || tensor.type().getNumElements() > like->type().getNumElements())
      like = layer.settled(tensor);
    if (failed(like))
      return failure();
  }
  SmallVector<Value> values;
  for (const KerasTensor &tensor : tensors) {
    FailureOr<KerasTensor> alike = layer.stored(tensor, like->order);
    if (failed(alike))
      return failure();
    values.push_back(alike->value);
  }
  FailureOr<Value> joined = layer.create<nn::ConcatOp>(ValueRange(values), like->placeOf(axis));
  if (failed(joined))
    return failure();
  KerasTensor result{*joined, like->order, {}};
  result.shape = result.unreshaped();
  return layer.finish(result);
}

static LogicalResult translateConcatenate(KerasLayer &layer) {
  SmallVector<KerasTensor> tensors;
  for (size_t i = 0; i < layer.numInputs(); ++i)
    tensors.push_back(layer.input(i));
  FailureOr<int64_t> axis = layer.checkedAxis(layer.integer("axis", -1), tensors.front().rank());
  return failed(axis) ? failure() : concatenate(layer, tensors, *axis);
}

/// The tensors one behind the other along a dimension of their own.
static LogicalResult translateStack(KerasLayer &layer) {
  FailureOr<int64_t> axis = layer.checkedAxis(layer.integer("axis", 0), layer.input().rank() + 1);
  if (failed(axis))
    return failure();
  SmallVector<KerasTensor> tensors;
  for (size_t i = 0; i < layer.numInputs(); ++i) {
    Integers shape = layer.input(i).shape;
    shape.insert(shape.begin() + std::min<int64_t>(*axis, layer.input(i).rank()), 1);
    FailureOr<KerasTensor> row = layer.withShape(layer.input(i), shape);
    if (failed(row))
      return failure();
    tensors.push_back(*row);
  }
  return concatenate(layer, tensors, *axis);
}

/// Of Keras' own Inception-ResNet v2: the first input, and `scale` times the second.
static LogicalResult translateScaledSum(KerasLayer &layer) {
  KerasTensor scaled = layer.input(1);
  FailureOr<Value> product = layer.create<nn::MulOp>(
      scaled.value, layer.scalar(layer.real("scale", 1), layer.elementType()));
  if (failed(product))
    return failure();
  scaled.value = *product;
  return layer.finish(combined<nn::AddOp>(layer, layer.input(0), scaled, /*behindBatch=*/true));
}

llvm::ArrayRef<LayerClass> mergeLayers() {
  static const LayerClass layers[] = {
      {"Add", 1, anyNumber, "", translateMerge<nn::AddOp>},
      {"Subtract", 2, 2, "", translateMerge<nn::SubOp>},
      {"Multiply", 1, anyNumber, "", translateMerge<nn::MulOp>},
      {"Average", 1, anyNumber, "", translateAverage},
      {"Maximum", 1, anyNumber, "", translateMerge<nn::MaxOp>},
      {"Minimum", 1, anyNumber, "", translateMerge<nn::MinOp>},
      {"Concatenate", 1, anyNumber, "", translateConcatenate},
      {"CustomScaleLayer", 2, 2, "", translateScaledSum},
  };
  return layers;
}

/// Adds the numbers of nested lists and notes the lists' lengths; false where these differ.
static bool addNumbers(const llvm::json::Value &value, size_t depth, Integers &shape,
                       SmallVector<Attribute> &numbers, Type element) {
  constexpr size_t deepest = 16;
  const llvm::json::Array *list = value.getAsArray();
  if (!list) {
    auto number = value.getAsNumber();
    if (number)
      numbers.push_back(FloatAttr::get(element, *number));
    return number && depth == shape.size();
  }
  auto length = static_cast<int64_t>(list->size());
  if (depth == shape.size() && numbers.empty() && depth < deepest)
    shape.push_back(length);
  return depth < shape.size() && shape[depth] == length &&
         llvm::all_of(*list, [&](const llvm::json::Value &entry) {
           return addNumbers(entry, depth + 1, shape, numbers, element);
         });
}

/// A tensor that is written in the configuration, as the means of pictures are.
static std::optional<KerasTensor> writtenTensor(KerasLayer &layer, const llvm::json::Value &value) {
  const llvm::json::Object *object = value.getAsObject();
  const llvm::json::Object *config = object ? object->getObject("config") : nullptr;
  const llvm::json::Value *lists = config               ? config->get("value")
                                   : value.getAsArray() ? &value
                                                        : nullptr;
  Integers shape;
  SmallVector<Attribute> numbers;
  if (!lists || !addNumbers(*lists, 0, shape, numbers, layer.elementType()) || numbers.empty())
    return std::nullopt;
  auto type = RankedTensorType::get(shape, layer.elementType());
  return KerasTensor::plain(layer.fixedConstant(DenseElementsAttr::get(type, numbers)));
}

/// An operand of an operator: the next tensor, or a number, or several.
static FailureOr<KerasTensor> operand(KerasLayer &layer, const Argument &argument, size_t &next) {
  if (argument.tensor && next < layer.numInputs())
    return layer.input(next++);
  if (auto number = argument.value.getAsNumber())
    return KerasTensor::plain(layer.scalar(*number, layer.elementType()));
  if (std::optional<KerasTensor> written = writtenTensor(layer, argument.value))
    return *written;
  return layer.error() << "its operand " << shown(argument.value)
                       << " is neither a tensor nor a number";
}

template <typename OpTy> static LogicalResult translateOperator(KerasLayer &layer) {
  const std::vector<Argument> &arguments = layer.getCall().arguments;
  if (arguments.size() != 2)
    return layer.error() << "it has " << arguments.size() << " operands where 2 are needed";
  size_t next = 0;
  FailureOr<KerasTensor> a = operand(layer, arguments[0], next);
  FailureOr<KerasTensor> b = operand(layer, arguments[1], next);
  if (failed(a) || failed(b))
    return failure();
  return layer.finish(combined<OpTy>(layer, *a, *b, /*behindBatch=*/false));
}

/// x + a number for each channel.
static LogicalResult translateBiasAdd(KerasLayer &layer) {
  std::string format = layer.text("data_format", "NHWC");
  bool isFirst = format == "channels_first" || llvm::StringRef(format).starts_with("NC");
  int64_t rank = layer.input().rank(), axis = isFirst ? 1 : rank - 1;
  SmallVector<double> values = layer.reals("bias").value_or(SmallVector<double>());
  if (rank < 2 || static_cast<int64_t>(values.size()) != layer.input().shape[axis])
    return layer.error() << "its bias has " << values.size()
                         << " numbers, which do not fit an input of shape "
                         << nn::shapeText(layer.input().shape);
  SmallVector<Attribute> numbers;
  for (double value : values)
    numbers.push_back(FloatAttr::get(layer.elementType(), value));
  Integers shape(rank, 1);
  shape[axis] = layer.input().shape[axis];
  auto type = RankedTensorType::get(shape, layer.elementType());
  KerasTensor bias = KerasTensor::plain(layer.fixedConstant(DenseElementsAttr::get(type, numbers)));
  return layer.finish(combined<nn::AddOp>(layer, layer.input(), bias, /*behindBatch=*/false));
}

static LogicalResult translateFunction(KerasLayer &layer) {
  std::optional<FailureOr<KerasTensor>> result =
      applyNamedActivation(layer, layer.config().operatorName, layer.input());
  return result ? layer.finish(*result) : failure();
}

template <typename OpTy> static LogicalResult translateUnary(KerasLayer &layer) {
  return layer.finishLike(layer.create<OpTy>(layer.input().value), layer.input());
}

static LogicalResult translateSquare(KerasLayer &layer) {
  const KerasTensor &x = layer.input();
  return layer.finishLike(layer.create<nn::MulOp>(x.value, x.value), x);
}

llvm::ArrayRef<LayerClass> operatorLayers() {
  static const LayerClass layers[] = {
      {"add", 1, 2, "", translateOperator<nn::AddOp>},
      {"subtract", 1, 2, "", translateOperator<nn::SubOp>},
      {"sub", 1, 2, "", translateOperator<nn::SubOp>},
      {"multiply", 1, 2, "", translateOperator<nn::MulOp>},
      {"mul", 1, 2, "", translateOperator<nn::MulOp>},
      {"divide", 1, 2, "", translateOperator<nn::DivOp>},
      {"truediv", 1, 2, "", translateOperator<nn::DivOp>},
      {"truedivide", 1, 2, "", translateOperator<nn::DivOp>},
      {"maximum", 1, 2, "", translateOperator<nn::MaxOp>},
      {"power", 1, 2, "", translateOperator<nn::PowOp>},
      {"pow", 1, 2, "", translateOperator<nn::PowOp>},
      {"bias_add", 1, 1, "", translateBiasAdd},
      {"concatenate", 1, anyNumber, "", translateConcatenate},
      {"concat", 1, anyNumber, "", translateConcatenate},
      {"stack", 1, anyNumber, "", translateStack},
      {"minimum", 1, 2, "", translateOperator<nn::MinOp>},
      {"relu", 1, 1, "", translateFunction},
      {"sigmoid", 1, 1, "", translateFunction},
      {"tanh", 1, 1, "", translateFunction},
      {"silu", 1, 1, "", translateFunction},
      {"swish", 1, 1, "", translateFunction},
      {"exp", 1, 1, "", translateFunction},
      {"relu6", 1, 1, "", translateFunction},
      {"softplus", 1, 1, "", translateFunction},
      {"softsign", 1, 1, "", translateFunction},
      {"abs", 1, 1, "", translateUnary<nn::AbsOp>},
      {"absolute", 1, 1, "", translateUnary<nn::AbsOp>},
      {"neg", 1, 1, "", translateUnary<nn::NegOp>},
      {"negative", 1, 1, "", translateUnary<nn::NegOp>},
      {"sqrt", 1, 1, "", translateUnary<nn::SqrtOp>},
      {"square", 1, 1, "", translateSquare},
  };
  return layers;
}

} // namespace kiln::keras_frontend
