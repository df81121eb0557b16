// Programs and libraries of a hand-written network really run, and come out the same from any
// folder.
#include "compiler/codegen/Linker.h"
#include "compiler/codegen/ElfWriter.h"
#include "compiler/codegen/Header.h"
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

std::string weightsText() {
  std::vector<float> weights = testWeights();
  return std::string(reinterpret_cast<const char *>(weights.data()), 64);
}

constexpr const char *twoNetworks = R"(
#include "kiln/hosted.h"
#include "one.h"
#include "two.h"

#include <pthread.h>
#include <stdio.h>

/* Aligned by hand: C99 has no alignas. */
static char memory[4][ONE_ARENA_BYTES + ONE_ALIGNMENT];
static kiln_buffer arena(int i) {
  kiln_buffer buffer = {NULL, ONE_ARENA_BYTES};
  buffer.data = memory[i] + (ONE_ALIGNMENT - (size_t)memory[i] % ONE_ALIGNMENT) % ONE_ALIGNMENT;
  return buffer;
}

static float first[2][16], second[2][16];
static const float twos[16] = {2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2};
static const float threes[16] = {3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3};
static one_model model1;
static two_model model2;
static kiln_pool *pool;

static void *work(void *argument) {
  int i = argument != NULL;
  one_inputs in1 = {twos};
  one_outputs out1 = {first[i]};
  two_inputs in2 = {threes};
  two_outputs out2 = {second[i]};
  for (int repeat = 0; repeat < 100; ++repeat) {
    if (one_run(&model1, &in1, &out1, arena(i), pool) != KILN_OK) return argument;
    if (two_run(&model2, &in2, &out2, arena(2 + i), pool) != KILN_OK) return argument;
  }
  return NULL;
}

int main(void) {
  kiln_buffer none = {NULL, 0};
  pthread_t thread;
  pool = kiln_pool_create(2);
  kiln_status status = one_open(&model1, none, none, pool);
  if (status == KILN_OK) status = two_open(&model2, none, none, pool);
  if (status != KILN_OK) return puts(kiln_status_message(status)), 1;
  pthread_create(&thread, NULL, work, &model1);
  work(NULL);
  pthread_join(thread, NULL);
  kiln_pool_destroy(pool);
  printf("%g %g %g %g\n", first[0][0], first[1][15], second[0][0], second[1][15]);
  return 0;
}
)";

} // namespace

TEST_F(LinkerTest, ProgramAnswersAPicture) {
  ASSERT_EQ(linkTestProgram(folder / "tiny", runtime(), target), "");
  writeFile(folder / "in.pgm", picture());
  CommandResult answer =
      runCommand((folder / "tiny") + " --top 2 --threads 2 " + (folder / "in.pgm"));
  EXPECT_EQ(answer.status, 0);
  EXPECT_EQ(answer.output, "class: float32 1x16\n    15         240\n    14         210\n");
  answer =
      runCommand((folder / "tiny") + " --top=1 --output " + (folder / "out.npy") + " --repeat 3 " +
                 (folder / "in.pgm") + " && " + (folder / "tiny") + " " + (folder / "out.npy"));
  EXPECT_EQ(answer.status, 1);
  EXPECT_NE(answer.output.find("has the shape 1x16, but 'image' is 1x1x4x4"), std::string::npos)
      << answer.output;
}

TEST_F(LinkerTest, ProgramExplainsItsUse) {
  ASSERT_EQ(linkTestProgram(folder / "tiny", runtime(), target), "");
  std::string program = folder / "tiny";
  for (const char *arguments :
       {"", "a b --top x", "--top 0 a", "--nonsense=1 a", "--top", "--output=x --output y a b"}) {
    CommandResult answer = runCommand(program + " " + arguments);
    EXPECT_EQ(answer.status, 2) << arguments;
    EXPECT_NE(answer.output.find("usage: tiny"), std::string::npos) << answer.output;
  }
  CommandResult help = runCommand(program + " --help");
  EXPECT_EQ(help.status, 0);
  EXPECT_NE(help.output.find("input image: float32 1x1x4x4"), std::string::npos) << help.output;
  CommandResult missing = runCommand(program + " none.png");
  EXPECT_EQ(missing.status, 1);
  EXPECT_EQ(missing.output, "none.png: No such file or directory\n");
}

