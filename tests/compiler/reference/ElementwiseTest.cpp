// Elementwise ops on the numbers where they are easy to get wrong.
#include "tests/compiler/reference/Network.h"

#include <cmath>

namespace kiln::reference {

/// An op with one operand on some numbers.
static Numbers unary(llvm::StringRef op, const Numbers &input, llvm::StringRef attributes = "",
                     llvm::StringRef type = "f32") {
  std::string tensor = "tensor<" + std::to_string(input.size()) + "x" + type.str() + ">";
  return run({tensor}, tensor,
             "%y = nn." + op.str() + "(%a) {" + attributes.str() + "} : (" + tensor + ") -> " +
                 tensor + "\n return %y : " + tensor,
             {input});
}

/// An op with two operands on pairs of numbers.
static Numbers binary(llvm::StringRef op, const Numbers &lhs, const Numbers &rhs,
                      llvm::StringRef type = "f32") {
  std::string tensor = "tensor<" + std::to_string(lhs.size()) + "x" + type.str() + ">";
  return run({tensor, tensor}, tensor,
             "%y = nn." + op.str() + "(%a, %b) : (" + tensor + ", " + tensor + ") -> " + tensor +
                 "\n return %y : " + tensor,
             {lhs, rhs});
}

/// A cast from one element type to another.
static Numbers cast(llvm::StringRef from, llvm::StringRef to, const Numbers &input) {
  std::string size = "tensor<" + std::to_string(input.size()) + "x", in = size + from.str() + ">",
              out = size + to.str() + ">";
  return run({in}, out, "%y = nn.cast(%a) : (" + in + ") -> " + out + "\n return %y : " + out,
             {input});
}

TEST(Unary, ActivationsKeepNan) {
  for (const char *op :
       {"relu", "leaky_relu", "sigmoid", "tanh", "elu", "hard_sigmoid", "hard_swish", "swish",
        "abs", "neg", "floor", "ceil", "round", "exp", "log", "sqrt", "erf", "identity", "dropout"})
    EXPECT_EQ(textOf(unary(op, {kNan})), "nan") << op;
  EXPECT_EQ(textOf(unary("clip", {kNan}, "min = 0.0, max = 6.0")), "nan");
}

TEST(Unary, Activations) {
  EXPECT_EQ(unary("relu", {-1, 0, 2, kInfinity, -kInfinity}), (Numbers{0, 0, 2, kInfinity, 0}));
  EXPECT_EQ(unary("leaky_relu", {-2, 3}, "alpha = 0.25"), (Numbers{-0.5, 3}));
  EXPECT_EQ(unary("clip", {-1, 3, 7}, "min = 0.0, max = 6.0"), (Numbers{0, 3, 6}));
  EXPECT_EQ(unary("hard_sigmoid", {-3, 0, 3}), (Numbers{0, 0.5, 1}));
  EXPECT_EQ(unary("hard_swish", {-3, 0, 3, 6}), (Numbers{0, 0, 3, 6}));
  EXPECT_EQ(unary("swish", {-1000, 0, 1000}), (Numbers{0, 0, 1000}));
  EXPECT_EQ(unary("sigmoid", {-1000, 0, 1000}), (Numbers{0, 0.5, 1}));
  EXPECT_EQ(unary("elu", {-kInfinity, 1}, "alpha = 2.0"), (Numbers{-2, 1}));
}

// Where the bounds cross, the upper one wins.
TEST(Unary, ClipBoundsCross) {
  EXPECT_EQ(unary("clip", {0, 5, 10}, "min = 7.0, max = 3.0"), (Numbers{3, 3, 3}));
}

// Fractional and infinite bounds of integers.
TEST(Unary, ClipIntegers) {
  EXPECT_EQ(unary("clip", {-9, 0, 9}, "min = -1.5, max = 0x7FF0000000000000 : f64", "i32"),
            (Numbers{-1, 0, 9}));
}

TEST(Unary, Integers) {
  EXPECT_EQ(unary("relu", {-5, 5}, "", "i16"), (Numbers{0, 5}));
  EXPECT_EQ(unary("abs", {-128, -1}, "", "i8"), (Numbers{-128, 1}));
  EXPECT_EQ(unary("neg", {1, 0}, "", "ui8"), (Numbers{255, 0}));
}

// Subnormal numbers are not flushed to zero.
TEST(Unary, Subnormals) {
  EXPECT_EQ(unary("neg", {0x1p-149, 0x1p-140}), (Numbers{-0x1p-149, -0x1p-140}));
  EXPECT_EQ(unary("relu", {0x1p-24}, "", "f16"), (Numbers{0x1p-24}));
}

TEST(Binary, NanWinsMaximumAndMinimum) {
  EXPECT_EQ(textOf(binary("max", {kNan, 1, 2}, {1, kNan, 3})), textOf({kNan, kNan, 3}));
  EXPECT_EQ(textOf(binary("min", {kNan, 1, 2}, {1, kNan, 3})), textOf({kNan, kNan, 2}));
}

TEST(Binary, DivisionOfFloats) {
  EXPECT_EQ(textOf(binary("div", {1, -1, 0, 6}, {0, 0, 0, 4})),
            textOf({kInfinity, -kInfinity, kNan, 1.5}));
}

TEST(Binary, DivisionOfIntegers) {
  EXPECT_EQ(binary("div", {7, -7, 5, -128}, {2, 2, 0, -1}, "i8"), (Numbers{3, -3, 0, -128}));
  EXPECT_EQ(binary("div", {200}, {3}, "ui8"), (Numbers{66}));
}

TEST(Binary, Powers) {
  EXPECT_EQ(binary("pow", {2, 4, -8}, {10, 0.5, 2}), (Numbers{1024, 2, 64}));
  EXPECT_EQ(binary("pow", {3, 2, -1, 2}, {4, 40, -3, -1}, "i32"), (Numbers{81, 0, -1, 0}));
}

TEST(Binary, Broadcasts) {
  EXPECT_EQ(run({"tensor<2x1xf32>", "tensor<3xf32>"}, "tensor<2x3xf32>", R"(
    %y = nn.sub(%a, %b) : (tensor<2x1xf32>, tensor<3xf32>) -> tensor<2x3xf32>
    return %y : tensor<2x3xf32>)",
                {{10, 20}, {1, 2, 3}}),
            (Numbers{9, 8, 7, 19, 18, 17}));
}

