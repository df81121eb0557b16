// Runs generated code in the test's own process: LLVM IR for a named CPU, through the optimiser and
// the object emitter of codegen, into LLVM's ORC. Kept apart from the MLIR side of the harness.
#ifndef KILN_TESTS_COMPILER_LOWERING_KERNELJIT_H
#define KILN_TESTS_COMPILER_LOWERING_KERNELJIT_H

#include <memory>
#include <string>

namespace llvm {
class LLVMContext;
class Module;
} // namespace llvm

namespace kiln::test {

/// `NAME_body` as kernel-to-llvm defines it.
using Body = void(const void *const *inputs, void *const *outputs, const void *weights, void *arena,
                  const void *pool);

class KernelJit {
public:
  KernelJit();
  ~KernelJit();
  /// Compiles a module for `cpu` ("native", "x86-64-v3", ...) at O3; a problem is a test failure
  /// and gives false. Symbols that are not in the module or the runtime count as a problem.
  bool compile(std::unique_ptr<llvm::Module> module, const std::string &cpu);
  Body *lookup(const std::string &name);
  /// The object file of the last module.
  const std::string &object() const { return bytes; }

private:
  struct State;
  std::unique_ptr<State> state;
  std::string bytes;
};

} // namespace kiln::test

#endif // KILN_TESTS_COMPILER_LOWERING_KERNELJIT_H
