// Register tiles, loop orders and tasks by an analytic model.
//
// The inner loop of a convolution multiplies one vector of weights with R broadcast pixels. R
// multiply-adds must cover the latency of a multiply-add (about five cycles, in each of which one
// or two start), and one load of weights is paid for all of them; so a tile costs max(R, 5) + 1 a
// channel where one starts. Where two start, the loads of pixels would bind as well, and two blocks
// of filters share them.
#include "compiler/schedule/KernelChoice.h"

#include "compiler/schedule/ChooseWinograd.h"
#include "compiler/schedule/Layout.h"
#include "compiler/schedule/Prologue.h"

#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/raw_ostream.h"

#include <numeric>

using namespace mlir;

namespace kiln {
namespace {

struct RegisterTile {
  int64_t rows, columns;
  int64_t filters = 1; ///< blocks of them
};

/// What tiles are chosen by.
struct TileCosts {
  int64_t filters; ///< blocks of filters in a tile
  int64_t pixels;  ///< the most of a tile
  double least;    ///< multiply-adds, as many as hide the latency of one
  double row = 0;  ///< what each row of a tile costs besides

  TileCosts(const TargetModel &target, int64_t filters = 1, double row = 0)
      : filters(filters), pixels(target.pixelsOfTile(filters)),
        least(5 * target.multiplyAddsPerCycle), row(row) {}

  /// Of one register tile, in multiply-adds an input channel.
  double of(int64_t rows, int64_t columns) const {
    double work = static_cast<double>(rows * columns * filters);
    return work ? std::max(work, least) + static_cast<double>(filters) +
                      static_cast<double>(rows) * row
                : 0;
  }
};

/// Cost of a map of height x width outputs in tiles of rows x columns, with smaller tiles for what
/// remains.
double mapCost(int64_t height, int64_t width, RegisterTile tile, const TileCosts &costs) {
  int64_t fullRows = height / tile.rows, restRows = height % tile.rows;
  int64_t fullColumns = width / tile.columns, restColumns = width % tile.columns;
  return fullRows * fullColumns * costs.of(tile.rows, tile.columns) +
         fullRows * costs.of(tile.rows, restColumns) +
         fullColumns * costs.of(restRows, tile.columns) + costs.of(restRows, restColumns);
}

/// The cheapest tiles, best first; among equals those with fewer rows, whose pixels lie side by
/// side.
SmallVector<RegisterTile> cheapestTiles(int64_t height, int64_t width, const TileCosts &costs) {
  constexpr size_t mostTiles = 4;
  SmallVector<std::tuple<double, int64_t, int64_t>> tiles;
  for (int64_t rows = 1; rows <= std::min(height, costs.pixels); ++rows)
    for (int64_t columns = 1; columns <= std::min(width, costs.pixels / rows); ++columns)
      tiles.push_back({mapCost(height, width, {rows, columns}, costs), rows, columns});
  llvm::sort(tiles);
  tiles.truncate(std::min(tiles.size(), mostTiles));
  return llvm::map_to_vector(tiles, [&](const auto &entry) {
    return RegisterTile{std::get<1>(entry), std::get<2>(entry), costs.filters};
  });
}

/// Tasks for an amount of work in floating-point operations: none under about 5 us, and at most
/// eight, so that two to eight threads get equal parts.
int64_t tasksFor(double work, int64_t units) {
  constexpr double leastWork = 300e3;
  int64_t tasks = 1;
  while (tasks < 8 && work / (tasks * 2) >= leastWork && tasks * 2 <= units)
    tasks *= 2;
  return tasks;
}

RankedTensorType typeOf(Value value) { return cast<RankedTensorType>(value.getType()); }

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
/// map is far and all weights are near.
kernel::LoopOrder orderOf(nn::ConvOp conv, RegisterTile tile, const TargetModel &target) {
  RankedTensorType filter = typeOf(conv.getFilter());
  int64_t filterBytes = filter.getNumElements() * sizeof(float),
          blockBytes = filterBytes / filter.getDimSize(0) * channelBlock * tile.filters,
          mapBytes = bufferBytes(typeOf(conv.getInput())) / typeOf(conv.getResult()).getDimSize(0);
  constexpr int64_t manyPixels = 16;
  bool mapStreams =
      mapBytes > target.l2Bytes / 2 && tile.rows * tile.columns * tile.filters < manyPixels;
  bool isNearToFar =
      filterBytes <= target.l2Bytes / 2 && isFar(conv.getInput(), target) && !conv.isDepthwise();
  if (blockBytes > target.l2Bytes / 2 || (mapStreams && blockBytes >= target.l1Bytes / 2) ||
      isNearToFar || mapCostsMore(conv, tile, target))
    return kernel::LoopOrder::PixelsOuter;
  return kernel::LoopOrder::FiltersOuter;
}

kernel::LoopOrder otherOrder(kernel::LoopOrder order) {
  return order == kernel::LoopOrder::PixelsOuter ? kernel::LoopOrder::FiltersOuter
                                                 : kernel::LoopOrder::PixelsOuter;
}

/// The units of work that a kernel with this schedule shares out, and the work itself.
struct Work {
  double operations;
  int64_t units;

