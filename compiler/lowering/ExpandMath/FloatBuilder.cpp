// See FloatBuilder.h.
#include "compiler/lowering/ExpandMath/FloatBuilder.h"

using namespace mlir;

namespace kiln {

FloatBuilder::FloatBuilder(OpBuilder &builder, Location loc, Type type)
    : builder(builder), loc(loc), type(type) {
  bitsType =
      withElement(builder.getIntegerType(getElementTypeOrSelf(type).getIntOrFloatBitWidth()));
}

Type FloatBuilder::withElement(Type element) const {
  if (auto vector = dyn_cast<VectorType>(type))
    return vector.clone(element);
  return element;
}

/// A constant of a scalar or vector type.
static Value splat(FloatBuilder &b, Type type, TypedAttr scalar) {
  if (auto vector = dyn_cast<VectorType>(type))
    return b.create<arith::ConstantOp>(DenseElementsAttr::get(vector, Attribute(scalar)));
  return b.create<arith::ConstantOp>(scalar);
}

Value FloatBuilder::constant(double value) {
  return splat(*this, type, builder.getFloatAttr(getElementTypeOrSelf(type), value));
}

Value FloatBuilder::integer(int64_t value) {
  return splat(*this, bitsType, builder.getIntegerAttr(getElementTypeOrSelf(bitsType), value));
}

Value FloatBuilder::bitsOf(Value a) { return create<arith::BitcastOp>(bitsType, a); }

Value FloatBuilder::multiplyAdd(Value a, Value b, Value c) {
  auto contract = arith::FastMathFlags::contract;
  return create<arith::AddFOp>(create<arith::MulFOp>(a, b, contract), c, contract);
}

Value FloatBuilder::polynomial(Value x, ArrayRef<double> coefficients) {
  Value sum = constant(coefficients.back());
  for (double coefficient : llvm::reverse(coefficients.drop_back()))
    sum = multiplyAdd(sum, x, constant(coefficient));
  return sum;
}

Value FloatBuilder::atLeast(Value x, double low) {
  Value bound = constant(low);
  return select(compare(arith::CmpFPredicate::OGT, bound, x), bound, x);
}

Value FloatBuilder::atMost(Value x, double high) {
  Value bound = constant(high);
  return select(compare(arith::CmpFPredicate::OLT, bound, x), bound, x);
}

} // namespace kiln
