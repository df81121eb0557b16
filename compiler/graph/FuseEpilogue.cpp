// Additions and activations go into the epilogue of the op that makes their operand: the values are
// still in registers there, and a pass over memory is saved.
//
//   relu(add(conv(x, w, bias b), y))  ->  conv(x, w, bias b, residual y) {activation =
//   #nn.activation<relu>}
#include "compiler/graph/FusePatterns.h"

#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace kiln {

nn::ActivationAttr activationOf(Operation *op) {
  using nn::ActivationAttr;
  using nn::ActivationKind;
  MLIRContext *context = op->getContext();
  auto number = [](const APFloat &value) { return value.convertToDouble(); };
  return TypeSwitch<Operation *, ActivationAttr>(op)
      .Case([&](nn::ReluOp) { return ActivationAttr::get(context, ActivationKind::Relu); })
      .Case([&](nn::LeakyReluOp leaky) {
        return ActivationAttr::get(context, ActivationKind::LeakyRelu, number(leaky.getAlpha()));
      })
      .Case([&](nn::ClipOp clip) {
        return ActivationAttr::get(context, ActivationKind::Clip, number(clip.getMin()),
                                   number(clip.getMax()));
      })
      .Case([&](nn::SigmoidOp) { return ActivationAttr::get(context, ActivationKind::Sigmoid); })
      .Case([&](nn::TanhOp) { return ActivationAttr::get(context, ActivationKind::Tanh); })
      .Case([&](nn::EluOp elu) {
        return ActivationAttr::get(context, ActivationKind::Elu, number(elu.getAlpha()));
      })
      .Case([&](nn::HardSigmoidOp hard) {
        return ActivationAttr::get(context, ActivationKind::HardSigmoid, number(hard.getAlpha()),
                                   number(hard.getBeta()));
      })
      .Case(
          [&](nn::HardSwishOp) { return ActivationAttr::get(context, ActivationKind::HardSwish); })
      .Case([&](nn::SwishOp) { return ActivationAttr::get(context, ActivationKind::Swish); })
      .Default([](Operation *) { return ActivationAttr(); });
}

namespace {

/// Whether `a` reads a tensor that is computed after the one that `b` reads; of the same tensor,
/// whether `a` stands after `b`.
bool readsLater(nn::ConvOp a, nn::ConvOp b) {
  Operation *inputOfA = a.getInput().getDefiningOp(), *inputOfB = b.getInput().getDefiningOp();
  if (inputOfA == inputOfB)
    return b->isBeforeInBlock(a);
  return inputOfA && (!inputOfB || inputOfB->isBeforeInBlock(inputOfA));
}

/// An addition of a tensor of the same shape. The addition stays where it is, so whatever it reads
/// is defined. Of two convolutions the one at the end of the longer branch takes the other's
/// result: in a residual network that is the same kernel in every block, whether its shortcut is a
/// projection or not.
struct ConvThenResidual : OpRewritePattern<nn::AddOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(nn::AddOp add, PatternRewriter &rewriter) const override {
    Value lhs = add.getLhs(), rhs = add.getRhs();
    if (lhs.getType() != rhs.getType())
      return rewriter.notifyMatchFailure(add, "operands of different shapes");
    auto left = bareProducer<nn::ConvOp>(lhs), right = bareProducer<nn::ConvOp>(rhs);
    if (!left && !right)
      return rewriter.notifyMatchFailure(add, "no convolution that only this op reads");
    bool takeLeft = left && (!right || readsLater(left, right));
    Value residual = takeLeft ? rhs : lhs;
    absorb<nn::ConvOp>(rewriter, takeLeft ? left : right, add, "ConvThenResidual",
                       [&](nn::ConvOp fused) { fused.getResidualMutable().assign(residual); });
    return success();
  }
};

