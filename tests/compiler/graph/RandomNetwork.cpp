// Random networks for the graph passes.
#include "RandomNetwork.h"

#include "dialects/nn/NnElements.h"

#include "llvm/ADT/STLExtras.h"

#include <gtest/gtest.h>

using namespace mlir;

namespace kiln::test {

NetworkBuilder::NetworkBuilder(MLIRContext &context, uint32_t seed, ArrayRef<int64_t> inputShape,
                               Type elementType)
    : builder(&context), loc(builder.getUnknownLoc()), module(ModuleOp::create(loc)),
      elementType(elementType ? elementType : builder.getF32Type()), random(seed) {
  auto type = RankedTensorType::get(inputShape, this->elementType);
  builder.setInsertionPointToEnd(module->getBody());
  function = func::FuncOp::create(builder, loc, "main", builder.getFunctionType(type, {}));
  function.setArgAttr(0, "nn.name", builder.getStringAttr("x"));
  builder.setInsertionPointToEnd(function.addEntryBlock());
}

Value NetworkBuilder::constant(ArrayRef<int64_t> shape, double low, double high) {
  auto type = RankedTensorType::get(shape, elementType);
  std::vector<double> values(type.getNumElements());
  std::uniform_real_distribution<double> distribution(low, high);
  for (double &value : values)
    value = distribution(random);
  return nn::ConstantOp::create(builder, loc, type, nn::makeElements(type, values));
}

Value NetworkBuilder::fill(ArrayRef<int64_t> shape, double number) {
  return constant(shape, number, number);
}

Value NetworkBuilder::conv(Value map, const ConvShape &shape) {
  auto type = typeOf(map);
  int64_t spatial = type.getRank() - 2, inputs = type.getDimSize(1) / shape.groups;
  SmallVector<int64_t> filter{shape.filters, inputs}, pads(spatial, shape.padBegin);
  filter.append(spatial, shape.kernel);
  pads.append(spatial, shape.padEnd);
  double bound = 2.0 / std::sqrt(double(inputs * std::pow(shape.kernel, spatial)));
  Value weights = constant(filter, -bound, bound);
  Value bias = shape.bias ? constant(shape.filters, -0.5, 0.5) : Value();
  return nn::ConvOp::create(
      builder, loc, map, weights, bias, Value(), SmallVector<int64_t>(spatial, shape.stride), pads,
      SmallVector<int64_t>(spatial, shape.dilation), shape.groups, nn::ActivationAttr());
}

Value NetworkBuilder::batchNorm(Value map) {
  int64_t channels = typeOf(map).getDimSize(1);
  Value scale = constant(channels, 0.5, 1.5), offset = constant(channels, -0.5, 0.5);
  Value mean = constant(channels, -0.5, 0.5), variance = constant(channels, 0.5, 1.5);
  return nn::BatchNormOp::create(builder, loc, map, scale, offset, mean, variance, APFloat(1e-3));
}

Value NetworkBuilder::maxPool(Value map, int64_t kernel, int64_t stride, int64_t pad) {
  int64_t spatial = typeOf(map).getRank() - 2;
  SmallVector<int64_t> ones(spatial, 1), kernels(spatial, kernel), strides(spatial, stride),
      pads(2 * spatial, pad);
  return nn::MaxPoolOp::create(builder, loc, map, kernels, strides, pads, ones);
}

Value NetworkBuilder::dense(Value rows, int64_t columns) {
  int64_t inner = typeOf(rows).getDimSize(1);
  double bound = 2.0 / std::sqrt(double(inner));
  if (flip()) {
    Value product =
        nn::MatmulOp::create(builder, loc, rows, constant({inner, columns}, -bound, bound));
    return flip()
               ? nn::AddOp::create(builder, loc, product, constant(columns, -0.5, 0.5)).getResult()
               : product;
  }
  bool transposed = flip();
  Value matrix =
      constant(transposed ? ArrayRef<int64_t>{columns, inner} : ArrayRef<int64_t>{inner, columns},
               -bound, bound);
  Value addend = flip() ? constant({1, columns}, -0.5, 0.5) : Value();
  return nn::GemmOp::create(builder, loc, rows, matrix, addend, false, transposed,
                            APFloat(flip() ? 1.0 : 0.75), APFloat(flip() ? 1.0 : 1.25),
                            nn::ActivationAttr());
}

Value NetworkBuilder::reshape(Value value, ArrayRef<int64_t> shape) {
  return nn::ReshapeOp::create(builder, loc, typeOf(value).clone(shape), value);
}

OwningOpRef<ModuleOp> NetworkBuilder::finish(ArrayRef<Value> results) {
  func::ReturnOp::create(builder, loc, results);
  function.setType(
      builder.getFunctionType(function.getArgumentTypes(), ValueRange(results).getTypes()));
  EXPECT_TRUE(succeeded(module->verify()));
  return std::move(module);
}

namespace {

/// Grows a network op by op; each step reads the newest map, some an older one too.
struct Grower {
  NetworkBuilder net;
  std::vector<Value> maps;

