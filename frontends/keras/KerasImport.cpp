// From the file's bytes, whatever their format, to configuration and weights; then the importer.
#include "frontends/keras/KerasImport.h"

#include "frontends/keras/KerasArchive.h"
#include "frontends/keras/KerasImporter.h"

using namespace mlir;

namespace kiln {
namespace keras_frontend {
namespace {

enum class Format { Hdf5, Archive, Json };

std::optional<Format> formatOf(llvm::StringRef bytes) {
  if (bytes.starts_with("\x89HDF\r\n\x1a\n"))
    return Format::Hdf5;
  if (bytes.starts_with("PK"))
    return Format::Archive;
  if (bytes.ltrim().starts_with("{"))
    return Format::Json;
  return std::nullopt;
}

/// What a model file, and perhaps a weights file, hold.
class Source {
public:
  /// `weightsFile` is what the user gives for weights, or null.
  Source(MLIRContext &context, MappedBytes model, std::shared_ptr<llvm::MemoryBuffer> weightsFile)
      : loc(frontend::fileLocation(context, model.owner->getBufferIdentifier())), weightsLoc(loc),
        model(std::move(model)), weightsFile(std::move(weightsFile)) {
    this->model.bytes.consume_front(frontend::byteOrderMark);
  }

  /// The architecture, and the weights that the same file holds.
  LogicalResult readModel();
  /// The weights of the file that the user names, or those of the model file.
  LogicalResult settleWeights();
  /// Whether the model file holds weights or the user names a file of them.
  bool hasWeights() const { return weights || weightsFile; }
  Location loc;
  llvm::json::Object config;
  std::unique_ptr<Hdf5File> weights;
  KerasVersion version;
  /// The file that the weights come from.
  Location weightsLoc;

private:
  LogicalResult readHdf5();
  LogicalResult readArchive();
  LogicalResult readWeights();
  LogicalResult setConfig(llvm::StringRef json);
  void noteVersion(std::optional<llvm::StringRef> version, std::optional<llvm::StringRef> backend);
  void noteVersionOf(const Hdf5File &file);
  void noteBackendOfKeras1(const Hdf5File &file);
  LogicalResult reportNoArchitecture() const;

