// How the nn ops report a broken rule: one message that ends with the rule's label, whether the op
// is being verified, its type inferred, or built from a model that nobody has checked yet.
//
//   'nn.conv' op input channels (5) must equal filter channels (3) * groups (1) [C3]
#ifndef KILN_DIALECTS_NN_NNRULES_H
#define KILN_DIALECTS_NN_NNRULES_H

#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/Operation.h"
#include "llvm/ADT/STLExtras.h"

#include <optional>
#include <string>

namespace kiln::nn {

/// The largest tensor that an op may have: 2^40 bytes.
constexpr int64_t kMaxTensorBytes = int64_t(1) << 40;

/// The largest block of channels, in layouts and packed filters.
constexpr int64_t kMaxBlock = 1024;

/// Shape as a reader of models writes it, for example `1x3x224x224`; `scalar` for rank 0.
std::string shapeText(llvm::ArrayRef<int64_t> shape);

/// The number of elements of a shape, or nothing where that or a size does not fit 63 bits.
std::optional<int64_t> checkedNumElements(llvm::ArrayRef<int64_t> shape);

/// The bytes of one element in memory: i1 takes a whole one. 0 for types that the dialect does not
/// have.
int64_t elementBytes(mlir::Type elementType);

/// Where to report the rules that an op breaks. Without a place, checks fail silently.
class RuleReporter {
public:
  explicit RuleReporter(mlir::Operation *op) : op(op), name(op->getName().getStringRef()) {}
  RuleReporter(std::optional<mlir::Location> loc, llvm::StringRef name) : loc(loc), name(name) {}

  /// Emits an error made of `parts` and the rule's label; always fails.
  template <typename... Parts>
  llvm::LogicalResult broken(llvm::StringRef rule, Parts &&...parts) const {
    if (!op && !loc)
      return mlir::failure();
    mlir::InFlightDiagnostic error = start();
    (void)(error << ... << std::forward<Parts>(parts));
    return error << " [" << rule << "]";
  }

  /// Emits a message that ends with its label already; always fails.
  llvm::LogicalResult brokenRule(llvm::StringRef message) const;

  /// The tensor type of that shape, or an error where a size is negative or it is larger than
  /// kMaxTensorBytes [Z1].
  mlir::FailureOr<mlir::RankedTensorType> tensorType(llvm::ArrayRef<int64_t> shape,
                                                     mlir::Type elementType) const;

  /// Checks before inference what it relies on: every operand is a statically shaped tensor.
  llvm::LogicalResult checkOperands(mlir::ValueRange operands) const;

private:
  mlir::InFlightDiagnostic start() const;

  mlir::Operation *op = nullptr;
  std::optional<mlir::Location> loc;
  llvm::StringRef name;
};

/// Fails with a message where the result differs from the inferred type by more than its layout
/// [Z2].
llvm::LogicalResult verifyInferredResult(mlir::Operation *op, mlir::RankedTensorType inferred);

/// Verifies an op by inferring its type: the op's inferResult checks every rule that the op has.
template <typename ConcreteType>
class RulesByInference : public mlir::OpTrait::TraitBase<ConcreteType, RulesByInference> {
public:
  static llvm::LogicalResult verifyTrait(mlir::Operation *op) {
    typename ConcreteType::Adaptor adaptor{llvm::cast<ConcreteType>(op)};
    auto inferred = ConcreteType::inferResult(adaptor, RuleReporter(op));
    return mlir::failed(inferred) ? mlir::failure() : verifyInferredResult(op, *inferred);
  }
};

} // namespace kiln::nn

#endif // KILN_DIALECTS_NN_NNRULES_H
