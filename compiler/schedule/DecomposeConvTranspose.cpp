// A transposed convolution as convolutions. Output pixels whose positions have the same residue
// modulo the stride are sums over the same taps; each such part is an ordinary convolution of
// stride 1 with a part of the filter, mirrored:
//
//   output o = q * s + r reads tap t from input i where i * s + t * d = o + pad
//   the taps with (r + pad - t * d) divisible by s are t0, t0 + s', t0 + 2 s', ...
//   tap j of them reads input q + (r + pad - t0 * d) / s - j * d'
//   where s' = s / gcd(s, d) and d' = d / gcd(s, d)
//
// No product with an inserted zero is ever computed, and each part is written where it belongs.
#include "compiler/schedule/DecomposePatterns.h"
#include "dialects/nn/NnBuild.h"

#include "llvm/Support/MathExtras.h"

#include <numeric>

using namespace mlir;

namespace kiln {
namespace {

RankedTensorType typeOf(Value value) { return cast<RankedTensorType>(value.getType()); }

Value reshaped(OpBuilder &builder, Location loc, Value value, ArrayRef<int64_t> shape) {
  return nn::ReshapeOp::create(builder, loc,
                               RankedTensorType::get(shape, typeOf(value).getElementType()), value);
}

/// One spatial dimension of the convolution that computes the outputs of one residue.
struct Part {
  int64_t size;                 ///< outputs
  int64_t firstTap, tapStep;    ///< which taps of the filter, in rising order
  int64_t taps;                 ///< how many; 0: no input reaches these outputs
  int64_t dilation, begin, end; ///< pads may be negative: then that much of the input is not read

  Part(nn::ConvTransposeOp op, int64_t dim, int64_t residue) {
    int64_t stride = op.getStrides()[dim], spacing = op.getDilations()[dim],
            pad = op.getPads()[dim];
    int64_t kernel = typeOf(op.getFilter()).getDimSize(2 + dim),
            in = typeOf(op.getInput()).getDimSize(2 + dim);
    int64_t common = std::gcd(stride, spacing);
    size = (typeOf(op.getResult()).getDimSize(2 + dim) - residue + stride - 1) / stride;
    tapStep = stride / common;
    dilation = spacing / common;
    firstTap = 0;
    while (firstTap < tapStep && (residue + pad - firstTap * spacing) % stride != 0)
      ++firstTap;
    taps =
        firstTap == tapStep || firstTap >= kernel ? 0 : (kernel - firstTap + tapStep - 1) / tapStep;
    int64_t base = (residue + pad - firstTap * spacing) / stride;
    begin = (taps - 1) * dilation - base;
    end = size + (taps - 1) * dilation - in - begin;
    if (std::max<int64_t>(-begin, 0) + std::max<int64_t>(-end, 0) >= in)
      taps = 0;
  }
};

class Decomposer {
public:
  Decomposer(nn::ConvTransposeOp op, PatternRewriter &rewriter)
      : op(op), rewriter(rewriter), loc(op.getLoc()), rank(op.getStrides().size()) {}

  Value run();

private:
  Value emitPart(ArrayRef<Part> parts);
  Value emitUnreached(ArrayRef<Part> parts);
  Value zeros(ArrayRef<int64_t> shape);
  Value inputOf(ArrayRef<Part> parts);
  Value filterOf(ArrayRef<Part> parts);

