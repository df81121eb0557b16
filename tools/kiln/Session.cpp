// Messages name the model's file and, from the locations that importers leave, the tensor and the
// node.
#include "tools/kiln/Session.h"
#include "tools/kiln/Defect.h"
#include "tools/kiln/Remarks.h"

#include "compiler/Pipeline.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/raw_ostream.h"

#include <chrono>

namespace kiln::tool {
namespace {

/// The dialects are known before the context is made, so that threads need not load them.
mlir::DialectRegistry makeRegistry() {
  mlir::DialectRegistry registry;
  registerDialects(registry);
  return registry;
}

const char *severityName(mlir::DiagnosticSeverity severity) {
  switch (severity) {
  case mlir::DiagnosticSeverity::Error:
    return "error: ";
  case mlir::DiagnosticSeverity::Warning:
    return "warning: ";
  case mlir::DiagnosticSeverity::Note:
    return "note: ";
  case mlir::DiagnosticSeverity::Remark:
    return "note: ";
  }
  return "";
}

std::string describeFile(mlir::FileLineColLoc location) {
  std::string text = location.getFilename().str();
  if (location.getLine() != 0)
    text += ":" + std::to_string(location.getLine()) + ":" + std::to_string(location.getColumn());
  return text;
}

std::string describeName(mlir::NameLoc location) {
  std::string text = "'" + location.getName().str() + "'";
  mlir::Location child = location.getChildLoc();
  if (auto node = llvm::dyn_cast<mlir::NameLoc>(child))
    return "tensor " + text + " (node '" + node.getName().str() + "')";
  return text;
}

} // namespace

std::string describeLocation(mlir::Location location) {
  if (auto file = llvm::dyn_cast<mlir::FileLineColLoc>(location))
    return describeFile(file);
  if (auto name = llvm::dyn_cast<mlir::NameLoc>(location))
    return describeName(name);
  if (auto call = llvm::dyn_cast<mlir::CallSiteLoc>(location))
    return describeLocation(call.getCallee());
  if (auto fused = llvm::dyn_cast<mlir::FusedLoc>(location))
    for (mlir::Location part : fused.getLocations())
      if (std::string text = describeLocation(part); !text.empty())
        return text;
  return "";
}

Session::Session(const Request &request, ExitStatus &status)
    : request(request), theContext(makeRegistry()),
      onTerminal(llvm::sys::Process::StandardErrIsDisplayed()) {
  handler = theContext.getDiagEngine().registerHandler([this](mlir::Diagnostic &diagnostic) {
    printDiagnostic(diagnostic);
    return mlir::success();
  });
  theContext.printOpOnDiagnostic(false);
  theContext.loadAllAvailableDialects();
  status = Done;
  if (request.wantsRemarks && mlir::failed(openRemarks()))
    status = Fault;
}

Session::~Session() { theContext.getDiagEngine().eraseHandler(handler); }

mlir::LogicalResult Session::openRemarks() {
  if (request.remarksFile.empty())
    return printRemarks(theContext, llvm::errs());
  std::error_code code;
  remarks =
      std::make_unique<llvm::raw_fd_ostream>(request.remarksFile, code, llvm::sys::fs::OF_Text);
  if (code)
    return error("cannot write '" + request.remarksFile + "': " + code.message());
  return printRemarks(theContext, *remarks);
}

mlir::LogicalResult Session::checkRemarks() {
  if (!remarks)
    return mlir::success();
  remarks->flush();
  if (!remarks->has_error())
    return mlir::success();
  std::string reason = remarks->error().message();
  remarks->clear_error();
  return error("cannot write '" + request.remarksFile + "': " + reason);
}

void Session::printDiagnostic(mlir::Diagnostic &diagnostic) {
  errors += diagnostic.getSeverity() == mlir::DiagnosticSeverity::Error;
  showProgress("");
  std::string place = describeLocation(diagnostic.getLocation());
  llvm::errs() << severityName(diagnostic.getSeverity());
  if (!llvm::StringRef(place).starts_with(request.model))
    llvm::errs() << request.model << ": ";
  if (!place.empty())
    llvm::errs() << place << ": ";
  llvm::errs() << diagnostic << "\n";
  for (mlir::Diagnostic &note : diagnostic.getNotes()) {
    std::string notePlace = describeLocation(note.getLocation());
    llvm::errs() << "note: " << (notePlace.empty() || notePlace == place ? "" : notePlace + ": ")
                 << note << "\n";
  }
}

void Session::showProgress(llvm::StringRef text) {
  if (onTerminal)
    llvm::errs() << "\r\033[K" << text;
}

mlir::LogicalResult Session::error(const llvm::Twine &message) {
  ++errors;
  showProgress("");
  llvm::errs() << "error: " << message << "\n";
  return mlir::failure();
}

ExitStatus Session::step(const char *name, llvm::function_ref<mlir::LogicalResult()> work) {
  setCurrentStep(name);
  showProgress(request.model + ": " + name + " ...");
  unsigned errorsBefore = errors;
  auto start = std::chrono::steady_clock::now();
  mlir::LogicalResult result = work();
  showProgress("");
  if (mlir::failed(checkRemarks()))
    result = mlir::failure();
  if (request.wantsTiming) {
    std::chrono::duration<double, std::milli> time = std::chrono::steady_clock::now() - start;
    llvm::errs() << llvm::format("%9.1f ms  %s\n", time.count(), name);
  }
  if (mlir::succeeded(result))
    return Done;
  return errors > errorsBefore ? Fault : reportDefect("it failed without saying why");
}

} // namespace kiln::tool
