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