  int64_t tasks() const { return tasksFor(operations, units); }
};

KernelChoice direct(MLIRContext *context, RegisterTile tile, kernel::LoopOrder order,
                    int64_t tasks) {
  KernelChoice choice;
  choice.schedule =
      kernel::ScheduleAttr::get(context, tile.rows, tile.columns, order, tasks, tile.filters);
  return choice;
}

/// Half and twice as many tasks as the model's choice.
void addOtherTasks(SmallVector<KernelChoice> &choices, int64_t units) {
  constexpr int64_t mostTasks = 16;
  KernelChoice first = choices.front();
  auto schedule = cast<kernel::ScheduleAttr>(first.schedule);
  first.differsInTasks = true;
  for (int64_t tasks : {schedule.getTasks() / 2, schedule.getTasks() * 2}) {
    if (tasks < 1 || tasks > std::min(units, mostTasks))
      continue;
    first.schedule =
        kernel::ScheduleAttr::get(schedule.getContext(), schedule.getRows(), schedule.getColumns(),
                                  schedule.getOrder(), tasks, schedule.getFilters());
    choices.push_back(first);
  }
}

/// What can be chosen where nothing is but the number of tasks.
SmallVector<KernelChoice> tasksAlone(MLIRContext *context, kernel::LoopOrder order, Work work) {
  SmallVector<KernelChoice> choices = {direct(context, {1, 1}, order, work.tasks())};
  addOtherTasks(choices, work.units);
  return choices;
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
/// have more than eight filters each. A 1x1 convolution of a large map rather has tiles of many
/// pixels, since each begins a stream from afar in every block of channels.
int64_t filtersTogether(nn::ConvOp conv, const TargetModel &target) {
  RankedTensorType filter = typeOf(conv.getFilter()), input = typeOf(conv.getInput());
  int64_t together = target.filtersOfTile(), filters = filter.getDimSize(0),
          groups = conv.getGroups();
  bool isPoint = filter.getNumElements() == filters * filter.getDimSize(1);
  if (isPoint && bufferBytes(input) / input.getDimSize(0) > 2 * target.l2Bytes)
    return 1;
  bool readSame =
      !conv.isDepthwise() && (groups == 1 || filters / groups % (together * channelBlock) == 0);
  return readSame && filters > together * channelBlock - channelBlock / 2 ? together : 1;
}

SmallVector<KernelChoice> directChoices(nn::ConvOp conv, const TargetModel &target) {
  RankedTensorType result = typeOf(conv.getResult()), filter = typeOf(conv.getFilter());
  // Where maps stream, a byte takes about as long as these operations.
  constexpr double operationsPerByte = 1.3;
  double operations =
      std::max(2.0 * result.getNumElements() * filter.getNumElements() / filter.getDimSize(0),
               operationsPerByte * (bufferBytes(typeOf(conv.getInput())) + bufferBytes(result)));
  int64_t blocks = llvm::divideCeilSigned(result.getDimSize(1), channelBlock);
  if (isDense(conv))
    return tasksAlone(conv.getContext(), kernel::LoopOrder::FiltersOuter, {operations, blocks});
  Spatial map = mapOf(conv);
  int64_t together = filtersTogether(conv, target);
  TileCosts costs(target, together, conv.isDepthwise() ? 0 : rowCostOf(conv, target));
  if (conv.isDepthwise())
    costs.pixels = std::max<int64_t>(1, costs.pixels / 2);
  auto tiles = cheapestTiles(conv.isDepthwise() ? 1 : map[1], map[2], costs);
  auto unitsOf = [&](RegisterTile tile) {
    int64_t units = result.getDimSize(0) * llvm::divideCeilSigned(blocks, together) * map[0] *
                    llvm::divideCeilSigned(map[1], tile.rows);
    return map[1] == 1 ? units * llvm::divideCeilSigned(map[2], tile.columns) : units;
  };
  SmallVector<KernelChoice> choices;
  for (RegisterTile tile : tiles)
    choices.push_back(direct(conv.getContext(), tile, orderOf(conv, tile, target),
                             Work{operations, unitsOf(tile)}.tasks()));
  auto first = cast<kernel::ScheduleAttr>(choices.front().schedule);
  if (blocks > 1)
    choices.push_back(
        direct(conv.getContext(), tiles.front(), otherOrder(first.getOrder()), first.getTasks()));
  addOtherTasks(choices, unitsOf(tiles.front()));
  return choices;
}

/// Rows of tiles are the units of work: where one row of pixels fills a tile, more of them share
/// out better.
SmallVector<KernelChoice> prologueChoices(nn::ConvOp conv, const TargetModel &target) {
  RankedTensorType result = typeOf(conv.getResult()), filter = typeOf(conv.getFilter());
  double operations = 2.0 * result.getNumElements() * filter.getDimSize(1);
  Spatial map = toSpatial(result.getShape().drop_front(2), 1);
  constexpr int64_t wideEnough = 14;
  int64_t height = map[2] < wideEnough ? map[1] : 1;
  auto unitsOf = [&](RegisterTile tile) {
    return result.getDimSize(0) * map[0] * llvm::divideCeilSigned(map[1], tile.rows);
  };
  SmallVector<KernelChoice> choices;
  auto tiles = cheapestTiles(height, map[2], TileCosts(target, filtersTogether(conv, target)));
  for (RegisterTile tile : tiles)
    choices.push_back(direct(conv.getContext(), tile, kernel::LoopOrder::PixelsOuter,
                             Work{operations, unitsOf(tile)}.tasks()));
  addOtherTasks(choices, unitsOf(tiles.front()));
  for (KernelChoice &choice : choices)
    choice.takesPrologue = true;
  choices.push_back(directChoices(conv, target).front());
  return choices;
}

SmallVector<KernelChoice> choicesOfConv(nn::ConvOp conv, const TargetModel &target,
                                        StringRef winograd) {
  // Only the direct kernel has a prologue, or writes every few pixels of a map.
  if (prologueOf(conv))
    return prologueChoices(conv, target);
  SmallVector<KernelChoice> choices;
  bool isWoven = llvm::any_of(conv->getUsers(), llvm::IsaPred<nn::InterleaveOp>);
  SmallVector<WinogradChoice> variants;
  if (!isWoven)
    variants = winogradChoices(conv, winograd, target, tasksFor);
  for (const WinogradChoice &variant : variants) {
    KernelChoice choice;
    choice.schedule = variant.schedule;
    choice.winograd = variant.form;
    choice.gain = variant.gain;
    choice.handicap = variant.handicap;
    choices.push_back(choice);
  }
  if (!variants.empty() && winograd != "auto")
    return choices;
  auto place = !variants.empty() && pays(variants.front()) ? choices.end() : choices.begin();
  SmallVector<KernelChoice> others = directChoices(conv, target);
  choices.insert(place, others.begin(), others.end());
  return choices;
}

/// The most rows of A whose elements of one column stay in the first-level cache together: rows
/// that begin a multiple of a way's size apart compete for the same lines.
int64_t rowsInCache(RankedTensorType a, const TargetModel &target) {
  constexpr int64_t way = 4096;
  int64_t ways = target.l1Bytes / way, row = a.getDimSize(1) * 4;
  return ways * (way / std::gcd(way, row));
}

SmallVector<KernelChoice> choicesOfGemm(nn::GemmOp gemm, const TargetModel &target) {
  RankedTensorType a = typeOf(gemm.getA()), result = typeOf(gemm.getResult());
  Work work = {2.0 * result.getNumElements() * a.getDimSize(1),
               llvm::divideCeilSigned(result.getDimSize(1), channelBlock)};
  SmallVector<KernelChoice> choices;
  TileCosts costs(target);
  costs.pixels = std::min(costs.pixels, rowsInCache(a, target));
  for (RegisterTile tile : cheapestTiles(1, a.getDimSize(0), costs))
    choices.push_back(direct(gemm.getContext(), {tile.columns, 1}, kernel::LoopOrder::FiltersOuter,
                             work.tasks()));
  addOtherTasks(choices, work.units);
  return choices;
}

/// Pools and copies: the work is what they read or write, in rows of a block of channels.
SmallVector<KernelChoice> choicesOfMap(Operation *op, int64_t operationsPerElement) {
  RankedTensorType result = typeOf(op->getResult(0));
  int64_t elements = std::max(result.getNumElements(), typeOf(op->getOperand(0)).getNumElements());
  int64_t units =
      llvm::divideCeilSigned(result.getRank() > 1 ? result.getDimSize(1) : 1, channelBlock);
  if (layoutOf(result) && result.getRank() > 2)
    for (int64_t size : result.getShape().drop_front(2).drop_back())
      units *= size;
  return tasksAlone(op->getContext(), kernel::LoopOrder::FiltersOuter,
                    {static_cast<double>(elements) * operationsPerElement, units});
}

/// Rows are independent.
SmallVector<KernelChoice> choicesOfTopK(nn::TopKOp op) {
  constexpr double operationsPerElement = 4;
  RankedTensorType input = op.getInput().getType();
  double elements = static_cast<double>(input.getNumElements());
  return tasksAlone(
      op.getContext(), kernel::LoopOrder::FiltersOuter,
      {elements * operationsPerElement, input.getNumElements() / input.getDimSize(op.getAxis())});
}

/// Rows of bins are independent.
SmallVector<KernelChoice> choicesOfRoiAlign(nn::RoiAlignOp op) {
  constexpr double samplesPerBin = 4, operationsPerSample = 8;
  RankedTensorType result = op.getResult().getType();
  double elements = static_cast<double>(result.getNumElements());
  return tasksAlone(op.getContext(), kernel::LoopOrder::FiltersOuter,
                    {elements * samplesPerBin * operationsPerSample,
                     result.getDimSize(0) * result.getDimSize(2)});
}

/// Output pixels are independent, and each reads weights of its own.
SmallVector<KernelChoice> choicesOfLocalConv(nn::LocalConvOp conv) {
  RankedTensorType filter = typeOf(conv.getFilter());
  double operations =
      2.0 * static_cast<double>(filter.getNumElements() * typeOf(conv.getResult()).getDimSize(0));
  return tasksAlone(conv.getContext(), kernel::LoopOrder::PixelsOuter,
                    {operations, filter.getDimSize(0)});
}

/// Packs the filter of a convolution for the algorithm that was chosen.
void packFor(nn::ConvOp conv, nn::FilterForm form) {
  auto pack = conv.getFilter().getDefiningOp<nn::PackFilterOp>();
  OpBuilder builder(pack);
  Value filter = nn::PackFilterOp::create(builder, pack.getLoc(), pack.getFilter(), form,
                                          pack.getGroups(), pack.getBlock());
  conv.getFilterMutable().assign(filter);
  if (pack.use_empty())
    pack.erase();
}

} // namespace

std::string KernelChoice::text() const {
  std::string text = winograd ? (nn::stringifyFilterForm(*winograd) + " ").str() : "";
  if (takesPrologue)
    text += "prologue ";
  llvm::raw_string_ostream(text) << schedule;
  return text;
}

SmallVector<KernelChoice> choicesFor(Operation *op, const TargetModel &target, StringRef winograd) {
  // Without elements there is no work to divide.
  auto isEmpty = [](Type type) {
    auto tensor = dyn_cast<RankedTensorType>(type);
    return tensor && tensor.getNumElements() == 0;
  };
  if (llvm::any_of(op->getOperandTypes(), isEmpty) || llvm::any_of(op->getResultTypes(), isEmpty))
    return {};
  return llvm::TypeSwitch<Operation *, SmallVector<KernelChoice>>(op)
      .Case([&](nn::ConvOp conv) { return choicesOfConv(conv, target, winograd); })
      .Case([&](nn::GemmOp gemm) { return choicesOfGemm(gemm, target); })
      .Case<nn::MaxPoolOp, nn::AveragePoolOp>(
          [&](Operation *pool) { return choicesOfMap(pool, 9); })
      .Case<nn::GlobalAveragePoolOp, nn::GlobalMaxPoolOp, nn::RelayoutOp, nn::PackFilterOp,
            nn::ResizeOp>([&](Operation *map) { return choicesOfMap(map, 2); })
      .Case([&](nn::LocalConvOp conv) { return choicesOfLocalConv(conv); })
      .Case([&](nn::TopKOp topK) { return choicesOfTopK(topK); })
      .Case([&](nn::RoiAlignOp align) { return choicesOfRoiAlign(align); })
      .Case([&](nn::LrnOp lrn) { return choicesOfMap(lrn, 40); })
      .Default(SmallVector<KernelChoice>());
}

void applyChoice(Operation *op, const KernelChoice &choice) {
  op->setAttr(scheduleAttribute, choice.schedule);
  if (choice.takesPrologue)
    op->setAttr(prologueAttribute, UnitAttr::get(op->getContext()));
  if (choice.winograd)
    packFor(cast<nn::ConvOp>(op), *choice.winograd);
}

std::string textOfKernel(Operation *op) {
  NamedAttrList attributes(op->getAttrDictionary());
  for (NamedAttribute attribute : op->getAttrs())
    if (attribute.getName().strref().starts_with("kernel."))
      attributes.erase(attribute.getName());
  std::string text;
  llvm::raw_string_ostream os(text);
  os << op->getName() << " " << attributes.getDictionary(op->getContext()) << " : ";
  os << FunctionType::get(op->getContext(), op->getOperandTypes(), op->getResultTypes());
  if (auto conv = dyn_cast<nn::ConvOp>(op); conv && prologueOf(conv))
    os << " with prologue";
  return text;
}

} // namespace kiln
