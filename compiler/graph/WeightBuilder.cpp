// Building nn ops on weights.
#include "compiler/graph/WeightBuilder.h"

#include "compiler/graph/GraphSupport.h"
#include "dialects/nn/NnElements.h"

using namespace mlir;

namespace kiln {

Value WeightBuilder::add(Value lhs, Value rhs) { return nn::AddOp::create(builder, loc, lhs, rhs); }
Value WeightBuilder::sub(Value lhs, Value rhs) { return nn::SubOp::create(builder, loc, lhs, rhs); }
Value WeightBuilder::mul(Value lhs, Value rhs) { return nn::MulOp::create(builder, loc, lhs, rhs); }
Value WeightBuilder::div(Value lhs, Value rhs) { return nn::DivOp::create(builder, loc, lhs, rhs); }
Value WeightBuilder::sqrt(Value value) { return nn::SqrtOp::create(builder, loc, value); }
Value WeightBuilder::matmul(Value lhs, Value rhs) {
  return nn::MatmulOp::create(builder, loc, lhs, rhs);
}

Value WeightBuilder::transpose(Value value, ArrayRef<int64_t> perm) {
  return nn::TransposeOp::create(builder, loc, value, perm);
}

Value WeightBuilder::sum(Value value, ArrayRef<int64_t> axes) {
  return nn::ReduceSumOp::create(builder, loc, value, axes, /*keepdims=*/false);
}

Value WeightBuilder::concat(ArrayRef<Value> values, int64_t axis) {
  return nn::ConcatOp::create(builder, loc, values, axis);
}

Value WeightBuilder::cast(Value value, Type elementType) {
  auto type = tensorTypeOf(value).clone(elementType);
  return type == value.getType() ? value
                                 : nn::CastOp::create(builder, loc, type, value).getResult();
}

Value WeightBuilder::reshape(Value value, ArrayRef<int64_t> shape) {
  return builder.createOrFold<nn::ReshapeOp>(loc, tensorTypeOf(value).clone(shape), value);
}

Value WeightBuilder::expand(Value value, ArrayRef<int64_t> shape) {
  auto type = tensorTypeOf(value).clone(shape);
  return type == value.getType() ? value
                                 : nn::ExpandOp::create(builder, loc, type, value).getResult();
}

Value WeightBuilder::splat(double number, Type elementType, ArrayRef<int64_t> shape) {
  auto type = RankedTensorType::get(shape, elementType);
  auto elements = DenseElementsAttr::get(type, builder.getFloatAttr(elementType, number));
  return nn::ConstantOp::create(builder, loc, type, elements);
}

Value WeightBuilder::channelVector(Value value, int64_t channels) {
  int64_t count = tensorTypeOf(value).getNumElements();
  return expand(reshape(value, count), channels);
}

Value WeightBuilder::alongChannels(Value vector, int64_t rank) {
  SmallVector<int64_t> shape(rank, 1);
  shape[1] = tensorTypeOf(vector).getDimSize(0);
  return reshape(vector, shape);
}

Value WeightBuilder::alongFilters(Value vector, int64_t rank) {
  SmallVector<int64_t> shape(rank, 1);
  shape[0] = tensorTypeOf(vector).getDimSize(0);
  return reshape(vector, shape);
}

Value WeightBuilder::alongInputs(Value vector, RankedTensorType filter, int64_t groups) {
  int64_t filters = filter.getDimSize(0), inputs = filter.getDimSize(1);
  SmallVector<int64_t> shape(filter.getRank(), 1);
  shape[1] = inputs;
  if (groups == 1)
    return reshape(vector, shape);
  shape[0] = filters;
  Value byGroup = reshape(vector, {groups, 1, inputs});
  return reshape(expand(byGroup, {groups, filters / groups, inputs}), shape);
}

} // namespace kiln
