// Direct convolution. A tile of rows x columns output pixels of one block of 16 filters is held in
// vector registers while the loops of the reduction run; each step loads one vector of weights and
// multiplies it with one broadcast element a pixel, which several blocks of filters can share:
//
//   for unit of (filter blocks, image, rows)   the part of this task
//     for columns
//       a[r][c] = bias
//       for block, kd, kh, kw, channel:  w = filter[..]; a[r][c] += input[..] * w
//       output[..] = activation(a[r][c] + residual[..])
//
// With a prologue, some rows of tiles are made ready in the scratch buffer before all blocks of
// filters read them.
//
// The tile decides how often weights and pixels are read from the cache; at 28 pixels the
// multiply-adds bind. A block whose filters belong to several groups, or of which at most half
// exist, is computed in halves of eight lanes, so that few multiply-adds are spent on zeros, or in
// the form tail with pairs of channels in 16 lanes, a[r][c][filter][2] += input[.., 2] *
// w[filter][2]. A few filters that one group leaves are dot products of eight or 16 channels a
// step, a[r][c][filter] += input[..] * w[filter]; their lanes are added at the end. In groups of a
// few channels a shuffle brings the channel of its group to each lane; a few filters over planes
// have pixels in their lanes.
#include "compiler/lowering/KernelToVector/ConvEmitter.h"
#include "compiler/lowering/KernelToVector/ConvPrologue.h"
#include "compiler/lowering/KernelToVector/Kernels.h"

using namespace mlir;

