// Gives feature maps the blocked layout and the border that their consumers read.
//
// A convolution in channel blocks needs no shuffles: 16 output channels are the lanes of one
// register. Converting between layouts costs a pass over memory, so whatever stands between two
// convolutions stays in blocks if it can.
//
//   %y = nn.conv(%x, %w)   ->   %y = nn.conv(nn.relayout(%x), nn.pack_filter(%w)), its result
//   blocked
#include "compiler/schedule/LayoutAssigner.h"
#include "compiler/schedule/Passes.h"

using namespace mlir;

namespace kiln {

#define GEN_PASS_DEF_ASSIGNLAYOUT
#include "compiler/schedule/Passes.h.inc"

namespace {
struct AssignLayout : impl::AssignLayoutBase<AssignLayout> {
  void runOnOperation() override { LayoutAssigner(getOperation()).run(); }
};
} // namespace
} // namespace kiln
