// The sequence of Target, Program and Emit.
#include "compiler/codegen/LowerToMachine.h"

#include "compiler/codegen/Emit.h"
#include "compiler/codegen/Program.h"

#include "llvm/IR/Module.h"
#include "llvm/Target/TargetMachine.h"

namespace kiln {

llvm::Expected<llvm::SmallVector<char, 0>> lowerToMachine(std::unique_ptr<llvm::Module> module,
                                                          const ArtifactDescription &description,
                                                          const TargetSpec &target, EmitKind kind,
                                                          int level) {
  auto machine = createTargetMachine(target, level);
  if (!machine)
    return machine.takeError();
  setTarget(*module, **machine);
  ProgramMain main = kind == EmitKind::Exe ? ProgramMain::This : ProgramMain::None;
  if (llvm::Error error = addProgram(*module, description, main))
    return error;
  if (llvm::Error error = optimize(*module, **machine, level))
    return error;
  if (kind == EmitKind::LLVM) {
    std::string text = emitText(*module);
    return llvm::SmallVector<char, 0>(text.begin(), text.end());
  }
  if (kind == EmitKind::Asm) {
    auto text = emitAssembly(*module, **machine);
    if (!text)
      return text.takeError();
    return llvm::SmallVector<char, 0>(text->begin(), text->end());
  }
  // The linker, or whoever links an object, gives this symbol its section of weights.
  return emitObject(*module, **machine, {description.name + "_weights"});
}

} // namespace kiln
