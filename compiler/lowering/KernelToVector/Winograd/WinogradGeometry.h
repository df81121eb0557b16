// The numbers of a Winograd kernel: its tiles, and how far apart things lie in its buffers. All distances are in elements.
#ifndef KILN_COMPILER_LOWERING_KERNELTOVECTOR_WINOGRAD_WINOGRADGEOMETRY_H
#define KILN_COMPILER_LOWERING_KERNELTOVECTOR_WINOGRAD_WINOGRADGEOMETRY_H

#include "compiler/lowering/KernelToVector/ConvGeometry.h"

namespace kiln {

/// How the tiles cover one dimension of the output.
struct TileRow {
  int64_t tiles; ///< last one included
  int64_t rest;  ///< output pixels in the last tile
};

struct WinogradGeometry {
  explicit WinogradGeometry(kernel::WinogradOp op)
      : tile(nn::winogradTile(op.getForm())), extent(tile + 2), points(extent * extent), batch(shapeOf(op.getOutput())[0]),
        channels(op.getChannels()), channelBlocks(shapeOf(op.getInput())[1]), filterBlocks(shapeOf(op.getFilter())[0]),
        rows(cover(op.getOutSize()[1])), columns(cover(op.getOutSize()[2])), tiles(batch * rows.tiles * columns.tiles),
        block(std::min(op.getSchedule().getBlock(), tiles)), blocks(llvm::divideCeilSigned(tiles, block)) {
    const int64_t ones[] = {1, 1, 1};
    input = walkOf(op.getInput(), op.getOrigin(), ones);
    output = walkOf(op.getOutput(), op.getOutOrigin(), ones);
    if (op.getResidual())
      residual = walkOf(op.getResidual(), op.getResidualOrigin(), ones);
  }

  int64_t tile, extent; ///< m, and the m + 2 input pixels across
  int64_t points;       ///< extent^2: the matrix products to compute
  int64_t batch, channels, channelBlocks, filterBlocks;
  TileRow rows, columns;
  int64_t tiles;         ///< of the whole batch
  int64_t block, blocks; ///< tiles in a block, and blocks; the last one may have fewer
  MapWalk input, output, residual;

  int64_t lastBlock() const { return tiles - (blocks - 1) * block; }

private:
  TileRow cover(int64_t size) const {
    int64_t count = llvm::divideCeilSigned(size, tile);
    return {count, size - (count - 1) * tile};
  }
};

} // namespace kiln

#endif // KILN_COMPILER_LOWERING_KERNELTOVECTOR_WINOGRAD_WINOGRADGEOMETRY_H
