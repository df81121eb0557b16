// A dense layer on a flattened map is a convolution whose kernel is the map. Written so, it reads
// the map as it lies in memory, and slides where the map is larger than the layer was made for
// (Sermanet et al. 2014, "OverFeat").
//
//   gemm(reshape(x : 1x16x5x5) : 1x400, w : 400x120)  ->  reshape(conv(x, w' : 120x16x5x5)) : 1x120
#include "compiler/graph/DenseLayers.h"
#include "compiler/graph/WeightBuilder.h"

using namespace mlir;

namespace kiln {
namespace {

/// A map N x C x spatial that is read as N x (C * spatial), the dimensions in the order of `perm`
/// (its first entry is 0).
struct FlattenedMap {
  Value map;
  SmallVector<int64_t> perm;
};

bool isMap(RankedTensorType type) { return type.getRank() >= 3 && type.getRank() <= 5; }

std::optional<FlattenedMap> flattenedMap(Value value) {
  auto flat = tensorTypeOf(value);
  auto reshape = value.getDefiningOp<nn::ReshapeOp>();
  if (flat.getRank() != 2 || !reshape)
    return std::nullopt;
  Value map = reshape.getInput();
  auto perm = llvm::to_vector(llvm::seq<int64_t>(0, tensorTypeOf(map).getRank()));
  if (auto transpose = map.getDefiningOp<nn::TransposeOp>();
      transpose && transpose.getPerm().front() == 0) {
    map = transpose.getInput();
    perm.assign(transpose.getPerm().begin(), transpose.getPerm().end());
  }
  auto type = tensorTypeOf(map);
  if (!isMap(type) || type.getDimSize(0) != flat.getDimSize(0))
    return std::nullopt;
  return FlattenedMap{map, perm};
}

/// The parts of a dense layer `alpha * a * b + beta * c`.
struct Dense {
  Value a, b, c;
  bool transposedB = false;
  double alpha = 1, beta = 1;
  nn::ActivationAttr activation;
};

Dense partsOf(nn::GemmOp gemm) {
  return {gemm.getA(),
          gemm.getB(),
          gemm.getC(),
          gemm.getTransB(),
          gemm.getAlpha().convertToDouble(),
          gemm.getBeta().convertToDouble(),
          gemm.getActivationAttr()};
}
Dense partsOf(nn::MatmulOp matmul) {
  Dense dense;
  dense.a = matmul.getA();
  dense.b = matmul.getB();
  return dense;
}

/// The matrix as filters K x C x spatial.
Value filterOf(WeightBuilder &weights, const Dense &dense, const FlattenedMap &flat) {
  auto map = tensorTypeOf(flat.map);
  int64_t rank = map.getRank();
  Value matrix = dense.transposedB ? dense.b : weights.transpose(dense.b, {1, 0});
  // The matrix has the dimensions of the map in the order in which the map was flattened.
  SmallVector<int64_t> shape{tensorTypeOf(matrix).getDimSize(0)}, back(rank);
  for (int64_t index = 1; index < rank; ++index)
    shape.push_back(map.getDimSize(flat.perm[index]));
  for (auto [to, from] : llvm::enumerate(flat.perm))
    back[from] = to;
  Value filter = weights.reshape(matrix, shape);
  return llvm::is_sorted(back) ? filter : weights.transpose(filter, back);
}

/// True where a map of one element per channel is the result of a dense layer that is a convolution
/// by now.
bool isDenseConvResult(Value map) {
  auto type = tensorTypeOf(map);
  if (llvm::any_of(type.getShape().drop_front(2), [](int64_t size) { return size != 1; }))
    return false;
  while (Operation *op = map.getDefiningOp()) {
    if (auto conv = dyn_cast<nn::ConvOp>(op))
      return tensorTypeOf(conv.getInput()).getShape().drop_front(2) ==
             tensorTypeOf(conv.getFilter()).getShape().drop_front(2);
    if (!op->hasTrait<nn::Pointwise>())
      return false;
    map = op->getOperand(0);
  }
  return false;
}

template <typename OpTy> struct DenseOnMap : OpRewritePattern<OpTy> {
  DenseOnMap(MLIRContext *context, bool all) : OpRewritePattern<OpTy>(context), all(all) {}

  LogicalResult matchAndRewrite(OpTy op, PatternRewriter &rewriter) const override {
    Dense dense = partsOf(op);
    auto type = tensorTypeOf(op.getResult());
    auto flat = flattenedMap(dense.a);
    if (!flat || !isa<FloatType>(type.getElementType()) || tensorTypeOf(dense.b).getRank() != 2)
      return rewriter.notifyMatchFailure(op, "no matrix times a flattened map");
    if constexpr (std::is_same_v<OpTy, nn::GemmOp>)
      if (op.getTransA())
        return rewriter.notifyMatchFailure(op, "the map is transposed");
    if (dense.c && !isPerChannel(dense.c, type))
      return rewriter.notifyMatchFailure(op, "the addend differs between images");
    if (!all && !isWorthIt(flat->map))
      return rewriter.notifyMatchFailure(op, "better served as a matrix product");
    rewriter.replaceOp(op, convert(rewriter, op, dense, *flat));
    return success();
  }

  /// A map that lies in blocks of channels saves being brought into order; with several images a
  /// matrix product reads the weights once for all of them.
  static bool isWorthIt(Value map) {
    auto type = tensorTypeOf(map);
    bool oneElement =
        llvm::all_of(type.getShape().drop_front(2), [](int64_t size) { return size == 1; });
    return type.getDimSize(0) == 1 && (!oneElement || isDenseConvResult(map));
  }

  static Value convert(PatternRewriter &rewriter, OpTy op, const Dense &dense,
                       const FlattenedMap &flat) {
    Location loc = op.getLoc();
    auto type = tensorTypeOf(op.getResult());
    Type elementType = type.getElementType();
    WeightBuilder weights(rewriter, derivedLocation(loc, "weights"));
    Value filter = filterOf(weights, dense, flat);
    if (dense.alpha != 1)
      filter = weights.mul(filter, weights.splat(dense.alpha, elementType, {1}));
    Value bias;
    if (dense.c) {
      bias = weights.channelVector(dense.c, type.getDimSize(1));
      if (dense.beta != 1)
        bias = weights.mul(bias, weights.splat(dense.beta, elementType, {1}));
    }
    SmallVector<int64_t> ones(tensorTypeOf(flat.map).getRank() - 2, 1), zeros(2 * ones.size(), 0);
    Value conv =
        nn::ConvOp::create(rewriter, loc, flat.map, filter, bias,
                           /*residual=*/Value(), ones, zeros, ones, /*groups=*/1, dense.activation);
    remarkPassed(op, kFcToConv, "DenseOnMap", {.bytes = tensorBytes(dense.a)});
    return nn::ReshapeOp::create(rewriter, derivedLocation(loc, "flat"), type, conv);
  }

  bool all;
};

/// The map N x C x 1 x ... that a value flattens to N x C; null for any other value.
Value unitMapOf(Value value) {
  auto reshape = value.getDefiningOp<nn::ReshapeOp>();
  if (!reshape || tensorTypeOf(value).getRank() != 2)
    return {};
  auto map = tensorTypeOf(reshape.getInput());
  bool flat = isMap(map) && map.getShape().take_front(2) == tensorTypeOf(value).getShape();
  return flat ? reshape.getInput() : Value();
}

/// True where an op does the same to N x C and to N x C x 1 x 1, apart from its operands' shapes.
bool treatsAlike(Operation *op, bool all) {
  if (op->hasTrait<nn::Pointwise>())
    return true;
  if (!all)
    return false;
  if (auto softmax = dyn_cast<nn::SoftmaxOp>(op))
    return softmax.getAxis() == 1;
  if (auto softmax = dyn_cast<nn::LogSoftmaxOp>(op))
    return softmax.getAxis() == 1;
  if (auto concat = dyn_cast<nn::ConcatOp>(op))
    return concat.getAxis() == 1;
  return isa<nn::BatchNormOp>(op);
}

struct FlattenThenOp : RewritePattern {
  FlattenThenOp(MLIRContext *context, bool all)
      : RewritePattern(MatchAnyOpTypeTag(), /*benefit=*/1, context), all(all) {}

