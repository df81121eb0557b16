// Machine code: the CPU decides the vectors, nothing but the runtime is called, two runs give the
// same bytes.
#include "compiler/codegen/Emit.h"
#include "compiler/codegen/Program.h"
#include "tests/compiler/codegen/TestNetwork.h"

#include "llvm/AsmParser/Parser.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Target/TargetMachine.h"

#include <gtest/gtest.h>

using namespace kiln;
using namespace kiln::test;

static std::unique_ptr<llvm::Module> parse(llvm::LLVMContext &context, const char *text) {
  llvm::SMDiagnostic problem;
  auto module = llvm::parseAssemblyString(text, problem, context);
  EXPECT_TRUE(module) << problem.getMessage().str();
  return module;
}

static std::string assemblyFor(const char *target, std::unique_ptr<llvm::Module> module) {
  auto machine = valueOf(createTargetMachine(valueOf(resolveTarget(target)), 3));
  setTarget(*module, *machine);
  EXPECT_EQ(textOf(optimize(*module, *machine, 3)), "");
  return valueOf(emitAssembly(*module, *machine));
}

static bool contains(const std::string &text, const char *part) {
  return text.find(part) != std::string::npos;
}

TEST(Emit, VectorsFollowTheCpu) {
  auto assembly = [](const char *target) {
    llvm::LLVMContext context;
    return assemblyFor(target, parse(context, R"(
      define void @f(ptr %p) {
        %x = load <16 x float>, ptr %p, align 4
        %y = fmul <16 x float> %x, %x
        store <16 x float> %y, ptr %p, align 4
        ret void
      })"));
  };
  EXPECT_TRUE(contains(assembly("x86-64-v4"), "zmm"));
  EXPECT_FALSE(contains(assembly("x86-64-v3"), "zmm"));
  EXPECT_TRUE(contains(assembly("x86-64-v3"), "ymm"));
  EXPECT_FALSE(contains(assembly("x86-64-v2"), "ymm"));
  EXPECT_TRUE(contains(assembly("aarch64"), "fmul\tv"));
}

// The copies and fills of the test network become loops.
TEST(Emit, NoLibraryCalls) {
  for (const char *target : {"x86_64", "znver4", "aarch64", "riscv64", "wasm32"}) {
    llvm::LLVMContext context;
    std::string assembly = assemblyFor(target, testModule(context, "net"));
    EXPECT_FALSE(contains(assembly, "memcpy")) << target;
    EXPECT_FALSE(contains(assembly, "memset")) << target;
  }
}

TEST(Emit, SameBytesTwice) {
  TargetSpec target = valueOf(resolveTarget("x86-64-v3"));
  ArtifactDescription d = testDescription("net", target);
  auto first = testObject(d, target, true), second = testObject(d, target, true);
  EXPECT_FALSE(first.empty());
  EXPECT_EQ(first, second);
}

TEST(Emit, ObjectsOfEveryArchitecture) {
  for (const char *name : {"x86_64", "aarch64", "riscv64", "wasm32"}) {
    TargetSpec target = valueOf(resolveTarget(name));
    EXPECT_GT(testObject(testDescription("net", target), target, false).size(), 500u) << name;
  }
}

static llvm::Expected<llvm::SmallVector<char, 0>> objectOf(const char *text) {
  llvm::LLVMContext context;
  auto module = parse(context, text);
  auto machine = valueOf(createTargetMachine(valueOf(resolveTarget("x86_64")), 3));
  setTarget(*module, *machine);
  if (llvm::Error error = optimize(*module, *machine, 3))
    return error;
  return emitObject(*module, *machine);
}

// A call that no runtime answers is a defect that is found here, not by the linker.
TEST(Emit, ForeignSymbolsAreRefused) {
  auto object = objectOf("define double @f(double %x) {\n"
                         "  %y = call double @llvm.exp.f64(double %x)\n  ret double %y\n}\n"
                         "declare double @llvm.exp.f64(double)");
  ASSERT_FALSE(static_cast<bool>(object));
  EXPECT_EQ(textOf(object.takeError()), "generated code calls 'exp', which no runtime provides");
}

// A loop that LLVM would like to be a memset stays one.
TEST(Emit, FillLoopsStayLoops) {
  auto object = objectOf(
      "define void @f(ptr noalias %p, i64 %n) {\nentry:\n  br label %loop\nloop:\n"
      "  %i = phi i64 [0, %entry], [%j, %loop]\n  %q = getelementptr float, ptr %p, i64 %i\n"
      "  store float 0.0, ptr %q\n  %j = add i64 %i, 1\n  %m = icmp ult i64 %j, %n\n"
      "  br i1 %m, label %loop, label %exit\nexit:\n  ret void\n}");
  EXPECT_TRUE(static_cast<bool>(object)) << textOf(object.takeError());
}

TEST(Emit, InvalidModules) {
  llvm::LLVMContext context;
  auto module = testModule(context, "net");
  module->getFunction("net_body")->getEntryBlock().getTerminator()->eraseFromParent();
  auto machine = valueOf(createTargetMachine(valueOf(resolveTarget("x86_64")), 3));
  setTarget(*module, *machine);
  EXPECT_NE(textOf(optimize(*module, *machine, 3)).find("invalid"), std::string::npos);
}

TEST(Emit, BodyIsNeeded) {
  llvm::LLVMContext context;
  auto module = testModule(context, "net");
  ArtifactDescription d = testDescription("other", valueOf(resolveTarget("x86_64")));
  EXPECT_EQ(textOf(addProgram(*module, d, ProgramMain::None)),
            "the module does not define other_body");
}
