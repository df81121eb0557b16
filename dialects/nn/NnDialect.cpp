// The nn dialect's registration, its attributes and the comparison of types that ignores layouts.
#include "dialects/nn/NnDialect.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

#include "dialects/nn/NnEnums.cpp.inc"

#include "dialects/nn/NnDialect.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "dialects/nn/NnAttributes.cpp.inc"

namespace kiln::nn {

void NnDialect::initialize() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "dialects/nn/NnAttributes.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "dialects/nn/NnOps.cpp.inc"
      >();
}

Operation *NnDialect::materializeConstant(OpBuilder &builder, Attribute value, Type type,
                                          Location loc) {
  auto elements = dyn_cast<ElementsAttr>(value);
  if (!elements || elements.getType() != type)
    return nullptr;
  return ConstantOp::create(builder, loc, type, elements);
}

LogicalResult ActivationAttr::verify(llvm::function_ref<InFlightDiagnostic()> emitError,
                                     ActivationKind kind, FloatAttr alpha, FloatAttr beta) {
  int takes = 0;
  if (kind == ActivationKind::Clip || kind == ActivationKind::HardSigmoid)
    takes = 2;
  if (kind == ActivationKind::LeakyRelu || kind == ActivationKind::Elu)
    takes = 1;
  int given = (alpha ? 1 : 0) + (beta ? 1 : 0);
  if (given == takes)
    return success();
  return emitError() << stringifyActivationKind(kind) << " takes " << takes
                     << " parameters, but has " << given << " [A1]";
}

LogicalResult BlockedAttr::verify(llvm::function_ref<InFlightDiagnostic()> emitError, int64_t block,
                                  llvm::ArrayRef<int64_t> border) {
  if (block < 1 || block > kMaxBlock)
    return emitError() << "block must be from 1 to " << kMaxBlock << ", but is " << block
                       << " [BL1]";
  if (border.size() % 2 != 0 || llvm::any_of(border, [](int64_t width) { return width < 0; }))
    return emitError() << "border must have begins and ends that are not negative [BL2]";
  return success();
}

LogicalResult
BlockedAttr::verifyEncoding(ArrayRef<int64_t> shape, Type elementType,
                            llvm::function_ref<InFlightDiagnostic()> emitError) const {
  if (shape.empty())
    return emitError() << "a scalar has no channels to lay out in blocks [BL3]";
  size_t spatialRank = shape.size() > 2 ? shape.size() - 2 : 0;
  if (!getBorder().empty() && getBorder().size() != 2 * spatialRank)
    return emitError() << "border must have two entries for each of " << spatialRank
                       << " spatial dimensions, but has " << getBorder().size() << " [BL2]";
  return success();
}

bool equalIgnoringEncoding(TypeRange lhs, TypeRange rhs) {
  return llvm::equal(lhs, rhs, [](Type left, Type right) {
    auto a = dyn_cast<RankedTensorType>(left), b = dyn_cast<RankedTensorType>(right);
    return a && b ? a.getShape() == b.getShape() && a.getElementType() == b.getElementType()
                  : left == right;
  });
}

} // namespace kiln::nn
