// The generated code of the kernel ops, and the verifiers of those that stand around kernels:
// launch and weight.
#include "dialects/kernel/KernelDialect.h"
#include "dialects/nn/NnRules.h"

#include "mlir/Interfaces/FunctionInterfaces.h"

using namespace mlir;

namespace kiln::kernel {

using nn::RuleReporter;

LogicalResult LaunchOp::verify() {
  if (getTasks() < 1)
    return RuleReporter(*this).broken("KX2", "tasks must be positive, but is ", getTasks());
  return success();
}

LogicalResult LaunchOp::verifySymbolUses(SymbolTableCollection &symbols) {
  RuleReporter rules(*this);
  auto callee = symbols.lookupNearestSymbolFrom<FunctionOpInterface>(*this, getCalleeAttr());
  if (!callee)
    return rules.broken("KX1", "there is no function @", getCallee());
  SmallVector<Type> expected(getArguments().getTypes());
  expected.push_back(IndexType::get(getContext()));
  if (ArrayRef<Type>(expected) != callee.getArgumentTypes() || !callee.getResultTypes().empty())
    return rules.broken("KX1", "@", getCallee(),
                        " must take the launch's buffers and an index and return nothing");
  return success();
}

LogicalResult WeightOp::verify() {
  RuleReporter rules(*this);
  if (getOffset() < 0 || getOffset() % 64 != 0)
    return rules.broken("KW1", "offset must be a multiple of 64 from 0 up, but is ", getOffset());
  if (getPrepare())
    return success();
  auto source = getSources().size() == 1 ? dyn_cast<ElementsAttr>(getSources()[0]) : ElementsAttr();
  auto type = cast<RankedTensorType>(getType());
  if (!source || source.getElementType() != type.getElementType() ||
      source.getShapedType().getShape() != type.getShape())
    return rules.broken("KW2", "without a prepare function there must be one source, of type ",
                        type);
  return success();
}

} // namespace kiln::kernel

#define GET_OP_CLASSES
#include "dialects/kernel/KernelOps.cpp.inc"
