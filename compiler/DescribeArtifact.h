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

} // namespace kiln

#endif // KILN_COMPILER_DESCRIBEARTIFACT_H
