// Direct convolution. A tile of rows x columns output pixels of one block of 16 filters is held in vector registers while the
// loops of the reduction run; each step loads one vector of weights and multiplies it with one broadcast element a pixel:
//
//   for unit of (filter block, image, rows)    the part of this task
//     for columns
//       a[r][c] = bias
//       for block, kd, kh, kw, channel:  w = filter[..]; a[r][c] += input[..] * w
//       output[..] = activation(a[r][c] + residual[..])
//
// The tile decides how often weights and pixels are read from the cache; at 28 pixels the multiply-adds bind.
#include "compiler/lowering/KernelToVector/Activation.h"
#include "compiler/lowering/KernelToVector/ConvGeometry.h"
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

class ConvEmitter {
public:
  ConvEmitter(Emitter &e, kernel::ConvOp op)
      : e(e), op(op), geometry(op), input(e.flat(op.getInput())), filter(e.flat(op.getFilter())),
        bias(op.getBias()), residual(op.getResidual() ? e.flat(op.getResidual()) : Value()),
        output(e.flat(op.getOutput())) {
    tile.columns = std::min<int64_t>(op.getSchedule().getColumns(), geometry.size[2]);
    tile.rows = std::min<int64_t>(op.getSchedule().getRows(), geometry.size[1]);
  }

  void emit();

private:
  void emitRows(Place place, Value rowTile);
  void emitColumns(Place place, int64_t rows);
  void emitTile(Place place, Tile tile);
  Value firstBlock(Value filterBlock);
  Value lanesOfBlock(Value block);
  Value firstChannelsOfGroups(Value filterBlock);
  Value isInGroup();
  Value inputOffset(const Place &place);
  Value mapOffset(const MapWalk &walk, const Place &place);
  SmallVector<Value> reduce(ArrayRef<ReductionLevel> levels, Value inputAt, Value filterAt, ValueRange sums,
                            Tile tile);
  bool staysRolled(const ReductionLevel &level, Tile tile) const;
  SmallVector<Value> step(Value inputAt, Value filterAt, ValueRange sums, Tile tile);
  void emitEpilogue(const Place &place, ValueRange sums, Tile tile);

  int64_t rowTiles() const { return llvm::divideCeilSigned(geometry.size[1], tile.rows); }
  int64_t columnTiles() const { return llvm::divideCeilSigned(geometry.size[2], tile.columns); }
  /// A map of one row is split between tasks by its columns.
  bool isOneRow() const { return geometry.size[0] * geometry.size[1] == 1; }

  Emitter &e;
  kernel::ConvOp op;
  ConvGeometry geometry;
  Value input, filter, bias, residual, output;
  Tile tile;
  Value firstInputBlock; ///< of the tile at hand
  Value firstChannels;   ///< the first channel of each filter's group, where a block of filters has several
  Value laneCount;       ///< channels in the input block at hand
  Value channel;         ///< at hand, or the first of the block
};

void ConvEmitter::emit() {
  // filters_outer keeps one block of filters in the cache while all pixels pass, pixels_outer the pixels of a row of tiles.
  bool filtersOuter = op.getSchedule().getOrder() == kernel::LoopOrder::FiltersOuter;
  int64_t pixels = isOneRow() ? columnTiles() : rowTiles();
  SmallVector<int64_t> extents;
  if (filtersOuter)
    extents = {geometry.filterBlocks, geometry.batch, geometry.size[0], pixels};
  else
    extents = {geometry.batch, geometry.size[0], pixels, geometry.filterBlocks};
  e.forEachUnit(op.getSchedule().getTasks(), extents, [&](ArrayRef<Value> at) {
    Place place;
    Value unit;
    if (filtersOuter)
      place = {at[1], at[0], at[2], e.index(0), e.index(0)}, unit = at[3];
    else
      place = {at[0], at[3], at[1], e.index(0), e.index(0)}, unit = at[2];
    emitRows(place, unit);
  });
}

