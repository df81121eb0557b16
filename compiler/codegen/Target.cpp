// See Target.h.
#include "compiler/codegen/Target.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/Triple.h"

#include <mutex>
#include <optional>

namespace kiln {

namespace {

/// What is assumed of an architecture when nothing more is said.
struct Architecture {
  llvm::StringRef name, triple, cpu, features;
};

} // namespace

static constexpr Architecture architectures[] = {
    {"x86_64", "x86_64-unknown-linux-gnu", "x86-64", ""},
    {"aarch64", "aarch64-unknown-linux-gnu", "generic", ""},
    {"riscv64", "riscv64-unknown-linux-gnu", "generic-rv64", "+m,+a,+f,+d,+c,+v"},
    {"wasm32", "wasm32-unknown-unknown", "generic", "+simd128"},
};

static void initializeTargets() {
  static std::once_flag once;
  std::call_once(once, [] {
#define KILN_INITIALIZE(TARGET)                                                                    \
  LLVMInitialize##TARGET##TargetInfo();                                                            \
  LLVMInitialize##TARGET##Target();                                                                \
  LLVMInitialize##TARGET##TargetMC();                                                              \
  LLVMInitialize##TARGET##AsmPrinter();
    KILN_INITIALIZE(X86)
    KILN_INITIALIZE(AArch64)
    KILN_INITIALIZE(RISCV)
    KILN_INITIALIZE(WebAssembly)
#undef KILN_INITIALIZE
  });
}

static const Architecture *findArchitecture(llvm::Triple::ArchType arch) {
  for (const Architecture &candidate : architectures)
    if (llvm::Triple(candidate.triple).getArch() == arch)
      return &candidate;
  return nullptr;
}

static std::unique_ptr<llvm::MCSubtargetInfo> createSubtarget(const TargetSpec &spec) {
  initializeTargets();
  llvm::Triple triple(spec.triple);
  std::string error;
  const llvm::Target *target = llvm::TargetRegistry::lookupTarget(triple, error);
  if (!target)
    return nullptr;
  return std::unique_ptr<llvm::MCSubtargetInfo>(
      target->createMCSubtargetInfo(triple, spec.cpu, spec.features));
}

/// Whether LLVM knows `cpu` on an architecture; its subtarget warns on stderr about a name it does
/// not know, so the question goes to one made for the default CPU.
static bool isCpuOf(const Architecture &arch, llvm::StringRef cpu) {
  auto subtarget = createSubtarget({arch.triple.str(), arch.cpu.str(), ""});
  return subtarget && subtarget->isCPUStringValid(cpu);
}

std::vector<std::string> enabledFeatures(const TargetSpec &spec) {
  std::vector<std::string> names;
  auto subtarget = createSubtarget(spec);
  if (!subtarget)
    return names;
  for (const llvm::SubtargetFeatureKV &feature : subtarget->getAllProcessorFeatures())
    if (subtarget->getFeatureBits().test(feature.Value))
      names.push_back(feature.Key);
  llvm::sort(names);
  return names;
}

uint64_t cpuFeatureBits(const TargetSpec &spec) {
  if (!llvm::Triple(spec.triple).isX86())
    return 0;
  std::vector<std::string> names = enabledFeatures(spec);
  uint64_t bits = 0;
#define KILN_CPU_FEATURE(INDEX, NAME, LEAF, SUBLEAF, REGISTER, BIT, STATE)                         \
  if (llvm::is_contained(names, NAME))                                                             \
    bits |= uint64_t(1) << INDEX;
#include "kiln/cpu_features.def"
  return bits;
}

/// The host's CPU by name, less what a hypervisor or the system hides of it.
static TargetSpec hostTarget() {
  llvm::Triple triple(llvm::sys::getProcessTriple());
  TargetSpec spec{triple.normalize(), llvm::sys::getHostCPUName().str(), ""};
  if (const Architecture *arch = findArchitecture(triple.getArch())) {
    spec.triple = arch->triple;
    if (spec.cpu.empty() || spec.cpu == "generic" || !isCpuOf(*arch, spec.cpu))
      spec.cpu = arch->cpu;
  }
  if (!triple.isX86())
    return spec;
  llvm::StringMap<bool> host = llvm::sys::getHostCPUFeatures();
  std::vector<std::string> implied = enabledFeatures(spec), missing;
#define KILN_CPU_FEATURE(INDEX, NAME, LEAF, SUBLEAF, REGISTER, BIT, STATE)                         \
  if (llvm::is_contained(implied, NAME) && !host.lookup(NAME))                                     \
    missing.push_back("-" NAME);
#include "kiln/cpu_features.def"
  spec.features = llvm::join(missing, ",");
  return spec;
}

static llvm::Expected<TargetSpec> resolveTriple(llvm::StringRef text) {
  auto [name, cpu] = text.split(':');
  llvm::Triple triple(llvm::Triple::normalize(name));
  const Architecture *arch = findArchitecture(triple.getArch());
  if (!arch)
    return llvm::createStringError(
        "target '" + text +
        "' is not known: give native, a CPU (x86-64-v2, x86-64-v3, x86-64-v4, znver4, "
        "cortex-a72, ...), x86_64, aarch64, riscv64, wasm32 or TRIPLE[:CPU]");
  if (!triple.isOSBinFormatELF() && !triple.isOSBinFormatWasm())
    return llvm::createStringError("target '" + text +
                                   "': objects are ELF or WebAssembly; give a triple such as " +
                                   arch->triple);
  if (!cpu.empty() && !isCpuOf(*arch, cpu))
    return llvm::createStringError("target '" + text + "': '" + cpu + "' is not a CPU of " +
                                   arch->name);
  return TargetSpec{triple.str(), cpu.empty() ? arch->cpu.str() : cpu.str(),
                    cpu.empty() ? arch->features.str() : ""};
}

llvm::Expected<TargetSpec> resolveTarget(llvm::StringRef text) {
  initializeTargets();
  if (text.empty() || text == "native")
    return hostTarget();
  for (const Architecture &arch : architectures)
    if (text == arch.name)
      return TargetSpec{arch.triple.str(), arch.cpu.str(), arch.features.str()};
  for (const Architecture &arch : architectures)
    if (text != "generic" && isCpuOf(arch, text))
      return TargetSpec{arch.triple.str(), text.str(), ""};
  return resolveTriple(text);
}

llvm::Expected<std::unique_ptr<llvm::TargetMachine>> createTargetMachine(const TargetSpec &spec,
                                                                         int level) {
  initializeTargets();
  llvm::Triple triple(spec.triple);
  std::string error;
  const llvm::Target *target = llvm::TargetRegistry::lookupTarget(triple, error);
  if (!target)
    return llvm::createStringError(error);
  llvm::TargetOptions options;
  if (triple.isRISCV64())
    options.MCOptions.ABIName = "lp64d";
  std::optional<llvm::CodeGenOptLevel> codegenLevel = llvm::CodeGenOpt::getLevel(level);
  std::unique_ptr<llvm::TargetMachine> machine(target->createTargetMachine(
      triple, spec.cpu, spec.features, options,
      triple.isWasm() ? llvm::Reloc::Static : llvm::Reloc::PIC_, std::nullopt,
      codegenLevel.value_or(llvm::CodeGenOptLevel::Aggressive)));
  if (!machine)
    return llvm::createStringError("LLVM has no machine for '" + spec.triple + "'");
  return machine;
}

bool isHostTarget(const TargetSpec &spec) {
  llvm::Triple triple(spec.triple), host(llvm::sys::getProcessTriple());
  return triple.getArch() == host.getArch() && triple.isOSLinux() && host.isOSLinux();
}

} // namespace kiln
