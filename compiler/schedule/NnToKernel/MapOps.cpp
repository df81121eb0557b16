// Convolutions, pools and layouts: the ops with kernels of our own.
#include "compiler/schedule/NnToKernel/KernelBuilder.h"
#include "compiler/schedule/Prologue.h"
#include "dialects/nn/NnResize.h"

#include "mlir/Dialect/Utils/IndexingUtils.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/MathExtras.h"

#include <numeric>

using namespace mlir;

namespace kiln {
namespace {

SmallVector<int64_t> list(const Spatial &spatial) {
  return SmallVector<int64_t>(spatial.begin(), spatial.end());
}

SmallVector<int64_t> origin(Value map) { return list(MapLayout::of(tensorType(map)).begin); }

Value vectorView(KernelBuilder &kernels, Value vector) {
  if (!vector)
    return Value();
  return kernels.plainView(vector, bufferShape(tensorType(vector)));
}

Value packedView(KernelBuilder &kernels, Value filter) {
  return kernels.plainView(filter, bufferShape(tensorType(filter)));
}

/// A packed filter as the matrix that it is: its rows in each block of columns.
Value matrixView(KernelBuilder &kernels, Value filter) {
  SmallVector<int64_t> shape = bufferShape(tensorType(filter));
  if (!cast<nn::PackedAttr>(tensorType(filter).getEncoding()).isRounded())
    shape = {shape[0], computeProduct(ArrayRef(shape).drop_front().drop_back()), channelBlock};
  return kernels.plainView(filter, shape);
}

/// A dense layer over a blocked map: the map is one row, the filter blocks are the columns of a
/// matrix.
LogicalResult emitDense(KernelBuilder &kernels, nn::ConvOp op) {
  int64_t rows = tensorType(op.getInput()).getDimSize(0);
  int64_t inner = bufferBytes(tensorType(op.getInput())) / (rows * sizeof(float));
  Value a = kernels.plainView(op.getInput(), {rows, inner});
  Value b = matrixView(kernels, op.getFilter());
  Value out = kernels.plainView(op.getResult(), {rows, tensorType(op.getResult()).getDimSize(1)});
  kernel::GemmOp::create(kernels.builder, kernels.loc, a, b, vectorView(kernels, op.getBias()), out,
                         op.getActivationAttr(), scheduleOf(op));
  return success();
}

/// What the kernel of a convolution reads in place of its input, and what the prologue is made of;
/// null where it has none.
struct ConvInput {
  Value map;
  nn::ConvOp reader; ///< whose taps read the map
  Value scale, shift;
  SmallVector<Value> depthwise;
  Value scratch;
};

ConvInput inputOf(KernelBuilder &kernels, nn::ConvOp op) {
  std::optional<Prologue> prologue = takenPrologue(op);
  if (!prologue)
    return {op.getInput(), op, {}, {}, {}, {}};
  auto rows = op->getAttrOfType<IntegerAttr>(prologueAttribute);
  int64_t blocks = MapLayout::of(tensorType(prologue->input)).channelBlocks();
  ConvInput input{prologue->input, op, {}, {}, {}, {}};
  input.scratch =
      kernels.allocateTemporary({scheduleOf(op).getTasks(), blocks, 1, rows.getInt(),
                                 MapLayout::of(tensorType(op.getResult())).size[2], channelBlock},
                                kernels.builder.getF32Type());
  if (nn::ConvOp depthwise = prologue->depthwise) {
    input.reader = depthwise;
    input.depthwise.push_back(packedView(kernels, depthwise.getFilter()));
    if (Value bias = vectorView(kernels, depthwise.getBias()))
      input.depthwise.push_back(bias);
    return input;
  }
  input.scale = kernels.plainView(prologue->scale, {blocks * channelBlock});
  input.shift = kernels.plainView(prologue->shift, {blocks * channelBlock});
  return input;
}

/// Where the first tap of output pixel 0 lies in the buffer of the map that the kernel reads.
SmallVector<int64_t> firstTap(nn::ConvOp op, Value map) {
  SmallVector<int64_t> first = origin(map);
  Spatial pads = toSpatial(op.getPads().take_front(op.getSpatialRank()), 0);
  for (int i = 0; i < 3; ++i)
    first[i] -= pads[i];
  return first;
}

/// The form of a convolution that choose-kernel computes by Winograd's algorithm: its filter's, or
/// where the kernel transforms that itself the schedule's.
std::optional<nn::FilterForm> winogradFormOf(nn::ConvOp op) {
  auto schedule = op->getAttrOfType<kernel::WinogradScheduleAttr>("kernel.schedule");
  if (!schedule)
    return std::nullopt;
  if (schedule.getFilterTile() != 0)
    return nn::winogradForm(schedule.getFilterTile());
  return cast<nn::PackedAttr>(tensorType(op.getFilter()).getEncoding()).getForm();
}

/// Scratch buffers have an odd number of lines a point, so that the points of a tile do not meet in
/// few sets of the cache.
LogicalResult emitWinograd(KernelBuilder &kernels, nn::ConvOp op, nn::MaxPoolOp pool = {}) {
  nn::FilterForm form = *winogradFormOf(op);
  auto schedule = op->getAttrOfType<kernel::WinogradScheduleAttr>("kernel.schedule");
  MapLayout in = MapLayout::of(tensorType(op.getInput())),
            out = MapLayout::of(tensorType(op.getResult()));
  Type element = tensorType(op.getInput()).getElementType();
  // One block of tiles: the work is split by filters, all of which read the same transformed input.
  // Of two copies, each of two threads writes its own.
  constexpr int64_t mostCopies = 2;
  auto sizes = nn::WinogradSizes::ofFilter(form, tensorType(op.getFilter()).getShape());
  SmallVector<int64_t> taps = {sizes.depthTaps, sizes.taps[0], sizes.taps[1]};
  int64_t lines = sizes.depthTaps * in.channelBlocks() * schedule.getBlock();
  bool isOneBlock = sizes.tiles(out.batch, out.size) <= schedule.getBlock();
  int64_t tasks = schedule.getTasks(), slices = isOneBlock ? std::gcd(tasks, mostCopies) : tasks;
  Value transformed =
      kernels.allocateTemporary({slices, sizes.points(), lines | 1, channelBlock}, element);
  Value products = kernels.allocateTemporary(
      {tasks, schedule.getPanel() * sizes.points(), schedule.getBlock() | 1, channelBlock},
      element);
  Value residual = op.getResidual();
  Value input = kernels.mapView(op.getInput());
  bool isSplit = isOneBlock && tasks > 1;
  if (isSplit)
    kernel::WinogradInputOp::create(kernels.builder, kernels.loc, input, transformed, form, taps,
                                    firstTap(op, op.getInput()), list(out.size), schedule);
  Value result = pool ? pool.getResult() : op.getResult();
  kernel::WinogradOp::create(
      kernels.builder, kernels.loc, packedView(kernels, op.getFilter()), isSplit ? Value() : input,
      vectorView(kernels, op.getBias()), residual ? kernels.mapView(residual) : Value(),
      kernels.mapView(result), transformed, products, form, taps, in.channels, op.getGroups(),
      out.channels, firstTap(op, op.getInput()), borderOf(op.getInput()), list(out.size),
      origin(result), residual ? origin(residual) : SmallVector<int64_t>(3, 0),
      pool ? pool.getStrides()[0] : 1, op.getActivationAttr(), schedule);
  return success();
}

LogicalResult emitConv(KernelBuilder &kernels, nn::ConvOp op) {
  auto packed = dyn_cast_if_present<nn::PackedAttr>(tensorType(op.getFilter()).getEncoding());
  if (!packed)
    return op.emitOpError("has no kernel for element type ")
           << tensorType(op.getInput()).getElementType();
  if (isDense(op))
    return emitDense(kernels, op);
  if (winogradFormOf(op))
    return emitWinograd(kernels, op);
  ConvInput input = inputOf(kernels, op);
  nn::ConvOp reader = input.reader;
  bool isFused = reader != op;
  MapLayout out = MapLayout::of(tensorType(op.getResult()));
  Value residual = op.getResidual();
  OpBuilder &builder = kernels.builder;
  Weave weave = kernels.weaveOf(op.getResult());
  Location loc = isFused ? builder.getFusedLoc({reader.getLoc(), op.getLoc()}) : kernels.loc;
  kernel::ConvOp::create(
      builder, loc, kernels.mapView(input.map), packedView(kernels, op.getFilter()),
      vectorView(kernels, op.getBias()), residual ? kernels.mapView(residual) : Value(),
      input.scale, input.shift, input.depthwise, input.scratch, kernels.mapView(weave.whole),
      packed.getForm(), MapLayout::of(tensorType(op.getInput())).channels, op.getGroups(),
      out.channels, list(toSpatial(reader.getStrides(), 1)),
      list(toSpatial(reader.getDilations(), 1)), firstTap(reader, input.map), borderOf(input.map),
      list(out.size), list(weave.origin), list(weave.steps),
      residual ? origin(residual) : SmallVector<int64_t>(3, 0), op.getActivationAttr(),
      isFused ? reader.getActivationAttr() : nn::ActivationAttr(), scheduleOf(op),
      isFused ? scheduleOf(reader) : kernel::ScheduleAttr());
  return success();
}

LogicalResult emitLocalConv(KernelBuilder &kernels, nn::LocalConvOp op) {
  if (!layoutOf(tensorType(op.getInput())))
    return op.emitOpError("has no kernel for element type ")
           << tensorType(op.getInput()).getElementType();
  MapLayout in = MapLayout::of(tensorType(op.getInput())),
            out = MapLayout::of(tensorType(op.getResult()));
  Spatial pads = toSpatial(op.getPads().take_front(op.getStrides().size()), 0), first;
  for (int i = 0; i < 3; ++i)
    first[i] = in.begin[i] - pads[i];
  kernel::LocalConvOp::create(kernels.builder, kernels.loc, kernels.mapView(op.getInput()),
                              kernels.plainView(op.getFilter()), kernels.mapView(op.getResult()),
                              in.channels, list(toSpatial(op.getKernelShape(), 1)),
                              list(toSpatial(op.getStrides(), 1)),
                              list(toSpatial(op.getDilations(), 1)), list(first), list(out.size),
                              list(out.begin), scheduleOf(op));
  return success();
}

LogicalResult emitPool(KernelBuilder &kernels, Operation *op, kernel::PoolKind kind, Spatial kernel,
                       Spatial strides, Spatial dilations, ArrayRef<int64_t> pads,
                       bool countIncludePad) {
  Value input = op->getOperand(0), result = op->getResult(0);
  if (!layoutOf(tensorType(input)))
    return op->emitOpError("has no kernel for element type ") << tensorType(input).getElementType();
  MapLayout in = MapLayout::of(tensorType(input)), out = MapLayout::of(tensorType(result));
  size_t rank = pads.size() / 2;
  SmallVector<int64_t> allPads = list(toSpatial(pads.take_front(rank), 0));
  llvm::append_range(allPads, toSpatial(pads.drop_front(rank), 0));
  kernel::PoolOp::create(kernels.builder, kernels.loc, kernels.mapView(input),
                         kernels.mapView(result), kind, list(kernel), list(strides),
                         list(dilations), allPads, list(in.size), list(in.begin), list(out.size),
                         list(out.begin), countIncludePad, scheduleOf(op));
  return success();
}

template <typename PoolOp>
LogicalResult emitWindowPool(KernelBuilder &kernels, PoolOp op, kernel::PoolKind kind,
                             bool countIncludePad) {
  return emitPool(kernels, op, kind, toSpatial(op.getKernelShape(), 1),
                  toSpatial(op.getStrides(), 1), toSpatial(op.getDilations(), 1), op.getPads(),
                  countIncludePad);
}

/// A max pool that its convolution computes with it has both names.
LogicalResult emitMaxPool(KernelBuilder &kernels, nn::MaxPoolOp pool) {
  nn::ConvOp conv = convOfPool(pool);
  if (!conv)
    return emitWindowPool(kernels, pool, kernel::PoolKind::Max, false);
  kernels.loc = kernels.builder.getFusedLoc({conv.getLoc(), pool.getLoc()});
  return emitWinograd(kernels, conv, pool);
}

LogicalResult emitGlobalPool(KernelBuilder &kernels, Operation *op, kernel::PoolKind kind) {
  MapLayout in = MapLayout::of(tensorType(op->getOperand(0)));
  return emitPool(kernels, op, kind, in.size, {1, 1, 1}, {1, 1, 1}, {}, false);
}

LogicalResult emitLrn(KernelBuilder &kernels, nn::LrnOp op) {
  if (!layoutOf(tensorType(op.getInput())))
    return op.emitOpError("has no kernel for element type ")
           << tensorType(op.getInput()).getElementType();
  MapLayout in = MapLayout::of(tensorType(op.getInput()));
  kernel::LrnOp::create(kernels.builder, kernels.loc, kernels.mapView(op.getInput()),
                        kernels.mapView(op.getResult()), in.channels, op.getSize(), op.getAlpha(),
                        op.getBeta(), op.getBias(), list(in.size), origin(op.getInput()),
                        origin(op.getResult()), scheduleOf(op));
  return success();
}

LogicalResult emitResize(KernelBuilder &kernels, nn::ResizeOp op) {
  RankedTensorType input = tensorType(op.getInput());
  if (!layoutOf(input) || !op.getIndices())
    return op.emitOpError("has no kernel for element type ") << input.getElementType();
  Spatial taps = {1, 1, 1};
  int64_t rank = op.getSizes().size();
  for (int64_t i = 0; i < rank; ++i)
    taps[3 - rank + i] = nn::resizeTaps(nn::ResizeOp::Adaptor(op), i);
  bool copies = taps == Spatial{1, 1, 1};
  MapLayout out = MapLayout::of(tensorType(op.getResult()));
  kernel::ResampleOp::create(kernels.builder, kernels.loc, kernels.mapView(op.getInput()),
                             kernels.plainView(op.getIndices()),
                             copies ? Value() : kernels.plainView(op.getWeights()),
                             kernels.mapView(op.getResult()), list(taps), origin(op.getInput()),
                             list(out.size), list(out.begin), scheduleOf(op));
  return success();
}

LogicalResult emitRelayout(KernelBuilder &kernels, nn::RelayoutOp op) {
  RankedTensorType from = tensorType(op.getInput()), to = tensorType(op.getResult());
  if (from.getRank() == 1) {
    Value padded = vectorView(kernels, op.getResult());
    kernels.fillZero(padded);
    kernels.copy(kernels.plainView(op.getInput()),
                 kernels.subview(padded, {0}, {from.getDimSize(0)}));
    return success();
  }
  MapLayout in = MapLayout::of(from), out = MapLayout::of(to);
  if (in.block == out.block) {
    kernels.copy(kernels.interiorView(op.getInput()), kernels.interiorView(op.getResult()));
    return success();
  }
  kernel::RelayoutOp::create(kernels.builder, kernels.loc, kernels.mapView(op.getInput()),
                             kernels.mapView(op.getResult()), in.channels, list(in.size),
                             list(in.begin), list(out.begin), scheduleOf(op));
  return success();
}

LogicalResult emitPack(KernelBuilder &kernels, nn::PackFilterOp op) {
  ArrayRef<int64_t> shape = tensorType(op.getFilter()).getShape();
  SmallVector<int64_t> source(shape);
  if (op.getForm() != nn::FilterForm::Gemm) {
    source.resize(2);
    llvm::append_range(source, toSpatial(shape.drop_front(2), 1));
  }
  kernel::PackFilterOp::create(
      kernels.builder, kernels.loc, kernels.plainView(op.getFilter(), source),
      packedView(kernels, op.getResult()), op.getForm(), op.getGroups(), scheduleOf(op));
  return success();
}

LogicalResult emitGemm(KernelBuilder &kernels, nn::GemmOp op) {
  if (!isa_and_present<nn::PackedAttr>(tensorType(op.getB()).getEncoding()))
    return emitReduction(kernels, op);
  Value b = matrixView(kernels, op.getB());
  kernel::GemmOp::create(kernels.builder, kernels.loc, kernels.plainView(op.getA()), b,
                         vectorView(kernels, op.getC()), kernels.plainView(op.getResult()),
                         op.getActivationAttr(), scheduleOf(op));
  return success();
}

} // namespace

SmallVector<int64_t> borderOf(Value map) {
  MapLayout layout = MapLayout::of(tensorType(map));
  SmallVector<int64_t> border = list(layout.begin);
  llvm::append_range(border, layout.end);
  return border;
}

nn::ConvOp convOfPool(nn::MaxPoolOp pool) {
  auto conv = pool.getInput().getDefiningOp<nn::ConvOp>();
  if (!conv || !conv->hasOneUse() || conv.getResidual() ||
      !kernel::WinogradOp::allowsPool(conv.getActivationAttr()))
    return {};
  std::optional<nn::FilterForm> form = winogradFormOf(conv);
  int64_t side = pool.getStrides()[0];
  auto isSide = [&](int64_t size) { return size == side; };
  auto isZero = [](int64_t pad) { return pad == 0; };
  if (!form || pool.getStrides().size() != 2 || !llvm::all_of(pool.getStrides(), isSide) ||
      !llvm::all_of(pool.getKernelShape(), isSide) || !llvm::all_of(pool.getPads(), isZero) ||
      !llvm::all_of(pool.getDilations(), [](int64_t dilation) { return dilation == 1; }))
    return {};
  auto sizes = nn::WinogradSizes::ofFilter(*form, tensorType(conv.getFilter()).getShape());
  ArrayRef<int64_t> from = tensorType(pool.getInput()).getShape(),
                    to = tensorType(pool.getResult()).getShape();
  // With ceil_mode a last window may be cut.
  bool isFloor = to[2] == from[2] / side && to[3] == from[3] / side;
  return isFloor && llvm::all_of(sizes.tile, [&](int64_t width) { return width % side == 0; })
             ? conv
             : nn::ConvOp();
}

LogicalResult emitMapOp(KernelBuilder &kernels, Operation *op) {
  using kernel::PoolKind;
  return llvm::TypeSwitch<Operation *, LogicalResult>(op)
      .Case([&](nn::ConvOp conv) { return emitConv(kernels, conv); })
      .Case([&](nn::LocalConvOp conv) { return emitLocalConv(kernels, conv); })
      .Case([&](nn::GemmOp gemm) { return emitGemm(kernels, gemm); })
      .Case([&](nn::MaxPoolOp pool) { return emitMaxPool(kernels, pool); })
      .Case([&](nn::AveragePoolOp pool) {
        return emitWindowPool(kernels, pool, PoolKind::Average, pool.getCountIncludePad());
      })
      .Case([&](nn::GlobalMaxPoolOp pool) { return emitGlobalPool(kernels, pool, PoolKind::Max); })
      .Case([&](nn::GlobalAveragePoolOp pool) {
        return emitGlobalPool(kernels, pool, PoolKind::Average);
      })
      .Case([&](nn::LrnOp lrn) { return emitLrn(kernels, lrn); })
      .Case([&](nn::ResizeOp resize) { return emitResize(kernels, resize); })
      .Case([&](nn::RelayoutOp relayout) { return emitRelayout(kernels, relayout); })
      .Case([&](nn::PackFilterOp pack) { return emitPack(kernels, pack); })
      .Default([](Operation *other) { return other->emitOpError("has no kernel"); });
}

} // namespace kiln
