// Computes in f32 what a model computes in f16 or bf16. Few processors add half-precision numbers
// faster, and every kernel would be needed twice; the weights are widened once, by the weights
// program. Casts are left at the function's inputs, outputs and constants; what stands between is
// only given wider types, so nothing is rounded on the way.
//
//   %y = nn.relu(%x) : f16  ->  %a = nn.cast(%x) : f16 to f32, %b = nn.relu(%a) : f32, %y =
//   nn.cast(%b) : f32 to f16
#include "compiler/graph/GraphSupport.h"
#include "compiler/graph/Passes.h"

namespace kiln {
#define GEN_PASS_DEF_WIDENHALF
#include "compiler/graph/Passes.h.inc"
} // namespace kiln

using namespace mlir;

namespace kiln {
namespace {

/// The f32 tensor type for a half-precision one; null for any other type.
RankedTensorType widened(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!tensor || !isa<Float16Type, BFloat16Type>(tensor.getElementType()))
    return {};
  return tensor.clone(Float32Type::get(type.getContext()));
}

/// Gives every reader of a half-precision value a cast of it.
void castReaders(OpBuilder &builder, Value value, Location loc) {
  if (value.use_empty())
    return;
  auto cast = nn::CastOp::create(builder, loc, widened(value.getType()), value);
  value.replaceAllUsesExcept(cast, cast);
}

/// Casts what the function takes and keeps: arguments and constants.
void widenSources(func::FuncOp func) {
  OpBuilder builder(func.getBody());
  for (BlockArgument argument : func.getArguments())
    if (widened(argument.getType()))
      castReaders(builder, argument, derivedLocation(argument.getLoc(), "f32"));
  for (auto constant : llvm::make_early_inc_range(func.getOps<nn::ConstantOp>()))
    if (widened(constant.getType())) {
      builder.setInsertionPointAfter(constant);
      castReaders(builder, constant, derivedLocation(constant.getLoc(), "f32"));
    }
}

/// Gives every computed half-precision tensor the wider type; returns how many there are.
int64_t widenResults(func::FuncOp func) {
  int64_t count = 0;
  for (Operation &op : func.getOps())
    for (OpResult result : op.getResults())
      if (auto type = widened(result.getType()); type && !isa<nn::ConstantOp>(op)) {
        result.setType(type);
        ++count;
      }
  return count;
}

/// Removes casts that convert to the type that their operand has by now; returns how many there
/// were.
int64_t removeIdleCasts(func::FuncOp func) {
  int64_t count = 0;
  for (auto cast : llvm::make_early_inc_range(func.getOps<nn::CastOp>()))
    if (cast.getInput().getType() == cast.getType()) {
      cast.getResult().replaceAllUsesWith(cast.getInput());
      cast.erase();
      ++count;
    }
  return count;
}

/// Casts what the function returns to the types that it promises.
void narrowOutputs(func::FuncOp func) {
  Operation *end = func.getBody().front().getTerminator();
  OpBuilder builder(end);
  llvm::DenseMap<std::pair<Value, Type>, Value> casts;
  for (auto [operand, type] : llvm::zip_equal(end->getOpOperands(), func.getResultTypes())) {
    Value value = operand.get();
    if (value.getType() == type)
      continue;
    auto cast = value.getDefiningOp<nn::CastOp>();
    // An input or constant that is returned as it came needs no casts.
    if (cast && cast.getInput().getType() == type) {
      operand.set(cast.getInput());
      if (cast.use_empty())
        cast.erase();
      continue;
    }
    // The cast makes the tensor that the model names.
    Location loc = value.getLoc();
    bool isFirst = llvm::none_of(casts, [&](auto &entry) { return entry.first.first == value; });
    if (Operation *op = value.getDefiningOp(); op && isFirst)
      op->setLoc(derivedLocation(loc, "f32"));
    Value &narrow = casts[{value, type}];
    if (!narrow)
      narrow = nn::CastOp::create(builder, loc, type, value);
    operand.set(narrow);
  }
}

struct WidenHalf : impl::WidenHalfBase<WidenHalf> {
  void runOnOperation() override {
    func::FuncOp func = getOperation();
    if (func.isExternal())
      return;
    widenSources(func);
    int64_t count = widenResults(func);
    int64_t casts = removeIdleCasts(func);
    narrowOutputs(func);
    if (count)
      remarkPassed(func, "WidenHalf", "HalfResults", {.ops = casts});
  }
};

} // namespace
} // namespace kiln
