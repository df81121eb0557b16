// The unit of all costs is a cycle, in which one or two multiply-adds of sixteen lanes start. A
// block of tiles costs
//
//   transforms             so many instructions a tile and channel block or filter block
// + matrix products        points * channels * filter blocks, times the cost of its register tiles
// + transformed filters    the part of the time in which memory delivers them that prefetching does
//                          not hide
// + transformed input      where the second-level cache does not hold it for all panels of filter
//                          blocks, or products where it does not hold those of a panel
//
// and all of them the maps, where the second-level cache does not hold them.
// The constants were fitted to 16 layers of 3x3 between 7x7 and 304x304, each in about 40 of these
// ways, on Zen 4, and checked on Zen 5; the rate of maps where two multiply-adds start, and what a
// tail costs, to 40 layers of 6 to 62 filters on Zen 5.
#include "compiler/schedule/ChooseWinograd.h"

#include "compiler/schedule/Layout.h"
#include "compiler/schedule/TailCost.h"
#include "compiler/schedule/Tasks.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace kiln {
namespace {

/// Bytes a cycle: filters from the third-level cache, whose prefetching hides nearly all;
/// transformed input from there; products there and back.
constexpr double cachedFilterRate = 140, inputRate = 66, productRate = 4.8;
/// Maps, where one multiply-add starts in a cycle, and where two do.
constexpr double mapRate = 3, mapRateOfTwo = 10;
/// The part of the time for transformed filters that is not hidden behind products.
constexpr double visibleStream = 0.42;
/// What fits the third-level cache beside the maps.
constexpr double cacheBytes = 16 << 20;

/// A convolution as Winograd's algorithm sees it.
struct Problem {
  nn::WinogradSizes sizes;
  int64_t tiles;
  int64_t channels; ///< that a filter reads, again at each tap in depth
  int64_t channelBlocks, filterBlocks;
  int64_t together;  ///< blocks of filters in a register tile
  int64_t registers; ///< the most tiles in one
  double multiplyAddsPerCycle, l2Bytes;
  double memoryRate; ///< bytes a cycle that memory delivers
  double mapBytes;   ///< input and output

