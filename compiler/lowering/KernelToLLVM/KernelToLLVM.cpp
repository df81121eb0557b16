// Converts a module of kernel functions, entries and launches to the LLVM dialect, with bare
// pointers for buffers.
//
//   func.func private @k(%a: memref<64xf32>, %task: index)
//   ->   llvm.func internal @k(!llvm.ptr {llvm.align = 64, llvm.noalias}, i64)
#include "compiler/lowering/KernelToLLVM/EntryToLLVM.h"

#include "mlir/Conversion/AffineToStandard/AffineToStandard.h"
#include "mlir/Conversion/ArithToLLVM/ArithToLLVM.h"
#include "mlir/Conversion/ControlFlowToLLVM/ControlFlowToLLVM.h"
#include "mlir/Conversion/FuncToLLVM/ConvertFuncToLLVM.h"
#include "mlir/Conversion/LLVMCommon/ConversionTarget.h"
#include "mlir/Conversion/LLVMCommon/TypeConverter.h"
#include "mlir/Conversion/MathToLLVM/MathToLLVM.h"
#include "mlir/Conversion/MemRefToLLVM/MemRefToLLVM.h"
#include "mlir/Conversion/SCFToControlFlow/SCFToControlFlow.h"
#include "mlir/Conversion/UBToLLVM/UBToLLVM.h"
#include "mlir/Conversion/VectorToLLVM/ConvertVectorToLLVM.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Dialect/MemRef/Transforms/Transforms.h"
#include "mlir/Transforms/DialectConversion.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

using namespace mlir;

namespace kiln {

#define GEN_PASS_DEF_KERNELTOLLVM
#include "compiler/lowering/Passes.h.inc"

namespace {

/// What a caller guarantees of one buffer of a kernel.
struct BufferFacts {
  int64_t bytes = 0, alignment = 1;
  bool mayAlias = false;
};

using KernelFacts = llvm::MapVector<StringAttr, SmallVector<BufferFacts>>;

KernelFacts factsOfKernels(ModuleOp module, const KernelAlignments &alignments) {
  KernelFacts facts;
  for (auto function : module.getOps<func::FuncOp>()) {
    if (!function->hasAttr("kernel.tasks"))
      continue;
    SmallVector<int64_t> known = alignments.lookup(function.getSymNameAttr());
    SmallVector<BufferFacts> &buffers = facts[function.getSymNameAttr()];
    for (auto [i, type] : llvm::enumerate(function.getArgumentTypes().drop_back())) {
      auto buffer = cast<MemRefType>(type);
      int64_t elementBytes = llvm::divideCeil(buffer.getElementTypeBitWidth(), 8);
      buffers.push_back({buffer.getNumElements() * elementBytes,
                         i < known.size() ? known[i] : elementBytes,
                         function.getArgAttr(i, "kernel.may_alias") != nullptr});
    }
  }
  return facts;
}

/// Subviews become offsets and strides, affine maps arithmetic.
LogicalResult expandAddresses(ModuleOp module) {
  RewritePatternSet patterns(module.getContext());
  memref::populateExpandStridedMetadataPatterns(patterns);
  arith::populateCeilFloorDivExpandOpsPatterns(patterns);
  populateAffineToStdConversionPatterns(patterns);
  return applyPatternsGreedily(module, std::move(patterns));
}

LogicalResult convertLoops(ModuleOp module) {
  RewritePatternSet patterns(module.getContext());
  populateSCFToControlFlowConversionPatterns(patterns);
  ConversionTarget target(*module.getContext());
  target.addIllegalDialect<scf::SCFDialect>();
  target.markUnknownOpDynamicallyLegal([](Operation *) { return true; });
  return applyPartialConversion(module, target, std::move(patterns));
}

LogicalResult convertKernels(ModuleOp module) {
  LowerToLLVMOptions options(module.getContext());
  options.useBarePtrCallConv = true;
  options.overrideIndexBitwidth(64);
  LLVMTypeConverter converter(module.getContext(), options);
  RewritePatternSet patterns(module.getContext());
  populateFuncToLLVMConversionPatterns(converter, patterns);
  populateVectorToLLVMConversionPatterns(converter, patterns);
  populateFinalizeMemRefToLLVMConversionPatterns(converter, patterns);
  arith::populateArithToLLVMConversionPatterns(converter, patterns);
  populateMathToLLVMConversionPatterns(converter, patterns);
  cf::populateControlFlowToLLVMConversionPatterns(converter, patterns);
  ub::populateUBToLLVMConversionPatterns(converter, patterns);
  LLVMConversionTarget target(*module.getContext());
  target.addLegalOp<ModuleOp, kernel::WeightOp>();
  return applyFullConversion(module, target, std::move(patterns));
}

/// The conversions keep the annotation of a loop as a foreign attribute of its branch, which the
/// translation to LLVM drops.
void adoptLoopAnnotations(ModuleOp module) {
  module.walk([](LLVM::BrOp branch) {
    if (auto annotation = branch->removeDiscardableAttr("llvm.loop_annotation"))
      branch.setLoopAnnotationAttr(cast<LLVM::LoopAnnotationAttr>(annotation));
  });
}

void annotate(LLVM::LLVMFuncOp function, ArrayRef<BufferFacts> buffers) {
  Builder b(function.getContext());
  function.setLinkage(LLVM::Linkage::Internal);
  function.setNoInline(true);
  for (auto [i, buffer] : llvm::enumerate(buffers)) {
    function.setArgAttr(i, "llvm.align", b.getI64IntegerAttr(buffer.alignment));
    function.setArgAttr(i, "llvm.nonnull", b.getUnitAttr());
    if (buffer.bytes)
      function.setArgAttr(i, "llvm.dereferenceable", b.getI64IntegerAttr(buffer.bytes));
    if (!buffer.mayAlias)
      function.setArgAttr(i, "llvm.noalias", b.getUnitAttr());
    function.removeArgAttr(i, b.getStringAttr("kernel.may_alias"));
  }
}

struct KernelToLLVM : impl::KernelToLLVMBase<KernelToLLVM> {
  using Base::Base;
  void runOnOperation() override {
    ModuleOp module = getOperation();
    KernelAlignments alignments;
    if (failed(convertEntries(module, timestamp, alignments)))
      return signalPassFailure();
    KernelFacts facts = factsOfKernels(module, alignments);
    if (failed(expandAddresses(module)) || failed(convertLoops(module)) ||
        failed(convertKernels(module)))
      return signalPassFailure();
    adoptLoopAnnotations(module);
    SymbolTable symbols(module);
    for (auto &[name, buffers] : facts)
      annotate(symbols.lookup<LLVM::LLVMFuncOp>(name), buffers);
  }
};

} // namespace
} // namespace kiln
