// Turns the kernel op of a kernel function into loops over vectors; the emitter of each family has
// its own file.
//
//   kernel.conv ins(...) outs(...) {...}   ->   scf.for nests with vector<16xf32> accumulators
#include "compiler/lowering/KernelToVector/Kernels.h"

#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace kiln {

#define GEN_PASS_DEF_KERNELTOVECTOR
#include "compiler/lowering/Passes.h.inc"

namespace {

/// Replaces `op` where it is a kernel.
void emitKernel(Operation *op, Value task, int64_t tasks) {
  Emitter emitter(op, task);
  bool isKernel =
      llvm::TypeSwitch<Operation *, bool>(op)
          .Case([&](kernel::ConvOp conv) { return emitConvolution(emitter, conv), true; })
          .Case([&](kernel::LocalConvOp conv) { return emitLocalConvolution(emitter, conv), true; })
          .Case([&](kernel::WinogradOp conv) { return emitWinograd(emitter, conv), true; })
          .Case([&](kernel::WinogradInputOp input) {
            return emitWinogradInput(emitter, input), true;
          })
          .Case([&](kernel::GemmOp gemm) { return emitGemm(emitter, gemm), true; })
          .Case([&](kernel::PoolOp pool) { return emitPool(emitter, pool), true; })
          .Case([&](kernel::LrnOp lrn) { return emitLrn(emitter, lrn), true; })
          .Case([&](kernel::ResampleOp resample) { return emitResample(emitter, resample), true; })
          .Case([&](kernel::NonMaxSuppressionOp nms) {
            return emitNonMaxSuppression(emitter, nms), true;
          })
          .Case([&](kernel::TopKOp topK) { return emitTopK(emitter, topK), true; })
          .Case([&](kernel::RoiAlignOp align) { return emitRoiAlign(emitter, align), true; })
          .Case([&](kernel::RelayoutOp relayout) { return emitRelayout(emitter, relayout), true; })
          .Case([&](kernel::PackFilterOp pack) { return emitPackFilter(emitter, pack), true; })
          .Case([&](kernel::FillBorderOp fill) { return emitFillBorder(emitter, fill), true; })
          .Case([&](linalg::GenericOp generic) {
            return emitPointwise(emitter, generic, tasks) ||
                   emitRowReduction(emitter, generic, tasks) ||
                   emitMatrixProduct(emitter, generic, tasks) ||
                   emitTransposedCopy(emitter, generic, tasks);
          })
          .Default(false);
  if (isKernel)
    op->erase();
}

struct KernelToVector : impl::KernelToVectorBase<KernelToVector> {
  void runOnOperation() override {
    func::FuncOp function = getOperation();
    auto tasks = function->getAttrOfType<IntegerAttr>("kernel.tasks");
    if (!tasks)
      return;
    Value task = function.getArguments().back();
    for (Operation &op : llvm::make_early_inc_range(function.front()))
      emitKernel(&op, task, tasks.getInt());
  }
};

} // namespace
} // namespace kiln
