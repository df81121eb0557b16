// A command never writes over the model that it reads, nor over what belongs to the model.
#ifndef KILN_TOOLS_KILN_OVERWRITE_H
#define KILN_TOOLS_KILN_OVERWRITE_H

#include "tools/kiln/CommandLine.h"

namespace kiln::tool {

/// A usage error where `file`, which `option` (for the message, e.g. "-o net") would write, is the
/// operand itself or one of its weights, labels and input values, under this or another path.
ExitStatus refuseOverwriting(const CommandLine &line, const llvm::Twine &option,
                             llvm::StringRef file);

/// The same for every file that --output, --tap, --draw and --remarks name.
ExitStatus refuseOverwriting(const CommandLine &line);

} // namespace kiln::tool

#endif // KILN_TOOLS_KILN_OVERWRITE_H
