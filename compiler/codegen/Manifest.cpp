// See Manifest.h.
#include "compiler/codegen/Manifest.h"
#include "compiler/codegen/Identifiers.h"
#include "runtime/manifest_generated.h"

#include "llvm/ADT/STLExtras.h"

namespace kiln {

namespace fb = flatbuffers;
using manifest::DType;

static constexpr uint32_t manifestVersion = 1;

static_assert(static_cast<int>(DType::Bool) == KILN_BOOL &&
              static_cast<int>(DType::F16) == KILN_F16);
static_assert(static_cast<int>(manifest::Channels::Gray) == KILN_CHANNELS_GRAY);

static fb::Offset<fb::Vector<fb::Offset<manifest::Tensor>>>
buildTensors(fb::FlatBufferBuilder &builder, const std::vector<TensorInfo> &tensors) {
  std::vector<fb::Offset<manifest::Tensor>> offsets;
  for (auto [tensor, field] : llvm::zip_equal(tensors, fieldNames(tensors)))
    offsets.push_back(manifest::CreateTensorDirect(builder, tensor.name.c_str(), field.c_str(),
                                                   static_cast<DType>(tensor.dtype), &tensor.shape,
                                                   tensor.bytes()));
  return builder.CreateVector(offsets);
}

static fb::Offset<fb::Vector<fb::Offset<manifest::Layer>>>
buildLayers(fb::FlatBufferBuilder &builder, const std::vector<LayerInfo> &layers) {
  std::vector<fb::Offset<manifest::Layer>> offsets;
  for (const LayerInfo &layer : layers) {
    auto sources = builder.CreateVectorOfStrings(layer.sources);
    offsets.push_back(manifest::CreateLayer(
        builder, builder.CreateString(layer.name), sources, builder.CreateString(layer.op),
        builder.CreateString(layer.kernel), layer.multiplyAdds));
  }
  return builder.CreateVector(offsets);
}

static fb::Offset<fb::Vector<fb::Offset<manifest::Weight>>>
buildWeights(fb::FlatBufferBuilder &builder, const std::vector<WeightInfo> &weights) {
  std::vector<fb::Offset<manifest::Weight>> offsets;
  for (const WeightInfo &weight : weights)
    offsets.push_back(manifest::CreateWeightDirect(builder, weight.name.c_str(),
                                                   static_cast<DType>(weight.dtype), &weight.shape,
                                                   weight.offset, weight.bytes, weight.digest));
  return builder.CreateVector(offsets);
}

static fb::Offset<manifest::EntryPoint> buildEntryPoint(fb::FlatBufferBuilder &builder,
                                                        const ArtifactDescription &d) {
  auto name = builder.CreateString(d.name);
  auto inputs = buildTensors(builder, d.inputs), outputs = buildTensors(builder, d.outputs);
  return manifest::CreateEntryPoint(builder, name, inputs, outputs, d.arenaBytes, d.liveBytes,
                                    d.preparedBytes, buildLayers(builder, d.layers));
}

std::vector<uint8_t> buildManifest(const ArtifactDescription &d) {
  fb::FlatBufferBuilder builder;
  auto entry = buildEntryPoint(builder, d);
  auto entries = builder.CreateVector(&entry, 1);
  auto weights = buildWeights(builder, d.weights);
  auto preprocess = manifest::CreatePreprocessDirect(
      builder, static_cast<manifest::Channels>(d.preprocess.channels), d.preprocess.scale,
      &d.preprocess.mean, &d.preprocess.std);
  auto labels = builder.CreateVectorOfStrings(d.labels),
       features = builder.CreateVectorOfStrings(d.cpuFeatures);
  auto compiler = builder.CreateString(d.compilerVersion), name = builder.CreateString(d.name);
  auto model = builder.CreateString(d.modelFile), digest = builder.CreateString(d.modelDigest);
  auto triple = builder.CreateString(d.triple);
  auto cpu = builder.CreateString(d.cpu);
  fb::Offset<fb::String> weightsFile;
  if (!d.weightsFile.empty())
    weightsFile = builder.CreateString(d.weightsFile);
  auto root = manifest::CreateManifest(builder, manifestVersion, compiler, name, model, digest,
                                       triple, cpu, features, d.threads, entries, d.weightsBytes,
                                       d.weightsDigest, weightsFile, weights, preprocess, labels);
  manifest::FinishSizePrefixedManifestBuffer(builder, root);
  std::vector<uint8_t> bytes(builder.GetBufferPointer(),
                             builder.GetBufferPointer() + builder.GetSize());
  bytes.resize((bytes.size() + 15) / 16 * 16);
  return bytes;
}

static std::string text(const fb::String *string) { return string ? string->str() : std::string(); }

template <typename T> static std::vector<T> numbers(const fb::Vector<T> *vector) {
  return vector ? std::vector<T>(vector->begin(), vector->end()) : std::vector<T>();
}

static std::vector<std::string> texts(const fb::Vector<fb::Offset<fb::String>> *vector) {
  std::vector<std::string> result;
  for (size_t i = 0, e = vector ? vector->size() : 0; i != e; ++i)
    result.push_back(text(vector->Get(static_cast<fb::uoffset_t>(i))));
  return result;
}

/// Calls `parse(element, result)` for each table of a vector that may be absent.
template <typename Info, typename Table, typename Parse>
static std::vector<Info> tables(const fb::Vector<fb::Offset<Table>> *vector, Parse parse) {
  std::vector<Info> result;
  for (size_t i = 0, e = vector ? vector->size() : 0; i != e; ++i)
    result.push_back(parse(*vector->Get(static_cast<fb::uoffset_t>(i))));
  return result;
}

static kiln_dtype dtypeOf(DType dtype) { return static_cast<kiln_dtype>(dtype); }

static TensorInfo parseTensor(const manifest::Tensor &tensor) {
  return {text(tensor.name()), dtypeOf(tensor.dtype()), numbers(tensor.shape())};
}

static LayerInfo parseLayer(const manifest::Layer &layer) {
  return {text(layer.name()), texts(layer.sources()), text(layer.op()), text(layer.kernel()),
          layer.multiply_adds()};
}

static WeightInfo parseWeight(const manifest::Weight &weight) {
  return {text(weight.name()), dtypeOf(weight.dtype()), numbers(weight.shape()),
          weight.offset(),     weight.bytes(),          weight.digest()};
}

static void parseEntryPoint(const manifest::EntryPoint &entry, ArtifactDescription &d) {
  d.inputs = tables<TensorInfo>(entry.inputs(), parseTensor);
  d.outputs = tables<TensorInfo>(entry.outputs(), parseTensor);
  d.layers = tables<LayerInfo>(entry.layers(), parseLayer);
  d.arenaBytes = entry.arena_bytes();
  d.liveBytes = entry.live_bytes();
  d.preparedBytes = entry.prepared_bytes();
}

static ArtifactDescription parseManifest(const manifest::Manifest &m) {
  ArtifactDescription d;
  d.name = text(m.name());
  d.compilerVersion = text(m.compiler());
  d.modelFile = text(m.model());
  d.modelDigest = text(m.model_digest());
  d.triple = text(m.triple());
  d.cpu = text(m.cpu());
  d.cpuFeatures = texts(m.features());
  d.threads = m.threads();
  if (m.entry_points() && m.entry_points()->size() != 0)
    parseEntryPoint(*m.entry_points()->Get(0), d);
  d.weightsBytes = m.weights_bytes();
  d.weightsDigest = m.weights_digest();
  d.weightsFile = text(m.weights_file());
  d.weights = tables<WeightInfo>(m.weights(), parseWeight);
  if (const manifest::Preprocess *preprocess = m.preprocess())
    d.preprocess = {static_cast<uint32_t>(preprocess->channels()), preprocess->scale(),
                    numbers(preprocess->mean()), numbers(preprocess->std())};
  d.labels = texts(m.labels());
  return d;
}

llvm::Expected<std::vector<ArtifactDescription>> parseManifests(llvm::ArrayRef<uint8_t> section) {
  constexpr size_t prefix = sizeof(fb::uoffset_t);
  std::vector<ArtifactDescription> result;
  while (section.size() > prefix) {
    size_t size = fb::GetPrefixedSize(section.data()) + prefix;
    // Buffers begin at multiples of 16; zeros between them are the linker's padding.
    if (size == prefix) {
      section = section.drop_front(std::min<size_t>(16, section.size()));
      continue;
    }
    fb::Verifier verifier(section.data(), std::min(size, section.size()));
    if (size > section.size() || !manifest::VerifySizePrefixedManifestBuffer(verifier))
      return llvm::createStringError("the manifest is damaged");
    const manifest::Manifest *m = manifest::GetSizePrefixedManifest(section.data());
    if (m->version() != manifestVersion)
      return llvm::createStringError("the manifest has version " + llvm::Twine(m->version()) +
                                     ", this Kiln reads version " + llvm::Twine(manifestVersion));
    result.push_back(parseManifest(*m));
    section = section.drop_front(std::min((size + 15) / 16 * 16, section.size()));
  }
  return result;
}

} // namespace kiln
