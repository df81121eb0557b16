// A file appears whole or not at all, in the place that its path leads to.
#include "compiler/codegen/OutputFile.h"
#include "tests/compiler/codegen/TestNetwork.h"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace kiln;
using namespace kiln::test;

namespace {

class OutputFileTest : public ::testing::Test {
protected:
  std::string write(const std::string &path, const std::string &text) {
    return llvm::toString(writeOutput(path, {text.data(), text.size()}));
  }
  TemporaryFolder folder;
};

} // namespace

TEST_F(OutputFileTest, ReplacesTheOldFileAtTheEnd) {
  std::string path = folder / "net.o";
  writeFile(path, "old");
  {
    auto file = llvm::cantFail(OutputFile::create(path));
    llvm::cantFail(file.write(llvm::ArrayRef("new", 3)));
    EXPECT_EQ(readFile(path), "old");
    llvm::cantFail(file.commit());
  }
  EXPECT_EQ(readFile(path), "new");
}

TEST_F(OutputFileTest, LeavesNothingUnlessCommitted) {
  std::string path = folder / "net.o", temporary;
  {
    auto file = llvm::cantFail(OutputFile::create(path));
    temporary = file.temporaryPath();
    llvm::cantFail(file.write(llvm::ArrayRef("new", 3)));
  }
  EXPECT_NE(access(path.c_str(), F_OK), 0);
  EXPECT_NE(access(temporary.c_str(), F_OK), 0);
}

TEST_F(OutputFileTest, LinksStay) {
  std::string path = folder / "net.o", link = folder / "link.o";
  writeFile(path, "old");
  ASSERT_EQ(symlink(path.c_str(), link.c_str()), 0);
  EXPECT_EQ(write(link, "new"), "");
  struct stat status;
  ASSERT_EQ(lstat(link.c_str(), &status), 0);
  EXPECT_TRUE(S_ISLNK(status.st_mode));
  EXPECT_EQ(readFile(path), "new");
}

// Whoever may write to a folder of devices does not lose them.
TEST_F(OutputFileTest, PipesAreWrittenTo) {
  std::string path = folder / "pipe";
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  int reader = open(path.c_str(), O_RDONLY | O_NONBLOCK);
  ASSERT_GE(reader, 0);
  EXPECT_EQ(write(path, "text"), "");
  char text[8] = {};
  EXPECT_EQ(read(reader, text, sizeof(text)), 4);
  EXPECT_STREQ(text, "text");
  close(reader);
  struct stat status;
  ASSERT_EQ(lstat(path.c_str(), &status), 0);
  EXPECT_TRUE(S_ISFIFO(status.st_mode));
}

TEST_F(OutputFileTest, FullDevicesAreErrors) {
  EXPECT_EQ(write("/dev/full", "text"), "/dev/full: No space left on device");
}
