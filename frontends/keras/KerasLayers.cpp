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

const LayerClass *findLayer(const LayerConfig &layer) {
  static const LayerTable layers =
      tableOf({activationLayers(), convLayers(), denseLayers(), mergeLayers(),
               normalizationLayers(), poolLayers(), shapeLayers(), upLayers(), wrapperLayers()});
  static const LayerTable operators = tableOf({operatorLayers()});
  if (!layer.operatorName.empty())
    return operators.lookup(layer.operatorName);
  return layers.lookup(layer.className);
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
