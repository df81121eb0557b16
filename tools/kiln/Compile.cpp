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
  mlir::OwningOpRef<mlir::ModuleOp> module =
      importModel(session, *request, status, [&](mlir::ModuleOp read) {
        return replaceOutputs(read, line.values(OPT_output));
      });
  return module ? compileModule(session, *request, *module, Stage::Import, output) : status;
}

} // namespace kiln::tool
