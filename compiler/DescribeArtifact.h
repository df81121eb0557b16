// What the header, the manifest and the descriptor of an artefact say, read off a module that has
// passed the lowering stage.
#ifndef KILN_COMPILER_DESCRIBEARTIFACT_H
#define KILN_COMPILER_DESCRIBEARTIFACT_H

#include "compiler/Options.h"
#include "compiler/codegen/Artifact.h"
#include "compiler/codegen/Target.h"

#include "mlir/IR/BuiltinOps.h"

namespace kiln {

/// Fails with a diagnostic where the module has not been lowered. Digests of weights are filled in
/// by the caller.
mlir::FailureOr<ArtifactDescription> describeArtifact(mlir::ModuleOp module, const Options &options,
                                                      const TargetSpec &target);

/// One launch of a kernel by the network, as outline-kernels describes it.
struct LaunchInfo {
  std::vector<std::string> layers; ///< tensors of the model that it computes
  std::string kind;                ///< "conv3x3", "gemv", "elementwise"
  std::string kernel;              ///< the function that runs
  int64_t tasks = 1;
  int64_t multiplyAdds = 0; ///< of the algorithm that was chosen
  int64_t weightBytes = 0, mapBytes = 0;
};

/// The launches in the order of execution, of a module that has passed the lowering stage.
std::vector<LaunchInfo> describeLaunches(mlir::ModuleOp module);

} // namespace kiln

#endif // KILN_COMPILER_DESCRIBEARTIFACT_H