  Grower(MLIRContext &context, uint32_t seed)
      : net(context, seed, {1 + int64_t(seed % 5 == 0), 4 + int64_t(seed % 3) * 4, 9, 8}),
        maps{net.input()} {}

  Value last() { return maps.back(); }
  RankedTensorType type() { return typeOf(last()); }
  int64_t channels() { return type().getDimSize(1); }
  int64_t smallest() { return std::min(type().getDimSize(2), type().getDimSize(3)); }

  template <typename OpTy, typename... Args> Value make(Args &&...args) {
    return OpTy::create(net.builder, net.loc, std::forward<Args>(args)...);
  }

  Value conv() {
    NetworkBuilder::ConvShape shape;
    shape.kernel = std::min(net.pick(0, 1) ? net.pick(1, 3) : 1, smallest());
    shape.dilation = shape.kernel > 1 && shape.kernel * 2 <= smallest() ? net.pick(1, 2) : 1;
    shape.filters = net.pick(0, 2) ? net.pick(1, 5) * 4 : 32;
    shape.groups = net.pick(0, 3) ? 1 : (channels() % 4 == 0 ? 4 : 1);
    shape.stride = smallest() > 5 ? net.pick(1, 2) : 1;
    shape.padBegin = shape.kernel > 1 && net.flip() ? net.pick(0, 2) : 0;
    shape.padEnd = shape.kernel > 1 && net.flip() ? net.pick(0, 2) : 0;
    shape.bias = net.flip();
    return net.conv(last(), shape);
  }

  Value perChannel(double low, double high) {
    switch (net.pick(0, 3)) {
    case 0:
      return net.constant({channels(), 1, 1}, low, high);
    case 1:
      return net.constant({1, 1, 1, 1}, low, high);
    case 2:
      return net.constant({}, low, high);
    default:
      return net.constant({1, channels(), 1, 1}, low, high);
    }
  }

  Value arithmetic() {
    switch (net.pick(0, 5)) {
    case 0:
      return make<nn::MulOp>(perChannel(0.5, 1.5), last());
    case 1:
      return make<nn::DivOp>(last(), perChannel(0.5, 1.5));
    case 2:
      return make<nn::AddOp>(last(), perChannel(-0.5, 0.5));
    case 3:
      return make<nn::SubOp>(last(), perChannel(-0.5, 0.5));
    case 4:
      return make<nn::MulOp>(last(), net.fill({}, 1));
    default:
      return make<nn::AddOp>(net.fill({1}, 0), last());
    }
  }

  Value activation() {
    switch (net.pick(0, 13)) {
    case 0:
      return make<nn::LeakyReluOp>(last(), APFloat(0.1));
    case 1:
      return make<nn::ClipOp>(last(), APFloat(net.flip() ? 0.0 : -0.5), APFloat(0.75));
    case 2:
      return make<nn::SigmoidOp>(last());
    case 3:
      return make<nn::TanhOp>(last());
    case 4:
      return make<nn::EluOp>(last(), APFloat(0.9));
    case 5:
      return make<nn::HardSigmoidOp>(last());
    case 6:
      return make<nn::HardSwishOp>(last());
    case 7: {
      Value gate =
          make<nn::ClipOp>(make<nn::AddOp>(last(), net.fill({}, 3)), APFloat(0.0), APFloat(6.0));
      return make<nn::DivOp>(make<nn::MulOp>(last(), gate), net.fill({}, 6));
    }
    case 8:
      return make<nn::MaxOp>(make<nn::MinOp>(last(), net.fill({}, 0.5)), net.fill({1}, 0));
    case 9:
      return make<nn::PreluOp>(last(), net.fill({channels(), 1, 1}, 0.25));
    case 10:
      return make<nn::MaxOp>(make<nn::MulOp>(last(), net.fill({}, 0.125)), last());
    case 11:
      return make<nn::MulOp>(make<nn::SigmoidOp>(last()), last());
    default:
      return make<nn::ReluOp>(last());
    }
  }

