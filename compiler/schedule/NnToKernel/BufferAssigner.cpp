// Buffers that tensors share. A home is given backwards, from a use to what computes the tensor;
// the first use that asks gets it.
#include "compiler/schedule/NnToKernel/BufferAssigner.h"

#include "mlir/IR/SymbolTable.h"

using namespace mlir;

namespace kiln {

/// An op whose result is its operand's memory under another type.
static bool isAlias(Operation *op) {
  if (!isa<nn::ReshapeOp, nn::RelayoutOp, nn::IdentityOp, nn::DropoutOp>(op))
    return false;
  RankedTensorType from = tensorType(op->getOperand(0)), to = tensorType(op->getResult(0));
  return isa<nn::RelayoutOp>(op) ? sameMemory(from, to) : !layoutOf(from) == !layoutOf(to);
}

BufferAssigner::BufferAssigner(func::FuncOp func, KernelBuilder &kernels) : kernels(kernels) {
  Block &body = func.getBody().front();
  for (auto [i, value] : llvm::enumerate(body.getTerminator()->getOperands()))
    giveHome(value, {Value(), 0, i});
  for (Operation &op : llvm::reverse(body))
    giveHomes(&op);
}

void BufferAssigner::giveHome(Value tensor, Home home) {
  Operation *op = tensor.getDefiningOp();
  if (op && !isa<kernel::WeightRefOp>(op))
    homes.try_emplace(tensor, home);
}

void BufferAssigner::giveHomes(Operation *op) {
  if (auto concat = dyn_cast<nn::ConcatOp>(op))
    return giveHomesToParts(concat);
  if (auto weave = dyn_cast<nn::InterleaveOp>(op))
    return giveHomesToResidues(weave);
  if (!isAlias(op))
    return;
  auto home = homes.find(op->getResult(0));
  if (home != homes.end())
    giveHome(op->getOperand(0), Home(home->second));
}

// With one image, the channel blocks of a part are a contiguous piece of the whole, where the
// borders agree.
void BufferAssigner::giveHomesToParts(nn::ConcatOp concat) {
  RankedTensorType type = tensorType(concat.getResult());
  if (!layoutOf(type) || type.getDimSize(0) != 1)
    return;
  int64_t offset = 0;
  for (Value part : concat.getInputs()) {
    if (layoutOf(tensorType(part)) == layoutOf(type))
      giveHome(part, {concat.getResult(), offset, 0});
    offset += bytesInWhole(part, type);
  }
}

/// A convolution that nobody else reads writes its pixels where the whole has them.
void BufferAssigner::giveHomesToResidues(nn::InterleaveOp weave) {
  if (!layoutOf(tensorType(weave.getResult())))
    return;
  for (auto [index, part] : llvm::enumerate(weave.getInputs())) {
    auto conv = part.getDefiningOp<nn::ConvOp>();
    if (conv && conv->hasOneUse() && !isDense(conv))
      residues.try_emplace(part, std::pair(weave, static_cast<int64_t>(index)));
  }
}

void BufferAssigner::placeInWhole(Value part, nn::InterleaveOp weave, int64_t index) {
  place(weave.getResult());
  MapLayout layout = MapLayout::of(tensorType(weave.getResult()));
  Spatial first = toSpatial(weave.residues(index), 0), origin;
  for (int i = 0; i < 3; ++i)
    origin[i] = layout.begin[i] + first[i];
  kernels.setBuffer(part, kernels.bufferOf(weave.getResult()));
  kernels.setWeave(part, {weave.getResult(), origin, toSpatial(weave.getSteps(), 1)});
}

void BufferAssigner::place(Value tensor) {
  if (kernels.bufferOf(tensor).bytes)
    return;
  if (auto residue = residues.find(tensor); residue != residues.end())
    return placeInWhole(tensor, residue->second.first, residue->second.second);
  auto found = homes.find(tensor);
  if (found == homes.end())
    return kernels.setBuffer(tensor, kernels.allocate(bufferBytes(tensorType(tensor))));
  Home home = found->second;
  if (!home.whole)
    return kernels.setBuffer(tensor, {outputs[home.output], 0});
  place(home.whole);
  Buffer whole = kernels.bufferOf(home.whole);
  kernels.setBuffer(tensor, {whole.bytes, whole.offset + home.offset});
}

bool BufferAssigner::placeWithoutCode(Operation *op) {
  if (auto reference = dyn_cast<kernel::WeightRefOp>(op)) {
    auto weight =
        SymbolTable::lookupNearestSymbolFrom<kernel::WeightOp>(op, reference.getWeightAttr());
    kernels.setBuffer(reference.getResult(), {weights, static_cast<int64_t>(weight.getOffset())});
    return true;
  }
  // What is left of them are numbers that the computation contains.
  if (isa<nn::ConstantOp>(op))
    return true;
  if (!isAlias(op))
    return false;
  Value operand = op->getOperand(0), result = op->getResult(0);
  auto home = homes.find(result);
  // A result with a home of its own that its operand could not take is copied there.
  if (home != homes.end()) {
    auto operandHome = homes.find(operand);
    bool agrees = operandHome != homes.end() && operandHome->second.whole == home->second.whole &&
                  operandHome->second.offset == home->second.offset &&
                  operandHome->second.output == home->second.output;
    if (!agrees)
      return false;
  }
  kernels.setBuffer(result, kernels.bufferOf(operand));
  return true;
}

} // namespace kiln
