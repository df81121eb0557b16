// What a translator sees of one section: its options with the defaults of Darknet, the tensor in
// front of it, the layers before, its weights, and the builder of nn ops. Every error is reported
// at the section's line, or at the option's.
//
//     static LogicalResult translateDropout(DarknetLayer &layer) {
//       return layer.setResult(layer.input());
//     }
#ifndef KILN_FRONTENDS_DARKNET_DARKNETLAYER_H
#define KILN_FRONTENDS_DARKNET_DARKNETLAYER_H

#include "frontends/darknet/DarknetConfig.h"
#include "frontends/darknet/DarknetWeights.h"
#include "frontends/support/NnBuilder.h"

#include "llvm/ADT/StringSet.h"

namespace kiln::darknet_frontend {

using frontend::Integers;
using mlir::FailureOr;
using mlir::LogicalResult;
using mlir::RankedTensorType;
using mlir::Value;

/// C x H x W, as Darknet counts; a plain list of N numbers is N x 1 x 1.
struct MapShape {
  int64_t channels, height, width;
};

/// Boxes that a detection head found, by their centres and sizes in parts of the picture, and the
/// probability of each class.
struct DecodedBoxes {
  Value boxes;  ///< 1 x B x 4: x, y, width, height
  Value scores; ///< 1 x C x B
};

/// What the layers of one network share.
struct DarknetNetwork {
  const DarknetConfig &config;
  DarknetWeights &weights;
  DarknetFork fork;
  MapShape input;
  llvm::SmallVector<Value> layers; ///< results, by the number of the layer
  llvm::SmallVector<DecodedBoxes> heads;
};

class DarknetLayer : public frontend::NnBuilder {
public:
  DarknetLayer(const ConfigSection &section, size_t index, Value input, DarknetNetwork &network,
               mlir::OpBuilder &builder, mlir::Location loc)
      : NnBuilder(builder, loc), section(section), index(index), theInput(input), network(network) {
  }

  /// At the section, and at one of its options.
  mlir::InFlightDiagnostic error() const { return mlir::emitError(loc); }
  mlir::InFlightDiagnostic error(llvm::StringRef key) const;

  DarknetNetwork &getNetwork() { return network; }
  size_t getIndex() const { return index; }

  // Options. One that cannot be read, or is out of its range, is reported, remembered (see
  // optionsAreValid) and read as the default.
  bool has(llvm::StringRef key) const { return find(key) != nullptr; }
  int64_t integer(llvm::StringRef key, int64_t otherwise, int64_t least = 0,
                  int64_t largest = int64_t(1) << 24);
  double real(llvm::StringRef key, double otherwise);
  std::string text(llvm::StringRef key, llvm::StringRef otherwise);
  llvm::SmallVector<double> reals(llvm::StringRef key);
  bool isSet(llvm::StringRef key) { return integer(key, 0, -1) != 0; }
  /// The layers that a list of numbers names, negative ones counted from this layer.
  FailureOr<llvm::SmallVector<size_t>> layers(llvm::StringRef key);
  bool optionsAreValid() const { return valid; }
  /// Warns of options that nothing has asked for and that are spelt almost like one that was, and
  /// of other values for one that stands before.
  void warnOfUnreadOptions() const;
  /// An error where an option has another value than its default: `keys` are not supported.
  LogicalResult refuse(llvm::ArrayRef<llvm::StringRef> keys);

  // Tensors.
  Value input() const { return theInput; }
  Value layer(size_t number) const { return network.layers[number]; }
  static MapShape shapeOf(Value value);
  MapShape shape() const { return shapeOf(theInput); }
  /// The input as 1 x C x H x W, and as 1 x N.
  FailureOr<Value> map() { return mapOf(theInput); }
  FailureOr<Value> mapOf(Value value);
  FailureOr<Value> list();

  /// The next numbers of the weights, as a constant called "layer3.NAME".
  FailureOr<Value> weights(llvm::StringRef name, llvm::ArrayRef<int64_t> shape,
                           InitialValue initial, llvm::function_ref<float(float)> change = nullptr);

  mlir::Type element() { return builder.getF32Type(); }
  Value number(double value) { return scalar(value, element()); }

  LogicalResult setResult(FailureOr<Value> value) {
    if (failed(value))
      return mlir::failure();
    theResult = *value;
    return mlir::success();
  }
  Value result() const { return theResult; }

private:
  const ConfigOption *find(llvm::StringRef key) const;

  const ConfigSection &section;
  mutable llvm::StringSet<> asked;
  size_t index;
  Value theInput;
  DarknetNetwork &network;
  Value theResult;
  bool valid = true;
};

/// "layer 3 ([convolutional], net.cfg:25)".
std::string describe(const DarknetConfig &config, const ConfigSection &section, size_t index);

/// "layer3".
std::string layerName(size_t index);

} // namespace kiln::darknet_frontend

#endif // KILN_FRONTENDS_DARKNET_DARKNETLAYER_H
