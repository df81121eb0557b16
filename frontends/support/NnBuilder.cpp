// Helpers of translators that need no template.
#include "frontends/support/NnBuilder.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace kiln::frontend {

FailureOr<Value> NnBuilder::reshaped(FailureOr<Value> value, llvm::ArrayRef<int64_t> shape) {
  if (failed(value))
    return failure();
  auto type = cast<RankedTensorType>(value->getType());
  if (type.getShape() == shape)
    return value;
  FailureOr<RankedTensorType> to = nn::checkedTensorType(loc, shape, type.getElementType());
  if (failed(to))
    return failure();
  return createAs<nn::ReshapeOp>(*to, value);
}

FailureOr<Value> NnBuilder::converted(FailureOr<Value> value, Type elementType) {
  if (failed(value))
    return failure();
  auto type = cast<RankedTensorType>(value->getType());
  if (type.getElementType() == elementType)
    return value;
  return createAs<nn::CastOp>(RankedTensorType::get(type.getShape(), elementType), value);
}

FailureOr<Value> NnBuilder::expanded(FailureOr<Value> value, llvm::ArrayRef<int64_t> shape) {
  if (failed(value))
    return failure();
  auto type = cast<RankedTensorType>(value->getType());
  if (type.getShape() == shape)
    return value;
  FailureOr<RankedTensorType> to = nn::checkedTensorType(loc, shape, type.getElementType());
  if (failed(to))
    return failure();
  return createAs<nn::ExpandOp>(*to, value);
}

Value NnBuilder::constant(ElementsAttr elements) {
  return nn::ConstantOp::create(builder, loc, elements.getType(), elements);
}

Value NnBuilder::fixedConstant(ElementsAttr elements) {
  Value value = constant(elements);
  value.getDefiningOp()->setAttr(fixedConstantAttr, builder.getUnitAttr());
  return value;
}

Value NnBuilder::scalar(double value, Type elementType) {
  auto type = RankedTensorType::get({}, elementType);
  if (auto floatType = dyn_cast<FloatType>(elementType))
    return constant(DenseElementsAttr::get(type, FloatAttr::get(floatType, value).getValue()));
  llvm::APInt bits(elementType.getIntOrFloatBitWidth(), static_cast<int64_t>(value),
                   /*isSigned=*/true,
                   /*implicitTrunc=*/true);
  return constant(DenseElementsAttr::get(type, bits));
}

Value NnBuilder::integerList(llvm::ArrayRef<int64_t> values) {
  return nn::createConstant(builder, loc, values);
}

std::optional<int64_t> checkedProduct(llvm::ArrayRef<int64_t> factors) {
  int64_t product = 1;
  for (int64_t factor : factors)
    if (llvm::MulOverflow(product, factor, product))
      return std::nullopt;
  return product;
}

} // namespace kiln::frontend
