// The first step of a Winograd convolution: V = B^T d B for the pixels d that each tile reads.
#ifndef KILN_COMPILER_LOWERING_KERNELTOVECTOR_WINOGRAD_INPUTTRANSFORM_H
#define KILN_COMPILER_LOWERING_KERNELTOVECTOR_WINOGRAD_INPUTTRANSFORM_H

#include "compiler/lowering/KernelToVector/Winograd/WinogradGeometry.h"
#include "compiler/lowering/KernelToVector/Winograd/WinogradMatrices.h"

namespace kiln {

class InputTransform {
public:
  /// `input` and `transformed` are the buffers of kernel.winograd or kernel.winograd_input. Where
  /// `channels`, of all groups, end in the first half of a block, only that half is transformed.
  InputTransform(Emitter &e, const WinogradGeometry &geometry, const nn::WinogradSizes &sizes,
                 mlir::Value input, llvm::ArrayRef<int64_t> origin, mlir::Value transformed,
                 int64_t channels);

  /// Those of the taps in depth are counted one after the other.
  int64_t channelBlocks() const { return depthTaps * blocks; }
  /// `count` tiles from `firstTile` on of one block of channels, into the slice that begins at
  /// `slice`.
  void emit(mlir::Value channelBlock, mlir::Value firstTile, mlir::Value count, mlir::Value slice);

private:
  llvm::SmallVector<mlir::Value> pixelOffsets(int dimension, const TileRow &cover,
                                              mlir::Value isLast);
  void prefetchRow(mlir::Value rowAt);
  void emitTile(mlir::Value at, llvm::ArrayRef<mlir::Value> rows,
                llvm::ArrayRef<mlir::Value> columns, mlir::Value to, int64_t lanes);

  Emitter &e;
  const WinogradGeometry &geometry;
  int64_t depthTaps;
  nn::WinogradSizes::Pair taps;
  MapWalk walk;
  int64_t blocks, pointStep; ///< from one point to the next in the transformed input
  int64_t channels;
  mlir::Value input, transformed;
  Matrix downMatrix, acrossMatrix; ///< B^T for columns and for rows of pixels
};

} // namespace kiln

#endif // KILN_COMPILER_LOWERING_KERNELTOVECTOR_WINOGRAD_INPUTTRANSFORM_H
