// What is not the user's fault: a crash, or a pass that fails without saying why, ends with exit
// status 3 and a script that shows it again.
#ifndef KILN_TOOLS_KILN_DEFECT_H
#define KILN_TOOLS_KILN_DEFECT_H

#include "tools/kiln/CommandLine.h"

namespace kiln::tool {

/// Turns fatal signals and LLVM's fatal errors into a report. The arguments are kept for the
/// script.
void watchForDefects(int argc, char **argv);

/// From here on a fatal signal is put down to damage of this file, whose code runs in this process.
void blameFile(llvm::StringRef path);

/// Names what is being done, for the report: a string that lives as long as the program.
void setCurrentStep(const char *step);

/// Writes the script, prints where it is, and gives the exit status of a defect.
ExitStatus reportDefect(llvm::StringRef what);

} // namespace kiln::tool

#endif // KILN_TOOLS_KILN_DEFECT_H
