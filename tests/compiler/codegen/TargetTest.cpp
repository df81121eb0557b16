// Names of targets: what each resolves to and which instruction sets it allows.
#include "compiler/codegen/Target.h"
#include "tests/compiler/codegen/TestNetwork.h"

#include "kiln/program.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Target/TargetMachine.h"

#include <gtest/gtest.h>

using namespace kiln;
using namespace kiln::test;

static std::vector<std::string> featuresOf(const char *text) {
  return enabledFeatures(valueOf(resolveTarget(text)));
}

TEST(Target, Levels) {
  EXPECT_FALSE(llvm::is_contained(featuresOf("x86-64-v2"), "avx"));
  EXPECT_TRUE(llvm::is_contained(featuresOf("x86-64-v3"), "avx2"));
  EXPECT_TRUE(llvm::is_contained(featuresOf("x86-64-v3"), "fma"));
  EXPECT_FALSE(llvm::is_contained(featuresOf("x86-64-v3"), "avx512f"));
  EXPECT_TRUE(llvm::is_contained(featuresOf("x86-64-v4"), "avx512vl"));
  EXPECT_TRUE(llvm::is_contained(featuresOf("znver4"), "avx512bf16"));
}

TEST(Target, OtherArchitectures) {
  EXPECT_EQ(valueOf(resolveTarget("aarch64")).triple, "aarch64-unknown-linux-gnu");
  EXPECT_TRUE(llvm::is_contained(featuresOf("aarch64"), "neon"));
  EXPECT_TRUE(llvm::is_contained(featuresOf("riscv64"), "v"));
  EXPECT_TRUE(llvm::is_contained(featuresOf("wasm32"), "simd128"));
  EXPECT_EQ(valueOf(resolveTarget("cortex-a72")).triple, "aarch64-unknown-linux-gnu");
  EXPECT_EQ(valueOf(resolveTarget("aarch64-linux-musl:cortex-a53")).cpu, "cortex-a53");
}

TEST(Target, EveryArchitectureHasAMachine) {
  for (const char *text : {"x86_64", "znver4", "aarch64", "riscv64", "wasm32", "native"}) {
    auto machine = valueOf(createTargetMachine(valueOf(resolveTarget(text)), 3));
    ASSERT_TRUE(machine) << text;
  }
}

// Code for this machine asks for nothing that this machine lacks.
TEST(Target, NativeRunsHere) {
  TargetSpec native = valueOf(resolveTarget("native"));
  EXPECT_TRUE(isHostTarget(native));
  EXPECT_NE(native.cpu, "native");
  EXPECT_EQ(cpuFeatureBits(native) & ~kiln_cpu_features(), 0u);
  EXPECT_EQ(valueOf(resolveTarget("")).cpu, native.cpu);
}

TEST(Target, FeatureBits) {
  EXPECT_EQ(cpuFeatureBits(valueOf(resolveTarget("x86_64"))), 0u);
  uint64_t v3 = cpuFeatureBits(valueOf(resolveTarget("x86-64-v3")));
  uint64_t v4 = cpuFeatureBits(valueOf(resolveTarget("x86-64-v4")));
  EXPECT_NE(v3, 0u);
  EXPECT_EQ(v3 & ~v4, 0u);
  EXPECT_NE(v3, v4);
  EXPECT_EQ(cpuFeatureBits(valueOf(resolveTarget("aarch64"))), 0u);
}

TEST(Target, Unknown) {
  for (const char *text :
       {"zen9", "generic", "x86-64-v9", "sparc", "aarch64:pentium", "aarch64-linux-gnu:znver4",
        "arm64-apple-macos", "x86_64-pc-windows-msvc"}) {
    auto target = resolveTarget(text);
    ASSERT_FALSE(static_cast<bool>(target)) << text;
    EXPECT_NE(textOf(target.takeError()).find(text), std::string::npos);
  }
}