TEST(Binary, PreluPerChannel) {
  EXPECT_EQ(run({"tensor<1x2x2xf32>", "tensor<2x1xf32>"}, "tensor<1x2x2xf32>", R"(
    %y = nn.prelu(%a, %b) : (tensor<1x2x2xf32>, tensor<2x1xf32>) -> tensor<1x2x2xf32>
    return %y : tensor<1x2x2xf32>)",
                {{-1, 1, -1, 1}, {2, 3}}),
            (Numbers{-2, 1, -3, 1}));
}

TEST(Unary, RoundTiesToEven) {
  EXPECT_EQ(unary("round", {0.5, 1.5, 2.5, -0.5, -1.5, 0.49999997, 8388609, kInfinity}),
            (Numbers{0, 2, 2, 0, -2, 0, 8388609, kInfinity}));
}

/// nn.compare of two lists.
static Numbers compare(llvm::StringRef predicate, const Numbers &lhs, const Numbers &rhs,
                       llvm::StringRef type) {
  std::string size = "tensor<" + std::to_string(lhs.size()) + "x", tensor = size + type.str() + ">";
  return run({tensor, tensor}, size + "i1>",
             "%y = nn.compare(%a, %b) {predicate = #nn.predicate<" + predicate.str() + ">} : (" +
                 tensor + ", " + tensor + ") -> " + size + "i1>\n return %y : " + size + "i1>",
             {lhs, rhs});
}

