// A shape that the user gives for one of the model's inputs.
#ifndef KILN_DIALECTS_NN_NNINPUTSHAPE_H
#define KILN_DIALECTS_NN_NNINPUTSHAPE_H

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"

#include <cstdint>
#include <optional>
#include <string>

namespace kiln {

/// What `--input-shape=NAME:1x3x224x224` says. An empty name means the model's only input.
struct InputShape {
  std::string name;
  llvm::SmallVector<int64_t> dims;
};

/// Reads "NAME:1x3x224x224", split at the last colon, or "1x3x224x224". Nothing where a size is no
/// number from 1 on.
std::optional<InputShape> parseInputShape(llvm::StringRef text);

} // namespace kiln

#endif // KILN_DIALECTS_NN_NNINPUTSHAPE_H
