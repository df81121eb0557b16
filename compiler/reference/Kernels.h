// The families of ops that the evaluator computes itself; moves and elementwise ops are defined in
// dialects/nn. Each function fills a result that has the right type and holds zeros.
#ifndef KILN_COMPILER_REFERENCE_KERNELS_H
#define KILN_COMPILER_REFERENCE_KERNELS_H

#include "compiler/reference/Tensor.h"
#include "dialects/nn/NnDialect.h"

namespace kiln::reference {

using Operands = llvm::ArrayRef<Tensor>;

void evaluateConv(nn::ConvOp op, Operands operands, Tensor &result);

void evaluateConvTranspose(nn::ConvTransposeOp op, Operands operands, Tensor &result);
void evaluateLocalConv(nn::LocalConvOp op, Operands operands, Tensor &result);

void evaluateGemm(nn::GemmOp op, Operands operands, Tensor &result);
void evaluateMatmul(nn::MatmulOp op, Operands operands, Tensor &result);

void evaluateBatchNorm(nn::BatchNormOp op, Operands operands, Tensor &result);
void evaluateInstanceNorm(nn::InstanceNormOp op, Operands operands, Tensor &result);
void evaluateLrn(nn::LrnOp op, Operands operands, Tensor &result);
/// nn.softmax, or nn.log_softmax.
void evaluateSoftmax(const Tensor &input, int64_t axis, bool logarithm, Tensor &result);

void evaluateResize(nn::ResizeOp op, Operands operands, Tensor &result);

void evaluateMaxPool(nn::MaxPoolOp op, Operands operands, Tensor &result);
void evaluateAveragePool(nn::AveragePoolOp op, Operands operands, Tensor &result);

/// Two results: the selected rows and their number.
void evaluateNonMaxSuppression(nn::NonMaxSuppressionOp op, Operands operands,
                               llvm::MutableArrayRef<Tensor> results);

/// Two results: the elements and their positions.
void evaluateTopK(nn::TopKOp op, Operands operands, llvm::MutableArrayRef<Tensor> results);
void evaluateRoiAlign(nn::RoiAlignOp op, Operands operands, Tensor &result);

/// The reductions and the global pools: over these axes, into a result with or without them.
enum class Reduction { Mean, Sum, Max, Min };
void evaluateReduce(Reduction reduction, llvm::ArrayRef<int64_t> axes, const Tensor &input,
                    Tensor &result);

} // namespace kiln::reference

#endif // KILN_COMPILER_REFERENCE_KERNELS_H
