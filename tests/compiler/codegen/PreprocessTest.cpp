// --preprocess: what it means and what it refuses.
#include "compiler/codegen/Preprocess.h"
#include "tests/compiler/codegen/TestNetwork.h"

#include <gtest/gtest.h>

using namespace kiln;
using namespace kiln::test;

using Floats = std::vector<float>;

TEST(Preprocess, AllParts) {
  PreprocessInfo info = valueOf(parsePreprocess("bgr,scale=0.5,mean=104/117/123.5,std=2"));
  EXPECT_EQ(info.channels, uint32_t(KILN_CHANNELS_BGR));
  EXPECT_EQ(info.scale, 0.5f);
  EXPECT_EQ(info.mean, (Floats{104, 117, 123.5}));
  EXPECT_EQ(info.std, Floats{2});
}

TEST(Preprocess, CommasBetweenNumbers) {
  PreprocessInfo info = valueOf(parsePreprocess("rgb, mean=1,2,3, std=4,5,6"));
  EXPECT_EQ(info.channels, uint32_t(KILN_CHANNELS_RGB));
  EXPECT_EQ(info.mean, (Floats{1, 2, 3}));
  EXPECT_EQ(info.std, (Floats{4, 5, 6}));
  EXPECT_EQ(info.scale, 1);
}

TEST(Preprocess, OnlyScale) {
  PreprocessInfo info = valueOf(parsePreprocess("scale=0.00392156862"));
  EXPECT_EQ(info.channels, uint32_t(KILN_CHANNELS_DEFAULT));
  EXPECT_FLOAT_EQ(info.scale, 1 / 255.0f);
}

TEST(Preprocess, Refused) {
  for (const char *spec : {"", "cmyk", "scale=", "scale=1,2", "mean=a", "std=0", "mean=1/2/3/4",
                           "3", "scale=inf", "gamma=2", "mean=1//2"}) {
    auto info = parsePreprocess(spec);
    EXPECT_FALSE(static_cast<bool>(info)) << spec;
    EXPECT_NE(textOf(info.takeError()).find("the form is"), std::string::npos) << spec;
  }
}
