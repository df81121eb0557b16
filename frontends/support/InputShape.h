// A shape that the user gives for one of the model's inputs; shared by all frontends.
#ifndef KILN_FRONTENDS_SUPPORT_INPUTSHAPE_H
#define KILN_FRONTENDS_SUPPORT_INPUTSHAPE_H

#include "llvm/ADT/SmallVector.h"

#include <cstdint>
#include <string>

namespace kiln {

/// What `--input-shape=NAME:1x3x224x224` says. An empty name means the model's only input.
struct InputShape {
  std::string name;
  llvm::SmallVector<int64_t> dims;
};

} // namespace kiln

#endif // KILN_FRONTENDS_SUPPORT_INPUTSHAPE_H
