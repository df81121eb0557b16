// The subcommands of `kiln`; one file each.
#ifndef KILN_TOOLS_KILN_COMMANDS_H
#define KILN_TOOLS_KILN_COMMANDS_H

#include "tools/kiln/CommandLine.h"

namespace kiln::tool {

ExitStatus compileCommand(const CommandLine &line);
ExitStatus runCommand(const CommandLine &line);
ExitStatus checkCommand(const CommandLine &line);
ExitStatus benchCommand(const CommandLine &line);
/// bench with --per-layer.
ExitStatus benchLayers(const CommandLine &line);
ExitStatus summaryCommand(const CommandLine &line);
ExitStatus inspectCommand(const CommandLine &line);
ExitStatus viewCommand(const CommandLine &line);

} // namespace kiln::tool

#endif // KILN_TOOLS_KILN_COMMANDS_H
