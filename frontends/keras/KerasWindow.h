// Windows of convolution and pooling: kernel, strides, dilations, and the pads that 'same', 'valid'
// and 'causal' mean.
#ifndef KILN_FRONTENDS_KERAS_KERASWINDOW_H
#define KILN_FRONTENDS_KERAS_KERASWINDOW_H

#include "frontends/keras/KerasLayer.h"

namespace kiln::keras_frontend {

/// One entry per spatial dimension; `pads` has all begins, then all ends.
struct Window {
  Integers kernel, strides, dilations, pads;
};

/// Reads the window over a map of these spatial sizes. `kernelKey` is kernel_size or pool_size.
/// Strides that are not given are one, or the kernel's size for pooling.
FailureOr<Window> readWindow(KerasLayer &layer, llvm::StringRef kernelKey,
                             llvm::ArrayRef<int64_t> sizes);

/// Kernel sizes, strides and dilations alone.
FailureOr<Window> readWindowSizes(KerasLayer &layer, llvm::StringRef kernelKey, size_t count);

} // namespace kiln::keras_frontend

#endif // KILN_FRONTENDS_KERAS_KERASWINDOW_H
