// See NnInputShape.h.
#include "dialects/nn/NnInputShape.h"

namespace kiln {

std::optional<InputShape> parseInputShape(llvm::StringRef text) {
  InputShape shape;
  llvm::StringRef dims = text;
  if (size_t colon = text.rfind(':'); colon != llvm::StringRef::npos) {
    shape.name = text.take_front(colon).str();
    dims = text.drop_front(colon + 1);
  }
  llvm::SmallVector<llvm::StringRef> parts;
  dims.split(parts, 'x');
  for (llvm::StringRef part : parts) {
    int64_t dim;
    if (part.getAsInteger(10, dim) || dim < 1)
      return std::nullopt;
    shape.dims.push_back(dim);
  }
  return shape;
}

} // namespace kiln