TEST_F(LinkerTest, SidecarIsLookedForBesideTheProgram) {
  ArtifactDescription description = testDescription("tiny", target);
  description.weightsFile = "tiny.weights";
  auto object = testObject(description, target, /*main=*/true);
  ASSERT_EQ(textOf(linkProgram({object, "tiny", nullptr}, runtime(), folder / "tiny")), "");
  writeFile(folder / "in.pgm", picture());
  std::string command = "cd / && " + (folder / "tiny") + " --top 1 " + (folder / "in.pgm");
  EXPECT_NE(runCommand(command).output.find("tiny.weights: No such file"), std::string::npos);
  EXPECT_EQ(runCommand(command).status, 1);
  writeFile(folder / "tiny.weights", std::string(64, 'x'));
  EXPECT_NE(runCommand(command).output.find("belong to another network"), std::string::npos);
  writeFile(folder / "tiny.weights", "x");
  EXPECT_NE(runCommand(command).output.find("shorter"), std::string::npos);
  writeFile(folder / "elsewhere", std::string(64, 'x'));
  writeFile(folder / "tiny.weights", weightsText());
  EXPECT_EQ(runCommand(command).status, 0);
  EXPECT_EQ(runCommand(command + " --weights " + (folder / "elsewhere")).status, 1);
}

// The shared library needs no other library and offers the network's names and the status texts
// only.
TEST_F(LinkerTest, SharedLibraryStandsAlone) {
  auto object = testObject(testDescription("tiny", target), target, /*main=*/false);
  WeightsFile weights = testWeightsFile(folder / "w");
  ASSERT_EQ(textOf(linkSharedLibrary({object, "tiny", &weights}, runtime(), folder / "libtiny.so")),
            "");
  EXPECT_EQ(runCommand("llvm-readelf-22 -d " + (folder / "libtiny.so") + " | grep NEEDED").output,
            "");
  EXPECT_EQ(
      runCommand("llvm-nm-22 -D --defined-only --format=just-symbols " + (folder / "libtiny.so"))
          .output,
      "kiln_status_message\ntiny_open\ntiny_program\ntiny_run\n");
  void *library = dlopen((folder / "libtiny.so").c_str(), RTLD_NOW | RTLD_LOCAL);
  ASSERT_TRUE(library) << dlerror();
  auto program = static_cast<const kiln_program *>(dlsym(library, "tiny_program"));
  ASSERT_TRUE(program);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(program->weights) % 4096, 0u);
  kiln_model model;
  ASSERT_EQ(kiln_open(program, &model, {}, {}, nullptr), KILN_OK);
  EXPECT_EQ(kiln_open(program, &model, {const_cast<void *>(program->weights), 64}, {}, nullptr),
            KILN_OK);
  dlclose(library);
}

// From 4 MiB on weights begin with a huge page, in memory and in the file.
TEST_F(LinkerTest, LargeWeightsBeginWithAHugePage) {
  constexpr uint64_t bytes = 5 << 20, hugePage = 2 << 20;
  std::string text(bytes, 'a');
  text.back() = 'z';
  auto writer = WeightsWriter::create(folder / "w");
  ASSERT_TRUE(static_cast<bool>(writer));
  ASSERT_EQ(textOf(writer->write(0, text)), "");
  WeightsFile weights = llvm::cantFail(writer->finish(bytes));
  auto object = testObject(testDescription("tiny", target), target, /*main=*/false);
  ASSERT_EQ(textOf(linkSharedLibrary({object, "tiny", &weights}, runtime(), folder / "libtiny.so")),
            "");
  void *library = dlopen((folder / "libtiny.so").c_str(), RTLD_NOW | RTLD_LOCAL);
  ASSERT_TRUE(library) << dlerror();
  auto program = static_cast<const kiln_program *>(dlsym(library, "tiny_program"));
  ASSERT_TRUE(program);
  llvm::StringRef embedded(static_cast<const char *>(program->weights), bytes);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(embedded.data()) % hugePage, 0u);
  EXPECT_TRUE(embedded == text);
  EXPECT_EQ(readFile(folder / "libtiny.so").find(text) % hugePage, 0u);
  dlclose(library);
}

