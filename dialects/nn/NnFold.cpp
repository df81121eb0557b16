// Folding of nn ops whose operands are constants and whose results are small. Exporters compute
// shapes in the graph with Shape, Gather, Concat and Reshape; after folding nothing of that is
// left:
//   %s = nn.shape(%x), %c = nn.gather(%s, %zero), %r = nn.concat(%c, %minus_one)  ->  %r =
//   nn.constant(dense<[1, -1]>)
// Larger results are never folded, because every fold would keep another copy of weights alive: ops
// on weights become the weights program. The values come from NnEvaluate, the same code that
// defines the ops for the reference evaluator.
#include "dialects/nn/NnDialect.h"
#include "dialects/nn/NnElements.h"
#include "dialects/nn/NnEvaluate.h"
#include "dialects/nn/NnShapeInference.h"

#include "mlir/IR/DialectResourceBlobManager.h"

using namespace mlir;

namespace kiln::nn {

/// The most elements that the results of a folded op may have together.
static constexpr int64_t kMaxFoldedElements = 64;
/// The most elements of a splat operand: it is written out to be read.
static constexpr int64_t kMaxSplatElements = 1 << 16;

static bool resultsAreSmall(Operation *op) {
  int64_t total = 0;
  for (Type type : op->getResultTypes()) {
    auto count = checkedNumElements(cast<RankedTensorType>(type).getShape());
    if (!count || *count > kMaxFoldedElements)
      return false;
    total += *count;
  }
  return total <= kMaxFoldedElements;
}

/// The operands' elements in memory, or failure where one is no constant. `storage` owns what had
/// to be written out.
static FailureOr<SmallVector<const char *>> readOperands(ArrayRef<Attribute> operands,
                                                         std::vector<SmallVector<char>> &storage) {
  storage.resize(operands.size());
  SmallVector<const char *> pointers;
  for (auto [operand, bytes] : llvm::zip_equal(operands, storage)) {
    auto elements = dyn_cast_if_present<ElementsAttr>(operand);
    if (!elements || (elements.isSplat() && elements.getNumElements() > kMaxSplatElements))
      return failure();
    std::optional<ArrayRef<char>> data = readBytes(elements, bytes);
    if (!data)
      return failure();
    pointers.push_back(data->data());
  }
  return pointers;
}

/// Evaluates an op on constant operands and appends its results' attributes.
static LogicalResult foldConstants(Operation *op, ArrayRef<Attribute> operands,
                                   SmallVectorImpl<OpFoldResult> &results) {
  std::vector<SmallVector<char>> storage, buffers;
  if (!resultsAreSmall(op))
    return failure();
  auto inputs = readOperands(operands, storage);
  if (failed(inputs))
    return failure();
  SmallVector<char *> outputs;
  for (Type type : op->getResultTypes()) {
    auto tensor = cast<RankedTensorType>(type);
    buffers.emplace_back(tensor.getNumElements() * elementBytes(tensor.getElementType()));
  }
  for (SmallVector<char> &buffer : buffers)
    outputs.push_back(buffer.data());
  if (failed(evaluateMove(op, *inputs, outputs)) &&
      failed(evaluatePointwise(op, *inputs, outputs.front())))
    return failure();
  for (auto [type, buffer] : llvm::zip_equal(op->getResultTypes(), buffers))
    results.push_back(makeElements(cast<RankedTensorType>(type), ArrayRef<char>(buffer)));
  return success();
}

static OpFoldResult foldConstants(Operation *op, ArrayRef<Attribute> operands) {
  SmallVector<OpFoldResult> results;
  return succeeded(foldConstants(op, operands, results)) ? results.front() : OpFoldResult();
}

//---- Ops with folds of their own

OpFoldResult ConstantOp::fold(FoldAdaptor) { return getValue(); }

OpFoldResult ShapeOp::fold(FoldAdaptor) {
  return makeElements(getResult().getType(), getInput().getType().getShape());
}

OpFoldResult ReshapeOp::fold(FoldAdaptor adaptor) {
  RankedTensorType type = getResult().getType();
  if (getInput().getType() == type)
    return getInput();
  if (auto inner = getInput().getDefiningOp<ReshapeOp>()) {
    getInputMutable().assign(inner.getInput());
    return getResult();
  }
  // A blob under another shape is the same blob.
  if (auto resource = dyn_cast_if_present<DenseResourceElementsAttr>(adaptor.getInput()))
    return DenseResourceElementsAttr::get(type, resource.getRawHandle());
  if (auto dense = dyn_cast_if_present<DenseElementsAttr>(adaptor.getInput()))
    return dense.reshape(type);
  return {};
}

OpFoldResult ConcatOp::fold(FoldAdaptor adaptor) {
  if (getInputs().size() == 1 && getInputs().front().getType() == getResult().getType())
    return getInputs().front();
  return foldConstants(*this, adaptor.getOperands());
}

LogicalResult SplitOp::fold(FoldAdaptor adaptor, SmallVectorImpl<OpFoldResult> &results) {
  return foldConstants(*this, adaptor.getOperands(), results);
}

OpFoldResult SliceOp::fold(FoldAdaptor adaptor) {
  bool wholeInput = getInput().getType() == getResult().getType() &&
                    llvm::all_of(getSteps(), [](int64_t step) { return step == 1; });
  return wholeInput ? OpFoldResult(getInput()) : foldConstants(*this, adaptor.getOperands());
}

OpFoldResult TransposeOp::fold(FoldAdaptor adaptor) {
  bool inOrder = llvm::equal(getPerm(), llvm::seq<int64_t>(0, getPerm().size()));
  if (inOrder && getInput().getType() == getResult().getType())
    return getInput();
  return foldConstants(*this, adaptor.getOperands());
}

OpFoldResult ExpandOp::fold(FoldAdaptor adaptor) {
  if (getInput().getType() == getResult().getType())
    return getInput();
  return foldConstants(*this, adaptor.getOperands());
}

OpFoldResult CastOp::fold(FoldAdaptor adaptor) {
  if (getInput().getType() == getResult().getType())
    return getInput();
  return foldConstants(*this, adaptor.getOperands());
}

//---- Ops that only fold on constants

#define KILN_NN_FOLD(OP)                                                                           \
  OpFoldResult OP::fold(FoldAdaptor adaptor) { return foldConstants(*this, adaptor.getOperands()); }
KILN_NN_FOLD(AbsOp)
KILN_NN_FOLD(AddOp)
KILN_NN_FOLD(CeilOp)
KILN_NN_FOLD(ClipOp)
KILN_NN_FOLD(CompareOp)
KILN_NN_FOLD(DepthToSpaceOp)
KILN_NN_FOLD(DivOp)
KILN_NN_FOLD(DropoutOp)
KILN_NN_FOLD(EluOp)
KILN_NN_FOLD(ErfOp)
KILN_NN_FOLD(ExpOp)
KILN_NN_FOLD(FloorOp)
KILN_NN_FOLD(GatherOp)
KILN_NN_FOLD(HardSigmoidOp)
KILN_NN_FOLD(HardSwishOp)
KILN_NN_FOLD(IdentityOp)
KILN_NN_FOLD(LeakyReluOp)
KILN_NN_FOLD(LogOp)
KILN_NN_FOLD(MaxOp)
KILN_NN_FOLD(MinOp)
KILN_NN_FOLD(MulOp)
KILN_NN_FOLD(NegOp)
KILN_NN_FOLD(PadOp)
KILN_NN_FOLD(PowOp)
KILN_NN_FOLD(PreluOp)
KILN_NN_FOLD(ReluOp)
KILN_NN_FOLD(RoundOp)
KILN_NN_FOLD(SelectOp)
KILN_NN_FOLD(SigmoidOp)
KILN_NN_FOLD(SpaceToDepthOp)
KILN_NN_FOLD(SqrtOp)
KILN_NN_FOLD(SubOp)
KILN_NN_FOLD(SwishOp)
KILN_NN_FOLD(TanhOp)
#undef KILN_NN_FOLD

} // namespace kiln::nn
