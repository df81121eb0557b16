// Reads the attributes that the schedule stage leaves on the entry function.
#include "compiler/DescribeArtifact.h"

#include "compiler/schedule/Layout.h"
#include "dialects/kernel/KernelDialect.h"

#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace kiln {
namespace {

kiln_dtype dtypeOf(Type element) {
  return llvm::TypeSwitch<Type, kiln_dtype>(element)
      .Case([](Float16Type) { return KILN_F16; })
      .Case([](BFloat16Type) { return KILN_BF16; })
      .Case([](Float64Type) { return KILN_F64; })
      .Case([](IntegerType integer) {
        switch (integer.getWidth()) {
        case 1:
          return KILN_BOOL;
        case 8:
          return integer.isUnsigned() ? KILN_U8 : KILN_I8;
        case 16:
          return KILN_I16;
        case 32:
          return KILN_I32;
        default:
          return KILN_I64;
        }
      })
      .Default([](Type) { return KILN_F32; });
}

std::vector<TensorInfo> tensorsOf(ArrayAttr list, llvm::StringRef fallback) {
  std::vector<TensorInfo> tensors;
  for (auto entry : list.getAsRange<DictionaryAttr>()) {
    auto type = cast<RankedTensorType>(entry.getAs<TypeAttr>("kernel.type").getValue());
    auto name = entry.getAs<StringAttr>("nn.name");
    std::string text = name ? name.str() : (fallback + llvm::Twine(tensors.size())).str();
    tensors.push_back(
        {text, dtypeOf(type.getElementType()), std::vector<int64_t>(type.getShape())});
  }
  return tensors;
}

std::vector<WeightInfo> weightsOf(ModuleOp module) {
  std::vector<WeightInfo> weights;
  for (auto weight : module.getOps<kernel::WeightOp>()) {
    auto type = cast<RankedTensorType>(weight.getType());
    SmallVector<int64_t> shape = bufferShape(type);
    weights.push_back({weight.getLabel().str(), dtypeOf(bufferElement(type)),
                       std::vector<int64_t>(shape.begin(), shape.end()),
                       static_cast<uint64_t>(weight.getOffset()),
                       static_cast<uint64_t>(bufferBytes(type)), 0});
  }
  return weights;
}

std::vector<LayerInfo> layersOf(ArrayAttr list) {
  std::vector<LayerInfo> layers;
  for (auto entry : list.getAsRange<DictionaryAttr>()) {
    LayerInfo layer;
    layer.name = entry.getAs<StringAttr>("name").str();
    for (auto source : entry.getAs<ArrayAttr>("sources").getAsRange<StringAttr>())
      layer.sources.push_back(source.str());
    layer.op = entry.getAs<StringAttr>("op").str();
    layer.multiplyAdds = entry.getAs<IntegerAttr>("multiply_adds").getInt();
    layers.push_back(layer);
  }
  return layers;
}

uint64_t integer(Operation *op, llvm::StringRef name) {
  auto attr = op->getAttrOfType<IntegerAttr>(name);
  return attr ? attr.getInt() : 0;
}

Operation *entryOf(ModuleOp module) {
  Operation *entry = nullptr;
  for (Operation &op : *module.getBody())
    if (op.hasAttr("kernel.entry"))
      entry = &op;
  return entry;
}

/// What net_open needs: the prepared weights, and behind them the arena of the function that makes
/// them.
uint64_t preparedBytes(ModuleOp module) {
  uint64_t bytes = integer(module, "kernel.prepared_bytes");
  for (Operation &op : *module.getBody())
    if (op.hasAttr("kernel.load"))
      bytes += integer(&op, "kernel.arena_bytes");
  return bytes;
}

/// Says of each layer which function runs it: of several the first with multiply-adds, or the
/// first.
void nameKernels(const std::vector<LaunchInfo> &launches, std::vector<LayerInfo> &layers) {
  llvm::StringMap<const LaunchInfo *> launchOf;
  for (const LaunchInfo &launch : launches)
    for (const std::string &layer : launch.layers) {
      const LaunchInfo *&known = launchOf[layer];
      if (!known || (known->multiplyAdds == 0 && launch.multiplyAdds != 0))
        known = &launch;
    }
  for (LayerInfo &layer : layers)
    if (const LaunchInfo *launch = launchOf.lookup(layer.name))
      layer.kernel = launch->kernel;
}

/// Programs give the entries of a vector their labels: a list of another length names them wrongly.
/// A detector's labels are those of its boxes, and no shape tells how many classes there are.
void checkLabels(ModuleOp module, const ArtifactDescription &description) {
  if (llvm::any_of(description.outputs,
                   [](const TensorInfo &output) { return output.name == "detections"; }))
    return;
  const TensorInfo *vector = nullptr;
  for (const TensorInfo &output : description.outputs) {
    if (llvm::count_if(output.shape, [](int64_t extent) { return extent != 1; }) != 1)
      continue;
    if (output.elements() == description.labels.size())
      return;
    vector = &output;
  }
  if (vector && !description.labels.empty())
    emitWarning(module.getLoc(), "the list of labels has ")
        << description.labels.size() << " lines, but the output '" << vector->name << "' has "
        << vector->elements() << " entries";
}

} // namespace

