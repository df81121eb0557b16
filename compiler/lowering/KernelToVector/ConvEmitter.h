// The direct convolution of a kernel.conv: Convolution.cpp walks through the part of a task,
// ConvTile.cpp computes one register tile, in the steps of ConvStep.cpp, PixelLanes.cpp one with
// pixels in its lanes.
#ifndef KILN_COMPILER_LOWERING_KERNELTOVECTOR_CONVEMITTER_H
#define KILN_COMPILER_LOWERING_KERNELTOVECTOR_CONVEMITTER_H

#include "compiler/lowering/KernelToVector/ConvGeometry.h"

namespace kiln {

class ConvEmitter {
public:
  /// A prologue writes rows of its map to the task's image of a scratch buffer.
  ConvEmitter(Emitter &e, kernel::ConvOp op, bool isPrologue = false)
      : e(e), op(op), geometry(op, /*canBeFlat=*/!isPrologue), isPrologue(isPrologue),
        input(e.flat(op.getScratch() ? op.getScratch() : op.getInput())),
        filter(e.flat(op.getFilter())), bias(op.getBias()),
        residual(op.getResidual() ? e.flat(op.getResidual()) : mlir::Value()),
        output(e.flat(op.getOutput())) {
    tile.columns = std::min<int64_t>(op.getSchedule().getColumns(), geometry.size[2]);
    tile.rows = std::min<int64_t>(op.getSchedule().getRows(), geometry.size[1]);
  }

  void emit();
  /// Of a prologue: all filters of some rows of a plane of an image, which go to the task's image
  /// of the output from its first row on.
  void emitRowsOf(mlir::Value image, mlir::Value plane, IndexRange rows);

private:
  /// What a register tile covers.
  struct Tile {
    int64_t rows, columns;
  };

  /// Where a tile begins.
  struct Place {
    mlir::Value batch, block, depth, row, column;
  };

  /// Lanes of a block of filters that are computed together.
  struct Slice {
    int64_t first = 0, lanes = kLanes;
    int64_t dots = 0;      ///< not 0: so many filters, each a dot product
    bool isMixed = false;  ///< its filters may belong to several groups
    bool isPaired = false; ///< a lane for each of a pair of channels, beside each other
    bool isLast = true;    ///< nothing follows: zeros go where the block's remaining lanes are
    int64_t blocks = 1;    ///< of filters, computed together
  };

  /// The number of a visit to a block of filters, or of several together, and of how many that
  /// follow each other.
  struct Visit {
    mlir::Value number;
    int64_t count = 1;
  };

