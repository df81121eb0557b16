// Test tool: imports damaged copies of models, each in a process of its own, and fails unless every
// one ends in a module or in an error message, with less than 1 GB of memory and within 10 s.
//
//     onnx-mutate [--truncations=N] [--flips=N] [--seed=N] MODEL.onnx...
//
// Truncations are spread over the file. Flips replace one to eight bytes, half of the time in the
// first kilobytes, where the structure of most models is densest.
#include "frontends/onnx/OnnxImport.h"

#include "mlir/IR/Diagnostics.h"
#include "llvm/Support/raw_ostream.h"

#include <algorithm>
#include <random>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

constexpr int statusImported = 0, statusRefused = 1, statusSilent = 2;
constexpr long mostKilobytes = 1 << 20;
constexpr unsigned mostSeconds = 10;

/// Imports a damaged model; refusing it without an error message is a defect.
int importQuietly(const std::string &bytes) {
  mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  bool hasError = false;
  context.getDiagEngine().registerHandler([&](mlir::Diagnostic &diagnostic) {
    hasError |= diagnostic.getSeverity() == mlir::DiagnosticSeverity::Error;
  });
  auto buffer =
      llvm::MemoryBuffer::getMemBuffer(bytes, "damaged.onnx", /*RequiresNullTerminator=*/false);
  if (kiln::importOnnx(context, std::move(buffer)))
    return statusImported;
  return hasError ? statusRefused : statusSilent;
}

/// Runs the import in a child; an empty text when it behaves.
std::string judge(const std::string &bytes) {
  pid_t child = fork();
  if (child == 0) {
    alarm(mostSeconds);
    _exit(importQuietly(bytes));
  }
  int status = 0;
  rusage usage{};
  if (child < 0 || wait4(child, &status, 0, &usage) != child)
    return "cannot start a process";
  if (WIFSIGNALED(status))
    return "signal " + std::to_string(WTERMSIG(status));
  if (usage.ru_maxrss > mostKilobytes)
    return std::to_string(usage.ru_maxrss) + " kB of memory";
  if (WEXITSTATUS(status) == statusSilent)
    return "refused without a message";
  return WEXITSTATUS(status) <= statusRefused
             ? ""
             : "exit status " + std::to_string(WEXITSTATUS(status));
}

std::string flipped(std::string bytes, std::mt19937 &random) {
  constexpr size_t denseBytes = 4096, mostFlips = 8;
  size_t range = random() % 2 ? bytes.size() : std::min(bytes.size(), denseBytes);
  for (size_t count = random() % mostFlips + 1; count > 0 && range > 0; --count)
    bytes[random() % range] = static_cast<char>(random());
  return bytes;
}

struct Plan {
  unsigned truncations = 200, flips = 1000, seed = 1;
};

/// The number of damaged copies of a model that misbehave.
unsigned countDefects(llvm::StringRef path, const Plan &plan) {
  auto file = llvm::MemoryBuffer::getFile(path, /*IsText=*/false, /*RequiresNullTerminator=*/false);
  if (!file) {
    llvm::errs() << path << ": cannot be read\n";
    return 1;
  }
  std::string bytes = (*file)->getBuffer().str();
  std::mt19937 random(plan.seed);
  unsigned defects = 0;
  auto check = [&](const std::string &copy, llvm::StringRef what, unsigned index) {
    std::string defect = judge(copy);
    if (defect.empty())
      return;
    llvm::errs() << path << ": " << what << " " << index << ": " << defect << "\n";
    ++defects;
  };
  for (unsigned i = 0; i < plan.truncations; ++i)
    check(bytes.substr(0, bytes.size() * i / plan.truncations), "truncation", i);
  for (unsigned i = 0; i < plan.flips; ++i)
    check(flipped(bytes, random), "flip", i);
  return defects;
}

} // namespace

int main(int argc, char **argv) {
  Plan plan;
  std::vector<llvm::StringRef> models;
  for (llvm::StringRef argument : llvm::ArrayRef(argv + 1, argc - 1)) {
    bool bad = false;
    if (argument.consume_front("--truncations="))
      bad = argument.getAsInteger(10, plan.truncations);
    else if (argument.consume_front("--flips="))
      bad = argument.getAsInteger(10, plan.flips);
    else if (argument.consume_front("--seed="))
      bad = argument.getAsInteger(10, plan.seed);
    else
      models.push_back(argument);
    if (bad) {
      llvm::errs() << "not a number: " << argument << "\n";
      return 2;
    }
  }
  unsigned defects = 0;
  for (llvm::StringRef model : models)
    defects += countDefects(model, plan);
  llvm::outs() << models.size() * (plan.truncations + plan.flips) << " damaged models, " << defects
               << " defects\n";
  return defects == 0 ? 0 : 1;
}
