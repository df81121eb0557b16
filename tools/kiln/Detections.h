// What a detector found: printed, written as JSON, drawn into the picture.
#ifndef KILN_TOOLS_KILN_DETECTIONS_H
#define KILN_TOOLS_KILN_DETECTIONS_H

#include "tools/kiln/LoadedNetwork.h"
#include "tools/kiln/Picture.h"

namespace kiln::tool {

/// Whether a network has the outputs `detections` (M x 6) and `count` behind an input of pictures.
bool isDetector(const LoadedNetwork &network);

/// What the user wants of the boxes.
struct DetectionRequest {
  Fit fit = Fit::Stretch;
  std::string json, drawing; ///< files; empty: none
};

/// Runs a detector on its input, `word` as --input gives it: a picture of any size is fitted.
/// Prints the boxes, most probable first, in pixels of the picture.
ExitStatus runDetector(LoadedNetwork &network, const std::string &word,
                       const DetectionRequest &request);

} // namespace kiln::tool

#endif // KILN_TOOLS_KILN_DETECTIONS_H
