// kiln compile: a model becomes a program, a library, an object, or one of the forms on the way
// there.
#include "tools/kiln/Commands.h"
#include "tools/kiln/CompiledModel.h"

#include "compiler/Pipeline.h"

namespace kiln::tool {

ExitStatus compileCommand(const CommandLine &line) {
  ExitStatus status;
  std::string output;
  std::optional<Request> request = readRequest(line, status);
  if (!request || !readCompileOptions(line, *request, output, status))
    return status;
  Session session(*request, status);
  if (status != Done)
    return status;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  status = session.step("import", [&] {
    module = importModel(session, *request);
    return mlir::success(module &&
                         mlir::succeeded(replaceOutputs(*module, line.values(OPT_output))));
  });
  return status == Done ? compileModule(session, *request, *module, Stage::Import, output) : status;
}

} // namespace kiln::tool
