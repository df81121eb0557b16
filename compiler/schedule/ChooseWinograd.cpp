// The unit of all costs is the time of one multiply-add of sixteen lanes. A block of tiles costs
//
//   transforms             so many instructions a tile and channel block or filter block
// + matrix products        (m+2)^2 * channels * filter blocks, times the cost of its register tiles
// + transformed filters    the part of the time in which memory delivers them that prefetching does not hide
// + transformed input      where the second-level cache does not hold it for all filter blocks
//
// The constants were fitted to kernels between 14x14 and 224x224 on Zen 4.
#include "compiler/schedule/ChooseWinograd.h"

#include "compiler/schedule/Layout.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace kiln {
namespace {

struct TransformCost {
  double input, output; ///< of one tile of sixteen channels or filters
};

TransformCost transformCost(int64_t tile) {
  switch (tile) {
  case 2:
    return {45, 40};
  case 4:
    return {130, 110};
  default:
    return {280, 240};
  }
}

/// Bytes in the time of one multiply-add: from memory, from the third-level cache, and from there where all of it is a stream.
constexpr double memoryRate = 7.5, cacheRate = 20, streamRate = 32;
/// The part of the time for transformed filters that is not hidden behind products.
constexpr double visibleStream = 0.35;
/// What fits the third-level cache beside the maps.
constexpr double cacheBytes = 16 << 20;

/// A convolution as Winograd's algorithm sees it, for output tiles of `tile` x `tile`.
struct Problem {
  int64_t tile, tiles, channels, channelBlocks, filterBlocks, accumulators;
  double l2Bytes;

