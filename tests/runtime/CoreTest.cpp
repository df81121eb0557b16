// The checks of net_open and net_run: every status has a case that yields it, and none leaves a
// model usable or an output touched.
#include "kiln/digest.h"
#include "kiln/program.h"

#include <gtest/gtest.h>

#include <cstring>
#include <set>
#include <string>
#include <vector>

namespace {

alignas(64) const float embedded[16] = {1, 2, 3, 4};

/// out[0] = in[0] + weights[0]
void body(const void *const *inputs, void *const *outputs, const void *weights, void *arena,
          const kiln_pool *) {
  *static_cast<float *>(arena) = *static_cast<const float *>(inputs[0]);
  *static_cast<float *>(outputs[0]) =
      *static_cast<float *>(arena) + *static_cast<const float *>(weights);
}

/// Doubles the first weight.
void prepare(const void *const *sources, void *const *results, const void *, void *,
             const kiln_pool *) {
  *static_cast<float *>(results[0]) = 2 * *static_cast<const float *>(sources[0]);
}

/// Reads both pointers of a program that prepares.
void preparedBody(const void *const *inputs, void *const *outputs, const void *weights, void *,
                  const kiln_pool *) {
  auto pair = static_cast<const float *const *>(weights);
  *static_cast<float *>(outputs[0]) = *static_cast<const float *>(inputs[0]) + *pair[0] + *pair[1];
}

const int64_t dims[] = {1};
const kiln_tensor tensor = {"x", KILN_F32, 1, dims, 4};

kiln_program makeProgram() {
  kiln_program program = {};
  program.api_version = KILN_API_VERSION;
  program.threads = 1;
  program.name = "test";
  program.cpu = "any";
  program.arena_bytes = 128;
  program.weights_bytes = sizeof(embedded);
  program.weights_digest = kiln_digest_of(embedded, sizeof(embedded));
  program.weights = embedded;
  program.body = body;
  program.input_count = program.output_count = 1;
  program.inputs = program.outputs = &tensor;
  return program;
}

struct CoreTest : ::testing::Test {
  kiln_status open(kiln_buffer weights = {}, kiln_buffer prepared = {},
                   const kiln_pool *pool = nullptr) {
    return kiln_open(&program, &model, weights, prepared, pool);
  }
  kiln_status run() { return kiln_run(&program, &model, inputs, outputs, arena, pool); }

  kiln_program program = makeProgram();
  kiln_model model = {};
  alignas(64) char memory[256] = {};
  alignas(64) float weights[32] = {1, 2, 3, 4};
  alignas(64) char ready[256] = {};
  float in = 5, out = -1;
  const void *inputs[1] = {&in};
  void *outputs[1] = {&out};
  kiln_buffer arena = {memory, sizeof(memory)};
  const kiln_pool *pool = nullptr;
};

} // namespace

TEST_F(CoreTest, EmbeddedWeightsRun) {
  ASSERT_EQ(open(), KILN_OK);
  EXPECT_EQ(run(), KILN_OK);
  EXPECT_EQ(out, 6);
}

TEST_F(CoreTest, OpenRefusesNullModel) {
  EXPECT_EQ(kiln_open(&program, nullptr, {}, {}, nullptr), KILN_NULL_MODEL);
}

TEST_F(CoreTest, OpenRefusesAnotherApi) {
  program.api_version = KILN_API_VERSION + 1;
  EXPECT_EQ(open(), KILN_WRONG_API);
}

TEST_F(CoreTest, OpenRefusesAnotherCpu) {
  program.cpu_features = uint64_t(1) << 63;
  EXPECT_EQ(open(), KILN_WRONG_CPU);
  program.cpu_features = kiln_cpu_features();
  EXPECT_EQ(open(), KILN_OK);
}

// A failed open takes back an earlier successful one.
TEST_F(CoreTest, FailedOpenLeavesTheModelUnusable) {
  ASSERT_EQ(open(), KILN_OK);
  program.api_version = 0;
  ASSERT_EQ(open(), KILN_WRONG_API);
  EXPECT_EQ(run(), KILN_NOT_OPENED);
  EXPECT_EQ(out, -1);
}

