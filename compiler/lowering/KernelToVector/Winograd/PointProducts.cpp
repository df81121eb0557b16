// The inner loop of the direct convolution: one vector of weights, or one of each of several blocks
// of filters, times one broadcast element a tile.
#include "compiler/lowering/KernelToVector/Winograd/PointProducts.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace kiln {

/// Groups of as many tiles as registers hold, then what remains.
void PointProducts::emit(Value inputAt, ArrayRef<FilterPlace> places, int64_t count,
                         IndexRange depthTaps) {
  int64_t group = std::min<int64_t>(op.getSchedule().getRegisters(), count), rest = count % group;
  constexpr int64_t manySums = 14;
  bool fetchesPart = group < count && group * static_cast<int64_t>(places.size()) < manySums;
  auto emitGroup = [&](Value firstTile, int64_t tiles) {
    Value offset = e.mul(firstTile, kLanes);
    multiplyTiles(e.add(inputAt, offset), places, offset, tiles, depthTaps,
                  {e.div(firstTile, group), llvm::divideCeilSigned(count, group), fetchesPart});
  };
  e.forEach(
      {e.index(0), e.index(count - rest)}, [&](Value tile) { emitGroup(tile, group); }, group);
  if (rest)
    emitGroup(e.index(count - rest), rest);
}

/// The sums of the first block of filters come first.
void PointProducts::multiplyTiles(Value inputAt, ArrayRef<FilterPlace> places, Value offset,
                                  int64_t tiles, IndexRange depthTaps, const TileGroup &group) {
  SmallVector<Value> sums(places.size() * tiles, e.constant(lanesOf(e.getF32Type()), 0.0));
  int64_t tapStep = llvm::divideCeilSigned(op.getChannels(), kLanes) * geometry.block * kLanes;
  sums = e.reduce(depthTaps, sums, [&](Value depthTap, ValueRange carried) {
    return multiplyChannels(e.add(inputAt, e.mul(depthTap, tapStep)),
                            e.mul(depthTap, channels() * kLanes), places, carried, group);
  });
  for (auto [i, sum] : llvm::enumerate(sums))
    e.store(sum, products, e.add(e.add(places[i / tiles].productsAt, offset), i % tiles * kLanes));
}

/// Adds the products with all channels at a tap in depth.
SmallVector<Value> PointProducts::multiplyChannels(Value inputAt, Value weightsAt,
                                                   ArrayRef<FilterPlace> places, ValueRange before,
                                                   const TileGroup &group) {
  auto reduceBlock = [&](Value block, int64_t lanes, ValueRange sums) {
    Value blockAt = e.add(inputAt, e.mul(block, geometry.block * kLanes));
    if (!op.getInput())
      prefetchTransformed(blockAt, sums.size() / places.size());
    Value blockWeightsAt = e.add(weightsAt, e.mul(block, kLanes * kLanes));
    if (group.fetchesPart && lanes == kLanes)
      prefetchPart(places, weightsAt, block, group);
    auto inBlock = llvm::map_to_vector(places, [&](const FilterPlace &place) {
      Value last = e.index(cast<MemRefType>(filter.getType()).getNumElements() - lanes * kLanes);
      Value ahead =
          group.fetchesPart ? Value() : e.atMost(e.add(place.aheadAt, blockWeightsAt), last);
      return FilterPlace{e.add(place.filterAt, blockWeightsAt), ahead, place.productsAt};
    });
    return e.reduce(
        {e.index(0), e.index(lanes)}, sums,
        [&](Value lane, ValueRange carried) {
          return multiplyChannel(e.add(blockAt, lane), e.mul(lane, kLanes), inBlock, carried);
        },
        Unroll::Little);
  };
  SmallVector<Value> sums(before);
  int64_t fullBlocks = channels() / kLanes, rest = channels() % kLanes;
  if (fullBlocks)
    sums = e.reduce({e.index(0), e.index(fullBlocks)}, sums, [&](Value block, ValueRange carried) {
      return reduceBlock(block, kLanes, carried);
    });
  // What fills the last block is not read.
  return rest ? reduceBlock(e.index(fullBlocks), rest, sums) : sums;
}

/// Fetches the part of the weights ahead that goes with a block of channels and one of several
/// groups of tiles. All groups read the same weights, but memory has the time of all to deliver the
/// next.
void PointProducts::prefetchPart(ArrayRef<FilterPlace> places, Value weightsAt, Value block,
                                 const TileGroup &group) {
  int64_t lines = llvm::divideCeilSigned(kLanes, group.count), blocks = channels() / kLanes;
  Value last = e.index(cast<MemRefType>(filter.getType()).getNumElements() - lines * kLanes);
  Value part = e.mul(e.add(e.mul(group.number, blocks), block), lines * kLanes);
  for (const FilterPlace &place : places) {
    Value ahead = e.atMost(e.add(e.add(place.aheadAt, weightsAt), part), last);
    for (int64_t i = 0; i < lines; ++i)
      e.prefetch(filter, e.add(ahead, i * kLanes), /*level=*/2);
  }
}

/// Fetches what other threads have transformed some blocks of channels before it is needed: it may
/// come from another core's cache, farther than the processor's own prefetcher looks.
void PointProducts::prefetchTransformed(Value blockAt, int64_t tiles) {
  constexpr int64_t distance = 2;
  int64_t last = cast<MemRefType>(transformed.getType()).getNumElements() - tiles * kLanes;
  Value ahead = e.atMost(e.add(blockAt, distance * geometry.block * kLanes), e.index(last));
  for (int64_t tile = 0; tile < tiles; ++tile)
    e.prefetch(transformed, e.add(ahead, tile * kLanes));
}

/// The weights that are used later go to the second-level cache, since they would fill the first;
/// from there the processor fetches them itself.
SmallVector<Value> PointProducts::multiplyChannel(Value inputAt, Value weight,
                                                  ArrayRef<FilterPlace> places, ValueRange sums) {
  SmallVector<Value> weights, next(sums);
  for (const FilterPlace &place : places) {
    weights.push_back(e.loadVector(filter, e.add(place.filterAt, weight)));
    if (place.aheadAt)
      e.prefetch(filter, e.add(place.aheadAt, weight), /*level=*/2);
  }
  size_t tiles = sums.size() / places.size();
  for (size_t tile = 0; tile < tiles; ++tile) {
    Value element = e.loadBroadcast(transformed, e.add(inputAt, tile * kLanes));
    for (auto [block, vector] : llvm::enumerate(weights))
      next[block * tiles + tile] = e.multiplyAdd(element, vector, next[block * tiles + tile]);
  }
  return next;
}

} // namespace kiln
