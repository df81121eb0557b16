// The numbers of a convolution kernel, without its form: how far apart neighbours lie in each
// buffer, and the loops of the reduction with the step of each. Blocked, planar and depthwise
// kernels differ in these numbers alone.
#ifndef KILN_COMPILER_LOWERING_KERNELTOVECTOR_CONVGEOMETRY_H
#define KILN_COMPILER_LOWERING_KERNELTOVECTOR_CONVGEOMETRY_H

#include "compiler/lowering/KernelToVector/TapRow.h"

namespace kiln {

/// How a feature map is walked; all numbers in elements.
struct MapWalk {
  int64_t batch = 0;   ///< to the next image
  int64_t block = 0;   ///< to the next block of channels
  Spatial3 pixel = {}; ///< to the next output pixel in D, H, W
  int64_t origin = 0;  ///< of output pixel 0
};

/// The walk through a map where output pixel p lies at `origin + p * strides`.
MapWalk walkOf(mlir::Value map, llvm::ArrayRef<int64_t> origin, llvm::ArrayRef<int64_t> strides);

/// One loop of the reduction.
struct ReductionLevel {
  /// Blocks of channels, taps in depth of one, its lanes; whatever else.
  enum class Kind { Plain, Blocks, Depth, Lanes };
  int64_t extent;
  int64_t inputStep, filterStep;
  Kind kind = Kind::Plain;
  int dimension = -1; ///< whose taps the loop runs over
};

/// The taps of a convolution in dimension `d`, and the part of its input that is no border.
TapRow tapRowOf(kernel::ConvOp op, int d);
/// Pairs of an output position in dimension `d` and a tap that the kernel leaves out: whole tiles
/// have that tap in the border. Few are not worth it, and are 0.
int64_t tapsInBorder(kernel::ConvOp op, int d);

struct ConvGeometry {
  /// Where it `canBeFlat` and taps allow, the pixels are one row.
  ConvGeometry(kernel::ConvOp op, bool canBeFlat);

  nn::FilterForm form;
  int64_t batch, filterBlocks;
  Spatial3 size;                               ///< output pixels in D, H, W
  MapWalk input, output, residual;             ///< with a prologue, the input is the scratch buffer
  llvm::SmallVector<ReductionLevel> reduction; ///< outermost first
  int64_t filterBlockStep;                     ///< elements of one block of filters
  // Which input blocks a block of filters reads.
  int64_t channels, filters, groups, inputBlocks, blocksPerFilter;

  bool isDepthwise() const { return form == nn::FilterForm::Depthwise; }
  bool isGrouped() const { return form == nn::FilterForm::Grouped; }
  /// The channels that a block of filters reads.
  int64_t channelsOfBlock() const { return kLanes * channelsPerGroup() / filtersPerGroup(); }
  int64_t channelsPerGroup() const { return channels / groups; }
  int64_t filtersPerGroup() const { return filters / groups; }
  /// Blocks of more than eight filters, all of one group; the others are computed in halves.
  int64_t wholeBlocks() const;
  bool isTail() const { return form == nn::FilterForm::Tail; }
  /// True where the last block has at most eight filters.
  bool endsInHalf() const {
    return !nn::readsOwnLanes(form) && (filters - 1) % kLanes < kLanes / 2;
  }
  /// True where the last block is computed in halves, whatever its groups.
  bool splitsLast() const { return endsInHalf() || (isTail() && groups == 1); }
  /// True where half a block of filters belongs to several groups.
  bool halvesMix() const { return filtersPerGroup() % (kLanes / 2) != 0 && groups > 1; }

private:
  void setReduction(llvm::ArrayRef<int64_t> filterShape, kernel::ConvOp op);
  bool canFlatten(kernel::ConvOp op) const;
  void flatten();
};

} // namespace kiln

#endif // KILN_COMPILER_LOWERING_KERNELTOVECTOR_CONVGEOMETRY_H
