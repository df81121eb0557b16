// Rules and result types of constants and of the ops that move elements.
#include "dialects/nn/NnDialect.h"
#include "dialects/nn/NnShapeInference.h"

#include "mlir/IR/DialectResourceBlobManager.h"
#include "llvm/Support/CheckedArithmetic.h"

using namespace mlir;

namespace kiln::nn {

/// Reports under `rule` where an axis is not a dimension of `shape`.
static LogicalResult checkAxis(int64_t axis, ArrayRef<int64_t> shape, StringRef rule,
                               const RuleReporter &rules) {
  if (axis >= 0 && axis < int64_t(shape.size()))
    return success();
  return rules.broken(rule, "axis ", axis, " must be a dimension of ", shapeText(shape));
}

//---- nn.constant

LogicalResult ConstantOp::verify() {
  RankedTensorType type = getResult().getType();
  RuleReporter rules(*this);
  if (!equalIgnoringEncoding(TypeRange{getValue().getType()}, TypeRange{type}))
    return rules.broken("K1", "value must have the type of the result ", type, ", but has ",
                        getValue().getType());
  auto resource = dyn_cast<DenseResourceElementsAttr>(getValue());
  if (!resource)
    return success();
  DenseResourceElementsHandle handle = resource.getRawHandle();
  AsmResourceBlob *blob = handle.getBlob();
  if (!blob)
    return rules.broken("K2", "resource '", handle.getKey(), "' has no contents here");
  if (failed(rules.tensorType(type.getShape(), type.getElementType())))
    return failure();
  size_t bytes = type.getNumElements() * elementBytes(type.getElementType());
  if (blob->getData().size() != bytes)
    return rules.broken("K2", "resource '", handle.getKey(), "' must hold ", bytes,
                        " bytes, but holds ", blob->getData().size());
  return success();
}

//---- nn.concat and nn.split

FailureOr<RankedTensorType> ConcatOp::inferResult(Adaptor concat, const RuleReporter &rules) {
  if (concat.getInputs().empty())
    return rules.broken("CC1", "needs at least one input");
  RankedTensorType first = tensorOf(concat.getInputs().front());
  for (Value input : concat.getInputs())
    if (tensorOf(input).getRank() != first.getRank() || first.getRank() == 0 ||
        tensorOf(input).getElementType() != first.getElementType())
      return rules.broken("CC1",
                          "inputs must have one rank above 0 and one element type, but have types ",
                          first, " and ", tensorOf(input));
  int64_t axis = concat.getAxis();
  SmallVector<int64_t> shape(first.getShape());
  if (failed(checkAxis(axis, shape, "CC2", rules)))
    return failure();
  for (Value input : llvm::drop_begin(concat.getInputs())) {
    ArrayRef<int64_t> other = tensorOf(input).getShape();
    for (auto [dim, size] : llvm::enumerate(other))
      if (int64_t(dim) != axis && size != shape[dim])
        return rules.broken("CC3", "inputs must agree outside of axis ", axis, ", but have shapes ",
                            shapeText(first.getShape()), " and ", shapeText(other));
    std::optional<int64_t> sum = llvm::checkedAdd(shape[axis], other[axis]);
    shape[axis] = sum.value_or(-1);
    if (!sum)
      break;
  }
  return rules.tensorType(shape, first.getElementType());
}

//---- nn.interleave

SmallVector<int64_t> InterleaveOp::residues(int64_t input) {
  SmallVector<int64_t> digits(getSteps().size());
  for (size_t dim = digits.size(); dim-- > 0; input /= getSteps()[dim])
    digits[dim] = input % getSteps()[dim];
  return digits;
}

/// The size of the result in a spatial dimension whose parts, in the order of their residues, are
/// `stride` inputs apart.
static std::optional<int64_t> wovenSize(ValueRange inputs, size_t dim, int64_t step,
                                        int64_t stride) {
  auto sizeOf = [&](int64_t residue) {
    return tensorOf(inputs[residue * stride]).getDimSize(2 + dim);
  };
  int64_t sum = 0;
  for (int64_t residue = 0; residue < step; ++residue) {
    std::optional<int64_t> next = llvm::checkedAdd(sum, sizeOf(residue));
    if (!next || sizeOf(residue) > sizeOf(0) || sizeOf(residue) + 1 < sizeOf(0) ||
        (residue && sizeOf(residue) > sizeOf(residue - 1)))
      return std::nullopt;
    sum = *next;
  }
  return sum;
}

FailureOr<RankedTensorType> InterleaveOp::inferResult(Adaptor weave, const RuleReporter &rules) {
  ArrayRef<int64_t> steps = weave.getSteps();
  ValueRange inputs = weave.getInputs();
  std::optional<int64_t> count = checkedNumElements(steps);
  if (inputs.empty() || steps.empty() || steps.size() > 3 ||
      llvm::any_of(steps, [](int64_t s) { return s < 1; }) ||
      count != static_cast<int64_t>(inputs.size()) ||
      tensorOf(inputs.front()).getRank() != static_cast<int64_t>(steps.size()) + 2)
    return rules.broken("IL1", "steps (", shapeText(steps),
                        ") must fit the rank and number of the inputs (", inputs.size(), ")");
  RankedTensorType first = tensorOf(inputs.front());
  for (Value input : inputs)
    if (tensorOf(input).getRank() != first.getRank() ||
        tensorOf(input).getElementType() != first.getElementType() ||
        tensorOf(input).getShape().take_front(2) != first.getShape().take_front(2))
      return rules.broken(
          "IL2", "inputs must have one batch, channel count and element type, but have types ",
          first, " and ", tensorOf(input));
  SmallVector<int64_t> shape(first.getShape().take_front(2));
  int64_t stride = *count;
  for (auto [dim, step] : llvm::enumerate(steps)) {
    stride /= step;
    std::optional<int64_t> size = wovenSize(inputs, dim, step, stride);
    if (!size)
      return rules.broken("IL3", "the inputs' sizes in spatial dimension ", dim,
                          " are not those of one result");
    shape.push_back(*size);
  }
  auto result = rules.tensorType(shape, first.getElementType());
  for (auto [index, input] : llvm::enumerate(inputs)) {
    int64_t rest = static_cast<int64_t>(index);
    for (size_t dim = steps.size(); dim-- > 0; rest /= steps[dim])
      if (succeeded(result) &&
          tensorOf(input).getDimSize(2 + dim) !=
              (shape[2 + dim] - rest % steps[dim] + steps[dim] - 1) / steps[dim])
        return rules.broken("IL3", "input ", index, " has ", tensorOf(input).getDimSize(2 + dim),
                            " positions in spatial dimension ", dim,
                            ", which are not those of its residue");
  }
  return result;
}

LogicalResult SplitOp::verify() {
  RankedTensorType input = getInput().getType();
  RuleReporter rules(*this);
  int64_t axis = getAxis();
  if (failed(checkAxis(axis, input.getShape(), "SP1", rules)))
    return failure();
  if (getOutputs().empty())
    return rules.broken("SP1", "needs at least one result");
  int64_t left = input.getDimSize(axis);
  for (Value output : getOutputs()) {
    RankedTensorType type = tensorOf(output);
    SmallVector<int64_t> expected(input.getShape());
    if (type.getRank() == input.getRank())
      expected[axis] = type.getDimSize(axis);
    if (type.getShape() != ArrayRef<int64_t>(expected) ||
        type.getElementType() != input.getElementType())
      return rules.broken("SP2", "results must agree with the input outside of axis ", axis,
                          ", but have types ", input, " and ", type);
    left = std::max<int64_t>(left, 0) - expected[axis];
    if (left < 0)
      break;
  }
  if (left != 0)
    return rules.broken("SP2", "sizes of the results along axis ", axis, " must add up to ",
                        input.getDimSize(axis));
  return success();
}

//---- nn.slice and nn.pad

FailureOr<RankedTensorType> SliceOp::inferResult(Adaptor slice, const RuleReporter &rules) {
  RankedTensorType input = tensorOf(slice.getInput());
  ArrayRef<int64_t> starts = slice.getStarts(), sizes = slice.getSizes(), steps = slice.getSteps();
  size_t rank = input.getRank();
  if (starts.size() != rank || sizes.size() != rank || steps.size() != rank)
    return rules.broken("SL1", "starts, sizes and steps must have ", rank, " entries, but have ",
                        starts.size(), ", ", sizes.size(), " and ", steps.size());
  for (size_t dim = 0; dim < rank; ++dim) {
    if (sizes[dim] < 0 || steps[dim] == 0)
      return rules.broken("SL1", "size ", sizes[dim], " and step ", steps[dim],
                          " select nothing in dimension ", dim);
    if (sizes[dim] == 0)
      continue;
    int64_t size = input.getDimSize(dim);
    std::optional<int64_t> last = llvm::checkedMulAdd(sizes[dim] - 1, steps[dim], starts[dim]);
    if (starts[dim] < 0 || starts[dim] >= size || !last || *last < 0 || *last >= size)
      return rules.broken("SL2", "start ", starts[dim], ", size ", sizes[dim], " and step ",
                          steps[dim], " leave the input in dimension ", dim, ", which has size ",
                          size);
  }
  return rules.tensorType(sizes, input.getElementType());
}

static LogicalResult checkPadding(int64_t size, int64_t begin, int64_t end, PadMode mode,
                                  const RuleReporter &rules) {
  if (begin < 0 || end < 0)
    return rules.broken("PD1", "pads must not be negative, but are ", begin, " and ", end);
  if (mode == PadMode::Constant || (begin == 0 && end == 0))
    return success();
  if (mode == PadMode::Reflect && std::max(begin, end) >= size)
    return rules.broken("PD2", "reflect pads ", begin, " and ", end,
                        " must be smaller than the dimension (", size, ")");
  if (size == 0)
    return rules.broken("PD2", "an empty dimension has no edge");
  return success();
}

FailureOr<RankedTensorType> PadOp::inferResult(Adaptor pad, const RuleReporter &rules) {
  RankedTensorType input = tensorOf(pad.getInput());
  ArrayRef<int64_t> pads = pad.getPads();
  size_t rank = input.getRank();
  if (pads.size() != 2 * rank)
    return rules.broken("PD1", "pads must have ", 2 * rank, " entries, but has ", pads.size());
  SmallVector<int64_t> shape;
  for (auto [dim, size] : llvm::enumerate(input.getShape())) {
    int64_t begin = pads[dim], end = pads[rank + dim];
    if (failed(checkPadding(size, begin, end, pad.getMode(), rules)))
      return failure();
    std::optional<int64_t> padded = llvm::checkedAdd(size, begin);
    if (padded)
      padded = llvm::checkedAdd(*padded, end);
    shape.push_back(padded.value_or(-1));
  }
  return rules.tensorType(shape, input.getElementType());
}

//---- Other views of the same elements

LogicalResult ReshapeOp::verify() {
  RankedTensorType input = getInput().getType(), result = getResult().getType();
  RuleReporter rules(*this);
  auto before = checkedNumElements(input.getShape()), after = checkedNumElements(result.getShape());
  if (!before || before != after || input.getElementType() != result.getElementType())
    return rules.broken(
        "RS1", "input and result must have as many elements and one element type, but have types ",
        input, " and ", result);
  return rules.tensorType(result.getShape(), result.getElementType());
}

FailureOr<RankedTensorType> TransposeOp::inferResult(Adaptor transpose, const RuleReporter &rules) {
  RankedTensorType input = tensorOf(transpose.getInput());
  ArrayRef<int64_t> perm = transpose.getPerm();
  SmallVector<int64_t> sorted(perm), shape;
  llvm::sort(sorted);
  if (!llvm::equal(sorted, llvm::seq<int64_t>(0, input.getRank())))
    return rules.broken("T1", "perm must be a permutation of the ", input.getRank(),
                        " dimensions of the input");
  for (int64_t dim : perm)
    shape.push_back(input.getDimSize(dim));
  return rules.tensorType(shape, input.getElementType());
}

LogicalResult ExpandOp::verify() {
  RankedTensorType input = getInput().getType(), result = getResult().getType();
  RuleReporter rules(*this);
  if (!broadcastsTo(input.getShape(), result.getShape()) ||
      input.getElementType() != result.getElementType())
    return rules.broken(
        "EX1", "input must broadcast to the result with one element type, but the types are ",
        input, " and ", result);
  return rules.tensorType(result.getShape(), result.getElementType());
}

FailureOr<RankedTensorType> ShapeOp::inferResult(Adaptor shape, const RuleReporter &rules) {
  Type index = IntegerType::get(shape.getInput().getContext(), 64);
  return rules.tensorType({tensorOf(shape.getInput()).getRank()}, index);
}

//---- Selections

FailureOr<RankedTensorType> GatherOp::inferResult(Adaptor gather, const RuleReporter &rules) {
  RankedTensorType data = tensorOf(gather.getData());
  int64_t axis = gather.getAxis();
  if (failed(checkAxis(axis, data.getShape(), "GA1", rules)))
    return failure();
  if (data.getDimSize(axis) == 0)
    return rules.broken("GA2", "dimension ", axis, " of the data must not be empty");
  SmallVector<int64_t> shape(data.getShape().take_front(axis));
  llvm::append_range(shape, tensorOf(gather.getIndices()).getShape());
  llvm::append_range(shape, data.getShape().drop_front(axis + 1));
  return rules.tensorType(shape, data.getElementType());
}

FailureOr<RankedTensorType> SpaceToDepthOp::inferResult(Adaptor op, const RuleReporter &rules) {
  RankedTensorType input = tensorOf(op.getInput());
  ArrayRef<int64_t> shape = input.getShape();
  int64_t block = op.getBlocksize();
  if (shape.size() != 4 || block < 1 || shape[2] % block != 0 || shape[3] % block != 0)
    return rules.broken(
        "SD1", "input must have rank 4, and blocksize must divide height and width, but they are ",
        shapeText(shape), " and ", block);
  std::optional<int64_t> channels = llvm::checkedMul(block, block);
  if (channels)
    channels = llvm::checkedMul(*channels, shape[1]);
  return rules.tensorType({shape[0], channels.value_or(-1), shape[2] / block, shape[3] / block},
                          input.getElementType());
}

FailureOr<RankedTensorType> DepthToSpaceOp::inferResult(Adaptor op, const RuleReporter &rules) {
  RankedTensorType input = tensorOf(op.getInput());
  ArrayRef<int64_t> shape = input.getShape();
  int64_t block = op.getBlocksize();
  std::optional<int64_t> square = llvm::checkedMul(block, block);
  if (shape.size() != 4 || block < 1 || !square || shape[1] % *square != 0)
    return rules.broken(
        "DS1",
        "input must have rank 4, and the square of blocksize must divide the channels, but "
        "they are ",
        shapeText(shape), " and ", block);
  std::optional<int64_t> height = llvm::checkedMul(shape[2], block);
  std::optional<int64_t> width = llvm::checkedMul(shape[3], block);
  return rules.tensorType({shape[0], shape[1] / *square, height.value_or(-1), width.value_or(-1)},
                          input.getElementType());
}

} // namespace kiln::nn