  int64_t points() const { return (tile + 2) * (tile + 2); }
  double filterBytes() const { return 64.0 * points() * channels * filterBlocks; }
};

/// As many equal groups of tiles as registers allow.
int64_t registersFor(int64_t tiles, int64_t accumulators) {
  return llvm::divideCeilSigned(tiles, llvm::divideCeilSigned(tiles, accumulators));
}

/// Cost of an input channel for `count` pixels or tiles with `registers` of them at a time: at least five hide the latency of
/// a multiply-add, and one load of weights is paid for all.
double registerTileCost(int64_t count, int64_t registers) {
  auto cost = [](int64_t r) { return r ? std::max<int64_t>(r, 5) + 1.0 : 0.0; };
  return static_cast<double>(count / registers) * cost(registers) + cost(count % registers);
}

double blockCost(const Problem &p, int64_t tiles, double filterRate) {
  TransformCost transforms = transformCost(p.tile);
  int64_t registers = registersFor(tiles, p.accumulators), groups = llvm::divideCeilSigned(tiles, registers);
  constexpr double groupStart = 16;
  double products = p.points() * p.filterBlocks *
                    (p.channels * registerTileCost(tiles, registers) + tiles + groups * groupStart);
  double transformedBytes = 64.0 * p.points() * p.channelBlocks * tiles;
  double reloads = transformedBytes > p.l2Bytes ? p.filterBlocks * transformedBytes / streamRate : 0;
  double streamed = p.filterBytes() / filterRate;
  return tiles * (p.channelBlocks * transforms.input + p.filterBlocks * transforms.output) +
         std::max(products + visibleStream * streamed, streamed) + reloads;
}

/// All tiles in blocks of `block`. The filters come from memory for the first block and, where they fit, from the cache for
/// the others.
double totalCost(const Problem &p, int64_t block) {
  int64_t blocks = llvm::divideCeilSigned(p.tiles, block), rest = p.tiles - (blocks - 1) * block;
  double laterRate = p.filterBytes() <= cacheBytes ? cacheRate : memoryRate;
  double cost = blockCost(p, rest, memoryRate) + (blocks - 1) * blockCost(p, block, laterRate);
  // One block is split by filters, which are many. Otherwise two threads wait for the one that has more blocks.
  if (blocks == 1)
    return cost;
  double most = std::min<double>(p.tiles, static_cast<double>(llvm::divideCeilSigned(blocks, 2) * block));
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
  return packed && packed.getForm() == nn::FilterForm::Blocked && conv.getGroups() == 1 &&
         conv.getSpatialRank() == 2 && typeOf(conv.getFilter()).getShape().take_back(2) == ArrayRef<int64_t>{3, 3} &&
         llvm::all_of(conv.getStrides(), isOne) && llvm::all_of(conv.getDilations(), isOne) && !isDense(conv) &&
         conv.getFilter().getDefiningOp<nn::PackFilterOp>();
}

Problem problemOf(nn::ConvOp conv, int64_t tile, const TargetModel &target) {
  ArrayRef<int64_t> result = typeOf(conv.getResult()).getShape(), filter = typeOf(conv.getFilter()).getShape();
  int64_t tiles = result[0] * llvm::divideCeilSigned(result[2], tile) * llvm::divideCeilSigned(result[3], tile);
  return {tile,
          tiles,
          filter[1],
          llvm::divideCeilSigned(filter[1], channelBlock),
          llvm::divideCeilSigned(filter[0], channelBlock),
          target.maxAccumulators(),
          static_cast<double>(target.l2Bytes)};
}

double directCost(nn::ConvOp conv, const TargetModel &target) {
  ArrayRef<int64_t> result = typeOf(conv.getResult()).getShape(), filter = typeOf(conv.getFilter()).getShape();
  int64_t pixels = result[0] * result[2] * result[3], taps = 9, blocks = llvm::divideCeilSigned(filter[0], channelBlock);
  double products = taps * filter[1] * blocks * registerTileCost(pixels, registersFor(pixels, target.maxAccumulators()));
  return std::max(products, 64.0 * taps * filter[1] * blocks / memoryRate);
}

/// The best ways to do it with one size of tiles, best first.
SmallVector<WinogradChoice> choicesFor(nn::ConvOp conv, nn::FilterForm form, const TargetModel &target,
                                       llvm::function_ref<int64_t(double, int64_t)> tasksFor) {
  Problem problem = problemOf(conv, nn::winogradTile(form), target);
  double work = 2.0 * problem.points() * problem.tiles * problem.channels * problem.filterBlocks * channelBlock;
  return llvm::map_to_vector(cheapestBlocks(problem), [&](int64_t block) {
    int64_t blocks = llvm::divideCeilSigned(problem.tiles, block);
    int64_t tasks = tasksFor(work, blocks == 1 ? problem.filterBlocks : blocks);
    auto schedule = kernel::WinogradScheduleAttr::get(conv.getContext(), block,
                                                      registersFor(block, problem.accumulators), tasks);
    return WinogradChoice{form, schedule, directCost(conv, target) / totalCost(problem, block)};
  });
}

/// Filters of F(6x6) have to fit the cache, and maps to have room for its tiles.
bool allowsSix(nn::ConvOp conv, const TargetModel &target) {
  constexpr int64_t leastMap = 28;
  ArrayRef<int64_t> map = typeOf(conv.getResult()).getShape().take_back(2);
  return map[0] >= leastMap && map[1] >= leastMap && problemOf(conv, 6, target).filterBytes() <= cacheBytes;
}

/// By gain; among equals F(4x4) comes first, then small blocks. F(6x6) doubles the error of F(4x4) and its filters: it has to be
/// faster by a factor.
auto orderOf(const WinogradChoice &choice) {
  constexpr double leastGainOfSix = 1.05;
  double gain = choice.form == nn::FilterForm::WinogradF6 ? choice.gain / leastGainOfSix : choice.gain;
  return std::tuple(-gain, choice.form != nn::FilterForm::WinogradF4, choice.schedule.getBlock());
}

} // namespace

bool pays(const WinogradChoice &choice) {
  constexpr double leastGain = 1.1;
  return choice.gain >= leastGain;
}

SmallVector<WinogradChoice> winogradChoices(nn::ConvOp conv, llvm::StringRef mode, const TargetModel &target,
                                            llvm::function_ref<int64_t(double, int64_t)> tasksFor) {
  if (mode == "off" || !isPossible(conv))
    return {};
  if (mode != "auto")
    return choicesFor(conv,
                      mode == "f2"   ? nn::FilterForm::WinogradF2
                      : mode == "f4" ? nn::FilterForm::WinogradF4
                                     : nn::FilterForm::WinogradF6,
                      target, tasksFor);
  SmallVector<WinogradChoice> choices = choicesFor(conv, nn::FilterForm::WinogradF4, target, tasksFor);
  llvm::append_range(choices, choicesFor(conv, nn::FilterForm::WinogradF2, target, tasksFor));
  if (allowsSix(conv, target))
    llvm::append_range(choices, choicesFor(conv, nn::FilterForm::WinogradF6, target, tasksFor));
  llvm::sort(choices, [](const WinogradChoice &a, const WinogradChoice &b) { return orderOf(a) < orderOf(b); });
  return choices;
}

} // namespace kiln