/// The unit is a tile of a single row, or a row of tiles.
void ConvEmitter::emitRows(Place place, Value unit) {
  int64_t extent = isOneRow() ? geometry.size[2] : geometry.size[1];
  int64_t step = isOneRow() ? tile.columns : tile.rows;
  auto emitUnit = [&](int64_t length) {
    if (isOneRow()) {
      place.column = e.mul(unit, step);
      return emitTile(place, {1, length});
    }
    place.row = e.mul(unit, step);
    emitColumns(place, length);
  };
  if (extent % step == 0)
    return emitUnit(step);
  e.branch(e.less(unit, e.index(extent / step)), [&] { emitUnit(step); }, [&] { emitUnit(extent % step); });
}

void ConvEmitter::emitColumns(Place place, int64_t rows) {
  int64_t width = geometry.size[2], rest = width % tile.columns;
  auto emitAt = [&](Value column, int64_t columns) {
    place.column = column;
    emitTile(place, {rows, columns});
  };
  e.forEach({e.index(0), e.index(width - rest)}, [&](Value column) { emitAt(column, tile.columns); }, tile.columns);
  if (rest)
    emitAt(e.index(width - rest), rest);
}

void ConvEmitter::emitTile(Place place, Tile tile) {
  VectorType type = lanesOf(e.getF32Type());
  Value start = bias ? e.loadVector(bias, e.mul(place.block, kLanes)) : e.constant(type, 0.0);
  SmallVector<Value> sums(tile.rows * tile.columns, start);
  if (geometry.mixesGroups())
    firstChannels = firstChannelsOfGroups(place.block);
  sums = reduce(geometry.reduction, inputOffset(place), e.mul(place.block, geometry.filterBlockStep), sums, tile);
  emitEpilogue(place, sums, tile);
}

/// The first input block that a block of filters reads; the formula of nn.pack_filter.
Value ConvEmitter::firstBlock(Value filterBlock) {
  if (geometry.isDepthwise())
    return filterBlock;
  int64_t last = geometry.inputBlocks - geometry.blocksPerFilter;
  if (geometry.form != nn::FilterForm::Blocked || geometry.groups == 1 || last == 0)
    return e.index(0);
  Value group = e.div(e.mul(filterBlock, kLanes), geometry.filters / geometry.groups);
  return e.atMost(e.div(e.mul(group, geometry.channels / geometry.groups), kLanes), e.index(last));
}

Value ConvEmitter::inputOffset(const Place &place) {
  firstInputBlock = firstBlock(place.block);
  Place at = place;
  at.block = firstInputBlock;
  return mapOffset(geometry.input, at);
}

Value ConvEmitter::mapOffset(const MapWalk &walk, const Place &place) {
  Value offset = e.add(e.mul(place.batch, walk.batch), e.mul(place.block, walk.block));
  offset = e.add(offset, e.mul(place.depth, walk.pixel[0]));
  offset = e.add(offset, e.mul(place.row, walk.pixel[1]));
  offset = e.add(offset, e.mul(place.column, walk.pixel[2]));
  return e.add(offset, walk.origin);
}

/// Unrolled, the scheduler moves loads forward until accumulators spill. A narrow depthwise kernel gains from it all the same: its
/// pixels are vectors that neighbouring taps share.
bool ConvEmitter::staysRolled(const ReductionLevel &level, Tile tile) const {
  return !geometry.isDepthwise() || level.extent > 5 || tile.rows * tile.columns > 16;
}

SmallVector<Value> ConvEmitter::reduce(ArrayRef<ReductionLevel> levels, Value inputAt, Value filterAt,
                                       ValueRange sums, Tile tile) {
  if (levels.empty())
    return step(inputAt, filterAt, sums, tile);
  const ReductionLevel &level = levels.front();
  IndexRange range{e.index(0), e.index(level.extent)};
  if (level.kind == ReductionLevel::Kind::Lanes)
    range.end = laneCount;
  bool isInnermost = llvm::all_of(levels.drop_front(), [](const ReductionLevel &l) { return l.extent == 1; });
  return e.reduce(
      range, sums,
      [&](Value i, ValueRange carried) {
        if (level.kind == ReductionLevel::Kind::Blocks) {
          laneCount = lanesOfBlock(i);
          channel = e.mul(e.add(firstInputBlock, i), kLanes);
        }
        Value firstOfBlock = channel;
        if (level.kind == ReductionLevel::Kind::Lanes)
          channel = e.add(firstOfBlock, i);
        SmallVector<Value> next = reduce(levels.drop_front(), e.add(inputAt, e.mul(i, level.inputStep)),
                                         e.add(filterAt, e.mul(i, level.filterStep)), carried, tile);
        channel = firstOfBlock;
        return next;
      },
      /*rolled=*/isInnermost && staysRolled(level, tile));
}

