// Ops that only move elements: those that cancel, compose, or move nothing.
//
//   transpose(relu(transpose(x, [0, 2, 3, 1])), [0, 3, 1, 2])  ->  relu(x)
#include "compiler/graph/SimplifyPatterns.h"
#include "compiler/graph/WeightBuilder.h"

#include "mlir/IR/IRMapping.h"

using namespace mlir;

namespace kiln {
namespace {

SmallVector<int64_t> inverse(ArrayRef<int64_t> perm) {
  SmallVector<int64_t> result(perm.size());
  for (auto [to, from] : llvm::enumerate(perm))
    result[from] = to;
  return result;
}

/// A transpose of a transpose: one, or none.
struct TransposeOfTranspose : OpRewritePattern<nn::TransposeOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(nn::TransposeOp outer, PatternRewriter &rewriter) const override {
    auto inner = outer.getInput().getDefiningOp<nn::TransposeOp>();
    if (!inner)
      return rewriter.notifyMatchFailure(outer, "operand is no transpose");
    SmallVector<int64_t> perm;
    for (int64_t dim : outer.getPerm())
      perm.push_back(inner.getPerm()[dim]);
    Value both = rewriter.createOrFold<nn::TransposeOp>(outer.getLoc(), inner.getInput(), perm);
    return simplifyTo(rewriter, outer, both, "TransposeOfTranspose");
  }
};

/// A transpose that moves only dimensions of size 1.
struct TransposeOfUnits : OpRewritePattern<nn::TransposeOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(nn::TransposeOp op, PatternRewriter &rewriter) const override {
    auto type = tensorTypeOf(op.getInput());
    SmallVector<int64_t> moved(op.getPerm());
    llvm::erase_if(moved, [&](int64_t dim) { return type.getDimSize(dim) == 1; });
    if (!llvm::is_sorted(moved))
      return rewriter.notifyMatchFailure(op, "moves elements");
    Value same = rewriter.createOrFold<nn::ReshapeOp>(op.getLoc(), op.getType(), op.getInput());
    return simplifyTo(rewriter, op, same, "TransposeOfUnits");
  }
};

/// An elementwise op on a transposed tensor and on numbers: the transpose moves behind it, toward
/// one that it cancels.
struct TransposeThenPointwise : RewritePattern {
  TransposeThenPointwise(MLIRContext *context)
      : RewritePattern(MatchAnyOpTypeTag(), /*benefit=*/1, context) {}

  LogicalResult matchAndRewrite(Operation *op, PatternRewriter &rewriter) const override {
    if (!op->hasTrait<nn::Pointwise>() || op->getNumResults() != 1)
      return rewriter.notifyMatchFailure(op, "not elementwise");
    nn::TransposeOp transpose;
    for (Value operand : op->getOperands())
      if (auto candidate = operand.getDefiningOp<nn::TransposeOp>();
          candidate && candidate->hasOneUse())
        transpose = candidate;
    if (!transpose || isWeight(transpose))
      return rewriter.notifyMatchFailure(op,
                                         "no transpose of a feature map that only this op reads");
    if (!llvm::all_of(op->getOperands(),
                      [&](Value operand) { return isTransposedAlike(operand, transpose); }))
      return rewriter.notifyMatchFailure(op, "an operand that is not transposed alike");
    auto type = tensorTypeOf(op->getResult(0)).clone(tensorTypeOf(transpose.getInput()).getShape());
    if (type.getNumElements() != tensorTypeOf(op->getResult(0)).getNumElements())
      return rewriter.notifyMatchFailure(op, "result larger than the transposed tensor");
    SmallVector<Value> operands;
    for (Value operand : op->getOperands())
      operands.push_back(beforeTranspose(operand, transpose, rewriter));
    Operation *moved =
        rewriter.create(derivedLocation(op->getLoc(), "untransposed"),
                        op->getName().getIdentifier(), operands, TypeRange(type), op->getAttrs());
    remarkPassed(op, kSimplify, "TransposeThenPointwise", {});
    rewriter.replaceOpWithNewOp<nn::TransposeOp>(op, moved->getResult(0), transpose.getPerm());
    return success();
  }

  /// The transpose that makes an operand, where it is the same as `transpose`.
  static nn::TransposeOp sameTranspose(Value operand, nn::TransposeOp transpose) {
    auto other = operand.getDefiningOp<nn::TransposeOp>();
    bool same =
        other && other.getPerm() == transpose.getPerm() && other.getType() == transpose.getType();
    return same ? other : nn::TransposeOp();
  }

  /// True where the operand is known as it was before the transpose: transposed alike, one number,
  /// or a weight.
  static bool isTransposedAlike(Value operand, nn::TransposeOp transpose) {
    auto type = tensorTypeOf(operand);
    bool fits = type.getRank() <= int64_t(transpose.getPerm().size());
    return sameTranspose(operand, transpose) ||
           (fits && (type.getNumElements() == 1 || isWeight(operand)));
  }

