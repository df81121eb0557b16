// Reductions, softmax and the matrix products that no kernel of ours takes, as linalg ops.
#include "compiler/schedule/NnToKernel/KernelBuilder.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace kiln {
namespace {

using utils::IteratorType;

enum class Combine { Sum, Max, Min };

Value combine(OpBuilder &b, Location loc, Combine kind, Value x, Value y, bool isUnsigned) {
  bool isFloat = isa<FloatType>(x.getType());
  switch (kind) {
  case Combine::Sum:
    if (isFloat)
      return arith::AddFOp::create(b, loc, x, y);
    return arith::AddIOp::create(b, loc, x, y);
  case Combine::Max:
    if (isFloat)
      return arith::MaximumFOp::create(b, loc, x, y);
    if (isUnsigned)
      return arith::MaxUIOp::create(b, loc, x, y);
    return arith::MaxSIOp::create(b, loc, x, y);
  case Combine::Min:
    if (isFloat)
      return arith::MinimumFOp::create(b, loc, x, y);
    if (isUnsigned)
      return arith::MinUIOp::create(b, loc, x, y);
    return arith::MinSIOp::create(b, loc, x, y);
  }
  llvm_unreachable("every kind returns");
}

/// The value that `combine` leaves unchanged.
TypedAttr neutral(OpBuilder &builder, Combine kind, Type element, bool isUnsigned) {
  if (kind == Combine::Sum)
    return builder.getZeroAttr(element);
  if (auto type = dyn_cast<FloatType>(element))
    return builder.getFloatAttr(
        type, llvm::APFloat::getInf(type.getFloatSemantics(), kind == Combine::Max));
  unsigned width = element.getIntOrFloatBitWidth();
  bool isLow = kind == Combine::Max;
  llvm::APInt value =
      isUnsigned
          ? (isLow ? llvm::APInt::getMinValue(width) : llvm::APInt::getMaxValue(width))
          : (isLow ? llvm::APInt::getSignedMinValue(width) : llvm::APInt::getSignedMaxValue(width));
  return builder.getIntegerAttr(element, value);
}

/// Reduces `axes` of `input` into `output`, which has size one there.
void reduce(KernelBuilder &kernels, Value input, Value output, ArrayRef<int64_t> axes, Combine kind,
            bool isUnsigned) {
  OpBuilder &builder = kernels.builder;
  auto type = cast<MemRefType>(output.getType());
  kernels.fill(output, neutral(builder, kind, type.getElementType(), isUnsigned));
  int64_t rank = type.getRank();
  SmallVector<IteratorType> iterators(rank, IteratorType::parallel);
  SmallVector<AffineExpr> exprs;
  for (int64_t i = 0; i < rank; ++i) {
    bool isReduced = llvm::is_contained(axes, i);
    if (isReduced)
      iterators[i] = IteratorType::reduction;
    exprs.push_back(isReduced ? builder.getAffineConstantExpr(0) : builder.getAffineDimExpr(i));
  }
  AffineMap outputMap = AffineMap::get(rank, 0, exprs, builder.getContext());
  kernels.generic(input, output, {builder.getMultiDimIdentityMap(rank), outputMap}, iterators,
                  [&](OpBuilder &b, Location loc, ValueRange v) {
                    return combine(b, loc, kind, v[1], v[0], isUnsigned);
                  });
}

SmallVector<int64_t> keptShape(RankedTensorType input, ArrayRef<int64_t> axes) {
  SmallVector<int64_t> shape(input.getShape());
  for (int64_t axis : axes)
    shape[axis] = 1;
  return shape;
}

template <typename ReduceOp>
LogicalResult emitReduce(KernelBuilder &kernels, ReduceOp op, Combine kind) {
  RankedTensorType input = tensorType(op.getInput());
  Value output = kernels.plainView(op.getResult(), keptShape(input, op.getAxes()));
  reduce(kernels, kernels.plainView(op.getInput()), output, op.getAxes(), kind,
         input.getElementType().isUnsignedInteger());
  return success();
}

LogicalResult emitMean(KernelBuilder &kernels, nn::ReduceMeanOp op) {
  if (failed(emitReduce(kernels, op, Combine::Sum)))
    return failure();
  RankedTensorType input = tensorType(op.getInput()), result = tensorType(op.getResult());
  int64_t count = input.getNumElements() / std::max<int64_t>(1, result.getNumElements());
  Value output = kernels.plainView(op.getResult(), {result.getNumElements()});
  Type element = storageType(input.getElementType());
  AffineMap identity = kernels.builder.getMultiDimIdentityMap(1);
  kernels.parallel(
      output, output, identity, [&](OpBuilder &b, Location loc, ValueRange v) -> Value {
        if (isa<FloatType>(element))
          return arith::DivFOp::create(
              b, loc, v[0], arith::ConstantOp::create(b, loc, b.getFloatAttr(element, count)));
        Value divisor = arith::ConstantOp::create(
            b, loc, b.getIntegerAttr(element, std::max<int64_t>(1, count)));
        return arith::DivSIOp::create(b, loc, v[0], divisor);
      });
  return success();
}

/// exp(x - max) / sum, or x - max - log(sum): the maximum keeps the exponential from overflowing.
LogicalResult emitSoftmax(KernelBuilder &kernels, Operation *op, int64_t axis, bool isLog) {
  OpBuilder &builder = kernels.builder;
  RankedTensorType type = tensorType(op->getOperand(0));
  Type element = type.getElementType();
  if (element.getIntOrFloatBitWidth() < 32)
    return op->emitOpError("is not supported for element type ")
           << element << "; widen-half computes it in f32";
  SmallVector<int64_t> kept = keptShape(type, axis);
  int64_t rank = type.getRank();
  AffineMap identity = builder.getMultiDimIdentityMap(rank);
  SmallVector<AffineExpr> exprs(identity.getResults());
  exprs[axis] = builder.getAffineConstantExpr(0);
  AffineMap keptMap = AffineMap::get(rank, 0, exprs, builder.getContext());

  Value input = kernels.plainView(op->getOperand(0)), output = kernels.plainView(op->getResult(0));
  Value maximum = kernels.allocateTemporary(kept, element);
  reduce(kernels, input, maximum, axis, Combine::Max, false);
  kernels.parallel({input, maximum}, output, {identity, keptMap},
                   [](OpBuilder &b, Location loc, ValueRange v) -> Value {
                     return math::ExpOp::create(b, loc, arith::SubFOp::create(b, loc, v[0], v[1]));
                   });
  Value sum = kernels.allocateTemporary(kept, element);
  reduce(kernels, output, sum, axis, Combine::Sum, false);
  if (!isLog) {
    kernels.parallel({output, sum}, output, {identity, keptMap},
                     [](OpBuilder &b, Location loc, ValueRange v) -> Value {
                       return arith::DivFOp::create(b, loc, v[0], v[1]);
                     });
    return success();
  }
  kernels.parallel({input, maximum, sum}, output, {identity, keptMap, keptMap},
                   [](OpBuilder &b, Location loc, ValueRange v) -> Value {
                     Value shifted = arith::SubFOp::create(b, loc, v[0], v[1]);
                     return arith::SubFOp::create(b, loc, shifted,
                                                  math::LogOp::create(b, loc, v[2]));
                   });
  return success();
}

Value multiplyAdd(OpBuilder &b, Location loc, ValueRange v) {
  if (isa<FloatType>(v[0].getType()))
    return arith::AddFOp::create(b, loc, v[2], arith::MulFOp::create(b, loc, v[0], v[1]));
  return arith::AddIOp::create(b, loc, v[2], arith::MulIOp::create(b, loc, v[0], v[1]));
}

/// numpy.matmul over broadcast leading dimensions; the columns are innermost, so that they
/// vectorise.
LogicalResult emitMatmul(KernelBuilder &kernels, nn::MatmulOp op) {
  OpBuilder &builder = kernels.builder;
  SmallVector<int64_t> a(tensorType(op.getA()).getShape()), b(tensorType(op.getB()).getShape());
  SmallVector<int64_t> out(tensorType(op.getResult()).getShape());
  if (b.size() == 1)
    out.push_back(1), b.push_back(1);
  if (a.size() == 1)
    out.insert(out.end() - 1, 1), a.insert(a.begin(), 1);
  // Dimensions: the batch, then row, inner, column.
  int64_t batch = out.size() - 2, row = batch, inner = batch + 1, column = batch + 2,
          dims = batch + 3;
  auto dim = [&](int64_t i) { return builder.getAffineDimExpr(i); };
  // Leading dimensions of size one are broadcast; the result's are walked whatever their size.
  auto operandMap = [&](ArrayRef<int64_t> shape, int64_t first, int64_t second,
                        bool isResult = false) {
    SmallVector<AffineExpr> exprs;
    int64_t leading = shape.size() - 2;
    for (int64_t i = 0; i < leading; ++i)
      exprs.push_back(shape[i] == 1 && !isResult ? builder.getAffineConstantExpr(0)
                                                 : dim(batch - leading + i));
    exprs.push_back(dim(first));
    exprs.push_back(dim(second));
    return AffineMap::get(dims, 0, exprs, builder.getContext());
  };
  SmallVector<IteratorType> iterators(dims, IteratorType::parallel);
  iterators[inner] = IteratorType::reduction;
  Value output = kernels.plainView(op.getResult(), out);
  kernels.fillZero(output);
  kernels.generic(
      {kernels.plainView(op.getA(), a), kernels.plainView(op.getB(), b)}, output,
      {operandMap(a, row, inner), operandMap(b, inner, column), operandMap(out, row, column, true)},
      iterators, multiplyAdd);
  return success();
}

/// A gemm of another type than f32.
LogicalResult emitPlainGemm(KernelBuilder &kernels, nn::GemmOp op) {
  if (op.getActivation())
    return op.emitOpError("with an activation is not supported for element type ")
           << tensorType(op.getA()).getElementType();
  OpBuilder &builder = kernels.builder;
  Value output = kernels.plainView(op.getResult());
  if (op.getC()) {
    AffineMap rowMap = AffineMap::get(2, 0, builder.getAffineDimExpr(1));
    kernels.parallel(kernels.plainView(op.getC()), output, rowMap,
                     [](OpBuilder &, Location, ValueRange v) { return v[0]; });
  } else {
    kernels.fillZero(output);
  }
  AffineExpr row = builder.getAffineDimExpr(0), inner = builder.getAffineDimExpr(1);
  AffineExpr column = builder.getAffineDimExpr(2);
  auto map = [&](AffineExpr first, AffineExpr second) {
    return AffineMap::get(3, 0, {first, second}, builder.getContext());
  };
  kernels.generic(
      {kernels.plainView(op.getA()), kernels.plainView(op.getB())}, output,
      {map(row, inner), op.getTransB() ? map(column, inner) : map(inner, column), map(row, column)},
      {IteratorType::parallel, IteratorType::reduction, IteratorType::parallel}, multiplyAdd);
  return success();
}

} // namespace

LogicalResult emitReduction(KernelBuilder &kernels, Operation *op) {
  return llvm::TypeSwitch<Operation *, LogicalResult>(op)
      .Case([&](nn::ReduceMeanOp mean) { return emitMean(kernels, mean); })
      .Case([&](nn::ReduceSumOp sum) { return emitReduce(kernels, sum, Combine::Sum); })
      .Case([&](nn::ReduceMaxOp max) { return emitReduce(kernels, max, Combine::Max); })
      .Case([&](nn::ReduceMinOp min) { return emitReduce(kernels, min, Combine::Min); })
      .Case(
          [&](nn::SoftmaxOp softmax) { return emitSoftmax(kernels, op, softmax.getAxis(), false); })
      .Case([&](nn::LogSoftmaxOp softmax) {
        return emitSoftmax(kernels, op, softmax.getAxis(), true);
      })
      .Case([&](nn::MatmulOp matmul) { return emitMatmul(kernels, matmul); })
      .Case([&](nn::GemmOp gemm) { return emitPlainGemm(kernels, gemm); })
      .Default([](Operation *other) { return other->emitOpError("has no kernel"); });
}

} // namespace kiln
