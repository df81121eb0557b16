// See KernelRules.h.
#include "dialects/kernel/KernelRules.h"

using namespace mlir;

namespace kiln::kernel {

bool isPlain(Value buffer, int64_t rank) {
  MemRefType type = typeOf(buffer);
  return type.getRank() == rank && type.getLayout().isIdentity() &&
         llvm::all_of(type.getShape(), [](int64_t size) { return size > 0; });
}

bool isBlocked(Value buffer) { return isPlain(buffer, 6) && shapeOf(buffer).back() == kLanes; }

bool isPlanar(Value buffer) { return isPlain(buffer, 5); }

bool fits(ArrayRef<int64_t> size, ArrayRef<int64_t> origin, Value map) {
  for (auto [extent, begin, room] : llvm::zip_equal(size, origin, spatialOf(map)))
    if (begin < 0 || extent > room || begin > room - extent)
      return false;
  return true;
}

bool fitsBorder(ArrayRef<int64_t> border, Value map) {
  if (!isList(border, 6, 0))
    return false;
  for (auto [begin, end, room] :
       llvm::zip_equal(border.take_front(3), border.drop_front(3), spatialOf(map)))
    if (begin > room || end > room - begin)
      return false;
  return true;
}

bool isList(ArrayRef<int64_t> list, size_t count, int64_t least) {
  return list.size() == count && llvm::all_of(list, [&](int64_t value) { return value >= least; });
}

} // namespace kiln::kernel
