// The numbers of a Winograd kernel: its tiles, and how they are counted in blocks.
#ifndef KILN_COMPILER_LOWERING_KERNELTOVECTOR_WINOGRAD_WINOGRADGEOMETRY_H
#define KILN_COMPILER_LOWERING_KERNELTOVECTOR_WINOGRAD_WINOGRADGEOMETRY_H

#include "compiler/lowering/KernelToVector/ConvGeometry.h"

namespace kiln {

/// How the tiles cover one dimension of the output.
struct TileRow {
  int64_t tiles; ///< last one included
  int64_t rest;  ///< output pixels in the last tile
};

/// A tile of a slice of an image, and whether it is in the last row or column of tiles.
struct TilePlace {
  mlir::Value image, slice, row, column, isLastRow, isLastColumn;
};

struct WinogradGeometry {
  WinogradGeometry(const nn::WinogradSizes &sizes, int64_t batch, llvm::ArrayRef<int64_t> outSize,
                   int64_t block)
      : tile(sizes.tile), extent(sizes.extent), points(sizes.points()), batch(batch),
        depth(outSize[0]), rows(cover(outSize[1], tile[0])), columns(cover(outSize[2], tile[1])),
        tiles(sizes.tiles(batch, outSize)), block(block),
        blocks(llvm::divideCeilSigned(tiles, block)) {}

  nn::WinogradSizes::Pair tile, extent; ///< output and input pixels down and across
  int64_t points;                       ///< the matrix products to compute
  int64_t batch, depth;
  TileRow rows, columns;
  int64_t tiles; ///< of the whole batch
  int64_t block,
      blocks; ///< tiles that a block has room for, and blocks; the last one may have fewer

  int64_t tilesOfSlice() const { return rows.tiles * columns.tiles; }
  int64_t lastBlock() const { return tiles - (blocks - 1) * block; }

  TilePlace place(Emitter &e, mlir::Value number) const {
    llvm::SmallVector<mlir::Value> at =
        e.coordinates(number, {batch, depth, rows.tiles, columns.tiles});
    return {at[0],
            at[1],
            at[2],
            at[3],
            e.equal(at[2], rows.tiles - 1),
            e.equal(at[3], columns.tiles - 1)};
  }

  /// Of the first pixel of a tile, in a block of channels or filters; `pool` pixels of the tile in
  /// a row or column are one there.
  mlir::Value mapOffset(Emitter &e, const MapWalk &walk, const TilePlace &place, mlir::Value block,
                        int64_t pool = 1) const {
    mlir::Value offset = e.add(e.mul(place.image, walk.batch), e.mul(block, walk.block));
    offset = e.add(offset, e.mul(place.slice, walk.pixel[0]));
    offset = e.add(offset, e.mul(place.row, tile[0] / pool * walk.pixel[1]));
    offset = e.add(offset, e.mul(place.column, tile[1] / pool * walk.pixel[2]));
    return e.add(offset, walk.origin);
  }

private:
  static TileRow cover(int64_t size, int64_t tile) {
    int64_t count = llvm::divideCeilSigned(size, tile);
    return {count, size - (count - 1) * tile};
  }
};

} // namespace kiln

#endif // KILN_COMPILER_LOWERING_KERNELTOVECTOR_WINOGRAD_WINOGRADGEOMETRY_H
