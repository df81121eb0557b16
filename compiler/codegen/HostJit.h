// Runs generated code while compiling: the weights program, whose functions pack and fold the
// model's weights once instead of at every start of the artefact, and what `kiln run` and `kiln
// check` execute.
#ifndef KILN_COMPILER_CODEGEN_HOSTJIT_H
#define KILN_COMPILER_CODEGEN_HOSTJIT_H

#include "kiln/program.h"

#include "llvm/Support/Error.h"

#include <memory>

namespace llvm {
class LLVMContext;
class Module;
namespace orc {
class LLJIT;
}
} // namespace llvm

namespace kiln {

/// Owns the machine code of one module; its functions are valid as long as it lives.
class HostJit {
public:
  /// Compiles `module`, which lives in `context`, at LLVM's level 0..3 for this machine, or for a
  /// target whose code it can run. The runtime's kiln_launch and libc are there for it to call.
  static llvm::Expected<std::unique_ptr<HostJit>> create(std::unique_ptr<llvm::LLVMContext> context,
                                                         std::unique_ptr<llvm::Module> module,
                                                         int level = 3,
                                                         llvm::StringRef target = "native");
  ~HostJit();

  /// The function of this name, which has the signature of kiln_body.
  llvm::Expected<kiln_body> lookup(llvm::StringRef name);

private:
  explicit HostJit(std::unique_ptr<llvm::orc::LLJIT> jit);
  std::unique_ptr<llvm::orc::LLJIT> jit;
};

} // namespace kiln

#endif // KILN_COMPILER_CODEGEN_HOSTJIT_H