  nn::ConvTransposeOp op;
  PatternRewriter &rewriter;
  Location loc;
  size_t rank;
};

Value Decomposer::run() {
  // A stride beyond the size of the result has residues that no output has.
  SmallVector<int64_t> steps;
  int64_t count = 1;
  for (size_t dim = 0; dim < rank; ++dim) {
    steps.push_back(std::min(op.getStrides()[dim], typeOf(op.getResult()).getDimSize(2 + dim)));
    count *= steps.back();
  }
  SmallVector<Value> values;
  for (int64_t index = 0; index < count; ++index) {
    SmallVector<int64_t> residues(rank);
    int64_t rest = index;
    for (size_t dim = rank; dim-- > 0; rest /= steps[dim])
      residues[dim] = rest % steps[dim];
    SmallVector<Part> parts;
    for (size_t dim = 0; dim < rank; ++dim)
      parts.emplace_back(op, dim, residues[dim]);
    values.push_back(emitPart(parts));
  }
  return count == 1 ? values.front()
                    : nn::InterleaveOp::create(rewriter, loc, values, steps).getResult();
}

Value Decomposer::emitPart(ArrayRef<Part> parts) {
  if (llvm::any_of(parts, [](const Part &part) { return part.taps == 0; }))
    return emitUnreached(parts);
  SmallVector<int64_t> pads(2 * rank), dilations;
  for (auto [dim, part] : llvm::enumerate(parts)) {
    pads[dim] = std::max<int64_t>(part.begin, 0);
    pads[rank + dim] = std::max<int64_t>(part.end, 0);
    dilations.push_back(part.dilation);
  }
  return nn::ConvOp::create(rewriter, loc, inputOf(parts), filterOf(parts), op.getBias(),
                            /*residual=*/Value(), SmallVector<int64_t>(rank, 1), pads, dilations,
                            op.getGroups(), op.getActivationAttr());
}

/// A part that no input reaches: the activation of the bias, as a convolution of one map of zeros
/// with zeros.
Value Decomposer::emitUnreached(ArrayRef<Part> parts) {
  SmallVector<int64_t> map{typeOf(op.getInput()).getDimSize(0), 1}, filter(rank + 2, 1),
      ones(rank, 1), pads(2 * rank, 0);
  for (const Part &part : parts)
    map.push_back(part.size);
  filter[0] = typeOf(op.getResult()).getDimSize(1);
  return nn::ConvOp::create(rewriter, loc, zeros(map), zeros(filter), op.getBias(),
                            /*residual=*/Value(), ones, pads, ones, /*groups=*/1,
                            op.getActivationAttr());
}

Value Decomposer::zeros(ArrayRef<int64_t> shape) {
  Type element = typeOf(op.getInput()).getElementType();
  auto one = RankedTensorType::get(SmallVector<int64_t>(rank + 2, 1), element);
  Value zero = nn::ConstantOp::create(rewriter, loc, one,
                                      DenseElementsAttr::get(one, rewriter.getZeroAttr(element)));
  return nn::ExpandOp::create(rewriter, loc, RankedTensorType::get(shape, element), zero);
}

/// The input without what no output of the part reads.
Value Decomposer::inputOf(ArrayRef<Part> parts) {
  SmallVector<int64_t> starts(rank + 2, 0), sizes(typeOf(op.getInput()).getShape());
  for (auto [dim, part] : llvm::enumerate(parts)) {
    starts[2 + dim] = std::max<int64_t>(-part.begin, 0);
    sizes[2 + dim] -= starts[2 + dim] + std::max<int64_t>(-part.end, 0);
  }
  if (ArrayRef<int64_t>(sizes) == typeOf(op.getInput()).getShape())
    return op.getInput();
  return nn::SliceOp::create(rewriter, loc, op.getInput(), starts, sizes,
                             SmallVector<int64_t>(rank + 2, 1));
}

/// The taps of the part, last one first, as a filter of nn.conv: C x K/groups becomes K x C/groups.
Value Decomposer::filterOf(ArrayRef<Part> parts) {
  ArrayRef<int64_t> shape = typeOf(op.getFilter()).getShape();
  int64_t groups = op.getGroups(), channels = shape[0] / groups, filters = shape[1];
  SmallVector<int64_t> starts(rank + 2, 0), sizes(shape), steps(rank + 2, 1);
  for (auto [dim, part] : llvm::enumerate(parts)) {
    starts[2 + dim] = part.firstTap + (part.taps - 1) * part.tapStep;
    sizes[2 + dim] = part.taps;
    steps[2 + dim] = -part.tapStep;
  }
  Value filter = nn::SliceOp::create(rewriter, loc, op.getFilter(), starts, sizes, steps);
  SmallVector<int64_t> grouped{groups, channels, filters}, perm{0, 2, 1},
      packed{groups * filters, channels};
  for (auto [dim, part] : llvm::enumerate(parts)) {
    grouped.push_back(part.taps);
    packed.push_back(part.taps);
    perm.push_back(static_cast<int64_t>(dim) + 3);
  }
  return reshaped(
      rewriter, loc,
      nn::TransposeOp::create(rewriter, loc, reshaped(rewriter, loc, filter, grouped), perm),
      packed);
}

/// The same sums for large strides, where a kernel a residue would be too many: one convolution
/// whose channels are the residues, then a transposition that puts them side by side.
///
///   y[k, q * s + r] = sum over j of x[q - j] * w[r + j * s], and the result is y without its pads
class ChannelDecomposer {
public:
  ChannelDecomposer(nn::ConvTransposeOp op, PatternRewriter &rewriter)
      : op(op), rewriter(rewriter), loc(op.getLoc()), rank(op.getStrides().size()),
        strides(op.getStrides()), filters(typeOf(op.getResult()).getDimSize(1)) {
    ArrayRef<int64_t> filter = typeOf(op.getFilter()).getShape(),
                      result = typeOf(op.getResult()).getShape();
    for (size_t dim = 0; dim < rank; ++dim) {
      taps.push_back(llvm::divideCeil(filter[2 + dim], strides[dim]));
      blocks.push_back(llvm::divideCeil(op.getPads()[dim] + result[2 + dim], strides[dim]));
      residues *= strides[dim];
    }
  }

  Value run();

private:
  Value filterOfResidues();
  Value biasOfResidues();
  Value sideBySide(Value channels);

