// The products of a Winograd convolution at one point.
#ifndef KILN_COMPILER_LOWERING_KERNELTOVECTOR_WINOGRAD_POINTPRODUCTS_H
#define KILN_COMPILER_LOWERING_KERNELTOVECTOR_WINOGRAD_POINTPRODUCTS_H

#include "compiler/lowering/KernelToVector/Winograd/WinogradGeometry.h"

namespace kiln {

/// Where a block of filters begins at a point: its weights, those to prefetch with them, products.
struct FilterPlace {
  mlir::Value filterAt, aheadAt, productsAt;
};

/// For a kernel.winograd with a transformed filter; the buffers are flat.
struct PointProducts {
  Emitter &e;
  kernel::WinogradOp op;
  const WinogradGeometry &geometry;
  mlir::Value filter, transformed, products;

  /// `count` tiles, whose transformed input at the point begins at `inputAt`, times several blocks
  /// of filters, at these taps in depth.
  void emit(mlir::Value inputAt, llvm::ArrayRef<FilterPlace> places, int64_t count,
            IndexRange depthTaps);

private:
  /// Which of how many groups of tiles is multiplied. Where they have few multiply-adds, each
  /// fetches its part of the weights ahead.
  struct TileGroup {
    mlir::Value number;
    int64_t count;
    bool fetchesPart;
  };

  int64_t channels() { return op.getChannels() / op.getGroups(); }
  void multiplyTiles(mlir::Value inputAt, llvm::ArrayRef<FilterPlace> places, mlir::Value offset,
                     int64_t tiles, IndexRange depthTaps, const TileGroup &group);
  llvm::SmallVector<mlir::Value> multiplyChannels(mlir::Value inputAt, mlir::Value weightsAt,
                                                  llvm::ArrayRef<FilterPlace> places,
                                                  mlir::ValueRange before, const TileGroup &group);
  void prefetchPart(llvm::ArrayRef<FilterPlace> places, mlir::Value weightsAt, mlir::Value block,
                    const TileGroup &group);
  void prefetchTransformed(mlir::Value blockAt, int64_t tiles);
  llvm::SmallVector<mlir::Value> multiplyChannel(mlir::Value inputAt, mlir::Value weight,
                                                 llvm::ArrayRef<FilterPlace> places,
                                                 mlir::ValueRange sums);
};

} // namespace kiln

#endif // KILN_COMPILER_LOWERING_KERNELTOVECTOR_WINOGRAD_POINTPRODUCTS_H