TEST_F(CoreTest, WeightsOfTheCaller) {
  EXPECT_EQ(open({weights, sizeof(embedded) - 1}), KILN_SHORT_WEIGHTS);
  EXPECT_EQ(open({weights + 1, sizeof(embedded)}), KILN_MISALIGNED_WEIGHTS);
  weights[15] = 1e-30f;
  EXPECT_EQ(open({weights, sizeof(embedded)}), KILN_WRONG_WEIGHTS);
  weights[15] = 0;
  EXPECT_EQ(open({weights, sizeof(weights)}), KILN_OK);
  EXPECT_EQ(model.weights, weights);
}

TEST_F(CoreTest, SidecarNeedsWeights) {
  program.weights = nullptr;
  EXPECT_EQ(open(), KILN_MISSING_WEIGHTS);
  EXPECT_EQ(open({weights, sizeof(embedded)}), KILN_OK);
  EXPECT_EQ(run(), KILN_OK);
}

TEST_F(CoreTest, PreparedWeights) {
  program.prepared_bytes = 64;
  program.prepare = prepare;
  program.body = preparedBody;
  EXPECT_EQ(open(), KILN_SHORT_PREPARED);
  EXPECT_EQ(open({}, {ready, 63}), KILN_SHORT_PREPARED);
  EXPECT_EQ(open({}, {ready + 4, 64}), KILN_MISALIGNED_PREPARED);
  ASSERT_EQ(open({}, {ready, 64}), KILN_OK);
  EXPECT_EQ(run(), KILN_OK);
  EXPECT_EQ(out, 5 + 1 + 2);
}

TEST_F(CoreTest, RunRefusesModels) {
  EXPECT_EQ(run(), KILN_NOT_OPENED);
  ASSERT_EQ(open(), KILN_OK);
  kiln_program other = makeProgram();
  EXPECT_EQ(kiln_run(&other, &model, inputs, outputs, arena, nullptr), KILN_NOT_OPENED);
  EXPECT_EQ(kiln_run(&program, nullptr, inputs, outputs, arena, nullptr), KILN_NULL_MODEL);
}

TEST_F(CoreTest, RunRefusesTensors) {
  ASSERT_EQ(open(), KILN_OK);
  EXPECT_EQ(kiln_run(&program, &model, nullptr, outputs, arena, nullptr), KILN_NULL_INPUT);
  EXPECT_EQ(kiln_run(&program, &model, inputs, nullptr, arena, nullptr), KILN_NULL_OUTPUT);
  inputs[0] = nullptr;
  EXPECT_EQ(run(), KILN_NULL_INPUT);
  inputs[0] = memory + 1;
  EXPECT_EQ(run(), KILN_MISALIGNED_INPUT);
  inputs[0] = &in;
  outputs[0] = nullptr;
  EXPECT_EQ(run(), KILN_NULL_OUTPUT);
  outputs[0] = memory + 2;
  EXPECT_EQ(run(), KILN_MISALIGNED_OUTPUT);
  EXPECT_EQ(out, -1);
}

TEST_F(CoreTest, RunRefusesArenas) {
  ASSERT_EQ(open(), KILN_OK);
  arena = {nullptr, 256};
  EXPECT_EQ(run(), KILN_SHORT_ARENA);
  arena = {memory, 127};
  EXPECT_EQ(run(), KILN_SHORT_ARENA);
  arena = {memory + 16, 128};
  EXPECT_EQ(run(), KILN_MISALIGNED_ARENA);
  EXPECT_EQ(out, -1);
}

TEST_F(CoreTest, PoolsAreChecked) {
  kiln_pool bad = {nullptr, 2, nullptr};
  EXPECT_EQ(open({}, {}, &bad), KILN_BAD_POOL);
  ASSERT_EQ(open(), KILN_OK);
  pool = &bad;
  EXPECT_EQ(run(), KILN_BAD_POOL);
  bad = {nullptr, 0, [](void *, int, void (*)(void *, int), void *) {}};
  EXPECT_EQ(run(), KILN_BAD_POOL);
}

// A pool is told when the inference has ended, by a launch of no tasks.
TEST_F(CoreTest, EndOfInferenceReachesThePool) {
  std::vector<int> launches;
  kiln_pool counting = {&launches, 2, [](void *context, int tasks, void (*)(void *, int), void *) {
                          static_cast<std::vector<int> *>(context)->push_back(tasks);
                        }};
  ASSERT_EQ(open(), KILN_OK);
  pool = &counting;
  EXPECT_EQ(run(), KILN_OK);
  EXPECT_EQ(launches, std::vector<int>{0});
}

