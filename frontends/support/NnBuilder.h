// What translators of all frontends build with: nn ops at one location, checked and folded. A
// failure among the operands is the outcome, so that calls nest:
//
//     FailureOr<Value> square = b.create<nn::MulOp>(x, x);
//     return b.create<nn::SqrtOp>(b.create<nn::AddOp>(square, b.scalar(1e-5, element)));
#ifndef KILN_FRONTENDS_SUPPORT_NNBUILDER_H
#define KILN_FRONTENDS_SUPPORT_NNBUILDER_H

#include "dialects/nn/NnBuild.h"

#include <optional>

namespace kiln::frontend {

using mlir::FailureOr;
using mlir::RankedTensorType;
using mlir::Value;
using Integers = llvm::SmallVector<int64_t>;

/// A unit attribute of nn.constant; see NnBuilder::fixedConstant. No pass reads it.
inline constexpr llvm::StringLiteral fixedConstantAttr = "nn.fixed";

class NnBuilder {
public:
  NnBuilder(mlir::OpBuilder &builder, mlir::Location loc) : builder(builder), loc(loc) {}

  mlir::InFlightDiagnostic error() const { return mlir::emitError(loc); }
  mlir::OpBuilder &getBuilder() { return builder; }
  mlir::Location getLoc() const { return loc; }

  /// Builds an op whose result type is inferred, and folds it. Operands may be the outcome of
  /// another `create`; a failure among them is the outcome of this one.
  template <typename OpTy, typename... Args> FailureOr<Value> create(Args &&...args) {
    if ((isFailure(args) || ...))
      return mlir::failure();
    return nn::createOrFoldChecked<OpTy>(builder, loc, unwrapped(std::forward<Args>(args))...);
  }
  /// Builds an op with an explicit result type, and folds it.
  template <typename OpTy, typename... Args>
  FailureOr<Value> createAs(RankedTensorType type, Args &&...args) {
    if ((isFailure(args) || ...))
      return mlir::failure();
    return nn::createOrFoldCheckedAs<OpTy>(builder, loc, type,
                                           unwrapped(std::forward<Args>(args))...);
  }

  /// `value` under another shape of as many elements; itself when it has that shape.
  FailureOr<Value> reshaped(FailureOr<Value> value, llvm::ArrayRef<int64_t> shape);
  /// `value` with other elements; itself when it has them.
  FailureOr<Value> converted(FailureOr<Value> value, mlir::Type elementType);
  /// `value` broadcast to a larger shape.
  FailureOr<Value> expanded(FailureOr<Value> value, llvm::ArrayRef<int64_t> shape);
  /// A constant with one element and no dimensions, of any float or integer type.
  Value scalar(double value, mlir::Type elementType);
  /// A 1-D constant of i64.
  Value integerList(llvm::ArrayRef<int64_t> values);
  /// A constant of some integer type; an error where the shape does not have as many elements.
  FailureOr<Value> integerTensor(llvm::ArrayRef<int64_t> values, llvm::ArrayRef<int64_t> shape,
                                 mlir::Type elementType);
  /// begin, begin + step, ... along dimension `dim` of a tensor of rank `rank` that is 1 elsewhere;
  /// an error where `count` is more than 2^24.
  FailureOr<Value> ramp(int64_t rank, int64_t dim, int64_t count, mlir::Type elementType,
                        int64_t begin = 0, int64_t step = 1);
  /// The sum of the elements up to each one along an axis.
  FailureOr<Value> runningSum(FailureOr<Value> value, int64_t axis);
  /// The elements moved by `distance` along an axis, zeros in front of them.
  FailureOr<Value> shifted(FailureOr<Value> value, int64_t axis, int64_t distance);
  Value constant(mlir::ElementsAttr elements);
  /// A constant that follows from the model's description, such as the columns of a grid: marked
  /// with `fixedConstantAttr`, and so not counted among the parameters.
  Value fixedConstant(mlir::ElementsAttr elements);

protected:
  mlir::OpBuilder &builder;
  mlir::Location loc;

private:
  static bool isFailure(const FailureOr<Value> &value) { return failed(value); }
  template <typename T> static bool isFailure(const T &) { return false; }
  static Value unwrapped(const FailureOr<Value> &value) { return *value; }
  template <typename T> static T unwrapped(const T &argument) { return argument; }
};

/// Multiplies; nothing where the product does not fit.
std::optional<int64_t> checkedProduct(llvm::ArrayRef<int64_t> factors);

} // namespace kiln::frontend

#endif // KILN_FRONTENDS_SUPPORT_NNBUILDER_H
