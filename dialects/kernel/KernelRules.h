// What the verifiers of the kernel ops share: questions about buffers, asked in the words of the
// ops' rules.
#ifndef KILN_DIALECTS_KERNEL_KERNELRULES_H
#define KILN_DIALECTS_KERNEL_KERNELRULES_H

#include "dialects/kernel/KernelDialect.h"

namespace kiln::kernel {

/// Lanes of a channel block.
constexpr int64_t kLanes = 16;

inline mlir::MemRefType typeOf(mlir::Value buffer) {
  return llvm::cast<mlir::MemRefType>(buffer.getType());
}
inline llvm::ArrayRef<int64_t> shapeOf(mlir::Value buffer) { return typeOf(buffer).getShape(); }

/// Identity layout, the given rank, no empty dimension.
bool isPlain(mlir::Value buffer, int64_t rank);
/// `[N][C/16][D][H][W][16]`.
bool isBlocked(mlir::Value buffer);
/// `[N][C][D][H][W]`.
bool isPlanar(mlir::Value buffer);
inline bool isF32(mlir::Value buffer) { return typeOf(buffer).getElementType().isF32(); }

/// D, H and W of a feature map.
inline llvm::ArrayRef<int64_t> spatialOf(mlir::Value map) { return shapeOf(map).slice(2, 3); }

/// Whether `size` pixels from `origin` on lie inside a feature map.
bool fits(llvm::ArrayRef<int64_t> size, llvm::ArrayRef<int64_t> origin, mlir::Value map);

/// Whether `border`, the widths in D, H, W, begins, then ends, is part of a feature map.
bool fitsBorder(llvm::ArrayRef<int64_t> border, mlir::Value map);

/// Whether a list has `count` entries, none of them below `least`.
bool isList(llvm::ArrayRef<int64_t> list, size_t count, int64_t least);

} // namespace kiln::kernel

#endif // KILN_DIALECTS_KERNEL_KERNELRULES_H
