// Tables of what Keras 2 renamed.
#include "frontends/keras/KerasLegacy.h"

#include "llvm/ADT/StringSwitch.h"

namespace kiln::keras_frontend {

using llvm::json::Array;
using llvm::json::Object;
using llvm::json::Value;

static llvm::StringRef newClassName(llvm::StringRef name) {
  return llvm::StringSwitch<llvm::StringRef>(name)
      .Cases({"Convolution1D", "AtrousConvolution1D"}, "Conv1D")
      .Cases({"Convolution2D", "AtrousConvolution2D"}, "Conv2D")
      .Case("Convolution3D", "Conv3D")
      .Case("SeparableConvolution2D", "SeparableConv2D")
      .Cases({"Deconvolution2D", "Convolution2DTranspose"}, "Conv2DTranspose")
      .Case("Deconvolution3D", "Conv3DTranspose")
      .Default(name);
}

namespace {

class Renamer {
public:
  explicit Renamer(LayerConfig &layer) : layer(layer), config(layer.config) {}

  void rename(llvm::StringRef from, llvm::StringRef to) {
    if (Value *value = config.get(from)) {
      set(to, std::move(*value));
      config.erase(from);
    }
  }

  /// Several sizes under names of their own become one list.
  void gather(llvm::ArrayRef<llvm::StringRef> from, llvm::StringRef to) {
    Array list;
    for (llvm::StringRef name : from) {
      Value *value = config.get(name);
      if (!value)
        return;
      list.push_back(*value);
    }
    set(to, std::move(list));
  }

  void set(llvm::StringRef key, Value value) {
    config[key] = std::move(value);
    layer.isKeras1 = true;
  }

  bool has(llvm::StringRef key) const { return config.get(key); }

  void convertNames() {
    gather({"nb_row", "nb_col"}, "kernel_size");
    gather({"filter_length"}, "kernel_size");
    gather({"kernel_dim1", "kernel_dim2", "kernel_dim3"}, "kernel_size");
    gather({"subsample_length"}, "strides");
    gather({"pool_length"}, "pool_size");
    for (auto [from, to] : {std::pair<llvm::StringRef, llvm::StringRef>{"nb_filter", "filters"},
                            {"subsample", "strides"},
                            {"border_mode", "padding"},
                            {"atrous_rate", "dilation_rate"}})
      rename(from, to);
    if (auto order = config.getString("dim_ordering"))
      set("data_format", *order == "th" ? "channels_first" : "channels_last");
    llvm::StringRef name = layer.className;
    if (name == "Dense" || name == "TimeDistributedDense")
      rename("output_dim", "units");
    if (name.contains("Conv") || name == "Dense" || name.starts_with("LocallyConnected"))
      rename("bias", "use_bias");
    if (name.contains("Pooling1D"))
      rename("stride", "strides");
    if (name == "UpSampling1D")
      rename("length", "size");
  }

  /// [top, bottom, left, right] becomes [[top, bottom], [left, right]].
  void convertPadding() {
    const Array *padding = config.getArray("padding");
    if (layer.className != "ZeroPadding2D" || !padding || padding->size() != 4)
      return;
    Array pairs{Array{(*padding)[0], (*padding)[1]}, Array{(*padding)[2], (*padding)[3]}};
    set("padding", std::move(pairs));
  }

  void convertMerge() {
    auto mode = config.getString("mode");
    if (layer.className != "Merge" || !mode)
      return;
    llvm::StringRef name = llvm::StringSwitch<llvm::StringRef>(*mode)
                               .Case("sum", "Add")
                               .Case("mul", "Multiply")
                               .Case("concat", "Concatenate")
                               .Case("ave", "Average")
                               .Case("max", "Maximum")
                               .Cases({"dot", "cos"}, "Dot")
                               .Default("Merge");
    if (*mode == "cos")
      set("normalize", true);
    layer.className = name.str();
    rename("concat_axis", "axis");
    rename("dot_axes", "axes");
  }

private:
  LayerConfig &layer;
  Object &config;
};

} // namespace

mlir::FailureOr<size_t>
expandMerge(ModelConfig &model,
            llvm::function_ref<mlir::FailureOr<LayerConfig>(const Value &)> read,
            EmitError emitError) {
  LayerConfig &merge = model.layers.front();
  const Array *branches = merge.isKeras1 ? merge.config.getArray("layers") : nullptr;
  if (!branches)
    return 0;
  std::vector<LayerConfig> layers;
  Call call;
  for (const Value &value : *branches) {
    mlir::FailureOr<LayerConfig> branch = read(value);
    if (failed(branch))
      return mlir::failure();
    if (!branch->model || !branch->model->isSequential)
      return emitError() << describe(merge) << " joins the " << describe(*branch)
                         << "; only Sequential models are supported there: build it as a "
                            "functional model";
    llvm::append_range(model.inputs, branch->model->inputs);
    TensorRef end = branch->model->outputs.front();
    call.inputs.push_back(end);
    call.arguments.push_back({end, nullptr});
    std::move(branch->model->layers.begin(), branch->model->layers.end(),
              std::back_inserter(layers));
  }
  merge.calls.assign(1, std::move(call));
  size_t connected = layers.size() + 1;
  model.layers.insert(model.layers.begin(), std::make_move_iterator(layers.begin()),
                      std::make_move_iterator(layers.end()));
  return connected;
}

/// The format of the first layer that says one.
static std::optional<std::string> findFormat(llvm::ArrayRef<LayerConfig> layers) {
  for (const LayerConfig &layer : layers)
    for (const LayerConfig *part = &layer; part; part = part->inner.get()) {
      if (auto format = part->config.getString("data_format"))
        return format->str();
      if (part->model)
        if (std::optional<std::string> format = findFormat(part->model->layers))
          return format;
    }
  return std::nullopt;
}

static void setFormat(llvm::MutableArrayRef<LayerConfig> layers, llvm::StringRef format) {
  for (LayerConfig &layer : layers)
    for (LayerConfig *part = &layer; part; part = part->inner.get()) {
      llvm::StringRef name = part->className;
      bool movesBorders = name.starts_with("ZeroPadding") || name.starts_with("Cropping") ||
                          name.starts_with("UpSampling");
      if (movesBorders && !name.ends_with("1D") && !part->config.get("data_format"))
        part->config["data_format"] = format.str();
      if (part->model)
        setFormat(part->model->layers, format);
    }
}

void completeFormats(ModelConfig &model) {
  if (std::optional<std::string> format = findFormat(model.layers))
    setFormat(model.layers, *format);
}

void convertKeras1(LayerConfig &layer) {
  Renamer renamer(layer);
  llvm::StringRef name = newClassName(layer.className);
  layer.isKeras1 = name != layer.className;
  layer.className = name.str();
  renamer.convertNames();
  renamer.convertPadding();
  renamer.convertMerge();
}

} // namespace kiln::keras_frontend
