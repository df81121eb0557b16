// Messages of the tool that come from no compiler stage, on standard error.
#ifndef KILN_TOOLS_KILN_MESSAGES_H
#define KILN_TOOLS_KILN_MESSAGES_H

#include "tools/kiln/CommandLine.h"

#include "llvm/Support/Error.h"
#include "llvm/Support/raw_ostream.h"

namespace kiln::tool {

/// Prints "error: message" and gives the exit status for a model or data at fault.
inline ExitStatus fault(const llvm::Twine &message) {
  llvm::errs() << "error: " << message << "\n";
  return Fault;
}

/// Done, or the fault that `error` tells of.
inline ExitStatus statusOf(llvm::Error error) {
  return error ? fault(llvm::toString(std::move(error))) : Done;
}

inline void warn(const llvm::Twine &message) { llvm::errs() << "warning: " << message << "\n"; }

} // namespace kiln::tool

#endif // KILN_TOOLS_KILN_MESSAGES_H