  int64_t points() const { return sizes.points(); }
  int64_t width() const { return sizes.extent[0] + sizes.extent[1]; }
  /// Operations of the matrix products.
  double work() const { return 2.0 * points() * tiles * channels * filterBlocks * channelBlock; }
  double filterBytes() const { return 64.0 * points() * channels * filterBlocks; }
  /// Of the transforms of a tile: sixteen channels of its input, of its products.
  double transformCost() const { return points() * (1.2 + 0.2 * width()); }
  double outputCost() const { return points() * (1.25 + 0.155 * width()); }
};

/// As many equal groups of tiles as registers allow.
int64_t registersFor(int64_t tiles, int64_t most) {
  return llvm::divideCeilSigned(tiles, llvm::divideCeilSigned(tiles, most));
}

/// Cost of an input channel and a block of filters for `count` pixels or tiles with `registers` of
/// them at a time, for `together` blocks of filters: a multiply-add takes less than four cycles,
/// and the load of weights that all share shows little.
double registerTileCost(int64_t count, int64_t registers, int64_t together,
                        double multiplyAddsPerCycle) {
  auto cost = [&](int64_t r) {
    return r ? std::max((static_cast<double>(r) + 0.45) / multiplyAddsPerCycle,
                        3.95 / static_cast<double>(together))
             : 0.0;
  };
  return static_cast<double>(count / registers) * cost(registers) + cost(count % registers);
}

/// The blocks of filters to take at a time, and what leaves a cache then.
struct Panel {
  int64_t size;
  double cost;
};

/// What leaves the second-level cache, through half of which filters pass: the transformed input,
/// which comes back for each block of filters, or the products of all of them.
Panel oneOrAll(const Problem &p, int64_t tiles) {
  double transformedBytes = 4.0 * p.points() * p.channels * tiles,
         productBytes = 64.0 * p.points() * tiles, held = 0.55 * p.l2Bytes,
         inputCost = transformedBytes / inputRate;
  Panel one = {1, 0}, all = {p.filterBlocks, 0};
  if (transformedBytes + productBytes > held)
    one.cost = p.filterBlocks * inputCost;
  if (transformedBytes + p.filterBlocks * productBytes > held)
    all.cost =
        2 * p.filterBlocks * productBytes / productRate + (transformedBytes > held ? inputCost : 0);
  return all.cost < one.cost ? all : one;
}

/// The same where two multiply-adds start in a cycle: so few blocks of filters at a time that their
/// products stay.
Panel smallPanel(const Problem &p, int64_t tiles) {
  double transformedBytes = 4.0 * p.points() * p.channels * tiles,
         productBytes = 64.0 * p.points() * tiles, held = 0.5 * p.l2Bytes;
  Panel best = {p.together, 0};
  for (int64_t size = p.together; size == p.together || size * productBytes <= 0.3 * p.l2Bytes;
       size *= 2) {
    Panel panel = {std::min(size, p.filterBlocks), 0};
    if (transformedBytes + panel.size * productBytes > held)
      panel.cost = static_cast<double>(llvm::divideCeilSigned(p.filterBlocks, panel.size)) *
                   transformedBytes / inputRate;
    if (size == p.together || panel.cost < best.cost)
      best = panel;
    if (size >= p.filterBlocks)
      break;
  }
  return best;
}

Panel panelFor(const Problem &p, int64_t tiles) {
  return p.multiplyAddsPerCycle > 1 ? smallPanel(p, tiles) : oneOrAll(p, tiles);
}

double blockCost(const Problem &p, int64_t tiles, double filterRate) {
  int64_t registers = registersFor(tiles, p.registers),
          groups = llvm::divideCeilSigned(tiles, registers);
  constexpr double groupStart = 6;
  double products =
      p.points() * p.filterBlocks *
      (p.channels * registerTileCost(tiles, registers, p.together, p.multiplyAddsPerCycle) + tiles +
       groups * groupStart);
  double streamed = p.filterBytes() / filterRate;
  return tiles * (p.channelBlocks * p.transformCost() + p.filterBlocks * p.outputCost()) +
         std::max(products + visibleStream * streamed, streamed) + panelFor(p, tiles).cost;
}

/// All tiles in blocks of `block`. The filters come from memory for the first block and, where they
/// fit, from the cache for the others.
double totalCost(const Problem &p, int64_t block) {
  int64_t blocks = llvm::divideCeilSigned(p.tiles, block), rest = p.tiles - (blocks - 1) * block;
  double laterRate = p.filterBytes() <= cacheBytes ? cachedFilterRate : p.memoryRate;
  double cost = blockCost(p, rest, p.memoryRate) + (blocks - 1) * blockCost(p, block, laterRate);
  if (p.mapBytes > p.l2Bytes)
    cost += p.mapBytes / (p.multiplyAddsPerCycle > 1 ? mapRateOfTwo : mapRate);
  // One block is split by filters, which are many. Otherwise two threads wait for the one that has
  // more blocks.
  if (blocks == 1)
    return cost;
  double most =
      std::min<double>(p.tiles, static_cast<double>(llvm::divideCeilSigned(blocks, 2) * block));
  constexpr double weightOfBalance = 0.35;
  return cost * (1 + weightOfBalance * (2 * most / p.tiles - 1));
}

/// The cheapest blocks of tiles, best first, each of another number of blocks.
SmallVector<int64_t> cheapestBlocks(const Problem &p) {
  constexpr int64_t mostTiles = 64;
  constexpr size_t mostBlocks = 3;
  SmallVector<std::pair<double, int64_t>> byCost;
  for (int64_t block = 1; block <= std::min(p.tiles, mostTiles); ++block)
    byCost.push_back({totalCost(p, block), block});
  llvm::sort(byCost);
  SmallVector<int64_t> blocks;
  llvm::SmallDenseSet<int64_t> counts;
  for (auto [cost, block] : byCost)
    if (blocks.size() < mostBlocks && counts.insert(llvm::divideCeilSigned(p.tiles, block)).second)
      blocks.push_back(block);
  return blocks;
}

RankedTensorType typeOf(Value value) { return cast<RankedTensorType>(value.getType()); }

bool isPossible(nn::ConvOp conv) {
  auto packed = dyn_cast_if_present<nn::PackedAttr>(typeOf(conv.getFilter()).getEncoding());
  auto isOne = [](int64_t value) { return value == 1; };
  return packed && nn::isBlocked(packed.getForm()) && llvm::all_of(conv.getStrides(), isOne) &&
         llvm::all_of(conv.getDilations(), isOne) && !isDense(conv) &&
         conv.getFilter().getDefiningOp<nn::PackFilterOp>();
}

/// Whether the filter can be packed for this size of tiles.
bool isPossible(nn::ConvOp conv, nn::FilterForm form) {
  ArrayRef<int64_t> filter = typeOf(conv.getFilter()).getShape();
  int64_t groups = conv.getGroups();
  bool areWhole = filter[1] % channelBlock == 0 && filter[0] / groups % channelBlock == 0;
  return (groups == 1 || areWhole) && nn::WinogradSizes::ofFilter(form, filter).isPossible();
}

Problem problemOf(nn::ConvOp conv, nn::FilterForm form, const TargetModel &target) {
  ArrayRef<int64_t> result = typeOf(conv.getResult()).getShape(),
                    filter = typeOf(conv.getFilter()).getShape();
  auto sizes = nn::WinogradSizes::ofFilter(form, filter);
  int64_t together = conv.getGroups() == 1 && filter[0] > channelBlock ? target.filtersOfTile() : 1;
  return {sizes,
          sizes.tiles(result[0], toSpatial(result.drop_front(2), 1)),
          sizes.depthTaps * filter[1],
          sizes.depthTaps * llvm::divideCeilSigned(filter[1] * conv.getGroups(), channelBlock),
          llvm::divideCeilSigned(filter[0], channelBlock),
          together,
          target.pixelsOfTile(together),
          target.multiplyAddsPerCycle,
          static_cast<double>(target.l2Bytes),
          target.memoryBytesPerCycle,
          static_cast<double>(bufferBytes(typeOf(conv.getInput())) +
                              bufferBytes(typeOf(conv.getResult())))};
}

/// A tail loads a pixel for each multiply-add, and begins anew for each half of a block.
double directCost(nn::ConvOp conv, const TargetModel &target) {
  constexpr double effortOfTail = 1.12;
  ArrayRef<int64_t> filter = typeOf(conv.getFilter()).getShape();
  RankedTensorType result = typeOf(conv.getResult());
  bool hasTail = formOf(conv) == nn::FilterForm::Tail;
  int64_t pixels = result.getNumElements() / result.getDimSize(1),
          blocks =
              hasTail ? filter[0] / channelBlock : llvm::divideCeilSigned(filter[0], channelBlock);
  int64_t together = blocks > 1 ? target.filtersOfTile() : 1;
  double weights = static_cast<double>(typeOf(conv.getFilter()).getNumElements() / filter[0]);
  double products = weights * blocks *
                    registerTileCost(pixels, registersFor(pixels, target.pixelsOfTile(together)),
                                     together, target.multiplyAddsPerCycle);
  if (hasTail)
    products += effortOfTail * static_cast<double>(pixels) * costOfTail(typeOf(conv.getFilter())) /
                target.multiplyAddsPerCycle;
  return std::max(products, 64.0 * weights * blocks / target.memoryBytesPerCycle);
}

/// The tiles whose products with a column of points registers hold beside transformed filters.
int64_t tilesOfColumn(const Problem &p, const TargetModel &target) {
  constexpr int64_t besideSums = 8;
  return (target.vectorRegisters - besideSums) /
         (p.sizes.extent[0] * target.registersPerAccumulator());
}

/// Of a kernel that transforms the filter itself: for each column of points the products, the row
/// transforms of the taps and their column transform, in which mirrored points share half.
/// Prefetching hides most of the time in which memory delivers the taps.
double tapCost(const Problem &p) {
  constexpr double visible = 0.2;
  auto [down, across] = p.sizes.taps;
  double rowTransforms = static_cast<double>(down * (across - 1)),
         columnTransform = 0.5 * static_cast<double>(p.sizes.extent[0] * (down - 1)),
         loads = static_cast<double>(down * across);
  double column = static_cast<double>(p.sizes.extent[0] * p.tiles) +
                  std::max(rowTransforms + columnTransform, loads);
  double products =
      p.channels * p.filterBlocks * p.sizes.extent[1] * column / p.multiplyAddsPerCycle;
  double streamed = 64.0 * loads * p.channels * p.filterBlocks / p.memoryRate;
  return p.tiles * (p.channelBlocks * p.transformCost() + p.filterBlocks * p.outputCost()) +
         std::max(products + visible * streamed, streamed);
}

/// Rounding errors grow with the extent of the tiles: from seven pixels on they have to pay for it.
double handicapOf(const nn::WinogradSizes &sizes) {
  constexpr int64_t smallExtent = 6;
  constexpr double forErrors = 1.05;
  return *llvm::max_element(sizes.extent) > smallExtent ? forErrors * forErrors : forErrors;
}

/// The best ways to do it with one size of tiles, best first.
SmallVector<WinogradChoice> choicesFor(const Problem &problem, nn::FilterForm form, nn::ConvOp conv,
                                       double directCost) {
  return llvm::map_to_vector(cheapestBlocks(problem), [&](int64_t block) {
    int64_t blocks = llvm::divideCeilSigned(problem.tiles, block);
    int64_t tasks = tasksFor(problem.work(), blocks == 1 ? problem.filterBlocks : blocks);
    // Where one block has all tiles, a task has a part of the filters.
    int64_t panel = std::min(panelFor(problem, block).size,
                             llvm::divideCeilSigned(problem.filterBlocks, blocks == 1 ? tasks : 1));
    int64_t filters = std::min(problem.together, panel),
            registers = registersFor(block, problem.registers * problem.together / filters);
    auto schedule = kernel::WinogradScheduleAttr::get(conv.getContext(), block, registers, tasks,
                                                      panel, filters, /*filterTile=*/0);
    return WinogradChoice{form, schedule, directCost / totalCost(problem, block),
                          handicapOf(problem.sizes)};
  });
}

/// With a filter that the kernel transforms itself, for so few tiles that registers hold the
/// products of all with a column of points; null where that is not possible. It takes so many
/// blocks of filters that the exchange of the transformed input between threads is short beside
/// them, and not so many points that some are fractions, whose powers would fill registers.
std::optional<WinogradChoice> tapChoice(const Problem &problem, nn::FilterForm form,
                                        nn::ConvOp conv, double directCost,
                                        const TargetModel &target) {
  constexpr int64_t mostExtent = 6, leastFilterBlocks = 8;
  const nn::WinogradSizes &sizes = problem.sizes;
  if (sizes.depthTaps != 1 || problem.tiles > tilesOfColumn(problem, target) ||
      problem.filterBlocks < leastFilterBlocks || *llvm::min_element(sizes.taps) == 1 ||
      *llvm::max_element(sizes.extent) > mostExtent)
    return std::nullopt;
  auto schedule = kernel::WinogradScheduleAttr::get(
      conv.getContext(), problem.tiles, /*registers=*/problem.tiles,
      tasksFor(problem.work(), problem.filterBlocks), /*panel=*/1, /*filters=*/1,
      nn::winogradTile(form));
  return WinogradChoice{form, schedule, directCost / tapCost(problem), handicapOf(sizes)};
}

/// By time, errors considered; among equals small tiles and blocks come first.
auto orderOf(const WinogradChoice &choice) {
  return std::tuple(-choice.gain / choice.handicap, nn::winogradTile(choice.form),
                    choice.schedule.getBlock());
}

/// Whether transformed filters stay in proportion: to the cache, or to the filters as they were.
bool hasBoundedFilters(const Problem &problem) {
  constexpr double mostGrowth = 4;
  const nn::WinogradSizes &sizes = problem.sizes;
  return problem.filterBytes() <= cacheBytes ||
         problem.points() <= mostGrowth * sizes.taps[0] * sizes.taps[1];
}

} // namespace

