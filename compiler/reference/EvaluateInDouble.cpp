// Widens a copy of the function, then evaluates that.
//
//   %1 = nn.conv(%x, %w) : f32   ->   %a = nn.cast(%w) : f32 to f64, %1 = nn.conv(%x, %a) : f64
#include "compiler/reference/EvaluateInDouble.h"

#include "dialects/nn/NnDialect.h"

using namespace mlir;

namespace kiln::reference {
namespace {

/// The f64 tensor type for an f32 one; any other type as it is.
Type widened(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!tensor || !tensor.getElementType().isF32())
    return type;
  return tensor.clone(Float64Type::get(type.getContext()));
}

/// Constants stay as they are; each reader has a cast of its own, which lives no longer than
/// needed.
void castConstants(Operation &reader) {
  OpBuilder builder(&reader);
  for (OpOperand &operand : reader.getOpOperands()) {
    Value value = operand.get();
    if (Type type = widened(value.getType());
        type != value.getType() && value.getDefiningOp<nn::ConstantOp>())
      operand.set(nn::CastOp::create(builder, reader.getLoc(), type, value));
  }
}

void widen(func::FuncOp function) {
  for (BlockArgument argument : function.getArguments())
    argument.setType(widened(argument.getType()));
  for (Operation &op : llvm::make_early_inc_range(function.front())) {
    castConstants(op);
    if (!isa<nn::ConstantOp>(op))
      for (OpResult result : op.getResults())
        result.setType(widened(result.getType()));
  }
  auto types = [](TypeRange range) { return llvm::map_to_vector(range, widened); };
  function.setFunctionType(FunctionType::get(
      function.getContext(), types(function.getArgumentTypes()), types(function.getResultTypes())));
}

FailureOr<Tensor> widened(Location loc, const Tensor &tensor) {
  Type type = widened(tensor.type());
  if (type == tensor.type())
    return tensor;
  FailureOr<Tensor> wide = Tensor::allocate(loc, cast<RankedTensorType>(type));
  if (succeeded(wide))
    wide->store<double>(0, tensor.load<double>());
  return wide;
}

} // namespace

FailureOr<SmallVector<Tensor>> evaluateInDouble(func::FuncOp function, ArrayRef<Tensor> inputs) {
  SmallVector<Tensor> wideInputs;
  for (const Tensor &input : inputs) {
    FailureOr<Tensor> wide = widened(function.getLoc(), input);
    if (failed(wide))
      return failure();
    wideInputs.push_back(*wide);
  }
  OwningOpRef<func::FuncOp> copy = function.clone();
  widen(*copy);
  return evaluate(*copy, wideInputs);
}

} // namespace kiln::reference
