// JSON from a model file: parsed within bounds, and in the dialect that Python writes (NaN,
// Infinity).
#ifndef KILN_FRONTENDS_KERAS_KERASJSON_H
#define KILN_FRONTENDS_KERAS_KERASJSON_H

#include "frontends/support/ModelFile.h"

#include "llvm/Support/JSON.h"

namespace kiln::keras_frontend {

using frontend::EmitError;

/// Parses an object. Errors: no JSON, nested too deeply, larger than any architecture.
mlir::FailureOr<llvm::json::Object> parseJson(llvm::StringRef text, EmitError emitError);

/// A value as it is shown in a message, cut when long.
std::string shown(const llvm::json::Value &value);

} // namespace kiln::keras_frontend

#endif // KILN_FRONTENDS_KERAS_KERASJSON_H
