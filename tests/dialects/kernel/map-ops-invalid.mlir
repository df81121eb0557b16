// RUN: kiln-opt %s --split-input-file --verify-diagnostics

#schedule = #kernel.schedule<rows = 1, columns = 4, order = filters_outer, tasks = 1>

// Pools work on blocked maps.
func.func @pool_planar(%x: memref<1x16x1x8x8xf32>, %y: memref<1x1x1x4x4x16xf32>) {
  // expected-error@+1 {{input and output must be blocked f32 with the same batch and blocks, but are 'memref<1x16x1x8x8xf32>' and 'memref<1x1x1x4x4x16xf32>' [KP1]}}
  kernel.pool ins(%x) outs(%y) {kind = #kernel.pool_kind<max>, kernel = array<i64: 1, 2, 2>, strides = array<i64: 1, 2, 2>, dilations = array<i64: 1, 1, 1>,
      pads = array<i64: 0, 0, 0, 0, 0, 0>, in_size = array<i64: 1, 8, 8>, in_origin = array<i64: 0, 0, 0>, out_size = array<i64: 1, 4, 4>, out_origin = array<i64: 0, 0, 0>,
      schedule = #schedule} : (memref<1x16x1x8x8xf32>, memref<1x1x1x4x4x16xf32>) -> ()
  return
}

// -----

#schedule = #kernel.schedule<rows = 1, columns = 4, order = filters_outer, tasks = 1>

// A pool keeps the channels.
func.func @pool_blocks(%x: memref<1x1x1x8x8x16xf32>, %y: memref<1x2x1x4x4x16xf32>) {
  // expected-error@+1 {{input and output must be blocked f32 with the same batch and blocks}}
  kernel.pool ins(%x) outs(%y) {kind = #kernel.pool_kind<max>, kernel = array<i64: 1, 2, 2>, strides = array<i64: 1, 2, 2>, dilations = array<i64: 1, 1, 1>,
      pads = array<i64: 0, 0, 0, 0, 0, 0>, in_size = array<i64: 1, 8, 8>, in_origin = array<i64: 0, 0, 0>, out_size = array<i64: 1, 4, 4>, out_origin = array<i64: 0, 0, 0>,
      schedule = #schedule} : (memref<1x1x1x8x8x16xf32>, memref<1x2x1x4x4x16xf32>) -> ()
  return
}

// -----

#schedule = #kernel.schedule<rows = 1, columns = 4, order = filters_outer, tasks = 1>

// Pools compute in f32.
func.func @pool_half(%x: memref<1x1x1x8x8x16xf16>, %y: memref<1x1x1x4x4x16xf16>) {
  // expected-error@+1 {{input and output must be blocked f32 with the same batch and blocks}}
  kernel.pool ins(%x) outs(%y) {kind = #kernel.pool_kind<max>, kernel = array<i64: 1, 2, 2>, strides = array<i64: 1, 2, 2>, dilations = array<i64: 1, 1, 1>,
      pads = array<i64: 0, 0, 0, 0, 0, 0>, in_size = array<i64: 1, 8, 8>, in_origin = array<i64: 0, 0, 0>, out_size = array<i64: 1, 4, 4>, out_origin = array<i64: 0, 0, 0>,
      schedule = #schedule} : (memref<1x1x1x8x8x16xf16>, memref<1x1x1x4x4x16xf16>) -> ()
  return
}

// -----

#schedule = #kernel.schedule<rows = 1, columns = 4, order = filters_outer, tasks = 1>

// A window has three sizes.
func.func @pool_kernel(%x: memref<1x1x1x8x8x16xf32>, %y: memref<1x1x1x4x4x16xf32>) {
  // expected-error@+1 {{must have three positive entries [KP2]}}
  kernel.pool ins(%x) outs(%y) {kind = #kernel.pool_kind<max>, kernel = array<i64: 2, 2>, strides = array<i64: 1, 2, 2>, dilations = array<i64: 1, 1, 1>,
      pads = array<i64: 0, 0, 0, 0, 0, 0>, in_size = array<i64: 1, 8, 8>, in_origin = array<i64: 0, 0, 0>, out_size = array<i64: 1, 4, 4>, out_origin = array<i64: 0, 0, 0>,
      schedule = #schedule} : (memref<1x1x1x8x8x16xf32>, memref<1x1x1x4x4x16xf32>) -> ()
  return
}

// -----

#schedule = #kernel.schedule<rows = 1, columns = 4, order = filters_outer, tasks = 1>

// Pads are begins, then ends.
func.func @pool_pads(%x: memref<1x1x1x8x8x16xf32>, %y: memref<1x1x1x4x4x16xf32>) {
  // expected-error@+1 {{from 0 up, pads six [KP2]}}
  kernel.pool ins(%x) outs(%y) {kind = #kernel.pool_kind<max>, kernel = array<i64: 1, 2, 2>, strides = array<i64: 1, 2, 2>, dilations = array<i64: 1, 1, 1>,
      pads = array<i64: 0, 0, 0>, in_size = array<i64: 1, 8, 8>, in_origin = array<i64: 0, 0, 0>, out_size = array<i64: 1, 4, 4>, out_origin = array<i64: 0, 0, 0>,
      schedule = #schedule} : (memref<1x1x1x8x8x16xf32>, memref<1x1x1x4x4x16xf32>) -> ()
  return
}

// -----

#schedule = #kernel.schedule<rows = 1, columns = 4, order = filters_outer, tasks = 1>

// The map must lie inside its buffer.
func.func @pool_in_size(%x: memref<1x1x1x8x8x16xf32>, %y: memref<1x1x1x4x4x16xf32>) {
  // expected-error@+1 {{in_size does not fit the input 'memref<1x1x1x8x8x16xf32>' from in_origin [KP3]}}
  kernel.pool ins(%x) outs(%y) {kind = #kernel.pool_kind<max>, kernel = array<i64: 1, 2, 2>, strides = array<i64: 1, 2, 2>, dilations = array<i64: 1, 1, 1>,
      pads = array<i64: 0, 0, 0, 0, 0, 0>, in_size = array<i64: 1, 8, 8>, in_origin = array<i64: 0, 1, 0>, out_size = array<i64: 1, 4, 4>, out_origin = array<i64: 0, 0, 0>,
      schedule = #schedule} : (memref<1x1x1x8x8x16xf32>, memref<1x1x1x4x4x16xf32>) -> ()
  return
}

// -----

#schedule = #kernel.schedule<rows = 1, columns = 4, order = filters_outer, tasks = 1>

// So must the result.
func.func @pool_out_size(%x: memref<1x1x1x8x8x16xf32>, %y: memref<1x1x1x4x4x16xf32>) {
  // expected-error@+1 {{out_size does not fit the output 'memref<1x1x1x4x4x16xf32>' from out_origin [KP3]}}
  kernel.pool ins(%x) outs(%y) {kind = #kernel.pool_kind<max>, kernel = array<i64: 1, 2, 2>, strides = array<i64: 1, 2, 2>, dilations = array<i64: 1, 1, 1>,
      pads = array<i64: 0, 0, 0, 0, 0, 0>, in_size = array<i64: 1, 8, 8>, in_origin = array<i64: 0, 0, 0>, out_size = array<i64: 1, 5, 4>, out_origin = array<i64: 0, 0, 0>,
      schedule = #schedule} : (memref<1x1x1x8x8x16xf32>, memref<1x1x1x4x4x16xf32>) -> ()
  return
}

// -----

#schedule = #kernel.schedule<rows = 1, columns = 4, order = filters_outer, tasks = 1>

// Normalisation keeps the channels.
func.func @lrn_blocks(%x: memref<1x2x1x4x4x16xf32>, %y: memref<1x1x1x4x4x16xf32>) {
  // expected-error@+1 {{input and output must be blocked f32 with the same batch and blocks}}
  kernel.lrn ins(%x) outs(%y) {channels = 32 : i64, window = 5 : i64, alpha = 1.0 : f64, beta = 0.75 : f64, bias = 1.0 : f64, map = array<i64: 1, 4, 4>,
      in_origin = array<i64: 0, 0, 0>, out_origin = array<i64: 0, 0, 0>, schedule = #schedule} : (memref<1x2x1x4x4x16xf32>, memref<1x1x1x4x4x16xf32>) -> ()
  return
}

// -----

#schedule = #kernel.schedule<rows = 1, columns = 4, order = filters_outer, tasks = 1>

// The map must lie inside both buffers.
func.func @lrn_map(%x: memref<1x2x1x4x4x16xf32>, %y: memref<1x2x1x4x4x16xf32>) {
  // expected-error@+1 {{map must fit both buffers from their origins [KL1]}}
  kernel.lrn ins(%x) outs(%y) {channels = 32 : i64, window = 5 : i64, alpha = 1.0 : f64, beta = 0.75 : f64, bias = 1.0 : f64, map = array<i64: 1, 5, 4>,
      in_origin = array<i64: 0, 0, 0>, out_origin = array<i64: 0, 0, 0>, schedule = #schedule} : (memref<1x2x1x4x4x16xf32>, memref<1x2x1x4x4x16xf32>) -> ()
  return
}

// -----

#schedule = #kernel.schedule<rows = 1, columns = 4, order = filters_outer, tasks = 1>

// A window has at least one channel.
func.func @lrn_window(%x: memref<1x2x1x4x4x16xf32>, %y: memref<1x2x1x4x4x16xf32>) {
  // expected-error@+1 {{window must be positive, but is 0 [KL2]}}
  kernel.lrn ins(%x) outs(%y) {channels = 32 : i64, window = 0 : i64, alpha = 1.0 : f64, beta = 0.75 : f64, bias = 1.0 : f64, map = array<i64: 1, 4, 4>,
      in_origin = array<i64: 0, 0, 0>, out_origin = array<i64: 0, 0, 0>, schedule = #schedule} : (memref<1x2x1x4x4x16xf32>, memref<1x2x1x4x4x16xf32>) -> ()
  return
}

// -----

#schedule = #kernel.schedule<rows = 1, columns = 4, order = filters_outer, tasks = 1>

// 33 channels need three blocks.
func.func @lrn_channels(%x: memref<1x2x1x4x4x16xf32>, %y: memref<1x2x1x4x4x16xf32>) {
  // expected-error@+1 {{channels (33) must fill the blocks of 'memref<1x2x1x4x4x16xf32>' [KL2]}}
  kernel.lrn ins(%x) outs(%y) {channels = 33 : i64, window = 5 : i64, alpha = 1.0 : f64, beta = 0.75 : f64, bias = 1.0 : f64, map = array<i64: 1, 4, 4>,
      in_origin = array<i64: 0, 0, 0>, out_origin = array<i64: 0, 0, 0>, schedule = #schedule} : (memref<1x2x1x4x4x16xf32>, memref<1x2x1x4x4x16xf32>) -> ()
  return
}

// -----

#schedule = #kernel.schedule<rows = 1, columns = 4, order = filters_outer, tasks = 1>

// A relayout changes the layout.
func.func @relayout_of_equal_layouts(%x: memref<1x2x1x4x4x16xf32>, %y: memref<1x2x1x4x4x16xf32>) {
  // expected-error@+1 {{one buffer must be planar and one blocked}}
  kernel.relayout ins(%x) outs(%y) {channels = 32 : i64, map = array<i64: 1, 4, 4>, in_origin = array<i64: 0, 0, 0>, out_origin = array<i64: 0, 0, 0>,
      schedule = #schedule} : (memref<1x2x1x4x4x16xf32>, memref<1x2x1x4x4x16xf32>) -> ()
  return
}

// -----

#schedule = #kernel.schedule<rows = 1, columns = 4, order = filters_outer, tasks = 1>

// A relayout does not convert.
func.func @relayout_element(%x: memref<1x20x1x4x4xf16>, %y: memref<1x2x1x4x4x16xf32>) {
  // expected-error@+1 {{both buffers must have one element type and one batch [KR1]}}
  kernel.relayout ins(%x) outs(%y) {channels = 20 : i64, map = array<i64: 1, 4, 4>, in_origin = array<i64: 0, 0, 0>, out_origin = array<i64: 0, 0, 0>,
      schedule = #schedule} : (memref<1x20x1x4x4xf16>, memref<1x2x1x4x4x16xf32>) -> ()
  return
}

// -----

#schedule = #kernel.schedule<rows = 1, columns = 4, order = filters_outer, tasks = 1>

// Both buffers have the channels that the op says.
func.func @relayout_channels(%x: memref<1x20x1x4x4xf32>, %y: memref<1x2x1x4x4x16xf32>) {
  // expected-error@+1 {{both buffers must have 21 channels [KR1]}}
  kernel.relayout ins(%x) outs(%y) {channels = 21 : i64, map = array<i64: 1, 4, 4>, in_origin = array<i64: 0, 0, 0>, out_origin = array<i64: 0, 0, 0>,
      schedule = #schedule} : (memref<1x20x1x4x4xf32>, memref<1x2x1x4x4x16xf32>) -> ()
  return
}

// -----

#schedule = #kernel.schedule<rows = 1, columns = 4, order = filters_outer, tasks = 1>

// The map must lie inside both buffers.
func.func @relayout_map(%x: memref<1x20x1x4x4xf32>, %y: memref<1x2x1x4x4x16xf32>) {
  // expected-error@+1 {{map must fit both buffers from their origins [KR2]}}
  kernel.relayout ins(%x) outs(%y) {channels = 20 : i64, map = array<i64: 1, 4, 4>, in_origin = array<i64: 0, 0, 0>, out_origin = array<i64: 0, 1, 0>,
      schedule = #schedule} : (memref<1x20x1x4x4xf32>, memref<1x2x1x4x4x16xf32>) -> ()
  return
}

// -----

#schedule = #kernel.schedule<rows = 1, columns = 4, order = filters_outer, tasks = 1>

// Only feature maps have borders.
func.func @border_of_matrix(%x: memref<6x6xf32>) {
  // expected-error@+1 {{buffer must be planar or blocked, but is 'memref<6x6xf32>' [KB1]}}
  kernel.fill_border outs(%x) {border = array<i64: 0, 1, 1, 0, 1, 1>, schedule = #schedule} : memref<6x6xf32>
  return
}

// -----

#schedule = #kernel.schedule<rows = 1, columns = 4, order = filters_outer, tasks = 1>

// A border has six widths.
func.func @border_entries(%x: memref<1x2x1x6x6x16xf32>) {
  // expected-error@+1 {{border must have six entries from 0 up that fit 'memref<1x2x1x6x6x16xf32>' [KB1]}}
  kernel.fill_border outs(%x) {border = array<i64: 1, 1>, schedule = #schedule} : memref<1x2x1x6x6x16xf32>
  return
}

// -----

#schedule = #kernel.schedule<rows = 1, columns = 4, order = filters_outer, tasks = 1>

// A border leaves room.
func.func @border_too_wide(%x: memref<1x2x1x6x6x16xf32>) {
  // expected-error@+1 {{border must have six entries from 0 up that fit 'memref<1x2x1x6x6x16xf32>' [KB1]}}
  kernel.fill_border outs(%x) {border = array<i64: 0, 0, 4, 0, 0, 3>, schedule = #schedule} : memref<1x2x1x6x6x16xf32>
  return
}
