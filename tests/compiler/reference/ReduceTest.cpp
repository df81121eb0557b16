// Reductions computed by hand.
#include "tests/compiler/reference/Network.h"

namespace kiln::reference {

/// One reduction of [[1 2 3] [4 5 6]] or the numbers given.
static Numbers reduce(llvm::StringRef op, llvm::StringRef axes, llvm::StringRef result,
                      Numbers input = {1, 2, 3, 4, 5, 6},
                      llvm::StringRef type = "tensor<2x3xf32>") {
  return run({type}, result,
             "%y = nn." + op.str() + "(%a) {axes = array<i64" + axes.str() +
                 ">, keepdims = false} : (" + type.str() + ") -> " + result.str() +
                 "\n return %y : " + result.str(),
             {input});
}

TEST(Reduce, EachAxis) {
  EXPECT_EQ(reduce("reduce_sum", ": 0", "tensor<3xf32>"), (Numbers{5, 7, 9}));
  EXPECT_EQ(reduce("reduce_sum", ": 1", "tensor<2xf32>"), (Numbers{6, 15}));
  EXPECT_EQ(reduce("reduce_mean", ": 0, 1", "tensor<f32>"), (Numbers{3.5}));
  EXPECT_EQ(reduce("reduce_max", ": 1", "tensor<2xf32>"), (Numbers{3, 6}));
  EXPECT_EQ(reduce("reduce_min", ": 0", "tensor<3xf32>"), (Numbers{1, 2, 3}));
}

TEST(Reduce, NoAxisCopies) {
  EXPECT_EQ(reduce("reduce_max", "", "tensor<2x3xf32>"), (Numbers{1, 2, 3, 4, 5, 6}));
}

TEST(Reduce, NanWins) {
  EXPECT_EQ(textOf(reduce("reduce_max", ": 1", "tensor<2xf32>", {1, kNan, 3, 4, 5, 6})),
            textOf({kNan, 6}));
  EXPECT_EQ(textOf(reduce("reduce_min", ": 1", "tensor<2xf32>", {1, kNan, 3, 4, 5, 6})),
            textOf({kNan, 4}));
}

TEST(Reduce, NothingSumsToZeroAndHasNoMean) {
  EXPECT_EQ(reduce("reduce_sum", ": 1", "tensor<2xf32>", {}, "tensor<2x0xf32>"), (Numbers{0, 0}));
  EXPECT_EQ(textOf(reduce("reduce_mean", ": 1", "tensor<2xf32>", {}, "tensor<2x0xf32>")),
            textOf({kNan, kNan}));
}

TEST(Reduce, IntegersWrapAndTruncate) {
  EXPECT_EQ(reduce("reduce_sum", ": 0", "tensor<i8>", {100, 100}, "tensor<2xi8>"), (Numbers{-56}));
  EXPECT_EQ(reduce("reduce_mean", ": 0", "tensor<i8>", {-3, -4}, "tensor<2xi8>"), (Numbers{-3}));
  EXPECT_EQ(reduce("reduce_max", ": 0", "tensor<i64>", {-3, -4}, "tensor<2xi64>"), (Numbers{-3}));
}

} // namespace kiln::reference
