// Arithmetic on f32 or f64, scalars or vectors, and on the integers that hold their bits.
#ifndef KILN_COMPILER_LOWERING_EXPANDMATH_FLOATBUILDER_H
#define KILN_COMPILER_LOWERING_EXPANDMATH_FLOATBUILDER_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/TypeUtilities.h"

namespace kiln {

class FloatBuilder {
public:
  using Value = mlir::Value;

  /// Emits where `builder` stands, on values of `type`.
  FloatBuilder(mlir::OpBuilder &builder, mlir::Location loc, mlir::Type type);

  bool isDouble() const { return mlir::getElementTypeOrSelf(type).isF64(); }
  mlir::Type withElement(mlir::Type element) const;

  // Floats. multiplyAdd may be one instruction with one rounding; the other functions round each
  // step.
  Value constant(double value);
  Value add(Value a, Value b) { return create<mlir::arith::AddFOp>(a, b); }
  Value sub(Value a, Value b) { return create<mlir::arith::SubFOp>(a, b); }
  Value mul(Value a, Value b) { return create<mlir::arith::MulFOp>(a, b); }
  Value div(Value a, Value b) { return create<mlir::arith::DivFOp>(a, b); }
  Value negate(Value a) { return create<mlir::arith::NegFOp>(a); }
  Value abs(Value a) { return create<mlir::math::AbsFOp>(a); }
  Value withSignOf(Value a, Value sign) { return create<mlir::math::CopySignOp>(a, sign); }
  Value multiplyAdd(Value a, Value b, Value c);
  /// The polynomial whose coefficients begin with that of x^0.
  Value polynomial(Value x, llvm::ArrayRef<double> coefficients);
  /// max(x, low) and min(x, high); a NaN stays.
  Value atLeast(Value x, double low);
  Value atMost(Value x, double high);

  // Integers of the same width.
  Value integer(int64_t value);
  Value bitsOf(Value a);
  Value fromBits(Value bits) { return create<mlir::arith::BitcastOp>(type, bits); }
  Value addBits(Value a, Value b) { return create<mlir::arith::AddIOp>(a, b); }
  Value subBits(Value a, Value b) { return create<mlir::arith::SubIOp>(a, b); }
  Value andBits(Value a, Value b) { return create<mlir::arith::AndIOp>(a, b); }
  Value orBits(Value a, Value b) { return create<mlir::arith::OrIOp>(a, b); }
  Value shiftLeft(Value a, int64_t by) { return create<mlir::arith::ShLIOp>(a, integer(by)); }
  /// Arithmetic: the sign comes in.
  Value shiftRight(Value a, int64_t by) { return create<mlir::arith::ShRSIOp>(a, integer(by)); }

  // Conditions.
  Value compare(mlir::arith::CmpFPredicate predicate, Value a, Value b) {
    return mlir::arith::CmpFOp::create(builder, loc, predicate, a, b);
  }
  Value compareBits(mlir::arith::CmpIPredicate predicate, Value a, Value b) {
    return mlir::arith::CmpIOp::create(builder, loc, predicate, a, b);
  }
  Value both(Value a, Value b) { return create<mlir::arith::AndIOp>(a, b); }
  Value either(Value a, Value b) { return create<mlir::arith::OrIOp>(a, b); }
  Value select(Value condition, Value yes, Value no) {
    return create<mlir::arith::SelectOp>(condition, yes, no);
  }

  template <typename Op, typename... Args> Value create(Args &&...args) {
    return Op::create(builder, loc, std::forward<Args>(args)...);
  }

  mlir::OpBuilder &builder;
  mlir::Location loc;
  mlir::Type type, bitsType;
};

// The functions; error below 4 units in the last place where no other is given.
mlir::Value emitExp(FloatBuilder &b, mlir::Value x);
/// 1 + exp(x).
mlir::Value emitOnePlusExp(FloatBuilder &b, mlir::Value x);
/// exp(x) - 1, accurate for small x too.
mlir::Value emitExpM1(FloatBuilder &b, mlir::Value x);
/// 1 - exp(-x) in f32 for x from 0 to 20, accurate for small x too.
mlir::Value emitRise(FloatBuilder &b, mlir::Value x);
/// 2^x in f32 for x from -126 to 0, with a relative error below 4e-7; 0 for -127.
mlir::Value emitNegativePowerOfTwo(FloatBuilder &b, mlir::Value x);
mlir::Value emitTanh(FloatBuilder &b, mlir::Value x);
mlir::Value emitLog(FloatBuilder &b, mlir::Value x);
mlir::Value emitErf(FloatBuilder &b, mlir::Value x);
/// 1 + erf(x); in f32 with an absolute error below 2.5e-7, and 0 from x = -7.1 down.
mlir::Value emitOnePlusErf(FloatBuilder &b, mlir::Value x);
/// In f32 computed in f64; in f64 the relative error reaches 1e-13 where the result is near the
/// ends of the range.
mlir::Value emitPow(FloatBuilder &b, mlir::Value x, mlir::Value y);
/// To the nearest integer, ties to even.
mlir::Value emitRoundEven(FloatBuilder &b, mlir::Value x);
mlir::Value emitFloor(FloatBuilder &b, mlir::Value x);
mlir::Value emitCeil(FloatBuilder &b, mlir::Value x);
mlir::Value emitTrunc(FloatBuilder &b, mlir::Value x);

/// Patterns for conversions from and to f16 and bf16, and arithmetic on them in f32.
void populateHalfPatterns(mlir::RewritePatternSet &patterns);

} // namespace kiln

#endif // KILN_COMPILER_LOWERING_EXPANDMATH_FLOATBUILDER_H
