// From a model file of any format that is read to a verified module of the nn dialect.
#ifndef KILN_TOOLS_KILN_IMPORTMODEL_H
#define KILN_TOOLS_KILN_IMPORTMODEL_H

#include "tools/kiln/Session.h"

#include "mlir/IR/OwningOpRef.h"

namespace kiln::tool {

/// Reads request.model, and notes its name and digest in request.options. Null after a message.
mlir::OwningOpRef<mlir::ModuleOp> importModel(Session &session, Request &request);

} // namespace kiln::tool

#endif // KILN_TOOLS_KILN_IMPORTMODEL_H
