// Test tool: imports ONNX models and prints each module with its weights left out, or the diagnostics.
//
//     onnx-import [--input-shape=NAME:1x3x8x8]... [--quiet] MODEL.onnx|MODEL.textproto|-...
//
// A text model is a ModelProto in protobuf's text form, so that a test can be read; `-` reads one from the standard
// input. --quiet prints `ok` instead of modules.
#include "frontends/onnx/OnnxImport.h"
#include "frontends/onnx/OnnxProto.h"

#include "mlir/IR/AsmState.h"
#include "mlir/IR/Diagnostics.h"
#include "llvm/ADT/StringExtras.h"

#include <google/protobuf/text_format.h>

namespace {

llvm::StringRef severityName(mlir::DiagnosticSeverity severity) {
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

void printDiagnostic(const mlir::Diagnostic &diagnostic) {
  if (auto file = mlir::dyn_cast<mlir::FileLineColLoc>(diagnostic.getLocation()))
    llvm::errs() << file.getFilename().getValue();
  else
    llvm::errs() << diagnostic.getLocation();
  llvm::errs() << ": " << severityName(diagnostic.getSeverity()) << ": " << diagnostic.str() << "\n";
}

std::unique_ptr<llvm::MemoryBuffer> encodeText(llvm::StringRef path) {
  auto text = llvm::MemoryBuffer::getFileOrSTDIN(path);
  if (!text) {
    llvm::errs() << path << ": cannot be read\n";
    return nullptr;
  }
  onnx::ModelProto model;
  if (!google::protobuf::TextFormat::ParseFromString((*text)->getBuffer().str(), &model))
    return nullptr;
  return llvm::MemoryBuffer::getMemBufferCopy(model.SerializeAsString(), path);
}

bool parseShape(llvm::StringRef text, kiln::InputShape &shape) {
  auto [name, dims] = text.rsplit(':');
  shape.name = name.str();
  for (llvm::StringRef dim : llvm::split(dims, 'x'))
    if (dims.empty() || dim.getAsInteger(10, shape.dims.emplace_back()))
      return false;
  return true;
}

bool importAndPrint(llvm::StringRef path, const kiln::OnnxOptions &options, bool quiet) {
  mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  context.getDiagEngine().registerHandler([](mlir::Diagnostic &diagnostic) { printDiagnostic(diagnostic); });
  mlir::OwningOpRef<mlir::ModuleOp> module;
  if (path == "-" || path.ends_with(".textproto")) {
    std::unique_ptr<llvm::MemoryBuffer> model = encodeText(path);
    module = model ? kiln::importOnnx(context, std::move(model), options) : nullptr;
  } else {
    module = kiln::importOnnx(context, path, options);
  }
  if (!module)
    return false;
  if (quiet) {
    llvm::outs() << "ok\n";
    return true;
  }
  mlir::OpPrintingFlags flags;
  flags.elideLargeElementsAttrs(64).elideLargeResourceString(0).enableDebugInfo(false);
  module->print(llvm::outs(), flags);
  llvm::outs() << "\n";
  return true;
}

} // namespace

int main(int argc, char **argv) {
  kiln::OnnxOptions options;
  std::vector<llvm::StringRef> models;
  bool quiet = false;
  for (llvm::StringRef argument : llvm::ArrayRef(argv + 1, argc - 1)) {
    if (argument == "--quiet") {
      quiet = true;
    } else if (argument.consume_front("--input-shape=")) {
      if (!parseShape(argument, options.inputShapes.emplace_back())) {
        llvm::errs() << "not a shape: " << argument << "\n";
        return 2;
      }
    } else {
      models.push_back(argument);
    }
  }
  bool allGood = true;
  for (llvm::StringRef model : models)
    allGood &= importAndPrint(model, options, quiet);
  return allGood ? 0 : 1;
}
