// Chooses the reader by what the file is.
#include "tools/kiln/ImportModel.h"
#include "tools/kiln/FileKind.h"

#include "dialects/nn/NnDialect.h"
#include "frontends/darknet/DarknetImport.h"
#include "frontends/keras/KerasImport.h"
#include "frontends/onnx/OnnxImport.h"
#include "kiln/digest.h"

#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

namespace kiln::tool {
namespace {

constexpr const char *readable = "kiln reads ONNX (.onnx), Keras (.h5, .keras, .json), Darknet "
                                 "(.cfg) and its own MLIR (.mlir, .mlirbc)";

/// The digest of the file as the manifest has it. The file was mapped a moment ago, so this reads
/// memory.
mlir::LogicalResult noteFile(Session &session, Request &request) {
  auto file = llvm::MemoryBuffer::getFile(request.model, /*IsText=*/false,
                                          /*RequiresNullTerminator=*/false);
  if (!file)
    return session.error("cannot read '" + request.model + "': " + file.getError().message());
  request.options.modelFile = llvm::sys::path::filename(request.model).str();
  uint64_t digest = kiln_digest_of((*file)->getBufferStart(), (*file)->getBufferSize());
  request.options.modelDigest = llvm::formatv("{0:x-16}", digest);
  return mlir::success();
}

/// Whether an op is one that a network may hold in front of the schedule stage; says what is wrong.
mlir::LogicalResult checkOp(mlir::Operation &op) {
  auto isStatic = [](mlir::Type type) {
    auto tensor = llvm::dyn_cast<mlir::RankedTensorType>(type);
    return tensor && tensor.hasStaticShape() && !tensor.getEncoding();
  };
  bool isReturn = llvm::isa<mlir::func::ReturnOp>(op);
  if (!isReturn && op.getName().getDialectNamespace() != nn::NnDialect::getDialectNamespace())
    return op.emitError("is not in the nn dialect; compile the model itself, or MLIR written with "
                        "--stop-after=import or --stop-after=graph");
  if (!llvm::all_of(op.getOperandTypes(), isStatic) || !llvm::all_of(op.getResultTypes(), isStatic))
    return op.emitError("has tensors without a static shape, or with a layout");
  return mlir::success();
}

mlir::LogicalResult checkNetwork(mlir::ModuleOp module) {
  if (module.getOps<mlir::func::FuncOp>().empty())
    return module.emitError("has no function");
  for (mlir::Operation &op : *module.getBody()) {
    auto func = llvm::dyn_cast<mlir::func::FuncOp>(op);
    if (!func || !llvm::hasSingleElement(func.getBody()))
      return op.emitError(
          "is not a function of one block; compile the model itself, or MLIR written "
          "with --stop-after=import or --stop-after=graph");
    for (mlir::Operation &inner : func.getBody().front())
      if (mlir::failed(checkOp(inner)))
        return mlir::failure();
  }
  return mlir::success();
}

mlir::OwningOpRef<mlir::ModuleOp> importMlir(Session &session, const Request &request) {
  if (!request.inputShapes.empty() || !request.inputValues.empty()) {
    (void)session.error("'" + request.model +
                        "': --input-shape and --input-value are for models whose inputs have "
                        "names; MLIR has none");
    return nullptr;
  }
  auto module =
      mlir::parseSourceFile<mlir::ModuleOp>(request.model, mlir::ParserConfig(&session.context()));
  if (module && mlir::failed(checkNetwork(*module)))
    return nullptr;
  return module;
}

mlir::OwningOpRef<mlir::ModuleOp> importOnnxFile(Session &session, const Request &request) {
  OnnxOptions options;
  options.inputShapes = request.inputShapes;
  options.endAt = request.endAt;
  for (llvm::StringRef text : request.inputValues) {
    // The name may hold equals signs, as tensor names do; a path rarely does.
    auto [name, file] = text.rsplit('=');
    mlir::FailureOr<OnnxTensorFile> value = readOnnxTensor(session.context(), file);
    if (mlir::failed(value))
      return nullptr;
    value->name = name.str();
    options.inputValues.push_back(std::move(*value));
  }
  return importOnnx(session.context(), request.model, options);
}

/// Darknet's networks take pictures of numbers from 0 to 1.
mlir::OwningOpRef<mlir::ModuleOp> importDarknetFile(Session &session, Request &request) {
  if (!request.inputShapes.empty() || !request.inputValues.empty()) {
    (void)session.error("'" + request.model +
                        "': --input-shape and --input-value are not for Darknet; change width and "
                        "height in the section [net]");
    return nullptr;
  }
  if (!request.hasPreprocess)
    request.options.preprocess.scale = 1.0f / 255;
  DarknetOptions options;
  options.weights = request.weights;
  options.needsOnlyShapes = request.needsOnlyShapes;
  options.fork = request.darknetFork;
  options.scoreThreshold = request.scoreThreshold;
  options.overlapThreshold = request.overlapThreshold;
  return importDarknet(session.context(), request.model, options);
}

mlir::OwningOpRef<mlir::ModuleOp> importKerasFile(Session &session, const Request &request) {
  if (!request.inputValues.empty()) {
    (void)session.error("'" + request.model + "': --input-value is for ONNX models");
    return nullptr;
  }
  KerasOptions options;
  options.inputShapes = request.inputShapes;
  options.weights = request.weights;
  options.needsOnlyShapes = request.needsOnlyShapes;
  return importKeras(session.context(), request.model, options);
}

bool isRead(FileKind kind) {
  return kind == FileKind::Onnx || kind == FileKind::Keras || kind == FileKind::Darknet ||
         kind == FileKind::Mlir;
}

mlir::OwningOpRef<mlir::ModuleOp> importKind(FileKind kind, Session &session, Request &request) {
  bool takesWeights = kind == FileKind::Darknet || kind == FileKind::Keras;
  if (!takesWeights && !request.weights.empty()) {
    (void)session.error("--weights=" + request.weights + ": '" + request.model + "' is " +
                        describe(kind) +
                        ", which has its weights inside or names their files itself");
    return nullptr;
  }
  if (kind != FileKind::Onnx && !request.endAt.empty()) {
    (void)session.error("--end-at=" + request.endAt.front() + ": '" + request.model + "' is " +
                        describe(kind) + "; the option is for ONNX models");
    return nullptr;
  }
  if (kind == FileKind::Darknet)
    return importDarknetFile(session, request);
  if (!request.darknetOption.empty()) {
    (void)session.error(request.darknetOption + ": '" + request.model + "' is " + describe(kind) +
                        "; the option is for Darknet's networks");
    return nullptr;
  }
  if (kind == FileKind::Keras)
    return importKerasFile(session, request);
  return kind == FileKind::Onnx ? importOnnxFile(session, request) : importMlir(session, request);
}

mlir::OwningOpRef<mlir::ModuleOp> readModel(Session &session, Request &request) {
  std::string reason;
  FileKind kind = classifyFile(request.model, reason);
  if (kind == FileKind::Missing) {
    (void)session.error("cannot read '" + request.model + "': " + reason);
    return nullptr;
  }
  if (!isRead(kind)) {
    (void)session.error("'" + request.model + "' is " + describe(kind) + remedyFor(kind) + "; " +
                        readable);
    return nullptr;
  }
  if (mlir::failed(noteFile(session, request)))
    return nullptr;
  return importKind(kind, session, request);
}

} // namespace

mlir::OwningOpRef<mlir::ModuleOp>
importModel(Session &session, Request &request, ExitStatus &status,
            llvm::function_ref<mlir::LogicalResult(mlir::ModuleOp)> adapt) {
  mlir::OwningOpRef<mlir::ModuleOp> module;
  status = session.step("import", [&] {
    module = readModel(session, request);
    return mlir::success(module && mlir::succeeded(adapt(*module)));
  });
  return status == Done ? std::move(module) : nullptr;
}

} // namespace kiln::tool
