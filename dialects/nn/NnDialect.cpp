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

Operation *NnDialect::materializeConstant(OpBuilder &builder, Attribute value, Type type, Location loc) {
  auto elements = dyn_cast<ElementsAttr>(value);
  if (!elements || elements.getType() != type)
    return nullptr;
  return ConstantOp::create(builder, loc, type, elements);
}

LogicalResult BlockedAttr::verify(llvm::function_ref<InFlightDiagnostic()> emitError, int64_t block,
                                  llvm::ArrayRef<int64_t> border) {
  if (block < 1)
    return emitError() << "block must be positive, got " << block;
  if (border.size() % 2 != 0)
    return emitError() << "border must have begins and ends for each spatial dimension";
  if (llvm::any_of(border, [](int64_t width) { return width < 0; }))
    return emitError() << "border must not be negative";
  return success();
}

bool equalIgnoringEncoding(TypeRange lhs, TypeRange rhs) {
  return llvm::equal(lhs, rhs, [](Type left, Type right) {
    auto a = dyn_cast<RankedTensorType>(left), b = dyn_cast<RankedTensorType>(right);
    return a && b ? a.getShape() == b.getShape() && a.getElementType() == b.getElementType() : left == right;
  });
}

} // namespace kiln::nn
