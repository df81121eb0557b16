// The arithmetic on shapes that the families of ops share, with every overflow checked: models are
// not trusted.
#ifndef KILN_DIALECTS_NN_NNSHAPEINFERENCE_H
#define KILN_DIALECTS_NN_NNSHAPEINFERENCE_H

#include "dialects/nn/NnRules.h"

namespace kiln::nn {

/// The type of an operand that RuleReporter::checkOperands has accepted.
inline mlir::RankedTensorType tensorOf(mlir::Value value) {
  return llvm::cast<mlir::RankedTensorType>(value.getType());
}

/// The labels under which an op with sliding windows reports the rules of windowedShape.
struct WindowRules {
  llvm::StringRef lengths; ///< wrong number of entries, or an entry out of range
  llvm::StringRef fit;     ///< a dilated kernel larger than its padded input
};

/// Sliding windows over the spatial dimensions, as nn.conv and the pools describe them.
struct Windows {
  llvm::ArrayRef<int64_t> kernel, strides, pads, dilations;
  bool ceilMode = false;
};

/// The sizes of the spatial dimensions after the windows have slid over `input` (spatial sizes
/// only). With ceilMode the size is rounded up, and a last window that would start in the end
/// padding is dropped (ONNX MaxPool).
mlir::FailureOr<llvm::SmallVector<int64_t>> windowedShape(llvm::ArrayRef<int64_t> input,
                                                          const Windows &windows,
                                                          const WindowRules &labels,
                                                          const RuleReporter &rules);

/// The size of a dilated kernel, or nothing where it overflows.
std::optional<int64_t> dilatedSize(int64_t kernel, int64_t dilation);

/// The common shape of two shapes under multidirectional broadcasting, or nothing where sizes
/// disagree.
std::optional<llvm::SmallVector<int64_t>> broadcastShapes(llvm::ArrayRef<int64_t> lhs,
                                                          llvm::ArrayRef<int64_t> rhs);

/// True where `from` broadcasts to exactly `to`.
bool broadcastsTo(llvm::ArrayRef<int64_t> from, llvm::ArrayRef<int64_t> to);

} // namespace kiln::nn

#endif // KILN_DIALECTS_NN_NNSHAPEINFERENCE_H
