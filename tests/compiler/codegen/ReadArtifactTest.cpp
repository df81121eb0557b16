// Manifests are found in programs and shared libraries, and every other file gets a message.
#include "compiler/codegen/ReadArtifact.h"
#include "compiler/codegen/Linker.h"
#include "tests/compiler/codegen/TestNetwork.h"

#include <gtest/gtest.h>

using namespace kiln;
using namespace kiln::test;

namespace {

class ReadArtifactTest : public ::testing::Test {
protected:
  ReadArtifactTest() : weights(testWeightsFile(folder / "w")) {
    object = testObject(testDescription("net", target), target, /*main=*/true);
  }

  std::string errorOf(const std::string &path) {
    auto artifact = readArtifact(path);
    return artifact ? "" : textOf(artifact.takeError());
  }
  void expectError(const std::string &path, const char *expected) {
    EXPECT_NE(errorOf(path).find(expected), std::string::npos) << errorOf(path);
    EXPECT_EQ(errorOf(path).find(path), 0u);
  }

  TemporaryFolder folder;
  TargetSpec target = valueOf(resolveTarget("native"));
  WeightsFile weights;
  llvm::SmallVector<char, 0> object;
};

} // namespace

TEST_F(ReadArtifactTest, ProgramAndLibrary) {
  ASSERT_EQ(textOf(linkProgram({object, "net", &weights}, KILN_TEST_RUNTIME, folder / "net")), "");
  ASSERT_EQ(
      textOf(linkSharedLibrary({object, "net", &weights}, KILN_TEST_RUNTIME, folder / "net.so")),
      "");
  for (auto [file, kind] :
       {std::pair{"net", ArtifactKind::Program}, {"net.so", ArtifactKind::SharedLibrary}}) {
    EXPECT_TRUE(looksLikeArtifact(folder / file));
    auto artifact = readArtifact(folder / file);
    ASSERT_TRUE(static_cast<bool>(artifact)) << textOf(artifact.takeError());
    EXPECT_EQ(artifact->kind, kind);
    ASSERT_EQ(artifact->networks.size(), 1u);
    EXPECT_EQ(artifact->networks[0].name, "net");
    EXPECT_EQ(artifact->networks[0].labels, (std::vector<std::string>{"zero", "one"}));
  }
}

TEST_F(ReadArtifactTest, ObjectsAndArchivesAreRefusedWithARemedy) {
  ASSERT_EQ(textOf(writeObject({object, "net", &weights}, folder / "net.o")), "");
  ASSERT_EQ(textOf(writeStaticLibrary({object, "net", &weights}, folder / "libnet.a")), "");
  expectError(folder / "net.o",
              "an object file cannot be loaded; compile with --emit=shared or --emit=exe");
  expectError(folder / "libnet.a", "a static library cannot be loaded; compile with --emit=shared");
}

TEST_F(ReadArtifactTest, OtherFiles) {
  writeFile(folder / "text", "hello");
  writeFile(folder / "empty", "");
  writeFile(folder / "short", "\x7f"
                              "ELF\x02\x01");
  expectError(folder / "none", "No such file");
  expectError(folder / "text", "neither a program nor a shared library");
  expectError(folder / "empty", "neither a program nor a shared library");
  expectError(folder / "short", "not a 64-bit little-endian ELF file");
  expectError("/bin/sh", "not made by Kiln");
  EXPECT_FALSE(looksLikeArtifact(folder / "text"));
  EXPECT_FALSE(looksLikeArtifact(folder / "none"));
}

// Cut at 200 places and with single bytes altered: read or refused, never a crash.
TEST_F(ReadArtifactTest, DamagedFiles) {
  ASSERT_EQ(
      textOf(linkSharedLibrary({object, "net", &weights}, KILN_TEST_RUNTIME, folder / "net.so")),
      "");
  const std::string good = readFile(folder / "net.so");
  int refused = 0;
  auto attempt = [&](const std::string &bytes) {
    writeFile(folder / "bad", bytes);
    refused += !errorOf(folder / "bad").empty();
  };
  for (size_t cut = 0; cut < 200; ++cut)
    attempt(good.substr(0, good.size() * cut / 200));
  EXPECT_EQ(refused, 200);
  // The headers: at the start of the file and in the section table at its end.
  for (size_t at = 0; at < 64 + 64 * 30; ++at) {
    std::string bad = good;
    bad[at < 64 ? at : bad.size() - at] ^= static_cast<char>(1 << at % 8);
    attempt(bad);
  }
  EXPECT_GT(refused, 250);
}