namespace kiln {

void ConvEmitter::emit() {
  if (op.getScratch())
    return emitWithPrologue();
  // filters_outer keeps one block of filters in the cache while all pixels pass, pixels_outer the
  // pixels of a row of tiles.
  bool filtersOuter = op.getSchedule().getOrder() == kernel::LoopOrder::FiltersOuter;
  int64_t pixels = isOneRow() ? columnTiles() : rowTiles();
  int64_t tasks = op.getSchedule().getTasks();
  if (filtersOuter)
    return e.forEachRow(tasks, {geometry.batch, filterGroups(), geometry.size[0], pixels},
                        [&](ArrayRef<Value> at) {
                          rowVisit = visitOf(at[3], pixels);
                          emitFilters({at[0], {}, at[2], e.index(0), e.index(0)}, at[1], at[3]);
                        });
  rowVisit = {e.index(0), 1};
  e.forEachUnit(tasks, {geometry.batch, geometry.size[0], pixels, filterGroups()},
                [&](ArrayRef<Value> at) {
                  emitFilters({at[0], {}, at[1], e.index(0), e.index(0)}, at[3], at[2]);
                });
}

/// The units that read a block of filters one after the other in a task, of which any as many have
/// all remainders.
ConvEmitter::Visit ConvEmitter::visitOf(Value unit, int64_t units) {
  int64_t tasks = op.getSchedule().getTasks();
  if (geometry.batch * geometry.size[0] > 1)
    return {e.index(0), 1};
  int64_t count = kernel::shareRows(tasks, units) ? units / tasks : units;
  return {e.rem(unit, count), count};
}

/// The units are rows of tiles. So many as the scratch buffer holds are made ready in it, where
/// every block of filters reads them; only in one plane are they more than one.
void ConvEmitter::emitWithPrologue() {
  int64_t planes = geometry.batch * geometry.size[0],
          held = planes == 1 ? shapeOf(op.getScratch())[3] / tile.rows : 1;
  IndexRange part = e.taskRange(op.getSchedule().getTasks(), planes * rowTiles());
  e.forEach(
      part,
      [&](Value first) {
        SmallVector<Value> at =
            e.coordinates(first, {geometry.batch, geometry.size[0], rowTiles()});
        Value end = held == 1 ? e.add(at[2], 1) : e.atMost(e.add(at[2], held), part.end);
        emitBand({at[0], {}, at[1], e.index(0), e.index(0)}, {at[2], end});
      },
      held);
}

void ConvEmitter::emitBand(Place first, IndexRange units) {
  firstScratchRow = e.mul(units.begin, tile.rows);
  Value end = e.atMost(e.mul(units.end, tile.rows), e.index(geometry.size[1]));
  emitPrologue(e, op, first.batch, first.depth, {firstScratchRow, end});
  int64_t held = shapeOf(op.getScratch())[3] / tile.rows;
  e.forEach(filterGroups(), [&](Value group) {
    e.forEach(units, [&](Value unit) {
      rowVisit = {e.sub(unit, units.begin), held};
      emitFilters(first, group, unit);
    });
  });
}

void ConvEmitter::emitRowsOf(Value image, Value plane, IndexRange rows) {
  firstScratchRow = rows.begin;
  rowVisit = {e.index(0), 1};
  e.forEach(filterGroups(), [&](Value group) {
    e.forEach(rows, [&](Value row) {
      emitFilters({image, {}, plane, e.index(0), e.index(0)}, group, row);
    });
  });
}

/// Whole blocks of filters together, what is left one after the other.
void ConvEmitter::emitFilters(Place place, Value group, Value unit) {
  Slice together;
  together.blocks = op.getSchedule().getFilters();
  place.block = e.mul(group, together.blocks);
  if (hasLanesOfPixels())
    return emitSlice(together, place, unit);
  if (together.blocks == 1)
    return emitBlock(place, unit);
  Value end = e.add(place.block, together.blocks);
  auto oneByOne = [&] {
    e.forEach({place.block, e.atMost(end, e.index(geometry.filterBlocks))}, [&](Value block) {
      Place single = place;
      single.block = block;
      emitBlock(single, unit);
    });
  };
  int64_t whole = geometry.wholeBlocks();
  if (whole == geometry.filterBlocks && whole % together.blocks == 0)
    return emitSlice(together, place, unit);
  e.branch(
      e.less(end, e.index(whole + 1)), [&] { emitSlice(together, place, unit); }, oneByOne);
}

void ConvEmitter::emitBlock(const Place &place, Value unit) {
  e.branch(
      isWhole(place.block), [&] { emitSlice(Slice(), place, unit); },
      [&] { emitHalves(place, unit); });
}

void ConvEmitter::emitHalves(const Place &place, Value unit) {
  constexpr int64_t half = kLanes / 2;
  if (geometry.isTail() && geometry.groups == 1) {
    int64_t filters = geometry.filters % kLanes;
    for (int64_t first = 0; first < filters; first += half) {
      int64_t count = std::min(filters - first, half);
      bool isPaired = nn::hasPairs(count, geometry.channels, kLanes);
      emitSlice({.first = first,
                 .lanes = half,
                 .dots = isPaired ? 0 : count,
                 .isPaired = isPaired,
                 .isLast = first + half >= filters},
                place, unit);
    }
    return;
  }
  bool isMixed = geometry.halvesMix();
  auto emitHalf = [&](int64_t first, bool isLast) {
    emitSlice({.first = first,
               .lanes = half,
               .isMixed = isMixed,
               .isPaired = geometry.isTail(),
               .isLast = isLast},
              place, unit);
  };
  auto both = [&] {
    emitHalf(0, false);
    emitHalf(half, true);
  };
  auto first = [&] { emitHalf(0, true); };
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
  e.withPart(unit, extent, step, [&](int64_t length) {
    if (isOneRow())
      return emitTiles(place, 1, e.mul(unit, step), length);
    place.row = e.mul(unit, step);
    emitTiles(place, length, e.index(0), geometry.size[2]);
  });
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
  int64_t step = columnsOfTile(count), rest = count % step,
          tiles = llvm::divideCeilSigned(count, step);
  auto emitAt = [&](Value column, int64_t columns) {
    place.column = column;
    visit = {e.add(e.mul(rowVisit.number, tiles), e.div(e.sub(column, begin), step)),
             rowVisit.count * tiles};
    emitTile(place, {rows, columns});
  };
  if (count == step)
    return emitAt(begin, step);
  Value end = e.add(begin, count - rest);
  if (rest != count)
    e.forEach(
        {begin, end}, [&](Value column) { emitAt(column, step); }, step);
  if (rest)
    emitAt(end, rest);
}

/// Large tiles tell that there are 32 registers, each of which holds a block of channels.
bool ConvEmitter::hasManyRegisters() const {
  constexpr int64_t manyPixels = 14;
  return tile.rows * tile.columns >= manyPixels;
}

int64_t ConvEmitter::lanesOfDots() const { return hasManyRegisters() ? kLanes : kLanes / 2; }

/// The channels of a block that one step of the reduction takes.
int64_t ConvEmitter::channelsAStep() const {
  return slice.dots ? lanesOfDots() : slice.isPaired ? 2 : 1;
}

/// Columns of a tile of a row of `count` pixels. A vector of weights for each dot product and the
/// pixels are beside the accumulators; tiles of nearly equal size leave none with too few to hide
/// the latency of a multiply-add.
int64_t ConvEmitter::columnsOfTile(int64_t count) const {
  if (slice.dots == 0)
    return tile.columns;
  int64_t registers = hasManyRegisters() ? 31 : 15;
  int64_t most = std::max<int64_t>(1, (registers - slice.dots) / (slice.dots + 1));
  return llvm::divideCeilSigned(count, llvm::divideCeilSigned(count, most));
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
  if (geometry.groups == 1 || nn::readsOwnLanes(geometry.form))
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
  if (geometry.isGrouped())
    return e.div(e.mul(filterBlock, geometry.channelsOfBlock()), kLanes);
  if (geometry.form == nn::FilterForm::Planar)
    return channels.begin;
  int64_t last = geometry.inputBlocks - geometry.blocksPerFilter;
  if (geometry.groups == 1 || last == 0)
    return e.index(0);
  Value group = e.div(e.mul(filterBlock, kLanes), geometry.filtersPerGroup());
  return e.atMost(e.div(e.mul(group, geometry.channelsPerGroup()), kLanes), e.index(last));
}

void emitConvolution(Emitter &e, kernel::ConvOp op) { ConvEmitter(e, op).emit(); }

} // namespace kiln
