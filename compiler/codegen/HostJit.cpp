// See HostJit.h. LLVM's ORC does the work; the module is optimised as for an artefact before it
// gets there.
#include "compiler/codegen/HostJit.h"
#include "compiler/codegen/Emit.h"
#include "compiler/codegen/Target.h"

#include "llvm/ExecutionEngine/Orc/AbsoluteSymbols.h"
#include "llvm/ExecutionEngine/Orc/LLJIT.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/TargetParser/SubtargetFeature.h"

namespace kiln {

namespace orc = llvm::orc;

HostJit::HostJit(std::unique_ptr<orc::LLJIT> jit) : jit(std::move(jit)) {}

HostJit::~HostJit() = default;

static llvm::Expected<std::unique_ptr<orc::LLJIT>> createJit(const TargetSpec &target, int level) {
  orc::JITTargetMachineBuilder builder{llvm::Triple(target.triple)};
  builder.setCPU(target.cpu);
  builder.addFeatures(llvm::SubtargetFeatures(target.features).getFeatures());
  builder.setRelocationModel(llvm::Reloc::PIC_);
  builder.setCodeGenOptLevel(
      llvm::CodeGenOpt::getLevel(level).value_or(llvm::CodeGenOptLevel::Aggressive));
  return orc::LLJITBuilder().setJITTargetMachineBuilder(std::move(builder)).create();
}

/// The runtime is linked into this process statically, where the dynamic linker does not see it.
static llvm::Error defineRuntime(orc::LLJIT &jit) {
  orc::SymbolMap symbols;
  symbols[jit.mangleAndIntern("kiln_launch")] = {orc::ExecutorAddr::fromPtr(&kiln_launch),
                                                 llvm::JITSymbolFlags::Exported};
  return jit.getMainJITDylib().define(orc::absoluteSymbols(std::move(symbols)));
}

llvm::Expected<std::unique_ptr<HostJit>> HostJit::create(std::unique_ptr<llvm::LLVMContext> context,
                                                         std::unique_ptr<llvm::Module> module,
                                                         int level, llvm::StringRef targetName) {
  llvm::Expected<TargetSpec> target = resolveTarget(targetName);
  if (!target)
    return target.takeError();
  auto machine = createTargetMachine(*target, level);
  if (!machine)
    return machine.takeError();
  auto jit = createJit(*target, level);
  if (!jit)
    return jit.takeError();
  setTarget(*module, **machine);
  module->setDataLayout((*jit)->getDataLayout());
  if (llvm::Error error = optimize(*module, **machine, level))
    return error;
  if (llvm::Error error = defineRuntime(**jit))
    return error;
  if (llvm::Error error =
          (*jit)->addIRModule(orc::ThreadSafeModule(std::move(module), std::move(context))))
    return error;
  return std::unique_ptr<HostJit>(new HostJit(std::move(*jit)));
}

llvm::Expected<kiln_body> HostJit::lookup(llvm::StringRef name) {
  llvm::Expected<orc::ExecutorAddr> address = jit->lookup(name);
  if (!address)
    return address.takeError();
  return address->toPtr<kiln_body>();
}

} // namespace kiln
