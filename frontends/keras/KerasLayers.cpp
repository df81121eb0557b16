// Lookup of layers, and the advice for those that are missing.
#include "frontends/keras/KerasLayers.h"

#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSwitch.h"

namespace kiln::keras_frontend {

using LayerTable = llvm::StringMap<const LayerClass *>;

static LayerTable tableOf(llvm::ArrayRef<llvm::ArrayRef<LayerClass>> families) {
  LayerTable table;
  for (llvm::ArrayRef<LayerClass> family : families)
    for (const LayerClass &layer : family)
      table[layer.name] = &layer;
  return table;
}

static const LayerTable &layerTable() {
  static const LayerTable table =
      tableOf({activationLayers(), convLayers(), denseLayers(), localLayers(), mergeLayers(),
               normalizationLayers(), poolLayers(), resizeLayers(), shapeLayers(),
               transposedConvLayers(), wrapperLayers()});
  return table;
}

static const LayerTable &operatorTable() {
  static const LayerTable table =
      tableOf({operatorLayers(), functionLayers(), resizeFunctions(), sliceFunctions()});
  return table;
}

/// x * 2 on Keras' tensors is an entry of its own: class Multiply of keras.src.ops in Keras 3,
/// TFOpLambda with the function "math.multiply" in Keras 2. The .h5 files of Keras 3 leave the
/// module out; there nearly all layers say whether they are trainable, and no operation does.
std::string operatorNameOf(const llvm::json::Object &entry, const LayerConfig &layer) {
  if (layer.className == "TFOpLambda" || layer.className == "SlicingOpLambda")
    if (auto function = layer.config.getString("function")) {
      llvm::StringRef last = function->rsplit('.').second;
      return last.empty() ? function->lower() : last.lower();
    }
  std::string name = llvm::StringRef(layer.className).lower();
  if (auto module = entry.getString("module"))
    return module->contains(".ops.") ? name : "";
  const llvm::json::Array *calls = entry.getArray("inbound_nodes");
  bool isKeras3 = calls && !calls->empty() && calls->front().getAsObject();
  bool isBare = isKeras3 && !layer.config.get("trainable") && !layer.model;
  bool isLayer = layerTable().contains(layer.className) && !operatorTable().contains(name);
  return isBare && !isLayer ? name : "";
}

const LayerClass *findLayer(const LayerConfig &layer) {
  return layer.operatorName.empty() ? layerTable().lookup(layer.className)
                                    : operatorTable().lookup(layer.operatorName);
}

static llvm::StringRef adviceFor(llvm::StringRef name) {
  return llvm::StringSwitch<llvm::StringRef>(name)
      .Case("Lambda",
            "its code is not in the file: write it with layers of Keras, or end the model "
            "before it")
      .Cases({"LSTM", "GRU", "SimpleRNN", "RNN", "Bidirectional", "ConvLSTM1D", "ConvLSTM2D",
              "ConvLSTM3D", "CuDNNLSTM", "CuDNNGRU"},
             "recurrent layers are outside of what Kiln compiles")
      .Cases({"Embedding", "MultiHeadAttention", "Attention", "AdditiveAttention"},
             "models of text are outside of what Kiln compiles")
      .Default("replace it by supported layers, or end the model before it");
}

std::string describeUnsupported(const LayerConfig &layer) {
  std::string text = quoted(layer.path) + ": " + quoted(layer.className) + "; ";
  if (!layer.operatorName.empty())
    return text + "the operation " + quoted(layer.operatorName) +
           " on tensors is not known: write it with layers of Keras";
  return text + adviceFor(layer.className).str();
}

} // namespace kiln::keras_frontend
