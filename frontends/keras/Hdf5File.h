// What Kiln needs of an HDF5 file: the strings among the attributes, and the datasets with their
// shapes. Contiguous data stays where it lies in the file; chunked, compressed and big-endian data
// is decoded.
//
// The HDF5 library trusts the files that it reads. It runs in a process of its own, with bounds on
// time and memory, that writes down what it found (Hdf5Walk); a file that brings it down is a
// message here.
#ifndef KILN_FRONTENDS_KERAS_HDF5FILE_H
#define KILN_FRONTENDS_KERAS_HDF5FILE_H

#include "frontends/support/ModelFile.h"

#include "mlir/IR/BuiltinTypes.h"
#include "llvm/ADT/StringMap.h"

#include <vector>

namespace kiln::keras_frontend {

using frontend::EmitError;
using frontend::MappedBytes;
using frontend::quoted;

/// The element types of datasets that are read; all little-endian.
enum class Hdf5Type : uint8_t { F16, BF16, F32, F64, I8, U8, I16, I32, I64, Other };

struct Hdf5Dataset {
  Hdf5Type type = Hdf5Type::Other;
  llvm::SmallVector<int64_t> shape;
  /// The elements in row-major order. Empty, with `problem` saying why, where they cannot be had.
  MappedBytes data;
  std::string problem;
};

class Hdf5File {
public:
  /// Reads the structure of a file in memory. Errors: it is damaged, too large, or no HDF5 file.
  static mlir::FailureOr<std::unique_ptr<Hdf5File>> read(MappedBytes file, EmitError emitError);

  /// Paths have no slash at either end; the root is "".
  bool hasGroup(llvm::StringRef path) const { return groups.contains(path); }
  const Hdf5Dataset *dataset(llvm::StringRef path) const;
  /// The strings of an attribute of a group, split over NAME0, NAME1.. where it is long; null where
  /// there is none.
  const std::vector<std::string> *strings(llvm::StringRef group, llvm::StringRef name) const;

private:
  mlir::LogicalResult parse(MappedBytes file, llvm::StringRef index, MappedBytes decoded,
                            EmitError emitError);
  void joinChunkedAttributes();

  using Attributes = llvm::StringMap<std::vector<std::string>>;
  llvm::StringMap<Attributes> groups;
  llvm::StringMap<Hdf5Dataset> datasets;
};

/// The size of one element, in bytes.
unsigned elementBytes(Hdf5Type type);

} // namespace kiln::keras_frontend

#endif // KILN_FRONTENDS_KERAS_HDF5FILE_H
