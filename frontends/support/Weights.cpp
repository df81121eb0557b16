// Constants of the nn dialect from bytes.
#include "frontends/support/Weights.h"

#include "mlir/IR/AsmState.h"
#include "mlir/IR/DialectResourceBlobManager.h"

using namespace mlir;

namespace kiln::frontend {

/// Constants of up to this many elements are `dense`: they can be folded and printed.
static constexpr int64_t maxDenseElements = 64;

unsigned elementBytes(Type elementType) {
  return std::max(1u, elementType.getIntOrFloatBitWidth() / 8);
}

static ElementsAttr denseElements(RankedTensorType type, llvm::ArrayRef<char> bytes) {
  if (!type.getElementType().isInteger(1))
    return DenseElementsAttr::getFromRawBuffer(type, bytes);
  SmallVector<bool> values(bytes.size());
  for (auto [value, byte] : llvm::zip_equal(values, bytes))
    value = byte != 0;
  return DenseElementsAttr::get(type, values);
}

ElementsAttr elementsFromBytes(RankedTensorType type, llvm::StringRef name,
                               llvm::ArrayRef<char> bytes) {
  if (type.getNumElements() <= maxDenseElements)
    return denseElements(type, bytes);
  auto blob =
      HeapAsmResourceBlob::allocateAndCopyWithAlign(bytes, /*align=*/64, /*dataIsMutable=*/false);
  return DenseResourceElementsAttr::get(type, name, std::move(blob));
}

ElementsAttr elementsOnFile(RankedTensorType type, llvm::StringRef name, MappedBytes mapped) {
  if (type.getNumElements() <= maxDenseElements)
    return denseElements(type, {mapped.bytes.data(), mapped.bytes.size()});
  auto address = reinterpret_cast<uintptr_t>(mapped.bytes.data());
  size_t alignment = size_t(1) << std::min<int>(llvm::countr_zero(address), 6);
  AsmResourceBlob blob(
      llvm::ArrayRef<char>(mapped.bytes.data(), mapped.bytes.size()), alignment,
      [owner = std::move(mapped.owner)](void *, size_t, size_t) {}, /*dataIsMutable=*/false);
  return DenseResourceElementsAttr::get(type, name, std::move(blob));
}

} // namespace kiln::frontend
