// Constants of the nn dialect from bytes: `dense` up to 64 elements, else a `dense_resource` blob,
// which is a view on the model file wherever that holds the elements as they are.
#ifndef KILN_FRONTENDS_SUPPORT_WEIGHTS_H
#define KILN_FRONTENDS_SUPPORT_WEIGHTS_H

#include "frontends/support/ModelFile.h"

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"

namespace kiln::frontend {

/// A constant of `type` from the bytes of its elements, `i1` as one byte each; they are copied.
mlir::ElementsAttr elementsFromBytes(mlir::RankedTensorType type, llvm::StringRef name,
                                     llvm::ArrayRef<char> bytes);

/// A constant of `type` whose elements lie in a mapped file: a blob called `name` keeps the mapping
/// alive. There are as many bytes as the type takes.
mlir::ElementsAttr elementsOnFile(mlir::RankedTensorType type, llvm::StringRef name,
                                  MappedBytes mapped);

/// The size of an element in memory, in bytes; 1 for i1.
unsigned elementBytes(mlir::Type elementType);

} // namespace kiln::frontend

#endif // KILN_FRONTENDS_SUPPORT_WEIGHTS_H
