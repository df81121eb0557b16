// What follows the heads of a detector, computed by hand.
#include "tests/compiler/reference/Network.h"

namespace kiln::reference {

static std::pair<std::string, std::string> topK(llvm::StringRef from, llvm::StringRef values,
                                                llvm::StringRef positions,
                                                llvm::StringRef attributes,
                                                const Numbers &numbers) {
  std::string types = (values + ", " + positions).str();
  Network network({from}, types,
                  ("%v, %p = nn.top_k(%a) {" + attributes + "} : (" + from + ") -> (" + types +
                   ")\nreturn %v, %p : " + types)
                      .str());
  auto results = network.run({numbers});
  return {textOf(numbersOf(results[0])), textOf(numbersOf(results[1]))};
}

TEST(TopK, OfEqualElementsTheFirst) {
  auto [values, positions] = topK("tensor<6xf32>", "tensor<4xf32>", "tensor<4xi64>",
                                  "axis = 0 : i64", {2, 3, 1, 3, -kInfinity, 2});
  EXPECT_EQ(values, textOf({3, 3, 2, 2}));
  EXPECT_EQ(positions, textOf({1, 3, 0, 5}));
}

TEST(TopK, NanIsAboveEveryNumber) {
  auto largest = topK("tensor<4xf32>", "tensor<2xf32>", "tensor<2xi64>", "axis = 0 : i64",
                      {1, kNan, kInfinity, 0});
  EXPECT_EQ(largest.second, textOf({1, 2}));
  auto smallest = topK("tensor<4xf32>", "tensor<3xf32>", "tensor<3xi64>",
                       "axis = 0 : i64, largest = false", {kNan, 1, 0, kNan});
  EXPECT_EQ(smallest.second, textOf({2, 1, 0}));
}

TEST(TopK, AlongAMiddleDimension) {
  auto [values, positions] = topK("tensor<1x3x2xi32>", "tensor<1x1x2xi32>", "tensor<1x1x2xi64>",
                                  "axis = 1 : i64, largest = false", {5, 1, -7, 2, 0, 0});
  EXPECT_EQ(values, textOf({-7, 0}));
  EXPECT_EQ(positions, textOf({1, 2}));
}

static Numbers roiAlign(llvm::StringRef result, llvm::StringRef attributes, const Numbers &map,
                        const Numbers &roi) {
  return run({"tensor<1x1x2x2xf32>", "tensor<1x4xf32>", "tensor<1xi64>"}, result,
             ("%y = nn.roi_align(%a, %b, %c) {" + attributes +
              "} : (tensor<1x1x2x2xf32>, tensor<1x4xf32>, tensor<1xi64>) -> " + result +
              "\nreturn %y : " + result)
                 .str(),
             {map, roi, {0}});
}

// With half pixels the four bins of the whole map are its pixels.
TEST(RoiAlign, HalfPixels) {
  EXPECT_EQ(roiAlign("tensor<1x1x2x2xf32>", "sampling_ratio = 1 : i64", {1, 2, 3, 4}, {0, 0, 2, 2}),
            (Numbers{1, 2, 3, 4}));
}

// Without, the centre of the only bin lies between them; the scale applies first.
TEST(RoiAlign, WholePixels) {
  EXPECT_EQ(roiAlign("tensor<1x1x1x1xf32>",
                     "sampling_ratio = 1 : i64, half_pixel = false, spatial_scale = 0.5",
                     {1, 2, 3, 4}, {0, 0, 2, 2}),
            (Numbers{2.5}));
}

// Samples at -1.25 and -0.75: the former is nothing, the latter the edge.
TEST(RoiAlign, OutsideOfTheMap) {
  Numbers roi{-1.0, 0.5, 0.0, 1.5};
  EXPECT_EQ(roiAlign("tensor<1x1x1x1xf32>", "sampling_ratio = 2 : i64", {4, 4, 4, 4}, roi),
            (Numbers{2}));
}

// The largest of the corners of a sample, each times its weight.
TEST(RoiAlign, Maximum) {
  EXPECT_EQ(roiAlign("tensor<1x1x1x1xf32>",
                     "sampling_ratio = 1 : i64, half_pixel = false, mode = #nn.roi_mode<max>",
                     {1, 2, 3, 8}, {0, 0, 1, 1}),
            (Numbers{2}));
}

// Four pixels in a bin are four samples, the last one far outside; a region of no size has none
// with half pixels.
TEST(RoiAlign, SamplesAsPixels) {
  EXPECT_EQ(roiAlign("tensor<1x1x1x1xf32>", "", {1, 1, 1, 1}, {0, 0, 4, 2}), (Numbers{0.75}));
  EXPECT_EQ(roiAlign("tensor<1x1x1x1xf32>", "", {1, 1, 1, 1}, {1, 1, 1, 1}), (Numbers{0}));
}

} // namespace kiln::reference