  /// An addition of an older map of the same shape, or of another convolution of the same map.
  Value addition() {
    for (Value other : llvm::reverse(llvm::drop_end(maps)))
      if (other.getType() == type() && net.flip())
        return net.flip() ? make<nn::AddOp>(other, last()) : make<nn::AddOp>(last(), other);
    NetworkBuilder::ConvShape shape;
    shape.filters = channels();
    shape.bias = net.flip();
    Value one = net.conv(last(), shape), two = net.conv(last(), shape);
    return make<nn::AddOp>(net.flip() ? one : activationOf(one), two);
  }
  Value activationOf(Value value) { return make<nn::ReluOp>(value); }

  Value window() {
    int64_t kernel = std::min<int64_t>(net.pick(2, 3), smallest());
    bool padded = net.flip() && kernel > 1;
    Value map = last();
    if (padded) {
      double number = net.flip() ? 0.0 : -std::numeric_limits<double>::infinity();
      SmallVector<int64_t> pads{0, 0, 1, 1, 0, 0, 0, 1};
      bool maximum = net.flip();
      map = make<nn::PadOp>(map, pads, nn::PadMode::Constant, APFloat(maximum ? number : 0.0));
      if (maximum)
        return net.maxPool(map, kernel, 1, 0);
    }
    SmallVector<int64_t> kernels(2, kernel), ones(2, 1), pads(4, kernel > 1 && net.flip());
    if (net.flip() && !padded)
      return net.maxPool(map, kernel, 1, pads[0]);
    return make<nn::AveragePoolOp>(map, kernels, ones, pads, ones, false, net.flip());
  }

  /// Zeros before a convolution.
  Value paddedConv() {
    maps.push_back(make<nn::PadOp>(last(), SmallVector<int64_t>{0, 0, 1, 0, 0, 0, 2, 1},
                                   nn::PadMode::Constant, APFloat(0.0)));
    return conv();
  }

  Value movement() {
    SmallVector<int64_t> last3{0, 2, 3, 1}, back{0, 3, 1, 2};
    switch (net.pick(0, 4)) {
    case 0: {
      Value turned = make<nn::TransposeOp>(last(), last3);
      turned = make<nn::AddOp>(turned, net.constant(channels(), -0.5, 0.5));
      return make<nn::TransposeOp>(make<nn::ReluOp>(turned), back);
    }
    case 1:
      return make<nn::DropoutOp>(make<nn::IdentityOp>(last()));
    case 2:
      return make<nn::ConcatOp>(
          ValueRange{last(), make<nn::ConcatOp>(ValueRange{last(), last()}, 1)}, 1);
    case 3: {
      auto half = type().clone(
          {type().getDimSize(0), channels() / 2, type().getDimSize(2), type().getDimSize(3)});
      auto split = nn::SplitOp::create(net.builder, net.loc, TypeRange{half, half}, last(), 1);
      return net.flip() ? make<nn::ConcatOp>(ValueRange(split.getOutputs()), 1)
                        : make<nn::MulOp>(split.getOutputs()[0], split.getOutputs()[1]);
    }
    default:
      return make<nn::SliceOp>(last(), SmallVector<int64_t>(4, 0), type().getShape(),
                               SmallVector<int64_t>(4, 1));
    }
  }

  /// A linear convolution, then a pool of it, sometimes with its activation behind the pool.
  Value pooledConv() {
    NetworkBuilder::ConvShape shape;
    shape.filters = 8;
    shape.bias = net.flip();
    Value map = net.conv(last(), shape);
    int64_t kernel = std::min<int64_t>(2, smallest());
    if (net.flip())
      return activationOf(net.maxPool(map, kernel, 2, kernel > 1 ? net.pick(0, 1) : 0));
    SmallVector<int64_t> kernels(2, kernel), ones(2, 1), pads(4, kernel > 1 && net.flip());
    return make<nn::AveragePoolOp>(map, kernels, kernels, pads, ones, false, net.flip());
  }

