// Dense layers become one nn.gemm each: factors per column go into the matrix, addends into C.
//
//   add(matmul(x, w), b)  ->  gemm(x, w, b)
#include "compiler/graph/FusePatterns.h"

using namespace mlir;

namespace kiln {

namespace {

/// A product with a matrix. Leading dimensions of the left side become rows.
struct MatmulWithMatrix : OpRewritePattern<nn::MatmulOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(nn::MatmulOp matmul, PatternRewriter &rewriter) const override {
    auto a = tensorTypeOf(matmul.getA()), b = tensorTypeOf(matmul.getB());
    auto type = tensorTypeOf(matmul.getResult());
    if (b.getRank() != 2 || !isa<FloatType>(b.getElementType()) || a.getNumElements() == 0)
      return rewriter.notifyMatchFailure(matmul, "right side is no matrix of floats");
    if (a.getRank() > 2 && !isWeight(matmul.getB()))
      return rewriter.notifyMatchFailure(
          matmul, "several matrices on the left, and the right side is no weight");
    if (isWeight(matmul))
      return rewriter.notifyMatchFailure(matmul, "part of the weights program");
    int64_t inner = b.getDimSize(0);
    WeightBuilder builder(rewriter, derivedLocation(matmul.getLoc(), "rows"));
    Value rows = builder.reshape(matmul.getA(), {a.getNumElements() / inner, inner});
    remarkPassed(matmul, kFuseConv, "MatmulWithMatrix", {});
    auto gemm = nn::GemmOp::create(
        rewriter, matmul.getLoc(), rows, matmul.getB(), /*c=*/Value(), /*transA=*/false,
        /*transB=*/false, APFloat(1.0), APFloat(1.0), nn::ActivationAttr());
    if (gemm.getType() == type)
      rewriter.replaceOp(matmul, gemm);
    else
      rewriter.replaceOpWithNewOp<nn::ReshapeOp>(matmul, type, gemm);
    return success();
  }
};

/// An elementwise op on rows that a dense layer has made and that are shaped back into a sequence:
/// it works on the rows.
struct SequenceThenPointwise : RewritePattern {
  SequenceThenPointwise(MLIRContext *context)
      : RewritePattern(MatchAnyOpTypeTag(), /*benefit=*/1, context) {}

  LogicalResult matchAndRewrite(Operation *op, PatternRewriter &rewriter) const override {
    if (!op->hasTrait<nn::Pointwise>() || op->getNumOperands() > 2 || op->getNumOperands() == 0)
      return rewriter.notifyMatchFailure(op, "not elementwise");
    auto type = tensorTypeOf(op->getResult(0));
    auto reshape = op->getOperand(0).getDefiningOp<nn::ReshapeOp>();
    auto gemm = reshape ? bareProducer<nn::GemmOp>(reshape.getInput()) : nn::GemmOp();
    if (!gemm || !reshape->hasOneUse() || reshape.getType() != type || type.getRank() < 2 ||
        type.getShape().back() != gemm.getType().getDimSize(1))
      return rewriter.notifyMatchFailure(op, "no rows of a dense layer that only this op reads");
    SmallVector<Value> operands{gemm};
    if (op->getNumOperands() == 2) {
      Value vector = op->getOperand(1);
      if (!isWeight(vector) || tensorTypeOf(vector).getRank() > 1)
        return rewriter.notifyMatchFailure(op, "the other operand is no weight along the columns");
      operands.push_back(vector);
    }
    Operation *onRows = rewriter.create(op->getLoc(), op->getName().getIdentifier(), operands,
                                        TypeRange(gemm.getType()), op->getAttrs());
    rewriter.replaceOp(op,
                       nn::ReshapeOp::create(rewriter, derivedLocation(op->getLoc(), "sequence"),
                                             type, onRows->getResult(0)));
    return success();
  }
};

/// An addend that broadcasts to the result of a dense layer without one.
struct GemmThenShift : OpRewritePattern<nn::AddOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(nn::AddOp add, PatternRewriter &rewriter) const override {
    auto gemm = bareProducer<nn::GemmOp>(add.getLhs());
    Value addend = add.getRhs();
    if (!gemm || gemm.getC()) {
      gemm = bareProducer<nn::GemmOp>(add.getRhs());
      addend = add.getLhs();
    }
    if (!gemm || gemm.getC() || gemm.getType() != add.getType())
      return rewriter.notifyMatchFailure(add,
                                         "no dense layer without addend that only this op reads");
    absorb<nn::GemmOp>(rewriter, gemm, add, "GemmThenShift", [&](nn::GemmOp fused) {
      fused.getCMutable().assign(addend);
      fused.setBeta(APFloat(1.0));
    });
    return success();
  }
};

