// One step of the reduction of a register tile: what it loads and multiplies. The forms of filters
// differ in what the lanes of a vector of weights are, and so in what becomes of a pixel.
#include "compiler/lowering/KernelToVector/ConvEmitter.h"
#include "compiler/lowering/KernelToVector/GroupMask.h"
#include "compiler/lowering/KernelToVector/LaneSums.h"

using namespace mlir;

namespace kiln {

SmallVector<Value> ConvEmitter::step(Value inputAt, Value filterAt, ValueRange sums, Tile tile) {
  if (hasLanesOfPixels())
    return stepOfPixels(inputAt, filterAt, sums, tile);
  if (geometry.isGrouped())
    return stepOfGroups(inputAt, filterAt, sums, tile);
  if (slice.isPaired)
    return stepOfPairs(inputAt, filterAt, sums, tile);
  if (slice.dots)
    return stepOfDots(inputAt, filterAt, sums, tile);
  return stepOfFilters(inputAt, filterAt, sums, tile);
}

/// Where a pixel of the tile lies behind the first.
int64_t ConvEmitter::pixelOffset(int64_t pixel, Tile tile) const {
  return pixel / tile.columns * geometry.input.pixel[1] +
         pixel % tile.columns * geometry.input.pixel[2];
}

/// A vector of weights of each block of filters times each pixel: one of its channels, or of a
/// depthwise convolution all of the block.
SmallVector<Value> ConvEmitter::stepOfFilters(Value inputAt, Value filterAt, ValueRange sums,
                                              Tile tile) {
  SmallVector<Value> weights, result(sums);
  for (int64_t block = 0; block < slice.blocks; ++block) {
    Value at = e.add(filterAt, block * geometry.filterBlockStep);
    weights.push_back(e.loadVector(filter, at, slice.lanes));
    if (!weightsAhead.empty())
      e.prefetch(filter, e.add(weightsAhead[block], laneAt));
  }
  Value mask = firstChannels ? isInGroup(e, geometry, channel, firstChannels) : Value();
  int64_t pixels = tile.rows * tile.columns;
  for (int64_t i = 0; i < pixels; ++i) {
    Value at = e.add(inputAt, pixelOffset(i, tile));
    Value pixel =
        geometry.isDepthwise() ? e.loadVector(input, at) : e.loadBroadcast(input, at, slice.lanes);
    for (auto [block, vector] : llvm::enumerate(weights)) {
      Value &sum = result[block * pixels + i];
      Value next = e.multiplyAdd(pixel, vector, sum);
      sum = mask ? arith::SelectOp::create(e, mask, next, sum).getResult() : next;
    }
  }
  return result;
}

/// Each row of weights, which has a channel of its group in each lane: that channel of the pixel
/// goes to the lane.
SmallVector<Value> ConvEmitter::stepOfGroups(Value inputAt, Value filterAt, ValueRange sums,
                                             Tile tile) {
  int64_t rows = geometry.channelsPerGroup(), filtersPerGroup = geometry.filtersPerGroup();
  SmallVector<SmallVector<int64_t>> lanes(rows);
  for (int64_t row = 0; row < rows; ++row)
    for (int64_t lane = 0; lane < kLanes; ++lane)
      lanes[row].push_back(lane / filtersPerGroup * rows +
                           nn::channelOfGroupedRow(row, lane, rows));
  SmallVector<Value> result(sums);
  for (auto [i, sum] : llvm::enumerate(result)) {
    Value at = e.add(inputAt, pixelOffset(i, tile));
    Value pixel = e.loadVector(input, at, geometry.channelsOfBlock());
    for (int64_t row = 0; row < rows; ++row)
      sum = e.multiplyAdd(vector::ShuffleOp::create(e, pixel, pixel, lanes[row]),
                          e.loadVector(filter, e.add(filterAt, row * kLanes)), sum);
  }
  return result;
}

/// A vector of weights of half a block of filters, for two channels each, times both channels of
/// each pixel.
SmallVector<Value> ConvEmitter::stepOfPairs(Value inputAt, Value filterAt, ValueRange sums,
                                            Tile tile) {
  Value weights = e.loadVector(filter, filterAt);
  Value mask = firstChannels ? isInGroup(e, geometry, channel, firstChannels) : Value();
  SmallVector<Value> result(sums);
  for (auto [i, sum] : llvm::enumerate(result)) {
    Value pixel = e.loadVector(input, e.add(inputAt, pixelOffset(i, tile)), channelsOfStep);
    Value next = e.multiplyAdd(repeated(e, e.widened(pixel, 2), kLanes), weights, sum);
    sum = mask ? arith::SelectOp::create(e, mask, next, sum).getResult() : next;
  }
  return result;
}

/// A step of each dot product: the weights of a filter lie along the channels.
SmallVector<Value> ConvEmitter::stepOfDots(Value inputAt, Value filterAt, ValueRange sums,
                                           Tile tile) {
  SmallVector<Value> weights, result;
  for (int64_t i = 0; i < slice.dots; ++i)
    weights.push_back(e.loadVector(filter, e.add(filterAt, i * kLanes), lanesOfDots()));
  for (int64_t column = 0; column < tile.columns; ++column) {
    Value pixel = e.loadVector(input, e.add(inputAt, pixelOffset(column, tile)), channelsOfStep);
    pixel = e.widened(pixel, lanesOfDots());
    for (Value weight : weights)
      result.push_back(e.multiplyAdd(pixel, weight, sums[result.size()]));
  }
  return result;
}

} // namespace kiln
