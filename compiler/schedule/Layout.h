// From the type of a tensor to the buffer that holds it: the one place that knows what an encoding
// means in memory.
#ifndef KILN_COMPILER_SCHEDULE_LAYOUT_H
#define KILN_COMPILER_SCHEDULE_LAYOUT_H

#include "dialects/nn/NnDialect.h"

#include <array>

namespace kiln {

/// Sizes or positions in depth, height and width.
using Spatial = std::array<int64_t, 3>;

/// The channels in a block on every target, so that packed weights do not depend on the vector
/// width.
constexpr int64_t channelBlock = 16;

/// How a feature map of N x C x spatial lies in memory.
struct MapLayout {
  int64_t block; ///< channels in a block; 1: planar
  int64_t batch;
  int64_t channels;   ///< real channels
  Spatial size;       ///< without the border; missing leading dimensions are 1
  Spatial begin, end; ///< widths of the border

  /// The layout of a tensor of rank 3 to 5.
  static MapLayout of(mlir::RankedTensorType type);

  bool isBlocked() const { return block != 1; }
  bool hasBorder() const;
  int64_t channelBlocks() const { return (channels + block - 1) / block; }
  /// The buffer's shape: `[N][ceil(C/block)][D][H][W][block]`, or `[N][C][D][H][W]` where planar.
  llvm::SmallVector<int64_t> bufferShape() const;
};

/// The encoding of `type`, or null where it is plain.
nn::BlockedAttr layoutOf(mlir::RankedTensorType type);

/// `type` with the given encoding; null: plain.
mlir::RankedTensorType withLayout(mlir::RankedTensorType type, nn::BlockedAttr layout);

/// The shape of the buffer that holds a tensor of this type, whatever its encoding.
llvm::SmallVector<int64_t> bufferShape(mlir::RankedTensorType type);

/// The type of that buffer's elements: the tensor's, or the words of a filter in floats of 24 bits.
mlir::Type bufferElement(mlir::RankedTensorType type);

/// Bytes of the buffer that holds a tensor of this type. i1 takes one byte.
int64_t bufferBytes(mlir::RankedTensorType type);

/// Bytes of one element in memory.
int64_t elementBytes(mlir::Type element);

/// True where both types store the same elements in the same order, so that no copy is needed
/// between them.
bool sameMemory(mlir::RankedTensorType from, mlir::RankedTensorType to);

/// Pads a list of one to three spatial entries to depth, height, width with `fill` in front.
Spatial toSpatial(llvm::ArrayRef<int64_t> values, int64_t fill);

/// How the filter is packed; blocked where nothing says so.
nn::FilterForm formOf(nn::ConvOp conv);

/// True for convolutions of a whole unpadded map to one pixel: dense layers over a feature map.
bool isDense(nn::ConvOp conv);

} // namespace kiln

#endif // KILN_COMPILER_SCHEDULE_LAYOUT_H
