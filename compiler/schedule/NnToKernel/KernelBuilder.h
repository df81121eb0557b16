// What the emission of every op shares: where each tensor lies, and views of it.
#ifndef KILN_COMPILER_SCHEDULE_NNTOKERNEL_KERNELBUILDER_H
#define KILN_COMPILER_SCHEDULE_NNTOKERNEL_KERNELBUILDER_H

#include "compiler/schedule/Layout.h"
#include "dialects/kernel/KernelDialect.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/DenseMap.h"

namespace kiln {

/// A place in memory: `offset` bytes into the buffer of bytes `bytes`.
struct Buffer {
  mlir::Value bytes;
  int64_t offset = 0;
};

/// The shaped type of a tensor value.
inline mlir::RankedTensorType tensorType(mlir::Value value) {
  return mlir::cast<mlir::RankedTensorType>(value.getType());
}

/// The bytes that a part of a concatenation of channel blocks takes in the whole, whose borders the
/// part's own buffer need not have.
inline int64_t bytesInWhole(mlir::Value part, mlir::RankedTensorType whole) {
  return bufferBytes(withLayout(tensorType(part), layoutOf(whole)));
}

/// The element type in memory: arith knows signless integers only.
mlir::Type storageType(mlir::Type element);

/// Where a convolution writes its pixels: at `origin + p * steps` of a map's buffer.
struct Weave {
  mlir::Value whole;
  Spatial origin, steps;
};

class KernelBuilder {
public:
  KernelBuilder(mlir::OpBuilder &builder, mlir::Location loc) : builder(builder), loc(loc) {}

  void setBuffer(mlir::Value tensor, Buffer buffer) { buffers[tensor] = buffer; }
  /// The buffer of a tensor that has been placed.
  Buffer bufferOf(mlir::Value tensor) const { return buffers.lookup(tensor); }
  /// The pixels of a map that lie in another one, every few pixels of it.
  void setWeave(mlir::Value tensor, Weave weave) { weaves[tensor] = weave; }
  bool isWoven(mlir::Value tensor) const { return weaves.contains(tensor); }
  /// Where the pixels of a map lie: in its own buffer, unless setWeave said otherwise.
  Weave weaveOf(mlir::Value tensor) const;
  /// A new buffer; plan-memory places it.
  Buffer allocate(int64_t bytes);
  /// A new buffer as a typed memref.
  mlir::Value allocateTemporary(llvm::ArrayRef<int64_t> shape, mlir::Type element);

  mlir::Value view(Buffer buffer, llvm::ArrayRef<int64_t> shape, mlir::Type element);
  /// A plain tensor under its own shape, or another of as many elements.
  mlir::Value plainView(mlir::Value tensor);
  mlir::Value plainView(mlir::Value tensor, llvm::ArrayRef<int64_t> shape);
  /// A feature map's whole buffer, border included, with three spatial dimensions.
  mlir::Value mapView(mlir::Value tensor);
  /// The same without the border.
  mlir::Value interiorView(mlir::Value tensor);
  mlir::Value subview(mlir::Value memref, llvm::ArrayRef<int64_t> offsets,
                      llvm::ArrayRef<int64_t> sizes);

  /// `body(inputs' elements, output's element)` for every point; maps are for inputs, then the
  /// output.
  using Body = llvm::function_ref<mlir::Value(mlir::OpBuilder &, mlir::Location, mlir::ValueRange)>;
  void generic(mlir::ValueRange inputs, mlir::Value output, llvm::ArrayRef<mlir::AffineMap> maps,
               llvm::ArrayRef<mlir::utils::IteratorType> iterators, Body body);
  /// The same where every iterator is parallel and the output's map is the identity.
  void parallel(mlir::ValueRange inputs, mlir::Value output,
                llvm::ArrayRef<mlir::AffineMap> inputMaps, Body body);
  void copy(mlir::Value from, mlir::Value to);
  void fill(mlir::Value memref, mlir::TypedAttr value);
  void fillZero(mlir::Value memref);

  mlir::OpBuilder &builder;
  mlir::Location loc;

private:
  llvm::DenseMap<mlir::Value, Buffer> buffers;
  llvm::DenseMap<mlir::Value, Weave> weaves;
};

// One function a family; each emits the op into buffers that have been placed, or reports an op
// without a kernel.
mlir::LogicalResult emitMapOp(KernelBuilder &kernels, mlir::Operation *op);
mlir::LogicalResult emitPointwise(KernelBuilder &kernels, mlir::Operation *op);
mlir::LogicalResult emitMove(KernelBuilder &kernels, mlir::Operation *op);
mlir::LogicalResult emitReduction(KernelBuilder &kernels, mlir::Operation *op);
mlir::LogicalResult emitDetection(KernelBuilder &kernels, mlir::Operation *op);

/// The widths of the border around a feature map in D, H, W: begins, then ends.
llvm::SmallVector<int64_t> borderOf(mlir::Value map);

/// The Winograd convolution that computes this pool of its result, which nobody else reads: windows
/// that tile the map, and tiles that windows fill. Null where there is none.
nn::ConvOp convOfPool(nn::MaxPoolOp pool);

/// True for an op that is computed where its only user is, a pointwise one, the convolution of a
/// pool or the prologue of a convolution: its result needs no buffer.
bool isFusedIntoUser(mlir::Operation *op);

/// The value of a pointwise op for scalar operands; null where the op does not exist for the type.
mlir::Value emitScalar(mlir::OpBuilder &builder, mlir::Location loc, mlir::Operation *op,
                       mlir::ValueRange operands);

/// The schedule that choose-kernel attached, or the simplest one.
kernel::ScheduleAttr scheduleOf(mlir::Operation *op);

} // namespace kiln

#endif // KILN_COMPILER_SCHEDULE_NNTOKERNEL_KERNELBUILDER_H