  void emitWithPrologue();
  Visit visitOf(mlir::Value unit, int64_t units);
  void emitBand(Place first, IndexRange units);
  void emitFilters(Place place, mlir::Value group, mlir::Value unit);
  void emitBlock(const Place &place, mlir::Value unit);
  void emitHalves(const Place &place, mlir::Value unit);
  void emitSlice(Slice lanes, const Place &place, mlir::Value unit);
  void emitRows(Place place, mlir::Value unit);
  void emitTiles(Place place, int64_t rows, mlir::Value begin, int64_t count);
  int64_t columnsOfTile(int64_t count) const;
  bool hasManyRegisters() const;
  int64_t lanesOfDots() const;
  int64_t channelsAStep() const;
  void emitTile(Place place, Tile tile);
  bool fetchesParts() const;
  mlir::Value startOf(mlir::Value filterBlock);
  mlir::Value firstBlock(mlir::Value filterBlock);
  mlir::Value isWhole(mlir::Value filterBlock);
  IndexRange channelsOf(mlir::Value filterBlock);
  void setWeightsAhead(mlir::Value filterAt);
  void prefetchSlice(mlir::Value sliceAt, Tile tile);
  IndexRange rangeOf(const ReductionLevel &level);
  void skipBorder(const Place &place, Tile tile);
  IndexRange lanesOfBlock();
  mlir::Value inputOffset(const Place &place);
  Place inScratch(Place place);
  mlir::Value outputOffset(const Place &place);
  mlir::Value mapOffset(const MapWalk &walk, const Place &place);
  llvm::SmallVector<mlir::Value> reduce(llvm::ArrayRef<ReductionLevel> levels, mlir::Value inputAt,
                                        mlir::Value filterAt, mlir::ValueRange sums, Tile tile);
  llvm::SmallVector<mlir::Value> reduceChannels(const ReductionLevel &level, mlir::ValueRange sums,
                                                Emitter::CarriedBody body, Unroll unroll);
  Unroll unrollOf(const ReductionLevel &level, Tile tile);
  llvm::SmallVector<mlir::Value> step(mlir::Value inputAt, mlir::Value filterAt,
                                      mlir::ValueRange sums, Tile tile);
  llvm::SmallVector<mlir::Value> stepOfGroups(mlir::Value inputAt, mlir::Value filterAt,
                                              mlir::ValueRange sums, Tile tile);
  int64_t pixelOffset(int64_t pixel, Tile tile) const;
  llvm::SmallVector<mlir::Value> stepOfFilters(mlir::Value inputAt, mlir::Value filterAt,
                                               mlir::ValueRange sums, Tile tile);
  llvm::SmallVector<mlir::Value> stepOfPairs(mlir::Value inputAt, mlir::Value filterAt,
                                             mlir::ValueRange sums, Tile tile);
  llvm::SmallVector<mlir::Value> stepOfDots(mlir::Value inputAt, mlir::Value filterAt,
                                            mlir::ValueRange sums, Tile tile);
  void emitTileOfPixels(const Place &place, Tile tile);
  void storePixels(llvm::ArrayRef<mlir::Value> filters, const Place &place, int64_t row,
                   int64_t column, Tile tile);
  int64_t firstPixel(int64_t column, Tile tile) const;
  llvm::SmallVector<mlir::Value> stepOfPixels(mlir::Value inputAt, mlir::Value filterAt,
                                              mlir::ValueRange sums, Tile tile);
  void emitEpilogue(const Place &place, mlir::ValueRange sums, Tile tile);

  int64_t rowTiles() const { return llvm::divideCeilSigned(geometry.size[1], tile.rows); }
  int64_t columnTiles() const { return llvm::divideCeilSigned(geometry.size[2], tile.columns); }
  int64_t filterGroups() {
    return llvm::divideCeilSigned(geometry.filterBlocks, op.getSchedule().getFilters());
  }
  bool hasLanesOfPixels() { return op.getSchedule().getLanes() == kernel::VectorLanes::Pixels; }
  /// A map of one row is split between tasks by its columns.
  bool isOneRow() {
    return !op.getScratch() && !isPrologue && geometry.size[0] * geometry.size[1] == 1;
  }

  Emitter &e;
  kernel::ConvOp op;
  ConvGeometry geometry;
  bool isPrologue;
  /// The row of the map that lies first in the task's image of a scratch buffer: the input with a
  /// prologue, the output in one.
  mlir::Value firstScratchRow;
  mlir::Value input, filter, bias, residual, output;
  Tile tile;
  Slice slice;
  IndexRange channels; ///< that the slice reads
  /// Of the tile at hand; where the input is planar: its first channel.
  mlir::Value firstInputBlock;
  /// The first channel of each filter's group, where the slice has several.
  mlir::Value firstChannels;
  mlir::Value channel; ///< at hand, or the first of the block
  /// Where the first tap of the tile lies in the next block of channels, or behind the last that of
  /// the next tile in the first one.
  mlir::Value nextBlockAt;
  Visit rowVisit, visit;    ///< of a row of tiles, and of the tile at hand
  mlir::Value firstWeights; ///< of the blocks of filters at hand
  /// What is fetched while a block of channels is read: where it begins for each block of filters,
  /// and how far behind lies what goes with the channel at hand.
  llvm::SmallVector<mlir::Value> weightsAhead;
  mlir::Value laneAt;
  /// The taps of the tile in each dimension of which some lie in the map, where others do not.
  std::array<std::optional<IndexRange>, 3> tapsInMap;
  /// Where channels are in the lanes: those of the block and of the step at hand.
  int64_t channelsOfBlock = kLanes, channelsOfStep = 1;
};

} // namespace kiln

#endif // KILN_COMPILER_LOWERING_KERNELTOVECTOR_CONVEMITTER_H
