// What follows a concatenation of convolutions along the channels moves in front of it, to each
// part, where the convolution takes it over.
//
//   relu(concat(conv(x, w), conv(y, v)))  ->  concat(relu(conv(x, w)), relu(conv(y, v)))
#include "compiler/graph/FusePatterns.h"

using namespace mlir;

namespace kiln {
namespace {

/// Where a part of a concatenation lies among its channels.
struct Part {
  Value value;
  int64_t begin, channels;
};

/// True where a convolution reads the result, perhaps behind further factors and addends.
bool isBeforeConv(Operation *op) {
  while (op->hasOneUse()) {
    op = *op->user_begin();
    if (isa<nn::ConvOp>(op))
      return true;
    if (!isa<nn::AddOp, nn::SubOp, nn::MulOp, nn::DivOp>(op) || !perChannelOperands(op))
      return false;
  }
  return false;
}

/// The parts of a concatenation along the channels that only one op reads and most of whose
/// channels come from convolutions that can take over what follows; nothing for any other value.
SmallVector<Part> partsOf(Value value, llvm::function_ref<bool(nn::ConvOp)> canTakeOver) {
  auto concat = value.getDefiningOp<nn::ConcatOp>();
  if (!concat || !concat->hasOneUse() || concat.getAxis() != 1)
    return {};
  SmallVector<Part> parts;
  int64_t channels = 0, convolved = 0;
  for (Value input : concat.getInputs()) {
    if (!input.hasOneUse())
      return {};
    int64_t size = tensorTypeOf(input).getDimSize(1);
    parts.push_back({input, channels, size});
    channels += size;
    auto conv = input.getDefiningOp<nn::ConvOp>();
    convolved += conv && canTakeOver(conv) ? size : 0;
  }
  return 2 * convolved >= channels ? parts : SmallVector<Part>();
}

/// The parts in front of a factor or an addend. A convolution behind it takes it over for all of
/// them, so that none may be left over then.
SmallVector<Part> partsBefore(Operation *op, Value value) {
  SmallVector<Part> parts =
      partsOf(value, [](nn::ConvOp conv) { return !conv.getActivation() && !conv.getResidual(); });
  auto isBare = [](const Part &part) { return bool(bareProducer<nn::ConvOp>(part.value)); };
  return isBeforeConv(op) && !llvm::all_of(parts, isBare) ? SmallVector<Part>() : parts;
}

/// The entries of a part in `vector`, one a channel of the concatenation.
Value entriesOf(OpBuilder &builder, Location loc, Value vector, const Part &part) {
  return nn::SliceOp::create(builder, loc, vector, ArrayRef{part.begin}, ArrayRef{part.channels},
                             ArrayRef<int64_t>{1});
}

/// Replaces `op`, which reads a concatenation of the parts, by a concatenation of what `emit` makes
/// of each part, at a location of its own.
void moveToParts(PatternRewriter &rewriter, Operation *op, StringRef pattern, ArrayRef<Part> parts,
                 llvm::function_ref<Value(Location, const Part &)> emit) {
  SmallVector<Value> moved;
  for (auto [i, part] : llvm::enumerate(parts))
    moved.push_back(emit(derivedLocation(op->getLoc(), "part" + std::to_string(i)), part));
  remarkPassed(op, kFuseConv, pattern, {});
  rewriter.replaceOpWithNewOp<nn::ConcatOp>(op, moved, /*axis=*/1);
}

struct ConcatThenBatchNorm : OpRewritePattern<nn::BatchNormOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(nn::BatchNormOp norm, PatternRewriter &rewriter) const override {
    SmallVector<Part> parts = partsBefore(norm, norm.getInput());
    if (parts.empty() || !llvm::all_of(norm->getOperands().drop_front(), isWeight))
      return rewriter.notifyMatchFailure(norm, "no concatenation of convolutions that only this op "
                                               "reads, or statistics known at run time only");
    moveToParts(rewriter, norm, "ConcatThenBatchNorm", parts, [&](Location loc, const Part &part) {
      auto entries = [&](Value vector) {
        return entriesOf(rewriter, derivedLocation(loc, "weights"), vector, part);
      };
      return nn::BatchNormOp::create(rewriter, loc, part.value, entries(norm.getScale()),
                                     entries(norm.getOffset()), entries(norm.getMean()),
                                     entries(norm.getVariance()), norm.getEpsilon());
    });
    return success();
  }
};

/// A factor, divisor, addend or subtrahend per channel.
template <typename OpTy> struct ConcatThenVector : OpRewritePattern<OpTy> {
  using OpRewritePattern<OpTy>::OpRewritePattern;

  LogicalResult matchAndRewrite(OpTy op, PatternRewriter &rewriter) const override {
    auto operands = perChannelOperands(op);
    SmallVector<Part> parts = operands ? partsBefore(op, operands->map) : SmallVector<Part>();
    if (parts.empty())
      return rewriter.notifyMatchFailure(op, "no weight per channel and concatenation of "
                                             "convolutions that only this op reads");
    RankedTensorType type = tensorTypeOf(op.getResult());
    WeightBuilder weights(rewriter, derivedLocation(op.getLoc(), "weights"));
    Value vector = weights.channelVector(operands->vector, type.getDimSize(1));
    moveToParts(rewriter, op, "ConcatThenVector", parts, [&](Location loc, const Part &part) {
      Value entries = entriesOf(rewriter, derivedLocation(loc, "weights"), vector, part);
      return OpTy::create(rewriter, loc, part.value,
                          weights.alongChannels(entries, type.getRank()));
    });
    return success();
  }
};

struct ConcatThenActivation : RewritePattern {
  ConcatThenActivation(MLIRContext *context)
      : RewritePattern(MatchAnyOpTypeTag(), /*benefit=*/1, context) {}

  LogicalResult matchAndRewrite(Operation *op, PatternRewriter &rewriter) const override {
    if (!activationOf(op))
      return rewriter.notifyMatchFailure(op, "no activation");
    SmallVector<Part> parts =
        partsOf(op->getOperand(0), [](nn::ConvOp conv) { return !conv.getActivation(); });
    if (parts.empty())
      return rewriter.notifyMatchFailure(
          op, "no concatenation of convolutions that only this op reads");
    moveToParts(rewriter, op, "ConcatThenActivation", parts, [&](Location loc, const Part &part) {
      Operation *moved = rewriter.clone(*op);
      moved->setLoc(loc);
      moved->setOperand(0, part.value);
      moved->getResult(0).setType(part.value.getType());
      return moved->getResult(0);
    });
    return success();
  }
};

} // namespace

void populateFuseConcatWeightPatterns(RewritePatternSet &patterns) {
  // Before what makes a factor and an addend of a batch normalisation.
  patterns.add<ConcatThenBatchNorm, ConcatThenVector<nn::MulOp>, ConcatThenVector<nn::DivOp>,
               ConcatThenVector<nn::AddOp>, ConcatThenVector<nn::SubOp>>(patterns.getContext(),
                                                                         /*benefit=*/2);
}

void populateFuseConcatActivationPatterns(RewritePatternSet &patterns) {
  patterns.add<ConcatThenActivation>(patterns.getContext());
}

} // namespace kiln
