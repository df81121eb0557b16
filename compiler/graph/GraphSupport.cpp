// Remarks, locations and questions about values for the graph passes.
#include "compiler/graph/GraphSupport.h"

#include "dialects/nn/NnBuild.h"

#include "mlir/IR/Matchers.h"
#include "mlir/IR/Remarks.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

using namespace mlir;

namespace kiln {

static remark::RemarkOpts remarkOptions(Operation *op, StringRef pass) {
  auto options = remark::RemarkOpts::name(pass).category("graph");
  auto function = isa<FunctionOpInterface>(op) ? cast<FunctionOpInterface>(op)
                                               : op->getParentOfType<FunctionOpInterface>();
  return function ? options.function(function.getName()) : options;
}

void remarkPassed(Operation *op, StringRef pass, StringRef pattern, const Savings &savings) {
  auto remark = remark::passed(op->getLoc(), remarkOptions(op, pass));
  remark << remark::metric("Pattern", pattern);
  if (savings.ops)
    remark << remark::metric("SavedOps", savings.ops);
  if (savings.bytes)
    remark << remark::metric("SavedBytes", savings.bytes);
  if (savings.multiplyAdds)
    remark << remark::metric("SavedMultiplyAdds", savings.multiplyAdds);
}

void remarkMissed(Operation *op, StringRef pass, StringRef pattern, const Twine &reason) {
  remark::missed(op->getLoc(), remarkOptions(op, pass))
      << remark::metric("Pattern", pattern) << remark::metric("Reason", reason.str());
}

Location fusedLocation(Location first, Location last) {
  auto made = dyn_cast<NameLoc>(last);
  auto node = made ? dyn_cast<NameLoc>(made.getChildLoc()) : NameLoc();
  auto firstMade = dyn_cast<NameLoc>(first);
  auto firstNode = firstMade ? dyn_cast<NameLoc>(firstMade.getChildLoc()) : NameLoc();
  if (!node || !firstNode)
    return made ? last : FusedLoc::get(last.getContext(), {first, last});
  auto *context = last.getContext();
  auto both =
      StringAttr::get(context, firstNode.getName().getValue() + "+" + node.getName().getValue());
  return NameLoc::get(made.getName(), NameLoc::get(both, firstNode.getChildLoc()));
}

Location derivedLocation(Location loc, StringRef what) {
  auto made = dyn_cast<NameLoc>(loc);
  if (!made)
    return loc;
  auto name = StringAttr::get(loc.getContext(), made.getName().getValue() + "." + what);
  return NameLoc::get(name, made.getChildLoc());
}

int64_t multiplyAdds(Operation *op) {
  if (auto conv = dyn_cast<nn::ConvOp>(op)) {
    auto filter = tensorTypeOf(conv.getFilter());
    int64_t filters = filter.getDimSize(0);
    return filters ? tensorTypeOf(conv.getResult()).getNumElements() *
                         (filter.getNumElements() / filters)
                   : 0;
  }
  if (auto gemm = dyn_cast<nn::GemmOp>(op))
    return tensorTypeOf(gemm.getResult()).getNumElements() *
           tensorTypeOf(gemm.getA()).getDimSize(gemm.getTransA() ? 0 : 1);
  if (auto matmul = dyn_cast<nn::MatmulOp>(op))
    return tensorTypeOf(matmul.getResult()).getNumElements() *
           tensorTypeOf(matmul.getA()).getShape().back();
  return 0;
}

int64_t tensorBytes(Value value) {
  auto type = tensorTypeOf(value);
  return type.getNumElements() * nn::elementBytes(type.getElementType());
}

bool isWeight(Value value) {
  constexpr size_t fewOps = 64;
  SmallVector<Value> pending{value};
  SmallPtrSet<Operation *, 16> seen;
  while (!pending.empty()) {
    Operation *op = pending.pop_back_val().getDefiningOp();
    if (!op || !isa<nn::NnDialect>(op->getDialect()) || seen.size() > fewOps)
      return false;
    if (seen.insert(op).second)
      llvm::append_range(pending, op->getOperands());
  }
  return true;
}

std::optional<double> uniformConstant(Value value) {
  constexpr int64_t small = 4096;
  auto constant = value.getDefiningOp<nn::ConstantOp>();
  int64_t count = tensorTypeOf(value).getNumElements();
  if (!constant || count == 0 || count > small)
    return std::nullopt;
  auto sameEverywhere = [](auto elements) -> std::optional<double> {
    if (!elements || !llvm::all_equal(*elements))
      return std::nullopt;
    return double(elements->front());
  };
  if (isa<FloatType>(tensorTypeOf(value).getElementType()))
    return sameEverywhere(nn::constantFloats(value));
  return sameEverywhere(nn::constantIntegers(value));
}

bool isPerChannel(Value value, RankedTensorType type) {
  auto shape = tensorTypeOf(value).getShape();
  if (int64_t(shape.size()) > type.getRank() || type.getRank() < 2)
    return false;
  int64_t missing = type.getRank() - shape.size();
  for (auto [dim, size] : llvm::enumerate(shape)) {
    bool channels = int64_t(dim) + missing == 1 && size == type.getDimSize(1);
    if (size != 1 && !channels)
      return false;
  }
  return true;
}

LogicalResult rewriteToFixpoint(Operation *root, RewritePatternSet &&patterns) {
  GreedyRewriteConfig config;
  config.enableConstantCSE(false)
      .setRegionSimplificationLevel(GreedySimplifyRegionLevel::Disabled)
      .setMaxIterations(GreedyRewriteConfig::kNoLimit);
  return applyPatternsGreedily(root, std::move(patterns), config);
}

} // namespace kiln
