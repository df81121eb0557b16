// Chooses register tile, loop order and tasks by an analytic model.
//
// The inner loop of a convolution multiplies one vector of weights with R broadcast pixels. R
// multiply-adds must cover the latency of a multiply-add (about five), and one load of weights is
// paid for all of them; so a tile costs max(R, 5) + 1 a channel.
#include "compiler/schedule/ChooseWinograd.h"
#include "compiler/schedule/Layout.h"
#include "compiler/schedule/Passes.h"
#include "compiler/schedule/Prologue.h"
#include "compiler/schedule/TargetModel.h"

#include "mlir/IR/Remarks.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace kiln {

#define GEN_PASS_DEF_CHOOSEKERNEL
#include "compiler/schedule/Passes.h.inc"

namespace {

struct RegisterTile {
  int64_t rows, columns;
};

/// Cost of one register tile of `pixels` accumulators, in multiply-adds an input channel.
double tileCost(int64_t pixels) { return pixels ? std::max<int64_t>(pixels, 5) + 1.0 : 0.0; }

/// Cost of a map of height x width outputs in tiles of rows x columns, with smaller tiles for what
/// remains.
double mapCost(int64_t height, int64_t width, RegisterTile tile) {
  int64_t fullRows = height / tile.rows, restRows = height % tile.rows;
  int64_t fullColumns = width / tile.columns, restColumns = width % tile.columns;
  return fullRows * fullColumns * tileCost(tile.rows * tile.columns) +
         fullRows * tileCost(tile.rows * restColumns) +
         fullColumns * tileCost(restRows * tile.columns) + tileCost(restRows * restColumns);
}

/// The cheapest tile; among equals the one with fewer rows, whose pixels lie side by side.
RegisterTile cheapestTile(int64_t height, int64_t width, int64_t accumulators) {
  RegisterTile best = {1, 1};
  double bestCost = mapCost(height, width, best);
  for (int64_t rows = 1; rows <= std::min(height, accumulators); ++rows)
    for (int64_t columns = 1; columns <= std::min(width, accumulators / rows); ++columns)
      if (double cost = mapCost(height, width, {rows, columns}); cost < bestCost) {
        best = {rows, columns};
        bestCost = cost;
      }
  return best;
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

/// Filters outermost, the whole map passes for each block of filters; pixels outermost, all weights
/// for each row of tiles. Weights are read in sequence, pixels are not: so a map that the
/// second-level cache does not hold passes once, unless a block of weights stays in the first level
/// anyway. Tiles of many pixels read either so seldom that it makes no difference.
kernel::LoopOrder orderOf(int64_t blockBytes, int64_t mapBytes, RegisterTile tile,
                          const TargetModel &target) {
  constexpr int64_t manyPixels = 16;
  bool mapStreams = mapBytes > target.l2Bytes / 2 && tile.rows * tile.columns < manyPixels;
  if (blockBytes > target.l2Bytes / 2 || (mapStreams && blockBytes >= target.l1Bytes / 2))
    return kernel::LoopOrder::PixelsOuter;
  return kernel::LoopOrder::FiltersOuter;
}

kernel::ScheduleAttr scheduleOfConv(nn::ConvOp conv, const TargetModel &target) {
  RankedTensorType result = typeOf(conv.getResult()), filter = typeOf(conv.getFilter());
  double work = 2.0 * result.getNumElements() * filter.getNumElements() / filter.getDimSize(0);
  int64_t blocks = llvm::divideCeil(result.getDimSize(1), channelBlock);
  if (isDense(conv))
    return kernel::ScheduleAttr::get(conv.getContext(), 1, 1, kernel::LoopOrder::FiltersOuter,
                                     tasksFor(work, blocks));
  Spatial map = toSpatial(result.getShape().drop_front(2), 1);
  Spatial kernel = toSpatial(filter.getShape().drop_front(2), 1);
  bool isPoint = kernel == Spatial{1, 1, 1} &&
                 llvm::all_of(conv.getStrides(), [](int64_t s) { return s == 1; });
  auto unbordered = [](Value value) { return !value || !MapLayout::of(typeOf(value)).hasBorder(); };
  // A 1x1 convolution sees one row of pixels where no border separates the rows.
  if (isPoint && unbordered(conv.getInput()) && unbordered(conv.getResult()) &&
      unbordered(conv.getResidual()))
    map = {1, 1, map[0] * map[1] * map[2]};
  RegisterTile tile =
      conv.isDepthwise()
          ? cheapestTile(1, map[2], std::max<int64_t>(1, target.maxAccumulators() / 2))
          : cheapestTile(map[1], map[2], target.maxAccumulators());
  int64_t blockBytes =
      filter.getNumElements() / filter.getDimSize(0) * channelBlock * sizeof(float);
  int64_t mapBytes = bufferBytes(typeOf(conv.getInput())) / result.getDimSize(0);
  kernel::LoopOrder order = orderOf(blockBytes, mapBytes, tile, target);
  int64_t units = result.getDimSize(0) * blocks * map[0] * llvm::divideCeil(map[1], tile.rows);
  if (map[1] == 1)
    units *= llvm::divideCeil(map[2], tile.columns);
  return kernel::ScheduleAttr::get(conv.getContext(), tile.rows, tile.columns, order,
                                   tasksFor(work, units));
}

/// Rows of tiles are the units of work: where one row of pixels fills a tile, more of them share
/// out better.
kernel::ScheduleAttr scheduleWithPrologue(nn::ConvOp conv, const TargetModel &target) {
  RankedTensorType result = typeOf(conv.getResult()), filter = typeOf(conv.getFilter());
  double work = 2.0 * result.getNumElements() * filter.getDimSize(1);
  Spatial map = toSpatial(result.getShape().drop_front(2), 1);
  constexpr int64_t wideEnough = 14;
  int64_t height = map[2] < wideEnough ? map[1] : 1;
  RegisterTile tile = cheapestTile(height, map[2], target.maxAccumulators());
  int64_t units = result.getDimSize(0) * map[0] * llvm::divideCeil(map[1], tile.rows);
  return kernel::ScheduleAttr::get(conv.getContext(), tile.rows, tile.columns,
                                   kernel::LoopOrder::PixelsOuter, tasksFor(work, units));
}

kernel::ScheduleAttr scheduleOfGemm(nn::GemmOp gemm, const TargetModel &target) {
  RankedTensorType a = typeOf(gemm.getA()), result = typeOf(gemm.getResult());
  double work = 2.0 * result.getNumElements() * a.getDimSize(1);
  int64_t rows = cheapestTile(1, a.getDimSize(0), target.maxAccumulators()).columns;
  int64_t units = llvm::divideCeil(result.getDimSize(1), channelBlock);
  return kernel::ScheduleAttr::get(gemm.getContext(), rows, 1, kernel::LoopOrder::FiltersOuter,
                                   tasksFor(work, units));
}

/// Pools and copies: the work is what they read or write, in rows of a block of channels.
kernel::ScheduleAttr scheduleOfMap(Operation *op, int64_t operationsPerElement) {
  RankedTensorType result = typeOf(op->getResult(0));
  int64_t elements = std::max(result.getNumElements(), typeOf(op->getOperand(0)).getNumElements());
  int64_t units = llvm::divideCeil(result.getRank() > 1 ? result.getDimSize(1) : 1, channelBlock);
  if (layoutOf(result) && result.getRank() > 2)
    for (int64_t size : result.getShape().drop_front(2).drop_back())
      units *= size;
  return kernel::ScheduleAttr::get(
      op->getContext(), 1, 1, kernel::LoopOrder::FiltersOuter,
      tasksFor(static_cast<double>(elements) * operationsPerElement, units));
}

/// Output pixels are independent, and each reads weights of its own.
kernel::ScheduleAttr scheduleOfLocalConv(nn::LocalConvOp conv) {
  RankedTensorType filter = typeOf(conv.getFilter());
  double work = 2.0 * static_cast<double>(filter.getNumElements() * typeOf(conv.getResult()).getDimSize(0));
  return kernel::ScheduleAttr::get(conv.getContext(), 1, 1, kernel::LoopOrder::PixelsOuter,
                                   tasksFor(work, filter.getDimSize(0)));
}

/// Packs the filter of a convolution for the algorithm that was chosen.
void convertToWinograd(nn::ConvOp conv, const WinogradChoice &choice) {
  auto pack = conv.getFilter().getDefiningOp<nn::PackFilterOp>();
  OpBuilder builder(pack);
  Value filter = nn::PackFilterOp::create(builder, pack.getLoc(), pack.getFilter(), choice.form,
                                          pack.getGroups(), pack.getBlock());
  conv.getFilterMutable().assign(filter);
  if (pack.use_empty())
    pack.erase();
  conv->setAttr("kernel.schedule", choice.schedule);
  remark::passed(conv.getLoc(), remark::RemarkOpts::name("ChooseKernel").category("schedule"))
      << remark::metric("Winograd", nn::winogradTile(choice.form))
      << remark::metric("PredictedGain", choice.gain);
}

struct ChooseKernel : impl::ChooseKernelBase<ChooseKernel> {
  using Base::Base;
  void runOnOperation() override {
    TargetModel model = TargetModel::forTarget(target);
    getOperation().walk([&](nn::ConvOp conv) {
      // Only the direct kernel has a prologue, or writes every few pixels of a map.
      if (prologueOf(conv) || llvm::any_of(conv->getUsers(), llvm::IsaPred<nn::InterleaveOp>))
        return;
      if (auto choice = chooseWinograd(conv, winograd, model, tasksFor))
        convertToWinograd(conv, *choice);
    });
    getOperation().walk([&](Operation *op) {
      if (op->hasAttr("kernel.schedule"))
        return;
      auto schedule =
          llvm::TypeSwitch<Operation *, kernel::ScheduleAttr>(op)
              .Case([&](nn::ConvOp conv) {
                if (!prologueOf(conv))
                  return scheduleOfConv(conv, model);
                conv->setAttr(prologueAttribute, UnitAttr::get(&getContext()));
                return scheduleWithPrologue(conv, model);
              })
              .Case([&](nn::GemmOp gemm) { return scheduleOfGemm(gemm, model); })
              .Case<nn::MaxPoolOp, nn::AveragePoolOp>(
                  [&](Operation *pool) { return scheduleOfMap(pool, 9); })
              .Case<nn::GlobalAveragePoolOp, nn::GlobalMaxPoolOp, nn::RelayoutOp, nn::PackFilterOp,
                    nn::ResizeOp>(
                  [&](Operation *map) { return scheduleOfMap(map, 2); })
              .Case([&](nn::LocalConvOp conv) { return scheduleOfLocalConv(conv); })
              .Case([&](nn::LrnOp lrn) { return scheduleOfMap(lrn, 40); })
              .Default(kernel::ScheduleAttr());
      if (schedule)
        op->setAttr("kernel.schedule", schedule);
    });
  }
};

} // namespace
} // namespace kiln
