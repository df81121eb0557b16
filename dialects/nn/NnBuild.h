// Building nn ops from what a model file says: shapes, axes and sizes that nobody has checked.
// Builders of ops with inferred types abort on a mismatch; these report it at the location and
// fail.
//
//   FailureOr<ConvOp> conv = createChecked<ConvOp>(builder, loc, input, filter, bias,
//   /*residual=*/Value(), strides,
//                                                  pads, dilations, groups, ActivationAttr());
//   FailureOr<Value> flat = createOrFoldCheckedAs<ReshapeOp>(builder, loc, type, input);
#ifndef KILN_DIALECTS_NN_NNBUILD_H
#define KILN_DIALECTS_NN_NNBUILD_H

#include "dialects/nn/NnDialect.h"

namespace kiln::nn {

/// The tensor type of a shape from a model; an error at `loc` where a size is negative or it is
/// larger than 2^40 bytes.
mlir::FailureOr<mlir::RankedTensorType>
checkedTensorType(mlir::Location loc, llvm::ArrayRef<int64_t> shape, mlir::Type elementType);

namespace detail {
/// Gives a detached op the type that `infer` finds (when given), verifies it and inserts it;
/// destroys it on an error.
llvm::LogicalResult finishChecked(
    mlir::OpBuilder &builder, mlir::Operation *op,
    llvm::function_ref<mlir::FailureOr<mlir::RankedTensorType>(const RuleReporter &)> infer);
} // namespace detail

/// Folds an inserted op: the values of its results, the op's own where nothing folds; otherwise the
/// op is gone.
llvm::SmallVector<mlir::Value> foldCreated(mlir::OpBuilder &builder, mlir::Operation *op);

/// Builds an op whose result type is inferred, from the arguments of its builder that has no result
/// type.
template <typename OpTy, typename... Args>
mlir::FailureOr<OpTy> createChecked(mlir::OpBuilder &builder, mlir::Location loc, Args &&...args) {
  mlir::OperationState state(loc, OpTy::getOperationName());
  mlir::Type placeholder = builder.getNoneType();
  OpTy::build(builder, state, placeholder, std::forward<Args>(args)...);
  mlir::Operation *op = mlir::Operation::create(state);
  auto infer = [&](const RuleReporter &rules) {
    return OpTy::inferResult(typename OpTy::Adaptor(llvm::cast<OpTy>(op)), rules);
  };
  if (mlir::failed(detail::finishChecked(builder, op, infer)))
    return mlir::failure();
  return llvm::cast<OpTy>(op);
}

/// Builds an op with explicit result types (a type or a list of types), such as reshape, split,
/// cast and expand.
template <typename OpTy, typename Types, typename... Args>
mlir::FailureOr<OpTy> createCheckedAs(mlir::OpBuilder &builder, mlir::Location loc, Types &&types,
                                      Args &&...args) {
  mlir::OperationState state(loc, OpTy::getOperationName());
  OpTy::build(builder, state, std::forward<Types>(types), std::forward<Args>(args)...);
  mlir::Operation *op = mlir::Operation::create(state);
  if (mlir::failed(detail::finishChecked(builder, op, nullptr)))
    return mlir::failure();
  return llvm::cast<OpTy>(op);
}

/// createChecked, then folds: the value may be an operand or a new nn.constant, and the op is then
/// gone.
template <typename OpTy, typename... Args>
mlir::FailureOr<mlir::Value> createOrFoldChecked(mlir::OpBuilder &builder, mlir::Location loc,
                                                 Args &&...args) {
  auto op = createChecked<OpTy>(builder, loc, std::forward<Args>(args)...);
  if (mlir::failed(op))
    return mlir::failure();
  return foldCreated(builder, *op).front();
}

/// createCheckedAs for one result type, then folds.
template <typename OpTy, typename... Args>
mlir::FailureOr<mlir::Value> createOrFoldCheckedAs(mlir::OpBuilder &builder, mlir::Location loc,
                                                   mlir::Type type, Args &&...args) {
  auto op = createCheckedAs<OpTy>(builder, loc, type, std::forward<Args>(args)...);
  if (mlir::failed(op))
    return mlir::failure();
  return foldCreated(builder, *op).front();
}

/// A small constant: i64 (or another integer type) values of a shape; 1-D where no shape is given.
ConstantOp createConstant(mlir::OpBuilder &builder, mlir::Location loc,
                          llvm::ArrayRef<int64_t> values,
                          std::optional<llvm::ArrayRef<int64_t>> shape = std::nullopt,
                          mlir::Type elementType = nullptr);

/// The elements of a constant of any integer type, as an importer needs them for shapes and axes;
/// nothing where the value is no nn.constant of integers.
std::optional<llvm::SmallVector<int64_t>> constantIntegers(mlir::Value value);

/// The elements of a constant of any float type, widened; nothing where the value is no nn.constant
/// of floats.
std::optional<llvm::SmallVector<double>> constantFloats(mlir::Value value);

} // namespace kiln::nn

#endif // KILN_DIALECTS_NN_NNBUILD_H
