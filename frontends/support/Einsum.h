// Sums of products over named dimensions, as ONNX, NumPy and Keras write them.
#ifndef KILN_FRONTENDS_SUPPORT_EINSUM_H
#define KILN_FRONTENDS_SUPPORT_EINSUM_H

#include "frontends/support/NnBuilder.h"

namespace kiln::frontend {

/// The result of an equation such as "bhid,bhjd->bhij" without spaces; "..." stands for dimensions
/// without letters. There is at least one operand. An error names what does not fit.
FailureOr<Value> buildEinsum(NnBuilder &builder, llvm::StringRef equation,
                             llvm::ArrayRef<Value> operands);

} // namespace kiln::frontend

#endif // KILN_FRONTENDS_SUPPORT_EINSUM_H
