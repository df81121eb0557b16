// Strings of any length lie in an HDF5 file's global heaps. The library steps from one object of a
// heap to the next by the sizes that the file gives, for ever where one of them is zero: this looks
// first.
#ifndef KILN_FRONTENDS_KERAS_HDF5HEAPS_H
#define KILN_FRONTENDS_KERAS_HDF5HEAPS_H

#include "llvm/ADT/StringRef.h"

namespace kiln::keras_frontend {

/// Whether every step through every global heap of the file goes forward (HDF5 File Format
/// Specification 3.0, III.E). Files whose sizes are not of eight bytes count as sound.
bool hasSoundHeaps(llvm::StringRef image);

} // namespace kiln::keras_frontend

#endif // KILN_FRONTENDS_KERAS_HDF5HEAPS_H
