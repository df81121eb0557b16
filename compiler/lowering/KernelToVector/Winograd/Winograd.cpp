// Winograd convolution, for one block of tiles after the other while its intermediate results are
// in the cache:
//
//   for block of tiles                                          the part of this task
//     for channel block, tile:    v[point] = B^T d B            d: vectors of 16 channels, at each
//                                                                  tap in depth
//     for panel of filter blocks
//       for point, filter blocks
//         for tile:               p[point] = sum over channels u[channel] * v[point][channel]
//       for filter block, tile:   output = activation(A^T p A + bias + residual), or of the
//       greatest in each window of a pool
//
// PointProducts multiplies, or TapProducts where filters are not transformed yet. Weights are read
// once, and prefetched: the stream that the processor recognises ends at each page. With groups, a
// block of filters reads the channels of its own.
#include "compiler/lowering/KernelToVector/Activation.h"
#include "compiler/lowering/KernelToVector/Kernels.h"
#include "compiler/lowering/KernelToVector/Winograd/InputTransform.h"
#include "compiler/lowering/KernelToVector/Winograd/LinearTransform.h"
#include "compiler/lowering/KernelToVector/Winograd/PointProducts.h"
#include "compiler/lowering/KernelToVector/Winograd/TapProducts.h"

using namespace mlir;

namespace kiln {
namespace {

/// Whether some taps in depth lie in the border for whole slices of one image.
bool canSkipDepth(kernel::WinogradOp op) {
  return op.getInput() && op.getTaps()[0] > 1 && shapeOf(op.getOutput())[0] == 1 &&
         op.getBorder()[0] + op.getBorder()[3] > 0;
}

/// The taps in depth, and the slices of the input that are no border.
TapRow depthOf(kernel::WinogradOp op) {
  return {op.getTaps()[0], 1, op.getBorder()[0], shapeOf(op.getInput())[2] - op.getBorder()[3]};
}

class WinogradEmitter {
public:
  WinogradEmitter(Emitter &e, kernel::WinogradOp op)
      : e(e), op(op), geometry(op.getSizes(), shapeOf(op.getOutput())[0], op.getOutSize(),
                               op.getSchedule().getBlock()),
        depthTaps(op.getTaps()[0]), channels(op.getChannels() / op.getGroups()),
        filterBlocks(shapeOf(op.getFilter())[0]), pool(op.getPool()),
        downMatrix(matricesFor(0).output), acrossMatrix(matricesFor(1).output),
        filter(e.flat(op.getFilter())), bias(op.getBias()),
        residual(op.getResidual() ? e.flat(op.getResidual()) : Value()),
        output(e.flat(op.getOutput())), transformed(e.flat(op.getTransformed())),
        products(e.flat(op.getProducts())),
        outputWalk(walkOf(op.getOutput(), op.getOutOrigin(), {1, 1, 1})),
        filterSteps(stridesOf(op.getFilter())), transformedSteps(stridesOf(op.getTransformed())),
        productSteps(stridesOf(op.getProducts())) {
    if (residual)
      residualWalk = walkOf(op.getResidual(), op.getResidualOrigin(), {1, 1, 1});
  }

  void emit();

private:
  WinogradMatrices matricesFor(int dimension);
  void emitBlock(InputTransform &transform, Value block);
  IndexRange depthTapsInMap(Value firstTile, Value count);
  void emitFilters(IndexRange filters, Value firstTile, Value isFull);
  Value productsAt(IndexRange panel, Value filterBlock, Value point);
  Value filterAt(Value filterBlock, Value point);
  Value inputAt(Value filterBlock);
  void multiplyTaps(IndexRange panel, int64_t count);
  void multiply(IndexRange panel, int64_t count);
  Value weightsAhead(IndexRange panel, Value filterBlock, Value point);
  void multiplyPoint(IndexRange panel, Value first, int64_t together, Value point, int64_t count);

  void transformProducts(Value filterBlock, Value productsAt, Value firstTile, Value count);
  SmallVector<SmallVector<Value>> halfTransformed(Value at);
  void storeColumn(ArrayRef<SmallVector<Value>> half, const TilePlace &place, Value block,
                   int64_t column);
  Value greatest(ArrayRef<Value> window);
  void storePixel(Value sum, Value outputAt, Value residualAt);

