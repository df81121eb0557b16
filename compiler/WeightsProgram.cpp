// Runs the weights program and streams what it makes into a file.
#include "compiler/WeightsProgram.h"

#include "compiler/codegen/HostJit.h"
#include "compiler/lowering/TranslateToLLVM.h"
#include "compiler/schedule/Layout.h"
#include "dialects/kernel/KernelDialect.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/Alignment.h"
#include "llvm/Support/AllocatorBase.h"

using namespace mlir;

namespace kiln {
namespace {

constexpr size_t bufferAlignment = 64;

/// Bytes at an address that the kernels may assume.
class AlignedBytes {
public:
  explicit AlignedBytes(size_t size)
      : count(size), data(static_cast<char *>(
                         llvm::allocate_buffer(std::max<size_t>(size, 1), bufferAlignment))) {}
  ~AlignedBytes() { llvm::deallocate_buffer(data, std::max<size_t>(count, 1), bufferAlignment); }
  AlignedBytes(const AlignedBytes &) = delete;
  AlignedBytes &operator=(const AlignedBytes &) = delete;
  char *get() { return data; }
  ArrayRef<char> bytes() const { return {data, count}; }

private:
  size_t count;
  char *data;
};

/// The elements of a constant in memory order, one after another; `storage` holds them where the
/// attribute does not.
FailureOr<ArrayRef<char>> rawBytes(kernel::WeightOp weight, Attribute source,
                                   std::vector<char> &storage) {
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(source)) {
    AsmResourceBlob *blob = resource.getRawHandle().getBlob();
    if (!blob) {
      emitError(weight.getLoc(), "the module has lost the values of '")
          << resource.getRawHandle().getKey() << "': it was written without its resources";
      return failure();
    }
    return blob->getData();
  }
  auto dense = dyn_cast<DenseElementsAttr>(source);
  if (!dense) {
    emitError(weight.getLoc(), "unsupported kind of constant");
    return failure();
  }
  int64_t elementSize = elementBytes(dense.getElementType());
  int64_t count = dense.getNumElements();
  if (dense.getElementType().isInteger(1)) {
    for (bool value : dense.getValues<bool>())
      storage.push_back(value);
    return ArrayRef<char>(storage);
  }
  if (!dense.isSplat())
    return dense.getRawData();
  storage.reserve(count * elementSize);
  for (int64_t i = 0; i < count; ++i)
    storage.insert(storage.end(), dense.getRawData().begin(), dense.getRawData().end());
  return ArrayRef<char>(storage);
}

/// The prepare functions of a module, compiled for this machine.
FailureOr<std::unique_ptr<HostJit>> compilePrepareFunctions(ModuleOp module) {
  OwningOpRef<ModuleOp> program = module.clone();
  for (Operation &op : llvm::make_early_inc_range(*program->getBody()))
    if (isa<kernel::WeightOp>(op) || op.hasAttr("kernel.entry") || op.hasAttr("kernel.load"))
      op.erase();
  auto context = std::make_unique<llvm::LLVMContext>();
  auto translated = translateToLLVM(*program, *context);
  if (failed(translated))
    return failure();
  auto jit = HostJit::create(std::move(context), std::move(*translated), /*level=*/2);
  if (!jit) {
    emitError(module.getLoc(), "cannot compile the weights program: ")
        << llvm::toString(jit.takeError());
    return failure();
  }
  return std::move(*jit);
}

LogicalResult runPrepare(kernel::WeightOp weight, HostJit &jit, ArrayRef<ArrayRef<char>> sources,
                         char *result) {
  auto function = SymbolTable::lookupNearestSymbolFrom(weight, weight.getPrepareAttr());
  auto arenaBytes =
      function ? function->getAttrOfType<IntegerAttr>("kernel.arena_bytes") : IntegerAttr();
  if (!arenaBytes)
    return emitError(weight.getLoc(), "its prepare function has no planned arena");
  auto body = jit.lookup(weight.getPrepare().value());
  if (!body)
    return emitError(weight.getLoc(), "cannot run the weights program: ")
           << llvm::toString(body.takeError());
  AlignedBytes arena(arenaBytes.getInt());
  SmallVector<const void *> inputs = llvm::map_to_vector(
      sources, [](ArrayRef<char> source) { return static_cast<const void *>(source.data()); });
  void *output = result;
  (*body)(inputs.data(), &output, nullptr, arena.get(), nullptr);
  return success();
}

LogicalResult writeWeight(kernel::WeightOp weight, HostJit *jit, WeightsWriter &writer,
                          std::vector<uint64_t> &digests) {
  std::vector<std::vector<char>> storage(weight.getSources().size());
  SmallVector<ArrayRef<char>> sources;
  for (auto [source, bytes] : llvm::zip_equal(weight.getSources(), storage)) {
    auto raw = rawBytes(weight, source, bytes);
    if (failed(raw))
      return failure();
    sources.push_back(*raw);
  }
  auto write = [&](ArrayRef<char> bytes) -> LogicalResult {
    digests.push_back(kiln_digest_of(bytes.data(), bytes.size()));
    if (llvm::Error error = writer.write(weight.getOffset(), bytes))
      return emitError(weight.getLoc(), "cannot write the weights: ")
             << llvm::toString(std::move(error));
    return success();
  };
  if (!weight.getPrepare())
    return write(sources[0]);
  AlignedBytes result(bufferBytes(cast<RankedTensorType>(weight.getType())));
  if (failed(runPrepare(weight, *jit, sources, result.get())))
    return failure();
  return write(result.bytes());
}

} // namespace

FailureOr<WeightsFile> writeWeights(ModuleOp module, llvm::StringRef path,
                                    std::vector<uint64_t> &digests) {
  auto writer = WeightsWriter::create(path);
  if (!writer) {
    emitError(module.getLoc(), "cannot write the weights: ") << llvm::toString(writer.takeError());
    return failure();
  }
  auto hasPrepare = [](kernel::WeightOp weight) { return weight.getPrepare().has_value(); };
  std::unique_ptr<HostJit> jit;
  if (llvm::any_of(module.getOps<kernel::WeightOp>(), hasPrepare)) {
    auto compiled = compilePrepareFunctions(module);
    if (failed(compiled))
      return failure();
    jit = std::move(*compiled);
  }
  for (auto weight : module.getOps<kernel::WeightOp>())
    if (failed(writeWeight(weight, jit.get(), *writer, digests)))
      return failure();
  auto bytes = module->getAttrOfType<IntegerAttr>("kernel.weights_bytes");
  auto file = writer->finish(bytes ? bytes.getInt() : 0);
  if (!file) {
    emitError(module.getLoc(), "cannot write the weights: ") << llvm::toString(file.takeError());
    return failure();
  }
  return std::move(*file);
}

} // namespace kiln
