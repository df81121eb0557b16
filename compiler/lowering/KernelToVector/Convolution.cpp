// Direct convolution. A tile of rows x columns output pixels of one block of 16 filters is held in
// vector registers while the loops of the reduction run; each step loads one vector of weights and
// multiplies it with one broadcast element a pixel:
//
//   for unit of (filter block, image, rows)    the part of this task
//     for columns
//       a[r][c] = bias
//       for block, kd, kh, kw, channel:  w = filter[..]; a[r][c] += input[..] * w
//       output[..] = activation(a[r][c] + residual[..])
//
// With a prologue, a row of tiles is made ready in the scratch buffer before all blocks of filters
// read it.
//
// The tile decides how often weights and pixels are read from the cache; at 28 pixels the
// multiply-adds bind. A block whose filters belong to several groups, or of which at most half
// exist, is computed in halves of eight lanes, so that few multiply-adds are spent on zeros. The
// filters of a tail are dot products of eight channels a step, a[r][c][filter] += input[..] *
// w[filter], whose lanes are added at the end.
#include "compiler/lowering/KernelToVector/Activation.h"
#include "compiler/lowering/KernelToVector/ConvGeometry.h"
#include "compiler/lowering/KernelToVector/ConvPrologue.h"
#include "compiler/lowering/KernelToVector/DotProducts.h"
#include "compiler/lowering/KernelToVector/GroupMask.h"
#include "compiler/lowering/KernelToVector/Kernels.h"

using namespace mlir;

namespace kiln {
namespace {

/// What a tile covers.
struct Tile {
  int64_t rows, columns;
};

/// Where a tile begins.
struct Place {
  Value batch, block, depth, row, column;
};

/// Lanes of a block of filters that are computed together.
struct Slice {
  int64_t first = 0, lanes = kLanes;
  int64_t dots = 0;     ///< not 0: so many filters, each a dot product
  bool isMixed = false; ///< its filters may belong to several groups
  bool isLast = true;   ///< nothing follows: zeros go where the block's remaining lanes are
};

class ConvEmitter {
public:
  ConvEmitter(Emitter &e, kernel::ConvOp op)
      : e(e), op(op), geometry(op),
        input(e.flat(op.getScratch() ? op.getScratch() : op.getInput())),
        filter(e.flat(op.getFilter())), bias(op.getBias()),
        residual(op.getResidual() ? e.flat(op.getResidual()) : Value()),
        output(e.flat(op.getOutput())) {
    tile.columns = std::min<int64_t>(op.getSchedule().getColumns(), geometry.size[2]);
    tile.rows = std::min<int64_t>(op.getSchedule().getRows(), geometry.size[1]);
  }

  void emit();

private:
  void emitWithPrologue();
  void emitBlock(const Place &place, Value unit);
  void emitHalves(const Place &place, Value unit);
  void emitSlice(Slice lanes, const Place &place, Value unit);
  void emitRows(Place place, Value unit);
  void emitTiles(Place place, int64_t rows, Value begin, int64_t count);
  int64_t columnsOfTile() const;
  void emitTile(Place place, Tile tile);
  Value firstBlock(Value filterBlock);
  Value isWhole(Value filterBlock);
  IndexRange channelsOf(Value filterBlock);
  IndexRange rangeOf(const ReductionLevel &level);
  IndexRange lanesOfBlock();
  Value inputOffset(const Place &place);
  Value mapOffset(const MapWalk &walk, const Place &place);
  SmallVector<Value> reduce(ArrayRef<ReductionLevel> levels, Value inputAt, Value filterAt,
                            ValueRange sums, Tile tile);
  bool staysRolled(const ReductionLevel &level, Tile tile) const;
  SmallVector<Value> step(Value inputAt, Value filterAt, ValueRange sums, Tile tile);
  SmallVector<Value> stepOfDots(Value inputAt, Value filterAt, ValueRange sums, Tile tile);
  void emitEpilogue(const Place &place, ValueRange sums, Tile tile);
  void activateStored(Value outputAt, Tile tile);
  Value withRest(Value value);

  int64_t rowTiles() const { return llvm::divideCeilSigned(geometry.size[1], tile.rows); }
  int64_t columnTiles() const { return llvm::divideCeilSigned(geometry.size[2], tile.columns); }
  /// A map of one row is split between tasks by its columns.
  bool isOneRow() { return !op.getScratch() && geometry.size[0] * geometry.size[1] == 1; }

