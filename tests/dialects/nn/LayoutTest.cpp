// The buffers of packed filters.
#include "dialects/nn/NnDialect.h"

#include "mlir/IR/MLIRContext.h"
#include "gtest/gtest.h"

namespace kiln::nn {
namespace {

using Shape = llvm::SmallVector<int64_t>;

class LayoutTest : public testing::Test {
protected:
  LayoutTest() { context.loadDialect<NnDialect>(); }

  Shape buffer(FilterForm form, int64_t groups, llvm::ArrayRef<int64_t> filter) {
    return PackedAttr::get(&context, form, groups, 16).bufferShape(filter);
  }

  mlir::MLIRContext context;
};

TEST_F(LayoutTest, BuffersOfPackedFilters) {
  EXPECT_EQ(buffer(FilterForm::Blocked, 1, {20, 40, 3, 3}), (Shape{2, 3, 1, 3, 3, 16, 16}));
  EXPECT_EQ(buffer(FilterForm::Planar, 1, {20, 3, 5, 5}), (Shape{2, 3, 1, 5, 5, 16}));
  EXPECT_EQ(buffer(FilterForm::Planar, 1, {20, 40}), (Shape{2, 40, 1, 1, 1, 16}));
  EXPECT_EQ(buffer(FilterForm::Depthwise, 20, {20, 1, 2, 3, 3}), (Shape{2, 2, 3, 3, 16}));
  EXPECT_EQ(buffer(FilterForm::Gemm, 1, {40, 20}), (Shape{2, 40, 16}));
  EXPECT_EQ(buffer(FilterForm::WinogradF2, 1, {20, 40, 3, 3}), (Shape{2, 16, 40, 16}));
  EXPECT_EQ(buffer(FilterForm::WinogradF4, 1, {20, 40, 3, 3}), (Shape{2, 36, 40, 16}));
  EXPECT_EQ(buffer(FilterForm::WinogradF6, 1, {20, 40, 1, 3, 3}), (Shape{2, 64, 40, 16}));
  EXPECT_EQ(buffer(FilterForm::WinogradF6, 1, {20, 40, 2, 3, 3}), (Shape{2, 64, 80, 16}));
  EXPECT_EQ(buffer(FilterForm::WinogradF4, 2, {64, 48, 5, 5}), (Shape{4, 64, 48, 16}));
  EXPECT_EQ(buffer(FilterForm::WinogradF2, 1, {20, 40, 1, 7}), (Shape{2, 8, 40, 16}));
  EXPECT_EQ(buffer(FilterForm::WinogradF5, 1, {20, 40, 3}), (Shape{2, 7, 40, 16}));
}

// Three words for each four rows of the matrix that the filter is, whatever its form.
TEST_F(LayoutTest, BuffersOfRoundedFilters) {
  auto rounded = [&](FilterForm form, llvm::ArrayRef<int64_t> filter) {
    return PackedAttr::get(&context, form, 1, 16, /*bits=*/24).bufferShape(filter);
  };
  EXPECT_EQ(rounded(FilterForm::Blocked, {20, 40, 3, 3}), (Shape{2, 108, 3, 16}));
  EXPECT_EQ(rounded(FilterForm::Planar, {20, 40}), (Shape{2, 10, 3, 16}));
  EXPECT_EQ(rounded(FilterForm::Gemm, {41, 20}), (Shape{2, 11, 3, 16}));
}

// Groups that are not aligned with blocks: three groups of 8 channels and 4 filters; the one block
// of filters reads all 24 channels, two blocks of them.
TEST_F(LayoutTest, GroupsThatShareBlocks) {
  EXPECT_EQ(buffer(FilterForm::Blocked, 3, {12, 8, 3}), (Shape{1, 2, 1, 1, 3, 16, 16}));
}

// A block of filters reads the blocks that hold its groups' channels.
TEST_F(LayoutTest, InputBlocksOfGroups) {
  EXPECT_EQ(filterInputBlocks(64, 64, 1, 16), 4);
  EXPECT_EQ(filterInputBlocks(64, 64, 2, 16), 2);
  EXPECT_EQ(filterInputBlocks(64, 64, 64, 16), 1);
  // Groups of 24: the second block of filters belongs to both and reads the channels of both.
  EXPECT_EQ(filterInputBlocks(48, 48, 2, 16), 3);
}

} // namespace
} // namespace kiln::nn
