// See GroupMask.h.
#include "compiler/lowering/KernelToVector/GroupMask.h"

using namespace mlir;

namespace kiln {

Value firstChannelsOfGroups(Emitter &e, const ConvGeometry &geometry, Value filterBlock,
                            int64_t firstLane, int64_t lanes, int64_t repeats) {
  VectorType type = lanesOf(e.getI32Type(), lanes * repeats);
  SmallVector<int32_t> numbers;
  for (int64_t lane = 0; lane < lanes * repeats; ++lane)
    numbers.push_back(firstLane + lane / repeats);
  Value offsets =
      arith::ConstantOp::create(e, DenseElementsAttr::get(type, ArrayRef<int32_t>(numbers)));
  Value first = arith::IndexCastOp::create(e, e.getI32Type(), e.mul(filterBlock, kLanes));
  Value filters = arith::AddIOp::create(e, vector::BroadcastOp::create(e, type, first), offsets);
  Value groups = arith::DivUIOp::create(e, filters, e.constant(type, geometry.filtersPerGroup()));
  return arith::MulIOp::create(e, groups, e.constant(type, geometry.channelsPerGroup()));
}

Value isInGroup(Emitter &e, const ConvGeometry &geometry, Value channel, Value firstChannels) {
  auto type = cast<VectorType>(firstChannels.getType());
  Value number = arith::IndexCastOp::create(e, e.getI32Type(), channel);
  Value distance =
      arith::SubIOp::create(e, vector::BroadcastOp::create(e, type, number), firstChannels);
  return arith::CmpIOp::create(e, arith::CmpIPredicate::ult, distance,
                               e.constant(type, geometry.channelsPerGroup()));
}

} // namespace kiln
