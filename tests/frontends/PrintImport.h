// What the test tools of the frontends print: diagnostics as `FILE[:LINE]: SEVERITY: MESSAGE`,
// modules without their weights.
#ifndef KILN_TESTS_FRONTENDS_PRINTIMPORT_H
#define KILN_TESTS_FRONTENDS_PRINTIMPORT_H

#include "mlir/IR/AsmState.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

namespace kiln::test {

/// How a module is printed.
struct Printing {
  bool quiet = false; ///< that there is one is all
  bool locations = false;
};

inline llvm::StringRef severityName(mlir::DiagnosticSeverity severity) {
  switch (severity) {
  case mlir::DiagnosticSeverity::Error:
    return "error";
  case mlir::DiagnosticSeverity::Warning:
    return "warning";
  case mlir::DiagnosticSeverity::Remark:
    return "remark";
  case mlir::DiagnosticSeverity::Note:
    return "note";
  }
  return "";
}

inline void printDiagnostic(mlir::Diagnostic &diagnostic) {
  if (auto file = mlir::dyn_cast<mlir::FileLineColLoc>(diagnostic.getLocation())) {
    llvm::errs() << llvm::sys::path::filename(file.getFilename().getValue());
    if (file.getLine() != 0)
      llvm::errs() << ":" << file.getLine();
  } else {
    llvm::errs() << diagnostic.getLocation();
  }
  llvm::errs() << ": " << severityName(diagnostic.getSeverity()) << ": " << diagnostic.str()
               << "\n";
}

/// False where nothing was imported, and so nothing is printed.
inline bool printModule(mlir::ModuleOp module, const Printing &printing) {
  if (!module)
    return false;
  if (printing.quiet) {
    llvm::outs() << "ok\n";
    return true;
  }
  mlir::OpPrintingFlags flags;
  flags.elideLargeElementsAttrs(64).elideLargeResourceString(0).enableDebugInfo(printing.locations);
  module.print(llvm::outs(), flags);
  llvm::outs() << "\n";
  return true;
}

} // namespace kiln::test

#endif // KILN_TESTS_FRONTENDS_PRINTIMPORT_H
