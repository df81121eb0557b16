// Code compiled into this process runs, over the runtime's pool too.
#include "compiler/codegen/HostJit.h"
#include "kiln/hosted.h"
#include "tests/compiler/codegen/TestNetwork.h"

#include <gtest/gtest.h>

using namespace kiln;
using namespace kiln::test;

TEST(HostJit, RunsTheNetwork) {
  auto context = std::make_unique<llvm::LLVMContext>();
  auto module = testModule(*context, "net");
  auto jit = HostJit::create(std::move(context), std::move(module));
  ASSERT_TRUE(static_cast<bool>(jit)) << textOf(jit.takeError());
  auto body = (*jit)->lookup("net_body");
  ASSERT_TRUE(static_cast<bool>(body)) << textOf(body.takeError());
  std::vector<float> image(16, 2), weights = testWeights(), result(16), arena(512);
  kiln_pool *pool = kiln_pool_create(2);
  for (const kiln_pool *use : {static_cast<kiln_pool *>(nullptr), pool}) {
    const void *inputs[] = {image.data()};
    void *outputs[] = {result.data()};
    result.assign(16, -1);
    (*body)(inputs, outputs, weights.data(), arena.data(), use);
    EXPECT_EQ(result[0], 2);
    EXPECT_EQ(result[15], 32);
  }
  kiln_pool_destroy(pool);
}

TEST(HostJit, UnknownNames) {
  auto context = std::make_unique<llvm::LLVMContext>();
  auto module = testModule(*context, "net");
  auto jit = HostJit::create(std::move(context), std::move(module));
  ASSERT_TRUE(static_cast<bool>(jit)) << textOf(jit.takeError());
  auto body = (*jit)->lookup("other_body");
  ASSERT_FALSE(static_cast<bool>(body));
  EXPECT_NE(textOf(body.takeError()).find("other_body"), std::string::npos);
}