  LogicalResult matchAndRewrite(Operation *op, PatternRewriter &rewriter) const override {
    if (op->getNumOperands() == 0 || op->getNumResults() != 1 || !treatsAlike(op, all))
      return rewriter.notifyMatchFailure(op, "does not treat N x C and N x C x 1 x 1 alike");
    Value map;
    for (Value operand : op->getOperands())
      map = map ? map : unitMapOf(operand);
    auto type = dyn_cast<RankedTensorType>(op->getResult(0).getType());
    if (!map || type.getRank() != 2 || (!all && !isDenseConvResult(map)))
      return rewriter.notifyMatchFailure(
          op, "no operand that flattens a map of one element per channel");
    int64_t rank = tensorTypeOf(map).getRank();
    if (!llvm::all_of(op->getOperands(),
                      [&](Value operand) { return isKnownOnMap(operand, op, rank); }))
      return rewriter.notifyMatchFailure(op, "an operand that is neither flattened nor a weight");
    SmallVector<Value> operands;
    for (Value operand : op->getOperands())
      operands.push_back(onMap(rewriter, operand, op, rank));
    SmallVector<int64_t> shape(type.getShape());
    shape.resize(rank, 1);
    Operation *moved = rewriter.create(op->getLoc(), op->getName().getIdentifier(), operands,
                                       TypeRange(type.clone(shape)), op->getAttrs());
    rewriter.replaceOp(op, nn::ReshapeOp::create(rewriter, derivedLocation(op->getLoc(), "flat"),
                                                 type, moved->getResult(0)));
    return success();
  }

