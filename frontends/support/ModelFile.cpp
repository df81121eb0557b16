// Mapping of model files, and the form of messages about them.
#include "frontends/support/ModelFile.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"

using namespace mlir;

namespace kiln::frontend {

std::unique_ptr<llvm::MemoryBuffer> mapFile(llvm::StringRef path, EmitError emitError) {
  llvm::sys::fs::file_status status;
  if (std::error_code error = llvm::sys::fs::status(path, status)) {
    emitError() << "cannot open " << quoted(path) << ": " << error.message();
    return nullptr;
  }
  if (status.type() != llvm::sys::fs::file_type::regular_file) {
    emitError() << quoted(path) << " is not a regular file";
    return nullptr;
  }
  auto buffer =
      llvm::MemoryBuffer::getFile(path, /*IsText=*/false, /*RequiresNullTerminator=*/false);
  if (!buffer) {
    emitError() << "cannot read " << quoted(path) << ": " << buffer.getError().message();
    return nullptr;
  }
  return std::move(*buffer);
}

Location fileLocation(MLIRContext &context, llvm::StringRef path) {
  return FileLineColLoc::get(&context, path, 0, 0);
}

std::string quoted(llvm::StringRef name) {
  constexpr size_t longest = 200;
  std::string text;
  llvm::raw_string_ostream out(text);
  out << '\'';
  llvm::printEscapedString(name.take_front(longest), out);
  out << (name.size() > longest ? "...'" : "'");
  return text;
}

static llvm::StringRef withoutOp(llvm::StringRef message) {
  return message.starts_with("'nn.") ? message.split("' op ").second : message;
}

LogicalResult reportedAs(Location at, const std::string &subject,
                         llvm::function_ref<LogicalResult()> step) {
  SmallVector<std::pair<DiagnosticSeverity, std::string>> messages;
  LogicalResult result = success();
  {
    ScopedDiagnosticHandler collect(at.getContext(), [&](Diagnostic &diagnostic) {
      messages.emplace_back(diagnostic.getSeverity(), diagnostic.str());
      return success();
    });
    result = step();
  }
  for (auto &[severity, message] : messages)
    at.getContext()->getDiagEngine().emit(at, severity) << subject << ": " << withoutOp(message);
  return result;
}

} // namespace kiln::frontend
