// The pool runs every task once, for any number of threads, callers and launches, and survives
// sleep.
#include "kiln/hosted.h"
#include "kiln/program.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

namespace {

struct Counters {
  explicit Counters(int tasks) : counts(static_cast<size_t>(tasks)) {}
  std::vector<std::atomic<int>> counts;
  static void count(void *self, int task) {
    ++static_cast<Counters *>(self)->counts[static_cast<size_t>(task)];
  }
  bool all(int expected) const {
    for (const std::atomic<int> &count : counts)
      if (count != expected)
        return false;
    return true;
  }
};

void endInference(const kiln_pool *pool) { pool->parallel_for(pool->context, 0, nullptr, nullptr); }

} // namespace

TEST(Pool, RefusesNoThreads) {
  EXPECT_EQ(kiln_pool_create(0), nullptr);
  EXPECT_EQ(kiln_pool_create(-3), nullptr);
  kiln_pool_destroy(nullptr);
}

TEST(Pool, EachTaskRunsOnce) {
  for (int threads : {1, 2, 3, 5}) {
    kiln_pool *pool = kiln_pool_create(threads);
    ASSERT_NE(pool, nullptr);
    EXPECT_EQ(pool->threads, threads);
    for (int tasks : {1, 2, 3, 7, 64, 1000}) {
      Counters counters(tasks);
      for (int launch = 0; launch < 50; ++launch)
        kiln_launch(pool, tasks, Counters::count, &counters);
      EXPECT_TRUE(counters.all(50)) << threads << " threads, " << tasks << " tasks";
    }
    kiln_pool_destroy(pool);
  }
}

// Workers that went to sleep between two inferences are woken by the next one.
TEST(Pool, WakesAfterSleep) {
  kiln_pool *pool = kiln_pool_create(2);
  Counters counters(8);
  for (int inference = 0; inference < 5; ++inference) {
    kiln_launch(pool, 8, Counters::count, &counters);
    endInference(pool);
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  EXPECT_TRUE(counters.all(5));
  kiln_pool_destroy(pool);
}

// What one launch wrote is there for the next, whichever thread reads it.
TEST(Pool, LaunchesAreOrdered) {
  kiln_pool *pool = kiln_pool_create(2);
  std::vector<int> values(64, 0);
  for (int launch = 0; launch < 2000; ++launch)
    kiln_launch(
        pool, 64,
        [](void *argument, int task) {
          auto &values = *static_cast<std::vector<int> *>(argument);
          int at = task, mirrored = 63 - task;
          if (at <= mirrored) {
            int sum = values[static_cast<size_t>(at)] + values[static_cast<size_t>(mirrored)];
            values[static_cast<size_t>(at)] = values[static_cast<size_t>(mirrored)] = sum / 2 + 1;
          }
        },
        &values);
  EXPECT_EQ(values, std::vector<int>(64, 2000));
  kiln_pool_destroy(pool);
}

TEST(Pool, ServesSeveralCallers) {
  kiln_pool *pool = kiln_pool_create(2);
  Counters first(16), second(16);
  auto call = [&](Counters &counters) {
    for (int launch = 0; launch < 500; ++launch)
      kiln_launch(pool, 16, Counters::count, &counters);
    endInference(pool);
  };
  std::thread other([&] { call(second); });
  call(first);
  other.join();
  EXPECT_TRUE(first.all(500));
  EXPECT_TRUE(second.all(500));
  kiln_pool_destroy(pool);
}

// A task may launch tasks itself: they run in its thread.
TEST(Pool, NestedLaunches) {
  struct Nest {
    kiln_pool *pool;
    Counters counters{4};
  } nest{kiln_pool_create(2)};
  kiln_launch(
      nest.pool, 8,
      [](void *argument, int) {
        auto &nest = *static_cast<Nest *>(argument);
        kiln_launch(nest.pool, 4, Counters::count, &nest.counters);
      },
      &nest);
  EXPECT_TRUE(nest.counters.all(8));
  kiln_pool_destroy(nest.pool);
}

// A thread that is held up in a task keeps no other task waiting: the others take what is left of
// its share.
TEST(Pool, SharesOfAThreadHeldUp) {
  struct Launch {
    Counters counters{12};
    std::atomic<int> finished{0};
    int held = 0;
  };
  for (int threads : {2, 3, 4})
    for (int held : {0, 5, 11}) {
      Launch launch;
      launch.held = held;
      kiln_pool *pool = kiln_pool_create(threads);
      kiln_launch(
          pool, 12,
          [](void *argument, int task) {
            auto &launch = *static_cast<Launch *>(argument);
            while (task == launch.held && launch.finished != 11)
              std::this_thread::yield();
            Counters::count(&launch.counters, task);
            ++launch.finished;
          },
          &launch);
      EXPECT_TRUE(launch.counters.all(1)) << threads << " threads, task " << held;
      kiln_pool_destroy(pool);
    }
}

// Shares may be empty, the caller's is the first that is not.
TEST(Pool, FewerTasksThanThreads) {
  kiln_pool *pool = kiln_pool_create(8);
  for (int tasks = 1; tasks <= 8; ++tasks) {
    Counters counters(tasks);
    for (int launch = 0; launch < 200; ++launch)
      pool->parallel_for(pool->context, tasks, Counters::count, &counters);
    EXPECT_TRUE(counters.all(200)) << tasks;
  }
  kiln_pool_destroy(pool);
}
