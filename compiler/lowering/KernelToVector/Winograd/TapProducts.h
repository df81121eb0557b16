// The products of a Winograd convolution with a filter that is not transformed yet.
#ifndef KILN_COMPILER_LOWERING_KERNELTOVECTOR_WINOGRAD_TAPPRODUCTS_H
#define KILN_COMPILER_LOWERING_KERNELTOVECTOR_WINOGRAD_TAPPRODUCTS_H

#include "compiler/lowering/KernelToVector/Winograd/WinogradGeometry.h"
#include "compiler/lowering/KernelToVector/Winograd/WinogradMatrices.h"

namespace kiln {

class TapProducts {
public:
  /// For a kernel.winograd whose schedule has a filterTile.
  TapProducts(Emitter &e, kernel::WinogradOp op, const WinogradGeometry &geometry);

  /// `count` tiles times a block of filters at all points: from the transformed input that begins
  /// at `inputAt` to the products that begin at `productsAt`. Where `comesFromAfar`, which may be
  /// null, other threads have just written the transformed input.
  void emit(mlir::Value filterBlock, mlir::Value inputAt, mlir::Value productsAt, int64_t count,
            mlir::Value comesFromAfar);

private:
  /// A few blocks of channels, of which the last may have fewer lanes.
  struct Chunk {
    mlir::Value firstBlock;
    int64_t blocks, lanes;
    mlir::Value comesFromAfar; ///< the transformed input of the chunk behind it
  };

  void clear(mlir::Value productsAt, int64_t count);
  void emitChunk(const Chunk &chunk, mlir::Value filterAt, mlir::Value inputAt,
                 mlir::Value productsAt, int64_t count);
  void emitColumn(const Chunk &chunk, int64_t column, mlir::Value filterAt, mlir::Value inputAt,
                  mlir::Value productsAt, int64_t tiles);
  llvm::SmallVector<mlir::Value> multiplyChannel(int64_t column, mlir::Value tapsAt,
                                                 mlir::Value inputAt, mlir::ValueRange sums);
  void prefetchInput(mlir::Value inputAt, int64_t blocks, int64_t tiles);
  void prefetchTaps(int64_t column, mlir::Value tapsAt);

  Emitter &e;
  const WinogradGeometry &geometry;
  nn::WinogradSizes::Pair taps;
  int64_t channels;  ///< of a group
  int64_t registers; ///< tiles whose products with a column of points are held
  mlir::Value filter, transformed, products;
  llvm::SmallVector<int64_t> filterSteps;
  int64_t inputStep, productStep;  ///< from one point to the next
  Matrix downMatrix, acrossMatrix; ///< G for columns and for rows of taps
};

} // namespace kiln

#endif // KILN_COMPILER_LOWERING_KERNELTOVECTOR_WINOGRAD_TAPPRODUCTS_H
