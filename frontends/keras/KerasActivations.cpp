// Activations of Keras 1 to 3. Softmax is the only one that knows of an axis; all others act on the
// value as it is stored.
#include "frontends/keras/KerasActivations.h"

#include "llvm/ADT/StringMap.h"

using namespace mlir;

namespace kiln::keras_frontend {

using llvm::APFloat;

namespace {

/// Arithmetic with numbers, in the element type of one value.
class Arithmetic {
public:
  Arithmetic(KerasLayer &layer, Value x)
      : layer(layer), element(cast<RankedTensorType>(x.getType()).getElementType()) {}
  FailureOr<Value> number(double value) { return layer.scalar(value, element); }
  FailureOr<Value> add(FailureOr<Value> a, FailureOr<Value> b) {
    return layer.create<nn::AddOp>(a, b);
  }
  FailureOr<Value> sub(FailureOr<Value> a, FailureOr<Value> b) {
    return layer.create<nn::SubOp>(a, b);
  }
  FailureOr<Value> mul(FailureOr<Value> a, FailureOr<Value> b) {
    return layer.create<nn::MulOp>(a, b);
  }
  FailureOr<Value> div(FailureOr<Value> a, FailureOr<Value> b) {
    return layer.create<nn::DivOp>(a, b);
  }
  template <typename OpTy> FailureOr<Value> apply(FailureOr<Value> x) {
    return layer.create<OpTy>(x);
  }
  /// 1 where x > 0 (or is NaN), else 0.
  FailureOr<Value> isPositive(FailureOr<Value> x) {
    FailureOr<Value> positive = layer.create<nn::ReluOp>(x);
    return layer.converted(layer.converted(positive, layer.getBuilder().getI1Type()), element);
  }
  /// log(1 + exp(x)), written so that large inputs do not overflow.
  FailureOr<Value> softplus(FailureOr<Value> x) {
    FailureOr<Value> decay = apply<nn::ExpOp>(apply<nn::NegOp>(apply<nn::AbsOp>(x)));
    return add(layer.create<nn::MaxOp>(x, number(0)), apply<nn::LogOp>(add(decay, number(1))));
  }

private:
  KerasLayer &layer;
  Type element;
};

using Function = FailureOr<Value> (*)(KerasLayer &layer, Value x);

template <typename OpTy> FailureOr<Value> unary(KerasLayer &layer, Value x) {
  return layer.create<OpTy>(x);
}

FailureOr<Value> linear(KerasLayer &, Value x) { return x; }

FailureOr<Value> relu6(KerasLayer &layer, Value x) {
  return layer.create<nn::ClipOp>(x, APFloat(0.0), APFloat(6.0));
}

FailureOr<Value> leakyRelu(KerasLayer &layer, Value x) {
  return layer.create<nn::LeakyReluOp>(x, APFloat(0.2));
}

FailureOr<Value> elu(KerasLayer &layer, Value x) {
  return layer.create<nn::EluOp>(x, APFloat(1.0));
}

FailureOr<Value> selu(KerasLayer &layer, Value x) {
  Arithmetic a(layer, x);
  return a.mul(layer.create<nn::EluOp>(x, APFloat(1.6732632423543772)),
               a.number(1.0507009873554805));
}

FailureOr<Value> softplus(KerasLayer &layer, Value x) { return Arithmetic(layer, x).softplus(x); }

FailureOr<Value> softsign(KerasLayer &layer, Value x) {
  Arithmetic a(layer, x);
  return a.div(x, a.add(a.apply<nn::AbsOp>(x), a.number(1)));
}

/// 0.2 x + 0.5 until Keras 2, x / 6 + 0.5 in Keras 3, each between 0 and 1.
FailureOr<Value> hardSigmoid(KerasLayer &layer, Value x) {
  constexpr int firstWithSixth = 3;
  double slope = layer.getHost().version().major < firstWithSixth ? 0.2 : 1.0 / 6.0;
  return layer.create<nn::HardSigmoidOp>(x, APFloat(slope), APFloat(0.5));
}

FailureOr<Value> mish(KerasLayer &layer, Value x) {
  Arithmetic a(layer, x);
  return a.mul(x, a.apply<nn::TanhOp>(a.softplus(x)));
}

/// x / 2 * (1 + erf(x / sqrt(2))) (Hendrycks and Gimpel 2016).
FailureOr<Value> gelu(KerasLayer &layer, Value x) {
  Arithmetic a(layer, x);
  FailureOr<Value> gate = a.apply<nn::ErfOp>(a.mul(x, a.number(0.707106781186547524)));
  return a.mul(a.mul(x, a.number(0.5)), a.add(gate, a.number(1)));
}

FailureOr<Value> logSigmoid(KerasLayer &layer, Value x) {
  Arithmetic a(layer, x);
  return a.apply<nn::NegOp>(a.softplus(a.apply<nn::NegOp>(x)));
}

FailureOr<Value> hardTanh(KerasLayer &layer, Value x) {
  return layer.create<nn::ClipOp>(x, APFloat(-1.0), APFloat(1.0));
}

FailureOr<Value> tanhShrink(KerasLayer &layer, Value x) {
  Arithmetic a(layer, x);
  return a.sub(x, a.apply<nn::TanhOp>(x));
}

/// x - clip(x, -0.5, 0.5).
FailureOr<Value> softShrink(KerasLayer &layer, Value x) {
  return layer.create<nn::SubOp>(x, layer.create<nn::ClipOp>(x, APFloat(-0.5), APFloat(0.5)));
}

/// x where |x| > 0.5, else 0.
FailureOr<Value> hardShrink(KerasLayer &layer, Value x) {
  Arithmetic a(layer, x);
  return a.mul(x, a.isPositive(a.sub(a.apply<nn::AbsOp>(x), a.number(0.5))));
}

/// (x + sqrt(x^2 + 4)) / 2.
FailureOr<Value> squarePlus(KerasLayer &layer, Value x) {
  Arithmetic a(layer, x);
  FailureOr<Value> root = a.apply<nn::SqrtOp>(a.add(a.mul(x, x), a.number(4)));
  return a.mul(a.add(x, root), a.number(0.5));
}

FailureOr<Value> sparseSigmoid(KerasLayer &layer, Value x) {
  return layer.create<nn::HardSigmoidOp>(x, APFloat(0.5), APFloat(0.5));
}

/// 0 below -1, (x + 1)^2 / 4 up to 1, then x.
FailureOr<Value> sparsePlus(KerasLayer &layer, Value x) {
  Arithmetic a(layer, x);
  FailureOr<Value> middle =
      a.add(layer.create<nn::ClipOp>(x, APFloat(-1.0), APFloat(1.0)), a.number(1));
  FailureOr<Value> beyond = a.apply<nn::ReluOp>(a.sub(x, a.number(1)));
  return a.add(a.mul(a.mul(middle, middle), a.number(0.25)), beyond);
}

Function findFunction(llvm::StringRef name) {
  static const llvm::StringMap<Function> functions = {
      {"linear", linear},
      {"relu", unary<nn::ReluOp>},
      {"relu6", relu6},
      {"leaky_relu", leakyRelu},
      {"elu", elu},
      {"celu", elu},
      {"selu", selu},
      {"softplus", softplus},
      {"softsign", softsign},
      {"soft_sign", softsign},
      {"sigmoid", unary<nn::SigmoidOp>},
      {"tanh", unary<nn::TanhOp>},
      {"hard_sigmoid", hardSigmoid},
      {"exponential", unary<nn::ExpOp>},
      {"exp", unary<nn::ExpOp>},
      {"swish", unary<nn::SwishOp>},
      {"silu", unary<nn::SwishOp>},
      {"hard_silu", unary<nn::HardSwishOp>},
      {"hard_swish", unary<nn::HardSwishOp>},
      {"mish", mish},
      {"gelu", gelu},
      {"log_sigmoid", logSigmoid},
      {"hard_tanh", hardTanh},
      {"tanh_shrink", tanhShrink},
      {"soft_shrink", softShrink},
      {"hard_shrink", hardShrink},
      {"squareplus", squarePlus},
      {"sparse_plus", sparsePlus},
      {"sparse_sigmoid", sparseSigmoid},
  };
  return functions.lookup(name);
}

} // namespace

FailureOr<Value> relu(KerasLayer &layer, Value x, const ReluForm &form) {
  bool isSimple = form.threshold == 0 && !form.maximum;
  if (isSimple && form.slope != 0)
    return layer.create<nn::LeakyReluOp>(x, APFloat(form.slope));
  if (isSimple)
    return layer.create<nn::ReluOp>(x);
  Arithmetic a(layer, x);
  FailureOr<Value> result = x;
  double largest = form.maximum.value_or(std::numeric_limits<double>::infinity());
  if (form.threshold != 0)
    result = a.mul(x, a.isPositive(a.sub(x, a.number(form.threshold))));
  if (form.threshold == 0 || form.maximum)
    result = layer.create<nn::ClipOp>(result, APFloat(0.0), APFloat(largest));
  if (form.slope == 0)
    return result;
  FailureOr<Value> below = a.apply<nn::ReluOp>(a.sub(a.number(form.threshold), x));
  return a.sub(result, a.mul(below, a.number(form.slope)));
}

FailureOr<KerasTensor> softmax(KerasLayer &layer, const KerasTensor &input,
                               llvm::ArrayRef<int64_t> axes) {
  FailureOr<KerasTensor> x = layer.settled(input);
  if (failed(x))
    return failure();
  Integers places;
  for (int64_t axis : axes) {
    FailureOr<int64_t> positive = layer.checkedAxis(axis, x->rank());
    if (failed(positive))
      return failure();
    places.push_back(x->placeOf(*positive));
  }
  llvm::sort(places);
  FailureOr<Value> result;
  if (places.size() == 1) {
    result = layer.create<nn::SoftmaxOp>(x->value, places.front());
  } else {
    FailureOr<Value> largest = layer.create<nn::ReduceMaxOp>(x->value, places, /*keepdims=*/true);
    FailureOr<Value> power = layer.create<nn::ExpOp>(layer.create<nn::SubOp>(x->value, largest));
    result = layer.create<nn::DivOp>(
        power, layer.create<nn::ReduceSumOp>(power, places, /*keepdims=*/true));
  }
  if (failed(result))
    return failure();
  return KerasTensor{*result, x->order, x->shape};
}

/// The first half of the channels, each times the sigmoid of one of the second half.
static FailureOr<KerasTensor> gatedLinear(KerasLayer &layer, const KerasTensor &input) {
  FailureOr<KerasTensor> x = layer.settled(input);
  if (failed(x))
    return failure();
  int64_t place = x->placeOf(x->rank() - 1);
  Integers starts(x->rank(), 0), steps(x->rank(), 1), sizes(x->type().getShape());
  if (sizes[place] % 2 != 0)
    return layer.error() << "its activation 'glu' needs an even number of channels, not "
                         << sizes[place];
  sizes[place] /= 2;
  FailureOr<Value> first = layer.create<nn::SliceOp>(x->value, starts, sizes, steps);
  starts[place] = sizes[place];
  FailureOr<Value> second = layer.create<nn::SliceOp>(x->value, starts, sizes, steps);
  FailureOr<Value> result = layer.create<nn::MulOp>(first, layer.create<nn::SigmoidOp>(second));
  if (failed(result))
    return failure();
  KerasTensor half{*result, x->order, x->shape};
  half.shape.back() /= 2;
  return half;
}

/// max(x - t, 0), t being (s - 1) / k. k counts the largest channels that are above the mean of
/// themselves and those before less 1/k; s is the sum of their running sums, as Keras has it, not
/// their own sum (Martins and Astudillo 2016).
static FailureOr<KerasTensor> sparsemax(KerasLayer &layer, const KerasTensor &input) {
  FailureOr<KerasTensor> x = layer.settled(input);
  if (failed(x))
    return failure();
  int64_t place = x->placeOf(x->rank() - 1);
  auto type = x->type();
  auto order = RankedTensorType::get(type.getShape(), layer.getBuilder().getI64Type());
  auto sorted = nn::createCheckedAs<nn::TopKOp>(layer.getBuilder(), layer.getLoc(),
                                                TypeRange{type, order}, x->value, place,
                                                /*largest=*/true);
  if (failed(sorted))
    return failure();
  Arithmetic a(layer, x->value);
  FailureOr<Value> sums = layer.runningSum(sorted->getValues(), place);
  FailureOr<Value> counts =
      layer.converted(layer.ramp(x->rank(), place, type.getDimSize(place), order.getElementType(),
                                 /*begin=*/1),
                      type.getElementType());
  FailureOr<Value> mean = a.div(a.sub(sums, a.number(1)), counts);
  FailureOr<Value> isLarge =
      layer.converted(layer.create<nn::CompareOp>(mean, sorted->getValues(), nn::Predicate::Less),
                      type.getElementType());
  auto sum = [&](FailureOr<Value> value) {
    return layer.create<nn::ReduceSumOp>(value, Integers{place}, /*keepdims=*/true);
  };
  FailureOr<Value> least = a.div(a.sub(sum(a.mul(sums, isLarge)), a.number(1)), sum(isLarge));
  FailureOr<Value> result = a.apply<nn::ReluOp>(a.sub(x->value, least));
  if (failed(result))
    return failure();
  return KerasTensor{*result, x->order, x->shape};
}

std::optional<FailureOr<KerasTensor>> applyNamedActivation(KerasLayer &layer, llvm::StringRef name,
                                                           const KerasTensor &input) {
  if (name == "softmax")
    return softmax(layer, input, {-1});
  if (name == "log_softmax") {
    FailureOr<KerasTensor> x = layer.settled(input);
    if (failed(x))
      return FailureOr<KerasTensor>(failure());
    FailureOr<Value> result = layer.create<nn::LogSoftmaxOp>(x->value, x->placeOf(x->rank() - 1));
    if (failed(result))
      return FailureOr<KerasTensor>(failure());
    return FailureOr<KerasTensor>(KerasTensor{*result, x->order, x->shape});
  }
  if (name == "glu")
    return gatedLinear(layer, input);
  if (name == "sparsemax")
    return sparsemax(layer, input);
  Function function = findFunction(name);
  if (!function)
    return std::nullopt;
  FailureOr<Value> result = function(layer, input.value);
  if (failed(result))
    return FailureOr<KerasTensor>(failure());
  return FailureOr<KerasTensor>(KerasTensor{*result, input.order, input.shape});
}

/// The name of a function in an object, or of a layer.
static std::optional<std::string> nameOf(const llvm::json::Object &object) {
  if (auto config = object.getString("config"))
    return config->str();
  return std::nullopt;
}

FailureOr<KerasTensor> applyActivation(KerasLayer &layer, const llvm::json::Value &activation,
                                       const KerasTensor &input) {
  std::optional<std::string> name;
  if (auto text = activation.getAsString())
    name = text->str();
  const llvm::json::Object *object = activation.getAsObject();
  auto className = object ? object->getString("class_name") : std::nullopt;
  if (className && object->getObject("config")) {
    LayerConfig inner;
    inner.className = className->str();
    inner.name = layer.config().name;
    inner.path = layer.config().path;
    inner.config = *object->getObject("config");
    return layer.getHost().translateInner(inner, input);
  }
  if (object)
    name = nameOf(*object);
  if (name)
    if (std::optional<FailureOr<KerasTensor>> result = applyNamedActivation(layer, *name, input))
      return *result;
  return layer.error() << "its activation " << (name ? quoted(*name) : shown(activation))
                       << " is not known; use one of Keras' own activations";
}

} // namespace kiln::keras_frontend