/// What fills the last block of channels is not read.
Value ConvEmitter::lanesOfBlock(Value block) {
  int64_t rest = geometry.channels % kLanes;
  if (rest == 0)
    return e.index(kLanes);
  Value isLast = e.equal(e.add(firstInputBlock, block), geometry.inputBlocks - 1);
  return e.choose(isLast, e.index(rest), e.index(kLanes));
}

/// The group of each of sixteen filters, as the number of the group's first channel.
Value ConvEmitter::firstChannelsOfGroups(Value filterBlock) {
  VectorType type = lanesOf(e.getI32Type());
  SmallVector<int32_t> lanes = llvm::to_vector(llvm::seq<int32_t>(0, kLanes));
  Value numbers = arith::ConstantOp::create(e, DenseElementsAttr::get(type, ArrayRef<int32_t>(lanes)));
  Value first = arith::IndexCastOp::create(e, e.getI32Type(), e.mul(filterBlock, kLanes));
  Value filters = arith::AddIOp::create(e, vector::BroadcastOp::create(e, type, first), numbers);
  Value groups = arith::DivUIOp::create(e, filters, e.constant(type, geometry.filters / geometry.groups));
  return arith::MulIOp::create(e, groups, e.constant(type, geometry.channels / geometry.groups));
}

/// The filters to whose group the channel at hand belongs. The weights of the others are 0, but 0 times NaN is not.
Value ConvEmitter::isInGroup() {
  VectorType type = lanesOf(e.getI32Type());
  Value number = arith::IndexCastOp::create(e, e.getI32Type(), channel);
  Value distance = arith::SubIOp::create(e, vector::BroadcastOp::create(e, type, number), firstChannels);
  return arith::CmpIOp::create(e, arith::CmpIPredicate::ult, distance,
                               e.constant(type, geometry.channels / geometry.groups));
}

SmallVector<Value> ConvEmitter::step(Value inputAt, Value filterAt, ValueRange sums, Tile tile) {
  Value weights = e.loadVector(filter, filterAt);
  Value mask = firstChannels ? isInGroup() : Value();
  SmallVector<Value> result;
  for (int64_t row = 0; row < tile.rows; ++row)
    for (int64_t column = 0; column < tile.columns; ++column) {
      Value at = e.add(inputAt, row * geometry.input.pixel[1] + column * geometry.input.pixel[2]);
      Value pixel = geometry.isDepthwise() ? e.loadVector(input, at) : e.loadBroadcast(input, at);
      Value old = sums[result.size()], sum = e.multiplyAdd(pixel, weights, old);
      result.push_back(mask ? arith::SelectOp::create(e, mask, sum, old).getResult() : sum);
    }
  return result;
}

void ConvEmitter::emitEpilogue(const Place &place, ValueRange sums, Tile tile) {
  Value outputAt = mapOffset(geometry.output, place);
  Value residualAt = residual ? mapOffset(geometry.residual, place) : Value();
  for (auto [i, sum] : llvm::enumerate(sums)) {
    int64_t row = i / tile.columns, column = i % tile.columns;
    auto offset = [&](const MapWalk &walk) { return row * walk.pixel[1] + column * walk.pixel[2]; };
    Value value = sum;
    if (residual)
      value = arith::AddFOp::create(e, value, e.loadVector(residual, e.add(residualAt, offset(geometry.residual))));
    value = emitActivation(e, op.getActivationAttr(), value);
    e.store(value, output, e.add(outputAt, offset(geometry.output)));
  }
}

} // namespace

void emitConvolution(Emitter &e, kernel::ConvOp op) { ConvEmitter(e, op).emit(); }

} // namespace kiln