TEST(Compare, NanIsNothing) {
  Numbers lhs{1, 2, 3, kNan, kNan, 0, kInfinity}, rhs{2, 2, 2, 1, kNan, -0.0, kInfinity};
  EXPECT_EQ(compare("equal", lhs, rhs, "f32"), (Numbers{0, 1, 0, 0, 0, 1, 1}));
  EXPECT_EQ(compare("less", lhs, rhs, "f32"), (Numbers{1, 0, 0, 0, 0, 0, 0}));
  EXPECT_EQ(compare("less_equal", lhs, rhs, "f32"), (Numbers{1, 1, 0, 0, 0, 1, 1}));
}

// 200 is negative as an i8 and large as a ui8.
TEST(Compare, Signs) {
  EXPECT_EQ(compare("less", {-56, 1}, {1, -56}, "i8"), (Numbers{1, 0}));
  EXPECT_EQ(compare("less", {200, 1}, {1, 200}, "ui8"), (Numbers{0, 1}));
}

TEST(Select, ChoosesAndBroadcasts) {
  EXPECT_EQ(run({"tensor<2x1xi1>", "tensor<3xf32>", "tensor<f32>"}, "tensor<2x3xf32>", R"(
    %y = nn.select(%a, %b, %c) : (tensor<2x1xi1>, tensor<3xf32>, tensor<f32>) -> tensor<2x3xf32>
    return %y : tensor<2x3xf32>)",
                {{1, 0}, {1, 2, 3}, {9}}),
            (Numbers{1, 2, 3, 9, 9, 9}));
}

TEST(Cast, FloatsToIntegers) {
  EXPECT_EQ(cast("f32", "i32", {-1.9, 1.9, 2147483520}), (Numbers{-1, 1, 2147483520}));
  EXPECT_EQ(cast("f32", "ui8", {255.9, 0.9}), (Numbers{255, 0}));
  EXPECT_EQ(cast("f32", "i1", {0, -0.0, 0.1, kNan}), (Numbers{0, 0, 1, 1}));
}

TEST(Cast, Integers) {
  EXPECT_EQ(cast("i64", "i8", {300, -129}), (Numbers{44, 127}));
  EXPECT_EQ(cast("i8", "ui8", {-1}), (Numbers{255}));
  EXPECT_EQ(cast("i32", "i1", {256, 0}), (Numbers{1, 0}));
  EXPECT_EQ(cast("i1", "f32", {1, 0}), (Numbers{1, 0}));
}

// 2^60 + 2^36 + 1 lies just above the middle of two f32; by way of a double it would lie on it and
// be rounded down.
TEST(Cast, LargeIntegersAreRoundedOnce) {
  Network network({"tensor<2xi64>"}, "tensor<2xf32>", R"(
    %y = nn.cast(%a) : (tensor<2xi64>) -> tensor<2xf32>
    return %y : tensor<2xf32>)");
  Tensor input = network.input(0, {0, 0});
  int64_t above = (int64_t(1) << 60) + (int64_t(1) << 36) + 1;
  input.store<int64_t>(0, {above, -above});
  auto results = evaluate(network.function(), {input});
  ASSERT_TRUE(mlir::succeeded(results));
  double expected = 0x1p60 + 0x1p37;
  EXPECT_EQ(numbersOf(results->front()), (Numbers{expected, -expected}));
}

// Ties go to even, the smallest subnormal and the largest number are kept, what lies beyond becomes
// infinite.
TEST(Cast, HalfPrecision) {
  EXPECT_EQ(cast("f64", "f16",
                 {2049, 2051, 65504, 65519.99, 65520, 0x1p-24, 0x1p-25, 0x1.8p-24, 0x1.000001p-25}),
            (Numbers{2048, 2052, 65504, 65504, kInfinity, 0x1p-24, 0, 0x1p-23, 0x1p-24}));
  EXPECT_EQ(cast("f64", "bf16", {257, 259, 0x1.fep127, 0x1.ffp127, 0x1p-133, 0x1p-134}),
            (Numbers{256, 260, 0x1.fep127, kInfinity, 0x1p-133, 0}));
}

// From f64 in one step: by way of f32 the number would lie on a tie.
TEST(Cast, NoDoubleRounding) { EXPECT_EQ(cast("f64", "f16", {2049 + 0x1p-30}), (Numbers{2050})); }

} // namespace kiln::reference
