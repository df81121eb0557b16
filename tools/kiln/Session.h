// One compilation as the tool sees it: the MLIR context with its messages on standard error,
// remarks, and the steps with their progress and times.
#ifndef KILN_TOOLS_KILN_SESSION_H
#define KILN_TOOLS_KILN_SESSION_H

#include "tools/kiln/Request.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/MLIRContext.h"
#include "llvm/ADT/STLFunctionalExtras.h"

#include <memory>

namespace kiln::tool {

class Session {
public:
  /// `status` is not Done when the file for the remarks cannot be written.
  Session(const Request &request, ExitStatus &status);
  ~Session();

  mlir::MLIRContext &context() { return theContext; }

  /// Runs one step under a name that lives as long as the program. A step that fails without having
  /// printed an error is a defect of Kiln. Shown on a terminal while it runs; timed.
  ExitStatus step(const char *name, llvm::function_ref<mlir::LogicalResult()> work);

  /// Prints "error: message" and returns failure, for mistakes that no diagnostic engine sees.
  mlir::LogicalResult error(const llvm::Twine &message);

  /// Shows what long work is at, on a terminal, until the next message.
  void showProgress(llvm::StringRef text);

private:
  void printDiagnostic(mlir::Diagnostic &diagnostic);
  mlir::LogicalResult openRemarks();
  /// Reports that remarks could not be written down.
  mlir::LogicalResult checkRemarks();

  const Request &request;
  std::unique_ptr<llvm::raw_fd_ostream> remarks; ///< null: none, or on standard error
  mlir::MLIRContext theContext;
  mlir::DiagnosticEngine::HandlerID handler;
  bool onTerminal;
  unsigned errors = 0;
};

/// The names in a location: "tensor 'Y' (node 'conv1')", "file:3:4"; empty when nothing is known.
std::string describeLocation(mlir::Location location);

} // namespace kiln::tool

#endif // KILN_TOOLS_KILN_SESSION_H
