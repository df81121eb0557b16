// RUN: kiln-opt %s -split-input-file -verify-diagnostics

// What is left of a class is a number for each box.
func.func @short_rest(%boxes: memref<1x5x4xf32>, %scores: memref<1x3x5xf32>, %rows: memref<7x3xi64>, %count: memref<1xi64>, %rest: memref<4xf32>) {
  // expected-error @+1 {{boxes N x B x 4, scores N x C x B and rest B must be f32, selected M x 3 and count 1 i64 [KN1]}}
  kernel.non_max_suppression ins(%boxes, %scores) outs(%rows, %count, %rest) {max_per_class = 2 : i64, score_threshold = 0.0 : f64,
      iou_threshold = 0.5 : f64, schedule = #kernel.schedule<rows = 1, columns = 1, order = filters_outer, tasks = 1>}
      : (memref<1x5x4xf32>, memref<1x3x5xf32>, memref<7x3xi64>, memref<1xi64>, memref<4xf32>) -> ()
  return
}
