// Folding of nn ops whose operands are small constants. Exporters compute shapes with Shape, Gather, Concat and Reshape
// in the graph; after folding nothing of that is left. Large constants are never folded, because every fold would keep
// another copy of weights alive: ops on weights become the weights program.
#include "dialects/nn/NnDialect.h"
#include "dialects/nn/NnElements.h"
#include "dialects/nn/NnShapeInference.h"

#include "mlir/IR/DialectResourceBlobManager.h"

using namespace mlir;

namespace kiln::nn {

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

OpFoldResult ConcatOp::fold(FoldAdaptor) { return getInputs().size() == 1 ? getInputs().front() : Value(); }

OpFoldResult SliceOp::fold(FoldAdaptor) {
  return getInput().getType() == getResult().getType() && llvm::all_of(getSteps(), [](int64_t step) { return step == 1; })
             ? getInput() : Value();
}

OpFoldResult TransposeOp::fold(FoldAdaptor) {
  return llvm::equal(getPerm(), llvm::seq<int64_t>(0, getPerm().size())) ? getInput() : Value();
}

OpFoldResult GatherOp::fold(FoldAdaptor) { return {}; }

} // namespace kiln::nn
