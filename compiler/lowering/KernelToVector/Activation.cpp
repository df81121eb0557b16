// See Activation.h. Every selection takes x itself where a comparison with NaN fails, and has the
// operand order for which one maximum or minimum instruction is the same function.
#include "compiler/lowering/KernelToVector/Activation.h"

using namespace mlir;

namespace kiln {
namespace {

class ActivationEmitter {
public:
  ActivationEmitter(ImplicitLocOpBuilder &builder, nn::ActivationAttr activation, Type type)
      : b(builder), type(type), alpha(activation.getAlpha()), beta(activation.getBeta()),
        kind(activation.getKind()) {}

  Value emit(Value x) {
    switch (kind) {
    case nn::ActivationKind::Relu:
      return atLeast(x, 0.0);
    case nn::ActivationKind::LeakyRelu:
      return belowZero(x, mul(x, constant(alpha)));
    case nn::ActivationKind::Clip:
      return atMost(atLeast(x, alpha), beta);
    case nn::ActivationKind::Sigmoid:
      return logistic(constant(1.0), x);
    case nn::ActivationKind::Tanh:
      return math::TanhOp::create(b, x);
    case nn::ActivationKind::Elu:
      return belowZero(x, mul(constant(alpha), math::ExpM1Op::create(b, x)));
    case nn::ActivationKind::HardSigmoid:
      return hardSigmoid(x, alpha, beta);
    case nn::ActivationKind::HardSwish:
      return mul(x, hardSigmoid(x, 1.0 / 6.0, 0.5));
    case nn::ActivationKind::Swish:
      return logistic(x, x);
    }
    llvm_unreachable("every kind returns");
  }

private:
  Value constant(double value) {
    Attribute scalar = b.getFloatAttr(getElementTypeOrSelf(type), value);
    if (auto vector = dyn_cast<VectorType>(type))
      return arith::ConstantOp::create(b, DenseElementsAttr::get(vector, scalar));
    return arith::ConstantOp::create(b, cast<TypedAttr>(scalar));
  }
  Value add(Value x, Value y) { return arith::AddFOp::create(b, x, y); }
  Value mul(Value x, Value y) { return arith::MulFOp::create(b, x, y); }
  /// dividend / (1 + exp(-x)).
  Value logistic(Value dividend, Value x) {
    Value exponential = math::ExpOp::create(b, arith::NegFOp::create(b, x));
    return arith::DivFOp::create(b, dividend, add(exponential, constant(1.0)));
  }
  Value select(arith::CmpFPredicate predicate, Value x, Value y, Value yes, Value no) {
    return arith::SelectOp::create(b, arith::CmpFOp::create(b, predicate, x, y), yes, no);
  }
  Value atLeast(Value x, double bound) {
    Value low = constant(bound);
    return select(arith::CmpFPredicate::OGT, low, x, low, x);
  }
  Value atMost(Value x, double bound) {
    Value high = constant(bound);
    return select(arith::CmpFPredicate::OLT, high, x, high, x);
  }
  Value belowZero(Value x, Value negative) {
    return select(arith::CmpFPredicate::OLT, x, constant(0.0), negative, x);
  }
  Value hardSigmoid(Value x, double slope, double offset) {
    return atLeast(atMost(add(mul(x, constant(slope)), constant(offset)), 1.0), 0.0);
  }

  ImplicitLocOpBuilder &b;
  Type type;
  double alpha, beta;
  nn::ActivationKind kind;
};

} // namespace

Value emitActivation(ImplicitLocOpBuilder &builder, nn::ActivationAttr activation, Value x) {
  return activation ? ActivationEmitter(builder, activation, x.getType()).emit(x) : x;
}

bool isFunction(nn::ActivationAttr activation) {
  using nn::ActivationKind;
  return activation && llvm::is_contained({ActivationKind::Sigmoid, ActivationKind::Tanh,
                                           ActivationKind::Elu, ActivationKind::Swish},
                                          activation.getKind());
}

} // namespace kiln