// What lib, obj and shared give is linked by other linkers into one C program with two networks.
TEST_F(LinkerTest, TwoNetworksInOneProgram) {
  for (const char *name : {"one", "two"}) {
    ArtifactDescription description = testDescription(name, target);
    auto object = testObject(description, target, /*main=*/false);
    WeightsFile weights = testWeightsFile(folder / "w");
    LinkInput input{object, name, &weights};
    writeFile(folder / (name + std::string(".h")), writeHeader(description));
    ASSERT_EQ(textOf(writeStaticLibrary(input, folder / ("lib" + std::string(name) + ".a"))), "");
    ASSERT_EQ(textOf(writeObject(input, folder / (name + std::string(".o")))), "");
    ASSERT_EQ(textOf(linkSharedLibrary(input, runtime(),
                                       folder / ("lib" + std::string(name) + "_shared.so"))),
              "");
  }
  writeFile(folder / "app.c", twoNetworks);
  std::string compile = "cd " + folder.path +
                        " && cc -std=c99 -Wall -Wextra -pedantic -Werror -I " KILN_TEST_INCLUDE
                        " app.c -o app ";
  std::string runtimeAndThreads = " " + runtime() + " -lpthread && ./app";
  for (const char *networks :
       {"-L. -lone -ltwo", "one.o two.o", "-L. -Wl,-rpath,. -lone_shared -ltwo_shared",
        "one.o -L. -ltwo", "-fuse-ld=lld -L. -lone -ltwo", "-Wl,--gc-sections one.o two.o",
        "-fsanitize=thread one.o two.o", "-fsanitize=address,undefined one.o two.o"}) {
    CommandResult result = runCommand(compile + networks + runtimeAndThreads);
    EXPECT_EQ(result.output, "2 32 3 48\n") << networks;
    EXPECT_EQ(result.status, 0) << networks;
  }
}

// The archive is one that other tools accept.
TEST_F(LinkerTest, StaticLibraryIsWellFormed) {
  auto object = testObject(testDescription("tiny", target), target, /*main=*/false);
  WeightsFile weights = testWeightsFile(folder / "w");
  std::string library = folder / "libtiny.a";
  ASSERT_EQ(textOf(writeStaticLibrary({object, "tiny", &weights}, library)), "");
  EXPECT_EQ(runCommand("ar t " + library).output, "tiny.o\n");
  CommandResult symbols = runCommand("nm -s --defined-only " + library);
  EXPECT_EQ(symbols.status, 0);
  for (const char *symbol : {"tiny_run in tiny.o", "tiny_program in tiny.o", "R tiny_weights"})
    EXPECT_NE(symbols.output.find(symbol), std::string::npos) << symbols.output;
}

// Objects of other architectures hold their weights too, but are linked elsewhere.
TEST_F(LinkerTest, OtherArchitectures) {
  for (const char *name : {"aarch64", "riscv64"}) {
    TargetSpec other = valueOf(resolveTarget(name));
    auto object = testObject(testDescription("tiny", other), other, /*main=*/false);
    WeightsFile weights = testWeightsFile(folder / "w");
    LinkInput input{object, "tiny", &weights};
    ASSERT_EQ(textOf(writeObject(input, folder / "tiny.o")), "");
    CommandResult symbols = runCommand("llvm-readelf-22 -sS " + (folder / "tiny.o"));
    EXPECT_NE(symbols.output.find("OBJECT  GLOBAL HIDDEN"), std::string::npos) << symbols.output;
    EXPECT_NE(symbols.output.find(".kiln_weights     PROGBITS"), std::string::npos)
        << symbols.output;
    EXPECT_NE(textOf(linkProgram(input, runtime(), folder / "tiny")).find("this machine's"),
              std::string::npos);
    EXPECT_NE(textOf(linkSharedLibrary(input, runtime(), folder / "so")).find("--emit=lib"),
              std::string::npos);
  }
}

