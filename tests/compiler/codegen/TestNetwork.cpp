// See TestNetwork.h.
#include "tests/compiler/codegen/TestNetwork.h"
#include "compiler/codegen/Emit.h"
#include "compiler/codegen/Program.h"

#include "llvm/AsmParser/Parser.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Target/TargetMachine.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <sys/wait.h>

namespace kiln::test {

static constexpr const char *body = R"(
define private void @NAME_task(ptr %operands, i32 %task) {
entry:
  %image = load ptr, ptr %operands
  %weights.slot = getelementptr ptr, ptr %operands, i64 1
  %weights = load ptr, ptr %weights.slot
  %arena.slot = getelementptr ptr, ptr %operands, i64 2
  %arena = load ptr, ptr %arena.slot
  %wide = sext i32 %task to i64
  %first = mul i64 %wide, 8
  %last = add i64 %first, 8
  br label %loop
loop:
  %i = phi i64 [ %first, %entry ], [ %next, %loop ]
  %image.i = getelementptr float, ptr %image, i64 %i
  %weights.i = getelementptr float, ptr %weights, i64 %i
  %arena.i = getelementptr float, ptr %arena, i64 %i
  %x = load float, ptr %image.i, align 4
  %w = load float, ptr %weights.i, align 4
  %y = fmul float %x, %w
  store float %y, ptr %arena.i, align 4
  %next = add i64 %i, 1
  %more = icmp slt i64 %next, %last
  br i1 %more, label %loop, label %exit
exit:
  ret void
}

declare void @kiln_launch(ptr, i32, ptr, ptr)
declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)
declare void @llvm.memset.p0.i64(ptr, i8, i64, i1)

define void @NAME_body(ptr %inputs, ptr %outputs, ptr %weights, ptr %arena, ptr %pool) {
  %operands = alloca [3 x ptr]
  %image = load ptr, ptr %inputs
  store ptr %image, ptr %operands
  %weights.slot = getelementptr ptr, ptr %operands, i64 1
  store ptr %weights, ptr %weights.slot
  %arena.slot = getelementptr ptr, ptr %operands, i64 2
  store ptr %arena, ptr %arena.slot
  call void @llvm.memset.p0.i64(ptr %arena, i8 0, i64 1024, i1 false)
  call void @kiln_launch(ptr %pool, i32 2, ptr @NAME_task, ptr %operands)
  %second = getelementptr i8, ptr %arena, i64 1024
  call void @llvm.memcpy.p0.p0.i64(ptr %second, ptr %arena, i64 1024, i1 false)
  %out = load ptr, ptr %outputs
  call void @llvm.memcpy.p0.p0.i64(ptr %out, ptr %second, i64 64, i1 false)
  ret void
}
)";

std::string textOf(llvm::Error error) { return llvm::toString(std::move(error)); }

std::unique_ptr<llvm::Module> testModule(llvm::LLVMContext &context, const std::string &name) {
  std::string text = body;
  for (size_t at = text.find("NAME"); at != std::string::npos; at = text.find("NAME", at))
    text.replace(at, 4, name);
  llvm::SMDiagnostic problem;
  auto module = llvm::parseAssemblyString(text, problem, context);
  EXPECT_TRUE(module) << problem.getMessage().str();
  return module;
}

std::vector<float> testWeights() {
  std::vector<float> weights(16);
  for (size_t i = 0; i < weights.size(); ++i)
    weights[i] = static_cast<float>(i + 1);
  return weights;
}

ArtifactDescription testDescription(const std::string &name, const TargetSpec &target) {
  std::vector<float> weights = testWeights();
  ArtifactDescription d;
  d.name = name;
  d.compilerVersion = "Kiln test";
  d.modelFile = "test.onnx";
  d.modelDigest = "0123";
  d.triple = target.triple;
  d.cpu = target.cpu;
  d.cpuFeatures = enabledFeatures(target);
  d.cpuFeatureBits = cpuFeatureBits(target);
  d.threads = 2;
  d.inputs = {{"image", KILN_F32, {1, 1, 4, 4}}};
  d.outputs = {{"class", KILN_F32, {1, 16}}};
  d.layers = {{"class", {"Mul_0"}, "nn.mul", "NAME_task", 16}};
  d.arenaBytes = 2048;
  d.liveBytes = 1024;
  d.weightsBytes = 64;
  d.weightsDigest = kiln_digest_of(weights.data(), 64);
  d.weights = {{"W", KILN_F32, {16}, 0, 64, d.weightsDigest}};
  d.labels = {"zero", "one"};
  return d;
}

WeightsFile testWeightsFile(const std::string &path) {
  std::vector<float> weights = testWeights();
  auto writer = WeightsWriter::create(path);
  EXPECT_TRUE(static_cast<bool>(writer));
  EXPECT_EQ(textOf(writer->write(0, {reinterpret_cast<const char *>(weights.data()), 64})), "");
  return llvm::cantFail(writer->finish(64));
}

llvm::SmallVector<char, 0> testObject(const ArtifactDescription &description,
                                      const TargetSpec &target, bool main) {
  llvm::LLVMContext context;
  std::unique_ptr<llvm::Module> module = testModule(context, description.name);
  std::unique_ptr<llvm::TargetMachine> machine = valueOf(createTargetMachine(target, 3));
  setTarget(*module, *machine);
  EXPECT_EQ(textOf(addProgram(*module, description, main ? ProgramMain::This : ProgramMain::None)),
            "");
  EXPECT_EQ(textOf(optimize(*module, *machine, 3)), "");
  return valueOf(emitObject(*module, *machine, {description.name + "_weights"}));
}

TemporaryFolder::TemporaryFolder() {
  llvm::SmallString<128> name;
  EXPECT_FALSE(llvm::sys::fs::createUniqueDirectory("kiln-codegen", name));
  path = name.str().str();
}

TemporaryFolder::~TemporaryFolder() { llvm::sys::fs::remove_directories(path); }

std::string readFile(const std::string &path) {
  auto buffer = llvm::MemoryBuffer::getFile(path);
  EXPECT_TRUE(static_cast<bool>(buffer)) << path;
  return buffer ? (*buffer)->getBuffer().str() : std::string();
}

void writeFile(const std::string &path, llvm::StringRef text) {
  std::ofstream(path, std::ios::binary) << text.str();
}

CommandResult runCommand(const std::string &command) {
  CommandResult result{-1, ""};
  FILE *pipe = popen(("(" + command + ") 2>&1").c_str(), "r");
  if (!pipe)
    return result;
  char buffer[4096];
  while (size_t got = fread(buffer, 1, sizeof(buffer), pipe))
    result.output.append(buffer, got);
  int status = pclose(pipe);
  result.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return result;
}

} // namespace kiln::test
