// See ChooseDirect.h.
#include "compiler/schedule/ChooseDirect.h"

#include "compiler/schedule/Layout.h"
#include "compiler/schedule/RegisterTiles.h"
#include "compiler/schedule/Tasks.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace kiln {
namespace {

RankedTensorType typeOf(Value value) { return cast<RankedTensorType>(value.getType()); }

/// True where each block of filters reads channels of its own.
bool readsOwnLanes(nn::ConvOp conv) { return nn::readsOwnLanes(formOf(conv)); }

/// A map whose image is so large that it comes from afar, and with many page translations.
bool isFar(Value map, const TargetModel &target) {
  return bufferBytes(typeOf(map)) / typeOf(map).getDimSize(0) > 4 * target.l2Bytes;
}

/// What each row of a tile costs in a map that is far: it begins a stream in each block of channels
/// that is read, and one for the output, each in the time of so many multiply-adds. Taps and
/// channels share it; the unit is a multiply-add an input channel.
double rowCostOf(nn::ConvOp conv, const TargetModel &target) {
  constexpr double startOfStream = 40;
  RankedTensorType filter = typeOf(conv.getFilter());
  int64_t channels = filter.getDimSize(1), streams = 0;
  if (layoutOf(typeOf(conv.getInput())) && isFar(conv.getInput(), target))
    streams += llvm::divideCeilSigned(channels, channelBlock);
  if (isFar(conv.getResult(), target))
    streams += 1;
  return startOfStream * static_cast<double>(streams) /
         static_cast<double>(filter.getNumElements() / filter.getDimSize(0));
}

/// Where two multiply-adds start in a cycle and neither the map nor the weights stay in the
/// second-level cache: whether the map would pass that cache more often than the weights.
bool mapCostsMore(nn::ConvOp conv, RegisterTile tile, const TargetModel &target) {
  RankedTensorType filter = typeOf(conv.getFilter()), result = typeOf(conv.getResult());
  int64_t mapBytes = bufferBytes(typeOf(conv.getInput())) / result.getDimSize(0),
          filterBytes = filter.getNumElements() * sizeof(float);
  if (target.multiplyAddsPerCycle == 1 || mapBytes <= target.l2Bytes ||
      filterBytes <= target.l2Bytes)
    return false;
  int64_t pixels = result.getNumElements() / (result.getDimSize(0) * result.getDimSize(1));
  return mapBytes * llvm::divideCeilSigned(filter.getDimSize(0), channelBlock * tile.filters) >
         filterBytes * llvm::divideCeilSigned(pixels, tile.rows * tile.columns);
}

/// Filters outermost, the whole map passes for each block of filters; pixels outermost, all weights
/// for each row of tiles. Weights are read in sequence, pixels are not: so a map that the
/// second-level cache does not hold passes once, unless a block of weights stays in the first level
/// anyway. Tiles of many pixels read either so seldom that it makes no difference, but where the
/// map is far and all weights are near, or where neither the map nor a block of weights stays.
kernel::LoopOrder orderOf(nn::ConvOp conv, RegisterTile tile, const TargetModel &target) {
  RankedTensorType filter = typeOf(conv.getFilter());
  int64_t filterBytes = filter.getNumElements() * sizeof(float),
          blockBytes = filterBytes / filter.getDimSize(0) * channelBlock * tile.filters,
          mapBytes = bufferBytes(typeOf(conv.getInput())) / typeOf(conv.getResult()).getDimSize(0);
  constexpr int64_t manyPixels = 16;
  bool mapStreams =
      mapBytes > target.l2Bytes / 2 && tile.rows * tile.columns * tile.filters < manyPixels;
  bool isNearToFar =
      filterBytes <= target.l2Bytes / 2 && isFar(conv.getInput(), target) && !readsOwnLanes(conv);
  if ((blockBytes > target.l2Bytes / 2 && mapBytes > target.l2Bytes) ||
      (mapStreams && blockBytes >= target.l1Bytes / 2) || isNearToFar ||
      mapCostsMore(conv, tile, target))
    return kernel::LoopOrder::PixelsOuter;
  return kernel::LoopOrder::FiltersOuter;
}

kernel::LoopOrder otherOrder(kernel::LoopOrder order) {
  return order == kernel::LoopOrder::PixelsOuter ? kernel::LoopOrder::FiltersOuter
                                                 : kernel::LoopOrder::PixelsOuter;
}

/// The output as the direct kernel walks through it: a 1x1 convolution sees one row of pixels where
/// no border separates the rows.
Spatial mapOf(nn::ConvOp conv) {
  Spatial map = toSpatial(typeOf(conv.getResult()).getShape().drop_front(2), 1);
  Spatial kernel = toSpatial(typeOf(conv.getFilter()).getShape().drop_front(2), 1);
  bool isPoint = kernel == Spatial{1, 1, 1} &&
                 llvm::all_of(conv.getStrides(), [](int64_t s) { return s == 1; });
  auto unbordered = [](Value value) { return !value || !MapLayout::of(typeOf(value)).hasBorder(); };
  if (isPoint && unbordered(conv.getInput()) && unbordered(conv.getResult()) &&
      unbordered(conv.getResidual()))
    return {1, 1, map[0] * map[1] * map[2]};
  return map;
}

/// The blocks of filters that a register tile computes together: they read the same channels, and
/// are computed as a whole.
int64_t filtersTogether(nn::ConvOp conv, const TargetModel &target) {
  RankedTensorType filter = typeOf(conv.getFilter());
  int64_t together = target.filtersOfTile(), filters = filter.getDimSize(0),
          groups = conv.getGroups();
  bool readSame =
      !readsOwnLanes(conv) && (groups == 1 || filters / groups % (together * channelBlock) == 0);
  int64_t countsAsWhole = formOf(conv) == nn::FilterForm::Tail ? 0 : channelBlock / 2 - 1;
  return readSame && (filters + countsAsWhole) / channelBlock >= together ? together : 1;
}

/// True where neighbouring pixels lie side by side, and one block has all filters.
bool canHavePixelsInLanes(nn::ConvOp conv) {
  return MapLayout::of(typeOf(conv.getInput())).block == 1 && conv.getGroups() == 1 &&
         typeOf(conv.getFilter()).getDimSize(0) <= channelBlock && conv.getStrides().back() == 1 &&
         !conv.getResidual();
}

/// True where half a block of filters is computed in pairs of channels.
bool hasPairs(nn::ConvOp conv) {
  RankedTensorType filter = typeOf(conv.getFilter());
  return formOf(conv) == nn::FilterForm::Tail &&
         (conv.getGroups() > 1 ||
          nn::hasPairs(std::min(filter.getDimSize(0) % channelBlock, channelBlock / 2),
                       filter.getDimSize(1), channelBlock));
}

/// What register tiles with channels of the filters in their lanes cost.
TileCosts costsOf(nn::ConvOp conv, int64_t together, const TargetModel &target) {
  TileCosts costs(target, together);
  costs.setRowCost(rowCostOf(conv, target));
  if (typeOf(conv.getFilter()).getDimSize(0) <= channelBlock / 2)
    costs.setHalves(target);
  if (hasPairs(conv))
    costs.limitPixels(together == 1 ? target.pixelsOfPairs() : target.pixelsOfTile(together));
  return costs;
}

/// The cheapest register tiles, best first.
SmallVector<RegisterTile> tilesFor(nn::ConvOp conv, const Spatial &map, int64_t together,
                                   const TargetModel &target) {
  if (readsOwnLanes(conv)) {
    TileCosts costs(target, together);
    costs.limitPixels(target.pixelsOfTile() / 2);
    return costs.cheapest(1, map[2]);
  }
  RankedTensorType filter = typeOf(conv.getFilter());
  int64_t filters = filter.getDimSize(0);
  TileCosts costs = costsOf(conv, together, target);
  auto tiles = costs.cheapest(map[1], map[2]);
  if (!canHavePixelsInLanes(conv))
    return tiles;
  TileCosts costsOfPixels = TileCosts::ofPixels(target, filters, filter.getNumElements() / filters);
  auto tilesOfPixels = costsOfPixels.cheapest(map[1], map[2]);
  bool pays = costsOfPixels.ofMap(map[1], map[2], tilesOfPixels.front()) <
              costs.ofMap(map[1], map[2], tiles.front());
  tiles.insert(pays ? tiles.begin() : tiles.end(), tilesOfPixels.begin(), tilesOfPixels.end());
  return tiles;
}

} // namespace

