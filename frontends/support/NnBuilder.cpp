// Helpers of translators that need no template.
#include "frontends/support/NnBuilder.h"

#include "dialects/nn/NnElements.h"
#include "frontends/support/Weights.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace kiln::frontend {

/// `value` through an op that gives it `shape`; itself where it has that.
template <typename OpTy>
static FailureOr<Value> withShape(NnBuilder &b, FailureOr<Value> value,
                                  llvm::ArrayRef<int64_t> shape) {
  if (failed(value))
    return failure();
  auto type = cast<RankedTensorType>(value->getType());
  if (type.getShape() == shape)
    return value;
  FailureOr<RankedTensorType> to = nn::checkedTensorType(b.getLoc(), shape, type.getElementType());
  if (failed(to))
    return failure();
  return b.createAs<OpTy>(*to, value);
}

FailureOr<Value> NnBuilder::reshaped(FailureOr<Value> value, llvm::ArrayRef<int64_t> shape) {
  return withShape<nn::ReshapeOp>(*this, value, shape);
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
  return withShape<nn::ExpandOp>(*this, value, shape);
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

FailureOr<Value> NnBuilder::integerTensor(llvm::ArrayRef<int64_t> values,
                                          llvm::ArrayRef<int64_t> shape, Type elementType) {
  FailureOr<RankedTensorType> type = nn::checkedTensorType(loc, shape, elementType);
  if (failed(type))
    return failure();
  if (type->getNumElements() != static_cast<int64_t>(values.size()))
    return error() << values.size() << " numbers do not have the shape " << nn::shapeText(shape);
  std::vector<char> bytes(values.size() * elementBytes(elementType));
  nn::storeIntegers(elementType, values.data(), values.size(), bytes.data());
  return constant(elementsFromBytes(*type, "integers", bytes));
}

FailureOr<Value> NnBuilder::ramp(int64_t rank, int64_t dim, int64_t count, Type elementType,
                                 int64_t begin, int64_t step) {
  constexpr int64_t most = int64_t(1) << 24;
  if (count > most)
    return error() << "a dimension of " << count << " is too large to count its positions";
  Integers values, shape(rank, 1);
  for (int64_t i = 0; i < count; ++i)
    values.push_back(begin + i * step);
  shape[dim] = count;
  return integerTensor(values, shape, elementType);
}

FailureOr<Value> NnBuilder::shifted(FailureOr<Value> value, int64_t axis, int64_t distance) {
  if (failed(value))
    return failure();
  Integers sizes(cast<RankedTensorType>(value->getType()).getShape());
  size_t rank = sizes.size();
  Integers starts(rank, 0), steps(rank, 1), pads(2 * rank, 0);
  sizes[axis] -= distance;
  pads[axis] = distance;
  return create<nn::PadOp>(create<nn::SliceOp>(value, starts, sizes, steps), pads,
                           nn::PadMode::Constant, llvm::APFloat(0.0));
}

/// Sums over 2, 4, 8, ... neighbours until one reaches over the whole axis (Hillis and Steele
/// 1986).
FailureOr<Value> NnBuilder::runningSum(FailureOr<Value> value, int64_t axis) {
  if (failed(value))
    return failure();
  int64_t size = cast<RankedTensorType>(value->getType()).getDimSize(axis);
  for (int64_t distance = 1; distance < size; distance *= 2)
    value = create<nn::AddOp>(value, shifted(value, axis, distance));
  return value;
}

std::optional<int64_t> checkedProduct(llvm::ArrayRef<int64_t> factors) {
  int64_t product = 1;
  for (int64_t factor : factors)
    if (llvm::MulOverflow(product, factor, product))
      return std::nullopt;
  return product;
}

} // namespace kiln::frontend