/// Whether nothing has to be added between the op's kernel and its activation: the addend of a
/// dense layer is a row, or becomes an op of its own (decompose-ops).
bool endsWithAddend(Operation *op) {
  auto gemm = dyn_cast<nn::GemmOp>(op);
  if (!gemm || !gemm.getC())
    return true;
  ArrayRef<int64_t> addend = tensorTypeOf(gemm.getC()).getShape();
  int64_t columns = gemm.getType().getDimSize(1);
  return !addend.empty() && addend.back() == columns && llvm::product_of(addend) == columns;
}

/// An activation after an op that can end with one.
template <typename OpTy> struct ThenActivation : RewritePattern {
  ThenActivation(MLIRContext *context, StringRef pattern)
      : RewritePattern(MatchAnyOpTypeTag(), /*benefit=*/1, context), pattern(pattern) {}

  LogicalResult matchAndRewrite(Operation *op, PatternRewriter &rewriter) const override {
    nn::ActivationAttr activation = activationOf(op);
    if (!activation)
      return rewriter.notifyMatchFailure(op, "no activation");
    auto producer = op->getOperand(0).getDefiningOp<OpTy>();
    if (!producer || !producer->hasOneUse() || producer.getActivation())
      return rewriter.notifyMatchFailure(
          op, "no producer that only this op reads and that has no activation yet");
    if (!endsWithAddend(producer))
      return rewriter.notifyMatchFailure(op, "the producer's addend is no row");
    absorb<OpTy>(rewriter, producer, op, pattern,
                 [&](OpTy fused) { fused.setActivationAttr(activation); });
    return success();
  }

  StringRef pattern;
};

/// A maximum pool between a convolution and a monotone activation: the activation may come first,
/// where it costs nothing. A window without padding alone is asked for: the activation of no
/// element is none.
struct ConvThenMaxPoolThenActivation : OpRewritePattern<nn::MaxPoolOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(nn::MaxPoolOp pool, PatternRewriter &rewriter) const override {
    auto conv = pool.getInput().getDefiningOp<nn::ConvOp>();
    if (!conv || !conv->hasOneUse() || conv.getActivation() || !pool->hasOneUse() ||
        llvm::any_of(pool.getDilations(), [](int64_t dilation) { return dilation != 1; }))
      return rewriter.notifyMatchFailure(pool, "no convolution before it, or other readers");
    Operation *op = *pool->user_begin();
    nn::ActivationAttr activation = activationOf(op);
    if (!activation || !isMonotone(activation))
      return rewriter.notifyMatchFailure(pool, "no monotone activation after it");
    remarkPassed(op, kFuseConv, "ConvThenMaxPoolThenActivation",
                 {.ops = 1, .bytes = tensorBytes(op->getResult(0))});
    rewriter.modifyOpInPlace(conv, [&] { conv.setActivationAttr(activation); });
    rewriter.modifyOpInPlace(pool,
                             [&] { pool->setLoc(fusedLocation(pool.getLoc(), op->getLoc())); });
    rewriter.replaceOp(op, pool);
    return success();
  }

  static bool isMonotone(nn::ActivationAttr activation) {
    switch (activation.getKind()) {
    case nn::ActivationKind::Relu:
      return true;
    case nn::ActivationKind::LeakyRelu:
      return activation.getAlpha() >= 0;
    case nn::ActivationKind::Clip:
      return activation.getAlpha() <= activation.getBeta();
    default:
      return false;
    }
  }
};

} // namespace

void populateFuseEpiloguePatterns(RewritePatternSet &patterns) {
  patterns.add<ConvThenResidual, ConvThenMaxPoolThenActivation>(patterns.getContext());
  patterns.add<ThenActivation<nn::ConvOp>>(patterns.getContext(), "ConvThenActivation");
  patterns.add<ThenActivation<nn::ConvTransposeOp>>(patterns.getContext(),
                                                    "ConvTransposeThenActivation");
  patterns.add<ThenActivation<nn::GemmOp>>(patterns.getContext(), "GemmThenActivation");
}

} // namespace kiln
