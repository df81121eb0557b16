// The table of the layers that are known here, one list a family.
#ifndef KILN_FRONTENDS_KERAS_KERASLAYERS_H
#define KILN_FRONTENDS_KERAS_KERASLAYERS_H

#include "frontends/keras/KerasLayer.h"

namespace kiln::keras_frontend {

struct LayerClass {
  llvm::StringLiteral name;
  int minInputs;
  int maxInputs;
  /// The weights in the order of the file: "kernel bias?use_bias=1". A question mark is followed by
  /// the key of the configuration that must be true, and its default; ?KEY means that it must be
  /// given, ?!KEY that it must be absent. A star in front: not trainable; an ampersand: one of the
  /// layer inside, which .keras files hold twice.
  llvm::StringLiteral weights;
  LogicalResult (*translate)(KerasLayer &layer);
  /// For layers with windows: the number of spatial dimensions.
  int spatialRank = 0;
  /// Elements of any type stay as they are; other layers see integers and doubles as floats.
  bool keepsElements = false;
};

/// For LayerClass::maxInputs.
inline constexpr int anyNumber = 1 << 30;

llvm::ArrayRef<LayerClass> activationLayers();
llvm::ArrayRef<LayerClass> convLayers();
llvm::ArrayRef<LayerClass> denseLayers();
llvm::ArrayRef<LayerClass> localLayers();
llvm::ArrayRef<LayerClass> mergeLayers();
llvm::ArrayRef<LayerClass> normalizationLayers();
llvm::ArrayRef<LayerClass> poolLayers();
llvm::ArrayRef<LayerClass> resizeLayers();
llvm::ArrayRef<LayerClass> shapeLayers();
llvm::ArrayRef<LayerClass> transposedConvLayers();
llvm::ArrayRef<LayerClass> wrapperLayers();
/// What Keras' own arithmetic on tensors is called in functional models.
llvm::ArrayRef<LayerClass> operatorLayers();
llvm::ArrayRef<LayerClass> functionLayers();
llvm::ArrayRef<LayerClass> resizeFunctions();
llvm::ArrayRef<LayerClass> sliceFunctions();

/// Which operation on tensors an entry of a model stands for, whose configuration has been read;
/// empty for a layer.
std::string operatorNameOf(const llvm::json::Object &entry, const LayerConfig &layer);

/// The class of a layer; null where it is not known.
const LayerClass *findLayer(const LayerConfig &layer);

/// Says of a layer that no translator exists for it, and what to do.
std::string describeUnsupported(const LayerConfig &layer);

} // namespace kiln::keras_frontend

#endif // KILN_FRONTENDS_KERAS_KERASLAYERS_H
