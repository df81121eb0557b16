// Register tiles by an analytic model.
//
// The inner loop of a convolution multiplies one vector of weights with R broadcast pixels. R
// multiply-adds must cover the latency of a multiply-add (about five cycles, in each of which one
// or two start), and one load of weights is paid for all of them; so a tile costs max(R, 5) + 1 a
// channel where one starts. Where two start, the loads of pixels would bind as well, and two blocks
// of filters share them. With pixels in the lanes it is a vector of pixels that is loaded, and
// multiplied with the broadcast weight of each filter.
#ifndef KILN_COMPILER_SCHEDULE_REGISTERTILES_H
#define KILN_COMPILER_SCHEDULE_REGISTERTILES_H

#include "compiler/schedule/TargetModel.h"
#include "dialects/kernel/KernelDialect.h"

namespace kiln {

struct RegisterTile {
  int64_t rows, columns; ///< pixels
  int64_t filters = 1;   ///< blocks of them
  kernel::VectorLanes lanes = kernel::VectorLanes::Filters;
};

/// What tiles are chosen by. Costs are in multiply-adds an input channel and tap.
class TileCosts {
public:
  /// Of tiles of `filters` blocks of filters.
  explicit TileCosts(const TargetModel &target, int64_t filters = 1);

  /// Of tiles with pixels in their lanes, for `filters` filters of `products` multiply-adds each.
  static TileCosts ofPixels(const TargetModel &target, int64_t filters, int64_t products);

  /// Sets the most pixels of a tile.
  void limitPixels(int64_t pixels) {
    mostVectors = std::max<int64_t>(1, std::min(pixels, mostVectors));
  }
  /// Only half of each block of filters is computed.
  void setHalves(const TargetModel &target) { width = target.costOfHalf(); }
  /// Sets what each row of a tile costs besides.
  void setRowCost(double cost) { row = cost; }

  /// The cost of a map of height x width outputs in such tiles, with smaller ones for what remains.
  double ofMap(int64_t height, int64_t width, const RegisterTile &tile) const;
  /// The cheapest tiles, best first; among equals those with fewer rows, whose pixels lie side by
  /// side.
  llvm::SmallVector<RegisterTile> cheapest(int64_t height, int64_t width) const;

private:
  double ofTile(int64_t rows, int64_t columns) const;

  RegisterTile kind;          ///< what the tiles have in common
  int64_t pixelsOfVector = 1; ///< that share an accumulator
  int64_t accumulators;       ///< of such a vector of pixels: blocks of filters, or filters
  int64_t mostVectors;        ///< of pixels in a tile
  double width = 1;           ///< of an accumulator, as far as it takes time
  double least;               ///< multiply-adds, as many as hide the latency of one
  double row = 0;             ///< what each row of a tile costs besides
  double vector = 0;          ///< and each vector of pixels
};

} // namespace kiln

#endif // KILN_COMPILER_SCHEDULE_REGISTERTILES_H
