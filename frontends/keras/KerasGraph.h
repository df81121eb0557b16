// The calls of one model in an order to visit them in.
#ifndef KILN_FRONTENDS_KERAS_KERASGRAPH_H
#define KILN_FRONTENDS_KERAS_KERASGRAPH_H

#include "frontends/keras/KerasModel.h"

namespace kiln::keras_frontend {

struct CallSite {
  const LayerConfig *layer;
  const Call *call;
  /// As references name it.
  int64_t number;
};

/// The calls that the outputs depend on, each after those whose results it uses. Errors: a
/// connection to no layer or call, a cycle.
mlir::FailureOr<std::vector<CallSite>> sortCalls(const ModelConfig &model, EmitError emitError);

} // namespace kiln::keras_frontend

#endif // KILN_FRONTENDS_KERAS_KERASGRAPH_H
