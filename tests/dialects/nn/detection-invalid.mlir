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

// -----

// The axis is a dimension of the input.
func.func @no_axis(%x: tensor<2x5xf32>) {
  // expected-error @+1 {{axis 2 is out of range for rank 2 [TK1]}}
  nn.top_k(%x) {axis = 2 : i64} : (tensor<2x5xf32>) -> (tensor<2x2xf32>, tensor<2x2xi64>)
  return
}

// -----

// There are not six elements of five.
func.func @more_than_there_are(%x: tensor<2x5xf32>) {
  // expected-error @+1 {{values and positions must be part of 'tensor<2x5xf32>' along its dimension 1, the latter of i64, but are 'tensor<2x6xf32>' and 'tensor<2x6xi64>' [TK2]}}
  nn.top_k(%x) {axis = 1 : i64} : (tensor<2x5xf32>) -> (tensor<2x6xf32>, tensor<2x6xi64>)
  return
}

// -----

// Every value has a position.
func.func @fewer_positions(%x: tensor<2x5xf32>) {
  // expected-error @+1 {{[TK2]}}
  nn.top_k(%x) {axis = 1 : i64} : (tensor<2x5xf32>) -> (tensor<2x3xf32>, tensor<2x2xi64>)
  return
}

// -----

// Every region lies in an image.
func.func @regions_without_image(%x: tensor<1x3x8x9xf32>, %rois: tensor<2x4xf32>, %images: tensor<1xi64>) {
  // expected-error @+1 {{input must be N x C x H x W, rois R x 4 and images R, but are 'tensor<1x3x8x9xf32>', 'tensor<2x4xf32>' and 'tensor<1xi64>' [RA1]}}
  nn.roi_align(%x, %rois, %images) : (tensor<1x3x8x9xf32>, tensor<2x4xf32>, tensor<1xi64>) -> tensor<2x3x7x7xf32>
  return
}

// -----

// A region has the channels of the map.
func.func @other_channels(%x: tensor<1x3x8x9xf32>, %rois: tensor<2x4xf32>, %images: tensor<2xi64>) {
  // expected-error @+1 {{the result must be a map of 3 channels for each of 2 regions, but is 'tensor<2x4x7x7xf32>' [RA2]}}
  nn.roi_align(%x, %rois, %images) : (tensor<1x3x8x9xf32>, tensor<2x4xf32>, tensor<2xi64>) -> tensor<2x4x7x7xf32>
  return
}

// -----

// A bin has a bounded number of samples.
func.func @endless_samples(%x: tensor<1x3x8x9xf32>, %rois: tensor<2x4xf32>, %images: tensor<2xi64>) {
  // expected-error @+1 {{sampling_ratio must be from 0 to 4096, but is 5000 [RA3]}}
  nn.roi_align(%x, %rois, %images) {sampling_ratio = 5000 : i64} : (tensor<1x3x8x9xf32>, tensor<2x4xf32>, tensor<2xi64>) -> tensor<2x3x7x7xf32>
  return
}
