// Ops built from shapes that nobody has checked: a message and no op, or an op with the inferred
// type; folding on the way.
#include "dialects/nn/NnBuild.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Verifier.h"
#include "gtest/gtest.h"

namespace kiln::nn {
namespace {

using mlir::failed;
using mlir::succeeded;
using mlir::Value;

/// A function of the arguments that a test asks for, with a builder in its body, and the messages
/// that were emitted.
class BuildTest : public testing::Test {
protected:
  BuildTest()
      : builder(&context), handler(&context, [this](mlir::Diagnostic &diagnostic) {
          messages.push_back(diagnostic.str());
          locations.push_back(diagnostic.getLocation());
          return mlir::success();
        }) {
    context.loadDialect<NnDialect, mlir::func::FuncDialect>();
    context.printOpOnDiagnostic(false);
    module = mlir::ModuleOp::create(builder.getUnknownLoc());
    builder.setInsertionPointToEnd(module->getBody());
    function = mlir::func::FuncOp::create(builder, builder.getUnknownLoc(), "main",
                                          builder.getFunctionType({}, {}));
    builder.setInsertionPointToEnd(function.addEntryBlock());
    loc = mlir::NameLoc::get(builder.getStringAttr("node"));
  }

  Value argument(llvm::ArrayRef<int64_t> shape, mlir::Type type = nullptr) {
    type = type ? type : builder.getF32Type();
    return function.front().addArgument(mlir::RankedTensorType::get(shape, type), loc);
  }

  mlir::FailureOr<ConvOp> conv(Value input, Value filter, int64_t pad) {
    return createChecked<ConvOp>(builder, loc, input, filter, Value(), Value(),
                                 llvm::ArrayRef<int64_t>{1, 1},
                                 llvm::ArrayRef<int64_t>{pad, pad, pad, pad},
                                 llvm::ArrayRef<int64_t>{1, 1}, int64_t(1), ActivationAttr());
  }

  size_t opCount() { return function.front().getOperations().size(); }

