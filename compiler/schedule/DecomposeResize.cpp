// What nn.resize becomes: on f32 a kernel that reads tables of positions and weights, on other
// types gathers.
#include "compiler/schedule/DecomposePatterns.h"
#include "dialects/nn/NnBuild.h"
#include "dialects/nn/NnResize.h"

using namespace mlir;

namespace kiln {
namespace {

RankedTensorType typeOf(Value value) { return cast<RankedTensorType>(value.getType()); }

/// The tables of positions and weights become constants that the kernel reads.
struct ResizeWithTables : OpRewritePattern<nn::ResizeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(nn::ResizeOp op, PatternRewriter &rewriter) const override {
    if (op.getIndices() || !typeOf(op.getInput()).getElementType().isF32())
      return rewriter.notifyMatchFailure(op, "has tables, or is not of f32");
    int64_t rank = op.getSizes().size();
    SmallVector<int32_t> indices(3 - rank, 0);
    SmallVector<float> weights(3 - rank, 1);
    for (int64_t dim = 0; dim < rank; ++dim) {
      nn::ResizeTable table = nn::resizeTable(op, dim);
      llvm::append_range(indices, table.indices);
      llvm::append_range(weights, table.weights);
    }
    auto constant = [&](auto values, Type element) {
      auto type = RankedTensorType::get({int64_t(values.size())}, element);
      return nn::ConstantOp::create(rewriter, op.getLoc(), type,
                                    DenseElementsAttr::get(type, ArrayRef(values)));
    };
    Value positions = constant(indices, rewriter.getI32Type()),
          factors = constant(weights, rewriter.getF32Type());
    rewriter.modifyOpInPlace(op, [&] {
      op.getIndicesMutable().assign(positions);
      op.getWeightsMutable().assign(factors);
    });
    return success();
  }
};

/// The sum of the taps that resizeTable lists, one spatial dimension after the other, on any type:
/// each tap is an nn.gather.
struct ResizeByGathers : OpRewritePattern<nn::ResizeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(nn::ResizeOp op, PatternRewriter &rewriter) const override {
    if (typeOf(op.getInput()).getElementType().isF32())
      return rewriter.notifyMatchFailure(op, "has a kernel");
    Value value = op.getInput();
    for (size_t dim = 0; dim < op.getSizes().size(); ++dim)
      value = resample(rewriter, op.getLoc(), value, dim + 2, nn::resizeTable(op, dim));
    rewriter.replaceOp(op, value);
    return success();
  }

private:
  static Value resample(OpBuilder &builder, Location loc, Value value, int64_t axis,
                        const nn::ResizeTable &table) {
    int64_t size = table.indices.size() / table.taps;
    Type element = typeOf(value).getElementType();
    SmallVector<int64_t> alongAxis(typeOf(value).getRank(), 1);
    alongAxis[axis] = size;
    Value sum;
    for (int64_t tap = 0; tap < table.taps; ++tap) {
      SmallVector<int64_t> indices;
      SmallVector<Attribute> weights;
      for (int64_t i = tap; i < size * table.taps; i += table.taps) {
        indices.push_back(table.indices[i]);
        if (isa<FloatType>(element))
          weights.push_back(builder.getFloatAttr(element, table.weights[i]));
      }
      Value part = nn::GatherOp::create(builder, loc, value,
                                        nn::createConstant(builder, loc, indices), axis);
      if (table.taps == 1)
        return part;
      auto type = RankedTensorType::get(alongAxis, element);
      Value factors =
          nn::ConstantOp::create(builder, loc, type, DenseElementsAttr::get(type, weights));
      part = nn::MulOp::create(builder, loc, part, factors);
      sum = sum ? nn::AddOp::create(builder, loc, sum, part).getResult() : part;
    }
    return sum;
  }
};

} // namespace

void populateDecomposeResizePatterns(RewritePatternSet &patterns) {
  patterns.add<ResizeWithTables, ResizeByGathers>(patterns.getContext());
}

} // namespace kiln
