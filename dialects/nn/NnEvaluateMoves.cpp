// Ops that move elements: most are a strided view of their operand, the rest copies whole runs.
#include "dialects/nn/NnElements.h"
#include "dialects/nn/NnEvaluate.h"
#include "dialects/nn/NnShapeInference.h"

#include "llvm/ADT/TypeSwitch.h"

#include <cstring>
#include <numeric>

using namespace mlir;

namespace kiln::nn {

//---- Views

static SmallVector<int64_t> rowMajorStrides(ArrayRef<int64_t> shape) {
  SmallVector<int64_t> strides(shape.size(), 1);
  for (size_t dim = shape.size(); dim-- > 1;)
    strides[dim - 1] = strides[dim] * shape[dim];
  return strides;
}

static int64_t product(ArrayRef<int64_t> sizes) {
  return std::accumulate(sizes.begin(), sizes.end(), int64_t(1), std::multiplies<>());
}

StridedView StridedView::whole(ArrayRef<int64_t> shape) {
  return {0, SmallVector<int64_t>(shape), rowMajorStrides(shape)};
}

StridedView StridedView::broadcast(ArrayRef<int64_t> shape, ArrayRef<int64_t> to) {
  StridedView view{0, SmallVector<int64_t>(to), SmallVector<int64_t>(to.size(), 0)};
  SmallVector<int64_t> strides = rowMajorStrides(shape);
  for (size_t dim = 0; dim < shape.size(); ++dim)
    if (shape[dim] != 1)
      view.strides[to.size() - shape.size() + dim] = strides[dim];
  return view;
}

void StridedView::forEachRow(llvm::function_ref<void(int64_t, int64_t, int64_t)> row) const {
  if (llvm::is_contained(sizes, 0))
    return;
  if (sizes.empty())
    return row(offset, 1, 1);
  size_t outer = sizes.size() - 1;
  SmallVector<int64_t> position(outer, 0);
  for (int64_t first = offset;;) {
    row(first, sizes.back(), strides.back());
    size_t dim = outer;
    while (dim > 0 && ++position[dim - 1] == sizes[dim - 1]) {
      first -= (sizes[dim - 1] - 1) * strides[dim - 1];
      position[--dim] = 0;
    }
    if (dim == 0)
      return;
    first += strides[dim - 1];
  }
}

static StridedView permuted(const StridedView &view, ArrayRef<int64_t> perm) {
  StridedView result{view.offset, {}, {}};
  for (int64_t dim : perm) {
    result.sizes.push_back(view.sizes[dim]);
    result.strides.push_back(view.strides[dim]);
  }
  return result;
}

static StridedView sliceView(SliceOp op) {
  StridedView view = StridedView::whole(op.getInput().getType().getShape());
  for (size_t dim = 0; dim < view.sizes.size(); ++dim) {
    view.offset += op.getStarts()[dim] * view.strides[dim];
    view.strides[dim] *= op.getSteps()[dim];
    view.sizes[dim] = op.getSizes()[dim];
  }
  return view;
}

static StridedView splitView(SplitOp op, unsigned part) {
  int64_t axis = op.getAxis();
  StridedView view = StridedView::whole(op.getInput().getType().getShape());
  for (Value earlier : op.getOutputs().take_front(part))
    view.offset += tensorOf(earlier).getDimSize(axis) * view.strides[axis];
  view.sizes[axis] = tensorOf(op.getOutputs()[part]).getDimSize(axis);
  return view;
}

static StridedView spaceToDepthView(SpaceToDepthOp op) {
  ArrayRef<int64_t> in = op.getInput().getType().getShape();
  int64_t b = op.getBlocksize();
  StridedView blocks = StridedView::whole({in[0], in[1], in[2] / b, b, in[3] / b, b});
  return permuted(blocks, {0, 3, 5, 1, 2, 4});
}

static StridedView depthToSpaceView(DepthToSpaceOp op) {
  ArrayRef<int64_t> in = op.getInput().getType().getShape();
  int64_t b = op.getBlocksize(), c = in[1] / (b * b);
  if (op.getMode() == DepthMode::DCR)
    return permuted(StridedView::whole({in[0], b, b, c, in[2], in[3]}), {0, 3, 4, 1, 5, 2});
  return permuted(StridedView::whole({in[0], c, b, b, in[2], in[3]}), {0, 1, 4, 2, 5, 3});
}

std::optional<StridedView> viewOfOperand(Operation *op, unsigned result) {
  using View = std::optional<StridedView>;
  return llvm::TypeSwitch<Operation *, View>(op)
      .Case<ReshapeOp, IdentityOp, DropoutOp, RelayoutOp>([](auto same) -> View {
        return StridedView::whole(tensorOf(same->getResult(0)).getShape());
      })
      .Case([](TransposeOp transpose) -> View {
        return permuted(StridedView::whole(transpose.getInput().getType().getShape()),
                        transpose.getPerm());
      })
      .Case([](ExpandOp expand) -> View {
        return StridedView::broadcast(expand.getInput().getType().getShape(),
                                      expand.getResult().getType().getShape());
      })
      .Case([](SliceOp slice) -> View { return sliceView(slice); })
      .Case([&](SplitOp split) -> View { return splitView(split, result); })
      .Case([](SpaceToDepthOp move) -> View { return spaceToDepthView(move); })
      .Case([](DepthToSpaceOp move) -> View { return depthToSpaceView(move); })
      .Default([](Operation *) -> View { return std::nullopt; });
}

/// Writes the elements of a view one after another; returns the end of what it wrote.
static char *copyView(const StridedView &view, int64_t bytes, const char *source, char *out) {
  view.forEachRow([&](int64_t first, int64_t count, int64_t stride) {
    if (stride == 1) {
      std::memcpy(out, source + first * bytes, count * bytes);
      out += count * bytes;
      return;
    }
    for (int64_t i = 0; i < count; ++i, out += bytes)
      std::memcpy(out, source + (first + i * stride) * bytes, bytes);
  });
  return out;
}

//---- Runs

static void evaluateConcat(ConcatOp op, ArrayRef<const char *> operands, char *result) {
  RankedTensorType type = op.getResult().getType();
  int64_t outer = product(type.getShape().take_front(op.getAxis()));
  int64_t bytes = elementBytes(type.getElementType());
  for (int64_t i = 0; i < outer; ++i)
    for (auto [input, data] : llvm::zip_equal(op.getInputs(), operands)) {
      int64_t run = product(tensorOf(input).getShape().drop_front(op.getAxis())) * bytes;
      if (run != 0)
        std::memcpy(result, data + i * run, run);
      result += run;
    }
}

static void evaluateInterleave(InterleaveOp op, ArrayRef<const char *> operands, char *result) {
  RankedTensorType type = op.getResult().getType();
  int64_t bytes = elementBytes(type.getElementType());
  StridedView whole = StridedView::whole(type.getShape());
  for (auto [index, input] : llvm::enumerate(op.getInputs())) {
    StridedView part = whole;
    part.sizes.assign(tensorOf(input).getShape().begin(), tensorOf(input).getShape().end());
    for (auto [dim, residue] : llvm::enumerate(op.residues(static_cast<int64_t>(index)))) {
      part.offset += residue * whole.strides[2 + dim];
      part.strides[2 + dim] *= op.getSteps()[dim];
    }
    const char *from = operands[index];
    part.forEachRow([&](int64_t first, int64_t count, int64_t stride) {
      for (int64_t i = 0; i < count; ++i, from += bytes)
        std::memcpy(result + (first + i * stride) * bytes, from, bytes);
    });
  }
}

static void evaluateGather(GatherOp op, ArrayRef<const char *> operands, char *result) {
  RankedTensorType data = op.getData().getType(), indexType = op.getIndices().getType();
  int64_t size = data.getDimSize(op.getAxis());
  int64_t outer = product(data.getShape().take_front(op.getAxis()));
  int64_t run =
      product(data.getShape().drop_front(op.getAxis() + 1)) * elementBytes(data.getElementType());
  SmallVector<int64_t> indices(indexType.getNumElements());
  loadIntegers(indexType.getElementType(), operands[1], indices.size(), indices.data());
  if (run == 0)
    return;
  for (int64_t i = 0; i < outer; ++i)
    for (int64_t index : indices) {
      int64_t position = std::clamp<int64_t>(index < 0 ? index + size : index, 0, size - 1);
      std::memcpy(result, operands[0] + (i * size + position) * run, run);
      result += run;
    }
}

/// The position that nn.pad reads for position `i` (the begin pad already subtracted) of a
/// dimension; -1 for the value.
static int64_t paddedSource(int64_t i, int64_t size, PadMode mode) {
  if (i >= 0 && i < size)
    return i;
  if (mode == PadMode::Edge)
    return i < 0 ? 0 : size - 1;
  if (mode == PadMode::Reflect)
    return i < 0 ? -i : 2 * (size - 1) - i;
  return -1;
}

/// Writes the part of a padded tensor that lies in dimensions from `dim` on, reading from `source`,
/// or the pad value everywhere where that is null.
static char *padFrom(PadOp op, size_t dim, const char *source, ArrayRef<char> fill, char *out) {
  ArrayRef<int64_t> shape = op.getInput().getType().getShape();
  int64_t bytes = fill.size();
  if (dim == shape.size()) {
    std::memcpy(out, source ? source : fill.data(), bytes);
    return out + bytes;
  }
  int64_t stride = product(shape.drop_front(dim + 1)) * bytes;
  for (int64_t i = 0; i < op.getResult().getType().getDimSize(dim); ++i) {
    int64_t from = paddedSource(i - op.getPads()[dim], shape[dim], op.getMode());
    out = padFrom(op, dim + 1, source && from >= 0 ? source + from * stride : nullptr, fill, out);
  }
  return out;
}

static void evaluatePad(PadOp op, const char *input, char *result) {
  Type element = op.getInput().getType().getElementType();
  char fill[8];
  double value = op.getValue().convertToDouble();
  int64_t integer = truncateToInteger(value);
  if (isa<FloatType>(element))
    storeFloats(element, &value, 1, fill);
  else
    storeIntegers(element, &integer, 1, fill);
  padFrom(op, 0, input, ArrayRef<char>(fill, elementBytes(element)), result);
}

LogicalResult evaluateMove(Operation *op, ArrayRef<const char *> operands,
                           ArrayRef<char *> results) {
  if (auto concat = dyn_cast<ConcatOp>(op))
    return evaluateConcat(concat, operands, results[0]), success();
  if (auto interleave = dyn_cast<InterleaveOp>(op))
    return evaluateInterleave(interleave, operands, results[0]), success();
  if (auto gather = dyn_cast<GatherOp>(op))
    return evaluateGather(gather, operands, results[0]), success();
  if (auto pad = dyn_cast<PadOp>(op))
    return evaluatePad(pad, operands[0], results[0]), success();
  for (auto [index, out] : llvm::enumerate(results)) {
    std::optional<StridedView> view = viewOfOperand(op, index);
    if (!view)
      return failure();
    copyView(*view, elementBytes(tensorOf(op->getOperand(0)).getElementType()), operands[0], out);
  }
  return success();
}

} // namespace kiln::nn
