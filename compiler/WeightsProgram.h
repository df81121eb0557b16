// Runs the weights program: the prepare functions of a lowered module, compiled for this machine,
// one tensor of the weights section after another. No more than one prepared tensor is in memory.
#ifndef KILN_COMPILER_WEIGHTSPROGRAM_H
#define KILN_COMPILER_WEIGHTSPROGRAM_H

#include "compiler/codegen/WeightsFile.h"

#include "mlir/IR/BuiltinOps.h"

#include <vector>

namespace kiln {

/// The weights of a module that has passed the lowering stage, written to a temporary file that can
/// become `path`. The digest of each tensor is put into `digests`, in the order of the
/// kernel.weight ops. Errors are diagnostics.
mlir::FailureOr<WeightsFile> writeWeights(mlir::ModuleOp module, llvm::StringRef path,
                                          std::vector<uint64_t> &digests);

} // namespace kiln

#endif // KILN_COMPILER_WEIGHTSPROGRAM_H
