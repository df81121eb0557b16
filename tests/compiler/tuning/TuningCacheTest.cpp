// The file of kernel times keeps what others have measured, and a file that is none.
#include "compiler/tuning/TuningCache.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"
#include "gtest/gtest.h"

using namespace kiln;

namespace {

const TuningConditions here = {"Kiln 1, LLVM 2", "znver4", "", 3, 2, false};

class TuningCacheTest : public testing::Test {
protected:
  TuningCacheTest() {
    llvm::SmallString<128> name;
    llvm::sys::fs::createUniqueDirectory("kiln-tuning", name);
    folder = std::string(name);
  }
  ~TuningCacheTest() override { llvm::sys::fs::remove_directories(folder); }

  std::string path() const { return folder + "/deeper/times.json"; }
  std::string text() const {
    auto file = llvm::MemoryBuffer::getFile(path());
    return file ? (*file)->getBuffer().str() : "";
  }
  void write(llvm::StringRef text) const {
    llvm::sys::fs::create_directories(folder + "/deeper");
    std::error_code error;
    llvm::raw_fd_ostream(path(), error) << text;
  }
  TuningCache read(const TuningConditions &conditions = here) const {
    return llvm::cantFail(TuningCache::read(path(), conditions));
  }
  std::string problem() const {
    auto cache = TuningCache::read(path(), here);
    return cache ? "" : llvm::toString(cache.takeError());
  }

  std::string folder;
};

TEST_F(TuningCacheTest, WhatWasAddedIsRead) {
  EXPECT_TRUE(read().times().empty());
  EXPECT_EQ(text(), "");
  TuningCache cache = read();
  llvm::cantFail(cache.add("conv", {{"fast", 10}, {"slow", 20}}));
  llvm::cantFail(cache.add("pool", {{"only", 5}}));
  KernelTimes expected = {{"conv", {{"fast", 10}, {"slow", 20}}}, {"pool", {{"only", 5}}}};
  EXPECT_EQ(cache.times(), expected);
  EXPECT_EQ(read().times(), expected);
}

TEST_F(TuningCacheTest, ConditionsAreKeptApart) {
  TuningConditions compiler = here, cpu = here, features = here, level = here, threads = here,
                   weights = here;
  compiler.compiler = "Kiln 3, LLVM 2";
  cpu.cpu = "x86-64-v3";
  features.features = "-avx512f";
  level.optimization = 0;
  threads.threads = 1;
  weights.weightsFromMemory = true;
  TuningCache cache = read();
  llvm::cantFail(cache.add("conv", {{"fast", 10}}));
  int64_t time = 11;
  for (const TuningConditions &other : {compiler, cpu, features, level, threads, weights}) {
    TuningCache otherCache = read(other);
    EXPECT_TRUE(otherCache.times().empty());
    llvm::cantFail(otherCache.add("conv", {{"fast", time}}));
    EXPECT_EQ(read(other).times(), (KernelTimes{{"conv", {{"fast", time}}}}));
    ++time;
  }
  EXPECT_EQ(read().times(), (KernelTimes{{"conv", {{"fast", 10}}}}));
}

// Two compilations at once: neither loses what the other wrote, and both go by the first times of a
// kernel.
TEST_F(TuningCacheTest, TwoWritersMerge) {
  TuningCache one = read(), two = read();
  llvm::cantFail(one.add("conv", {{"fast", 10}}));
  llvm::cantFail(two.add("pool", {{"only", 5}}));
  llvm::cantFail(two.add("conv", {{"fast", 12}}));
  KernelTimes expected = {{"conv", {{"fast", 10}}}, {"pool", {{"only", 5}}}};
  EXPECT_EQ(two.times(), expected);
  EXPECT_EQ(read().times(), expected);
}

// Times of choices that were measured together can be compared; so a kernel with a new choice is
// measured anew.
TEST_F(TuningCacheTest, NewChoicesReplaceOldTimes) {
  TuningCache cache = read();
  llvm::cantFail(cache.add("conv", {{"fast", 10}}));
  llvm::cantFail(cache.add("conv", {{"fast", 12}, {"new", 11}}));
  EXPECT_EQ(read().times(), (KernelTimes{{"conv", {{"fast", 12}, {"new", 11}}}}));
}

TEST_F(TuningCacheTest, ForeignAndDamagedFilesStayAsTheyAre) {
  const std::pair<std::string, const char *> files[] = {
      {"", "is damaged, or no file of kernel times"},
      {"{\"format\": \"kiln kernel times 1\", \"machines\": [",
       "is damaged, or no file of kernel times"},
      {"[1, 2]", "is no file of kernel times of this version"},
      {"{\"format\": \"kiln kernel times 9\", \"machines\": []}",
       "is no file of kernel times of this version"},
      {"{\"format\": \"kiln kernel times 1\"}", "is no file of kernel times of this version"},
      {"{\"format\": \"kiln kernel times 1\", \"machines\": [7]}", "entry 0 of \"machines\""},
      {"{\"format\": \"kiln kernel times 1\", \"machines\": [{\"nanoseconds\": {\"conv\": "
       "{\"fast\": -1}}}]}",
       "entry 0"},
      {"{\"format\": \"kiln kernel times 1\", \"machines\": [{\"nanoseconds\": {\"conv\": 3}}]}",
       "entry 0"},
      {std::string(1 << 20, '['), "is no file of kernel times"},
      {std::string("\0\xff\x80", 3), "is damaged, or no file of kernel times"},
  };
  for (const auto &[content, message] : files) {
    write(content);
    EXPECT_NE(problem().find(message), std::string::npos)
        << content.substr(0, 80) << ": " << problem();
    EXPECT_NE(problem().find(path()), std::string::npos);
    EXPECT_EQ(text(), content);
  }
}

// The file went bad after it was read: adding is refused.
TEST_F(TuningCacheTest, NothingIsWrittenOverADamagedFile) {
  TuningCache cache = read();
  write("not ours");
  EXPECT_NE(llvm::toString(cache.add("conv", {{"fast", 10}})), "");
  EXPECT_EQ(text(), "not ours");
}

TEST_F(TuningCacheTest, FolderCannotBeMade) {
  auto cache = TuningCache::read("/dev/null/deeper/times.json", here);
  std::string message = cache ? llvm::toString(cache->add("conv", {{"fast", 10}}))
                              : llvm::toString(cache.takeError());
  EXPECT_NE(message.find("/dev/null/deeper"), std::string::npos) << message;
}

} // namespace
