// RUN: kiln-opt %s --split-input-file --verify-diagnostics

#schedule = #kernel.schedule<rows = 1, columns = 1, order = filters_outer, tasks = 1>

// Both maps are blocked.
func.func @local_planar(%x: memref<1x16x1x4x4xf32>, %f: memref<9x36x16xf32>, %y: memref<1x1x1x3x3x16xf32>) {
  // expected-error@+1 {{input and output must be blocked with one batch, the filter have rank 3, all f32 [KLC1]}}
  kernel.local_conv ins(%x, %f) outs(%y) {channels = 9 : i64, kernel = array<i64: 1, 2, 2>, strides = array<i64: 1, 1, 1>, dilations = array<i64: 1, 1, 1>,
      origin = array<i64: 0, 0, 0>, out_size = array<i64: 1, 3, 3>, out_origin = array<i64: 0, 0, 0>, schedule = #schedule} : (memref<1x16x1x4x4xf32>, memref<9x36x16xf32>, memref<1x1x1x3x3x16xf32>) -> ()
  return
}

// -----

#schedule = #kernel.schedule<rows = 1, columns = 1, order = filters_outer, tasks = 1>

// The output has room for out_size.
func.func @local_size(%x: memref<1x1x1x4x4x16xf32>, %f: memref<9x36x16xf32>, %y: memref<1x1x1x3x3x16xf32>) {
  // expected-error@+1 {{every list must have three entries, and out_size must fit the output [KLC2]}}
  kernel.local_conv ins(%x, %f) outs(%y) {channels = 9 : i64, kernel = array<i64: 1, 2, 2>, strides = array<i64: 1, 1, 1>, dilations = array<i64: 1, 1, 1>,
      origin = array<i64: 0, 0, 0>, out_size = array<i64: 1, 4, 3>, out_origin = array<i64: 0, 0, 0>, schedule = #schedule} : (memref<1x1x1x4x4x16xf32>, memref<9x36x16xf32>, memref<1x1x1x3x3x16xf32>) -> ()
  return
}

// -----

#schedule = #kernel.schedule<rows = 1, columns = 1, order = filters_outer, tasks = 1>

// No tap lies behind the input.
func.func @local_taps(%x: memref<1x1x1x4x4x16xf32>, %f: memref<9x36x16xf32>, %y: memref<1x1x1x3x3x16xf32>) {
  // expected-error@+1 {{the last tap in dimension 1 lies outside of the input [KLC3]}}
  kernel.local_conv ins(%x, %f) outs(%y) {channels = 9 : i64, kernel = array<i64: 1, 3, 2>, strides = array<i64: 1, 1, 1>, dilations = array<i64: 1, 1, 1>,
      origin = array<i64: 0, 0, 0>, out_size = array<i64: 1, 3, 3>, out_origin = array<i64: 0, 0, 0>, schedule = #schedule} : (memref<1x1x1x4x4x16xf32>, memref<9x36x16xf32>, memref<1x1x1x3x3x16xf32>) -> ()
  return
}

// -----

#schedule = #kernel.schedule<rows = 1, columns = 1, order = filters_outer, tasks = 1>

// Nine channels of four taps.
func.func @local_filter(%x: memref<1x1x1x4x4x16xf32>, %f: memref<9x32x16xf32>, %y: memref<1x1x1x3x3x16xf32>) {
  // expected-error@+1 {{does not fit channels, kernel, out_size and output [KLC4]}}
  kernel.local_conv ins(%x, %f) outs(%y) {channels = 9 : i64, kernel = array<i64: 1, 2, 2>, strides = array<i64: 1, 1, 1>, dilations = array<i64: 1, 1, 1>,
      origin = array<i64: 0, 0, 0>, out_size = array<i64: 1, 3, 3>, out_origin = array<i64: 0, 0, 0>, schedule = #schedule} : (memref<1x1x1x4x4x16xf32>, memref<9x32x16xf32>, memref<1x1x1x3x3x16xf32>) -> ()
  return
}

// -----

#schedule = #kernel.schedule<rows = 1, columns = 1, order = filters_outer, tasks = 1>

// A resampled map keeps its channels.
func.func @resample_blocks(%x: memref<1x2x1x4x4x16xf32>, %i: memref<16xi32>, %w: memref<16xf32>, %y: memref<1x1x1x4x3x16xf32>) {
  // expected-error@+1 {{input and output must be blocked f32 with the same batch and blocks, but are 'memref<1x2x1x4x4x16xf32>' and 'memref<1x1x1x4x3x16xf32>' [KS1]}}
  kernel.resample ins(%x, %i, %w) outs(%y) {taps = array<i64: 1, 2, 2>, in_origin = array<i64: 0, 0, 0>, out_size = array<i64: 1, 4, 3>,
      out_origin = array<i64: 0, 0, 0>, schedule = #schedule} : (memref<1x2x1x4x4x16xf32>, memref<16xi32>, memref<16xf32>, memref<1x1x1x4x3x16xf32>) -> ()
  return
}

// -----

#schedule = #kernel.schedule<rows = 1, columns = 1, order = filters_outer, tasks = 1>

// The output has room for out_size.
func.func @resample_size(%x: memref<1x1x1x4x4x16xf32>, %i: memref<16xi32>, %w: memref<16xf32>, %y: memref<1x1x1x4x3x16xf32>) {
  // expected-error@+1 {{taps and out_size must have three positive entries, and out_size must fit the output [KS2]}}
  kernel.resample ins(%x, %i, %w) outs(%y) {taps = array<i64: 1, 2, 2>, in_origin = array<i64: 0, 0, 0>, out_size = array<i64: 1, 5, 3>,
      out_origin = array<i64: 0, 0, 0>, schedule = #schedule} : (memref<1x1x1x4x4x16xf32>, memref<16xi32>, memref<16xf32>, memref<1x1x1x4x3x16xf32>) -> ()
  return
}

// -----

#schedule = #kernel.schedule<rows = 1, columns = 1, order = filters_outer, tasks = 1>

// One entry for depth, two for each of four rows and three columns: fifteen.
func.func @resample_tables(%x: memref<1x1x1x4x4x16xf32>, %i: memref<16xi32>, %w: memref<16xf32>, %y: memref<1x1x1x4x3x16xf32>) {
  // expected-error@+1 {{indices must be a list of 15 i32, but are 'memref<16xi32>' [KS3]}}
  kernel.resample ins(%x, %i, %w) outs(%y) {taps = array<i64: 1, 2, 2>, in_origin = array<i64: 0, 0, 0>, out_size = array<i64: 1, 4, 3>,
      out_origin = array<i64: 0, 0, 0>, schedule = #schedule} : (memref<1x1x1x4x4x16xf32>, memref<16xi32>, memref<16xf32>, memref<1x1x1x4x3x16xf32>) -> ()
  return
}
