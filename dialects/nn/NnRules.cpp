// Reporting of broken rules and the checks that all nn ops share: sizes that overflow, results too
// large to exist.
#include "dialects/nn/NnRules.h"

#include "dialects/nn/NnDialect.h"

#include "llvm/Support/CheckedArithmetic.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;

namespace kiln::nn {

std::string shapeText(ArrayRef<int64_t> shape) {
  if (shape.empty())
    return "scalar";
  std::string text;
  llvm::raw_string_ostream stream(text);
  llvm::interleave(shape, stream, "x");
  return text;
}

std::optional<int64_t> checkedNumElements(ArrayRef<int64_t> shape) {
  if (llvm::any_of(shape, [](int64_t size) { return size < 0; }))
    return std::nullopt;
  if (llvm::is_contained(shape, 0))
    return 0;
  std::optional<int64_t> count = 1;
  for (int64_t size : shape)
    if (count)
      count = llvm::checkedMul(*count, size);
  return count;
}

int64_t elementBytes(Type elementType) {
  return elementType.isIntOrFloat() ? (elementType.getIntOrFloatBitWidth() + 7) / 8 : 0;
}

InFlightDiagnostic RuleReporter::start() const {
  if (op)
    return op->emitOpError();
  InFlightDiagnostic error = emitError(*loc);
  error << "'" << name << "' op ";
  return error;
}

LogicalResult RuleReporter::brokenRule(StringRef message) const {
  if (op || loc)
    start() << message;
  return failure();
}

FailureOr<RankedTensorType> RuleReporter::tensorType(ArrayRef<int64_t> shape,
                                                     Type elementType) const {
  std::optional<int64_t> elements = checkedNumElements(shape);
  int64_t bytes = std::max<int64_t>(elementBytes(elementType), 1);
  if (!elements || *elements > kMaxTensorBytes / bytes)
    return broken("Z1", "a tensor of size ", shapeText(shape), " and type ", elementType,
                  " is larger than 2^40 bytes or has no valid size");
  return RankedTensorType::get(shape, elementType);
}

LogicalResult RuleReporter::checkOperands(ValueRange operands) const {
  for (auto [index, operand] : llvm::enumerate(operands)) {
    auto type = dyn_cast<RankedTensorType>(operand.getType());
    if (!type || !type.hasStaticShape())
      return broken("Z3", "operand ", index, " must be a statically shaped tensor, but has type ",
                    operand.getType());
  }
  return success();
}

LogicalResult verifyInferredResult(Operation *op, RankedTensorType inferred) {
  Type actual = op->getResult(0).getType();
  if (equalIgnoringEncoding(TypeRange{inferred}, TypeRange{actual}))
    return success();
  return RuleReporter(op).broken("Z2", "result must have type ", inferred, ", but has ", actual);
}

} // namespace kiln::nn
