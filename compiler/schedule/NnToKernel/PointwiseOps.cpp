// Chains of pointwise ops as one linalg.generic, so that what stands between them never reaches
// memory: over one flat dimension where all operands lie alike, else over the result's shape.
//
//   relu(add(mul(x, s), t))   ->   linalg.generic ins(x, s, t) { mulf, addf, maximum }
//
// A constant of one number is one of the computation.
#include "compiler/schedule/NnToKernel/KernelBuilder.h"
#include "compiler/schedule/Prologue.h"
#include "dialects/nn/NnBuild.h"

#include "llvm/ADT/SetVector.h"

using namespace mlir;

namespace kiln {
namespace {

/// Right-aligned broadcasting: a dimension of size one reads position 0.
AffineMap broadcastMap(OpBuilder &builder, ArrayRef<int64_t> from, int64_t rank) {
  SmallVector<AffineExpr> exprs;
  int64_t first = rank - static_cast<int64_t>(from.size());
  for (auto [i, size] : llvm::enumerate(from))
    exprs.push_back(size == 1 ? builder.getAffineConstantExpr(0)
                              : builder.getAffineDimExpr(first + i));
  return AffineMap::get(rank, 0, exprs, builder.getContext());
}

/// What the chain that ends in `op` reads from memory.
void collectLeaves(Operation *op, llvm::SetVector<Value> &leaves) {
  for (Value operand : op->getOperands()) {
    Operation *producer = operand.getDefiningOp();
    if (producer && isFusedIntoUser(producer))
      collectLeaves(producer, leaves);
    else if (!isa_and_present<nn::ConstantOp>(producer))
      leaves.insert(operand);
  }
}

/// True where every leaf and the result store as many elements in the same order.
bool allAlike(Value result, ArrayRef<Value> leaves) {
  RankedTensorType type = tensorType(result);
  if (layoutOf(type) && MapLayout::of(type).hasBorder())
    return false;
  return llvm::all_of(leaves, [&](Value leaf) {
    return tensorType(leaf).getShape() == type.getShape() &&
           bufferShape(tensorType(leaf)) == bufferShape(type);
  });
}

struct Operands {
  SmallVector<Value> inputs;
  SmallVector<AffineMap> maps;
  Value output;
};

Operands flatOperands(KernelBuilder &kernels, Value result, ArrayRef<Value> leaves) {
  RankedTensorType type = tensorType(result);
  int64_t elements = bufferBytes(type) / elementBytes(type.getElementType());
  Operands operands;
  for (Value leaf : leaves) {
    operands.inputs.push_back(kernels.plainView(leaf, {elements}));
    operands.maps.push_back(kernels.builder.getMultiDimIdentityMap(1));
  }
  operands.output = kernels.plainView(result, {elements});
  return operands;
}

Operands shapedOperands(KernelBuilder &kernels, Value result, ArrayRef<Value> leaves) {
  bool isMap = static_cast<bool>(layoutOf(tensorType(result)));
  Operands operands;
  operands.output = isMap ? kernels.interiorView(result) : kernels.plainView(result);
  int64_t rank = cast<MemRefType>(operands.output.getType()).getRank();
  for (Value leaf : leaves) {
    Value view = layoutOf(tensorType(leaf)) ? kernels.interiorView(leaf) : kernels.plainView(leaf);
    operands.inputs.push_back(view);
    operands.maps.push_back(
        broadcastMap(kernels.builder, cast<MemRefType>(view.getType()).getShape(), rank));
  }
  return operands;
}

/// The scalar computation of a chain, from the elements of its leaves.
class ChainEmitter {
public:
  ChainEmitter(OpBuilder &builder, Location loc, ArrayRef<Value> leaves, ValueRange elements)
      : builder(builder), loc(loc) {
    for (auto [leaf, element] : llvm::zip(leaves, elements))
      values[leaf] = element;
  }

  /// Null where an op does not exist for its type; `missing` is then that op.
  Value emit(Operation *op) {
    SmallVector<Value> operands;
    for (Value operand : op->getOperands()) {
      operands.push_back(emit(operand));
      if (!operands.back())
        return Value();
    }
    Value result = emitScalar(builder, loc, op, operands);
    if (!result)
      missing = op;
    return result;
  }

  Operation *missing = nullptr;

private:
  Value emit(Value operand) {
    if (Value known = values.lookup(operand))
      return known;
    if (auto number = operand.getDefiningOp<nn::ConstantOp>())
      return arith::ConstantOp::create(builder, loc,
                                       builder.getFloatAttr(number.getType().getElementType(),
                                                            nn::constantFloats(operand)->front()));
    return emit(operand.getDefiningOp());
  }

  OpBuilder &builder;
  Location loc;
  llvm::DenseMap<Value, Value> values;
};

} // namespace

bool isFusedIntoUser(Operation *op) {
  if (isa<nn::ConvOp>(op) && op->hasOneUse())
    if (auto pool = dyn_cast<nn::MaxPoolOp>(*op->getUsers().begin()))
      return convOfPool(pool) == op;
  if (op->getNumResults() != 1 || !op->hasOneUse())
    return false;
  Operation *user = *op->getUsers().begin();
  if (auto conv = dyn_cast<nn::ConvOp>(user))
    if (std::optional<Prologue> prologue = takenPrologue(conv);
        prologue && llvm::is_contained(prologue->ops, op))
      return true;
  if (!op->hasTrait<nn::Pointwise>() || isa<nn::ConvOp>(user))
    return false;
  if (isInputOfPrologue(op->getResult(0)))
    return false;
  // An identity has no kernel of its own that could compute its operand.
  if (!user->hasTrait<nn::Pointwise>() || isa<nn::IdentityOp, nn::DropoutOp>(user))
    return false;
  RankedTensorType type = tensorType(op->getResult(0)), whole = tensorType(user->getResult(0));
  // A broadcast operand would be computed once an element.
  return type.getShape() == whole.getShape() && !layoutOf(type) == !layoutOf(whole);
}

LogicalResult emitPointwise(KernelBuilder &kernels, Operation *op) {
  llvm::SetVector<Value> found;
  collectLeaves(op, found);
  ArrayRef<Value> leaves = found.getArrayRef();
  Value result = op->getResult(0);
  Operands operands = allAlike(result, leaves) ? flatOperands(kernels, result, leaves)
                                               : shapedOperands(kernels, result, leaves);
  Operation *missing = nullptr;
  kernels.parallel(operands.inputs, operands.output, operands.maps,
                   [&](OpBuilder &nested, Location loc, ValueRange elements) {
                     ChainEmitter chain(nested, loc, leaves, elements);
                     Value value = chain.emit(op);
                     missing = chain.missing;
                     return value ? value : elements.back();
                   });
  if (missing)
    return missing->emitOpError("is not supported for element type ")
           << tensorType(missing->getOperand(0)).getElementType() << "; cast its operands to f32";
  return success();
}

} // namespace kiln
