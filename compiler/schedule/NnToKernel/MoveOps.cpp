// Ops that move elements: copies between views, with the rearrangement in the view or in the index
// map.
#include "compiler/schedule/NnToKernel/KernelBuilder.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace kiln {
namespace {

using Sizes = SmallVector<int64_t>;

void copyThrough(KernelBuilder &kernels, Value from, Value to, AffineMap map) {
  kernels.parallel(from, to, map,
                   [](OpBuilder &, Location, ValueRange elements) { return elements[0]; });
}

/// `result[i] = source[start + i * step]` in every dimension: a view of the elements in ascending
/// order, which the index map then walks backwards where a step is negative, or stays on where it
/// is 0.
void copyStrided(KernelBuilder &kernels, Value source, Value result, ArrayRef<int64_t> starts,
                 ArrayRef<int64_t> steps) {
  OpBuilder &builder = kernels.builder;
  Sizes offsets, sizes(cast<MemRefType>(result.getType()).getShape()), strides;
  SmallVector<AffineExpr> exprs;
  for (auto [i, start, step] : llvm::enumerate(starts, steps)) {
    AffineExpr dim = builder.getAffineDimExpr(i);
    exprs.push_back(step > 0   ? dim
                    : step < 0 ? sizes[i] - 1 - dim
                               : builder.getAffineConstantExpr(0));
    offsets.push_back(step < 0 ? start + (sizes[i] - 1) * step : start);
    strides.push_back(step == 0 ? 1 : std::abs(step));
    if (step == 0)
      sizes[i] = 1;
  }
  Value view = memref::SubViewOp::create(builder, kernels.loc, source, offsets, sizes, strides);
  copyThrough(kernels, view, result, AffineMap::get(starts.size(), 0, exprs, builder.getContext()));
}

void copyPermuted(KernelBuilder &kernels, Value source, Value result, ArrayRef<int64_t> perm) {
  OpBuilder &builder = kernels.builder;
  SmallVector<AffineExpr> exprs(perm.size());
  for (auto [to, from] : llvm::enumerate(perm))
    exprs[from] = builder.getAffineDimExpr(to);
  copyThrough(kernels, source, result, AffineMap::get(perm.size(), 0, exprs, builder.getContext()));
}

LogicalResult emitConcat(KernelBuilder &kernels, nn::ConcatOp op) {
  bool isMap = static_cast<bool>(layoutOf(tensorType(op.getResult())));
  Value whole = isMap ? kernels.interiorView(op.getResult()) : kernels.plainView(op.getResult());
  Buffer place = kernels.bufferOf(op.getResult());
  Sizes offsets(cast<MemRefType>(whole.getType()).getRank(), 0);
  for (Value part : op.getInputs()) {
    Value view = isMap ? kernels.interiorView(part) : kernels.plainView(part);
    auto shape = cast<MemRefType>(view.getType()).getShape();
    Buffer home = kernels.bufferOf(part);
    // A part that was computed in its place needs no copy; the same part twice has one place only.
    bool isInPlace = isMap && home.bytes == place.bytes && home.offset == place.offset;
    if (!isInPlace && tensorType(part).getNumElements() != 0)
      kernels.copy(view, kernels.subview(whole, offsets, shape));
    offsets[op.getAxis()] += shape[op.getAxis()];
    if (isMap)
      place.offset += bytesInWhole(part, tensorType(op.getResult()));
  }
  return success();
}

LogicalResult emitInterleave(KernelBuilder &kernels, nn::InterleaveOp op) {
  bool isMap = static_cast<bool>(layoutOf(tensorType(op.getResult())));
  Value whole = isMap ? kernels.interiorView(op.getResult()) : kernels.plainView(op.getResult());
  // The view of a map has three spatial dimensions whatever its rank.
  size_t rank = op.getSteps().size(), skipped = isMap ? 3 - rank : 0;
  for (auto [index, part] : llvm::enumerate(op.getInputs())) {
    if (kernels.isWoven(part) || tensorType(part).getNumElements() == 0)
      continue;
    Value view = isMap ? kernels.interiorView(part) : kernels.plainView(part);
    auto shape = cast<MemRefType>(view.getType()).getShape();
    Sizes offsets(shape.size(), 0), strides(shape.size(), 1);
    for (auto [dim, residue] : llvm::enumerate(op.residues(static_cast<int64_t>(index)))) {
      offsets[2 + skipped + dim] = residue;
      strides[2 + skipped + dim] = op.getSteps()[dim];
    }
    kernels.copy(view, memref::SubViewOp::create(kernels.builder, kernels.loc, whole, offsets,
                                                 shape, strides));
  }
  return success();
}

LogicalResult emitSplit(KernelBuilder &kernels, nn::SplitOp op) {
  Sizes offsets(tensorType(op.getInput()).getRank(), 0);
  for (Value part : op.getOutputs()) {
    ArrayRef<int64_t> shape = tensorType(part).getShape();
    if (tensorType(part).getNumElements() != 0)
      kernels.copy(kernels.subview(kernels.plainView(op.getInput()), offsets, shape),
                   kernels.plainView(part));
    offsets[op.getAxis()] += shape[op.getAxis()];
  }
  return success();
}

TypedAttr padValue(OpBuilder &builder, nn::PadOp op) {
  Type element = storageType(tensorType(op.getInput()).getElementType());
  if (isa<FloatType>(element))
    return cast<TypedAttr>(builder.getFloatAttr(element, op.getValue().convertToDouble()));
  return builder.getIntegerAttr(element, static_cast<int64_t>(op.getValue().convertToDouble()));
}

/// Fills one side of one dimension from what lies inside already: mirrored for reflect, the
/// outermost slice for edge.
void padSide(KernelBuilder &kernels, nn::PadOp op, Value result, int64_t dim, int64_t width,
             bool isEnd) {
  int64_t rank = tensorType(op.getResult()).getRank();
  Sizes shape(tensorType(op.getResult()).getShape()), starts(rank, 0), steps(rank, 1),
      offsets(rank, 0);
  int64_t begin = op.getPads()[dim], size = tensorType(op.getInput()).getDimSize(dim);
  bool isReflect = op.getMode() == nn::PadMode::Reflect;
  shape[dim] = width;
  offsets[dim] = isEnd ? begin + size : 0;
  // Along the dimension, position i of the side reads position `start + i * step` of the result.
  steps[dim] = isReflect ? -1 : 0;
  if (isReflect)
    starts[dim] = isEnd ? begin + size - 2 : 2 * begin;
  else
    starts[dim] = isEnd ? begin + size - 1 : begin;
  copyStrided(kernels, result, kernels.subview(result, offsets, shape), starts, steps);
}

LogicalResult emitPad(KernelBuilder &kernels, nn::PadOp op) {
  RankedTensorType input = tensorType(op.getInput());
  int64_t rank = input.getRank();
  Value result = kernels.plainView(op.getResult());
  Sizes begins(op.getPads().take_front(rank)), ends(op.getPads().drop_front(rank));
  if (op.getMode() == nn::PadMode::Constant)
    kernels.fill(result, padValue(kernels.builder, op));
  if (input.getNumElements() == 0)
    return success();
  kernels.copy(kernels.plainView(op.getInput()), kernels.subview(result, begins, input.getShape()));
  if (op.getMode() == nn::PadMode::Constant)
    return success();
  // Later dimensions copy what earlier ones have filled; what is not filled yet is overwritten in
  // its turn.
  for (int64_t dim = 0; dim < rank; ++dim) {
    if (begins[dim])
      padSide(kernels, op, result, dim, begins[dim], false);
    if (ends[dim])
      padSide(kernels, op, result, dim, ends[dim], true);
  }
  return success();
}

LogicalResult emitExpand(KernelBuilder &kernels, nn::ExpandOp op) {
  OpBuilder &builder = kernels.builder;
  RankedTensorType input = tensorType(op.getInput()), result = tensorType(op.getResult());
  SmallVector<AffineExpr> exprs;
  for (auto [i, size] : llvm::enumerate(input.getShape()))
    exprs.push_back(size == 1 ? builder.getAffineConstantExpr(0)
                              : builder.getAffineDimExpr(result.getRank() - input.getRank() + i));
  copyThrough(kernels, kernels.plainView(op.getInput()), kernels.plainView(op.getResult()),
              AffineMap::get(result.getRank(), 0, exprs, builder.getContext()));
  return success();
}

/// The data is [outer][axis][inner], the result [outer][indices][inner]; indices are read inside
/// the body.
LogicalResult emitGather(KernelBuilder &kernels, nn::GatherOp op) {
  ArrayRef<int64_t> shape = tensorType(op.getData()).getShape();
  int64_t outer = 1, inner = 1, size = shape[op.getAxis()];
  for (auto [i, extent] : llvm::enumerate(shape))
    (int64_t(i) < op.getAxis() ? outer : inner) *= int64_t(i) == op.getAxis() ? 1 : extent;
  int64_t count = tensorType(op.getIndices()).getNumElements();
  Value data = kernels.plainView(op.getData(), {outer, size, inner});
  Value indices = kernels.plainView(op.getIndices(), {count});
  AffineMap indexMap = AffineMap::get(3, 0, kernels.builder.getAffineDimExpr(1));
  kernels.parallel(
      indices, kernels.plainView(op.getResult(), {outer, count, inner}), indexMap,
      [&](OpBuilder &b, Location loc, ValueRange elements) -> Value {
        Value index = arith::IndexCastOp::create(b, loc, b.getIndexType(), elements[0]);
        Value zero = arith::ConstantIndexOp::create(b, loc, 0);
        Value extent = arith::ConstantIndexOp::create(b, loc, size);
        Value last = arith::ConstantIndexOp::create(b, loc, size - 1);
        Value isNegative = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, index, zero);
        Value fromEnd = arith::AddIOp::create(b, loc, index, extent);
        index = arith::SelectOp::create(b, loc, isNegative, fromEnd, index);
        index = arith::MinSIOp::create(b, loc, arith::MaxSIOp::create(b, loc, index, zero), last);
        Value row = linalg::IndexOp::create(b, loc, 0), column = linalg::IndexOp::create(b, loc, 2);
        return memref::LoadOp::create(b, loc, data, ValueRange{row, index, column});
      });
  return success();
}

