// A compiled program (--emit=exe) run as a process of its own, with the options of `kiln run` and
// `kiln bench`.
#ifndef KILN_TOOLS_KILN_PROGRAMRUNNER_H
#define KILN_TOOLS_KILN_PROGRAMRUNNER_H

#include "tools/kiln/CommandLine.h"

namespace kiln::tool {

/// Whether a file is a program that Kiln made.
bool isProgram(llvm::StringRef path);

/// Runs line.operand() on the inputs; its answer and messages become ours.
ExitStatus runProgram(const CommandLine &line);

/// The minimum and median time in milliseconds of `repeat` inferences of the program on random
/// inputs.
ExitStatus timeProgram(const CommandLine &line, int repeat, double &minimum, double &median);

} // namespace kiln::tool

#endif // KILN_TOOLS_KILN_PROGRAMRUNNER_H
