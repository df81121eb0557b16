// Weights are streamed in order, gaps are zeros, and nothing stays behind unless it is to be kept.
#include "compiler/codegen/WeightsFile.h"
#include "tests/compiler/codegen/TestNetwork.h"

#include <gtest/gtest.h>

using namespace kiln;
using namespace kiln::test;

TEST(WeightsFile, GapsAreZerosAndTheDigestIsThatOfTheFile) {
  TemporaryFolder folder;
  auto writer = WeightsWriter::create(folder / "w");
  ASSERT_TRUE(static_cast<bool>(writer));
  EXPECT_EQ(textOf(writer->write(0, {"abc", 3})), "");
  EXPECT_EQ(textOf(writer->write(10000, {"def", 3})), "");
  auto file = writer->finish(10010);
  ASSERT_TRUE(static_cast<bool>(file));
  std::string bytes = readFile(file->path());
  std::string expected = "abc" + std::string(9997, '\0') + "def" + std::string(7, '\0');
  EXPECT_TRUE(bytes == expected);
  EXPECT_EQ(file->bytes(), expected.size());
  EXPECT_EQ(file->digest(), kiln_digest_of(expected.data(), expected.size()));
}

TEST(WeightsFile, OrderIsKept) {
  TemporaryFolder folder;
  auto writer = WeightsWriter::create(folder / "w");
  ASSERT_TRUE(static_cast<bool>(writer));
  EXPECT_EQ(textOf(writer->write(64, {"abc", 3})), "");
  EXPECT_EQ(textOf(writer->write(66, {"d", 1})), "weights are written out of order");
}

TEST(WeightsFile, IsRemovedUnlessKept) {
  TemporaryFolder folder;
  llvm::consumeError(WeightsWriter::create(folder / "w")->finish(5).takeError());
  EXPECT_EQ(runCommand("ls " + folder.path).output, "");
  auto file = WeightsWriter::create(folder / "w")->finish(5);
  ASSERT_TRUE(static_cast<bool>(file));
  EXPECT_EQ(textOf(file->keep()), "");
  EXPECT_EQ(runCommand("ls " + folder.path).output, "w\n");
  EXPECT_EQ(readFile(folder / "w"), std::string(5, '\0'));
}

TEST(WeightsFile, NoFolder) {
  auto writer = WeightsWriter::create("/nonexistent/w");
  ASSERT_FALSE(static_cast<bool>(writer));
  EXPECT_EQ(textOf(writer.takeError()), "/nonexistent/w: No such file or directory");
}
