// The .keras archive of Keras 3: a zip of config.json and model.weights.h5.
#ifndef KILN_FRONTENDS_KERAS_KERASARCHIVE_H
#define KILN_FRONTENDS_KERAS_KERASARCHIVE_H

#include "frontends/support/ModelFile.h"

namespace kiln::keras_frontend {

using frontend::EmitError;
using frontend::MappedBytes;

/// Reads an entry of an archive in memory: where it lies when it is stored, else unpacked. Errors:
/// no zip, no such entry, damaged, or unpacking to more than a model could.
mlir::FailureOr<MappedBytes> readArchiveEntry(const MappedBytes &archive, llvm::StringRef name,
                                              EmitError emitError);

} // namespace kiln::keras_frontend

#endif // KILN_FRONTENDS_KERAS_KERASARCHIVE_H
