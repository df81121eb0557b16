// Stores the weights of dense layers in 24 bits where the time of the layer is that of reading
// them: a quarter less to read, for one more rounding of each weight, to 18 significant bits.
//
//   %p = nn.pack_filter(nn.constant)   ->   %p = nn.pack_filter(nn.constant) {bits = 24}
#include "compiler/schedule/Layout.h"
#include "compiler/schedule/Passes.h"
#include "compiler/schedule/TargetModel.h"
#include "compiler/schedule/Weights.h"
#include "dialects/nn/NnElements.h"

#include "mlir/IR/Remarks.h"

#include <cmath>

using namespace mlir;

namespace kiln {

#define GEN_PASS_DEF_ROUNDWEIGHTS
#include "compiler/schedule/Passes.h.inc"

namespace {

/// Fewer are not worth a rounding.
constexpr int64_t fewBytes = 8 << 20;
/// With more rows than these the products take longer than reading the weights.
constexpr int64_t mostRows = 4;
/// With narrower vectors, widening takes longer than reading what it saves.
constexpr int64_t leastVectorBits = 256;

/// The matrix product or dense layer that reads packed weights in this place, or null.
Operation *denseLayer(OpOperand &use) {
  if (auto gemm = dyn_cast<nn::GemmOp>(use.getOwner()))
    return &gemm.getBMutable() == &use ? gemm.getOperation() : nullptr;
  auto conv = dyn_cast<nn::ConvOp>(use.getOwner());
  return conv && &conv.getFilterMutable() == &use && isDense(conv) ? conv.getOperation() : nullptr;
}

/// The constant whose elements a packed filter has, in whatever order and float type, or null.
nn::ConstantOp sourceOf(nn::PackFilterOp pack) {
  Operation *source = pack.getFilter().getDefiningOp();
  while (isa_and_present<nn::ReshapeOp, nn::TransposeOp, nn::CastOp>(source))
    source = source->getOperand(0).getDefiningOp();
  auto constant = dyn_cast_if_present<nn::ConstantOp>(source);
  bool isFloat = constant && isa<FloatType>(constant.getType().getElementType());
  return isFloat ? constant : nn::ConstantOp();
}

/// The largest magnitude among finite elements; nothing where one is not, or the elements are lost.
std::optional<double> largestOf(nn::ConstantOp constant) {
  constexpr size_t chunk = 4096;
  Type element = constant.getType().getElementType();
  ElementsAttr elements = constant.getValue();
  if (auto dense = dyn_cast<DenseElementsAttr>(elements); dense && dense.isSplat())
    elements = dense.resizeSplat(RankedTensorType::get({1}, element));
  SmallVector<char> storage;
  std::optional<ArrayRef<char>> bytes = nn::readBytes(elements, storage);
  if (!bytes)
    return std::nullopt;
  size_t size = elementBytes(element), count = bytes->size() / size;
  std::array<double, chunk> values;
  double largest = 0;
  for (size_t first = 0; first < count; first += chunk) {
    size_t length = std::min(chunk, count - first);
    nn::loadFloats(element, bytes->data() + first * size, length, values.data());
    for (double value : ArrayRef(values).take_front(length)) {
      if (!std::isfinite(value))
        return std::nullopt;
      largest = std::max(largest, std::fabs(value));
    }
  }
  return largest;
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
    isAuto = weights == "auto";
    if (isAuto && (TargetModel::forTarget(target).vectorBits < leastVectorBits ||
                   !comeFromMemory(weightsUnder(getOperation()))))
      return;
    for (auto pack :
         llvm::make_early_inc_range(getOperation().getBody().front().getOps<nn::PackFilterOp>()))
      round(pack);
  }

private:
  void round(nn::PackFilterOp pack);
  bool gains(nn::PackFilterOp pack) const;

  bool isAuto = true;
};

/// Whether all that reads the weights are dense layers, whose time they are.
bool RoundWeights::gains(nn::PackFilterOp pack) const {
  if (pack->use_empty() || !pack.getType().getElementType().isF32() ||
      (isAuto && bufferBytes(pack.getType()) < fewBytes))
    return false;
  return llvm::all_of(pack->getUses(), [&](OpOperand &use) {
    Operation *layer = denseLayer(use);
    return layer &&
           (!isAuto ||
            cast<RankedTensorType>(layer->getOperand(0).getType()).getDimSize(0) <= mostRows);
  });
}

void RoundWeights::round(nn::PackFilterOp pack) {
  if (!gains(pack))
    return;
  nn::ConstantOp source = sourceOf(pack);
  std::optional<double> largest = source ? largestOf(source) : std::nullopt;
  auto options = remark::RemarkOpts::name("RoundWeights").category("schedule");
  if (!largest || *largest < 0x1p-16 || *largest >= 0x1p16) {
    remark::missed(pack.getLoc(), options)
        << remark::reason(!source    ? "the weights are computed from others"
                          : !largest ? "not all weights are finite numbers"
                                     : "the largest weight is below 2^-16, or 2^16 or more");
    return;
  }
  OpBuilder builder(pack);
  auto rounded = nn::PackFilterOp::create(builder, pack.getLoc(), pack.getFilter(), pack.getForm(),
                                          pack.getGroups(), pack.getBlock(), /*bits=*/24);
  remark::passed(pack.getLoc(), options)
      << remark::metric("Bytes", bufferBytes(rounded.getType()))
      << remark::metric("InsteadOf", bufferBytes(pack.getType()));
  pack.replaceAllUsesWith(rounded.getResult());
  pack.erase();
}

} // namespace
} // namespace kiln
