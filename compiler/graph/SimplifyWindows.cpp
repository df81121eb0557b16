// Sliding windows: explicit pads become the op's own, and windows or reductions over a whole map
// become global pools, which have a kernel of their own.
//
//   max_pool(pad(x, -inf))           ->  max_pool(x) with pads
//   reduce_mean(x, axes = [2, 3])    ->  global_average_pool(x)
//   3x3 conv of a 1x1 map with pads  ->  1x1 conv, of the taps in the middle
#include "compiler/graph/SimplifyPatterns.h"

#include "llvm/ADT/APFloat.h"

using namespace mlir;

namespace kiln {
namespace {

/// The pads of the spatial dimensions (begins, then ends) of a constant pad that leaves N and C
/// alone; nothing for others.
std::optional<SmallVector<int64_t>> spatialPads(nn::PadOp pad) {
  int64_t rank = tensorTypeOf(pad.getInput()).getRank();
  ArrayRef<int64_t> pads = pad.getPads();
  if (pad.getMode() != nn::PadMode::Constant || rank < 3 || pads[0] || pads[1] || pads[rank] ||
      pads[rank + 1])
    return std::nullopt;
  SmallVector<int64_t> spatial(pads.slice(2, rank - 2));
  llvm::append_range(spatial, pads.slice(rank + 2, rank - 2));
  return spatial;
}

SmallVector<int64_t> sum(ArrayRef<int64_t> lhs, ArrayRef<int64_t> rhs) {
  return llvm::map_to_vector(llvm::zip_equal(lhs, rhs),
                             [](auto pair) { return std::get<0>(pair) + std::get<1>(pair); });
}

/// Zeros around the input of a convolution.
struct PadThenConv : OpRewritePattern<nn::ConvOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(nn::ConvOp conv, PatternRewriter &rewriter) const override {
    auto pad = conv.getInput().getDefiningOp<nn::PadOp>();
    auto pads = pad ? spatialPads(pad) : std::nullopt;
    if (!pads || !pad.getValue().isZero())
      return rewriter.notifyMatchFailure(conv, "no zeros around the map");
    remarkPassed(conv, kSimplify, "PadThenConv", {.ops = 1, .bytes = tensorBytes(pad)});
    rewriter.modifyOpInPlace(conv, [&] {
      conv.setPads(sum(conv.getPads(), *pads));
      conv.getInputMutable().assign(pad.getInput());
    });
    return success();
  }
};

/// The taps of one dimension that see the map in some window, and the pads that leave the windows
/// where they are.
struct SeenTaps {
  int64_t first, count, begin, end;
};

/// Nothing where all taps are seen, or none, or where a window more would fit without the others.
std::optional<SeenTaps> seenTaps(nn::ConvOp conv, int64_t dim) {
  auto filter = tensorTypeOf(conv.getFilter());
  int64_t size = tensorTypeOf(conv.getInput()).getDimSize(dim + 2),
          taps = filter.getDimSize(dim + 2);
  int64_t windows = tensorTypeOf(conv).getDimSize(dim + 2), dilation = conv.getDilations()[dim];
  int64_t begin = conv.getPads()[dim], stride = conv.getStrides()[dim],
          reach = (windows - 1) * stride;
  auto isSeen = [&](int64_t tap) {
    int64_t from = tap * dilation - begin;
    return from < size && from + reach >= 0;
  };
  auto all = llvm::seq<int64_t>(0, taps);
  int64_t first = *llvm::find_if(all, isSeen), count = llvm::count_if(all, isSeen);
  if (count == 0 || count == taps)
    return std::nullopt;
  int64_t end = reach + (count - 1) * dilation + 1 - size - (begin - first * dilation);
  if (end <= -stride)
    return std::nullopt;
  return SeenTaps{first, count, begin - first * dilation, std::max<int64_t>(end, 0)};
}

/// Taps that lie in the padding in every window, as those of small maps and wide dilations do.
struct TapsInPadding : OpRewritePattern<nn::ConvOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(nn::ConvOp conv, PatternRewriter &rewriter) const override {
    auto filter = tensorTypeOf(conv.getFilter());
    if (conv.getInput().getType().getNumElements() == 0 || conv.getType().getNumElements() == 0)
      return rewriter.notifyMatchFailure(conv, "nothing to compute");
    SmallVector<int64_t> starts(filter.getRank(), 0), sizes(filter.getShape());
    SmallVector<int64_t> steps(filter.getRank(), 1), pads(conv.getPads());
    int64_t spatial = filter.getRank() - 2;
    for (int64_t dim = 0; dim < spatial; ++dim)
      if (std::optional<SeenTaps> seen = seenTaps(conv, dim); seen && seen->begin >= 0) {
        starts[dim + 2] = seen->first;
        sizes[dim + 2] = seen->count;
        pads[dim] = seen->begin;
        pads[spatial + dim] = seen->end;
      }
    if (ArrayRef(sizes) == filter.getShape())
      return rewriter.notifyMatchFailure(conv, "every tap sees the map");
    int64_t before = multiplyAdds(conv);
    Value seen = nn::SliceOp::create(rewriter, derivedLocation(conv.getFilter().getLoc(), "seen"),
                                     conv.getFilter(), starts, sizes, steps);
    rewriter.modifyOpInPlace(conv, [&] {
      conv.getFilterMutable().assign(seen);
      conv.setPads(pads);
    });
    remarkPassed(conv, kSimplify, "TapsInPadding", {.multiplyAdds = before - multiplyAdds(conv)});
    return success();
  }
};

