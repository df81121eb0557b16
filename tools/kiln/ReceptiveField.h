// Which part of the input an element of a tensor depends on, dimension by dimension.
#ifndef KILN_TOOLS_KILN_RECEPTIVEFIELD_H
#define KILN_TOOLS_KILN_RECEPTIVEFIELD_H

#include "mlir/IR/Operation.h"
#include "llvm/ADT/DenseMap.h"

#include <vector>

namespace kiln::tool {

/// One spatial dimension: output position p depends on the input positions from `offset + p *
/// stride` on, `size` of them. With pads the offset is negative.
struct FieldExtent {
  double size = 1, stride = 1, offset = 0;
};

/// A field in each spatial dimension; empty where it is the whole input, or no regular one.
using ReceptiveField = std::vector<FieldExtent>;

/// The fields of the tensors of one function, computed in program order (the recurrence of Araujo,
/// Norris and Sim 2019).
class ReceptiveFields {
public:
  /// An input of the network depends on itself.
  void setInput(mlir::Value input);
  /// Computes the field of each result of an op whose operands are known.
  void add(mlir::Operation *op);
  ReceptiveField of(mlir::Value value) const { return fields.lookup(value); }

private:
  llvm::DenseMap<mlir::Value, ReceptiveField> fields;
};

} // namespace kiln::tool

#endif // KILN_TOOLS_KILN_RECEPTIVEFIELD_H
