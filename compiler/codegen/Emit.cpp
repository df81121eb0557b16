// See Emit.h.
#include "compiler/codegen/Emit.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Analysis/TargetLibraryInfo.h"
#include "llvm/Analysis/TargetTransformInfo.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/IR/Verifier.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/Object/ObjectFile.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/Transforms/Utils/LowerMemIntrinsics.h"

namespace kiln {

static bool has512BitVectors(const llvm::TargetMachine &machine) {
  return machine.getTargetTriple().isX86() &&
         machine.getMCSubtargetInfo()->checkFeatures("+avx512f");
}

void setTarget(llvm::Module &module, const llvm::TargetMachine &machine) {
  module.setTargetTriple(machine.getTargetTriple());
  module.setDataLayout(machine.createDataLayout());
  bool wide = has512BitVectors(machine);
  for (llvm::Function &function : module) {
    if (function.isDeclaration())
      continue;
    function.addFnAttr("target-cpu", machine.getTargetCPU());
    if (!machine.getTargetFeatureString().empty())
      function.addFnAttr("target-features", machine.getTargetFeatureString());
    if (wide)
      function.addFnAttr("prefer-vector-width", "512");
    function.addFnAttr("no-builtins");
    function.addFnAttr(llvm::Attribute::NoUnwind);
  }
}

static llvm::OptimizationLevel optimizationLevel(int level) {
  switch (level) {
  case 0:
    return llvm::OptimizationLevel::O0;
  case 1:
    return llvm::OptimizationLevel::O1;
  case 2:
    return llvm::OptimizationLevel::O2;
  default:
    return llvm::OptimizationLevel::O3;
  }
}

/// Library functions may be neither recognised nor introduced.
static llvm::TargetLibraryInfoImpl noLibrary(const llvm::Module &module) {
  llvm::TargetLibraryInfoImpl library(module.getTargetTriple());
  library.disableAllFunctions();
  return library;
}

/// Fills and copies that are still intrinsics become loops: their calls would need a libc.
static void expandMemoryIntrinsics(llvm::Module &module, llvm::TargetMachine &machine) {
  llvm::SmallVector<llvm::MemIntrinsic *> intrinsics;
  for (llvm::Function &function : module)
    for (llvm::BasicBlock &block : function)
      for (llvm::Instruction &instruction : block)
        if (auto *intrinsic = llvm::dyn_cast<llvm::MemIntrinsic>(&instruction))
          intrinsics.push_back(intrinsic);
  for (llvm::MemIntrinsic *intrinsic : intrinsics) {
    llvm::TargetTransformInfo tti = machine.getTargetTransformInfo(*intrinsic->getFunction());
    if (auto *copy = llvm::dyn_cast<llvm::MemCpyInst>(intrinsic))
      llvm::expandMemCpyAsLoop(copy, tti);
    else if (auto *fill = llvm::dyn_cast<llvm::MemSetInst>(intrinsic))
      llvm::expandMemSetAsLoop(fill);
    else if (!llvm::expandMemMoveAsLoop(llvm::cast<llvm::MemMoveInst>(intrinsic), tti))
      continue;
    intrinsic->eraseFromParent();
  }
}

llvm::Error optimize(llvm::Module &module, llvm::TargetMachine &machine, int level) {
  std::string problem;
  llvm::raw_string_ostream os(problem);
  if (llvm::verifyModule(module, &os))
    return llvm::createStringError("the generated LLVM module is invalid: " + problem);
  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager components;
  llvm::ModuleAnalysisManager modules;
  llvm::PassBuilder builder(&machine);
  functions.registerPass([&] { return llvm::TargetLibraryAnalysis(noLibrary(module)); });
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(components);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, components, modules);
  llvm::OptimizationLevel optimization = optimizationLevel(level);
  llvm::ModulePassManager passes = optimization == llvm::OptimizationLevel::O0
                                       ? builder.buildO0DefaultPipeline(optimization)
                                       : builder.buildPerModuleDefaultPipeline(optimization);
  passes.run(module, modules);
  expandMemoryIntrinsics(module, machine);
  return llvm::Error::success();
}

static llvm::Expected<llvm::SmallVector<char, 0>>
emit(llvm::Module &module, llvm::TargetMachine &machine, llvm::CodeGenFileType type) {
  llvm::SmallVector<char, 0> bytes;
  llvm::raw_svector_ostream os(bytes);
  llvm::legacy::PassManager passes;
  passes.add(new llvm::TargetLibraryInfoWrapperPass(noLibrary(module)));
  if (machine.addPassesToEmitFile(passes, os, nullptr, type))
    return llvm::createStringError("LLVM cannot emit code for " + machine.getTargetTriple().str());
  passes.run(module);
  return bytes;
}

/// The first symbol that a linker would look for in vain, or "".
static llvm::Expected<std::string> findForeignSymbol(llvm::ArrayRef<char> object,
                                                     llvm::ArrayRef<std::string> allowed) {
  auto file = llvm::object::ObjectFile::createObjectFile(
      llvm::MemoryBufferRef(llvm::StringRef(object.data(), object.size()), "generated object"));
  if (!file)
    return file.takeError();
  for (const llvm::object::SymbolRef &symbol : (*file)->symbols()) {
    llvm::Expected<uint32_t> flags = symbol.getFlags();
    llvm::Expected<llvm::StringRef> name = symbol.getName();
    if (!flags || !name)
      return llvm::joinErrors(flags.takeError(), name.takeError());
    bool known = name->empty() || *name == "kiln_open" || *name == "kiln_run" ||
                 *name == "kiln_launch" || *name == "_GLOBAL_OFFSET_TABLE_" ||
                 *name == "__stack_pointer" || *name == "__linear_memory" ||
                 *name == "__indirect_function_table" || llvm::is_contained(allowed, *name);
    if ((*flags & llvm::object::SymbolRef::SF_Undefined) && !known)
      return name->str();
  }
  return std::string();
}

llvm::Expected<llvm::SmallVector<char, 0>> emitObject(llvm::Module &module,
                                                      llvm::TargetMachine &machine,
                                                      llvm::ArrayRef<std::string> allowed) {
  auto object = emit(module, machine, llvm::CodeGenFileType::ObjectFile);
  if (!object)
    return object;
  llvm::Expected<std::string> foreign = findForeignSymbol(*object, allowed);
  if (!foreign)
    return foreign.takeError();
  if (!foreign->empty())
    return llvm::createStringError("generated code calls '" + *foreign +
                                   "', which no runtime provides");
  return object;
}

llvm::Expected<std::string> emitAssembly(llvm::Module &module, llvm::TargetMachine &machine) {
  auto assembly = emit(module, machine, llvm::CodeGenFileType::AssemblyFile);
  if (!assembly)
    return assembly.takeError();
  return std::string(assembly->begin(), assembly->end());
}

std::string emitText(const llvm::Module &module) {
  std::string text;
  llvm::raw_string_ostream os(text);
  module.print(os, nullptr);
  return text;
}

} // namespace kiln