/// True where the pads of the op may grow by `more` [P3]: each stays below the dilated kernel.
template <typename OpTy> bool padsFit(OpTy pool, ArrayRef<int64_t> more) {
  size_t spatial = pool.getKernelShape().size();
  for (auto [index, pad] : llvm::enumerate(sum(pool.getPads(), more))) {
    int64_t dim = index % spatial;
    if (pad > pool.getDilations()[dim] * (pool.getKernelShape()[dim] - 1))
      return false;
  }
  return true;
}

template <typename OpTy>
OpTy withPads(PatternRewriter &rewriter, OpTy pool, nn::PadOp pad, ArrayRef<int64_t> pads,
              StringRef pattern) {
  remarkPassed(pool, kSimplify, pattern, {.ops = 1, .bytes = tensorBytes(pad)});
  rewriter.modifyOpInPlace(pool, [&] {
    pool.setPads(sum(pool.getPads(), pads));
    pool.getInputMutable().assign(pad.getInput());
  });
  return pool;
}

/// Minus infinity around the input of a maximum pool, or zeros where nothing inside is less.
struct PadThenMaxPool : OpRewritePattern<nn::MaxPoolOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(nn::MaxPoolOp pool, PatternRewriter &rewriter) const override {
    auto pad = pool.getInput().getDefiningOp<nn::PadOp>();
    auto pads = pad ? spatialPads(pad) : std::nullopt;
    // With ceil_mode, which window is the last one depends on where the padding begins.
    if (!pads || !padsFit(pool, *pads) || pool.getCeilMode() || !seesInput(pool, pad))
      return rewriter.notifyMatchFailure(pool, "no pad that is narrower than the window");
    bool neverWins = pad.getValue().isInfinity() && pad.getValue().isNegative();
    if (!isa<FloatType>(tensorTypeOf(pool).getElementType()) ||
        !(neverWins || (pad.getValue().isZero() && isNonNegative(pad.getInput()))))
      return rewriter.notifyMatchFailure(pool, "the padding may win the maximum");
    withPads(rewriter, pool, pad, *pads, "PadThenMaxPool");
    return success();
  }

  /// True where no window lies in the padding alone, where a pool without pad op would have nothing
  /// to take.
  static bool seesInput(nn::MaxPoolOp pool, nn::PadOp pad) {
    auto shape = tensorTypeOf(pad.getInput()).getShape().drop_front(2);
    for (auto [size, dilation] : llvm::zip_equal(shape, pool.getDilations()))
      if (size < dilation)
        return false;
    return true;
  }
};

/// Zeros around the input of an average pool, which it counts.
struct PadThenAveragePool : OpRewritePattern<nn::AveragePoolOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(nn::AveragePoolOp pool, PatternRewriter &rewriter) const override {
    auto pad = pool.getInput().getDefiningOp<nn::PadOp>();
    auto pads = pad ? spatialPads(pad) : std::nullopt;
    if (!pads || !pad.getValue().isZero() || !padsFit(pool, *pads) || pool.getCeilMode())
      return rewriter.notifyMatchFailure(pool, "no zeros around the map, narrower than the window");
    bool noPads = llvm::all_of(pool.getPads(), [](int64_t width) { return width == 0; });
    if (!noPads && !pool.getCountIncludePad())
      return rewriter.notifyMatchFailure(pool, "pads of its own that it does not count");
    pool = withPads(rewriter, pool, pad, *pads, "PadThenAveragePool");
    rewriter.modifyOpInPlace(pool, [&] { pool.setCountIncludePad(true); });
    return success();
  }
};