FailureOr<ArtifactDescription> describeArtifact(ModuleOp module, const Options &options,
                                                const TargetSpec &target) {
  Operation *entry = entryOf(module);
  auto inputs = entry ? entry->getAttrOfType<ArrayAttr>("kernel.inputs") : ArrayAttr();
  auto outputs = entry ? entry->getAttrOfType<ArrayAttr>("kernel.outputs") : ArrayAttr();
  if (!inputs || !outputs) {
    emitError(module.getLoc(),
              "the module has no entry function that has passed the schedule stage");
    return failure();
  }
  ArtifactDescription description;
  description.name = options.name;
  description.compilerVersion = "Kiln " KILN_VERSION;
  description.modelFile = options.modelFile;
  description.modelDigest = options.modelDigest;
  description.triple = target.triple;
  description.cpu = target.cpu;
  description.cpuFeatures = enabledFeatures(target);
  description.cpuFeatureBits = cpuFeatureBits(target);
  description.threads = options.threads;
  description.inputs = tensorsOf(inputs, "input");
  description.outputs = tensorsOf(outputs, "output");
  if (auto layers = entry->getAttrOfType<ArrayAttr>("kernel.layers"))
    description.layers = layersOf(layers);
  nameKernels(describeLaunches(module), description.layers);
  description.arenaBytes = integer(entry, "kernel.arena_bytes");
  description.liveBytes = integer(entry, "kernel.live_bytes");
  description.weightsBytes = integer(module, "kernel.weights_bytes");
  description.preparedBytes = preparedBytes(module);
  description.weights = weightsOf(module);
  description.preprocess = options.preprocess;
  description.labels = options.labels;
  checkLabels(module, description);
  return description;
}

std::vector<LaunchInfo> describeLaunches(ModuleOp module) {
  std::vector<LaunchInfo> launches;
  Operation *entry = entryOf(module);
  auto list = entry ? entry->getAttrOfType<ArrayAttr>("kernel.launches") : ArrayAttr();
  if (!list)
    return launches;
  for (auto entry : list.getAsRange<DictionaryAttr>()) {
    LaunchInfo launch;
    for (auto layer : entry.getAs<ArrayAttr>("layers").getAsRange<StringAttr>())
      launch.layers.push_back(layer.str());
    launch.kind = entry.getAs<StringAttr>("kind").str();
    launch.kernel = entry.getAs<StringAttr>("kernel").str();
    launch.tasks = entry.getAs<IntegerAttr>("tasks").getInt();
    launch.multiplyAdds = entry.getAs<IntegerAttr>("multiply_adds").getInt();
    launch.weightBytes = entry.getAs<IntegerAttr>("weight_bytes").getInt();
    launch.mapBytes = entry.getAs<IntegerAttr>("map_bytes").getInt();
    launches.push_back(std::move(launch));
  }
  return launches;
}

} // namespace kiln
