// From a model to a network loaded in this process: what run, bench and check do with a MODEL.
#ifndef KILN_TOOLS_KILN_COMPILEDMODEL_H
#define KILN_TOOLS_KILN_COMPILEDMODEL_H

#include "tools/kiln/ImportModel.h"
#include "tools/kiln/LoadedNetwork.h"
#include "tools/kiln/TemporaryFile.h"

namespace kiln::tool {

/// A usage error where the command line has an option that only a compilation takes, for an operand
/// that is an artefact.
ExitStatus refuseModelOptions(const CommandLine &line);

/// Runs the stages after `from` up to code generation and writes what request.options.emit asks
/// for.
ExitStatus compileModule(Session &session, Request &request, mlir::ModuleOp module, Stage from,
                         llvm::StringRef output);

/// Compiles to a shared library that is gone at the end, and loads it.
std::unique_ptr<LoadedNetwork> compileAndLoad(Session &session, Request &request,
                                              mlir::ModuleOp module, Stage from,
                                              ExitStatus &status);

/// The network of an operand that is a MODEL or a shared library; `taps` are tensors to make
/// outputs as well.
std::unique_ptr<LoadedNetwork> loadOperand(const CommandLine &line,
                                           llvm::ArrayRef<std::string> taps, ExitStatus &status);

} // namespace kiln::tool

#endif // KILN_TOOLS_KILN_COMPILEDMODEL_H
