// The compiler from an imported module to an artefact: the stages graph, schedule, lowering and
// codegen.
#ifndef KILN_COMPILER_PIPELINE_H
#define KILN_COMPILER_PIPELINE_H

#include "compiler/Options.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/ADT/StringRef.h"

namespace kiln {

/// Adds the dialects that the stages use, with the interfaces that the translation to LLVM needs.
void registerDialects(mlir::DialectRegistry &registry);

/// `auto`, `off`, `f2`, `f4` or `f6`, as on the command line.
const char *winogradName(Winograd winograd);

/// The passes of one stage, in order.
void addGraphStage(mlir::OpPassManager &passes, const Options &options);
/// The first half of the schedule stage: tensors get their layouts.
void addLayoutPasses(mlir::OpPassManager &passes, const Options &options);
void addScheduleStage(mlir::OpPassManager &passes, const Options &options);
void addLoweringStage(mlir::OpPassManager &passes, const Options &options);

/// Registers every pass, and each stage as `--stage-graph`, `--stage-schedule`, `--stage-lowering`.
void registerPassesAndStages();

/// Runs the stages after `from` up to and including `to` (Codegen is not a pass stage: see
/// emitArtifact). Diagnostics say what is wrong.
mlir::LogicalResult runStages(mlir::ModuleOp module, const Options &options, Stage from, Stage to);

/// Makes the tensors of these names results of the entry function as well, after import and before
/// any pass, in the order of dimensions of the model's format. An unknown name is an error that
/// lists close ones.
mlir::LogicalResult addOutputs(mlir::ModuleOp module, llvm::ArrayRef<std::string> tensorNames);

/// Makes named tensors the only results, in this order, and removes what they do not need. No
/// names: nothing changes.
mlir::LogicalResult replaceOutputs(mlir::ModuleOp module, llvm::ArrayRef<std::string> tensorNames);

/// Where an artefact goes, and what may lie beside it: the header of objects and libraries, weights
/// in a sidecar.
struct OutputPaths {
  std::string artifact, header, sidecar;
};
OutputPaths outputPaths(const Options &options, llvm::StringRef output);

/// Writes what `options.emit` asks for to the file `output`, from a module that has passed the
/// lowering stage; a header and weights that belong to it go beside it. Files are written whole or
/// not at all.
mlir::LogicalResult emitArtifact(mlir::ModuleOp module, const Options &options,
                                 llvm::StringRef output);

} // namespace kiln

#endif // KILN_COMPILER_PIPELINE_H
