// Keras 1: its names of layers and arguments become those of Keras 2.
#ifndef KILN_FRONTENDS_KERAS_KERASLEGACY_H
#define KILN_FRONTENDS_KERAS_KERASLEGACY_H

#include "frontends/keras/KerasModel.h"

namespace kiln::keras_frontend {

///   {"class_name": "Convolution2D", "config": {"nb_filter": 8, "nb_row": 3, "nb_col": 3, ...}}
///     ->  Conv2D {"filters": 8, "kernel_size": [3, 3], ...}
/// Does nothing to a layer of Keras 2.
void convertKeras1(LayerConfig &layer);

} // namespace kiln::keras_frontend

#endif // KILN_FRONTENDS_KERAS_KERASLEGACY_H
