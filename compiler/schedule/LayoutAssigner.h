// The walk over a function that decides which tensors are stored in channel blocks, and the borders
// around them.
#ifndef KILN_COMPILER_SCHEDULE_LAYOUTASSIGNER_H
#define KILN_COMPILER_SCHEDULE_LAYOUTASSIGNER_H

#include "compiler/schedule/Layout.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/DenseMap.h"

namespace kiln {

class LayoutAssigner {
public:
  explicit LayoutAssigner(mlir::func::FuncOp func) : func(func), builder(func.getContext()) {}

  /// Assigns layouts op by op in program order, then the borders.
  void run();

private:
  void assign(mlir::Operation *op);
  void assignConv(nn::ConvOp conv);
  void assignDense(nn::ConvOp conv);
  void assignGemm(nn::GemmOp gemm);
  void assignMapOp(mlir::Operation *op);
  void assignSelect(nn::SelectOp select);
  bool assignChoice(nn::CompareOp compare, nn::SelectOp select);
  bool assignPointwise(mlir::Operation *op);
  bool assignConcat(nn::ConcatOp concat);
  void assignInterleave(nn::InterleaveOp weave);
  void assignPlain(mlir::Operation *op);

  /// `value` in channel blocks (block 16), planar (block 1) or plain (null), converted once and
  /// shared.
  mlir::Value convert(mlir::Value value, nn::BlockedAttr layout);
  mlir::Value blocked(mlir::Value value) { return convert(value, layout(channelBlock)); }
  mlir::Value plain(mlir::Value value) { return convert(value, nullptr); }
  nn::BlockedAttr layout(int64_t block) {
    return nn::BlockedAttr::get(func.getContext(), block, {});
  }
  mlir::Value pack(mlir::Location loc, mlir::Value filter, nn::FilterForm form, int64_t groups);
  /// A vector of one value a filter, padded to whole blocks.
  mlir::Value padVector(mlir::Value vector);
  /// An operand of a pointwise op of this result type in a form that fits channel blocks; null
  /// where there is none.
  mlir::Value pointwiseOperand(mlir::Value operand, mlir::RankedTensorType result);

  void assignBorders();
  template <typename ConvOp> void requireBorder(ConvOp conv, llvm::ArrayRef<int64_t> kernel);

  mlir::func::FuncOp func;
  mlir::OpBuilder builder;
  llvm::DenseMap<std::pair<mlir::Value, mlir::Attribute>, mlir::Value> converted;
  llvm::DenseMap<mlir::Value, llvm::SmallVector<int64_t>> borders;
};

} // namespace kiln

#endif // KILN_COMPILER_SCHEDULE_LAYOUTASSIGNER_H