  static Value beforeTranspose(Value operand, nn::TransposeOp transpose,
                               PatternRewriter &rewriter) {
    if (auto other = sameTranspose(operand, transpose))
      return other.getInput();
    auto type = tensorTypeOf(operand);
    int64_t rank = transpose.getPerm().size();
    if (type.getNumElements() == 1)
      return operand;
    WeightBuilder weights(rewriter, operand.getLoc());
    SmallVector<int64_t> shape(rank - type.getRank(), 1);
    llvm::append_range(shape, type.getShape());
    return weights.transpose(weights.reshape(operand, shape), inverse(transpose.getPerm()));
  }
};

/// A concatenation of tensors that are transposed alike.
struct TransposesThenConcat : OpRewritePattern<nn::ConcatOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(nn::ConcatOp concat, PatternRewriter &rewriter) const override {
    auto first = concat.getInputs().front().getDefiningOp<nn::TransposeOp>();
    SmallVector<Value> inputs;
    for (Value input : concat.getInputs()) {
      auto transpose = input.getDefiningOp<nn::TransposeOp>();
      if (!transpose || !transpose->hasOneUse() || transpose.getPerm() != first.getPerm())
        return rewriter.notifyMatchFailure(concat, "an input that is not transposed alike");
      inputs.push_back(transpose.getInput());
    }
    Value joined = nn::ConcatOp::create(rewriter, derivedLocation(concat.getLoc(), "untransposed"),
                                        inputs, first.getPerm()[concat.getAxis()]);
    remarkPassed(concat, kSimplify, "TransposesThenConcat", {.ops = int64_t(inputs.size()) - 1});
    rewriter.replaceOpWithNewOp<nn::TransposeOp>(concat, joined, first.getPerm());
    return success();
  }
};

/// A reduction of a transposed tensor reads the original.
template <typename OpTy> struct TransposeThenReduce : OpRewritePattern<OpTy> {
  using OpRewritePattern<OpTy>::OpRewritePattern;

  LogicalResult matchAndRewrite(OpTy reduce, PatternRewriter &rewriter) const override {
    auto transpose = reduce.getInput().template getDefiningOp<nn::TransposeOp>();
    if (!transpose)
      return rewriter.notifyMatchFailure(reduce, "operand is no transpose");
    ArrayRef<int64_t> perm = transpose.getPerm();
    SmallVector<int64_t> axes, order;
    for (int64_t axis : reduce.getAxes())
      axes.push_back(perm[axis]);
    llvm::sort(axes);
    // The dimensions that are left, by their place before the transpose.
    auto place = [&](int64_t dim) {
      return reduce.getKeepdims()
                 ? dim
                 : dim - llvm::count_if(axes, [&](int64_t axis) { return axis < dim; });
    };
    for (int64_t dim : perm)
      if (reduce.getKeepdims() || !llvm::is_contained(axes, dim))
        order.push_back(place(dim));
    Location loc =
        llvm::is_sorted(order) ? reduce.getLoc() : derivedLocation(reduce.getLoc(), "untransposed");
    Value reduced = OpTy::create(rewriter, loc, transpose.getInput(), axes, reduce.getKeepdims());
    Value result = rewriter.createOrFold<nn::TransposeOp>(reduce.getLoc(), reduced, order);
    return simplifyTo(rewriter, reduce, result, "TransposeThenReduce");
  }
};

/// A concatenation as input of a concatenation along the same axis.
struct ConcatOfConcat : OpRewritePattern<nn::ConcatOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(nn::ConcatOp concat, PatternRewriter &rewriter) const override {
    SmallVector<Value> inputs;
    for (Value input : concat.getInputs()) {
      auto inner = input.getDefiningOp<nn::ConcatOp>();
      if (inner && inner->hasOneUse() && inner.getAxis() == concat.getAxis())
        llvm::append_range(inputs, inner.getInputs());
      else
        inputs.push_back(input);
    }
    if (inputs.size() == concat.getInputs().size())
      return rewriter.notifyMatchFailure(
          concat, "no concatenation along the same axis that only this op reads");
    Value flat = nn::ConcatOp::create(rewriter, concat.getLoc(), inputs, concat.getAxis());
    return simplifyTo(rewriter, concat, flat, "ConcatOfConcat");
  }
};

/// A split whose parts are all joined again in order.
struct ConcatOfSplit : OpRewritePattern<nn::ConcatOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(nn::ConcatOp concat, PatternRewriter &rewriter) const override {
    auto split = concat.getInputs().front().getDefiningOp<nn::SplitOp>();
    if (!split || split.getAxis() != concat.getAxis() ||
        !llvm::equal(split.getOutputs(), concat.getInputs()))
      return rewriter.notifyMatchFailure(concat, "not all parts of one split in order");
    return simplifyTo(rewriter, concat, split.getInput(), "ConcatOfSplit");
  }
};

