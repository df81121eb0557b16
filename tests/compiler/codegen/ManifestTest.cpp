// The manifest keeps the whole description; damaged bytes are refused.
#include "compiler/codegen/Manifest.h"
#include "tests/compiler/codegen/TestNetwork.h"

#include <gtest/gtest.h>

using namespace kiln;
using namespace kiln::test;

static ArtifactDescription fullDescription(const std::string &name) {
  ArtifactDescription d = testDescription(name, {"x86_64-unknown-linux-gnu", "x86-64-v3", ""});
  d.layers.push_back({"sum", {"Add_1", "Relu_2"}, "nn.conv", "k", uint64_t(1) << 40});
  d.weights.push_back({"B", KILN_I8, {2, 3}, 64, 6, 77});
  d.preprocess = {KILN_CHANNELS_BGR, 0.5f, {1, 2, 3}, {4}};
  d.weightsFile = "net.weights";
  d.preparedBytes = 12;
  return d;
}

static void expectEqual(const ArtifactDescription &a, const ArtifactDescription &b) {
  EXPECT_EQ(buildManifest(a), buildManifest(b));
}

TEST(Manifest, RoundTrip) {
  ArtifactDescription d = fullDescription("net");
  auto parsed = valueOf(parseManifests(buildManifest(d)));
  ASSERT_EQ(parsed.size(), 1u);
  const ArtifactDescription &p = parsed.front();
  expectEqual(p, d);
  EXPECT_EQ(p.name, "net");
  EXPECT_EQ(p.layers[1].sources, (std::vector<std::string>{"Add_1", "Relu_2"}));
  EXPECT_EQ(p.layers[1].multiplyAdds, uint64_t(1) << 40);
  EXPECT_EQ(p.weights[1].shape, (std::vector<int64_t>{2, 3}));
  EXPECT_EQ(p.preprocess.mean, (std::vector<float>{1, 2, 3}));
  EXPECT_EQ(p.weightsFile, "net.weights");
  EXPECT_FALSE(p.hasEmbeddedWeights());
  EXPECT_EQ(p.inputs[0].bytes(), 64u);
}

// Linkers put the sections of two networks one after the other, possibly with padding.
TEST(Manifest, SeveralInOneSection) {
  std::vector<uint8_t> section = buildManifest(fullDescription("first"));
  section.resize(section.size() + 32);
  std::vector<uint8_t> second = buildManifest(fullDescription("second"));
  section.insert(section.end(), second.begin(), second.end());
  auto parsed = valueOf(parseManifests(section));
  ASSERT_EQ(parsed.size(), 2u);
  EXPECT_EQ(parsed[0].name, "first");
  EXPECT_EQ(parsed[1].name, "second");
}

TEST(Manifest, CutOff) {
  std::vector<uint8_t> section = buildManifest(fullDescription("net"));
  for (size_t length = 5; length + 16 < section.size(); length += 7) {
    auto parsed = parseManifests(llvm::ArrayRef(section).take_front(length));
    EXPECT_FALSE(static_cast<bool>(parsed)) << length;
    EXPECT_EQ(textOf(parsed.takeError()), "the manifest is damaged");
  }
}

// Altered bytes are refused or read as another description, without a crash.
TEST(Manifest, AlteredBytes) {
  const std::vector<uint8_t> good = buildManifest(fullDescription("net"));
  int refused = 0;
  for (size_t at = 0; at < good.size(); ++at)
    for (uint8_t flip : {0x01, 0x80, 0xff}) {
      std::vector<uint8_t> bad = good;
      bad[at] ^= flip;
      auto parsed = parseManifests(bad);
      if (!parsed) {
        ++refused;
        llvm::consumeError(parsed.takeError());
      }
    }
  EXPECT_GT(refused, 100);
}

TEST(Manifest, NewerVersion) {
  std::vector<uint8_t> section = buildManifest(fullDescription("net"));
  // The version is the only 32-bit field that holds 1 and is not a length of the vectors above.
  bool refused = false;
  for (size_t at = 0; at + 4 <= section.size() && !refused; ++at) {
    std::vector<uint8_t> other = section;
    other[at] = 9;
    auto parsed = parseManifests(other);
    refused = !parsed && textOf(parsed.takeError()).find("has version 9") != std::string::npos;
    if (parsed)
      llvm::consumeError(parsed.takeError());
  }
  EXPECT_TRUE(refused);
}