  nn::ConvTransposeOp op;
  PatternRewriter &rewriter;
  Location loc;
  size_t rank;
  ArrayRef<int64_t> strides;
  int64_t filters, residues = 1;
  SmallVector<int64_t> taps, blocks; ///< taps of a residue, outputs of a residue
};

/// C x K x kernel, filled up to whole strides, becomes (residues * K) x C x taps, last tap first.
Value ChannelDecomposer::filterOfResidues() {
  ArrayRef<int64_t> shape = typeOf(op.getFilter()).getShape();
  SmallVector<int64_t> pads(2 * (rank + 2), 0), split{shape[0], shape[1]}, starts(2 + 2 * rank, 0),
      steps(2 + 2 * rank, 1);
  SmallVector<int64_t> perm, packed{residues * filters, shape[0]};
  for (size_t dim = 0; dim < rank; ++dim) {
    pads[rank + 4 + dim] = taps[dim] * strides[dim] - shape[2 + dim];
    split.append({taps[dim], strides[dim]});
    starts[2 + 2 * dim] = taps[dim] - 1;
    steps[2 + 2 * dim] = -1;
    perm.push_back(static_cast<int64_t>(3 + 2 * dim));
    packed.push_back(taps[dim]);
  }
  perm.append({1, 0});
  for (size_t dim = 0; dim < rank; ++dim)
    perm.push_back(static_cast<int64_t>(2 + 2 * dim));
  Value filled = nn::PadOp::create(rewriter, loc, op.getFilter(), pads, nn::PadMode::Constant,
                                   llvm::APFloat(0.0));
  Value mirrored = nn::SliceOp::create(rewriter, loc, reshaped(rewriter, loc, filled, split),
                                       starts, split, steps);
  return reshaped(rewriter, loc, nn::TransposeOp::create(rewriter, loc, mirrored, perm), packed);
}

Value ChannelDecomposer::biasOfResidues() {
  if (!op.getBias())
    return Value();
  auto type = RankedTensorType::get({residues, filters}, typeOf(op.getBias()).getElementType());
  Value rows = nn::ExpandOp::create(rewriter, loc, type,
                                    reshaped(rewriter, loc, op.getBias(), {1, filters}));
  return reshaped(rewriter, loc, rows, {residues * filters});
}

/// N x (residues * K) x blocks becomes N x K x (blocks * strides).
Value ChannelDecomposer::sideBySide(Value channels) {
  int64_t batch = typeOf(op.getResult()).getDimSize(0);
  SmallVector<int64_t> split{batch}, perm{0, static_cast<int64_t>(rank) + 1},
      joined{batch, filters};
  llvm::append_range(split, strides);
  split.push_back(filters);
  llvm::append_range(split, blocks);
  for (size_t dim = 0; dim < rank; ++dim) {
    perm.append({static_cast<int64_t>(rank + 2 + dim), static_cast<int64_t>(1 + dim)});
    joined.push_back(blocks[dim] * strides[dim]);
  }
  return reshaped(
      rewriter, loc,
      nn::TransposeOp::create(rewriter, loc, reshaped(rewriter, loc, channels, split), perm),
      joined);
}

Value ChannelDecomposer::run() {
  SmallVector<int64_t> pads(2 * rank), ones(rank, 1), starts(rank + 2, 0);
  for (size_t dim = 0; dim < rank; ++dim) {
    pads[dim] = taps[dim] - 1;
    pads[rank + dim] =
        std::max<int64_t>(0, blocks[dim] - typeOf(op.getInput()).getDimSize(2 + dim));
    starts[2 + dim] = op.getPads()[dim];
  }
  Value channels = nn::ConvOp::create(
      rewriter, loc, op.getInput(), filterOfResidues(), biasOfResidues(),
      /*residual=*/Value(), ones, pads, ones, /*groups=*/1, op.getActivationAttr());
  for (size_t dim = 0; dim < rank; ++dim)
    blocks[dim] = typeOf(channels).getDimSize(2 + dim);
  return nn::SliceOp::create(rewriter, loc, sideBySide(channels), starts,
                             typeOf(op.getResult()).getShape(), SmallVector<int64_t>(rank + 2, 1));
}

struct ConvTransposeByResidues : OpRewritePattern<nn::ConvTransposeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(nn::ConvTransposeOp op, PatternRewriter &rewriter) const override {
    constexpr int64_t mostKernels = 16;
    int64_t residues = 1;
    for (int64_t stride : op.getStrides())
      residues = std::min<int64_t>(residues * std::min<int64_t>(stride, 1 << 20), 1 << 20);
    bool isPlain =
        op.getGroups() == 1 && llvm::all_of(op.getDilations(), [](int64_t d) { return d == 1; });
    rewriter.replaceOp(op, residues > mostKernels && isPlain ? ChannelDecomposer(op, rewriter).run()
                                                             : Decomposer(op, rewriter).run());
    return success();
  }
};

} // namespace

void populateDecomposeConvTransposePatterns(RewritePatternSet &patterns) {
  patterns.add<ConvTransposeByResidues>(patterns.getContext());
}

} // namespace kiln
