// The weights section of a loaded network, replaced for a check: by that of another artefact, or by
// one with an altered number, which shows that the check would notice.
#ifndef KILN_TOOLS_KILN_PACKEDWEIGHTS_H
#define KILN_TOOLS_KILN_PACKEDWEIGHTS_H

#include "tools/kiln/LoadedNetwork.h"

namespace kiln::tool {

class PackedWeights {
public:
  /// A copy of what `network` reads; from now on it reads the copy, which therefore has to live as
  /// long.
  explicit PackedWeights(LoadedNetwork &network);

  /// Takes over every packed tensor of `other` that has the same name and size. Prints those that
  /// `other` lacks.
  ExitStatus takeFrom(const LoadedNetwork &other);

  /// Alters one number of the tensor that `which` names or counts (from 0): the largest one changes
  /// its sign. Prints what it did.
  ExitStatus alter(llvm::StringRef which);

private:
  LoadedNetwork &network;
  TensorBuffer bytes;
};

} // namespace kiln::tool

#endif // KILN_TOOLS_KILN_PACKEDWEIGHTS_H
