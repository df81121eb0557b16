// The scalar computation of each pointwise op. Comparisons are written so that a NaN comes through.
#include "compiler/schedule/NnToKernel/KernelBuilder.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace kiln {
namespace {

/// Scalar arithmetic at one place, on one floating-point type.
struct FloatMath {
  OpBuilder &builder;
  Location loc;
  Type type;

  Value constant(double value) const {
    return arith::ConstantOp::create(builder, loc, builder.getFloatAttr(type, value));
  }
  Value add(Value a, Value b) const { return arith::AddFOp::create(builder, loc, a, b); }
  Value sub(Value a, Value b) const { return arith::SubFOp::create(builder, loc, a, b); }
  Value mul(Value a, Value b) const { return arith::MulFOp::create(builder, loc, a, b); }
  Value div(Value a, Value b) const { return arith::DivFOp::create(builder, loc, a, b); }
  Value exp(Value x) const { return math::ExpOp::create(builder, loc, x); }
  /// `condition(a, b) ? yes : no` with an ordered comparison: a NaN takes `no`.
  Value select(arith::CmpFPredicate predicate, Value a, Value b, Value yes, Value no) const {
    Value condition = arith::CmpFOp::create(builder, loc, predicate, a, b);
    return arith::SelectOp::create(builder, loc, condition, yes, no);
  }
  /// max(x, low) where a NaN in x stays.
  Value atLeast(Value x, double low) const {
    Value bound = constant(low);
    return select(arith::CmpFPredicate::OGT, bound, x, bound, x);
  }
  Value atMost(Value x, double high) const {
    Value bound = constant(high);
    return select(arith::CmpFPredicate::OLT, bound, x, bound, x);
  }
  Value belowZero(Value x, Value yes, Value no) const {
    return select(arith::CmpFPredicate::OLT, x, constant(0.0), yes, no);
  }
  /// dividend / (1 + exp(-x)).
  Value logistic(Value dividend, Value x) const {
    Value negative = arith::NegFOp::create(builder, loc, x);
    return div(dividend, add(constant(1.0), exp(negative)));
  }
  Value hardSigmoid(Value x, double alpha, double beta) const {
    return atLeast(atMost(add(mul(x, constant(alpha)), constant(beta)), 1.0), 0.0);
  }
};

double number(const llvm::APFloat &value) { return value.convertToDouble(); }

Value emitFloatUnary(const FloatMath &m, Operation *op, Value x) {
  OpBuilder &b = m.builder;
  Location loc = m.loc;
  return llvm::TypeSwitch<Operation *, Value>(op)
      .Case([&](nn::ReluOp) { return m.atLeast(x, 0.0); })
      .Case([&](nn::LeakyReluOp leaky) {
        return m.belowZero(x, m.mul(x, m.constant(number(leaky.getAlpha()))), x);
      })
      .Case([&](nn::ClipOp clip) {
        return m.atMost(m.atLeast(x, number(clip.getMin())), number(clip.getMax()));
      })
      .Case([&](nn::SigmoidOp) { return m.logistic(m.constant(1.0), x); })
      .Case([&](nn::TanhOp) { return math::TanhOp::create(b, loc, x); })
      .Case([&](nn::EluOp elu) {
        Value grown = m.mul(m.constant(number(elu.getAlpha())), m.sub(m.exp(x), m.constant(1.0)));
        return m.belowZero(x, grown, x);
      })
      .Case([&](nn::HardSigmoidOp hard) {
        return m.hardSigmoid(x, number(hard.getAlpha()), number(hard.getBeta()));
      })
      .Case([&](nn::HardSwishOp) { return m.mul(x, m.hardSigmoid(x, 1.0 / 6.0, 0.5)); })
      .Case([&](nn::SwishOp) { return m.logistic(x, x); })
      .Case([&](nn::ExpOp) { return m.exp(x); })
      .Case([&](nn::LogOp) { return math::LogOp::create(b, loc, x); })
      .Case([&](nn::SqrtOp) { return math::SqrtOp::create(b, loc, x); })
      .Case([&](nn::ErfOp) { return math::ErfOp::create(b, loc, x); })
      .Case([&](nn::AbsOp) { return math::AbsFOp::create(b, loc, x); })
      .Case([&](nn::NegOp) { return arith::NegFOp::create(b, loc, x); })
      .Case([&](nn::FloorOp) { return math::FloorOp::create(b, loc, x); })
      .Case([&](nn::CeilOp) { return math::CeilOp::create(b, loc, x); })
      .Case([&](nn::RoundOp) { return math::RoundEvenOp::create(b, loc, x); })
      .Case<nn::IdentityOp, nn::DropoutOp>([&](Operation *) { return x; })
      .Default(Value());
}

Value emitFloatBinary(const FloatMath &m, Operation *op, Value a, Value c) {
  OpBuilder &b = m.builder;
  Location loc = m.loc;
  return llvm::TypeSwitch<Operation *, Value>(op)
      .Case([&](nn::AddOp) { return m.add(a, c); })
      .Case([&](nn::SubOp) { return m.sub(a, c); })
      .Case([&](nn::MulOp) { return m.mul(a, c); })
      .Case([&](nn::DivOp) { return m.div(a, c); })
      .Case([&](nn::MinOp) { return arith::MinimumFOp::create(b, loc, a, c); })
      .Case([&](nn::MaxOp) { return arith::MaximumFOp::create(b, loc, a, c); })
      .Case([&](nn::PowOp) { return math::PowFOp::create(b, loc, a, c); })
      .Case([&](nn::PreluOp) { return m.belowZero(a, m.mul(a, c), a); })
      .Default(Value());
}

/// Halves are computed in f32 and rounded once.
Value emitFloat(OpBuilder &builder, Location loc, Operation *op, ValueRange operands) {
  Type type = operands[0].getType(), f32 = builder.getF32Type();
  bool isHalf = type.getIntOrFloatBitWidth() < 32;
  SmallVector<Value> values(operands);
  if (isHalf)
    for (Value &value : values)
      value = arith::ExtFOp::create(builder, loc, f32, value);
  FloatMath math{builder, loc, isHalf ? f32 : type};
  Value result = values.size() == 1 ? emitFloatUnary(math, op, values[0])
                                    : emitFloatBinary(math, op, values[0], values[1]);
  return result && isHalf ? arith::TruncFOp::create(builder, loc, type, result).getResult()
                          : result;
}

Value integerConstant(OpBuilder &builder, Location loc, Type type, int64_t value) {
  return arith::ConstantOp::create(builder, loc, builder.getIntegerAttr(type, value));
}

Value emitIntegerClip(OpBuilder &b, Location loc, nn::ClipOp clip, Value x, bool isUnsigned) {
  unsigned width = x.getType().getIntOrFloatBitWidth();
  auto bound = [&](const llvm::APFloat &value) {
    llvm::APSInt integer(width, isUnsigned);
    bool isExact;
    value.convertToInteger(integer, llvm::APFloat::rmTowardZero, &isExact);
    return arith::ConstantOp::create(b, loc, b.getIntegerAttr(x.getType(), integer)).getResult();
  };
  Value low = bound(clip.getMin()), high = bound(clip.getMax());
  if (isUnsigned)
    return arith::MinUIOp::create(b, loc, arith::MaxUIOp::create(b, loc, x, low), high);
  return arith::MinSIOp::create(b, loc, arith::MaxSIOp::create(b, loc, x, low), high);
}

/// Division toward zero that never traps: by zero it gives zero, and the least integer by -1 is
/// itself.
Value emitIntegerDivision(OpBuilder &b, Location loc, Value x, Value y, bool isUnsigned) {
  auto constant = [&](int64_t value) { return integerConstant(b, loc, x.getType(), value); };
  auto equals = [&](int64_t value) -> Value {
    return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, y, constant(value));
  };
  Value isZero = equals(0);
  Value divisor = arith::SelectOp::create(b, loc, isZero, constant(1), y), quotient;
  if (isUnsigned) {
    quotient = arith::DivUIOp::create(b, loc, x, divisor);
  } else {
    Value isMinusOne = equals(-1), negative = arith::SubIOp::create(b, loc, constant(0), x);
    divisor = arith::SelectOp::create(b, loc, isMinusOne, constant(1), divisor);
    quotient = arith::DivSIOp::create(b, loc, x, divisor);
    quotient = arith::SelectOp::create(b, loc, isMinusOne, negative, quotient);
  }
  return arith::SelectOp::create(b, loc, isZero, constant(0), quotient);
}

