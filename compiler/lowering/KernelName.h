// The name of a kernel function, from what it computes:
//
//   NETWORK_TYPE_KERNEL_SHAPE[_BLOCKING]     net_f32_conv3x3_64x64_56x56_r28
#ifndef KILN_COMPILER_LOWERING_KERNELNAME_H
#define KILN_COMPILER_LOWERING_KERNELNAME_H

#include "mlir/IR/Operation.h"

#include <string>

namespace kiln {

/// `3x3`, the taps of a filter in height and width; `3x3x3` with several in depth.
std::string tapsText(llvm::ArrayRef<int64_t> taps);

/// The name for a kernel op or a linalg op in a network whose symbols begin with `prefix`; not
/// unique.
std::string kernelName(llvm::StringRef prefix, mlir::Operation *op);

} // namespace kiln

#endif // KILN_COMPILER_LOWERING_KERNELNAME_H
