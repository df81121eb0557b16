// The typed header compiles without a warning as C and C++ of any age, whatever the tensors are
// called.
#include "compiler/codegen/Header.h"
#include "tests/compiler/codegen/TestNetwork.h"

#include <gtest/gtest.h>

using namespace kiln;
using namespace kiln::test;

namespace {

ArtifactDescription nastyDescription() {
  ArtifactDescription d = testDescription("net", {"x86_64-unknown-linux-gnu", "x86-64-v3", ""});
  d.inputs = {{"input.1", KILN_F32, {1, 3, 2, 2}},
              {"class", KILN_F16, {4}},
              {"*/ int x; /*", KILN_I64, {}},
              {"X", KILN_BOOL, {2, 2}},
              {"x", KILN_BF16, {1}},
              {"", KILN_U8, {5}},
              {"line\nbreak\\", KILN_I16, {3}},
              {"double", KILN_F64, {2}}};
  d.outputs = {{"input.1", KILN_I32, {7}}, {"23", KILN_I8, {1, 1}}};
  return d;
}

class HeaderTest : public ::testing::Test {
protected:
  void expectCompiles(const ArtifactDescription &description, const std::string &use = "") {
    writeFile(folder / "net.h", writeHeader(description));
    writeFile(folder / "use.c", "#include \"net.h\"\n#include \"net.h\"\nextern int used;\n" + use);
    for (const char *compiler :
         {"gcc -std=gnu89", "gcc -std=c99", "clang-22 -std=c99", "g++ -std=c++98 -x c++",
          "g++ -std=c++17 -x c++", "g++ -std=c++20 -x c++", "clang++-22 -std=c++20 -x c++"}) {
      CommandResult result = runCommand(std::string(compiler) +
                                        " -Wall -Wextra -Wconversion -Wsign-conversion -Wshadow "
                                        "-pedantic -Werror -fsyntax-only -I " +
                                        KILN_TEST_INCLUDE + " " + (folder / "use.c"));
      EXPECT_EQ(result.status, 0) << compiler << "\n" << result.output;
    }
  }
  TemporaryFolder folder;
};

} // namespace

TEST_F(HeaderTest, PlainNetwork) {
  ArtifactDescription d = testDescription("net", {"x86_64-unknown-linux-gnu", "x86-64-v3", ""});
  expectCompiles(d,
                 "static const int shape[NET_INPUT_IMAGE_RANK] = NET_INPUT_IMAGE_SHAPE;\n"
                 "typedef char check[NET_INPUT_IMAGE_BYTES == 64 && NET_OUTPUT_CLASS__ELEMENTS == "
                 "16 ? 1 : -1];\n"
                 "int f(const net_inputs *in, const net_outputs *out);\n"
                 "int f(const net_inputs *in, const net_outputs *out) {\n"
                 "  const float *image = in->image; float *result = out->class_; check *none = 0;\n"
                 "  return image == result || none != 0 || shape[0] == NET_THREADS;\n}\n");
}

TEST_F(HeaderTest, NastyNames) {
  expectCompiles(
      nastyDescription(),
      "int f(const net_inputs *in, net_outputs *out);\n"
      "int f(const net_inputs *in, net_outputs *out) {\n"
      "  const uint16_t *half = in->class_, *b = in->x_2; const uint8_t *x = in->X;\n"
      "  int32_t *first = out->input_1; int8_t *second = out->t23;\n"
      "  return half == b || !x || !first || !second || !in->int_x || !in->double_;\n}\n");
}

TEST_F(HeaderTest, NoInputs) {
  ArtifactDescription d = testDescription("net", {"x86_64-unknown-linux-gnu", "x86-64-v3", ""});
  d.inputs.clear();
  d.arenaBytes = d.weightsBytes = 0;
  expectCompiles(d);
}

// Two headers in one file do not meet.
TEST_F(HeaderTest, TwoNetworks) {
  ArtifactDescription other = nastyDescription();
  other.name = "other";
  writeFile(folder / "other.h", writeHeader(other));
  expectCompiles(nastyDescription(), "#include \"other.h\"\n");
}
