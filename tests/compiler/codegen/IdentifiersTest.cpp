// The documented rule by which tensor names become C identifiers, and prefixes of symbols.
#include "compiler/codegen/Identifiers.h"

#include <gtest/gtest.h>

using namespace kiln;

static std::vector<std::string> fieldsOf(std::vector<std::string> names) {
  std::vector<TensorInfo> tensors;
  for (const std::string &name : names)
    tensors.push_back({name, KILN_F32, {1}});
  return fieldNames(tensors);
}

using Names = std::vector<std::string>;

TEST(Identifiers, OtherCharactersBecomeUnderscores) {
  EXPECT_EQ(fieldsOf({"input.1", "conv2d/Relu:0", "_hidden_", "grün"}),
            (Names{"input_1", "conv2d_Relu_0", "hidden", "gr__n"}));
}

TEST(Identifiers, DigitsAndNothing) {
  EXPECT_EQ(fieldsOf({"23", "", "///"}), (Names{"t23", "tensor", "tensor_2"}));
}

TEST(Identifiers, KeywordsAndMacros) {
  EXPECT_EQ(fieldsOf({"class", "int", "concept", "linux", "NULL", "stdin", "xor_eq"}),
            (Names{"class_", "int_", "concept_", "linux_", "NULL_", "stdin_", "xor_eq_"}));
}

// Upper and lower case count as equal, because the constants are in upper case; a suffix may clash
// in turn.
TEST(Identifiers, Clashes) {
  EXPECT_EQ(fieldsOf({"x", "X", "x.", "x_2", "class", "class_"}),
            (Names{"x", "X_2", "x_3", "x_2_2", "class_", "class_2"}));
}

TEST(Identifiers, SymbolPrefixes) {
  EXPECT_EQ(symbolPrefix("lenet"), "lenet");
  EXPECT_EQ(symbolPrefix("resnet50-v1.5"), "resnet50_v1_5");
  EXPECT_EQ(symbolPrefix("2048"), "n2048");
  EXPECT_EQ(symbolPrefix("..."), "net");
  EXPECT_EQ(symbolPrefix("kiln"), "net_kiln");
  EXPECT_EQ(symbolPrefix("int"), "net_int");
}

TEST(Identifiers, PrefixesThatAreRefused) {
  for (const char *name : {"", "1a", "a-b", "class", "kiln", "main", "_a", "std"})
    EXPECT_FALSE(isSymbolPrefix(name)) << name;
  EXPECT_TRUE(isSymbolPrefix("net_2"));
}
