// The whole compiler: what runs, in which order, and why in that order.
#include "compiler/Pipeline.h"

#include "compiler/graph/Passes.h"
#include "compiler/lowering/Passes.h"
#include "compiler/schedule/Passes.h"
#include "compiler/tuning/TuneKernels.h"
#include "dialects/kernel/KernelDialect.h"
#include "dialects/nn/NnDialect.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

namespace kiln {

// Registration is in this file alone: the templates behind it are slow to compile.
#define GEN_PASS_REGISTRATION
#include "compiler/graph/Passes.h.inc"
#define GEN_PASS_REGISTRATION
#include "compiler/schedule/Passes.h.inc"
#define GEN_PASS_REGISTRATION
#include "compiler/lowering/Passes.h.inc"

void registerDialects(DialectRegistry &registry) {
  registry.insert<nn::NnDialect, kernel::KernelDialect, func::FuncDialect, linalg::LinalgDialect,
                  math::MathDialect, memref::MemRefDialect>();
  registerBuiltinDialectTranslation(registry);
  registerLLVMDialectTranslation(registry);
}

void addGraphStage(OpPassManager &passes, const Options &options) {
  FcToConvOptions fcToConv;
  fcToConv.slidingWindow = options.slidingWindow;
  for (const std::string &shape : options.slidingShapes)
    fcToConv.inputShapes.push_back(shape);
  // A network that is to slide is converted as it was imported: simplify would make a window over
  // the whole map a global pool.
  if (options.slidingWindow)
    passes.addPass(createFcToConv(fcToConv));
  passes.addNestedPass<func::FuncOp>(createFoldConstants());
  // Identities, dropouts and reshapes gone, every pattern behind it sees producers and consumers
  // side by side.
  passes.addNestedPass<func::FuncOp>(createSimplify());
  // Before the passes that compute with weights, so that they do so in f32.
  passes.addNestedPass<func::FuncOp>(createWidenHalf());
  // After simplify, which removes what stands between flattening and dense layer; before fuse-conv,
  // which then gives dense layers their activations the way it does for convolutions.
  if (!options.slidingWindow)
    passes.addPass(createFcToConv(fcToConv));
  passes.addNestedPass<func::FuncOp>(createFuseConv());
  // After fuse-conv: only then is it known which convolutions have nothing between them.
  passes.addNestedPass<func::FuncOp>(createFoldBottleneck());
  passes.addNestedPass<func::FuncOp>(createSimplify());
  passes.addPass(createCSEPass());
}

const char *winogradName(Winograd winograd) {
  switch (winograd) {
  case Winograd::Auto:
    return "auto";
  case Winograd::Off:
    return "off";
  case Winograd::F2:
    return "f2";
  case Winograd::F3:
    return "f3";
  case Winograd::F4:
    return "f4";
  case Winograd::F5:
    return "f5";
  case Winograd::F6:
    return "f6";
  }
  return "auto";
}

const char *denseWeightsName(DenseWeights weights) {
  switch (weights) {
  case DenseWeights::Auto:
    return "auto";
  case DenseWeights::F32:
    return "f32";
  case DenseWeights::F24:
    return "f24";
  }
  return "auto";
}

void addLayoutPasses(OpPassManager &passes, const Options &options) {
  OpPassManager &functions = passes.nest<func::FuncOp>();
  functions.addPass(createDecomposeOps());
  functions.addPass(createAssignLayout());
  // Weights that two layers share are packed once.
  functions.addPass(createCSEPass());
  RoundWeightsOptions roundWeights;
  roundWeights.weights = denseWeightsName(options.denseWeights);
  roundWeights.target = options.target;
  functions.addPass(createRoundWeights(roundWeights));
}

/// The second half: ops become kernels.
static void addKernelPasses(OpPassManager &passes, const Options &options) {
  ChooseKernelOptions chooseKernel;
  chooseKernel.target = options.target;
  chooseKernel.winograd = winogradName(options.winograd);
  passes.addNestedPass<func::FuncOp>(createChooseKernel(chooseKernel));
  // After choose-kernel, so that the packing kernels have their schedules too.
  passes.addPass(createSplitWeights());
  // While weights are still tensors: what moves is an op between them.
  if (options.prepareAtLoad) {
    PrepareAtLoadOptions prepareAtLoad;
    prepareAtLoad.name = options.name;
    passes.addPass(createPrepareAtLoad(prepareAtLoad));
  }
  NnToKernelOptions nnToKernel;
  nnToKernel.name = options.name;
  passes.addPass(createNnToKernel(nnToKernel));
  passes.addNestedPass<func::FuncOp>(createPlanMemory());
  passes.addPass(createCanonicalizerPass());
  passes.addPass(createCSEPass());
}

void addScheduleStage(OpPassManager &passes, const Options &options) {
  addLayoutPasses(passes, options);
  addKernelPasses(passes, options);
}

/// As addScheduleStage, with measured times between layouts, which are part of what is measured,
/// and choose-kernel.
static LogicalResult runTunedSchedule(ModuleOp module, const Options &options) {
  PassManager layouts(module.getContext()), kernels(module.getContext());
  addLayoutPasses(layouts, options);
  addKernelPasses(kernels, options);
  return failure(failed(layouts.run(module)) || failed(tuneKernels(module, options)) ||
                 failed(kernels.run(module)));
}

void addLoweringStage(OpPassManager &passes, const Options &options) {
  passes.addPass(createOutlineKernels());
  OpPassManager &functions = passes.nest<func::FuncOp>();
  functions.addPass(createKernelToVector());
  functions.addPass(createLinalgToLoops());
  // After both, which are what creates functions of the math dialect.
  functions.addPass(createExpandMath());
  functions.addPass(createCanonicalizerPass());
  functions.addPass(createCSEPass());
  KernelToLLVMOptions kernelToLLVM;
  kernelToLLVM.timestamp = options.timestamp;
  passes.addPass(createKernelToLLVM(kernelToLLVM));
}

void registerPassesAndStages() {
  registerTransformsPasses();
  registerKilnGraphPasses();
  registerKilnSchedulePasses();
  registerKilnLoweringPasses();
  static const Options defaults;
  PassPipelineRegistration<>("stage-graph", "Run the graph stage",
                             [](OpPassManager &passes) { addGraphStage(passes, defaults); });
  PassPipelineRegistration<>("stage-schedule", "Run the schedule stage",
                             [](OpPassManager &passes) { addScheduleStage(passes, defaults); });
  PassPipelineRegistration<>("stage-lowering", "Run the lowering stage",
                             [](OpPassManager &passes) { addLoweringStage(passes, defaults); });
}

LogicalResult runStages(ModuleOp module, const Options &options, Stage from, Stage to) {
  auto includes = [&](Stage stage) { return from < stage && stage <= to; };
  auto run = [&](void (*addStage)(OpPassManager &, const Options &)) {
    PassManager passes(module.getContext());
    addStage(passes, options);
    return passes.run(module);
  };
  if (includes(Stage::Graph) && failed(run(addGraphStage)))
    return failure();
  if (includes(Stage::Schedule) &&
      failed(options.tuning.isOn() ? runTunedSchedule(module, options) : run(addScheduleStage)))
    return failure();
  return success(!includes(Stage::Lowering) || succeeded(run(addLoweringStage)));
}

} // namespace kiln
