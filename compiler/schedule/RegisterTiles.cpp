// See RegisterTiles.h.
#include "compiler/schedule/RegisterTiles.h"

#include "compiler/schedule/Layout.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace kiln {

TileCosts::TileCosts(const TargetModel &target, int64_t filters)
    : accumulators(filters), mostVectors(target.pixelsOfTile(filters)),
      least(5 * target.multiplyAddsPerCycle) {
  kind.filters = filters;
}

TileCosts TileCosts::ofPixels(const TargetModel &target, int64_t filters, int64_t products) {
  // Eight filters at a time are brought from rows into columns. The stores of 16 pixels take time
  // with filters in the lanes, too.
  constexpr int64_t together = 8;
  constexpr double transposition = 20, stores = 10;
  TileCosts costs(target);
  costs.kind.lanes = kernel::VectorLanes::Pixels;
  costs.pixelsOfVector = channelBlock;
  costs.accumulators = filters;
  costs.mostVectors = target.vectorsOfTile(filters);
  costs.vector =
      (transposition * static_cast<double>(llvm::divideCeilSigned(filters, together)) - stores) /
      static_cast<double>(products);
  return costs;
}

double TileCosts::ofTile(int64_t rows, int64_t columns) const {
  int64_t vectors = rows * llvm::divideCeilSigned(columns, pixelsOfVector);
  if (vectors == 0)
    return 0;
  // With pixels in the lanes, several vectors share the loads of weights, so that none binds.
  double loads = pixelsOfVector == 1 ? static_cast<double>(accumulators) : vectors == 1;
  return std::max(static_cast<double>(vectors * accumulators) * width, least) + loads * width +
         static_cast<double>(rows) * row + static_cast<double>(vectors) * vector;
}

double TileCosts::ofMap(int64_t height, int64_t width, const RegisterTile &tile) const {
  int64_t fullRows = height / tile.rows, restRows = height % tile.rows;
  int64_t fullColumns = width / tile.columns, restColumns = width % tile.columns;
  return fullRows * fullColumns * ofTile(tile.rows, tile.columns) +
         fullRows * ofTile(tile.rows, restColumns) + fullColumns * ofTile(restRows, tile.columns) +
         ofTile(restRows, restColumns);
}

SmallVector<RegisterTile> TileCosts::cheapest(int64_t height, int64_t width) const {
  constexpr size_t mostTiles = 4;
  int64_t vectorsOfRow = llvm::divideCeilSigned(width, pixelsOfVector);
  SmallVector<std::tuple<double, int64_t, int64_t>> tiles;
  for (int64_t rows = 1; rows <= std::min(height, mostVectors); ++rows)
    for (int64_t vectors = 1; vectors <= std::min(vectorsOfRow, mostVectors / rows); ++vectors) {
      int64_t columns = std::min(width, vectors * pixelsOfVector);
      tiles.push_back({ofMap(height, width, {rows, columns}), rows, columns});
    }
  llvm::sort(tiles);
  tiles.truncate(std::min(tiles.size(), mostTiles));
  return llvm::map_to_vector(tiles, [&](const auto &entry) {
    RegisterTile tile = kind;
    std::tie(std::ignore, tile.rows, tile.columns) = entry;
    return tile;
  });
}

} // namespace kiln
