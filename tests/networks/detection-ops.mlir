// RUN: kiln check %s | FileCheck %s
// RUN: kiln check --target=x86-64-v3 %s | FileCheck %s

// The best elements of long rows, of short ones side by side, of all and of one, with equal elements; regions of two images,
// behind a convolution, sampled a fixed number of times and as often as there are pixels.
// CHECK: agree
func.func @main(%scores: tensor<1x999xf32>, %map: tensor<2x19x9x11xf32>, %w: tensor<19x19x1x1xf32>, %rois: tensor<5x4xf32>)
    -> (tensor<1x100xf32>, tensor<1x100xi64>, tensor<2x19x1x11xi64>, tensor<2x5x9x11xf32>, tensor<1x999xi64>, tensor<2x3x9x11xi32>,
        tensor<5x19x3x4xf32>, tensor<5x19x2x2xf32>) {
  %0:2 = nn.top_k(%scores) {axis = 1 : i64} : (tensor<1x999xf32>) -> (tensor<1x100xf32>, tensor<1x100xi64>)
  %1:2 = nn.top_k(%map) {axis = 2 : i64, largest = false} : (tensor<2x19x9x11xf32>) -> (tensor<2x19x1x11xf32>, tensor<2x19x1x11xi64>)
  %2:2 = nn.top_k(%map) {axis = 1 : i64} : (tensor<2x19x9x11xf32>) -> (tensor<2x5x9x11xf32>, tensor<2x5x9x11xi64>)
  %3:2 = nn.top_k(%scores) {axis = 1 : i64, largest = false} : (tensor<1x999xf32>) -> (tensor<1x999xf32>, tensor<1x999xi64>)
  %4 = nn.cast(%map) : (tensor<2x19x9x11xf32>) -> tensor<2x19x9x11xi32>
  %5:2 = nn.top_k(%4) {axis = 1 : i64} : (tensor<2x19x9x11xi32>) -> (tensor<2x3x9x11xi32>, tensor<2x3x9x11xi64>)
  %6 = nn.conv(%map, %w) {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>}
      : (tensor<2x19x9x11xf32>, tensor<19x19x1x1xf32>) -> tensor<2x19x9x11xf32>
  %images = nn.constant(dense<[0, 1, 1, 0, 7]> : tensor<5xi64>) : tensor<5xi64>
  %extents = nn.constant(dense<[[0.0, 0.0, 6.0, 6.0]]> : tensor<1x4xf32>) : tensor<1x4xf32>
  %regions = nn.add(%rois, %extents) : (tensor<5x4xf32>, tensor<1x4xf32>) -> tensor<5x4xf32>
  %7 = nn.roi_align(%6, %regions, %images) {sampling_ratio = 2 : i64, spatial_scale = 1.5 : f64}
      : (tensor<2x19x9x11xf32>, tensor<5x4xf32>, tensor<5xi64>) -> tensor<5x19x3x4xf32>
  %8 = nn.roi_align(%map, %regions, %images) {half_pixel = false, mode = #nn.roi_mode<max>}
      : (tensor<2x19x9x11xf32>, tensor<5x4xf32>, tensor<5xi64>) -> tensor<5x19x2x2xf32>
  return %0#0, %0#1, %1#1, %2#0, %3#1, %5#0, %7, %8 : tensor<1x100xf32>, tensor<1x100xi64>, tensor<2x19x1x11xi64>, tensor<2x5x9x11xf32>,
      tensor<1x999xi64>, tensor<2x3x9x11xi32>, tensor<5x19x3x4xf32>, tensor<5x19x2x2xf32>
}
