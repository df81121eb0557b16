// Which tensors share a buffer: results are computed in the caller's output, parts of a
// concatenation or an interleaving in the whole, and reshapes cost nothing.
#ifndef KILN_COMPILER_SCHEDULE_NNTOKERNEL_BUFFERASSIGNER_H
#define KILN_COMPILER_SCHEDULE_NNTOKERNEL_BUFFERASSIGNER_H

#include "compiler/schedule/NnToKernel/KernelBuilder.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace kiln {

class BufferAssigner {
public:
  /// Looks through the function once, backwards, for tensors that have a home given by their users.
  BufferAssigner(mlir::func::FuncOp func, KernelBuilder &kernels);

  void setOutputs(llvm::ArrayRef<mlir::Value> buffers) {
    outputs.assign(buffers.begin(), buffers.end());
  }
  void setWeights(mlir::Value buffer) { weights = buffer; }
  mlir::Value output(size_t index) const { return outputs[index]; }

  /// Gives a tensor that an op is about to compute its buffer.
  void place(mlir::Value tensor);

  /// Places the result of an op that needs no code: a weight, or another view of its operand's
  /// buffer. False for others.
  bool placeWithoutCode(mlir::Operation *op);

private:
  /// Either a place in the buffer of another tensor, or an output of the function.
  struct Home {
    mlir::Value whole; ///< null: an output
    int64_t offset = 0;
    size_t output = 0;
  };

  void giveHome(mlir::Value tensor, Home home);
  void giveHomes(mlir::Operation *op);
  void giveHomesToParts(nn::ConcatOp concat);
  void giveHomesToResidues(nn::InterleaveOp weave);
  void placeInWhole(mlir::Value part, nn::InterleaveOp weave, int64_t index);

  KernelBuilder &kernels;
  llvm::SmallVector<mlir::Value> outputs;
  mlir::Value weights;
  llvm::DenseMap<mlir::Value, Home> homes;
  llvm::DenseMap<mlir::Value, std::pair<nn::InterleaveOp, int64_t>> residues;
};

} // namespace kiln

#endif // KILN_COMPILER_SCHEDULE_NNTOKERNEL_BUFFERASSIGNER_H
