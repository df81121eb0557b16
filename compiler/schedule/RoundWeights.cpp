// Stores the weights of dense layers in 24 bits where the time of the layer is that of reading
// them: a quarter less to read. The error is that of one more rounding for each weight, to 18
// significant bits, which is of the order of what a sum of that many products in f32 has anyway.
//
//   %p = nn.pack_filter(nn.constant)   ->   %p = nn.round_filter(nn.pack_filter(nn.constant))
#include "compiler/schedule/Layout.h"
#include "compiler/schedule/Passes.h"
#include "dialects/nn/NnElements.h"

#include "mlir/IR/Remarks.h"

#include <cmath>

using namespace mlir;

namespace kiln {

#define GEN_PASS_DEF_ROUNDWEIGHTS
#include "compiler/schedule/Passes.h.inc"

namespace {

/// Fewer weights are read from a cache, where that takes no longer than widening them.
constexpr int64_t fewBytes = 8 << 20;
/// With more rows than these the products take longer than reading the weights.
constexpr int64_t mostRows = 4;

/// The constant whose elements a packed filter has, in whatever order, or null.
nn::ConstantOp sourceOf(nn::PackFilterOp pack) {
  Operation *source = pack.getFilter().getDefiningOp();
  while (isa_and_present<nn::ReshapeOp, nn::TransposeOp>(source))
    source = source->getOperand(0).getDefiningOp();
  return dyn_cast_if_present<nn::ConstantOp>(source);
}

/// Whether the largest weight is one of a network's, neither too large for a float of 24 bits nor
/// so small that others would be lost for their size.
bool haveUsualSizes(nn::ConstantOp constant) {
  SmallVector<char> storage;
  std::optional<ArrayRef<char>> bytes = nn::readBytes(constant.getValue(), storage);
  if (!bytes)
    return false;
  ArrayRef<float> weights(reinterpret_cast<const float *>(bytes->data()),
                          bytes->size() / sizeof(float));
  float largest = 0;
  bool areFinite = true;
  for (float weight : weights) {
    largest = std::max(largest, std::fabs(weight));
    areFinite &= std::isfinite(weight);
  }
  return areFinite && largest >= 0x1p-16F && largest < 0x1p16F;
}

struct RoundWeights : impl::RoundWeightsBase<RoundWeights> {
  using Base::Base;

  LogicalResult initialize(MLIRContext *context) override {
    if (weights == "auto" || weights == "f32" || weights == "f24")
      return success();
    return emitError(UnknownLoc::get(context), "weights=")
           << weights << ": auto, f32 and f24 are known";
  }

  void runOnOperation() override {
    if (weights == "f32")
      return;
    getOperation().walk([&](nn::GemmOp gemm) { round(gemm, gemm.getBMutable()); });
    getOperation().walk([&](nn::ConvOp conv) {
      if (isDense(conv))
        round(conv, conv.getFilterMutable());
    });
  }

private:
  void round(Operation *layer, OpOperand &filter) {
    auto pack = filter.get().getDefiningOp<nn::PackFilterOp>();
    if (!pack || !pack.getType().getElementType().isF32())
      return;
    int64_t rows = cast<RankedTensorType>(layer->getOperand(0).getType()).getDimSize(0);
    if (weights == "auto" && (rows > mostRows || bufferBytes(pack.getType()) < fewBytes))
      return;
    nn::ConstantOp source = sourceOf(pack);
    if (!source || !haveUsualSizes(source))
      return;
    OpBuilder builder(layer);
    filter.set(nn::RoundFilterOp::create(builder, pack.getLoc(), pack));
  }
};

} // namespace
} // namespace kiln