Value emitInteger(OpBuilder &b, Location loc, Operation *op, ValueRange v, bool isUnsigned) {
  Value zero = integerConstant(b, loc, v[0].getType(), 0);
  return llvm::TypeSwitch<Operation *, Value>(op)
      .Case([&](nn::AddOp) { return arith::AddIOp::create(b, loc, v[0], v[1]); })
      .Case([&](nn::SubOp) { return arith::SubIOp::create(b, loc, v[0], v[1]); })
      .Case([&](nn::MulOp) { return arith::MulIOp::create(b, loc, v[0], v[1]); })
      .Case([&](nn::DivOp) -> Value { return emitIntegerDivision(b, loc, v[0], v[1], isUnsigned); })
      .Case([&](nn::MinOp) -> Value {
        if (isUnsigned)
          return arith::MinUIOp::create(b, loc, v[0], v[1]);
        return arith::MinSIOp::create(b, loc, v[0], v[1]);
      })
      .Case([&](nn::MaxOp) -> Value {
        if (isUnsigned)
          return arith::MaxUIOp::create(b, loc, v[0], v[1]);
        return arith::MaxSIOp::create(b, loc, v[0], v[1]);
      })
      .Case([&](nn::ReluOp) -> Value {
        return isUnsigned ? v[0] : arith::MaxSIOp::create(b, loc, v[0], zero).getResult();
      })
      .Case([&](nn::ClipOp clip) { return emitIntegerClip(b, loc, clip, v[0], isUnsigned); })
      .Case([&](nn::AbsOp) -> Value {
        return isUnsigned ? v[0] : math::AbsIOp::create(b, loc, v[0]).getResult();
      })
      .Case([&](nn::NegOp) { return arith::SubIOp::create(b, loc, zero, v[0]); })
      .Case<nn::IdentityOp, nn::DropoutOp>([&](Operation *) { return v[0]; })
      .Default(Value());
}