  static bool isKnownOnMap(Value operand, Operation *op, int64_t rank) {
    if (Value map = unitMapOf(operand))
      return tensorTypeOf(map).getRank() == rank;
    bool parameter = isa<nn::BatchNormOp>(op) && tensorTypeOf(operand).getRank() == 1;
    bool broadcasts = op->hasTrait<nn::Pointwise>() && tensorTypeOf(operand).getRank() <= 2;
    return parameter || (broadcasts && (isWeight(operand) || isa<BlockArgument>(operand)));
  }

  static Value onMap(PatternRewriter &rewriter, Value operand, Operation *op, int64_t rank) {
    if (Value map = unitMapOf(operand))
      return map;
    auto type = tensorTypeOf(operand);
    if (isa<nn::BatchNormOp>(op) || type.getRank() == 0)
      return operand;
    SmallVector<int64_t> shape(2 - type.getRank(), 1);
    llvm::append_range(shape, type.getShape());
    shape.resize(rank, 1);
    return WeightBuilder(rewriter, derivedLocation(op->getLoc(), "weights"))
        .reshape(operand, shape);
  }

  bool all;
};

/// A pool over the whole map becomes a window of the map's present size.
template <typename GlobalOp, typename PoolOp> struct GlobalPool : OpRewritePattern<GlobalOp> {
  using OpRewritePattern<GlobalOp>::OpRewritePattern;

  LogicalResult matchAndRewrite(GlobalOp global, PatternRewriter &rewriter) const override {
    auto type = tensorTypeOf(global.getInput());
    if (!isMap(type) || type.getNumElements() == 0)
      return rewriter.notifyMatchFailure(global, "no map");
    SmallVector<int64_t> ones(type.getRank() - 2, 1), zeros(2 * ones.size(), 0);
    remarkPassed(global, kFcToConv, "GlobalPool", {});
    rewriter.replaceOpWithNewOp<PoolOp>(global, global.getInput(), type.getShape().drop_front(2),
                                        ones, zeros, ones);
    return success();
  }
};

/// A mean or maximum over the whole map, which may drop the dimensions.
template <typename ReduceOp, typename PoolOp> struct ReduceOverMap : OpRewritePattern<ReduceOp> {
  using OpRewritePattern<ReduceOp>::OpRewritePattern;

  LogicalResult matchAndRewrite(ReduceOp reduce, PatternRewriter &rewriter) const override {
    auto type = tensorTypeOf(reduce.getInput());
    if (!isMap(type) || !isa<FloatType>(type.getElementType()) || type.getNumElements() == 0 ||
        !llvm::equal(reduce.getAxes(), llvm::seq<int64_t>(2, type.getRank())))
      return rewriter.notifyMatchFailure(reduce, "does not reduce just the spatial dimensions");
    SmallVector<int64_t> ones(type.getRank() - 2, 1), zeros(2 * ones.size(), 0);
    Value pool = PoolOp::create(rewriter, reduce.getLoc(), reduce.getInput(),
                                type.getShape().drop_front(2), ones, zeros, ones);
    remarkPassed(reduce, kFcToConv, "ReduceOverMap", {});
    rewriter.replaceOp(
        reduce, rewriter.createOrFold<nn::ReshapeOp>(derivedLocation(reduce.getLoc(), "flat"),
                                                     reduce.getType(), pool));
    return success();
  }
};

} // namespace

void populateDenseLayerPatterns(RewritePatternSet &patterns, bool all) {
  patterns.add<DenseOnMap<nn::GemmOp>, DenseOnMap<nn::MatmulOp>>(patterns.getContext(), all);
}

void populateFlattenPatterns(RewritePatternSet &patterns, bool all) {
  patterns.add<FlattenThenOp>(patterns.getContext(), all);
}

void populateSlidingPoolPatterns(RewritePatternSet &patterns) {
  patterns.add<GlobalPool<nn::GlobalAveragePoolOp, nn::AveragePoolOp>,
               GlobalPool<nn::GlobalMaxPoolOp, nn::MaxPoolOp>,
               ReduceOverMap<nn::ReduceMeanOp, nn::AveragePoolOp>,
               ReduceOverMap<nn::ReduceMaxOp, nn::MaxPoolOp>>(patterns.getContext());
}

} // namespace kiln
