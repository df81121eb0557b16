// See BenchedKernel.h.
#include "tools/bench/BenchedKernel.h"

#include "compiler/Pipeline.h"
#include "compiler/schedule/Layout.h"
#include "compiler/schedule/NnToKernel/Layers.h"
#include "compiler/schedule/Prologue.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"

using namespace mlir;

namespace kiln::bench {
namespace {

MLIRContext &theContext() {
  static MLIRContext context = [] {
    DialectRegistry registry;
    registerDialects(registry);
    return MLIRContext(registry);
  }();
  context.loadAllAvailableDialects();
  return context;
}

int64_t bytesOf(Operation *op) {
  int64_t bytes = 0;
  for (Type type : llvm::concat<const Type>(llvm::to_vector(op->getOperandTypes()),
                                            llvm::to_vector(op->getResultTypes())))
    bytes += bufferBytes(cast<RankedTensorType>(type));
  return bytes;
}

/// The first op of that name; of convolutions the last, which can compute one in front of it.
Operation *find(ModuleOp module, StringRef name) {
  Operation *found = nullptr;
  module.walk([&](Operation *op) {
    if (op->getName().getStringRef() == name && (!found || isa<nn::ConvOp>(op)))
      found = op;
  });
  return found;
}

int64_t multiplyAddsOf(Operation *op) {
  return describeLayer(op).getAs<IntegerAttr>("multiply_adds").getInt();
}

} // namespace

BenchedKernel compileLayer(const BenchedLayer &layer, Options options) {
  options.denseWeights = layer.denseWeights;
  BenchedKernel kernel;
  MLIRContext &context = theContext();
  ScopedDiagnosticHandler messages(
      &context, [&](Diagnostic &message) { kernel.problem += message.str() + "; "; });
  OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(layer.network, ParserConfig(&context));
  if (!module)
    return kernel;
  PassManager layouts(&context);
  addLayoutPasses(layouts, options);
  if (failed(layouts.run(*module)))
    return kernel;
  Operation *op = find(*module, layer.op);
  if (!op) {
    kernel.problem = "there is no " + layer.op + " in it";
    return kernel;
  }
  SmallVector<KernelChoice> choices =
      choicesFor(op, TargetModel::forTarget(options.target), layer.winograd);
  if (choices.empty())
    choices.emplace_back();
  kernel.choice = choices.front().schedule ? choices.front().text() : "";
  auto code = IsolatedKernel::compile(op, choices.front(), options, {});
  if (failed(code))
    return kernel;
  kernel.multiplyAdds = multiplyAddsOf(op);
  if (choices.front().prologueRows)
    for (Operation *inFront : prologueOf(cast<nn::ConvOp>(op))->ops)
      kernel.multiplyAdds += multiplyAddsOf(inFront);
  kernel.bytes = bytesOf(op);
  kernel.code.emplace(std::move(*code));
  return kernel;
}

} // namespace kiln::bench