TEST_F(LinkerTest, WeightsThatCannotBeEmbedded) {
  auto messageFor = [](llvm::ArrayRef<char> object, const char *symbol, uint64_t bytes) {
    auto result = addWeightsSection(object, symbol, bytes, WeightsContent::Reserved);
    return result ? "" : textOf(result.takeError());
  };
  TargetSpec wasm = valueOf(resolveTarget("wasm32"));
  auto object = testObject(testDescription("tiny", wasm), wasm, /*main=*/false);
  EXPECT_NE(messageFor(object, "tiny_weights", 64).find("ELF files only"), std::string::npos);
  object = testObject(testDescription("tiny", target), target, /*main=*/false);
  EXPECT_EQ(messageFor(object, "tiny_weights", 64), "");
  EXPECT_NE(messageFor(object, "tiny_weights", uint64_t(1) << 31).find("sidecar"),
            std::string::npos);
  EXPECT_EQ(messageFor(object, "other_weights", 64), "the object does not refer to other_weights");
  EXPECT_EQ(messageFor(object, "tiny_run", 64), "the object defines tiny_run already");
}

// Two folders, two builds, the same bytes.
TEST_F(LinkerTest, OutputsAreReproducible) {
  TemporaryFolder other;
  std::string first, second;
  for (auto [where, bytes] : {std::pair{&folder, &first}, {&other, &second}}) {
    auto object = testObject(testDescription("tiny", target), target, /*main=*/true);
    WeightsFile weights = testWeightsFile(*where / "w");
    LinkInput input{object, "tiny", &weights};
    ASSERT_EQ(textOf(linkProgram(input, runtime(), *where / "tiny")), "");
    ASSERT_EQ(textOf(linkSharedLibrary(input, runtime(), *where / "libtiny.so")), "");
    ASSERT_EQ(textOf(writeStaticLibrary(input, *where / "libtiny.a")), "");
    ASSERT_EQ(textOf(writeObject(input, *where / "tiny.o")), "");
    for (const char *file : {"tiny", "libtiny.so", "libtiny.a", "tiny.o"})
      *bytes += readFile(*where / file);
  }
  EXPECT_GT(first.size(), 100000u);
  EXPECT_TRUE(first == second);
}

// No file of an intermediate step stays behind, whether linking works or not.
TEST_F(LinkerTest, LeavesNothingBehind) {
  ASSERT_EQ(linkTestProgram(folder / "tiny", runtime(), target), "");
  std::string problem = linkTestProgram(folder / "other", folder / "none.a", target);
  EXPECT_NE(problem.find("linking failed"), std::string::npos) << problem;
  EXPECT_NE(problem.find("none.a"), std::string::npos) << problem;
  EXPECT_EQ(runCommand("ls " + folder.path).output, "tiny\n");
}

// Other linkers may place the reserved section elsewhere: whether weights can be inserted is seen
// beforehand.
TEST_F(LinkerTest, ReservedWeightsElsewhere) {
  ASSERT_EQ(linkTestProgram(folder / "tiny", runtime(), target), "");
  EXPECT_FALSE(valueOf(canInsertWeights(folder / "tiny", 64)));
  EXPECT_NE(textOf(insertWeights(folder / "tiny", folder / "out", testWeightsFile(folder / "w"))),
            "");
}

TEST_F(LinkerTest, RuntimeIsFoundBesideTheTool) {
  ASSERT_EQ(runCommand("mkdir -p " + (folder / "bin") + " " + (folder / "lib")).status, 0);
  auto missing = findRuntimeLibrary(folder / "bin/kiln");
  ASSERT_FALSE(static_cast<bool>(missing));
  EXPECT_NE(textOf(missing.takeError()).find("libkiln_runtime.a was not found"), std::string::npos);
  writeFile(folder / "lib/libkiln_runtime.a", "");
  EXPECT_EQ(valueOf(findRuntimeLibrary(folder / "bin/kiln")), folder / "lib/libkiln_runtime.a");
}