  MappedBytes model;
  std::shared_ptr<llvm::MemoryBuffer> weightsFile;
};

LogicalResult Source::setConfig(llvm::StringRef json) {
  FailureOr<llvm::json::Object> object = parseJson(json, [&] { return emitError(loc); });
  if (failed(object))
    return failure();
  config = std::move(*object);
  // The architectures of Keras 3 alone do not say their version; they name the modules of classes.
  if (config.get("module"))
    version.major = 3;
  noteVersion(config.getString("keras_version"), config.getString("backend"));
  return success();
}

void Source::noteVersion(std::optional<llvm::StringRef> text,
                         std::optional<llvm::StringRef> backend) {
  unsigned major = 0;
  if (text && !text->split('.').first.getAsInteger(10, major) && major >= 1 && major < 100)
    version.major = static_cast<int>(major);
  if (backend)
    version.isTheano = *backend == "theano";
}

void Source::noteVersionOf(const Hdf5File &file) {
  for (llvm::StringRef group : {"", "model_weights"}) {
    auto first = [&](llvm::StringRef name) -> std::optional<llvm::StringRef> {
      const std::vector<std::string> *strings = file.strings(group, name);
      return strings && !strings->empty() ? std::optional<llvm::StringRef>(strings->front())
                                          : std::nullopt;
    };
    noteVersion(first("keras_version"), first("backend"));
  }
}

/// Keras 1 does not say which backend a model was trained with, but names of TensorFlow's weights
/// end in ":0".
void Source::noteBackendOfKeras1(const Hdf5File &file) {
  for (const std::string group : {"", "model_weights"}) {
    const std::vector<std::string> *layers = file.strings(group, "layer_names");
    if (!layers || file.strings(group, "backend"))
      continue;
    for (const std::string &layer : *layers) {
      const std::vector<std::string> *names =
          file.strings(group.empty() ? layer : group + "/" + layer, "weight_names");
      if (names && !names->empty())
        version.isTheano = names->front().find(':') == std::string::npos;
    }
  }
}

LogicalResult Source::reportNoArchitecture() const {
  bool isWeights = weights->strings("", "layer_names") || weights->hasGroup("layers");
  InFlightDiagnostic error = emitError(loc) << "the file has no architecture";
  if (!isWeights)
    return error << "; save the model with Keras' model.save()";
  error << ", it holds weights alone: ";
  if (weightsFile && formatOf(weightsFile->getBuffer()) == Format::Json)
    return error << "the two files have changed places; give "
                 << quoted(weightsFile->getBufferIdentifier())
                 << " as the model and this file with --weights";
  return error << "give the architecture (.json of model.to_json()) as the model and this file "
                  "with --weights";
}

LogicalResult Source::readHdf5() {
  FailureOr<std::unique_ptr<Hdf5File>> file = Hdf5File::read(model, [&] { return emitError(loc); });
  if (failed(file))
    return failure();
  weights = std::move(*file);
  const std::vector<std::string> *text = weights->strings("", "model_config");
  if (!text || text->empty())
    return reportNoArchitecture();
  std::string json;
  for (const std::string &part : *text)
    json += part;
  if (failed(setConfig(json)))
    return failure();
  noteVersionOf(*weights);
  return success();
}

LogicalResult Source::readArchive() {
  auto error = [&] { return emitError(loc); };
  FailureOr<MappedBytes> json = readArchiveEntry(model, "config.json", error);
  if (failed(json) || failed(setConfig(json->bytes)))
    return failure();
  version.major = 3;
  FailureOr<MappedBytes> metadata = readArchiveEntry(model, "metadata.json", error);
  if (failed(metadata))
    return failure();
  FailureOr<llvm::json::Object> object = parseJson(metadata->bytes, error);
  if (failed(object))
    return failure();
  noteVersion(object->getString("keras_version"), std::nullopt);
  FailureOr<MappedBytes> entry = readArchiveEntry(model, "model.weights.h5", error);
  if (failed(entry))
    return failure();
  FailureOr<std::unique_ptr<Hdf5File>> file = Hdf5File::read(
      *entry, [&] { return emitError(loc) << "'model.weights.h5' in the archive: "; });
  if (failed(file))
    return failure();
  weights = std::move(*file);
  return success();
}

LogicalResult Source::readWeights() {
  weightsLoc = frontend::fileLocation(*loc.getContext(), weightsFile->getBufferIdentifier());
  MappedBytes bytes{weightsFile->getBuffer(), weightsFile};
  std::optional<Format> format = formatOf(bytes.bytes);
  auto error = [&] { return emitError(weightsLoc); };
  if (format == Format::Archive) {
    FailureOr<MappedBytes> entry = readArchiveEntry(bytes, "model.weights.h5", error);
    if (failed(entry))
      return failure();
    bytes = *entry;
  } else if (format == Format::Json && bytes.bytes.contains("\"weight_map\"")) {
    return error() << "it lists weights that lie in several files; save them in one, with "
                      "model.save_weights() without max_shard_size";
  } else if (format == Format::Json) {
    return error() << "it is an architecture, no file of weights; give it as the model, and its "
                      "weights (of model.save_weights()) with --weights";
  } else if (format != Format::Hdf5) {
    return error() << "it is no file of Keras weights; save them with model.save_weights()";
  }
  FailureOr<std::unique_ptr<Hdf5File>> read = Hdf5File::read(bytes, error);
  if (failed(read))
    return failure();
  weights = std::move(*read);
  if (!config.getString("keras_version"))
    noteVersionOf(*weights);
  return success();
}

LogicalResult Source::readModel() {
  std::optional<Format> format = formatOf(model.bytes);
  if (!format)
    return emitError(loc) << "it is no Keras model: neither HDF5 (.h5), nor a .keras archive, nor "
                             "an architecture (.json)";
  return *format == Format::Json   ? setConfig(model.bytes)
         : *format == Format::Hdf5 ? readHdf5()
                                   : readArchive();
}

LogicalResult Source::settleWeights() {
  if (weightsFile && failed(readWeights()))
    return failure();
  if (weights && version.major < 2)
    noteBackendOfKeras1(*weights);
  if (!weights)
    return emitError(loc) << "an architecture needs its weights: give them with "
                             "--weights=FILE.h5 (of model.save_weights()), or with "
                             "--weights=random:1 for a trial; kiln summary needs none";
  return success();
}

} // namespace
} // namespace keras_frontend

OwningOpRef<ModuleOp> importKeras(MLIRContext &context, std::shared_ptr<llvm::MemoryBuffer> model,
                                  std::shared_ptr<llvm::MemoryBuffer> weightsFile,
                                  const KerasOptions &options) {
  using namespace keras_frontend;
  context.loadDialect<func::FuncDialect, nn::NnDialect>();
  llvm::StringRef path = model->getBufferIdentifier();
  Location loc = frontend::fileLocation(context, path);
  std::optional<frontend::RandomWeights> random;
  if (frontend::RandomWeights::isMeant(options.weights)) {
    auto parsed = frontend::RandomWeights::parse(loc, options.weights, options.mostRandomBytes);
    if (failed(parsed))
      return nullptr;
    random = *parsed;
  }
  Source source(context, {model->getBuffer(), model}, std::move(weightsFile));
  if (failed(source.readModel()))
    return nullptr;
  if (options.needsOnlyShapes && !random && !source.hasWeights())
    random = frontend::RandomWeights::shapesOnly();
  FailureOr<std::unique_ptr<ModelConfig>> config =
      readModelConfig(source.config, [&] { return emitError(loc); });
  if (failed(config) || (!random && failed(source.settleWeights())))
    return nullptr;
  KerasWeights weights(**config, source.version);
  KerasImporter importer(context, path, **config, weights, random, source.version, options);
  if (failed(importer.checkLayers()))
    return nullptr;
  if (random)
    weights.assignRandom();
  else if (failed(weights.assign(*source.weights, [&] { return emitError(source.weightsLoc); })))
    return nullptr;
  return importer.import();
}

OwningOpRef<ModuleOp> importKeras(MLIRContext &context, llvm::StringRef path,
                                  const KerasOptions &options) {
  Location loc = frontend::fileLocation(context, path);
  auto error = [&] { return emitError(loc); };
  std::shared_ptr<llvm::MemoryBuffer> model = frontend::mapFile(path, error), weights;
  if (!model)
    return nullptr;
  bool isFile = !options.weights.empty() && !frontend::RandomWeights::isMeant(options.weights);
  if (isFile && !(weights = frontend::mapFile(options.weights, error)))
    return nullptr;
  return importKeras(context, std::move(model), std::move(weights), options);
}

} // namespace kiln
