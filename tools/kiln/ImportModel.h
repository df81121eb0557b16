// From a model file of any format that is read to a verified module of the nn dialect.
#ifndef KILN_TOOLS_KILN_IMPORTMODEL_H
#define KILN_TOOLS_KILN_IMPORTMODEL_H

#include "tools/kiln/Session.h"

#include "mlir/IR/OwningOpRef.h"

namespace kiln::tool {

/// The step "import": reads request.model, notes its name and digest in request.options, and lets
/// `adapt` change what was read. Null, with a message and `status`, where either is not possible.
mlir::OwningOpRef<mlir::ModuleOp> importModel(
    Session &session, Request &request, ExitStatus &status,
    llvm::function_ref<mlir::LogicalResult(mlir::ModuleOp)> adapt = [](mlir::ModuleOp) {
      return mlir::success();
    });

} // namespace kiln::tool

#endif // KILN_TOOLS_KILN_IMPORTMODEL_H
