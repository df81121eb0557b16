// Dense layers on flattened maps become convolutions with the map's size, and for a larger input
// the whole network slides: compiled at the shape that the model was made for, every dense layer
// and global pool becomes a window, the last flattening is dropped, and then the input grows. The
// result is the map of the network's answers at all positions.
//
//   14x14 classifier, --sliding-window, 28x28 input  ->  1x10x8x8 answers
#include "compiler/graph/DenseLayers.h"
#include "compiler/graph/Passes.h"
#include "compiler/graph/SimplifyPatterns.h"

#include "dialects/nn/NnInputShape.h"
#include "dialects/nn/NnRules.h"

namespace kiln {
#define GEN_PASS_DEF_FCTOCONV
#include "compiler/graph/Passes.h.inc"
} // namespace kiln

using namespace mlir;

namespace kiln {
namespace {

StringRef argumentName(func::FuncOp func, unsigned index) {
  auto name = func.getArgAttrOfType<StringAttr>(index, "nn.name");
  return name ? name.getValue() : StringRef();
}

/// The type of an input at a larger shape; an error where the shape is no larger map of the same
/// channels.
FailureOr<Type> enlargedType(func::FuncOp func, unsigned index, ArrayRef<int64_t> shape) {
  auto type = dyn_cast<RankedTensorType>(func.getArgumentTypes()[index]);
  bool larger = type && type.getRank() >= 3 && type.getRank() == int64_t(shape.size()) &&
                type.getShape().take_front(2) == shape.take_front(2);
  for (int64_t dim = 2; larger && dim < type.getRank(); ++dim)
    larger = shape[dim] >= type.getDimSize(dim);
  if (!larger)
    return emitError(func.getLoc(), "input '")
           << argumentName(func, index) << "' has shape " << nn::shapeText(type.getShape())
           << "; windows cannot slide over " << nn::shapeText(shape)
           << ", which must have the same batch and channels and be at least as large";
  if (failed(nn::RuleReporter(func.getLoc(), "nn.input").tensorType(shape, type.getElementType())))
    return failure();
  return Type(type.clone(shape));
}

/// Returns the maps themselves where the function returns flattened maps of one element per
/// channel.
void dropLastFlatten(func::FuncOp func) {
  Operation *end = func.getBody().front().getTerminator();
  for (OpOperand &operand : end->getOpOperands()) {
    auto reshape = operand.get().getDefiningOp<nn::ReshapeOp>();
    if (!reshape)
      continue;
    auto map = reshape.getInput().getType();
    bool oneElement = map.getRank() >= 3 && llvm::all_of(map.getShape().drop_front(2),
                                                         [](int64_t size) { return size == 1; });
    if (!oneElement || reshape.getType().getRank() > 2)
      continue;
    operand.set(reshape.getInput());
    if (reshape.use_empty())
      reshape.erase();
  }
  func.setType(
      FunctionType::get(func.getContext(), func.getArgumentTypes(), end->getOperandTypes()));
}

struct FcToConv : impl::FcToConvBase<FcToConv> {
  using Base::Base;

  void runOnOperation() override {
    for (auto func : getOperation().getOps<func::FuncOp>())
      if (!func.isExternal() && failed(convert(func)))
        return signalPassFailure();
    if (failed(enlargeInputs()))
      signalPassFailure();
  }

  LogicalResult convert(func::FuncOp func) {
    RewritePatternSet patterns(&getContext());
    populateDenseLayerPatterns(patterns, slidingWindow);
    populateFlattenPatterns(patterns, slidingWindow);
    if (slidingWindow) {
      populateIdentityPatterns(patterns);
      populateSlidingPoolPatterns(patterns);
    }
    if (failed(rewriteToFixpoint(func, std::move(patterns))))
      return failure();
    if (slidingWindow)
      dropLastFlatten(func);
    else
      reportMisses(func);
    return success();
  }

  /// Dense layers on maps that stay matrix products.
  static void reportMisses(func::FuncOp func) {
    func.walk([](nn::GemmOp gemm) {
      auto reshape = gemm.getA().getDefiningOp<nn::ReshapeOp>();
      auto map = reshape ? tensorTypeOf(reshape.getInput()) : RankedTensorType();
      if (map && map.getRank() > 2 && map.getDimSize(0) > 1)
        remarkMissed(gemm, kFcToConv, "DenseOnMap",
                     "a matrix product reads the weights once for all images");
    });
  }

  LogicalResult enlargeInputs() {
    if (!slidingWindow && !inputShapes.empty())
      return emitError(getOperation().getLoc(), "input shapes are for sliding windows only");
    SmallVector<InputShape> shapes;
    for (StringRef text : inputShapes) {
      std::optional<InputShape> shape = parseInputShape(text);
      if (!shape)
        return emitError(getOperation().getLoc(), "input shape '")
               << text << "' is not of the form NAME:1x3x224x224";
      shapes.push_back(std::move(*shape));
    }
    llvm::SmallBitVector used(shapes.size());
    for (auto func : getOperation().getOps<func::FuncOp>())
      if (!func.isExternal() && failed(enlargeInputs(func, shapes, used)))
        return failure();
    for (auto [index, shape] : llvm::enumerate(shapes))
      if (!used.test(index))
        return emitError(getOperation().getLoc(), "no input '") << shape.name << "' to slide over";
    return success();
  }

  static LogicalResult enlargeInputs(func::FuncOp func, ArrayRef<InputShape> shapes,
                                     llvm::SmallBitVector &used) {
    SmallVector<Type> types(func.getArgumentTypes());
    for (unsigned index = 0; index < types.size(); ++index)
      for (auto [which, shape] : llvm::enumerate(shapes)) {
        if (shape.name.empty() ? types.size() != 1 : argumentName(func, index) != shape.name)
          continue;
        auto type = enlargedType(func, index, shape.dims);
        if (failed(type))
          return failure();
        types[index] = *type;
        used.set(which);
      }
    return types == SmallVector<Type>(func.getArgumentTypes()) ? success()
                                                               : reinferShapes(func, types);
  }
};

} // namespace
} // namespace kiln
