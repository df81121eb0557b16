// A tensor in memory: a type and its elements, row-major, little-endian, a byte for an i1. Buffers
// are shared, never written after they have been filled, so a reshape or an identity costs nothing
// and weights are never copied.
#ifndef KILN_COMPILER_REFERENCE_TENSOR_H
#define KILN_COMPILER_REFERENCE_TENSOR_H

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Location.h"
#include "llvm/ADT/ArrayRef.h"

#include <memory>
#include <vector>

namespace kiln::reference {

class Tensor {
public:
  Tensor() = default;

  /// A tensor of zeros; an error at `loc` where there is not enough memory.
  static mlir::FailureOr<Tensor> allocate(mlir::Location loc, mlir::RankedTensorType type);

  /// A tensor with a copy of `bytes`, which must be as many as the type takes.
  static mlir::FailureOr<Tensor> copy(mlir::Location loc, mlir::RankedTensorType type,
                                      llvm::ArrayRef<char> bytes);

  /// The elements of a constant; those of a resource are borrowed and must outlive the tensor.
  static mlir::FailureOr<Tensor> fromAttribute(mlir::Location loc, mlir::ElementsAttr elements);

  /// The same buffer under another type of as many bytes.
  Tensor withType(mlir::RankedTensorType other) const;

  /// The type, without a layout.
  mlir::RankedTensorType type() const { return tensorType; }
  llvm::ArrayRef<int64_t> shape() const { return type().getShape(); }
  mlir::Type elementType() const { return type().getElementType(); }
  int64_t size() const { return type().getNumElements(); }

  llvm::ArrayRef<char> bytes() const { return contents; }
  const char *data() const { return contents.data(); }
  /// For the one that has allocated the tensor, before anyone else sees it.
  char *mutableData() { return owner.get(); }

  /// Elements as double or int64_t, whichever class the element type belongs to; a part of them, or
  /// all.
  template <typename T> void load(int64_t first, int64_t count, T *out) const;
  template <typename T> std::vector<T> load() const {
    std::vector<T> values(size());
    load<T>(0, size(), values.data());
    return values;
  }
  /// Writes elements, floats rounded once and integers wrapped.
  template <typename T> void store(int64_t first, llvm::ArrayRef<T> values);

private:
  mlir::RankedTensorType tensorType;
  llvm::ArrayRef<char> contents;
  std::shared_ptr<char> owner;
};

/// The bytes that a tensor of a type takes.
int64_t tensorBytes(mlir::RankedTensorType type);

} // namespace kiln::reference

#endif // KILN_COMPILER_REFERENCE_TENSOR_H
