// What a translator sees of one call of a layer: its inputs, its configuration with types checked,
// its weights, and the builder. Every error is reported at the layer; no translator ever asserts on
// what the file says.
//
//     LogicalResult translateDense(KerasLayer &layer) {
//       FailureOr<Value> kernel = layer.weight("kernel", {inputs, layer.integer("units", 0)});
//       return layer.activate(...);
//     }
#ifndef KILN_FRONTENDS_KERAS_KERASLAYER_H
#define KILN_FRONTENDS_KERAS_KERASLAYER_H

#include "frontends/keras/KerasModel.h"
#include "frontends/keras/KerasTensor.h"

namespace kiln::keras_frontend {

/// What a layer may ask of the import that it is part of.
class LayerHost {
public:
  virtual ~LayerHost() = default;
  /// A weight of the layer as a constant, in the shape of the file; null where it has no weight of
  /// that name. `wanted` is the shape of random weights, which are null before it has been given.
  virtual FailureOr<Value> weightOf(const LayerConfig &layer, llvm::StringRef name,
                                    std::optional<llvm::ArrayRef<int64_t>> wanted) = 0;
  /// Translates a layer inside another, or a nested model.
  virtual FailureOr<KerasTensor> translateInner(const LayerConfig &layer,
                                                llvm::ArrayRef<KerasTensor> inputs) = 0;
  virtual KerasVersion version() const = 0;
};

class KerasLayer : public KerasBuilder {
public:
  KerasLayer(const LayerConfig &config, const Call &call, llvm::ArrayRef<KerasTensor> inputs,
             LayerHost &host, mlir::OpBuilder &builder, mlir::Location loc, TransposeCache &cache)
      : KerasBuilder(builder, loc, cache), layer(config), call(call), inputs(inputs), host(host) {}

  const LayerConfig &config() const { return layer; }
  const Call &getCall() const { return call; }
  LayerHost &getHost() { return host; }
  bool isKeras1() const { return layer.isKeras1 || host.version().major < 2; }

  size_t numInputs() const { return inputs.size(); }
  const KerasTensor &input(size_t index = 0) const { return inputs[index]; }
  mlir::Type elementType() const { return inputs.front().type().getElementType(); }
  /// An error unless the first input has this many dimensions, batch included.
  LogicalResult checkRank(int64_t rank) const;

  // Configuration; of a function on tensors, its arguments too. A wrong type is reported, remembered (see configIsValid) and read as the
  // default; null is the default.
  const llvm::json::Value *find(llvm::StringRef key) const;
  int64_t integer(llvm::StringRef key, int64_t otherwise);
  double real(llvm::StringRef key, double otherwise);
  bool boolean(llvm::StringRef key, bool otherwise);
  std::string text(llvm::StringRef key, llvm::StringRef otherwise);
  /// One number, or a list of them; nothing where the key is absent or null.
  std::optional<Integers> integers(llvm::StringRef key);
  std::optional<llvm::SmallVector<double>> reals(llvm::StringRef key);
  /// `count` numbers in [least, 2^24]; one number stands for all.
  FailureOr<Integers> sizes(llvm::StringRef key, size_t count, int64_t least, int64_t otherwise);
  bool configIsValid() const { return valid; }
  bool channelsLast();
  /// `axis`, counted from the end when negative; an error unless it is then in [0, bound).
  FailureOr<int64_t> checkedAxis(int64_t axis, int64_t bound) const;

  /// A weight, of this shape and of the element type of the input. An error names what differs.
  FailureOr<Value> weight(llvm::StringRef name, llvm::ArrayRef<int64_t> shape);
  /// A weight in the shape that the file gives it; null where the layer has none of that name, and
  /// where weights are random.
  FailureOr<Value> weight(llvm::StringRef name) { return givenWeight(name, std::nullopt); }
  bool hasBias() { return boolean("use_bias", true); }

  // The result.
  LogicalResult finish(FailureOr<KerasTensor> result);
  /// The result is `value`, which is stored as `like` and has its shape.
  LogicalResult finishLike(FailureOr<Value> value, const KerasTensor &like);
  /// The result behind the layer's own `activation`.
  LogicalResult activate(FailureOr<KerasTensor> result);
  const std::optional<KerasTensor> &result() const { return output; }

private:
  void reportType(llvm::StringRef key, llvm::StringRef wanted);
  FailureOr<Value> givenWeight(llvm::StringRef name, std::optional<llvm::ArrayRef<int64_t>> wanted);

  const LayerConfig &layer;
  const Call &call;
  llvm::ArrayRef<KerasTensor> inputs;
  LayerHost &host;
  std::optional<KerasTensor> output;
  bool valid = true;
};

} // namespace kiln::keras_frontend

#endif // KILN_FRONTENDS_KERAS_KERASLAYER_H
