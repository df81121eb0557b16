// Rules and result types of convolution, matrix products and normalisation.
#include "dialects/nn/NnDialect.h"
#include "dialects/nn/NnShapeInference.h"

#include "llvm/Support/CheckedArithmetic.h"

using namespace mlir;

namespace kiln::nn {

//---- nn.conv

ParseResult parseAddends(OpAsmParser &parser, std::optional<OpAsmParser::UnresolvedOperand> &bias,
                         std::optional<OpAsmParser::UnresolvedOperand> &residual) {
  while (succeeded(parser.parseOptionalComma())) {
    StringRef keyword;
    auto loc = parser.getCurrentLocation();
    if (parser.parseKeyword(&keyword))
      return failure();
    auto &addend = keyword == "bias" ? bias : residual;
    if ((keyword != "bias" && keyword != "residual") || addend || (keyword == "bias" && residual))
      return parser.emitError(loc, "expected at most one 'bias', then at most one 'residual'");
    if (parser.parseOperand(addend.emplace()))
      return failure();
  }
  return success();
}

void printAddends(OpAsmPrinter &printer, Operation *, Value bias, Value residual) {
  if (bias)
    printer << ", bias " << bias;
  if (residual)
    printer << ", residual " << residual;
}

bool ConvOp::isDepthwise() {
  int64_t channels = getInput().getType().getDimSize(1);
  return getGroups() == channels && getFilter().getType().getDimSize(0) == channels;
}

static LogicalResult checkConvTypes(ConvOp::Adaptor conv, const RuleReporter &rules) {
  Type element = tensorOf(conv.getInput()).getElementType();
  for (Value operand : conv.getOperands())
    if (tensorOf(operand).getElementType() != element)
      return rules.broken("C7", "operands must have one element type, but have ", element, " and ",
                          tensorOf(operand).getElementType());
  return success();
}

static LogicalResult checkConvChannels(ConvOp::Adaptor conv, const RuleReporter &rules) {
  int64_t channels = tensorOf(conv.getInput()).getDimSize(1), groups = conv.getGroups();
  int64_t filters = tensorOf(conv.getFilter()).getDimSize(0);
  int64_t filterChannels = tensorOf(conv.getFilter()).getDimSize(1);
  if (groups < 1)
    return rules.broken("C3", "groups must be positive, but is ", groups);
  if (channels % groups != 0 || channels / groups != filterChannels)
    return rules.broken("C3", "input channels (", channels, ") must equal filter channels (",
                        filterChannels, ") * groups (", groups, ")");
  if (filters % groups != 0)
    return rules.broken("C3", "filter count (", filters, ") must be a multiple of groups (", groups,
                        ")");
  if (!conv.getBias())
    return success();
  ArrayRef<int64_t> bias = tensorOf(conv.getBias()).getShape();
  if (bias != ArrayRef<int64_t>{filters})
    return rules.broken("C4", "bias must have one entry per filter (", filters, "), but has shape ",
                        shapeText(bias));
  return success();
}

FailureOr<RankedTensorType> ConvOp::inferResult(Adaptor conv, const RuleReporter &rules) {
  RankedTensorType input = tensorOf(conv.getInput()), filter = tensorOf(conv.getFilter());
  if (input.getRank() < 3 || input.getRank() > 5 || input.getRank() != filter.getRank())
    return rules.broken("C1", "input and filter must have one rank of 3, 4 or 5, but have ",
                        input.getRank(), " and ", filter.getRank());
  if (failed(checkConvTypes(conv, rules)) || failed(checkConvChannels(conv, rules)))
    return failure();
  Windows windows{filter.getShape().drop_front(2), conv.getStrides(), conv.getPads(),
                  conv.getDilations()};
  if (llvm::is_contained(windows.kernel, 0))
    return rules.broken("C5", "filter must not be empty, but has shape ",
                        shapeText(filter.getShape()));
  auto spatial = windowedShape(input.getShape().drop_front(2), windows, {"C2", "C5"}, rules);
  if (failed(spatial))
    return failure();
  SmallVector<int64_t> shape{input.getDimSize(0), filter.getDimSize(0)};
  llvm::append_range(shape, *spatial);
  if (conv.getResidual() && tensorOf(conv.getResidual()).getShape() != ArrayRef<int64_t>(shape))
    return rules.broken("C6", "residual must have the shape of the result (", shapeText(shape),
                        "), but has ", shapeText(tensorOf(conv.getResidual()).getShape()));
  return rules.tensorType(shape, input.getElementType());
}

//---- nn.conv_transpose

/// One spatial dimension of the result; nothing where a size overflows or nothing is left.
static std::optional<int64_t> transposedSize(ConvTransposeOp::Adaptor conv, size_t dim) {
  size_t rank = conv.getStrides().size();
  int64_t in = tensorOf(conv.getInput()).getDimSize(2 + dim);
  std::optional<int64_t> extent =
      dilatedSize(tensorOf(conv.getFilter()).getDimSize(2 + dim), conv.getDilations()[dim]);
  if (in < 1 || !extent)
    return std::nullopt;
  std::optional<int64_t> size = llvm::checkedMulAdd(in - 1, conv.getStrides()[dim], *extent);
  if (size)
    size = llvm::checkedAdd(*size, conv.getOutputPadding()[dim]);
  for (int64_t pad : {conv.getPads()[dim], conv.getPads()[rank + dim]})
    if (size)
      size = llvm::checkedSub(*size, pad);
  return size && *size > 0 ? size : std::nullopt;
}

static LogicalResult checkTransposedChannels(ConvTransposeOp::Adaptor conv,
                                             const RuleReporter &rules) {
  int64_t channels = tensorOf(conv.getInput()).getDimSize(1), groups = conv.getGroups();
  ArrayRef<int64_t> filter = tensorOf(conv.getFilter()).getShape();
  if (groups < 1)
    return rules.broken("CT3", "groups must be positive, but is ", groups);
  if (channels != filter[0] || channels % groups != 0 || llvm::is_contained(filter, 0))
    return rules.broken("CT3", "input channels (", channels, ") must be those of the filter (",
                        shapeText(filter), ") and a multiple of groups (", groups, ")");
  std::optional<int64_t> filters = llvm::checkedMul(filter[1], groups);
  if (!filters)
    return rules.broken("CT3", "output channels overflow");
  if (conv.getBias() && tensorOf(conv.getBias()).getShape() != ArrayRef<int64_t>{*filters})
    return rules.broken("CT4", "bias must have one entry per output channel (", *filters,
                        "), but has shape ", shapeText(tensorOf(conv.getBias()).getShape()));
  return success();
}

FailureOr<RankedTensorType> ConvTransposeOp::inferResult(Adaptor conv, const RuleReporter &rules) {
  RankedTensorType input = tensorOf(conv.getInput()), filter = tensorOf(conv.getFilter());
  if (input.getRank() < 3 || input.getRank() > 5 || input.getRank() != filter.getRank())
    return rules.broken("CT1", "input and filter must have one rank of 3, 4 or 5, but have ",
                        input.getRank(), " and ", filter.getRank());
  size_t rank = input.getRank() - 2;
  auto isList = [](ArrayRef<int64_t> list, size_t count, int64_t least) {
    return list.size() == count &&
           llvm::all_of(list, [&](int64_t entry) { return entry >= least; });
  };
  if (!isList(conv.getStrides(), rank, 1) || !isList(conv.getDilations(), rank, 1) ||
      !isList(conv.getPads(), 2 * rank, 0) || !isList(conv.getOutputPadding(), rank, 0))
    return rules.broken("CT2", "strides, dilations and output_padding must have one entry per "
                               "spatial dimension, pads two");
  for (Value operand : conv.getOperands())
    if (tensorOf(operand).getElementType() != input.getElementType())
      return rules.broken("CT6", "operands must have one element type, but have ",
                          input.getElementType(), " and ", tensorOf(operand).getElementType());
  if (failed(checkTransposedChannels(conv, rules)))
    return failure();
  SmallVector<int64_t> shape{input.getDimSize(0), filter.getDimSize(1) * conv.getGroups()};
  for (size_t dim = 0; dim < rank; ++dim) {
    std::optional<int64_t> size = transposedSize(conv, dim);
    if (!size)
      return rules.broken("CT5", "nothing is left of spatial dimension ", dim,
                          ", or more than any tensor holds");
    shape.push_back(*size);
  }
  return rules.tensorType(shape, input.getElementType());
}

//---- nn.local_conv

FailureOr<RankedTensorType> LocalConvOp::inferResult(Adaptor conv, const RuleReporter &rules) {
  RankedTensorType input = tensorOf(conv.getInput()), filter = tensorOf(conv.getFilter());
  if (input.getRank() < 3 || input.getRank() > 5 || filter.getRank() != 3)
    return rules.broken("LC1",
                        "input must have rank 3, 4 or 5 and the filter rank 3, but they have ",
                        input.getRank(), " and ", filter.getRank());
  if (input.getElementType() != filter.getElementType())
    return rules.broken("LC5", "operands must have one element type, but have ",
                        input.getElementType(), " and ", filter.getElementType());
  Windows windows{conv.getKernelShape(), conv.getStrides(), conv.getPads(), conv.getDilations()};
  auto spatial = windowedShape(input.getShape().drop_front(2), windows, {"LC2", "LC3"}, rules);
  if (failed(spatial))
    return failure();
  SmallVector<int64_t> taps{input.getDimSize(1)};
  llvm::append_range(taps, conv.getKernelShape());
  std::optional<int64_t> pixels = checkedNumElements(*spatial), tapCount = checkedNumElements(taps);
  if (!pixels || !tapCount || filter.getDimSize(0) != *pixels || filter.getDimSize(1) != *tapCount)
    return rules.broken("LC4", "filter must have ", pixels.value_or(-1), " positions and ",
                        tapCount.value_or(-1), " taps, but has shape ",
                        shapeText(filter.getShape()));
  SmallVector<int64_t> shape{input.getDimSize(0), filter.getDimSize(2)};
  llvm::append_range(shape, *spatial);
  return rules.tensorType(shape, input.getElementType());
}

//---- nn.gemm

FailureOr<RankedTensorType> GemmOp::inferResult(Adaptor gemm, const RuleReporter &rules) {
  RankedTensorType a = tensorOf(gemm.getA()), b = tensorOf(gemm.getB());
  if (a.getRank() != 2 || b.getRank() != 2)
    return rules.broken("G1", "a and b must have rank 2, but have shapes ", shapeText(a.getShape()),
                        " and ", shapeText(b.getShape()));
  int64_t rows = a.getDimSize(gemm.getTransA()), innerA = a.getDimSize(!gemm.getTransA());
  int64_t columns = b.getDimSize(!gemm.getTransB()), innerB = b.getDimSize(gemm.getTransB());
  if (innerA != innerB)
    return rules.broken("G2", "inner sizes must agree, but are ", innerA, " and ", innerB);
  for (Value operand : gemm.getOperands())
    if (tensorOf(operand).getElementType() != a.getElementType())
      return rules.broken("G4", "operands must have one element type, but have ",
                          a.getElementType(), " and ", tensorOf(operand).getElementType());
  if (gemm.getC() && !broadcastsTo(tensorOf(gemm.getC()).getShape(), {rows, columns}))
    return rules.broken("G3", "c must broadcast to ", shapeText({rows, columns}),
                        ", but has shape ", shapeText(tensorOf(gemm.getC()).getShape()));
  return rules.tensorType({rows, columns}, a.getElementType());
}

//---- nn.matmul

FailureOr<RankedTensorType> MatmulOp::inferResult(Adaptor matmul, const RuleReporter &rules) {
  RankedTensorType a = tensorOf(matmul.getA()), b = tensorOf(matmul.getB());
  if (a.getRank() < 1 || b.getRank() < 1)
    return rules.broken("M1", "operands must have rank 1 or more");
  if (a.getElementType() != b.getElementType())
    return rules.broken("M4", "operands must have one element type, but have ", a.getElementType(),
                        " and ", b.getElementType());
  int64_t innerA = a.getShape().back();
  int64_t innerB = b.getRank() == 1 ? b.getDimSize(0) : b.getDimSize(b.getRank() - 2);
  if (innerA != innerB)
    return rules.broken("M2", "inner sizes must agree, but are ", innerA, " and ", innerB);
  auto shape = broadcastShapes(a.getShape().drop_back(std::min<int64_t>(a.getRank(), 2)),
                               b.getShape().drop_back(std::min<int64_t>(b.getRank(), 2)));
  if (!shape)
    return rules.broken("M3", "leading dimensions must broadcast, but the shapes are ",
                        shapeText(a.getShape()), " and ", shapeText(b.getShape()));
  if (a.getRank() > 1)
    shape->push_back(a.getDimSize(a.getRank() - 2));
  if (b.getRank() > 1)
    shape->push_back(b.getShape().back());
  return rules.tensorType(*shape, a.getElementType());
}

//---- nn.batch_norm, nn.instance_norm and nn.lrn

FailureOr<RankedTensorType> BatchNormOp::inferResult(Adaptor norm, const RuleReporter &rules) {
  RankedTensorType input = tensorOf(norm.getInput());
  if (input.getRank() < 2)
    return rules.broken("B1", "input must have rank 2 or more, but has ", input.getRank());
  static constexpr StringLiteral names[] = {"input", "scale", "offset", "mean", "variance"};
  for (auto [name, operand] : llvm::drop_begin(llvm::zip(names, norm.getOperands())))
    if (tensorOf(operand).getShape() != input.getShape().slice(1, 1))
      return rules.broken("B2", name, " must have one entry per channel (", input.getDimSize(1),
                          "), but has shape ", shapeText(tensorOf(operand).getShape()));
  if (!(norm.getEpsilon().convertToDouble() >= 0))
    return rules.broken("B3", "epsilon must not be negative");
  return rules.tensorType(input.getShape(), input.getElementType());
}

FailureOr<RankedTensorType> InstanceNormOp::inferResult(Adaptor norm, const RuleReporter &rules) {
  RankedTensorType input = tensorOf(norm.getInput());
  if (input.getRank() < 3 || input.getRank() > 5)
    return rules.broken("IN1", "input must have rank 3, 4 or 5, but has ", input.getRank());
  for (Value operand : {norm.getScale(), norm.getOffset()}) {
    if (tensorOf(operand).getShape() != input.getShape().slice(1, 1))
      return rules.broken("IN2", "scale and offset must have one entry per channel (",
                          input.getDimSize(1), "), but one has shape ",
                          shapeText(tensorOf(operand).getShape()));
    if (tensorOf(operand).getElementType() != input.getElementType())
      return rules.broken("IN3", "operands must have one element type, but have ",
                          input.getElementType(), " and ", tensorOf(operand).getElementType());
  }
  if (!(norm.getEpsilon().convertToDouble() >= 0))
    return rules.broken("IN3", "epsilon must not be negative");
  return rules.tensorType(input.getShape(), input.getElementType());
}

FailureOr<RankedTensorType> LrnOp::inferResult(Adaptor lrn, const RuleReporter &rules) {
  RankedTensorType input = tensorOf(lrn.getInput());
  if (input.getRank() < 3)
    return rules.broken("L1", "input must have rank 3 or more, but has ", input.getRank());
  if (lrn.getSize() < 1)
    return rules.broken("L2", "size must be positive, but is ", lrn.getSize());
  return rules.tensorType(input.getShape(), input.getElementType());
}

} // namespace kiln::nn
