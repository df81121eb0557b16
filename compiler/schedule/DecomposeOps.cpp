// Rewrites ops that have no kernel of their own into ops that have one, so that the passes behind
// it see few forms.
//
//   nn.gemm with alpha, transA, a matrix addend  ->  nn.gemm with a bias vector, and arithmetic
//   nn.matmul of rows with one matrix            ->  nn.gemm
//   nn.conv 1x1 on a 1x1 map                     ->  nn.gemm
//   nn.batch_norm, nn.instance_norm              ->  means, nn.mul and nn.add per channel
//   pools of 8-bit integers and halves           ->  the pool in f32 between casts
#include "compiler/schedule/DecomposePatterns.h"
#include "compiler/schedule/Layout.h"
#include "compiler/schedule/Passes.h"

#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

using namespace mlir;

namespace kiln {

#define GEN_PASS_DEF_DECOMPOSEOPS
#include "compiler/schedule/Passes.h.inc"

namespace {

RankedTensorType typeOf(Value value) { return cast<RankedTensorType>(value.getType()); }

Value reshape(OpBuilder &builder, Location loc, Value value, ArrayRef<int64_t> shape) {
  auto type = RankedTensorType::get(shape, typeOf(value).getElementType());
  return type == value.getType() ? value
                                 : nn::ReshapeOp::create(builder, loc, type, value).getResult();
}

/// A tensor of one element, of the element type of `like`.
Value scalar(OpBuilder &builder, Location loc, double value, Value like) {
  Type element = typeOf(like).getElementType();
  auto type = RankedTensorType::get({1}, element);
  Attribute attr = isa<FloatType>(element)
                       ? Attribute(builder.getFloatAttr(element, value))
                       : Attribute(builder.getIntegerAttr(element, static_cast<int64_t>(value)));
  return nn::ConstantOp::create(builder, loc, type, DenseElementsAttr::get(type, attr));
}

/// alpha * A * B is (alpha * B) with A: the weights carry the factor, so that it costs nothing at
/// run time.
struct GemmWithFactors : OpRewritePattern<nn::GemmOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(nn::GemmOp op, PatternRewriter &rewriter) const override {
    bool scalesAddend = op.getC() && op.getBeta().convertToDouble() != 1.0;
    bool scalesProduct = op.getAlpha().convertToDouble() != 1.0;
    if (!scalesAddend && !scalesProduct && !op.getTransA())
      return rewriter.notifyMatchFailure(op, "no factor and no transposed A");
    Location loc = op.getLoc();
    Value a = op.getA(), b = op.getB(), c = op.getC();
    if (scalesProduct)
      b = nn::MulOp::create(rewriter, loc, b,
                            scalar(rewriter, loc, op.getAlpha().convertToDouble(), b));
    if (scalesAddend)
      c = nn::MulOp::create(rewriter, loc, c,
                            scalar(rewriter, loc, op.getBeta().convertToDouble(), c));
    if (op.getTransA())
      a = nn::TransposeOp::create(rewriter, loc, a, ArrayRef<int64_t>{1, 0});
    auto one = rewriter.getF64FloatAttr(1.0);
    rewriter.replaceOpWithNewOp<nn::GemmOp>(op, a, b, c, rewriter.getBoolAttr(false),
                                            op.getTransBAttr(), one, one, op.getActivationAttr());
    return success();
  }
};

/// An addend that is not one row becomes an nn.add, or the row that it stands for.
struct GemmWithMatrixAddend : OpRewritePattern<nn::GemmOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(nn::GemmOp op, PatternRewriter &rewriter) const override {
    Value c = op.getC();
    int64_t columns = op.getType().getDimSize(1);
    if (!c || (typeOf(c).getRank() == 1 && typeOf(c).getDimSize(0) == columns))
      return rewriter.notifyMatchFailure(op, "the addend is a row already");
    Location loc = op.getLoc();
    if (typeOf(c).getNumElements() == columns &&
        columns == (typeOf(c).getRank() ? typeOf(c).getShape().back() : 1)) {
      Value row = reshape(rewriter, loc, c, {columns});
      rewriter.modifyOpInPlace(op, [&] { op.getCMutable().assign(row); });
      return success();
    }
    if (op.getActivation())
      return rewriter.notifyMatchFailure(op, "a matrix addend in front of an activation");
    auto one = rewriter.getF64FloatAttr(1.0);
    Value product =
        nn::GemmOp::create(rewriter, loc, op.getA(), op.getB(), Value(), op.getTransAAttr(),
                           op.getTransBAttr(), one, one, nn::ActivationAttr());
    rewriter.replaceOpWithNewOp<nn::AddOp>(op, product, c);
    return success();
  }
};

