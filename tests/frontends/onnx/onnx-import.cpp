// Test tool: imports ONNX models and prints each module with its weights left out, or the
// diagnostics.
//
//     onnx-import [--input-shape=NAME:1x3x8x8]... [--input-value=NAME:FILE.pb]...
//     [--end-at=TENSOR]...
//                 [--quiet] [--locations] [--folder=DIR] FILE...
//
// FILE is a model, or a test that holds models as text, each after a line `#--- NAME`: in ONNX's
// own syntax, which its library parses here, or where NAME ends in `.textproto` as a ModelProto in
// protobuf's text form, for what that syntax cannot say. A line `// NAME` precedes the outcome of
// each model. --quiet prints `ok` instead of modules. External data of such models is looked for in
// DIR.
#include "frontends/onnx/OnnxImport.h"
#include "frontends/onnx/OnnxProto.h"
#include "tests/frontends/PrintImport.h"

#include "llvm/ADT/StringExtras.h"

#include <google/protobuf/text_format.h>
#include <onnx/defs/parser.h>

namespace {

/// A model given as text, serialised.
std::unique_ptr<llvm::MemoryBuffer> encodeText(llvm::StringRef name, const std::string &text) {
  onnx::ModelProto model;
  if (name.ends_with(".textproto")) {
    if (!google::protobuf::TextFormat::ParseFromString(text, &model))
      return nullptr;
  } else {
    onnx::OnnxParser parser(text.c_str());
    if (auto status = parser.Parse(model); !status.IsOK()) {
      llvm::errs() << name << ": " << status.ErrorMessage() << "\n";
      return nullptr;
    }
  }
  return llvm::MemoryBuffer::getMemBufferCopy(model.SerializeAsString(), name);
}

bool parseShape(llvm::StringRef text, kiln::InputShape &shape) {
  auto [name, dims] = text.rsplit(':');
  shape.name = name.str();
  for (llvm::StringRef dim : llvm::split(dims, 'x'))
    if (dims.empty() || dim.getAsInteger(10, shape.dims.emplace_back()))
      return false;
  return true;
}

/// Adds "NAME:FILE.pb" to the options.
bool readValue(mlir::MLIRContext &context, llvm::StringRef text, kiln::OnnxOptions &options) {
  auto [name, file] = text.split(':');
  mlir::FailureOr<kiln::OnnxTensorFile> tensor = kiln::readOnnxTensor(context, file);
  if (failed(tensor))
    return false;
  tensor->name = name.str();
  options.inputValues.push_back(std::move(*tensor));
  return true;
}

struct Request {
  kiln::OnnxOptions options;
  std::vector<llvm::StringRef> values, models;
  llvm::StringRef folder;
  kiln::test::Printing printing;
};

/// Imports one model: `bytes`, or the file called `name` when that is null.
bool importAndPrint(llvm::StringRef name, std::unique_ptr<llvm::MemoryBuffer> bytes,
                    const Request &request) {
  mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  context.getDiagEngine().registerHandler(
      [](mlir::Diagnostic &diagnostic) { kiln::test::printDiagnostic(diagnostic); });
  llvm::outs() << "// " << llvm::sys::path::filename(name) << "\n";
  llvm::outs().flush();
  kiln::OnnxOptions options = request.options;
  for (llvm::StringRef value : request.values)
    if (!readValue(context, value, options))
      return false;
  mlir::OwningOpRef<mlir::ModuleOp> module =
      bytes ? kiln::importOnnx(context, std::move(bytes), options)
            : kiln::importOnnx(context, name, options);
  return kiln::test::printModule(module.get(), request.printing);
}

bool importTest(llvm::StringRef path, const Request &request) {
  auto test = llvm::MemoryBuffer::getFile(path);
  if (!test) {
    llvm::errs() << path << ": cannot be read\n";
    return false;
  }
  constexpr llvm::StringLiteral marker = "\n#--- ";
  bool allGood = true;
  llvm::StringRef rest = (*test)->getBuffer().split(marker).second;
  while (!rest.empty()) {
    llvm::StringRef section;
    std::tie(section, rest) = rest.split(marker);
    auto [name, text] = section.split('\n');
    llvm::SmallString<128> where(request.folder);
    llvm::sys::path::append(where, name);
    std::unique_ptr<llvm::MemoryBuffer> bytes = encodeText(where, text.str());
    allGood &= bytes && importAndPrint(name, std::move(bytes), request);
  }
  return allGood;
}

} // namespace

int main(int argc, char **argv) {
  Request request;
  for (llvm::StringRef argument : llvm::ArrayRef(argv + 1, argc - 1)) {
    if (argument == "--quiet") {
      request.printing.quiet = true;
    } else if (argument == "--locations") {
      request.printing.locations = true;
    } else if (argument.consume_front("--folder=")) {
      request.folder = argument;
    } else if (argument.consume_front("--end-at=")) {
      request.options.endAt.push_back(argument.str());
    } else if (argument.consume_front("--input-value=")) {
      request.values.push_back(argument);
    } else if (!argument.consume_front("--input-shape=")) {
      request.models.push_back(argument);
    } else if (!parseShape(argument, request.options.inputShapes.emplace_back())) {
      llvm::errs() << "not a shape: " << argument << "\n";
      return 2;
    }
  }
  bool allGood = true;
  for (llvm::StringRef model : request.models)
    allGood &= model.ends_with(".test") ? importTest(model, request)
                                        : importAndPrint(model, nullptr, request);
  return allGood ? 0 : 1;
}
