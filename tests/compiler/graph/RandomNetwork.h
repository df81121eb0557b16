// Random networks that hold what the graph passes look for: convolutions with all kinds of
// neighbours, pads, dense layers, transposes, spelled-out activations. The same seed gives the same
// network.
#ifndef KILN_TESTS_COMPILER_GRAPH_RANDOMNETWORK_H
#define KILN_TESTS_COMPILER_GRAPH_RANDOMNETWORK_H

#include "compiler/reference/Evaluate.h"
#include "dialects/nn/NnDialect.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

#include <random>

namespace kiln::test {

/// Builds the ops of a function; every weight is a constant of random numbers.
class NetworkBuilder {
public:
  /// `elementType`: of input and weights, f32 where it is null.
  NetworkBuilder(mlir::MLIRContext &context, uint32_t seed, llvm::ArrayRef<int64_t> inputShape,
                 mlir::Type elementType = nullptr);

  mlir::Value input() { return function.getArgument(0); }
  mlir::Value constant(llvm::ArrayRef<int64_t> shape, double low, double high);
  mlir::Value fill(llvm::ArrayRef<int64_t> shape, double number);

  struct ConvShape {
    int64_t filters = 1, kernel = 1, stride = 1, padBegin = 0, padEnd = 0, dilation = 1, groups = 1;
    bool bias = false;
  };
  mlir::Value conv(mlir::Value map, const ConvShape &shape);
  mlir::Value batchNorm(mlir::Value map);
  mlir::Value maxPool(mlir::Value map, int64_t kernel, int64_t stride, int64_t pad);
  mlir::Value dense(mlir::Value rows, int64_t columns);
  mlir::Value reshape(mlir::Value value, llvm::ArrayRef<int64_t> shape);

  /// A random number of the range, both ends included.
  int64_t pick(int64_t low, int64_t high) {
    return std::uniform_int_distribution<int64_t>(low, high)(random);
  }
  bool flip() { return pick(0, 1); }

  /// Ends the function with these results.
  mlir::OwningOpRef<mlir::ModuleOp> finish(llvm::ArrayRef<mlir::Value> results);

  mlir::OpBuilder builder;
  mlir::Location loc;

private:
  mlir::OwningOpRef<mlir::ModuleOp> module;
  mlir::func::FuncOp function;
  mlir::Type elementType;
  std::mt19937 random;
};

inline mlir::RankedTensorType typeOf(mlir::Value value) {
  return mlir::cast<mlir::RankedTensorType>(value.getType());
}

/// A network with one input and results of several shapes.
mlir::OwningOpRef<mlir::ModuleOp> makeRandomNetwork(mlir::MLIRContext &context, uint32_t seed);

/// Random elements between -1 and 1 for a tensor of a float type.
reference::Tensor randomTensor(mlir::MLIRContext &context, mlir::RankedTensorType type,
                               uint32_t seed);

/// The results of the only function.
std::vector<reference::Tensor> evaluate(mlir::ModuleOp module,
                                        llvm::ArrayRef<reference::Tensor> inputs);

} // namespace kiln::test

#endif // KILN_TESTS_COMPILER_GRAPH_RANDOMNETWORK_H