// The work at load ends like an inference; where there is none, the pool is left alone.
TEST_F(CoreTest, EndOfWorkAtLoadReachesThePool) {
  int launches = 0;
  kiln_pool counting = {&launches, 2, [](void *context, int tasks, void (*)(void *, int), void *) {
                          *static_cast<int *>(context) += tasks == 0;
                        }};
  ASSERT_EQ(open({}, {}, &counting), KILN_OK);
  EXPECT_EQ(launches, 0);
  program.prepared_bytes = 64;
  program.prepare = prepare;
  ASSERT_EQ(open({}, {ready, 64}, &counting), KILN_OK);
  EXPECT_EQ(launches, 1);
}

// A network without weights opens with none, and with any.
TEST_F(CoreTest, NoWeights) {
  program.weights = nullptr;
  program.weights_bytes = 0;
  program.weights_digest = kiln_digest_of(nullptr, 0);
  EXPECT_EQ(open(), KILN_OK);
  EXPECT_EQ(open({weights, sizeof(weights)}), KILN_OK);
}

// A network without tensors and arena runs on null pointers.
TEST_F(CoreTest, NoTensors) {
  program.input_count = program.output_count = 0;
  program.arena_bytes = 0;
  program.body = [](const void *const *, void *const *, const void *, void *, const kiln_pool *) {};
  ASSERT_EQ(open(), KILN_OK);
  EXPECT_EQ(kiln_run(&program, &model, nullptr, nullptr, {}, nullptr), KILN_OK);
}

TEST_F(CoreTest, EveryStatusHasItsOwnMessage) {
  std::set<std::string> messages;
  for (int status = KILN_OK; status <= KILN_BAD_POOL; ++status)
    messages.insert(kiln_status_message(static_cast<kiln_status>(status)));
  EXPECT_EQ(messages.size(), size_t(KILN_BAD_POOL) + 1);
  EXPECT_EQ(messages.count("unknown status"), 0u);
  EXPECT_STREQ(kiln_status_message(static_cast<kiln_status>(31)), "unknown status");
}

TEST(Launch, RunsEachTaskOnceWithoutAPool) {
  std::vector<int> seen;
  kiln_launch(
      nullptr, 3,
      [](void *argument, int i) { static_cast<std::vector<int> *>(argument)->push_back(i); },
      &seen);
  EXPECT_EQ(seen, (std::vector<int>{0, 1, 2}));
}

// Pieces of any size give the digest of the whole.
TEST(Digest, DoesNotDependOnPieces) {
  std::vector<unsigned char> data(1000);
  for (size_t i = 0; i < data.size(); ++i)
    data[i] = static_cast<unsigned char>(i * 37);
  uint64_t whole = kiln_digest_of(data.data(), data.size());
  for (size_t piece : {1, 7, 63, 64, 65, 500}) {
    kiln_digest digest;
    kiln_digest_init(&digest);
    for (size_t at = 0; at < data.size(); at += piece)
      kiln_digest_update(&digest, data.data() + at, std::min(piece, data.size() - at));
    EXPECT_EQ(kiln_digest_finish(&digest), whole) << piece;
  }
}

// Any single altered bit, any cut and any added zero is noticed.
TEST(Digest, SeesEveryBit) {
  unsigned char data[200] = {};
  std::set<uint64_t> digests;
  for (size_t length = 0; length <= 200; ++length)
    digests.insert(kiln_digest_of(data, length));
  for (size_t bit = 0; bit < 1600; ++bit) {
    data[bit / 8] ^= static_cast<unsigned char>(1 << bit % 8);
    digests.insert(kiln_digest_of(data, 200));
    data[bit / 8] = 0;
  }
  EXPECT_EQ(digests.size(), 201u + 1600u);
}

#if defined(__x86_64__)
TEST(Cpu, AgreesWithTheCompiler) {
  uint64_t features = kiln_cpu_features();
  __builtin_cpu_init();
  EXPECT_EQ((features >> 9 & 1) != 0, __builtin_cpu_supports("avx") != 0);
  EXPECT_EQ((features >> 11 & 1) != 0, __builtin_cpu_supports("fma") != 0);
  EXPECT_EQ((features >> 13 & 1) != 0, __builtin_cpu_supports("avx2") != 0);
  EXPECT_EQ((features >> 17 & 1) != 0, __builtin_cpu_supports("avx512f") != 0);
  EXPECT_EQ((features >> 28 & 1) != 0, __builtin_cpu_supports("avx512vnni") != 0);
}
#endif