  Emitter &e;
  kernel::ConvOp op;
  ConvGeometry geometry;
  Value input, filter, bias, residual, output;
  Tile tile;
  Slice slice;
  IndexRange channels;   ///< that the slice reads
  Value firstInputBlock; ///< of the tile at hand; where the input is planar: its first channel
  Value firstChannels;   ///< the first channel of each filter's group, where the slice has several
  Value channel;         ///< at hand, or the first of the block
};

void ConvEmitter::emit() {
  if (op.getScratch())
    return emitWithPrologue();
  // filters_outer keeps one block of filters in the cache while all pixels pass, pixels_outer the
  // pixels of a row of tiles.
  bool filtersOuter = op.getSchedule().getOrder() == kernel::LoopOrder::FiltersOuter;
  int64_t pixels = isOneRow() ? columnTiles() : rowTiles();
  int64_t tasks = op.getSchedule().getTasks();
  if (filtersOuter)
    return e.forEachRow(tasks, {geometry.batch, geometry.filterBlocks, geometry.size[0], pixels},
                        [&](ArrayRef<Value> at) {
                          emitBlock({at[0], at[1], at[2], e.index(0), e.index(0)}, at[3]);
                        });
  e.forEachUnit(
      tasks, {geometry.batch, geometry.size[0], pixels, geometry.filterBlocks},
      [&](ArrayRef<Value> at) { emitBlock({at[0], at[3], at[1], e.index(0), e.index(0)}, at[2]); });
}

/// A row of tiles is made ready in the scratch buffer, where every block of filters reads it.
void ConvEmitter::emitWithPrologue() {
  e.forEachUnit(op.getSchedule().getTasks(), {geometry.batch, geometry.size[0], rowTiles()},
                [&](ArrayRef<Value> at) {
                  Value row = e.mul(at[2], tile.rows);
                  emitPrologue(e, op, {at[0], at[1], row},
                               e.atMost(e.index(tile.rows), e.sub(e.index(geometry.size[1]), row)));
                  e.forEach(geometry.filterBlocks, [&](Value block) {
                    emitBlock({at[0], block, at[1], e.index(0), e.index(0)}, at[2]);
                  });
                });
}

void ConvEmitter::emitBlock(const Place &place, Value unit) {
  e.branch(
      isWhole(place.block), [&] { emitSlice(Slice(), place, unit); },
      [&] { emitHalves(place, unit); });
}

void ConvEmitter::emitHalves(const Place &place, Value unit) {
  constexpr int64_t half = kLanes / 2;
  bool isMixed = geometry.halvesMix();
  if (int64_t tail = geometry.tail()) {
    if (geometry.endsInHalf())
      return emitSlice({0, half, tail}, place, unit);
    emitSlice({0, half, 0, false, false}, place, unit);
    return emitSlice({half, half, tail}, place, unit);
  }
  auto both = [&] {
    emitSlice({0, half, 0, isMixed, false}, place, unit);
    emitSlice({half, half, 0, isMixed, true}, place, unit);
  };
  auto first = [&] { emitSlice({0, half, 0, isMixed, true}, place, unit); };
  if (!geometry.endsInHalf())
    return both();
  if (geometry.groups == 1)
    return first();
  e.branch(e.less(place.block, e.index(geometry.filterBlocks - 1)), both, first);
}

void ConvEmitter::emitSlice(Slice lanes, const Place &place, Value unit) {
  slice = lanes;
  channels = channelsOf(place.block);
  firstInputBlock = firstBlock(place.block);
  emitRows(place, unit);
}

/// The unit is a tile of a single row, or a row of tiles.
void ConvEmitter::emitRows(Place place, Value unit) {
  int64_t extent = isOneRow() ? geometry.size[2] : geometry.size[1];
  int64_t step = isOneRow() ? tile.columns : tile.rows;
  auto emitUnit = [&](int64_t length) {
    if (isOneRow())
      return emitTiles(place, 1, e.mul(unit, step), length);
    place.row = e.mul(unit, step);
    emitTiles(place, length, e.index(0), geometry.size[2]);
  };
  if (extent % step == 0)
    return emitUnit(step);
  e.branch(
      e.less(unit, e.index(extent / step)), [&] { emitUnit(step); },
      [&] { emitUnit(extent % step); });
}

/// The tiles of `rows` rows from column `begin` on. Dot products take more registers a pixel, and
/// go row by row.
void ConvEmitter::emitTiles(Place place, int64_t rows, Value begin, int64_t count) {
  if (slice.dots && rows > 1) {
    Value first = place.row;
    return e.forEach(rows, [&](Value row) {
      place.row = e.add(first, row);
      emitTiles(place, 1, begin, count);
    });
  }
  int64_t step = columnsOfTile(), rest = count % step;
  auto emitAt = [&](Value column, int64_t columns) {
    place.column = column;
    emitTile(place, {rows, columns});
  };
  if (count == step)
    return emitAt(begin, step);
  Value end = e.add(begin, count - rest);
  if (rest != count)
    e.forEach({begin, end}, [&](Value column) { emitAt(column, step); }, step);
  if (rest)
    emitAt(end, rest);
}

/// Columns of a tile. One vector of weights for each dot product and one of pixels are beside its
/// accumulators.
int64_t ConvEmitter::columnsOfTile() const {
  if (slice.dots == 0)
    return tile.columns;
  constexpr int64_t leastRegisters = 14;
  return std::max<int64_t>(
      1, (std::max(tile.rows * tile.columns + 2, leastRegisters) - slice.dots) / slice.dots);
}

void ConvEmitter::emitTile(Place place, Tile tile) {
  VectorType type = lanesOf(e.getF32Type(), slice.lanes);
  Value start =
      bias ? e.loadVector(bias, e.add(e.mul(place.block, kLanes), slice.first), slice.lanes)
           : e.constant(type, 0.0);
  int64_t pixels = tile.rows * tile.columns;
  SmallVector<Value> sums(pixels, start);
  if (slice.dots)
    sums.assign(pixels * slice.dots, e.constant(type, 0.0));
  firstChannels = slice.isMixed
                      ? firstChannelsOfGroups(e, geometry, place.block, slice.first, slice.lanes)
                      : Value();
  Value filterAt =
      e.add(e.mul(place.block, geometry.filterBlockStep), slice.dots ? slice.lanes : slice.first);
  sums = reduce(geometry.reduction, inputOffset(place), filterAt, sums, tile);
  emitEpilogue(place, slice.dots ? addLanes(e, sums, slice.dots, start) : sums, tile);
}

/// True for a block of more than eight filters, all of one group.
Value ConvEmitter::isWhole(Value filterBlock) {
  int64_t whole = geometry.wholeBlocks();
  if (whole == 0 || whole == geometry.filterBlocks)
    return arith::ConstantIntOp::create(e, whole != 0, 1);
  Value isFull = e.less(filterBlock, e.index(geometry.filterBlocks - geometry.splitsLast()));
  if (geometry.groups == 1)
    return isFull;
  Value first = e.mul(filterBlock, kLanes),
        last = e.atMost(e.add(first, kLanes - 1), e.index(geometry.filters - 1));
  Value isOneGroup = e.less(e.div(last, geometry.filtersPerGroup()),
                            e.add(e.div(first, geometry.filtersPerGroup()), 1));
  return arith::AndIOp::create(e, isFull, isOneGroup);
}

/// The channels of the groups to which the filters of the slice belong.
IndexRange ConvEmitter::channelsOf(Value filterBlock) {
  if (geometry.groups == 1 || geometry.isDepthwise())
    return {e.index(0), e.index(geometry.channels)};
  Value first = e.add(e.mul(filterBlock, kLanes), slice.first);
  Value begin = e.mul(e.div(first, geometry.filtersPerGroup()), geometry.channelsPerGroup());
  if (!slice.isMixed)
    return {begin, e.add(begin, geometry.channelsPerGroup())};
  Value last = e.atMost(e.add(first, slice.lanes - 1), e.index(geometry.filters - 1));
  return {begin,
          e.mul(e.add(e.div(last, geometry.filtersPerGroup()), 1), geometry.channelsPerGroup())};
}

/// The first input block in a block of packed filters; the formula of nn.pack_filter.
Value ConvEmitter::firstBlock(Value filterBlock) {
  if (geometry.isDepthwise())
    return filterBlock;
  if (geometry.form == nn::FilterForm::Planar)
    return channels.begin;
  int64_t last = geometry.inputBlocks - geometry.blocksPerFilter;
  if (geometry.groups == 1 || last == 0)
    return e.index(0);
  Value group = e.div(e.mul(filterBlock, kLanes), geometry.filtersPerGroup());
  return e.atMost(e.div(e.mul(group, geometry.channelsPerGroup()), kLanes), e.index(last));
}

Value ConvEmitter::inputOffset(const Place &place) {
  Place at = place;
  at.block = firstInputBlock;
  // Each task has an image of the scratch buffer, which holds the row of tiles at hand.
  if (op.getScratch())
    at.batch = e.task, at.depth = at.row = e.index(0);
  return mapOffset(geometry.input, at);
}

Value ConvEmitter::mapOffset(const MapWalk &walk, const Place &place) {
  Value offset = e.add(e.mul(place.batch, walk.batch), e.mul(place.block, walk.block));
  offset = e.add(offset, e.mul(place.depth, walk.pixel[0]));
  offset = e.add(offset, e.mul(place.row, walk.pixel[1]));
  offset = e.add(offset, e.mul(place.column, walk.pixel[2]));
  return e.add(offset, walk.origin);
}

/// Unrolled, the scheduler moves loads forward until accumulators spill. A narrow depthwise kernel
/// gains from it all the same: its pixels are vectors that neighbouring taps share.
bool ConvEmitter::staysRolled(const ReductionLevel &level, Tile tile) const {
  return !geometry.isDepthwise() || level.extent > 5 || tile.rows * tile.columns > 16;
}

SmallVector<Value> ConvEmitter::reduce(ArrayRef<ReductionLevel> levels, Value inputAt,
                                       Value filterAt, ValueRange sums, Tile tile) {
  if (levels.empty())
    return step(inputAt, filterAt, sums, tile);
  ReductionLevel level = levels.front();
  if (slice.dots && level.kind == ReductionLevel::Kind::Lanes)
    level.inputStep *= slice.lanes;
  bool isInnermost =
      llvm::all_of(levels.drop_front(), [](const ReductionLevel &l) { return l.extent == 1; });
  return e.reduce(
      rangeOf(level), sums,
      [&](Value i, ValueRange carried) {
        if (level.kind == ReductionLevel::Kind::Blocks)
          channel = e.mul(e.add(firstInputBlock, i), kLanes);
        Value firstOfBlock = channel;
        if (level.kind == ReductionLevel::Kind::Lanes)
          channel = e.add(firstOfBlock, i);
        SmallVector<Value> next =
            reduce(levels.drop_front(), e.add(inputAt, e.mul(i, level.inputStep)),
                   e.add(filterAt, e.mul(i, level.filterStep)), carried, tile);
        channel = firstOfBlock;
        return next;
      },
      /*rolled=*/isInnermost && staysRolled(level, tile));
}

/// The part of a loop that the channels of the slice need.
IndexRange ConvEmitter::rangeOf(const ReductionLevel &level) {
  if (level.kind == ReductionLevel::Kind::Lanes)
    return lanesOfBlock();
  if (level.kind != ReductionLevel::Kind::Blocks || geometry.groups == 1)
    return {e.index(0), e.index(level.extent)};
  Value end = e.div(e.add(channels.end, kLanes - 1), kLanes);
  return {e.sub(e.div(channels.begin, kLanes), firstInputBlock), e.sub(end, firstInputBlock)};
}

/// The channels of the slice in the block that begins with `channel`. What fills the last block is
/// not read.
IndexRange ConvEmitter::lanesOfBlock() {
  int64_t channelsAStep = slice.dots ? slice.lanes : 1;
  if (geometry.channelsPerGroup() % kLanes == 0)
    return {e.index(0), e.index(kLanes / channelsAStep)};
  Value end = e.div(e.atMost(e.sub(channels.end, channel), e.index(kLanes)), channelsAStep);
  if (geometry.groups == 1)
    return {e.index(0), end};
  return {e.atLeast(e.sub(channels.begin, channel), e.index(0)), end};
}

SmallVector<Value> ConvEmitter::step(Value inputAt, Value filterAt, ValueRange sums, Tile tile) {
  if (slice.dots)
    return stepOfDots(inputAt, filterAt, sums, tile);
  Value weights = e.loadVector(filter, filterAt, slice.lanes);
  if (nn::isBlocked(geometry.form) && slice.first == 0 && !slice.isMixed)
    e.prefetchNextPage(filter, filterAt);
  Value mask = firstChannels ? isInGroup(e, geometry, channel, firstChannels) : Value();
  SmallVector<Value> result;
  for (int64_t row = 0; row < tile.rows; ++row)
    for (int64_t column = 0; column < tile.columns; ++column) {
      Value at = e.add(inputAt, row * geometry.input.pixel[1] + column * geometry.input.pixel[2]);
      Value pixel = geometry.isDepthwise() ? e.loadVector(input, at)
                                           : e.loadBroadcast(input, at, slice.lanes);
      Value old = sums[result.size()], sum = e.multiplyAdd(pixel, weights, old);
      result.push_back(mask ? arith::SelectOp::create(e, mask, sum, old).getResult() : sum);
    }
  return result;
}

/// Eight channels: the weights of the i-th filter lie two rows of the block below those of the one
/// before.
SmallVector<Value> ConvEmitter::stepOfDots(Value inputAt, Value filterAt, ValueRange sums,
                                           Tile tile) {
  SmallVector<Value> weights, result;
  for (int64_t i = 0; i < slice.dots; ++i)
    weights.push_back(e.loadVector(filter, e.add(filterAt, 2 * i * kLanes), slice.lanes));
  for (int64_t column = 0; column < tile.columns; ++column) {
    Value pixel =
        e.loadVector(input, e.add(inputAt, column * geometry.input.pixel[2]), slice.lanes);
    for (Value weight : weights)
      result.push_back(e.multiplyAdd(pixel, weight, sums[result.size()]));
  }
  return result;
}

void ConvEmitter::emitEpilogue(const Place &place, ValueRange sums, Tile tile) {
  Value outputAt = e.add(mapOffset(geometry.output, place), slice.first);
  Value residualAt = residual ? e.add(mapOffset(geometry.residual, place), slice.first) : Value();
  nn::ActivationAttr activation = op.getActivationAttr();
  bool isInLoop = isFunction(activation) && sums.size() > 1;
  for (auto [i, sum] : llvm::enumerate(sums)) {
    int64_t row = i / tile.columns, column = i % tile.columns;
    auto offset = [&](const MapWalk &walk) { return row * walk.pixel[1] + column * walk.pixel[2]; };
    Value value = sum;
    if (residual) {
      Value addend =
          e.loadVector(residual, e.add(residualAt, offset(geometry.residual)), slice.lanes);
      value = arith::AddFOp::create(e, value, addend);
    }
    // In a loop the other lanes of the block are written with the final value.
    value = isInLoop ? value : withRest(emitActivation(e, activation, value));
    e.store(value, output, e.add(outputAt, offset(geometry.output)));
  }
  if (isInLoop)
    activateStored(outputAt, tile);
}

/// In a loop over the pixels of the tile the constants of the function stay in registers, which the
/// sums no longer need.
void ConvEmitter::activateStored(Value outputAt, Tile tile) {
  e.forEach(tile.rows, [&](Value row) {
    e.forEach(tile.columns, [&](Value column) {
      Value at = e.add(outputAt, e.add(e.mul(row, geometry.output.pixel[1]),
                                       e.mul(column, geometry.output.pixel[2])));
      e.store(withRest(
                  emitActivation(e, op.getActivationAttr(), e.loadVector(output, at, slice.lanes))),
              output, at);
    });
  });
}

/// The value with zeros in the lanes of the block that no slice computes.
Value ConvEmitter::withRest(Value value) {
  int64_t lanes = slice.isLast ? kLanes - slice.first : slice.lanes;
  if (lanes == slice.lanes)
    return value;
  Value zero = e.constant(value.getType(), 0.0);
  return vector::ShuffleOp::create(e, value, zero, llvm::to_vector(llvm::seq<int64_t>(0, lanes)));
}

} // namespace

void emitConvolution(Emitter &e, kernel::ConvOp op) { ConvEmitter(e, op).emit(); }

} // namespace kiln
