// From a module to files: MLIR at any stage; from the lowered module LLVM text, assembly, header,
// object, library or program.
#include "compiler/DescribeArtifact.h"
#include "compiler/Pipeline.h"
#include "compiler/WeightsProgram.h"
#include "compiler/codegen/Header.h"
#include "compiler/codegen/Linker.h"
#include "compiler/codegen/LowerToMachine.h"
#include "compiler/codegen/OutputFile.h"
#include "compiler/lowering/TranslateToLLVM.h"
#include "dialects/kernel/KernelDialect.h"

#include "mlir/Bytecode/BytecodeWriter.h"
#include "mlir/IR/AsmState.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/Path.h"

using namespace mlir;

namespace kiln {
namespace {

LogicalResult report(ModuleOp module, llvm::Error error) {
  if (!error)
    return success();
  return emitError(module.getLoc(), llvm::toString(std::move(error)));
}

LogicalResult writeText(ModuleOp module, llvm::StringRef path, llvm::StringRef text) {
  return report(module, writeOutput(path, {text.data(), text.size()}));
}

/// Where the model lay while it was compiled is no part of what is written: its file name stays.
void forgetFolders(ModuleOp module) {
  AttrTypeReplacer replacer;
  replacer.addReplacement([](FileLineColLoc location) -> Attribute {
    StringRef name = llvm::sys::path::filename(location.getFilename());
    return FileLineColLoc::get(location.getContext(), name, location.getLine(),
                               location.getColumn());
  });
  replacer.recursivelyReplaceElementsIn(module, /*replaceAttrs=*/false, /*replaceLocs=*/true);
}

/// Weights are never printed: text keeps their names, bytecode their values.
LogicalResult emitModule(ModuleOp module, EmitKind kind, llvm::StringRef path) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  if (kind == EmitKind::MLIRBC) {
    forgetFolders(module);
    if (failed(writeBytecodeToFile(module, stream)))
      return failure();
  } else {
    OpPrintingFlags flags;
    module.print(stream, flags.elideLargeResourceString(64).elideLargeElementsAttrs(64));
  }
  return writeText(module, path, text);
}

/// The network without the weights program, in LLVM IR.
FailureOr<std::unique_ptr<llvm::Module>> translateNetwork(ModuleOp module,
                                                          llvm::LLVMContext &context) {
  OwningOpRef<ModuleOp> network = module.clone();
  for (Operation &op : llvm::make_early_inc_range(*network->getBody()))
    if (isa<kernel::WeightOp>(op) || op.hasAttr("kernel.prepare"))
      op.erase();
  return translateToLLVM(*network, context);
}

LogicalResult link(ModuleOp module, const Options &options, const LinkInput &input,
                   const OutputPaths &paths) {
  switch (options.emit) {
  case EmitKind::Obj:
    return report(module, writeObject(input, paths.artifact));
  case EmitKind::Lib:
    return report(module, writeStaticLibrary(input, paths.artifact));
  case EmitKind::Shared:
    return report(module, linkSharedLibrary(input, options.runtimeLibrary, paths.artifact));
  default:
    return report(module, linkProgram(input, options.runtimeLibrary, paths.artifact));
  }
}

/// Runs the weights program and notes in the description what came out.
LogicalResult addWeights(ModuleOp module, const Options &options, const OutputPaths &paths,
                         ArtifactDescription &description, std::optional<WeightsFile> &weights) {
  bool isSidecar = options.weightsStorage == WeightsStorage::Sidecar;
  std::vector<uint64_t> digests;
  auto file = writeWeights(module, isSidecar ? paths.sidecar : paths.artifact, digests);
  if (failed(file))
    return failure();
  weights.emplace(std::move(*file));
  description.weightsDigest = weights->digest();
  for (auto [weight, digest] : llvm::zip_equal(description.weights, digests))
    weight.digest = digest;
  if (isSidecar)
    description.weightsFile = llvm::sys::path::filename(paths.sidecar).str();
  return success();
}

bool isCode(EmitKind kind) {
  return kind == EmitKind::Exe || kind == EmitKind::Obj || kind == EmitKind::Lib ||
         kind == EmitKind::Shared;
}

} // namespace

OutputPaths outputPaths(const Options &options, llvm::StringRef output) {
  llvm::SmallString<128> folder(output);
  llvm::sys::path::remove_filename(folder);
  auto in = [&](const llvm::Twine &name) {
    llvm::SmallString<128> path(folder);
    llvm::sys::path::append(path, name);
    return std::string(path);
  };
  return {output.str(), in(options.name + ".h"), in(options.name + ".weights")};
}

LogicalResult emitArtifact(ModuleOp module, const Options &options, llvm::StringRef output) {
  if (options.emit == EmitKind::MLIR || options.emit == EmitKind::MLIRBC)
    return emitModule(module, options.emit, output);
  auto target = resolveTarget(options.target);
  if (!target)
    return report(module, target.takeError());
  auto description = describeArtifact(module, options, *target);
  if (failed(description))
    return failure();
  OutputPaths paths = outputPaths(options, output);
  if (options.emit == EmitKind::Header)
    return writeText(module, output, writeHeader(*description));

  // The digest of the weights is part of the code, so they come first.
  std::optional<WeightsFile> weights;
  if (description->weightsBytes != 0 &&
      failed(addWeights(module, options, paths, *description, weights)))
    return failure();
  llvm::LLVMContext context;
  auto network = translateNetwork(module, context);
  if (failed(network))
    return failure();
  auto code = lowerToMachine(std::move(*network), *description, *target, options.emit,
                             options.optimization);
  if (!code)
    return report(module, code.takeError());
  if (!isCode(options.emit))
    return writeText(module, output, llvm::StringRef(code->data(), code->size()));
  const WeightsFile *embedded = description->hasEmbeddedWeights() ? &*weights : nullptr;
  if (failed(link(module, options, {*code, options.name, embedded}, paths)))
    return failure();
  if (weights && !embedded && failed(report(module, weights->keep())))
    return failure();
  bool isForProgramming = options.withHeader && options.emit != EmitKind::Exe;
  return isForProgramming ? writeText(module, paths.header, writeHeader(*description)) : success();
}

} // namespace kiln
