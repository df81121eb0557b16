// See KernelJit.h.
#include "KernelJit.h"

#include "compiler/codegen/Emit.h"
#include "compiler/codegen/Target.h"

#include "llvm/ExecutionEngine/Orc/AbsoluteSymbols.h"
#include "llvm/ExecutionEngine/Orc/LLJIT.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Target/TargetMachine.h"
#include "gtest/gtest.h"

namespace kiln::test {

/// The runtime's launch, tasks in reverse order: no task may rely on an earlier one.
static void launch(const void *, int32_t tasks, void (*task)(void *, int32_t), void *argument) {
  for (int32_t i = tasks; i-- > 0;)
    task(argument, i);
}

struct KernelJit::State {
  std::unique_ptr<llvm::orc::LLJIT> jit;
};

KernelJit::KernelJit() : state(std::make_unique<State>()) {}
KernelJit::~KernelJit() = default;

static bool report(llvm::Error error) {
  if (!error)
    return true;
  ADD_FAILURE() << llvm::toString(std::move(error));
  return false;
}

bool KernelJit::compile(std::unique_ptr<llvm::Module> module, const std::string &cpu) {
  llvm::Expected<TargetSpec> target = resolveTarget(cpu);
  if (!target)
    return report(target.takeError());
  auto machine = createTargetMachine(*target, 3);
  if (!machine)
    return report(machine.takeError());
  setTarget(*module, **machine);
  if (!report(optimize(*module, **machine, 3)))
    return false;
  auto object = emitObject(*module, **machine);
  if (!object)
    return report(object.takeError());
  bytes.assign(object->begin(), object->end());
  auto jit = llvm::orc::LLJITBuilder().create();
  if (!jit)
    return report(jit.takeError());
  state->jit = std::move(*jit);
  llvm::orc::SymbolMap runtime;
  runtime[state->jit->mangleAndIntern("kiln_launch")] = {llvm::orc::ExecutorAddr::fromPtr(&launch),
                                                         llvm::JITSymbolFlags::Exported};
  return report(state->jit->getMainJITDylib().define(llvm::orc::absoluteSymbols(runtime))) &&
         report(state->jit->addObjectFile(llvm::MemoryBuffer::getMemBufferCopy(bytes)));
}

Body *KernelJit::lookup(const std::string &name) {
  auto symbol = state->jit->lookup(name);
  if (!symbol) {
    report(symbol.takeError());
    return nullptr;
  }
  return symbol->toPtr<Body *>();
}

} // namespace kiln::test
