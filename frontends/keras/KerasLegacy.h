// Keras 1: its names of layers and arguments become those of Keras 2.
#ifndef KILN_FRONTENDS_KERAS_KERASLEGACY_H
#define KILN_FRONTENDS_KERAS_KERASLEGACY_H

#include "frontends/keras/KerasModel.h"

namespace kiln::keras_frontend {

///   {"class_name": "Convolution2D", "config": {"nb_filter": 8, "nb_row": 3, "nb_col": 3, ...}}
///     ->  Conv2D {"filters": 8, "kernel_size": [3, 3], ...}
/// Does nothing to a layer of Keras 2.
void convertKeras1(LayerConfig &layer);

/// A Sequential of Keras 1 may begin with a Merge that holds the models whose results it joins.
/// Their layers come first then, each model with an input of its own, and the Merge is called on
/// their results. `read` reads one of them. Returns how many layers are connected so.
mlir::FailureOr<size_t>
expandMerge(ModelConfig &model,
            llvm::function_ref<mlir::FailureOr<LayerConfig>(const llvm::json::Value &)> read,
            EmitError emitError);

/// Layers of Keras 1 that move borders do not write down their data_format: it is that of others.
void completeFormats(ModelConfig &model);

} // namespace kiln::keras_frontend

#endif // KILN_FRONTENDS_KERAS_KERASLEGACY_H
