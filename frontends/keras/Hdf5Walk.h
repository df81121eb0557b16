// The side of the HDF5 library: visits every group and dataset of a file, and writes down what it
// finds. Runs in a process of its own; see Hdf5File.
//
// The index is a sequence of records, each a letter and fields in the byte order of the machine:
//   G path                                            a group
//   A path name count strings                         an attribute of the group; strings
//   D path type rank dims place offset bytes problem  a dataset; place: 'F'ile, 'M'emory, '-' none
//   E                                                 the end
//   X message                                         the file cannot be read, and why
// A string is its length, 32 bits, and its bytes.
#ifndef KILN_FRONTENDS_KERAS_HDF5WALK_H
#define KILN_FRONTENDS_KERAS_HDF5WALK_H

#include "llvm/ADT/StringRef.h"

namespace kiln::keras_frontend {

/// Writes the index of the file in `image` to one file descriptor, and decoded data to the other;
/// no more than `maxDecoded` bytes. False where a descriptor cannot be written.
bool walkHdf5(llvm::StringRef image, int indexFile, int dataFile, uint64_t maxDecoded);

} // namespace kiln::keras_frontend

#endif // KILN_FRONTENDS_KERAS_HDF5WALK_H