/// The element types of nn, as they matter for a conversion.
bool isUnsignedElement(Type element) { return element.isUnsignedInteger() || element.isInteger(1); }

Value emitCompare(OpBuilder &b, Location loc, nn::CompareOp op, Value x, Value y) {
  Type element = tensorType(op.getLhs()).getElementType();
  nn::Predicate predicate = op.getPredicate();
  bool isEqual = predicate == nn::Predicate::Equal, isLess = predicate == nn::Predicate::Less;
  if (isa<FloatType>(element)) {
    using Kind = arith::CmpFPredicate;
    return arith::CmpFOp::create(b, loc,
                                 isEqual  ? Kind::OEQ
                                 : isLess ? Kind::OLT
                                          : Kind::OLE,
                                 x, y);
  }
  using Kind = arith::CmpIPredicate;
  bool isUnsigned = isUnsignedElement(element);
  Kind less = isUnsigned ? Kind::ult : Kind::slt, atMost = isUnsigned ? Kind::ule : Kind::sle;
  return arith::CmpIOp::create(b, loc, isEqual ? Kind::eq : isLess ? less : atMost, x, y);
}

Value emitCast(OpBuilder &b, Location loc, nn::CastOp op, Value x) {
  Type from = tensorType(op.getInput()).getElementType(),
       to = tensorType(op.getResult()).getElementType();
  Type target = storageType(to);
  unsigned fromBits = x.getType().getIntOrFloatBitWidth(), toBits = target.getIntOrFloatBitWidth();
  bool fromFloat = isa<FloatType>(from), toFloat = isa<FloatType>(to);
  if (to.isInteger(1)) {
    if (fromFloat)
      return arith::CmpFOp::create(b, loc, arith::CmpFPredicate::UNE, x,
                                   arith::ConstantOp::create(b, loc, b.getFloatAttr(from, 0.0)));
    return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ne, x,
                                 integerConstant(b, loc, x.getType(), 0));
  }
  if (x.getType() == target)
    return x;
  if (fromFloat && toFloat) {
    if (fromBits < toBits)
      return arith::ExtFOp::create(b, loc, target, x);
    if (fromBits > toBits)
      return arith::TruncFOp::create(b, loc, target, x);
    return arith::TruncFOp::create(b, loc, target,
                                   arith::ExtFOp::create(b, loc, b.getF32Type(), x));
  }
  if (fromFloat) {
    if (isUnsignedElement(to))
      return arith::FPToUIOp::create(b, loc, target, x);
    return arith::FPToSIOp::create(b, loc, target, x);
  }
  if (toFloat) {
    if (isUnsignedElement(from))
      return arith::UIToFPOp::create(b, loc, target, x);
    return arith::SIToFPOp::create(b, loc, target, x);
  }
  if (fromBits > toBits)
    return arith::TruncIOp::create(b, loc, target, x);
  if (isUnsignedElement(from))
    return arith::ExtUIOp::create(b, loc, target, x);
  return arith::ExtSIOp::create(b, loc, target, x);
}

} // namespace

Value emitScalar(OpBuilder &builder, Location loc, Operation *op, ValueRange operands) {
  if (auto cast = dyn_cast<nn::CastOp>(op))
    return emitCast(builder, loc, cast, operands[0]);
  if (auto compare = dyn_cast<nn::CompareOp>(op))
    return emitCompare(builder, loc, compare, operands[0], operands[1]);
  if (isa<nn::SelectOp>(op))
    return arith::SelectOp::create(builder, loc, operands[0], operands[1], operands[2]);
  Type element = tensorType(op->getOperand(0)).getElementType();
  if (isa<FloatType>(element))
    return emitFloat(builder, loc, op, operands);
  return emitInteger(builder, loc, op, operands, isUnsignedElement(element));
}

} // namespace kiln
