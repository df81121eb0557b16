// RUN: kiln check %s | FileCheck %s

// Convolutions whose taps lie partly in the padding alone: maps of one and two pixels, wide dilations, strides, groups, one and
// three dimensions, filters that are computed.
// CHECK: agree
func.func @main(%dot: tensor<1x20x1x1xf32>, %pair: tensor<2x20x2x1xf32>, %map: tensor<1x20x5x4xf32>, %w: tensor<24x20x3x3xf32>,
                %d: tensor<20x1x5x5xf32>, %line: tensor<1x20x3xf32>, %v: tensor<7x10x5xf32>, %cube: tensor<1x4x2x1x3xf32>,
                %u: tensor<3x4x3x3x3xf32>)
    -> (tensor<1x24x1x1xf32>, tensor<1x24x1x1xf32>, tensor<2x24x2x1xf32>, tensor<1x24x5x4xf32>, tensor<1x24x3x2xf32>,
        tensor<1x20x1x1xf32>, tensor<1x7x3xf32>, tensor<1x3x2x1x3xf32>) {
  %0 = nn.conv(%dot, %w) {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>}
      : (tensor<1x20x1x1xf32>, tensor<24x20x3x3xf32>) -> tensor<1x24x1x1xf32>
  %scaled = nn.mul(%w, %w) : (tensor<24x20x3x3xf32>, tensor<24x20x3x3xf32>) -> tensor<24x20x3x3xf32>
  %1 = nn.conv(%dot, %scaled) {strides = array<i64: 2, 2>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>}
      : (tensor<1x20x1x1xf32>, tensor<24x20x3x3xf32>) -> tensor<1x24x1x1xf32>
  %2 = nn.conv(%pair, %w) {strides = array<i64: 1, 1>, pads = array<i64: 2, 1, 2, 1>, dilations = array<i64: 2, 1>}
      : (tensor<2x20x2x1xf32>, tensor<24x20x3x3xf32>) -> tensor<2x24x2x1xf32>
  %3 = nn.conv(%map, %w) {strides = array<i64: 1, 1>, pads = array<i64: 36, 3, 36, 3>, dilations = array<i64: 36, 3>}
      : (tensor<1x20x5x4xf32>, tensor<24x20x3x3xf32>) -> tensor<1x24x5x4xf32>
  %4 = nn.conv(%map, %w) {strides = array<i64: 2, 2>, pads = array<i64: 12, 12, 12, 12>, dilations = array<i64: 12, 12>}
      : (tensor<1x20x5x4xf32>, tensor<24x20x3x3xf32>) -> tensor<1x24x3x2xf32>
  %5 = nn.conv(%dot, %d) {strides = array<i64: 1, 1>, pads = array<i64: 2, 2, 2, 2>, dilations = array<i64: 1, 1>, groups = 20 : i64}
      : (tensor<1x20x1x1xf32>, tensor<20x1x5x5xf32>) -> tensor<1x20x1x1xf32>
  %line2 = nn.slice(%line) {starts = array<i64: 0, 0, 0>, sizes = array<i64: 1, 10, 3>, steps = array<i64: 1, 1, 1>}
      : (tensor<1x20x3xf32>) -> tensor<1x10x3xf32>
  %6 = nn.conv(%line2, %v) {strides = array<i64: 1>, pads = array<i64: 8, 8>, dilations = array<i64: 4>}
      : (tensor<1x10x3xf32>, tensor<7x10x5xf32>) -> tensor<1x7x3xf32>
  %7 = nn.conv(%cube, %u) {strides = array<i64: 1, 1, 1>, pads = array<i64: 1, 1, 1, 1, 1, 1>, dilations = array<i64: 1, 1, 1>}
      : (tensor<1x4x2x1x3xf32>, tensor<3x4x3x3x3xf32>) -> tensor<1x3x2x1x3xf32>
  return %0, %1, %2, %3, %4, %5, %6, %7 : tensor<1x24x1x1xf32>, tensor<1x24x1x1xf32>, tensor<2x24x2x1xf32>, tensor<1x24x5x4xf32>,
      tensor<1x24x3x2xf32>, tensor<1x20x1x1xf32>, tensor<1x7x3xf32>, tensor<1x3x2x1x3xf32>
}