bool pays(const WinogradChoice &choice) {
  constexpr double leastGain = 1.1;
  return choice.gain >= leastGain;
}

SmallVector<WinogradChoice> winogradChoices(nn::ConvOp conv, llvm::StringRef mode,
                                            const TargetModel &target) {
  if (mode == "off" || !isPossible(conv))
    return {};
  bool isAuto = mode == "auto";
  double direct = directCost(conv, target);
  SmallVector<WinogradChoice> choices;
  for (int64_t tile = nn::leastWinogradTile; tile <= nn::mostWinogradTile; ++tile) {
    nn::FilterForm form = nn::winogradForm(tile);
    bool isWanted = isAuto || mode == ("f" + Twine(tile)).str();
    if (!isWanted || !isPossible(conv, form))
      continue;
    Problem problem = problemOf(conv, form, target);
    if (!isAuto || hasBoundedFilters(problem))
      llvm::append_range(choices, choicesFor(problem, form, conv, direct));
    if (auto choice = tapChoice(problem, form, conv, direct, target))
      choices.push_back(*choice);
  }
  llvm::sort(choices, [](const WinogradChoice &a, const WinogradChoice &b) {
    return orderOf(a) < orderOf(b);
  });
  constexpr size_t mostChoices = 8;
  choices.truncate(std::min(choices.size(), mostChoices));
  return choices;
}

} // namespace kiln
