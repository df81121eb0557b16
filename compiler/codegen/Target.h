// Resolves `native`, a CPU (`znver4`, `x86-64-v3`, `cortex-a72`), an architecture (`aarch64`,
// `riscv64`, `wasm32`) or a triple (`aarch64-linux-gnu`, with a CPU:
// `aarch64-linux-gnu:cortex-a72`) to a triple, CPU and feature string; and tells which instruction
// sets the code may therefore use.
#ifndef KILN_COMPILER_CODEGEN_TARGET_H
#define KILN_COMPILER_CODEGEN_TARGET_H

#include "llvm/Support/Error.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace llvm {
class TargetMachine;
}

namespace kiln {

/// A resolved target: what is recorded in artefacts in place of `native`.
struct TargetSpec {
  std::string triple;
  std::string cpu;
  std::string features; // "+avx512f,-sse4a", beyond what the CPU implies

  bool operator==(const TargetSpec &) const = default;
};

/// The target that `text` names; an error lists what is understood. Empty text is `native`.
llvm::Expected<TargetSpec> resolveTarget(llvm::StringRef text);

/// A machine for position-independent code (static for wasm32), optimising at level 0..3.
llvm::Expected<std::unique_ptr<llvm::TargetMachine>> createTargetMachine(const TargetSpec &target,
                                                                         int level);

/// LLVM's names of all features that are on for this target, sorted ("avx2", "fma", ...).
std::vector<std::string> enabledFeatures(const TargetSpec &target);

/// The bits of kiln/cpu_features.def that the target's code may use; 0 away from x86.
uint64_t cpuFeatureBits(const TargetSpec &target);

/// Whether code for this target can be linked and run here (same architecture and system).
bool isHostTarget(const TargetSpec &target);

} // namespace kiln

#endif // KILN_COMPILER_CODEGEN_TARGET_H
