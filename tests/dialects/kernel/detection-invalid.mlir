// RUN: kiln-opt %s -split-input-file -verify-diagnostics

// What is left of a class is a number for each box.
func.func @short_rest(%boxes: memref<1x5x4xf32>, %scores: memref<1x3x5xf32>, %rows: memref<7x3xi64>, %count: memref<1xi64>, %rest: memref<4xf32>) {
  // expected-error @+1 {{boxes N x B x 4, scores N x C x B and rest B must be f32, selected M x 3 and count 1 i64 [KM1]}}
  kernel.non_max_suppression ins(%boxes, %scores) outs(%rows, %count, %rest) {max_per_class = 2 : i64, score_threshold = 0.0 : f64,
      iou_threshold = 0.5 : f64, schedule = #kernel.schedule<rows = 1, columns = 1, order = filters_outer, tasks = 1>}
      : (memref<1x5x4xf32>, memref<1x3x5xf32>, memref<7x3xi64>, memref<1xi64>, memref<4xf32>) -> ()
  return
}

// -----

// Values and positions are as many.
func.func @top_k_positions(%x: memref<1x5x1xf32>, %values: memref<1x3x1xf32>, %positions: memref<1x2x1xi64>) {
  // expected-error @+1 {{input A x N x B and values A x K x B must be f32, f64, i32 or i64, positions A x K x B i64 [KTK1]}}
  kernel.top_k ins(%x) outs(%values, %positions) {schedule = #kernel.schedule<rows = 1, columns = 1, order = filters_outer, tasks = 1>}
      : (memref<1x5x1xf32>, memref<1x3x1xf32>, memref<1x2x1xi64>) -> ()
  return
}

// -----

// A region is four numbers.
func.func @regions_of_five(%x: memref<1x3x8x9xf32>, %rois: memref<2x5xf32>, %images: memref<2xi64>, %y: memref<2x3x7x7xf32>) {
  // expected-error @+1 {{input N x C x H x W, rois R x 4 and output R x C x OH x OW must be f32, images R i32 or i64 [KRA1]}}
  kernel.roi_align ins(%x, %rois, %images) outs(%y) {schedule = #kernel.schedule<rows = 1, columns = 1, order = filters_outer, tasks = 1>}
      : (memref<1x3x8x9xf32>, memref<2x5xf32>, memref<2xi64>, memref<2x3x7x7xf32>) -> ()
  return
}
