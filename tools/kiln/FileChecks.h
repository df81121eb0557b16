// What is wrong with the files that a command line names is found before any work is done: a
// network may take minutes to compile. A command never writes over what it reads.
#ifndef KILN_TOOLS_KILN_FILECHECKS_H
#define KILN_TOOLS_KILN_FILECHECKS_H

#include "tools/kiln/CommandLine.h"

namespace kiln::tool {

/// A usage error where `file`, which `option` (for the message, e.g. "-o net") would write, is one
/// of the files that are read, under this or another path.
ExitStatus refuseOverwriting(const CommandLine &line, const llvm::Twine &option,
                             llvm::StringRef file);

/// Fault, with a message, where the folder of an output is missing or closed.
ExitStatus checkFolder(llvm::StringRef file);

/// Whether the files of --input and --expect are there, and those of --output, --tap, --draw and
/// --remarks can be written and overwrite nothing that is read. Prints what is wrong.
ExitStatus checkFiles(const CommandLine &line);

} // namespace kiln::tool

#endif // KILN_TOOLS_KILN_FILECHECKS_H