  Emitter &e;
  kernel::WinogradOp op;
  WinogradGeometry geometry;
  int64_t depthTaps;
  int64_t channels; ///< of a group
  int64_t filterBlocks;
  int64_t pool;                    ///< side of the windows, 1 for none
  Matrix downMatrix, acrossMatrix; ///< A^T for columns and for rows of products
  Value filter, bias, residual, output, transformed, products;
  MapWalk outputWalk, residualWalk;
  SmallVector<int64_t> filterSteps, transformedSteps, productSteps;
  Value transformedSlice, productSlice; ///< where the slices of this task begin
  IndexRange depthTapsAtHand;           ///< of the block of tiles
  Value firstFilters; ///< first filter block of this task, where tasks have filters
  Value biasVector;   ///< of the filter block at hand
};

WinogradMatrices WinogradEmitter::matricesFor(int dimension) {
  auto matrices = WinogradMatrices::of(geometry.tile[dimension], op.getTaps()[1 + dimension]);
  return op.transformsFilter() ? matrices.withSimpleFilter() : matrices;
}

void WinogradEmitter::emit() {
  int64_t tasks = op.getSchedule().getTasks();
  Value task = tasks == 1 ? e.index(0) : e.task;
  productSlice = e.mul(task, productSteps[0]);
  if (!op.getInput()) {
    int64_t copies = shapeOf(op.getTransformed())[0];
    transformedSlice = e.mul(e.div(e.mul(task, copies), tasks), transformedSteps[0]);
    IndexRange filters = e.taskRange(tasks, filterBlocks);
    firstFilters = filters.begin;
    depthTapsAtHand = {e.index(0), e.index(depthTaps)};
    emitFilters(filters, e.index(0), e.less(e.index(0), e.index(0)));
    return;
  }
  transformedSlice = e.mul(task, transformedSteps[0]);
  InputTransform transform(e, geometry, op.getSizes(), op.getInput(), op.getOrigin(),
                           op.getTransformed(), op.getChannels());
  e.forEachUnit(tasks, {geometry.blocks}, [&](ArrayRef<Value> at) { emitBlock(transform, at[0]); });
}

void WinogradEmitter::emitBlock(InputTransform &transform, Value block) {
  Value firstTile = e.mul(block, geometry.block);
  Value isFull = e.less(block, e.index(geometry.tiles / geometry.block));
  Value count = e.choose(isFull, e.index(geometry.block), e.index(geometry.lastBlock()));
  depthTapsAtHand = depthTapsInMap(firstTile, count);
  int64_t blocks = transform.channelBlocks() / depthTaps;
  e.forEach({e.mul(depthTapsAtHand.begin, blocks), e.mul(depthTapsAtHand.end, blocks)},
            [&](Value channelBlock) {
              transform.emit(channelBlock, firstTile, count, transformedSlice);
            });
  emitFilters({e.index(0), e.index(filterBlocks)}, firstTile, isFull);
}

/// The taps in depth that not all tiles of a block have in the border.
IndexRange WinogradEmitter::depthTapsInMap(Value firstTile, Value count) {
  if (!canSkipDepth(op))
    return {e.index(0), e.index(depthTaps)};
  Value last = e.sub(e.add(firstTile, count), e.index(1));
  auto firstTap = [&](Value tile) {
    return e.add(e.div(tile, geometry.tilesOfSlice()), op.getOrigin()[0]);
  };
  return depthOf(op).inMap(e, firstTap(firstTile), firstTap(last));
}

/// Products and outputs of blocks of filters for a block of tiles, full or the last one.
void WinogradEmitter::emitFilters(IndexRange filters, Value firstTile, Value isFull) {
  Value count = e.choose(isFull, e.index(geometry.block), e.index(geometry.lastBlock()));
  int64_t size = op.getSchedule().getPanel();
  e.forEach(
      filters,
      [&](Value first) {
        IndexRange panel = {first, size == 1 ? e.add(first, 1)
                                             : e.atMost(e.add(first, size), filters.end)};
        e.branch(
            isFull, [&] { multiply(panel, geometry.block); },
            [&] { multiply(panel, geometry.lastBlock()); });
        e.forEach(panel, [&](Value filterBlock) {
          transformProducts(filterBlock, productsAt(panel, filterBlock, e.index(0)), firstTile,
                            count);
        });
      },
      size);
}

/// Where the products of a point with a block of filters of the panel begin.
Value WinogradEmitter::productsAt(IndexRange panel, Value filterBlock, Value point) {
  Value number = e.add(e.mul(e.sub(filterBlock, panel.begin), geometry.points), point);
  return e.add(productSlice, e.mul(number, productSteps[1]));
}

Value WinogradEmitter::filterAt(Value filterBlock, Value point) {
  return e.add(e.mul(filterBlock, filterSteps[0]), e.mul(point, filterSteps[1]));
}

/// Where the transformed input of a block of filters begins.
Value WinogradEmitter::inputAt(Value filterBlock) {
  if (op.getGroups() == 1)
    return transformedSlice;
  Value group = e.div(filterBlock, filterBlocks / op.getGroups());
  return e.add(transformedSlice, e.mul(group, channels * geometry.block));
}

/// The products of a panel whose filters are transformed on the way.
void WinogradEmitter::multiplyTaps(IndexRange panel, int64_t count) {
  TapProducts tapProducts(e, op, geometry);
  e.forEach(panel, [&](Value filterBlock) {
    Value comesFromAfar =
        firstFilters ? arith::CmpIOp::create(e, arith::CmpIPredicate::eq, filterBlock, firstFilters)
                           .getResult()
                     : Value();
    tapProducts.emit(filterBlock, inputAt(filterBlock), productsAt(panel, filterBlock, e.index(0)),
                     count, comesFromAfar);
  });
}

/// All points of a block of `count` tiles times a panel of filters.
void WinogradEmitter::multiply(IndexRange panel, int64_t count) {
  if (op.transformsFilter())
    return multiplyTaps(panel, count);
  int64_t together = op.getSchedule().getFilters();
  e.forEach(geometry.points, [&](Value point) {
    e.forEach(
        panel,
        [&](Value first) {
          if (together == 1)
            return multiplyPoint(panel, first, 1, point, count);
          Value end = e.add(first, together);
          e.branch(
              e.less(panel.end, end),
              [&] {
                e.forEach({first, panel.end}, [&](Value filterBlock) {
                  multiplyPoint(panel, filterBlock, 1, point, count);
                });
              },
              [&] { multiplyPoint(panel, first, together, point, count); });
        },
        together);
  });
}

/// The weights that come so much later that even memory under load delivers them in time.
Value WinogradEmitter::weightsAhead(IndexRange panel, Value filterBlock, Value point) {
  constexpr int64_t distance = 8192;
  int64_t size = op.getSchedule().getPanel();
  if (size == 1)
    return e.add(filterAt(filterBlock, point), distance);
  int64_t together = op.getSchedule().getFilters();
  int64_t steps = llvm::divideCeilSigned(distance, together * filterSteps[1]);
  Value number = e.add(e.sub(filterBlock, panel.begin), steps * together);
  return filterAt(e.add(panel.begin, e.rem(number, size)), e.add(point, e.div(number, size)));
}

/// A point of `together` blocks of filters.
void WinogradEmitter::multiplyPoint(IndexRange panel, Value first, int64_t together, Value point,
                                    int64_t count) {
  SmallVector<FilterPlace> places;
  for (int64_t i = 0; i < together; ++i) {
    Value filterBlock = e.add(first, i);
    places.push_back({filterAt(filterBlock, point), weightsAhead(panel, filterBlock, point),
                      productsAt(panel, filterBlock, point)});
  }
  PointProducts pointProducts{e, op, geometry, filter, transformed, products};
  pointProducts.emit(e.add(inputAt(first), e.mul(point, transformedSteps[1])), places, count,
                     depthTapsAtHand);
}

void WinogradEmitter::transformProducts(Value filterBlock, Value productsAt, Value firstTile,
                                        Value count) {
  if (bias)
    biasVector = e.loadVector(bias, e.mul(filterBlock, kLanes));
  e.forEach({e.index(0), count}, [&](Value tile) {
    TilePlace place = geometry.place(e, e.add(firstTile, tile));
    SmallVector<SmallVector<Value>> half = halfTransformed(e.add(productsAt, e.mul(tile, kLanes)));
    for (int64_t column = 0; column < geometry.tile[1] / pool; ++column) {
      auto store = [&] { storeColumn(half, place, filterBlock, column); };
      if (column < geometry.columns.rest / pool)
        store();
      else
        e.branch(
            place.isLastColumn, [] {}, store);
    }
  });
}

/// p A: A^T applied to each row of products.
SmallVector<SmallVector<Value>> WinogradEmitter::halfTransformed(Value at) {
  SmallVector<SmallVector<Value>> half;
  for (int64_t row = 0; row < geometry.extent[0]; ++row) {
    SmallVector<Value> sums;
    for (int64_t column = 0; column < geometry.extent[1]; ++column)
      sums.push_back(
          e.loadVector(products, e.add(at, (row * geometry.extent[1] + column) * productSteps[1])));
    half.push_back(applyMatrix(e, acrossMatrix, sums));
  }
  return half;
}

/// Column `column` of what a tile gives: A^T, pool, bias, residual, activation. Rows that overhang
/// the map are dropped.
void WinogradEmitter::storeColumn(ArrayRef<SmallVector<Value>> half, const TilePlace &place,
                                  Value block, int64_t column) {
  Value outputAt =
      e.add(geometry.mapOffset(e, outputWalk, place, block, pool), column * outputWalk.pixel[2]);
  Value residualAt;
  if (residual)
    residualAt =
        e.add(geometry.mapOffset(e, residualWalk, place, block), column * residualWalk.pixel[2]);
  SmallVector<SmallVector<Value>> pixels;
  for (int64_t i = column * pool; i < (column + 1) * pool; ++i)
    pixels.push_back(applyMatrix(
        e, downMatrix, llvm::map_to_vector(half, [&](const auto &row) { return row[i]; })));
  auto storeRows = [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      SmallVector<Value> window;
      for (ArrayRef<Value> line : pixels)
        llvm::append_range(window, line.slice(row * pool, pool));
      storePixel(greatest(window), e.add(outputAt, row * outputWalk.pixel[1]),
                 residual ? e.add(residualAt, row * residualWalk.pixel[1]) : Value());
    }
  };
  int64_t rows = geometry.tile[0] / pool, rest = geometry.rows.rest / pool;
  storeRows(0, rest);
  if (rest < rows)
    e.branch(
        place.isLastRow, [] {}, [&] { storeRows(rest, rows); });
}

/// The maximum, or NaN where there is one. A maximum instruction would lose it; two pixels are
/// looked at together.
Value WinogradEmitter::greatest(ArrayRef<Value> window) {
  Value most = window[0], isNaN;
  for (Value pixel : window.drop_front())
    most = arith::SelectOp::create(
        e, arith::CmpFOp::create(e, arith::CmpFPredicate::OGT, pixel, most), pixel, most);
  if (window.size() == 1)
    return most;
  for (size_t i = 0; i < window.size(); i += 2) {
    Value pair = arith::CmpFOp::create(e, arith::CmpFPredicate::UNO, window[i],
                                       window[std::min(i + 1, window.size() - 1)]);
    isNaN = isNaN ? arith::OrIOp::create(e, isNaN, pair).getResult() : pair;
  }
  return arith::SelectOp::create(
      e, isNaN, e.constant(most.getType(), std::numeric_limits<double>::quiet_NaN()), most);
}

void WinogradEmitter::storePixel(Value sum, Value outputAt, Value residualAt) {
  Value value = bias ? arith::AddFOp::create(e, sum, biasVector).getResult() : sum;
  if (residual)
    value = arith::AddFOp::create(e, value, e.loadVector(residual, residualAt));
  e.store(emitActivation(e, op.getActivationAttr(), value), output, outputAt);
}

} // namespace

int64_t multipliedDepthTaps(kernel::WinogradOp op) {
  WinogradGeometry geometry(op.getSizes(), shapeOf(op.getOutput())[0], op.getOutSize(),
                            op.getSchedule().getBlock());
  if (!canSkipDepth(op))
    return geometry.tiles * op.getTaps()[0];
  int64_t result = 0;
  for (int64_t first = 0; first < geometry.tiles; first += geometry.block) {
    int64_t count = std::min(geometry.block, geometry.tiles - first);
    auto firstTap = [&](int64_t tile) {
      return tile / geometry.tilesOfSlice() + op.getOrigin()[0];
    };
    result += count * depthOf(op).countInMap(firstTap(first), firstTap(first + count - 1));
  }
  return result;
}

void emitWinograd(Emitter &e, kernel::WinogradOp op) { WinogradEmitter(e, op).emit(); }

} // namespace kiln
