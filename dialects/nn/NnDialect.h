// The nn dialect: networks on statically shaped tensors, and the helpers that every user of it
// shares.
#ifndef KILN_DIALECTS_NN_NNDIALECT_H
#define KILN_DIALECTS_NN_NNDIALECT_H

#include "dialects/nn/NnRules.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/TensorEncoding.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include <array>

namespace kiln::nn {

/// Marks ops whose result at a position depends on the broadcast operands at that position alone.
template <typename ConcreteType>
class Pointwise : public mlir::OpTrait::TraitBase<ConcreteType, Pointwise> {};

/// True where both lists hold the same shapes and element types, whatever their layout encodings.
bool equalIgnoringEncoding(mlir::TypeRange lhs, mlir::TypeRange rhs);

/// The most input blocks that any block of filters reads, where a group has `channels / groups`
/// input channels and `filters / groups` filters: the second dimension of a filter that
/// nn.pack_filter packs as blocked.
int64_t filterInputBlocks(int64_t filters, int64_t channels, int64_t groups, int64_t block);

} // namespace kiln::nn

#include "dialects/nn/NnEnums.h.inc"

namespace kiln::nn {

/// True for the forms that read a blocked map with a square of weights for each tap.
bool isBlocked(FilterForm form);
/// True for the forms whose filters lie behind each other at each tap, without input blocks:
/// depthwise and grouped.
bool readsOwnLanes(FilterForm form);
/// True where a filter can be packed in the form grouped: some groups of 2, 4, 8, ... filters fill
/// a block, and a group's number of filters is a multiple of its number of channels.
bool hasSmallGroups(int64_t filters, int64_t channelsPerGroup, int64_t groups, int64_t block);
/// The channel of its group whose weight is in lane `lane` of row `row` at a tap in the form
/// grouped.
int64_t channelOfGroupedRow(int64_t row, int64_t lane, int64_t channelsPerGroup);
/// True where block `number` of the filters is not packed in halves in the form tail: it is full,
/// or with several groups more than half of it and of one group.
bool isWholeBlock(int64_t number, int64_t filters, int64_t groups, int64_t block);
/// True where a filter can be packed in the form tail: not all its blocks are whole, and groups
/// have whole pairs of channels.
bool hasTail(int64_t filters, int64_t channelsPerGroup, int64_t groups, int64_t block);
/// True where so many filters in half a block of form tail, of one group, are packed in pairs of
/// channels: as vectors of channels they would be no fewer.
bool hasPairs(int64_t filters, int64_t channels, int64_t block);
/// Rows of a filter in floats of 24 bits that lie together, and the words that a lane of them takes.
constexpr int64_t kRowsOfWords = 4, kWordsOfRows = 3;
/// The buffer of a filter in floats of 24 bits, which in f32 is `[blocks][rows][block]`.
llvm::SmallVector<int64_t> roundedShape(int64_t blocks, int64_t rows, int64_t block);
/// The width m of the output tiles that a Winograd form is for; 0 for other forms.
int64_t winogradTile(FilterForm form);
/// The Winograd form for output tiles m wide, from leastWinogradTile to mostWinogradTile.
FilterForm winogradForm(int64_t tile);
constexpr int64_t leastWinogradTile = 2, mostWinogradTile = 6;

/// The sizes of Winograd's minimal filtering, each in height and width. A dimension with one tap is
/// not transformed: its tiles are one pixel wide. Nor is the depth: the products of its taps are
/// added like those of channels.
struct WinogradSizes {
  using Pair = std::array<int64_t, 2>;
  int64_t depthTaps;
  Pair taps;
  Pair tile;   ///< output pixels
  Pair extent; ///< input pixels, tile + taps - 1; rounding errors allow at most mostExtent

  static constexpr int64_t mostExtent = 8;
  /// `taps` in depth, height and width.
  WinogradSizes(FilterForm form, llvm::ArrayRef<int64_t> taps);
  /// Of a filter of shape K x C x taps in one to three dimensions.
  static WinogradSizes ofFilter(FilterForm form, llvm::ArrayRef<int64_t> filter);

  /// Multiplications for a tile.
  int64_t points() const { return extent[0] * extent[1]; }
  /// Tiles that cover a batch of maps of this depth, height and width.
  int64_t tiles(int64_t batch, llvm::ArrayRef<int64_t> map) const;
  /// Whether there is something to gain with bounded errors.
  bool isPossible() const;
};

} // namespace kiln::nn

#include "dialects/nn/NnDialect.h.inc"

#define GET_ATTRDEF_CLASSES
#include "dialects/nn/NnAttributes.h.inc"

#define GET_OP_CLASSES
#include "dialects/nn/NnOps.h.inc"

#endif // KILN_DIALECTS_NN_NNDIALECT_H