/// A split into one part, or into just the parts of which its input was joined.
struct SplitOfConcat : OpRewritePattern<nn::SplitOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(nn::SplitOp split, PatternRewriter &rewriter) const override {
    auto concat = split.getInput().getDefiningOp<nn::ConcatOp>();
    SmallVector<Value> parts;
    if (split->getNumResults() == 1)
      parts.push_back(split.getInput());
    else if (concat && concat.getAxis() == split.getAxis())
      parts.assign(concat.getInputs().begin(), concat.getInputs().end());
    if (!llvm::equal(split->getResultTypes(), ValueRange(parts).getTypes()))
      return rewriter.notifyMatchFailure(split, "cuts at other places than its input was joined");
    remarkPassed(split, kSimplify, "SplitOfConcat",
                 {.ops = 1, .bytes = tensorBytes(split.getInput())});
    rewriter.replaceOp(split, parts);
    return success();
  }
};

/// A pad of nothing.
struct PadOfNothing : OpRewritePattern<nn::PadOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(nn::PadOp pad, PatternRewriter &rewriter) const override {
    if (pad.getInput().getType() != pad.getType())
      return rewriter.notifyMatchFailure(pad, "pads");
    return simplifyTo(rewriter, pad, pad.getInput(), "PadOfNothing");
  }
};

/// A pad of a pad with the same number.
struct PadOfPad : OpRewritePattern<nn::PadOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(nn::PadOp outer, PatternRewriter &rewriter) const override {
    auto inner = outer.getInput().getDefiningOp<nn::PadOp>();
    if (!inner || inner.getMode() != nn::PadMode::Constant ||
        outer.getMode() != nn::PadMode::Constant ||
        !inner.getValue().bitwiseIsEqual(outer.getValue()))
      return rewriter.notifyMatchFailure(outer, "no pad with the same number");
    SmallVector<int64_t> pads;
    for (auto [first, second] : llvm::zip_equal(inner.getPads(), outer.getPads()))
      pads.push_back(first + second);
    Value both = nn::PadOp::create(rewriter, outer.getLoc(), inner.getInput(), pads,
                                   outer.getMode(), outer.getValue());
    return simplifyTo(rewriter, outer, both, "PadOfPad");
  }
};

/// True where every number of `from` is one of `to`.
bool holdsAll(Type to, Type from) {
  if (auto narrow = dyn_cast<FloatType>(from)) {
    auto wide = dyn_cast<FloatType>(to);
    return wide && wide.getFPMantissaWidth() >= narrow.getFPMantissaWidth() &&
           APFloat::semanticsMaxExponent(wide.getFloatSemantics()) >=
               APFloat::semanticsMaxExponent(narrow.getFloatSemantics());
  }
  auto narrow = cast<IntegerType>(from), wide = dyn_cast<IntegerType>(to);
  return wide && wide.isUnsigned() == narrow.isUnsigned() && wide.getWidth() >= narrow.getWidth() &&
         narrow.getWidth() > 1;
}

/// A cast to a larger type and back.
struct CastThereAndBack : OpRewritePattern<nn::CastOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(nn::CastOp cast, PatternRewriter &rewriter) const override {
    auto inner = cast.getInput().getDefiningOp<nn::CastOp>();
    if (!inner || inner.getInput().getType() != cast.getType() ||
        !holdsAll(tensorTypeOf(inner).getElementType(), tensorTypeOf(cast).getElementType()))
      return rewriter.notifyMatchFailure(
          cast, "no cast from this type to one that holds all its numbers");
    return simplifyTo(rewriter, cast, inner.getInput(), "CastThereAndBack");
  }
};

/// A broadcast that the elementwise op after it does itself.
struct ExpandThenPointwise : RewritePattern {
  ExpandThenPointwise(MLIRContext *context)
      : RewritePattern(MatchAnyOpTypeTag(), /*benefit=*/1, context) {}

  LogicalResult matchAndRewrite(Operation *op, PatternRewriter &rewriter) const override {
    if (!isa<nn::AddOp, nn::SubOp, nn::MulOp, nn::DivOp, nn::MinOp, nn::MaxOp>(op))
      return rewriter.notifyMatchFailure(op, "no op that broadcasts");
    for (int side : {0, 1}) {
      auto expand = op->getOperand(side).getDefiningOp<nn::ExpandOp>();
      if (!expand || op->getOperand(1 - side).getType() != op->getResult(0).getType())
        continue;
      remarkPassed(op, kSimplify, "ExpandThenPointwise", {.ops = 1, .bytes = tensorBytes(expand)});
      rewriter.modifyOpInPlace(op, [&] { op->setOperand(side, expand.getInput()); });
      return success();
    }
    return rewriter.notifyMatchFailure(op, "no expanded operand beside one of the result's shape");
  }
};

} // namespace

void populateMovementPatterns(RewritePatternSet &patterns) {
  patterns.add<TransposeOfTranspose, TransposeOfUnits, TransposeThenPointwise, TransposesThenConcat,
               TransposeThenReduce<nn::ReduceMeanOp>, TransposeThenReduce<nn::ReduceSumOp>,
               TransposeThenReduce<nn::ReduceMaxOp>, TransposeThenReduce<nn::ReduceMinOp>,
               ConcatOfConcat, ConcatOfSplit, SplitOfConcat, PadOfNothing, PadOfPad,
               CastThereAndBack, ExpandThenPointwise>(patterns.getContext());
}

} // namespace kiln
