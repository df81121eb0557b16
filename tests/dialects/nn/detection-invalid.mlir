// RUN: kiln-opt %s -split-input-file -verify-diagnostics

// Every score belongs to a box.
func.func @more_scores_than_boxes(%boxes: tensor<1x5x4xf32>, %scores: tensor<1x3x6xf32>) {
  // expected-error @+1 {{boxes must be N x B x 4 and scores N x C x B of one element type, but are 'tensor<1x5x4xf32>' and 'tensor<1x3x6xf32>' [NM1]}}
  nn.non_max_suppression(%boxes, %scores) {max_per_class = 2 : i64, score_threshold = 0.0 : f64, iou_threshold = 0.5 : f64} : (tensor<1x5x4xf32>, tensor<1x3x6xf32>) -> (tensor<7x3xi64>, tensor<1xi64>)
  return
}

// -----

// A row is image, class and box.
func.func @rows_of_two(%boxes: tensor<1x5x4xf32>, %scores: tensor<1x3x5xf32>) {
  // expected-error @+1 {{selected must be M x 3 and count 1, of i64, but are 'tensor<7x2xi64>' and 'tensor<1xi64>' [NM2]}}
  nn.non_max_suppression(%boxes, %scores) {max_per_class = 2 : i64, score_threshold = 0.0 : f64, iou_threshold = 0.5 : f64} : (tensor<1x5x4xf32>, tensor<1x3x5xf32>) -> (tensor<7x2xi64>, tensor<1xi64>)
  return
}

// -----

// Both results are of i64.
func.func @short_count(%boxes: tensor<1x5x4xf32>, %scores: tensor<1x3x5xf32>) {
  // expected-error @+1 {{[NM2]}}
  nn.non_max_suppression(%boxes, %scores) {max_per_class = 2 : i64, score_threshold = 0.0 : f64, iou_threshold = 0.5 : f64} : (tensor<1x5x4xf32>, tensor<1x3x5xf32>) -> (tensor<7x3xi64>, tensor<1xi32>)
  return
}

// -----

// No box of a class at all is no request.
func.func @no_box(%boxes: tensor<1x5x4xf32>, %scores: tensor<1x3x5xf32>) {
  // expected-error @+1 {{max_per_class must be positive, but is 0 [NM3]}}
  nn.non_max_suppression(%boxes, %scores) {max_per_class = 0 : i64, score_threshold = 0.0 : f64, iou_threshold = 0.5 : f64} : (tensor<1x5x4xf32>, tensor<1x3x5xf32>) -> (tensor<7x3xi64>, tensor<1xi64>)
  return
}