SmallVector<KernelChoice> directChoices(nn::ConvOp conv, const TargetModel &target) {
  RankedTensorType result = typeOf(conv.getResult()), filter = typeOf(conv.getFilter());
  // Where maps stream, a byte takes about as long as these operations.
  constexpr double operationsPerByte = 1.3;
  double operations =
      std::max(2.0 * result.getNumElements() * filter.getNumElements() / filter.getDimSize(0),
               operationsPerByte * (bufferBytes(typeOf(conv.getInput())) + bufferBytes(result)));
  int64_t blocks = llvm::divideCeilSigned(result.getDimSize(1), channelBlock);
  Spatial map = mapOf(conv);
  int64_t together = filtersTogether(conv, target);
  auto tiles = tilesFor(conv, map, together, target);
  auto unitsOf = [&](RegisterTile tile) {
    int64_t units = result.getDimSize(0) * llvm::divideCeilSigned(blocks, together) * map[0] *
                    llvm::divideCeilSigned(map[1], tile.rows);
    return map[1] == 1 ? units * llvm::divideCeilSigned(map[2], tile.columns) : units;
  };
  SmallVector<KernelChoice> choices;
  for (RegisterTile tile : tiles)
    choices.push_back(scheduled(conv.getContext(), tile, orderOf(conv, tile, target),
                                Work{operations, unitsOf(tile)}.tasks()));
  auto first = cast<kernel::ScheduleAttr>(choices.front().schedule);
  if (blocks > 1)
    choices.push_back(scheduled(conv.getContext(), tiles.front(), otherOrder(first.getOrder()),
                                first.getTasks()));
  addOtherTasks(choices, unitsOf(tiles.front()));
  return choices;
}