/// N x C x H x W seen as N x C x H/b x b x W/b x b, permuted to N x b x b x C x H/b x W/b.
LogicalResult emitSpaceToDepth(KernelBuilder &kernels, nn::SpaceToDepthOp op) {
  ArrayRef<int64_t> in = tensorType(op.getInput()).getShape();
  int64_t b = op.getBlocksize(), height = in[2] / b, width = in[3] / b;
  copyPermuted(kernels, kernels.plainView(op.getInput(), {in[0], in[1], height, b, width, b}),
               kernels.plainView(op.getResult(), {in[0], b, b, in[1], height, width}),
               {0, 3, 5, 1, 2, 4});
  return success();
}

LogicalResult emitDepthToSpace(KernelBuilder &kernels, nn::DepthToSpaceOp op) {
  ArrayRef<int64_t> in = tensorType(op.getInput()).getShape();
  int64_t b = op.getBlocksize(), channels = in[1] / (b * b);
  bool isDcr = op.getMode() == nn::DepthMode::DCR;
  Sizes source = isDcr ? Sizes{in[0], b, b, channels, in[2], in[3]}
                       : Sizes{in[0], channels, b, b, in[2], in[3]};
  Sizes perm = isDcr ? Sizes{0, 3, 4, 1, 5, 2} : Sizes{0, 1, 4, 2, 5, 3};
  copyPermuted(kernels, kernels.plainView(op.getInput(), source),
               kernels.plainView(op.getResult(), {in[0], channels, in[2], b, in[3], b}), perm);
  return success();
}

} // namespace