/// Rows times one matrix, whatever the leading dimensions.
struct MatmulByMatrix : OpRewritePattern<nn::MatmulOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(nn::MatmulOp op, PatternRewriter &rewriter) const override {
    RankedTensorType a = typeOf(op.getA()), b = typeOf(op.getB());
    if (b.getRank() != 2 || a.getRank() < 1 || !a.getElementType().isF32() ||
        a.getNumElements() == 0)
      return rewriter.notifyMatchFailure(op, "not rows times one f32 matrix");
    int64_t inner = b.getDimSize(0);
    Value rows = reshape(rewriter, op.getLoc(), op.getA(), {a.getNumElements() / inner, inner});
    auto one = rewriter.getF64FloatAttr(1.0);
    Value product = nn::GemmOp::create(rewriter, op.getLoc(), rows, op.getB(), Value(),
                                       rewriter.getBoolAttr(false), rewriter.getBoolAttr(false),
                                       one, one, nn::ActivationAttr());
    rewriter.replaceOp(op, reshape(rewriter, op.getLoc(), product, op.getType().getShape()));
    return success();
  }
};

/// A convolution where each image is one pixel is a matrix product.
struct ConvOfOnePixel : OpRewritePattern<nn::ConvOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(nn::ConvOp op, PatternRewriter &rewriter) const override {
    RankedTensorType input = typeOf(op.getInput()), filter = typeOf(op.getFilter());
    auto isOne = [](int64_t size) { return size == 1; };
    if (!isDense(op) || !llvm::all_of(input.getShape().drop_front(2), isOne))
      return rewriter.notifyMatchFailure(op, "not a plain convolution of one pixel");
    Location loc = op.getLoc();
    Value rows = reshape(rewriter, loc, op.getInput(), input.getShape().take_front(2));
    Value matrix = reshape(rewriter, loc, op.getFilter(), filter.getShape().take_front(2));
    auto one = rewriter.getF64FloatAttr(1.0);
    Value product =
        nn::GemmOp::create(rewriter, loc, rows, matrix, op.getBias(), rewriter.getBoolAttr(false),
                           rewriter.getBoolAttr(true), one, one, op.getActivationAttr());
    rewriter.replaceOp(op, reshape(rewriter, loc, product, typeOf(op.getResult()).getShape()));
    return success();
  }
};

/// scale * (x - mean) / sqrt(variance + epsilon) + offset as x * factor + (offset - mean * factor).
struct BatchNormAsArithmetic : OpRewritePattern<nn::BatchNormOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(nn::BatchNormOp op, PatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    Value epsilon = scalar(rewriter, loc, op.getEpsilon().convertToDouble(), op.getVariance());
    Value shifted = nn::AddOp::create(rewriter, loc, op.getVariance(), epsilon);
    Value deviation = nn::SqrtOp::create(rewriter, loc, shifted);
    Value factor = nn::DivOp::create(rewriter, loc, op.getScale(), deviation);
    Value moved = nn::MulOp::create(rewriter, loc, op.getMean(), factor);
    Value addend = nn::SubOp::create(rewriter, loc, op.getOffset(), moved);
    SmallVector<int64_t> perChannel(typeOf(op.getInput()).getRank(), 1);
    perChannel[1] = typeOf(op.getScale()).getDimSize(0);
    Value scaled =
        nn::MulOp::create(rewriter, loc, op.getInput(), reshape(rewriter, loc, factor, perChannel));
    rewriter.replaceOpWithNewOp<nn::AddOp>(op, scaled, reshape(rewriter, loc, addend, perChannel));
    return success();
  }
};