  /// Two linear convolutions, one of them 1x1, with a wide tensor between them.
  Value bottleneck() {
    NetworkBuilder::ConvShape wide, narrow;
    wide.filters = 32;
    narrow.filters = 4;
    NetworkBuilder::ConvShape &kernel = net.flip() ? wide : narrow;
    kernel.kernel = std::min<int64_t>(3, smallest());
    kernel.padBegin = net.pick(0, 1);
    kernel.padEnd = net.pick(0, 2);
    kernel.stride = net.pick(1, 2);
    wide.bias = net.flip();
    narrow.bias = net.flip();
    return net.conv(net.conv(last(), wide), narrow);
  }

  /// Convolutions side by side, sometimes with the map that they read, and what follows all of
  /// them.
  Value branches() {
    SmallVector<Value> parts;
    for (int64_t count = net.pick(1, 3); count > 0; --count) {
      NetworkBuilder::ConvShape shape;
      shape.filters = 4 * net.pick(1, 4);
      shape.kernel = parts.empty() ? 3 : 1;
      shape.padBegin = shape.padEnd = parts.empty() ? 1 : 0;
      shape.bias = net.flip();
      parts.push_back(net.conv(last(), shape));
    }
    if (net.flip())
      parts.push_back(net.flip() ? last() : activation());
    maps.push_back(make<nn::ConcatOp>(parts, 1));
    maps.push_back(net.flip() ? net.batchNorm(last()) : arithmetic());
    return activation();
  }

  void step() {
    bool canSplit = channels() % 2 == 0;
    switch (net.pick(0, 11)) {
    case 0:
    case 1:
      return maps.push_back(conv());
    case 2:
      return maps.push_back(net.batchNorm(last()));
    case 3:
      return maps.push_back(activation());
    case 4:
      return maps.push_back(arithmetic());
    case 5:
      return maps.push_back(addition());
    case 6:
      return maps.push_back(smallest() > 2 ? window() : activation());
    case 7:
      return maps.push_back(smallest() > 3 ? paddedConv() : activation());
    case 8:
      return maps.push_back(canSplit ? movement() : activation());
    case 9:
      return maps.push_back(smallest() > 1 ? pooledConv() : activation());
    case 10:
      return maps.push_back(branches());
    default:
      return maps.push_back(bottleneck());
    }
  }

  /// A head: flattened or pooled, dense layers, softmax.
  Value head() {
    int64_t images = type().getDimSize(0);
    Value rows;
    switch (net.pick(0, 3)) {
    case 0:
      rows = make<nn::ReduceMeanOp>(last(), SmallVector<int64_t>{2, 3}, false);
      break;
    case 1: {
      Value turned = make<nn::TransposeOp>(last(), SmallVector<int64_t>{0, 2, 3, 1});
      rows = net.reshape(turned, {images, type().getNumElements() / images});
      break;
    }
    default:
      rows = net.reshape(last(), {images, type().getNumElements() / images});
    }
    for (int layers = net.pick(1, 3); layers > 0; --layers) {
      rows = net.dense(rows, net.pick(5, 80));
      rows = net.flip() ? net.batchNorm(rows) : rows;
      rows = net.flip() ? make<nn::ReluOp>(rows) : rows;
    }
    return make<nn::SoftmaxOp>(net.dense(rows, 10), 1);
  }
};

} // namespace

OwningOpRef<ModuleOp> makeRandomNetwork(MLIRContext &context, uint32_t seed) {
  Grower grower(context, seed);
  for (int steps = grower.net.pick(6, 16); steps > 0; --steps)
    grower.step();
  Value middle = grower.maps[grower.maps.size() / 2], last = grower.last();
  return grower.net.finish({middle, last, grower.head()});
}

reference::Tensor randomTensor(MLIRContext &context, RankedTensorType type, uint32_t seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<double> distribution(-1, 1);
  std::vector<double> values(type.getNumElements());
  for (double &value : values)
    value = distribution(random);
  auto tensor = reference::Tensor::allocate(UnknownLoc::get(&context), type);
  tensor->store(0, ArrayRef<double>(values));
  return *tensor;
}

std::vector<reference::Tensor> evaluate(ModuleOp module, ArrayRef<reference::Tensor> inputs) {
  auto results = reference::evaluate(*module.getOps<func::FuncOp>().begin(), inputs);
  EXPECT_TRUE(succeeded(results));
  return failed(results) ? std::vector<reference::Tensor>()
                         : std::vector<reference::Tensor>(results->begin(), results->end());
}

} // namespace kiln::test
