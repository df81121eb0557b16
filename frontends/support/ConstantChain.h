// The value of a tensor that is computed from constants by ops that were not folded because they
// are large: indices and masks, which decide how an operator is translated.
#ifndef KILN_FRONTENDS_SUPPORT_CONSTANTCHAIN_H
#define KILN_FRONTENDS_SUPPORT_CONSTANTCHAIN_H

#include "dialects/nn/NnBuild.h"

#include <optional>

namespace kiln::frontend {

/// The elements of an integer tensor, where it follows from constants alone by ops that act on each
/// element or move them, and neither it nor what it is computed from has more than `mostElements`
/// in all.
std::optional<llvm::SmallVector<int64_t>> integersOfChain(mlir::Value value, int64_t mostElements);

} // namespace kiln::frontend

#endif // KILN_FRONTENDS_SUPPORT_CONSTANTCHAIN_H
