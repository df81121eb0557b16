// Reads LLVM's tables of CPUs for the few numbers that a schedule needs.
#include "compiler/schedule/TargetModel.h"

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/Triple.h"
#include "llvm/TargetParser/X86TargetParser.h"

namespace kiln {

int64_t TargetModel::pixelsOfTile(int64_t filters) const {
  int64_t perPixel = filters * registersPerAccumulator();
  // The weights take as much as a pixel; a broadcast that does not fold into the multiply-add, or
  // serves several, takes one register.
  int64_t free = vectorRegisters - perPixel - (foldsBroadcast && filters == 1 ? 0 : 1);
  // Three of 32 registers stay free for the epilogue's constants.
  if (vectorRegisters == 32 && perPixel == 1)
    free -= 3;
  return std::max<int64_t>(1, free / perPixel);
}

int64_t TargetModel::vectorsOfTile(int64_t filters) const {
  // The weights are broadcast into a register each, and stay there for all vectors.
  int64_t free = vectorRegisters - registersPerAccumulator() - filters;
  return std::max<int64_t>(1, free / (filters * registersPerAccumulator()));
}

/// Sets what LLVM's table of features does not tell: the CPUs that start two multiply-adds of 512
/// bits in a cycle, and their first-level caches.
static void setWidePipes(TargetModel &model) {
  constexpr struct {
    llvm::StringLiteral name;
    int64_t l1Bytes;
  } cpus[] = {
      {"znver5", 48 << 10},        {"skylake-avx512", 32 << 10}, {"cascadelake", 32 << 10},
      {"cooperlake", 32 << 10},    {"icelake-server", 48 << 10}, {"sapphirerapids", 48 << 10},
      {"emeraldrapids", 48 << 10}, {"graniterapids", 48 << 10},  {"graniterapids-d", 48 << 10}};
  for (const auto &cpu : cpus)
    if (model.name == cpu.name) {
      model.multiplyAddsPerCycle = 2;
      model.l1Bytes = cpu.l1Bytes;
    }
}

static TargetModel forX86(llvm::StringRef cpu) {
  TargetModel model;
  model.name = cpu.str();
  llvm::SmallVector<llvm::StringRef> listed;
  llvm::X86::getFeaturesForCPU(cpu, listed);
  llvm::StringMap<bool> features;
  for (llvm::StringRef feature : listed)
    llvm::X86::updateImpliedFeatures(feature, true, features);
  for (llvm::StringRef feature : listed)
    features[feature] = true;
  if (features.lookup("avx512f")) {
    model.vectorBits = 512;
    model.vectorRegisters = 32;
    model.l2Bytes = 1 << 20;
    model.memoryBytesPerCycle = 7;
    model.foldsBroadcast = true;
    setWidePipes(model);
  } else if (features.lookup("avx")) {
    model.vectorBits = 256;
  }
  return model;
}

TargetModel TargetModel::forTarget(llvm::StringRef target) {
  if (target == "native")
    target = llvm::sys::getHostCPUName();
  if (llvm::X86::parseArchX86(target) != llvm::X86::CK_None)
    return forX86(target);
  llvm::Triple triple(target);
  if (triple.isX86())
    return forX86("x86-64");
  TargetModel model;
  model.name = target.str();
  if (triple.isAArch64() || triple.isRISCV())
    model.vectorRegisters = 32;
  return model;
}

} // namespace kiln
