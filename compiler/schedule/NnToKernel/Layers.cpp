// Reads names off locations and counts multiply-adds off shapes.
#include "compiler/schedule/NnToKernel/Layers.h"

#include "dialects/nn/NnDialect.h"

#include "mlir/IR/Builders.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace kiln {
namespace {

/// A location is the tensor's name around the node's name; a fused op has several.
void collectNames(Location loc, SmallVectorImpl<StringAttr> &tensors,
                  SmallVectorImpl<StringAttr> &nodes) {
  if (auto fused = dyn_cast<FusedLoc>(loc)) {
    for (Location part : fused.getLocations())
      collectNames(part, tensors, nodes);
  } else if (auto name = dyn_cast<NameLoc>(loc)) {
    tensors.push_back(name.getName());
    if (auto node = dyn_cast<NameLoc>(name.getChildLoc()))
      nodes.push_back(node.getName());
  }
}

int64_t elements(Value value) { return cast<RankedTensorType>(value.getType()).getNumElements(); }

int64_t multiplyAdds(Operation *op) {
  return llvm::TypeSwitch<Operation *, int64_t>(op)
      .Case([](nn::ConvOp conv) {
        auto filter = cast<RankedTensorType>(conv.getFilter().getType());
        return elements(conv.getResult()) *
               (filter.getNumElements() / std::max<int64_t>(1, filter.getDimSize(0)));
      })
      .Case([](nn::ConvTransposeOp conv) {
        auto filter = cast<RankedTensorType>(conv.getFilter().getType());
        return elements(conv.getInput()) *
               (filter.getNumElements() / std::max<int64_t>(1, filter.getDimSize(0)));
      })
      .Case([](nn::LocalConvOp conv) {
        return elements(conv.getFilter()) *
               cast<RankedTensorType>(conv.getResult().getType()).getDimSize(0);
      })
      .Case([](nn::GemmOp gemm) {
        auto a = cast<RankedTensorType>(gemm.getA().getType());
        return elements(gemm.getResult()) * a.getDimSize(gemm.getTransA() ? 0 : 1);
      })
      .Case([](nn::MatmulOp matmul) {
        return elements(matmul.getResult()) *
               cast<RankedTensorType>(matmul.getA().getType()).getShape().back();
      })
      .Default(int64_t(0));
}

} // namespace

DictionaryAttr describeLayer(Operation *op) {
  Builder builder(op->getContext());
  SmallVector<StringAttr> tensors, nodes;
  collectNames(op->getLoc(), tensors, nodes);
  SmallVector<Attribute> sources(nodes.begin(), nodes.end());
  StringAttr name = tensors.empty() ? builder.getStringAttr("") : tensors.back();
  return builder.getDictionaryAttr(
      {builder.getNamedAttr("name", name),
       builder.getNamedAttr("sources", builder.getArrayAttr(sources)),
       builder.getNamedAttr("op", builder.getStringAttr(op->getName().stripDialect())),
       builder.getNamedAttr("multiply_adds", builder.getI64IntegerAttr(multiplyAdds(op)))});
}

} // namespace kiln
