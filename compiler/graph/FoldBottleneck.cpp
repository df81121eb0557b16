// Composes two linear convolutions, one of them 1x1, where the product has fewer multiply-adds, and
// merges 1x1 convolutions that read one map. The filters are multiplied by nn ops on weights, once,
// by the weights program.
//
//   conv(conv(x, a : 256x64x1x1), b : 16x256x3x3)  ->  conv(x, b * a : 16x64x3x3)
//
// Exact at the borders: a pad of the second convolution pads with zeros what the first one has
// added its bias to, so a bias before a padded convolution keeps the two apart.
#include "compiler/graph/BottleneckPatterns.h"
#include "compiler/graph/Passes.h"
#include "compiler/graph/WeightBuilder.h"

namespace kiln {
#define GEN_PASS_DEF_FOLDBOTTLENECK
#include "compiler/graph/Passes.h.inc"
} // namespace kiln

using namespace mlir;

namespace kiln {

static bool allAre(ArrayRef<int64_t> values, int64_t number) {
  return llvm::all_of(values, [&](int64_t value) { return value == number; });
}

static ArrayRef<int64_t> kernelOf(nn::ConvOp conv) {
  return tensorTypeOf(conv.getFilter()).getShape().drop_front(2);
}

bool isPointwiseConv(nn::ConvOp conv) {
  return allAre(kernelOf(conv), 1) && allAre(conv.getPads(), 0) && conv.getGroups() == 1;
}

namespace {

/// Two convolutions as one: how its windows lie, and what it costs.
struct Pair {
  nn::ConvOp first, second;
  bool firstIsPointwise = false;
  SmallVector<int64_t> strides, pads, dilations;
  int64_t multiplyAdds = 0;
};

/// The windows of a kernel on what a 1x1 convolution with strides has made, as windows on that
/// one's input. Nothing where no pads give the same number of windows.
bool composeWindows(Pair &pair) {
  nn::ConvOp first = pair.first, second = pair.second;
  auto input = tensorTypeOf(first.getInput()).getShape().drop_front(2);
  auto output = tensorTypeOf(second.getResult()).getShape().drop_front(2);
  size_t spatial = input.size();
  pair.pads.resize(2 * spatial);
  for (size_t dim = 0; dim < spatial; ++dim) {
    int64_t step = first.getStrides()[dim];
    int64_t stride = step * second.getStrides()[dim], dilation = step * second.getDilations()[dim];
    int64_t window = dilation * (kernelOf(second)[dim] - 1) + 1,
            begin = step * second.getPads()[dim];
    int64_t needed = (output[dim] - 1) * stride + window - input[dim] - begin;
    int64_t end = std::max<int64_t>(needed, 0);
    if ((input[dim] + begin + end - window) / stride + 1 != output[dim])
      return false;
    pair.strides.push_back(stride);
    pair.dilations.push_back(dilation);
    pair.pads[dim] = begin;
    pair.pads[spatial + dim] = end;
  }
  return true;
}

/// The pair that ends with `second`, without asking whether it may be composed.
std::optional<Pair> pairBefore(nn::ConvOp second) {
  auto first = second.getInput().getDefiningOp<nn::ConvOp>();
  if (!first || !first->hasOneUse() || first.getActivation() || first.getResidual() ||
      first.getGroups() != 1 || second.getGroups() != 1)
    return std::nullopt;
  Pair pair;
  pair.first = first;
  pair.second = second;
  pair.firstIsPointwise = isPointwiseConv(first);
  if (!pair.firstIsPointwise && !isPointwiseConv(second))
    return std::nullopt;
  if (pair.firstIsPointwise) {
    if (!composeWindows(pair))
      return std::nullopt;
  } else {
    pair.pads.assign(first.getPads().begin(), first.getPads().end());
    pair.dilations.assign(first.getDilations().begin(), first.getDilations().end());
    for (auto [one, other] : llvm::zip_equal(first.getStrides(), second.getStrides()))
      pair.strides.push_back(one * other);
  }
  int64_t inputs = tensorTypeOf(first.getFilter()).getDimSize(1);
  pair.multiplyAdds = tensorTypeOf(second.getResult()).getNumElements() * inputs;
  for (int64_t size : kernelOf(pair.firstIsPointwise ? second : first))
    pair.multiplyAdds *= size;
  return pair;
}

/// The bias of the first convolution, null where it is absent or zero.
Value biasBetween(const Pair &pair) {
  Value bias = nn::ConvOp(pair.first).getBias();
  return bias && uniformConstant(bias) != 0.0 ? bias : Value();
}

int64_t savedBy(const Pair &pair) {
  return multiplyAdds(pair.first) + multiplyAdds(pair.second) - pair.multiplyAdds;
}

/// What keeps a pair that would save multiply-adds from being composed; empty where nothing does.
StringRef obstacle(const Pair &pair) {
  nn::ConvOp first = pair.first, second = pair.second;
  Value bias = biasBetween(pair);
  if (bias && pair.firstIsPointwise && !allAre(second.getPads(), 0))
    return "the bias between them is not there in the second convolution's padding";
  bool constant =
      isWeight(first.getFilter()) && isWeight(second.getFilter()) && (!bias || isWeight(bias));
  return constant ? "" : "weights that are known at run time only";
}

/// The filter K x C x kernel of the pair.
Value composeFilters(WeightBuilder &weights, const Pair &pair) {
  nn::ConvOp first = pair.first, second = pair.second;
  auto a = tensorTypeOf(first.getFilter()), b = tensorTypeOf(second.getFilter());
  int64_t rank = a.getRank(), inputs = a.getDimSize(1), middle = a.getDimSize(0),
          filters = b.getDimSize(0);
  if (!pair.firstIsPointwise) {
    Value left = weights.reshape(second.getFilter(), {filters, middle});
    Value right = weights.reshape(first.getFilter(), {middle, a.getNumElements() / middle});
    SmallVector<int64_t> shape(a.getShape());
    shape[0] = filters;
    return weights.reshape(weights.matmul(left, right), shape);
  }
  // K x M x kernel becomes (K * kernel) x M, so that the product is (K * kernel) x C.
  SmallVector<int64_t> channelsLast{0}, channelsSecond{0, rank - 1}, shape{filters};
  for (int64_t dim = 2; dim < rank; ++dim) {
    channelsLast.push_back(dim);
    channelsSecond.push_back(dim - 1);
    shape.push_back(b.getDimSize(dim));
  }
  channelsLast.push_back(1);
  shape.push_back(inputs);
  Value left = weights.reshape(weights.transpose(second.getFilter(), channelsLast),
                               {b.getNumElements() / middle, middle});
  Value right = weights.reshape(first.getFilter(), {middle, inputs});
  return weights.transpose(weights.reshape(weights.matmul(left, right), shape), channelsSecond);
}

/// The bias of the pair: the second's, and the first's through the second's filter. Null where
/// there is none.
Value composeBiases(WeightBuilder &weights, const Pair &pair) {
  nn::ConvOp second = pair.second;
  Value between = biasBetween(pair);
  if (!between)
    return second.getBias();
  auto b = tensorTypeOf(second.getFilter());
  Value matrix = second.getFilter();
  if (pair.firstIsPointwise)
    matrix = weights.sum(matrix, llvm::to_vector(llvm::seq<int64_t>(2, b.getRank())));
  Value through =
      weights.matmul(weights.reshape(matrix, {b.getDimSize(0), b.getDimSize(1)}), between);
  return second.getBias() ? weights.add(second.getBias(), through) : through;
}

/// A 1x1 convolution before or after another, with nothing but a bias between them.
struct PointwisePair : OpRewritePattern<nn::ConvOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(nn::ConvOp second, PatternRewriter &rewriter) const override {
    auto pair = pairBefore(second);
    if (!pair)
      return rewriter.notifyMatchFailure(second,
                                         "no linear convolution before it, one of the two 1x1");
    if (savedBy(*pair) <= 0)
      return rewriter.notifyMatchFailure(second, "composed they have more multiply-adds");
    if (StringRef reason = obstacle(*pair); !reason.empty())
      return rewriter.notifyMatchFailure(second, reason);
    WeightBuilder weights(rewriter, derivedLocation(second.getLoc(), "weights"));
    Value filter = composeFilters(weights, *pair), bias = composeBiases(weights, *pair);
    remarkPassed(
        second, kFoldBottleneck, "PointwisePair",
        {.ops = 1, .bytes = tensorBytes(pair->first.getResult()), .multiplyAdds = savedBy(*pair)});
    auto composed = nn::ConvOp::create(
        rewriter, fusedLocation(pair->first.getLoc(), second.getLoc()), pair->first.getInput(),
        filter, bias, second.getResidual(), pair->strides, pair->pads, pair->dilations,
        /*groups=*/1, second.getActivationAttr());
    rewriter.replaceOp(second, composed);
    return success();
  }
};

void reportMisses(func::FuncOp func) {
  func.walk([](nn::ConvOp second) {
    auto pair = pairBefore(second);
    if (pair && savedBy(*pair) > 0)
      remarkMissed(second, kFoldBottleneck, "PointwisePair", obstacle(*pair));
  });
}

struct FoldBottleneck : impl::FoldBottleneckBase<FoldBottleneck> {
  using Base::Base;

  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<PointwisePair>(&getContext());
    populateLinearPatterns(patterns);
    if (failed(rewriteToFixpoint(getOperation(), std::move(patterns))))
      return signalPassFailure();
    reportMisses(getOperation());
    if (mergeSiblings)
      mergeSiblingConvs(getOperation());
  }
};

} // namespace
} // namespace kiln
