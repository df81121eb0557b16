// One register tile of a direct convolution: its sums, their reduction, and what is stored.
#include "compiler/lowering/KernelToVector/ConvEmitter.h"
#include "compiler/lowering/KernelToVector/GroupMask.h"
#include "compiler/lowering/KernelToVector/LaneSums.h"
#include "compiler/lowering/KernelToVector/TileEpilogue.h"

using namespace mlir;

namespace kiln {

void ConvEmitter::emitTile(Place place, Tile tile) {
  if (hasLanesOfPixels())
    return emitTileOfPixels(place, tile);
  size_t pixels = tile.rows * tile.columns;
  skipBorder(place, tile);
  SmallVector<Value> sums;
  for (int64_t block = 0; block < slice.blocks; ++block)
    sums.append(pixels, startOf(e.add(place.block, block)));
  Value start = sums.front();
  if (slice.isPaired)
    sums.assign(pixels, inPairs(e, start));
  if (slice.dots)
    sums.assign(pixels * slice.dots, e.constant(lanesOf(e.getF32Type(), lanesOfDots()), 0.0));
  firstChannels = slice.isMixed ? firstChannelsOfGroups(e, geometry, place.block, slice.first,
                                                        slice.lanes, slice.isPaired ? 2 : 1)
                                : Value();
  channelsOfStep = channelsAStep();
  int64_t firstAt = geometry.isTail() ? slice.first * kLanes : slice.first;
  firstWeights = e.mul(place.block, geometry.filterBlockStep);
  sums = reduce(geometry.reduction, inputOffset(place), e.add(firstWeights, firstAt), sums, tile);
  if (slice.dots)
    sums = addLanes(e, sums, slice.dots, start);
  if (slice.isPaired)
    sums = addPairs(e, sums);
  for (ArrayRef<Value> rest = sums; !rest.empty(); rest = rest.drop_front(pixels)) {
    emitEpilogue(place, rest.take_front(pixels), tile);
    place.block = e.add(place.block, 1);
  }
}

/// What the sums of a block of filters begin with.
Value ConvEmitter::startOf(Value filterBlock) {
  if (!bias)
    return e.constant(lanesOf(e.getF32Type(), slice.lanes), 0.0);
  return e.loadVector(bias, e.add(e.mul(filterBlock, kLanes), slice.first), slice.lanes);
}

Value ConvEmitter::inputOffset(const Place &place) {
  Place at = place;
  at.block = firstInputBlock;
  if (op.getScratch())
    at = inScratch(at);
  Value offset = mapOffset(geometry.input, at);
  if (!geometry.isGrouped())
    return offset;
  return e.add(offset, e.rem(e.mul(place.block, geometry.channelsOfBlock()), kLanes));
}

/// Each task has an image of the scratch buffer, which holds the rows at hand.
ConvEmitter::Place ConvEmitter::inScratch(Place place) {
  place.batch = e.task, place.depth = e.index(0);
  place.row = e.sub(place.row, firstScratchRow);
  return place;
}

Value ConvEmitter::outputOffset(const Place &place) {
  return e.add(mapOffset(geometry.output, isPrologue ? inScratch(place) : place), slice.first);
}

Value ConvEmitter::mapOffset(const MapWalk &walk, const Place &place) {
  Value offset = e.add(e.mul(place.batch, walk.batch), e.mul(place.block, walk.block));
  offset = e.add(offset, e.mul(place.depth, walk.pixel[0]));
  offset = e.add(offset, e.mul(place.row, walk.pixel[1]));
  offset = e.add(offset, e.mul(place.column, walk.pixel[2]));
  return e.add(offset, walk.origin);
}

/// Of the innermost loop. Unrolled, the scheduler moves loads forward until accumulators spill; a
/// few channels, of which each pixel is another element to broadcast, are no danger. A narrow
/// depthwise kernel gains all the same: its pixels are vectors that neighbouring taps share.
Unroll ConvEmitter::unrollOf(const ReductionLevel &level, Tile tile) {
  if (geometry.isDepthwise() && level.extent <= 5 && tile.rows * tile.columns <= 16)
    return Unroll::Freely;
  bool broadcasts =
      level.kind == ReductionLevel::Kind::Lanes && !slice.dots && !slice.isPaired && !slice.isMixed;
  return broadcasts ? Unroll::Little : Unroll::Never;
}

SmallVector<Value> ConvEmitter::reduce(ArrayRef<ReductionLevel> levels, Value inputAt,
                                       Value filterAt, ValueRange sums, Tile tile) {
  if (levels.empty())
    return step(inputAt, filterAt, sums, tile);
  ReductionLevel level = levels.front();
  if (level.kind == ReductionLevel::Kind::Lanes) {
    level.inputStep = channelsAStep();
    level.filterStep = slice.dots ? channelsAStep() : kLanes;
    setWeightsAhead(filterAt);
  }
  auto body = [&](Value i, ValueRange carried) {
    Value levelAt = e.add(inputAt, e.mul(i, level.inputStep));
    if (level.kind == ReductionLevel::Kind::Blocks) {
      channel = e.mul(e.add(firstInputBlock, i), kLanes);
      nextBlockAt =
          e.choose(e.less(e.add(i, 1), e.index(level.extent)), e.add(levelAt, level.inputStep),
                   e.add(inputAt, tile.columns * geometry.input.pixel[2]));
    }
    if (level.kind == ReductionLevel::Kind::Depth)
      prefetchSlice(e.add(nextBlockAt, e.mul(i, level.inputStep)), tile);
    Value firstOfBlock = channel;
    if (level.kind == ReductionLevel::Kind::Lanes) {
      channel = e.add(firstOfBlock, e.mul(i, level.inputStep));
      laneAt = e.mul(i, level.filterStep);
    }
    SmallVector<Value> next = reduce(levels.drop_front(), levelAt,
                                     e.add(filterAt, e.mul(i, level.filterStep)), carried, tile);
    channel = firstOfBlock;
    return next;
  };
  bool isInnermost =
      llvm::all_of(levels.drop_front(), [](const ReductionLevel &l) { return l.extent == 1; });
  Unroll unroll = isInnermost ? unrollOf(level, tile) : Unroll::Freely;
  bool isOfChannels =
      level.kind == ReductionLevel::Kind::Blocks || level.kind == ReductionLevel::Kind::Lanes;
  if ((slice.dots || slice.isPaired) && isOfChannels && geometry.groups == 1)
    return reduceChannels(level, sums, body, unroll);
  return e.reduce(rangeOf(level), sums, body, unroll);
}

/// A loop over all blocks of channels, or over the steps of a block, where channels are in the
/// lanes. What fills the last block is not read: it, and its last step, have a turn of their own.
SmallVector<Value> ConvEmitter::reduceChannels(const ReductionLevel &level, ValueRange sums,
                                               Emitter::CarriedBody body, Unroll unroll) {
  bool ofBlocks = level.kind == ReductionLevel::Kind::Blocks;
  int64_t &atHand = ofBlocks ? channelsOfBlock : channelsOfStep;
  int64_t all = ofBlocks ? geometry.channels : channelsOfBlock,
          whole = ofBlocks ? kLanes : channelsAStep();
  SmallVector<Value> result(sums);
  atHand = whole;
  if (all >= whole)
    result = e.reduce({e.index(0), e.index(all / whole)}, result, body, unroll);
  atHand = all % whole;
  if (atHand)
    result = body(e.index(all / whole), result);
  return result;
}

/// Whether the tiles that read the same weights fetch a part of the next each, so that memory has
/// the time of all to deliver them: they are few, each has few multiply-adds, and the second-level
/// cache has room.
bool ConvEmitter::fetchesParts() const {
  constexpr int64_t mostVisits = 24, mostElements = 40 << 10;
  return visit.count > 1 && visit.count <= mostVisits && !hasManyRegisters() &&
         geometry.filterBlockStep <= mostElements;
}

/// Of whole blocks of filters: a part of the next weights is fetched here, into the second-level
/// cache, or what lies a page ahead by the loop over the lanes.
void ConvEmitter::setWeightsAhead(Value filterAt) {
  weightsAhead.clear();
  if (slice.first != 0 || slice.isMixed || slice.isPaired || slice.dots)
    return;
  int64_t step = geometry.filterBlockStep;
  if (!fetchesParts()) {
    for (int64_t block = 0; block < slice.blocks; ++block)
      weightsAhead.push_back(e.onNextPage(filter, e.add(filterAt, block * step), kLanes * kLanes));
    return;
  }
  int64_t lines = llvm::divideCeilSigned(kLanes, visit.count);
  Value done = e.add(e.mul(visit.number, step), e.sub(filterAt, firstWeights)),
        part = e.mul(e.div(done, kLanes), lines),
        last = e.index(cast<MemRefType>(filter.getType()).getNumElements() - lines * kLanes);
  for (int64_t block = slice.blocks; block < 2 * slice.blocks; ++block) {
    Value ahead = e.atMost(e.add(e.add(firstWeights, block * step), part), last);
    for (int64_t i = 0; i < lines; ++i)
      e.prefetch(filter, e.add(ahead, i * kLanes), /*level=*/2);
  }
}

/// Fetches the pixels of the tile in the next block of channels, or of the next tile in the first,
/// at the tap in depth at hand: they come from afar, or from another core's cache, in pieces too
/// short for the processor's own prefetcher.
void ConvEmitter::prefetchSlice(Value sliceAt, Tile tile) {
  if (op.getScratch())
    return;
  int64_t pixels = tile.rows * tile.columns;
  int64_t last =
      cast<MemRefType>(input.getType()).getNumElements() - 1 - pixelOffset(pixels - 1, tile);
  Value ahead = e.atMost(sliceAt, e.index(last));
  for (int64_t pixel = 0; pixel < pixels; ++pixel)
    e.prefetch(input, e.add(ahead, pixelOffset(pixel, tile)));
}

/// Leaves out the taps that the whole tile has in the border.
void ConvEmitter::skipBorder(const Place &place, Tile tile) {
  Value pixels[] = {place.depth, place.row, place.column};
  int64_t extents[] = {1, tile.rows, tile.columns};
  for (int d = 0; d < 3; ++d) {
    if (tapsInBorder(op, d) == 0)
      continue;
    int64_t stride = op.getStrides()[d];
    Value first = e.add(e.mul(pixels[d], stride), op.getOrigin()[d]);
    tapsInMap[d] = tapRowOf(op, d).inMap(e, first, e.add(first, (extents[d] - 1) * stride));
  }
}

/// The part of a loop that the channels of the slice need.
IndexRange ConvEmitter::rangeOf(const ReductionLevel &level) {
  if (level.kind == ReductionLevel::Kind::Lanes)
    return lanesOfBlock();
  if (level.dimension >= 0 && tapsInMap[level.dimension])
    return *tapsInMap[level.dimension];
  if (level.kind != ReductionLevel::Kind::Blocks || geometry.groups == 1)
    return {e.index(0), e.index(level.extent)};
  Value end = e.div(e.add(channels.end, kLanes - 1), kLanes);
  return {e.sub(e.div(channels.begin, kLanes), firstInputBlock), e.sub(end, firstInputBlock)};
}

/// The channels of the slice in the block that begins with `channel`, or pairs of them. What fills
/// the last block is not read.
IndexRange ConvEmitter::lanesOfBlock() {
  int64_t step = channelsAStep();
  if (geometry.channelsPerGroup() % kLanes == 0)
    return {e.index(0), e.index(kLanes / step)};
  Value end = e.div(e.atMost(e.sub(channels.end, channel), e.index(kLanes)), step);
  if (geometry.groups == 1)
    return {e.index(0), end};
  return {e.div(e.atLeast(e.sub(channels.begin, channel), e.index(0)), step), end};
}

/// Zeros go to the lanes of the block that no slice computes.
void ConvEmitter::emitEpilogue(const Place &place, ValueRange sums, Tile tile) {
  Value residualAt = residual ? e.add(mapOffset(geometry.residual, place), slice.first) : Value();
  TileEpilogue epilogue{
      e, output, residual, geometry.output, geometry.residual, op.getActivationAttr()};
  epilogue.emit(sums, tile.columns, outputOffset(place), residualAt,
                slice.isLast ? kLanes - slice.first : slice.lanes);
}

} // namespace kiln
