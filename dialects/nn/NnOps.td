// All ops of the nn dialect, by family.
#ifndef KILN_DIALECTS_NN_NNOPS_TD
#define KILN_DIALECTS_NN_NNOPS_TD

include "dialects/nn/NnConvOps.td"
include "dialects/nn/NnDetectionOps.td"
include "dialects/nn/NnElementwiseOps.td"
include "dialects/nn/NnLayoutOps.td"
include "dialects/nn/NnPoolOps.td"
include "dialects/nn/NnResizeOps.td"
include "dialects/nn/NnShapeOps.td"

#endif // KILN_DIALECTS_NN_NNOPS_TD
