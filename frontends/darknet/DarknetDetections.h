// From decoded boxes to the list of what was found.
#ifndef KILN_FRONTENDS_DARKNET_DARKNETDETECTIONS_H
#define KILN_FRONTENDS_DARKNET_DARKNETDETECTIONS_H

#include "frontends/darknet/DarknetLayer.h"

namespace kiln::darknet_frontend {

struct DetectionThresholds {
  double score, overlap;
};

struct SuppressedBoxes {
  Value detections; ///< M x 6: x, y, width, height, probability, class; zeros behind the last
  Value count;      ///< 1, i64
};

/// Joins the boxes of all heads, as the tensors "boxes" (1 x B x 4) and "scores" (1 x C x B), and
/// suppresses those that others of their class cover.
FailureOr<SuppressedBoxes> suppressBoxes(llvm::ArrayRef<DecodedBoxes> heads,
                                         DetectionThresholds thresholds, mlir::OpBuilder &builder,
                                         mlir::Location at);

} // namespace kiln::darknet_frontend

#endif // KILN_FRONTENDS_DARKNET_DARKNETDETECTIONS_H
