// out[i] = image[i] * weights[i] for a picture of 4x4, in two tasks of eight elements. The products
// go through the arena, and a copy of 256 bytes shows that generated code needs no memcpy.
#ifndef KILN_TESTS_COMPILER_CODEGEN_TESTNETWORK_H
#define KILN_TESTS_COMPILER_CODEGEN_TESTNETWORK_H

#include "compiler/codegen/Artifact.h"
#include "compiler/codegen/Target.h"
#include "compiler/codegen/WeightsFile.h"

#include "llvm/ADT/SmallVector.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace kiln::test {

/// What went wrong as a test failure; "" for success.
std::string textOf(llvm::Error error);

/// The value, or a test failure and a default one.
template <typename T> T valueOf(llvm::Expected<T> value) {
  if (value)
    return std::move(*value);
  ADD_FAILURE() << textOf(value.takeError());
  return T();
}

/// The body as LLVM text under the names of `name`.
std::unique_ptr<llvm::Module> testModule(llvm::LLVMContext &context, const std::string &name);

/// Sixteen weights: 1, 2, ... 16.
std::vector<float> testWeights();

/// The description of that network for `target`; weights embedded.
ArtifactDescription testDescription(const std::string &name, const TargetSpec &target);

/// The weights in a temporary file that begins with `path`.
WeightsFile testWeightsFile(const std::string &path);

/// The object of that network for `target`, a program's one where `main`.
llvm::SmallVector<char, 0> testObject(const ArtifactDescription &description,
                                      const TargetSpec &target, bool main);

/// A folder of its own, removed at the end of life.
class TemporaryFolder {
public:
  TemporaryFolder();
  ~TemporaryFolder();
  std::string operator/(const std::string &name) const { return path + "/" + name; }
  std::string path;
};

/// The bytes of a file.
std::string readFile(const std::string &path);

void writeFile(const std::string &path, llvm::StringRef text);

/// Exit status and output (stdout and stderr together) of a shell command.
struct CommandResult {
  int status;
  std::string output;
};
CommandResult runCommand(const std::string &command);

} // namespace kiln::test

#endif // KILN_TESTS_COMPILER_CODEGEN_TESTNETWORK_H
