// Activations, by the names that Keras gives them.
#ifndef KILN_FRONTENDS_KERAS_KERASACTIVATIONS_H
#define KILN_FRONTENDS_KERAS_KERASACTIVATIONS_H

#include "frontends/keras/KerasLayer.h"

namespace kiln::keras_frontend {

/// Applies what an `activation` argument says: a name, or the object of a layer or function.
FailureOr<KerasTensor> applyActivation(KerasLayer &layer, const llvm::json::Value &activation,
                                       const KerasTensor &input);

/// Applies an activation by name; nothing where there is none of that name.
std::optional<FailureOr<KerasTensor>> applyNamedActivation(KerasLayer &layer, llvm::StringRef name,
                                                           const KerasTensor &input);

/// Softmax over axes of Keras, in any number.
FailureOr<KerasTensor> softmax(KerasLayer &layer, const KerasTensor &input,
                               llvm::ArrayRef<int64_t> axes);

/// min(x, maximum) where x > threshold; slope * (x - threshold) elsewhere.
struct ReluForm {
  double slope = 0, threshold = 0;
  std::optional<double> maximum;
};
FailureOr<Value> relu(KerasLayer &layer, Value x, const ReluForm &form);

} // namespace kiln::keras_frontend

#endif // KILN_FRONTENDS_KERAS_KERASACTIVATIONS_H