/// Multiplies matrix and addend of a dense layer by one factor a column.
void scaleColumns(nn::GemmOp gemm, Value factor, Value addend, WeightBuilder &weights,
                  Operation *last, StringRef pattern, PatternRewriter &rewriter) {
  int64_t columns = tensorTypeOf(gemm).getDimSize(1);
  Value along = weights.reshape(factor, gemm.getTransB() ? ArrayRef<int64_t>{columns, 1}
                                                         : ArrayRef<int64_t>{1, columns});
  Value matrix = weights.mul(gemm.getB(), along);
  Type elementType = tensorTypeOf(gemm).getElementType();
  Value c = addend;
  if (gemm.getC()) {
    Value beta = weights.splat(gemm.getBeta().convertToDouble(), elementType, {1});
    c = weights.mul(weights.mul(gemm.getC(), beta), factor);
    c = addend ? weights.add(c, addend) : c;
  }
  absorb<nn::GemmOp>(rewriter, gemm, last, pattern, [&](nn::GemmOp fused) {
    fused.getBMutable().assign(matrix);
    if (c)
      fused.getCMutable().assign(c);
    fused.setBeta(APFloat(1.0));
  });
}

bool hasConstantWeights(nn::GemmOp gemm) {
  return gemm && isWeight(gemm.getB()) && (!gemm.getC() || isWeight(gemm.getC()));
}

/// A factor per column after a dense layer.
struct GemmThenScale : OpRewritePattern<nn::MulOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(nn::MulOp mul, PatternRewriter &rewriter) const override {
    auto operands = perChannelOperands(mul);
    auto gemm = operands ? bareProducer<nn::GemmOp>(operands->map) : nn::GemmOp();
    if (!hasConstantWeights(gemm))
      return rewriter.notifyMatchFailure(
          mul, "no dense layer with constant weights and one factor per column");
    WeightBuilder weights(rewriter, derivedLocation(mul.getLoc(), "weights"));
    Value factor = weights.channelVector(operands->vector, tensorTypeOf(gemm).getDimSize(1));
    scaleColumns(gemm, factor, /*addend=*/Value(), weights, mul, "GemmThenScale", rewriter);
    return success();
  }
};

/// A batch normalisation of the result of a dense layer.
struct GemmThenBatchNorm : OpRewritePattern<nn::BatchNormOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(nn::BatchNormOp norm, PatternRewriter &rewriter) const override {
    auto gemm = bareProducer<nn::GemmOp>(norm.getInput());
    if (!hasConstantWeights(gemm) || !llvm::all_of(norm->getOperands().drop_front(), isWeight))
      return rewriter.notifyMatchFailure(
          norm, "no dense layer with constant weights that only this op reads");
    WeightBuilder weights(rewriter, derivedLocation(norm.getLoc(), "weights"));
    auto [factor, addend] = batchNormVectors(weights, norm);
    scaleColumns(gemm, factor, addend, weights, norm, "GemmThenBatchNorm", rewriter);
    return success();
  }
};

} // namespace

void populateFuseGemmPatterns(RewritePatternSet &patterns) {
  MLIRContext *context = patterns.getContext();
  patterns.add<GemmThenBatchNorm>(context, /*benefit=*/2);
  patterns.add<MatmulWithMatrix, SequenceThenPointwise, GemmThenShift, GemmThenScale>(context);
}

} // namespace kiln
