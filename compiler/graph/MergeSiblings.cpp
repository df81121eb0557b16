// Inception modules begin with several 1x1 convolutions of one map. Merged, the map is read once
// and the filters fill whole registers; the price is that their readers take slices of one tensor.
//
//   conv(x, a : 64x192x1x1), conv(x, b : 96x192x1x1)  ->  split(conv(x, concat(a, b) :
//   160x192x1x1))
#include "compiler/graph/BottleneckPatterns.h"

#include "compiler/graph/WeightBuilder.h"

#include "llvm/ADT/MapVector.h"

using namespace mlir;

namespace kiln {
namespace {

bool isMergeable(nn::ConvOp conv) {
  return isPointwiseConv(conv) && !conv.getResidual() && isWeight(conv.getFilter()) &&
         (!conv.getBias() || isWeight(conv.getBias()));
}

/// Moves a weight, with all that it follows from, before `op` where it stands behind it.
void hoistWeight(Value weight, Operation *op) {
  Operation *maker = weight.getDefiningOp();
  if (maker->getBlock() != op->getBlock() || maker->isBeforeInBlock(op))
    return;
  for (Value operand : maker->getOperands())
    hoistWeight(operand, op);
  maker->moveBefore(op);
}

void merge(ArrayRef<nn::ConvOp> convs) {
  nn::ConvOp first = convs.front();
  OpBuilder builder(first);
  Location loc = derivedLocation(first.getLoc(), "siblings");
  WeightBuilder weights(builder, derivedLocation(loc, "weights"));
  bool anyBias = llvm::any_of(convs, [](nn::ConvOp conv) { return bool(conv.getBias()); });
  SmallVector<Value> filters, biases;
  SmallVector<Type> types;
  for (nn::ConvOp conv : convs) {
    auto filter = tensorTypeOf(conv.getFilter());
    hoistWeight(conv.getFilter(), first);
    if (conv.getBias())
      hoistWeight(conv.getBias(), first);
    filters.push_back(conv.getFilter());
    biases.push_back(conv.getBias() || !anyBias
                         ? conv.getBias()
                         : weights.splat(0.0, filter.getElementType(), filter.getDimSize(0)));
    types.push_back(conv.getType());
  }
  Value filter = weights.concat(filters, 0);
  Value bias = anyBias ? weights.concat(biases, 0) : Value();
  Value merged = nn::ConvOp::create(builder, loc, first.getInput(), filter, bias,
                                    /*residual=*/Value(), first.getStrides(), first.getPads(),
                                    first.getDilations(), /*groups=*/1, first.getActivationAttr());
  auto split = nn::SplitOp::create(builder, loc, types, merged, /*axis=*/1);
  int64_t saved = int64_t(convs.size()) - 1;
  remarkPassed(first, kFoldBottleneck, "PointwiseSiblings",
               {.ops = saved, .bytes = saved * tensorBytes(first.getInput())});
  for (auto [conv, part] : llvm::zip_equal(convs, split.getOutputs())) {
    nn::ConvOp op = conv;
    op.getResult().replaceAllUsesWith(part);
    op.erase();
  }
}

} // namespace

void mergeSiblingConvs(func::FuncOp func) {
  using Key = std::tuple<Value, Attribute, Attribute>;
  llvm::MapVector<Key, SmallVector<nn::ConvOp>> groups;
  func.walk([&](nn::ConvOp conv) {
    if (isMergeable(conv))
      groups[{conv.getInput(), conv.getStridesAttr(), conv.getActivationAttr()}].push_back(conv);
  });
  for (auto &[key, convs] : groups)
    if (convs.size() > 1)
      merge(convs);
}

} // namespace kiln