namespace {

/// Bytes of so many rows of what is in front of a 1x1 convolution.
int64_t bytesInFront(nn::ConvOp conv, int64_t rows) {
  RankedTensorType input = typeOf(conv.getInput());
  Spatial map = toSpatial(input.getShape().drop_front(2), 1);
  return bufferBytes(input) / (input.getDimSize(0) * map[0] * map[1]) * rows;
}

/// Rows of output pixels that a task makes ready at a time: its part of the map, so that weights
/// pass once a task, as far as it fills little of the second-level cache.
int64_t rowsAtATime(nn::ConvOp conv, int64_t rows, int64_t tasks, const TargetModel &target) {
  RankedTensorType input = typeOf(conv.getInput());
  Spatial map = toSpatial(input.getShape().drop_front(2), 1);
  if (input.getDimSize(0) * map[0] != 1)
    return rows;
  int64_t ofTask = llvm::divideCeilSigned(llvm::divideCeilSigned(map[1], rows), tasks);
  return rows * std::clamp<int64_t>(target.l2Bytes / 16 / bytesInFront(conv, rows), 1, ofTask);
}

/// Whether a convolution gains when it computes the depthwise one in front of it. Its pixels are no
/// longer one row then, which has to leave tiles about as full; rows of tiles have to give as many
/// tasks as it would have alone, and to stay in the second-level cache; weights that this cache
/// does not hold pass once a task, not more often.
bool gainsFromDepthwise(nn::ConvOp conv, const KernelChoice &fused, const KernelChoice &alone,
                        const TargetModel &target) {
  constexpr double mostLoss = 1.03;
  auto schedule = cast<kernel::ScheduleAttr>(fused.schedule);
  RankedTensorType result = typeOf(conv.getResult());
  Spatial map = toSpatial(result.getShape().drop_front(2), 1), flat = mapOf(conv);
  int64_t tasks = schedule.getTasks(),
          rows = result.getDimSize(0) * map[0] * llvm::divideCeilSigned(map[1], schedule.getRows());
  if (tasks < cast<kernel::ScheduleAttr>(alone.schedule).getTasks() ||
      (tasks > 1 && !kernel::shareRows(tasks, rows)) ||
      bytesInFront(conv, schedule.getRows()) > target.l2Bytes / 4)
    return false;
  int64_t filterBytes = typeOf(conv.getFilter()).getNumElements() * sizeof(float);
  if (filterBytes > target.l2Bytes / 2 && fused.prologueRows * tasks < map[1])
    return false;
  int64_t together = filtersTogether(conv, target);
  TileCosts costs = costsOf(conv, together, target);
  return costs.ofMap(map[1], map[2], {schedule.getRows(), schedule.getColumns(), together}) <=
         mostLoss * costs.ofMap(flat[1], flat[2], costs.cheapest(flat[1], flat[2]).front());
}

} // namespace

/// Rows of tiles are the units of work: where one row of pixels fills a tile, more of them share
/// out better.
SmallVector<KernelChoice> prologueChoices(nn::ConvOp conv, const Prologue &prologue,
                                          const TargetModel &target) {
  RankedTensorType result = typeOf(conv.getResult()), filter = typeOf(conv.getFilter());
  double operations = 2.0 * result.getNumElements() * filter.getDimSize(1);
  Spatial map = toSpatial(result.getShape().drop_front(2), 1);
  constexpr int64_t wideEnough = 14;
  int64_t height = map[2] < wideEnough ? map[1] : 1;
  auto unitsOf = [&](RegisterTile tile) {
    return result.getDimSize(0) * map[0] * llvm::divideCeilSigned(map[1], tile.rows);
  };
  SmallVector<KernelChoice> choices;
  auto tiles = costsOf(conv, filtersTogether(conv, target), target).cheapest(height, map[2]);
  for (RegisterTile tile : tiles)
    choices.push_back(scheduled(conv.getContext(), tile, kernel::LoopOrder::PixelsOuter,
                                Work{operations, unitsOf(tile)}.tasks()));
  addOtherTasks(choices, unitsOf(tiles.front()));
  for (KernelChoice &choice : choices) {
    auto schedule = cast<kernel::ScheduleAttr>(choice.schedule);
    choice.prologueRows = prologue.depthwise
                              ? rowsAtATime(conv, schedule.getRows(), schedule.getTasks(), target)
                              : schedule.getRows();
  }
  SmallVector<KernelChoice> others = directChoices(conv, target);
  bool isFirst =
      !prologue.depthwise || gainsFromDepthwise(conv, choices.front(), others.front(), target);
  if (isFirst)
    choices.push_back(others.front());
  else
    choices.insert(choices.begin(), others.begin(), others.end());
  return choices;
}

} // namespace kiln