LogicalResult emitMove(KernelBuilder &kernels, Operation *op) {
  return llvm::TypeSwitch<Operation *, LogicalResult>(op)
      .Case([&](nn::ConcatOp concat) { return emitConcat(kernels, concat); })
      .Case([&](nn::InterleaveOp weave) { return emitInterleave(kernels, weave); })
      .Case([&](nn::SplitOp split) { return emitSplit(kernels, split); })
      .Case([&](nn::SliceOp slice) {
        if (tensorType(slice.getResult()).getNumElements() == 0)
          return success();
        copyStrided(kernels, kernels.plainView(slice.getInput()),
                    kernels.plainView(slice.getResult()), slice.getStarts(), slice.getSteps());
        return success();
      })
      .Case([&](nn::PadOp pad) { return emitPad(kernels, pad); })
      .Case([&](nn::ReshapeOp reshape) {
        ArrayRef<int64_t> shape = tensorType(reshape.getResult()).getShape();
        kernels.copy(kernels.plainView(reshape.getInput(), shape),
                     kernels.plainView(reshape.getResult()));
        return success();
      })
      .Case([&](nn::TransposeOp transpose) {
        copyPermuted(kernels, kernels.plainView(transpose.getInput()),
                     kernels.plainView(transpose.getResult()), transpose.getPerm());
        return success();
      })
      .Case([&](nn::ExpandOp expand) { return emitExpand(kernels, expand); })
      .Case([&](nn::GatherOp gather) { return emitGather(kernels, gather); })
      .Case([&](nn::SpaceToDepthOp move) { return emitSpaceToDepth(kernels, move); })
      .Case([&](nn::DepthToSpaceOp move) { return emitDepthToSpace(kernels, move); })
      .Default([](Operation *other) { return other->emitOpError("has no kernel"); });
}

} // namespace kiln
