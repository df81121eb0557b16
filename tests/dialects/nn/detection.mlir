// RUN: kiln-opt %s | kiln-opt | FileCheck %s

// Rows up to a bound, and how many of them count; corners unless center_point_box is set.
// CHECK-LABEL: @suppression
// CHECK: %[[S:.*]], %[[C:.*]] = nn.non_max_suppression(%arg0, %arg1) {iou_threshold = 4.500000e-01 : f64, max_per_class = 2 : i64, score_threshold = 2.500000e-01 : f64} : (tensor<2x5x4xf32>, tensor<2x3x5xf32>) -> (tensor<7x3xi64>, tensor<1xi64>)
// CHECK: nn.non_max_suppression(%arg0, %arg1) {center_point_box = true
func.func @suppression(%boxes: tensor<2x5x4xf32>, %scores: tensor<2x3x5xf32>) -> (tensor<7x3xi64>, tensor<1xi64>) {
  %0:2 = nn.non_max_suppression(%boxes, %scores) {max_per_class = 2 : i64, score_threshold = 0.25 : f64, iou_threshold = 0.45 : f64}
      : (tensor<2x5x4xf32>, tensor<2x3x5xf32>) -> (tensor<7x3xi64>, tensor<1xi64>)
  %1:2 = nn.non_max_suppression(%boxes, %scores) {max_per_class = 2 : i64, score_threshold = 0.25 : f64, iou_threshold = 0.45 : f64, center_point_box = true}
      : (tensor<2x5x4xf32>, tensor<2x3x5xf32>) -> (tensor<7x3xi64>, tensor<1xi64>)
  return %0#0, %1#1 : tensor<7x3xi64>, tensor<1xi64>
}

// The two largest along the middle dimension; the smallest, of integers.
// CHECK-LABEL: @top_k
// CHECK: %[[V:.*]], %[[P:.*]] = nn.top_k(%arg0) {axis = 1 : i64} : (tensor<2x5x3xf32>) -> (tensor<2x2x3xf32>, tensor<2x2x3xi64>)
// CHECK: nn.top_k(%[[P]]) {axis = 0 : i64, largest = false} : (tensor<2x2x3xi64>) -> (tensor<1x2x3xi64>, tensor<1x2x3xi64>)
func.func @top_k(%x: tensor<2x5x3xf32>) -> tensor<1x2x3xi64> {
  %0:2 = nn.top_k(%x) {axis = 1 : i64} : (tensor<2x5x3xf32>) -> (tensor<2x2x3xf32>, tensor<2x2x3xi64>)
  %1:2 = nn.top_k(%0#1) {axis = 0 : i64, largest = false} : (tensor<2x2x3xi64>) -> (tensor<1x2x3xi64>, tensor<1x2x3xi64>)
  return %1#0 : tensor<1x2x3xi64>
}

// A map of three channels for each of two regions.
// CHECK-LABEL: @roi_align
// CHECK: nn.roi_align(%arg0, %arg1, %arg2) {half_pixel = false, mode = #nn.roi_mode<max>, sampling_ratio = 2 : i64, spatial_scale = 5.000000e-01 : f64}
// CHECK-SAME: : (tensor<1x3x8x9xf32>, tensor<2x4xf32>, tensor<2xi64>) -> tensor<2x3x7x5xf32>
func.func @roi_align(%x: tensor<1x3x8x9xf32>, %rois: tensor<2x4xf32>, %images: tensor<2xi64>) -> tensor<2x3x7x5xf32> {
  %0 = nn.roi_align(%x, %rois, %images) {sampling_ratio = 2 : i64, spatial_scale = 0.5 : f64, half_pixel = false, mode = #nn.roi_mode<max>}
      : (tensor<1x3x8x9xf32>, tensor<2x4xf32>, tensor<2xi64>) -> tensor<2x3x7x5xf32>
  return %0 : tensor<2x3x7x5xf32>
}