  mlir::MLIRContext context;
  mlir::OpBuilder builder;
  std::vector<std::string> messages;
  std::vector<mlir::Location> locations;
  mlir::ScopedDiagnosticHandler handler;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  mlir::func::FuncOp function;
  mlir::Location loc = mlir::UnknownLoc::get(&context);
};

TEST_F(BuildTest, InfersTheResult) {
  auto op = conv(argument({1, 3, 8, 8}), argument({4, 3, 3, 3}), 1);
  ASSERT_TRUE(succeeded(op));
  EXPECT_EQ(op->getResult().getType(),
            mlir::RankedTensorType::get({1, 4, 8, 8}, builder.getF32Type()));
  EXPECT_EQ((*op)->getBlock(), &function.front());
  EXPECT_TRUE(succeeded(mlir::verify(*op)));
}

TEST_F(BuildTest, ReportsOnceAtTheNodeAndInsertsNothing) {
  EXPECT_TRUE(failed(conv(argument({1, 3, 8, 8}), argument({4, 5, 3, 3}), 1)));
  EXPECT_EQ(
      messages,
      std::vector<std::string>{
          "'nn.conv' op input channels (3) must equal filter channels (5) * groups (1) [C3]"});
  EXPECT_EQ(locations.front(), loc);
  EXPECT_EQ(opCount(), 0u);
}

TEST_F(BuildTest, OperandsThatAreNoStaticTensors) {
  auto type =
      mlir::RankedTensorType::get({mlir::ShapedType::kDynamic, 3, 8, 8}, builder.getF32Type());
  Value dynamic = function.front().addArgument(type, loc),
        scalar = function.front().addArgument(builder.getF32Type(), loc);
  EXPECT_TRUE(failed(conv(dynamic, argument({4, 3, 3, 3}), 1)));
  EXPECT_TRUE(failed(createChecked<ReluOp>(builder, loc, scalar)));
  EXPECT_EQ(
      messages,
      (std::vector<std::string>{
          "'nn.conv' op operand 0 must be a statically shaped tensor, but has type "
          "'tensor<?x3x8x8xf32>' [Z3]",
          "'nn.relu' op operand 0 must be a statically shaped tensor, but has type 'f32' [Z3]"}));
}

TEST_F(BuildTest, ElementTypesThatTheOpDoesNotHave) {
  Value integers = argument({2}, builder.getI32Type()),
        complex = argument({2}, mlir::ComplexType::get(builder.getF32Type()));
  EXPECT_TRUE(failed(createChecked<ExpOp>(builder, loc, integers)));
  EXPECT_TRUE(failed(createChecked<AddOp>(builder, loc, complex, complex)));
  EXPECT_EQ(messages.size(), 2u);
  EXPECT_EQ(opCount(), 0u);
}

TEST_F(BuildTest, SizesThatOverflow) {
  int64_t huge = int64_t(1) << 62;
  EXPECT_TRUE(failed(conv(argument({1, 3, 8, 8}), argument({4, 3, 3, 3}), huge)));
  EXPECT_TRUE(failed(conv(argument({1, 3, huge, huge}), argument({4, 3, 3, 3}), 0)));
  EXPECT_TRUE(failed(createChecked<ConcatOp>(
      builder, loc, mlir::ValueRange{argument({huge}), argument({huge})}, 0)));
  EXPECT_TRUE(failed(createChecked<ReluOp>(builder, loc, argument({huge, huge}))));
  EXPECT_TRUE(failed(checkedTensorType(loc, {huge, 4}, builder.getF32Type())));
  EXPECT_TRUE(failed(checkedTensorType(loc, {-1}, builder.getF32Type())));
  EXPECT_TRUE(succeeded(checkedTensorType(loc, {int64_t(1) << 38}, builder.getF32Type())));
  EXPECT_EQ(messages.size(), 6u);
  for (const std::string &message : messages)
    EXPECT_TRUE(llvm::StringRef(message).ends_with("[Z1]") ||
                llvm::StringRef(message).ends_with("[C5]"))
        << message;
}

TEST_F(BuildTest, ExplicitResults) {
  Value input = argument({2, 6});
  auto good = mlir::RankedTensorType::get({12}, builder.getF32Type()),
       bad = mlir::RankedTensorType::get({13}, builder.getF32Type());
  EXPECT_TRUE(succeeded(createCheckedAs<ReshapeOp>(builder, loc, good, input)));
  EXPECT_TRUE(failed(createCheckedAs<ReshapeOp>(builder, loc, bad, input)));
  auto part = mlir::RankedTensorType::get({2, 3}, builder.getF32Type());
  auto split =
      createCheckedAs<SplitOp>(builder, loc, llvm::SmallVector<mlir::Type>{part, part}, input, 1);
  ASSERT_TRUE(succeeded(split));
  EXPECT_EQ(split->getOutputs().size(), 2u);
  EXPECT_EQ(messages.size(), 1u);
}

// What `x.view(x.size(0), -1)` becomes: nothing but a constant is left.
TEST_F(BuildTest, ShapeArithmeticFolds) {
  Value input = argument({5, 3, 2});
  Value shape = *createOrFoldChecked<ShapeOp>(builder, loc, input);
  Value zero = createConstant(builder, loc, {0}, llvm::ArrayRef<int64_t>{});
  Value batch = *createOrFoldChecked<GatherOp>(builder, loc, shape, zero, 0);
  Value row = *createOrFoldCheckedAs<ReshapeOp>(
      builder, loc, mlir::RankedTensorType::get({1}, builder.getI64Type()), batch);
  Value rest = createConstant(builder, loc, {-1});
  Value result = *createOrFoldChecked<ConcatOp>(builder, loc, mlir::ValueRange{row, rest}, 0);
  EXPECT_EQ(constantIntegers(result), (llvm::SmallVector<int64_t>{5, -1}));
  for (mlir::Operation &op : function.front())
    EXPECT_TRUE(mlir::isa<ConstantOp>(op));
}

TEST_F(BuildTest, FoldsToAnOperand) {
  Value input = argument({5, 3});
  auto same = createOrFoldCheckedAs<ReshapeOp>(builder, loc, input.getType(), input);
  EXPECT_EQ(*same, input);
  EXPECT_EQ(opCount(), 0u);
}

TEST_F(BuildTest, KeepsWhatDoesNotFold) {
  auto relu = createOrFoldChecked<ReluOp>(builder, loc, argument({5, 3}));
  ASSERT_TRUE(succeeded(relu));
  EXPECT_TRUE(relu->getDefiningOp<ReluOp>());
  EXPECT_TRUE(failed(createOrFoldChecked<AddOp>(builder, loc, argument({5}), argument({3}))));
}

TEST_F(BuildTest, EveryPartOfASplitFolds) {
  Value numbers = createConstant(builder, loc, {1, 2, 3});
  auto type = [&](int64_t size) {
    return mlir::RankedTensorType::get({size}, builder.getI64Type());
  };
  auto split = createCheckedAs<SplitOp>(
      builder, loc, llvm::SmallVector<mlir::Type>{type(1), type(2)}, numbers, 0);
  ASSERT_TRUE(succeeded(split));
  auto parts = foldCreated(builder, *split);
  EXPECT_EQ(constantIntegers(parts[0]), (llvm::SmallVector<int64_t>{1}));
  EXPECT_EQ(constantIntegers(parts[1]), (llvm::SmallVector<int64_t>{2, 3}));
}

TEST_F(BuildTest, ReadsConstantsOfTheirClassOnly) {
  Value integers =
      createConstant(builder, loc, {-1, 200}, llvm::ArrayRef<int64_t>{2, 1}, builder.getI8Type());
  EXPECT_EQ(constantIntegers(integers), (llvm::SmallVector<int64_t>{-1, -56}));
  EXPECT_EQ(constantFloats(integers), std::nullopt);
  EXPECT_EQ(constantIntegers(argument({2})), std::nullopt);
  auto type = mlir::RankedTensorType::get({2}, builder.getF16Type());
  Value floats = ConstantOp::create(
      builder, loc,
      mlir::DenseElementsAttr::get(
          type, llvm::ArrayRef<mlir::Attribute>{mlir::FloatAttr::get(builder.getF16Type(), 0.5),
                                                mlir::FloatAttr::get(builder.getF16Type(), -2)}));
  EXPECT_EQ(constantFloats(floats), (llvm::SmallVector<double>{0.5, -2}));
}

} // namespace
} // namespace kiln::nn
