// Rules and result types of pooling.
#include "dialects/nn/NnDialect.h"
#include "dialects/nn/NnShapeInference.h"

using namespace mlir;

namespace kiln::nn {

/// nn.max_pool and nn.average_pool, whose window attributes are the same.
template <typename Adaptor>
static FailureOr<RankedTensorType> inferPool(Adaptor pool, const RuleReporter &rules) {
  RankedTensorType input = tensorOf(pool.getInput());
  if (input.getRank() < 3 || input.getRank() > 5)
    return rules.broken("P1", "input must have rank 3, 4 or 5, but has ", input.getRank());
  Windows windows{pool.getKernelShape(), pool.getStrides(), pool.getPads(), pool.getDilations(),
                  pool.getCeilMode()};
  auto spatial = windowedShape(input.getShape().drop_front(2), windows, {"P2", "P4"}, rules);
  if (failed(spatial))
    return failure();
  for (auto [index, pad] : llvm::enumerate(windows.pads)) {
    size_t dim = index % spatial->size();
    if (pad >= *dilatedSize(windows.kernel[dim], windows.dilations[dim]))
      return rules.broken("P3", "pad ", pad,
                          " must be smaller than the dilated kernel in spatial dimension ", dim);
  }
  SmallVector<int64_t> shape(input.getShape().take_front(2));
  llvm::append_range(shape, *spatial);
  return rules.tensorType(shape, input.getElementType());
}

FailureOr<RankedTensorType> MaxPoolOp::inferResult(Adaptor pool, const RuleReporter &rules) {
  return inferPool(pool, rules);
}

FailureOr<RankedTensorType> AveragePoolOp::inferResult(Adaptor pool, const RuleReporter &rules) {
  return inferPool(pool, rules);
}

static FailureOr<RankedTensorType> inferGlobalPool(RankedTensorType input,
                                                   const RuleReporter &rules) {
  if (input.getRank() < 3)
    return rules.broken("GP1", "input must have rank 3 or more, but has ", input.getRank());
  SmallVector<int64_t> shape(input.getShape());
  std::fill(shape.begin() + 2, shape.end(), 1);
  return rules.tensorType(shape, input.getElementType());
}

FailureOr<RankedTensorType> GlobalAveragePoolOp::inferResult(Adaptor pool,
                                                             const RuleReporter &rules) {
  return inferGlobalPool(tensorOf(pool.getInput()), rules);
}

FailureOr<RankedTensorType> GlobalMaxPoolOp::inferResult(Adaptor pool, const RuleReporter &rules) {
  return inferGlobalPool(tensorOf(pool.getInput()), rules);
}

} // namespace kiln::nn