/// The mean of each channel: a global pool of a map, which lies in blocks of channels. Of what was
/// reshaped, such as the groups of a group normalisation, a plain reduction: it lies in memory as
/// it came, and its channels may be few.
Value meanOfChannels(OpBuilder &builder, Location loc, Value map, bool isPlain) {
  if (!isPlain)
    return nn::GlobalAveragePoolOp::create(builder, loc, map);
  auto axes = llvm::to_vector(llvm::seq<int64_t>(2, typeOf(map).getRank()));
  return nn::ReduceMeanOp::create(builder, loc, map, axes, /*keepdims=*/true);
}

/// The statistics of each channel are means: of the map, then of its squared distance from the
/// mean.
struct InstanceNormAsMeans : OpRewritePattern<nn::InstanceNormOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(nn::InstanceNormOp op, PatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    SmallVector<int64_t> perChannel(typeOf(op.getInput()).getRank(), 1);
    perChannel[1] = typeOf(op.getScale()).getDimSize(0);
    bool isPlain = op.getInput().getDefiningOp<nn::ReshapeOp>() != nullptr;
    Value mean = meanOfChannels(rewriter, loc, op.getInput(), isPlain);
    Value centred = nn::SubOp::create(rewriter, loc, op.getInput(), mean);
    Value square = nn::MulOp::create(rewriter, loc, centred, centred);
    Value variance = meanOfChannels(rewriter, loc, square, isPlain);
    Value epsilon =
        reshape(rewriter, loc, scalar(rewriter, loc, op.getEpsilon().convertToDouble(), mean),
                SmallVector<int64_t>(perChannel.size(), 1));
    Value deviation =
        nn::SqrtOp::create(rewriter, loc, nn::AddOp::create(rewriter, loc, variance, epsilon));
    Value factor = nn::DivOp::create(rewriter, loc,
                                     reshape(rewriter, loc, op.getScale(), perChannel), deviation);
    Value scaled = nn::MulOp::create(rewriter, loc, centred, factor);
    rewriter.replaceOpWithNewOp<nn::AddOp>(op, scaled,
                                           reshape(rewriter, loc, op.getOffset(), perChannel));
    return success();
  }
};

/// The pool kernels compute in f32, which holds every value of these types exactly.
template <typename PoolOp> struct PoolOfNarrowType : OpRewritePattern<PoolOp> {
  using OpRewritePattern<PoolOp>::OpRewritePattern;
  LogicalResult matchAndRewrite(PoolOp op, PatternRewriter &rewriter) const override {
    RankedTensorType input = typeOf(op.getInput()), result = typeOf(op.getResult());
    Type element = input.getElementType();
    if (element.isF32() || element.getIntOrFloatBitWidth() > 16)
      return rewriter.notifyMatchFailure(op, "not a type that f32 contains");
    auto wide = [&](RankedTensorType type) {
      return RankedTensorType::get(type.getShape(), rewriter.getF32Type());
    };
    Value widened = nn::CastOp::create(rewriter, op.getLoc(), wide(input), op.getInput());
    Operation *pool = rewriter.clone(*op);
    pool->setOperand(0, widened);
    pool->getResult(0).setType(wide(result));
    rewriter.replaceOpWithNewOp<nn::CastOp>(op, result, pool->getResult(0));
    return success();
  }
};

struct DecomposeOps : impl::DecomposeOpsBase<DecomposeOps> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<GemmWithFactors, GemmWithMatrixAddend, MatmulByMatrix, ConvOfOnePixel,
                 BatchNormAsArithmetic, InstanceNormAsMeans, PoolOfNarrowType<nn::MaxPoolOp>,
                 PoolOfNarrowType<nn::AveragePoolOp>, PoolOfNarrowType<nn::GlobalAveragePoolOp>,
                 PoolOfNarrowType<nn::GlobalMaxPoolOp>>(&getContext());
    populateDecomposeResizePatterns(patterns);
    populateDecomposeConvTransposePatterns(patterns);
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
} // namespace kiln
