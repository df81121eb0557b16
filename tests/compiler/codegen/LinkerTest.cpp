// Programs and libraries of a hand-written network really run, and come out the same from any
// folder.
#include "compiler/codegen/Linker.h"
#include "tests/compiler/codegen/TestNetwork.h"

#include <gtest/gtest.h>

#include <dlfcn.h>

using namespace kiln;
using namespace kiln::test;

namespace {

class LinkerTest : public ::testing::Test {
protected:
  std::string runtime() { return KILN_TEST_RUNTIME; }
  TargetSpec target = valueOf(resolveTarget("native"));
  TemporaryFolder folder;
};

/// A PGM picture of 4x4 whose pixels are 0, 1, ... 15.
std::string picture() {
  std::string text = "P5\n4 4\n255\n";
  for (char i = 0; i < 16; ++i)
    text.push_back(i);
  return text;
}

std::string linkTestProgram(const std::string &path, const std::string &runtime,
                            const TargetSpec &target) {
  ArtifactDescription description = testDescription("tiny", target);
  llvm::SmallVector<char, 0> object = testObject(description, target, /*main=*/true);
  WeightsFile weights = testWeightsFile(path);
  return textOf(linkProgram({object, "tiny", &weights}, runtime, path));
}

} // namespace

TEST_F(LinkerTest, ProgramAnswersAPicture) {
  ASSERT_EQ(linkTestProgram(folder / "tiny", runtime(), target), "");
  writeFile(folder / "in.pgm", picture());
  CommandResult answer = run((folder / "tiny") + " --top 2 " + (folder / "in.pgm"));
  EXPECT_EQ(answer.status, 0);
  EXPECT_NE(answer.output.find("15         240\n"), std::string::npos) << answer.output;
}
