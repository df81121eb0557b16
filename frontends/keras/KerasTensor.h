// A tensor of Keras on its way through the import, and the builder that moves it.
//
// Keras puts channels last, the nn dialect first. Instead of transposing back and forth, each
// tensor remembers how its value is stored: an image of Keras shape 1x28x28x8 has a value of shape
// 1x8x28x28 and the order [0, 3, 1, 2]. Layers ask for the order that they need; most find it
// there. A Flatten only notes the new shape; the Dense layer behind it permutes its weights.
#ifndef KILN_FRONTENDS_KERAS_KERASTENSOR_H
#define KILN_FRONTENDS_KERAS_KERASTENSOR_H

#include "frontends/support/NnBuilder.h"

#include <map>

namespace kiln::keras_frontend {

using frontend::Integers;
using mlir::FailureOr;
using mlir::LogicalResult;
using mlir::RankedTensorType;
using mlir::Value;

struct KerasTensor {
  Value value;
  /// Dimension i of the value is dimension order[i] of the tensor before its reshape.
  Integers order;
  /// The shape that Keras gives the tensor. Where it differs from unreshaped(), the elements are to
  /// be read in Keras' order under this shape.
  Integers shape;

  /// A tensor that is stored as Keras has it.
  static KerasTensor plain(Value value);
  RankedTensorType type() const { return mlir::cast<RankedTensorType>(value.getType()); }
  int64_t rank() const { return static_cast<int64_t>(shape.size()); }
  /// The sizes of the value in Keras' order of dimensions.
  Integers unreshaped() const;
  bool isReshaped() const { return unreshaped() != shape; }
  /// The dimension of the value that is dimension `axis` of a tensor that is not reshaped.
  int64_t placeOf(int64_t axis) const;
};

/// Transposes that exist already, so that two readers share one.
using TransposeCache = std::map<std::pair<void *, std::vector<int64_t>>, Value>;

class KerasBuilder : public frontend::NnBuilder {
public:
  KerasBuilder(mlir::OpBuilder &builder, mlir::Location loc, TransposeCache &cache)
      : NnBuilder(builder, loc), cache(cache) {}

  /// nn.transpose; a reshape where only dimensions of size one move.
  FailureOr<Value> transposed(FailureOr<Value> value, llvm::ArrayRef<int64_t> perm);
  /// The tensor without a pending reshape.
  FailureOr<KerasTensor> settled(const KerasTensor &tensor);
  /// The tensor stored with its dimensions in the given order.
  FailureOr<KerasTensor> stored(const KerasTensor &tensor, llvm::ArrayRef<int64_t> order);
  /// The value in Keras' order and shape.
  FailureOr<Value> plain(const KerasTensor &tensor);
  /// The same elements, in Keras' order, under another shape of as many; moves nothing as long as
  /// possible.
  FailureOr<KerasTensor> withShape(const KerasTensor &tensor, llvm::ArrayRef<int64_t> shape);
  /// Dimension i of the result is dimension dims[i] of the tensor; only their names change.
  FailureOr<KerasTensor> permuted(const KerasTensor &tensor, llvm::ArrayRef<int64_t> dims);
  /// Two tensors of one rank, stored alike.
  LogicalResult storeAlike(KerasTensor &first, KerasTensor &second);

  /// The tensor in the order N, C, spatial, where its channels are last or second.
  FailureOr<KerasTensor> channelsFirst(const KerasTensor &tensor, bool channelsLast);
  /// A result in the order N, C, spatial as a tensor of Keras.
  static KerasTensor fromChannelsFirst(Value value, bool channelsLast);

  /// For a tensor of shape N x F that is a flattened map: the value as N x F in the order of the
  /// map's storage. Other tensors come as they are.
  FailureOr<Value> flattenedAsStored(const KerasTensor &tensor);
  /// The F x ... weights of such a tensor in the same order.
  FailureOr<Value> rowsAsStored(const KerasTensor &tensor, Value weights);

private:
  TransposeCache &cache;
};

/// [0, 1, ..., rank - 1].
Integers identityOrder(int64_t rank);
/// [0, rank - 1, 1, ..., rank - 2], or the identity where channels are first already.
Integers channelsFirstOrder(int64_t rank, bool channelsLast);

} // namespace kiln::keras_frontend

#endif // KILN_FRONTENDS_KERAS_KERASTENSOR_H