/// One window that is the whole map.
template <typename OpTy, typename GlobalOp> struct WholeMapPool : OpRewritePattern<OpTy> {
  using OpRewritePattern<OpTy>::OpRewritePattern;

  LogicalResult matchAndRewrite(OpTy pool, PatternRewriter &rewriter) const override {
    auto type = tensorTypeOf(pool.getInput());
    bool noPads = llvm::all_of(pool.getPads(), [](int64_t width) { return width == 0; });
    if (!noPads || pool.getKernelShape() != type.getShape().drop_front(2) ||
        type.getNumElements() == 0 || !isa<FloatType>(type.getElementType()))
      return rewriter.notifyMatchFailure(pool, "the window is not the whole map");
    Value global = GlobalOp::create(rewriter, pool.getLoc(), pool.getInput());
    return simplifyTo(rewriter, pool, global, "WholeMapPool");
  }
};

/// A reduction over all spatial dimensions.
template <typename OpTy, typename GlobalOp> struct ReduceOverMap : OpRewritePattern<OpTy> {
  using OpRewritePattern<OpTy>::OpRewritePattern;

  LogicalResult matchAndRewrite(OpTy reduce, PatternRewriter &rewriter) const override {
    auto type = tensorTypeOf(reduce.getInput());
    auto spatial = llvm::seq<int64_t>(2, std::max<int64_t>(type.getRank(), 2));
    if (type.getRank() < 3 || type.getRank() > 5 || !isa<FloatType>(type.getElementType()) ||
        type.getNumElements() == 0 || !llvm::equal(reduce.getAxes(), spatial))
      return rewriter.notifyMatchFailure(reduce, "does not reduce just the spatial dimensions");
    Value global = GlobalOp::create(rewriter, reduce.getLoc(), reduce.getInput());
    remarkPassed(reduce, kSimplify, "ReduceOverMap", {});
    rewriter.replaceOp(
        reduce, rewriter.createOrFold<nn::ReshapeOp>(derivedLocation(reduce.getLoc(), "flat"),
                                                     reduce.getType(), global));
    return success();
  }
};

/// A reduction of a reduction of the same kind: one over the dimensions of both.
template <typename OpTy> struct ReduceOfReduce : OpRewritePattern<OpTy> {
  using OpRewritePattern<OpTy>::OpRewritePattern;

  LogicalResult matchAndRewrite(OpTy outer, PatternRewriter &rewriter) const override {
    auto inner = outer.getInput().template getDefiningOp<OpTy>();
    if (!inner || !inner.getKeepdims() || !outer.getKeepdims() || !inner->hasOneUse())
      return rewriter.notifyMatchFailure(outer,
                                         "no reduction of the same kind that keeps its dimensions");
    SmallVector<int64_t> axes(inner.getAxes());
    llvm::append_range(axes, outer.getAxes());
    llvm::sort(axes);
    axes.erase(llvm::unique(axes), axes.end());
    Value both = OpTy::create(rewriter, outer.getLoc(), inner.getInput(), axes, true);
    return simplifyTo(rewriter, outer, both, "ReduceOfReduce");
  }
};

/// A pool of maps of one element.
template <typename OpTy> struct GlobalPoolOfOne : OpRewritePattern<OpTy> {
  using OpRewritePattern<OpTy>::OpRewritePattern;

  LogicalResult matchAndRewrite(OpTy pool, PatternRewriter &rewriter) const override {
    if (pool.getInput().getType() != pool.getType())
      return rewriter.notifyMatchFailure(pool, "maps of more than one element");
    return simplifyTo(rewriter, pool, pool.getInput(), "GlobalPoolOfOne");
  }
};

} // namespace

void populateWindowPatterns(RewritePatternSet &patterns) {
  patterns.add<PadThenConv, TapsInPadding, PadThenMaxPool, PadThenAveragePool,
               WholeMapPool<nn::AveragePoolOp, nn::GlobalAveragePoolOp>,
               WholeMapPool<nn::MaxPoolOp, nn::GlobalMaxPoolOp>,
               ReduceOverMap<nn::ReduceMeanOp, nn::GlobalAveragePoolOp>,
               ReduceOverMap<nn::ReduceMaxOp, nn::GlobalMaxPoolOp>,
               ReduceOfReduce<nn::ReduceMeanOp>, ReduceOfReduce<nn::ReduceSumOp>,
               ReduceOfReduce<nn::ReduceMaxOp>, ReduceOfReduce<nn::ReduceMinOp>,
               GlobalPoolOfOne<nn::GlobalAveragePoolOp>, GlobalPoolOfOne<nn::GlobalMaxPoolOp>>(
      patterns.getContext());
}

} // namespace kiln
