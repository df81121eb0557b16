// The sections that are translated, one table of them by family, and the activations.
#ifndef KILN_FRONTENDS_DARKNET_DARKNETLAYERS_H
#define KILN_FRONTENDS_DARKNET_DARKNETLAYERS_H

#include "frontends/darknet/DarknetLayer.h"

namespace kiln::darknet_frontend {

struct DarknetSection {
  llvm::StringLiteral name;
  LogicalResult (*translate)(DarknetLayer &layer);
};

/// The section of that name, or null.
const DarknetSection *findSection(llvm::StringRef name);

/// What to do about a section that is not in the table.
llvm::StringRef adviceFor(llvm::StringRef section);

llvm::ArrayRef<DarknetSection> convolutionSections();
llvm::ArrayRef<DarknetSection> denseSections();
llvm::ArrayRef<DarknetSection> headSections();
llvm::ArrayRef<DarknetSection> joinSections();
llvm::ArrayRef<DarknetSection> movementSections();
llvm::ArrayRef<DarknetSection> normalizationSections();
llvm::ArrayRef<DarknetSection> poolSections();

/// The function that the option `activation` names, `otherwise` where it is absent.
FailureOr<Value> activated(DarknetLayer &layer, FailureOr<Value> value, llvm::StringRef otherwise);

/// Scales and statistics of a batch normalisation, in the order of the file.
struct BatchNorm {
  Value scales, means, variances;
};

/// The next weights as those of a batch normalisation. The variances are changed so that the fork's
/// epsilon is in them.
FailureOr<BatchNorm> readBatchNorm(DarknetLayer &layer, int64_t channels);

/// `scales * (value - means) / sqrt(variances) + biases`.
FailureOr<Value> normalized(DarknetLayer &layer, FailureOr<Value> value, const BatchNorm &norm,
                            Value biases);

} // namespace kiln::darknet_frontend

#endif // KILN_FRONTENDS_DARKNET_DARKNETLAYERS_H
