// RUN: kiln-opt %s --split-input-file --verify-diagnostics

#schedule = #kernel.schedule<rows = 1, columns = 4, order = filters_outer, tasks = 1>

// The form says which layout the input has.
func.func @planar_input_of_blocked_form(%x: memref<1x32x1x6x6xf32>, %w: memref<1x2x1x3x3x16x16xf32>, %y: memref<1x1x1x4x4x16xf32>) {
  // expected-error@+1 {{input must be blocked, but is 'memref<1x32x1x6x6xf32>' [KC1]}}
  kernel.conv ins(%x, %w) outs(%y) {form = #nn.filter_form<blocked>, channels = 32 : i64, filters = 16 : i64, strides = array<i64: 1, 1, 1>, dilations = array<i64: 1, 1, 1>,
      origin = array<i64: 0, 0, 0>, out_size = array<i64: 1, 4, 4>, out_origin = array<i64: 0, 0, 0>, schedule = #schedule}
      : (memref<1x32x1x6x6xf32>, memref<1x2x1x3x3x16x16xf32>, memref<1x1x1x4x4x16xf32>) -> ()
  return
}

// -----

#schedule = #kernel.schedule<rows = 1, columns = 4, order = filters_outer, tasks = 1>

// Gemm is no form of a convolution.
func.func @gemm_form(%x: memref<1x2x1x6x6x16xf32>, %w: memref<1x2x1x3x3x16x16xf32>, %y: memref<1x1x1x4x4x16xf32>) {
  // expected-error@+1 {{a direct convolution has no filter of form gemm [KC1]}}
  kernel.conv ins(%x, %w) outs(%y) {form = #nn.filter_form<gemm>, channels = 32 : i64, filters = 16 : i64, strides = array<i64: 1, 1, 1>, dilations = array<i64: 1, 1, 1>,
      origin = array<i64: 0, 0, 0>, out_size = array<i64: 1, 4, 4>, out_origin = array<i64: 0, 0, 0>, schedule = #schedule}
      : (memref<1x2x1x6x6x16xf32>, memref<1x2x1x3x3x16x16xf32>, memref<1x1x1x4x4x16xf32>) -> ()
  return
}

// -----

#schedule = #kernel.schedule<rows = 1, columns = 4, order = filters_outer, tasks = 1>

// A filter must have been packed for the form.
func.func @depthwise_filter_of_blocked_form(%x: memref<1x2x1x6x6x16xf32>, %w: memref<1x1x3x3x16xf32>, %y: memref<1x1x1x4x4x16xf32>) {
  // expected-error@+1 {{filter must be packed as blocked, but is 'memref<1x1x3x3x16xf32>' [KC1]}}
  kernel.conv ins(%x, %w) outs(%y) {form = #nn.filter_form<blocked>, channels = 32 : i64, filters = 16 : i64, strides = array<i64: 1, 1, 1>, dilations = array<i64: 1, 1, 1>,
      origin = array<i64: 0, 0, 0>, out_size = array<i64: 1, 4, 4>, out_origin = array<i64: 0, 0, 0>, schedule = #schedule}
      : (memref<1x2x1x6x6x16xf32>, memref<1x1x3x3x16xf32>, memref<1x1x1x4x4x16xf32>) -> ()
  return
}

// -----

#schedule = #kernel.schedule<rows = 1, columns = 4, order = filters_outer, tasks = 1>

// Convolutions write blocked maps.
func.func @planar_output(%x: memref<1x2x1x6x6x16xf32>, %w: memref<1x2x1x3x3x16x16xf32>, %y: memref<1x16x1x4x4xf32>) {
  // expected-error@+1 {{output must be blocked, but is 'memref<1x16x1x4x4xf32>' [KC1]}}
  kernel.conv ins(%x, %w) outs(%y) {form = #nn.filter_form<blocked>, channels = 32 : i64, filters = 16 : i64, strides = array<i64: 1, 1, 1>, dilations = array<i64: 1, 1, 1>,
      origin = array<i64: 0, 0, 0>, out_size = array<i64: 1, 4, 4>, out_origin = array<i64: 0, 0, 0>, schedule = #schedule}
      : (memref<1x2x1x6x6x16xf32>, memref<1x2x1x3x3x16x16xf32>, memref<1x16x1x4x4xf32>) -> ()
  return
}

// -----

#schedule = #kernel.schedule<rows = 1, columns = 4, order = filters_outer, tasks = 1>

// Convolutions compute in f32.
func.func @half(%x: memref<1x2x1x6x6x16xf16>, %w: memref<1x2x1x3x3x16x16xf16>, %y: memref<1x1x1x4x4x16xf16>) {
  // expected-error@+1 {{every buffer must hold f32 [KC1]}}
  kernel.conv ins(%x, %w) outs(%y) {form = #nn.filter_form<blocked>, channels = 32 : i64, filters = 16 : i64, strides = array<i64: 1, 1, 1>, dilations = array<i64: 1, 1, 1>,
      origin = array<i64: 0, 0, 0>, out_size = array<i64: 1, 4, 4>, out_origin = array<i64: 0, 0, 0>, schedule = #schedule}
      : (memref<1x2x1x6x6x16xf16>, memref<1x2x1x3x3x16x16xf16>, memref<1x1x1x4x4x16xf16>) -> ()
  return
}

// -----

#schedule = #kernel.schedule<rows = 1, columns = 4, order = filters_outer, tasks = 1>

// Kernels know identity layouts only.
func.func @strided_input(%x: memref<1x2x1x6x6x16xf32, strided<[2304, 1152, 1152, 192, 32, 1]>>, %w: memref<1x2x1x3x3x16x16xf32>, %y: memref<1x1x1x4x4x16xf32>) {
  // expected-error@+1 {{input must be blocked, but is 'memref<1x2x1x6x6x16xf32, strided<[2304, 1152, 1152, 192, 32, 1]>>' [KC1]}}
  kernel.conv ins(%x, %w) outs(%y) {form = #nn.filter_form<blocked>, channels = 32 : i64, filters = 16 : i64, strides = array<i64: 1, 1, 1>, dilations = array<i64: 1, 1, 1>,
      origin = array<i64: 0, 0, 0>, out_size = array<i64: 1, 4, 4>, out_origin = array<i64: 0, 0, 0>, schedule = #schedule}
      : (memref<1x2x1x6x6x16xf32, strided<[2304, 1152, 1152, 192, 32, 1]>>, memref<1x2x1x3x3x16x16xf32>, memref<1x1x1x4x4x16xf32>) -> ()
  return
}

// -----

#schedule = #kernel.schedule<rows = 1, columns = 4, order = filters_outer, tasks = 1>

// The residual has the layout of the output.
func.func @planar_residual(%x: memref<1x2x1x6x6x16xf32>, %w: memref<1x2x1x3x3x16x16xf32>, %r: memref<1x16x1x4x4xf32>, %y: memref<1x1x1x4x4x16xf32>) {
  // expected-error@+1 {{residual must be blocked, but is 'memref<1x16x1x4x4xf32>' [KC1]}}
  kernel.conv ins(%x, %w) residual(%r) outs(%y) {form = #nn.filter_form<blocked>, channels = 32 : i64, filters = 16 : i64, strides = array<i64: 1, 1, 1>, dilations = array<i64: 1, 1, 1>,
      origin = array<i64: 0, 0, 0>, out_size = array<i64: 1, 4, 4>, out_origin = array<i64: 0, 0, 0>, schedule = #schedule}
      : (memref<1x2x1x6x6x16xf32>, memref<1x2x1x3x3x16x16xf32>, memref<1x16x1x4x4xf32>, memref<1x1x1x4x4x16xf32>) -> ()
  return
}

// -----

#schedule = #kernel.schedule<rows = 1, columns = 4, order = filters_outer, tasks = 1>

// The bias is a vector.
func.func @bias_of_rank_two(%x: memref<1x2x1x6x6x16xf32>, %w: memref<1x2x1x3x3x16x16xf32>, %b: memref<1x16xf32>, %y: memref<1x1x1x4x4x16xf32>) {
  // expected-error@+1 {{bias must have rank 1, but is 'memref<1x16xf32>' [KC1]}}
  kernel.conv ins(%x, %w) bias(%b) outs(%y) {form = #nn.filter_form<blocked>, channels = 32 : i64, filters = 16 : i64, strides = array<i64: 1, 1, 1>, dilations = array<i64: 1, 1, 1>,
      origin = array<i64: 0, 0, 0>, out_size = array<i64: 1, 4, 4>, out_origin = array<i64: 0, 0, 0>, schedule = #schedule}
      : (memref<1x2x1x6x6x16xf32>, memref<1x2x1x3x3x16x16xf32>, memref<1x16xf32>, memref<1x1x1x4x4x16xf32>) -> ()
  return
}

// -----

#schedule = #kernel.schedule<rows = 1, columns = 4, order = filters_outer, tasks = 1>

// There are always three spatial dimensions.
func.func @two_strides(%x: memref<1x2x1x6x6x16xf32>, %w: memref<1x2x1x3x3x16x16xf32>, %y: memref<1x1x1x4x4x16xf32>) {
  // expected-error@+1 {{strides, dilations, out_size and out_steps must have three positive entries [KC2]}}
  kernel.conv ins(%x, %w) outs(%y) {form = #nn.filter_form<blocked>, channels = 32 : i64, filters = 16 : i64, strides = array<i64: 1, 1>, dilations = array<i64: 1, 1, 1>,
      origin = array<i64: 0, 0, 0>, out_size = array<i64: 1, 4, 4>, out_origin = array<i64: 0, 0, 0>, schedule = #schedule}
      : (memref<1x2x1x6x6x16xf32>, memref<1x2x1x3x3x16x16xf32>, memref<1x1x1x4x4x16xf32>) -> ()
  return
}

// -----

#schedule = #kernel.schedule<rows = 1, columns = 4, order = filters_outer, tasks = 1>

// A stride of 0 would not move.
func.func @stride_zero(%x: memref<1x2x1x6x6x16xf32>, %w: memref<1x2x1x3x3x16x16xf32>, %y: memref<1x1x1x4x4x16xf32>) {
  // expected-error@+1 {{strides, dilations, out_size and out_steps must have three positive entries [KC2]}}
  kernel.conv ins(%x, %w) outs(%y) {form = #nn.filter_form<blocked>, channels = 32 : i64, filters = 16 : i64, strides = array<i64: 1, 0, 1>, dilations = array<i64: 1, 1, 1>,
      origin = array<i64: 0, 0, 0>, out_size = array<i64: 1, 4, 4>, out_origin = array<i64: 0, 0, 0>, schedule = #schedule}
      : (memref<1x2x1x6x6x16xf32>, memref<1x2x1x3x3x16x16xf32>, memref<1x1x1x4x4x16xf32>) -> ()
  return
}

// -----

#schedule = #kernel.schedule<rows = 1, columns = 4, order = filters_outer, tasks = 1>

// Nothing lies in front of a buffer.
func.func @origin_before_buffer(%x: memref<1x2x1x6x6x16xf32>, %w: memref<1x2x1x3x3x16x16xf32>, %y: memref<1x1x1x4x4x16xf32>) {
  // expected-error@+1 {{must have three entries from 0 up [KC2]}}
  kernel.conv ins(%x, %w) outs(%y) {form = #nn.filter_form<blocked>, channels = 32 : i64, filters = 16 : i64, strides = array<i64: 1, 1, 1>, dilations = array<i64: 1, 1, 1>,
      origin = array<i64: 0, -1, 0>, out_size = array<i64: 1, 4, 4>, out_origin = array<i64: 0, 0, 0>, schedule = #schedule}
      : (memref<1x2x1x6x6x16xf32>, memref<1x2x1x3x3x16x16xf32>, memref<1x1x1x4x4x16xf32>) -> ()
  return
}

// -----

#schedule = #kernel.schedule<rows = 1, columns = 4, order = filters_outer, tasks = 1>

// With this origin the last row of taps lies below the input.
func.func @tap_beyond_input(%x: memref<1x2x1x6x6x16xf32>, %w: memref<1x2x1x3x3x16x16xf32>, %y: memref<1x1x1x4x4x16xf32>) {
  // expected-error@+1 {{the last tap in dimension 1 is at 6, but the input has 6 [KC3]}}
  kernel.conv ins(%x, %w) outs(%y) {form = #nn.filter_form<blocked>, channels = 32 : i64, filters = 16 : i64, strides = array<i64: 1, 1, 1>, dilations = array<i64: 1, 1, 1>,
      origin = array<i64: 0, 1, 0>, out_size = array<i64: 1, 4, 4>, out_origin = array<i64: 0, 0, 0>, schedule = #schedule}
      : (memref<1x2x1x6x6x16xf32>, memref<1x2x1x3x3x16x16xf32>, memref<1x1x1x4x4x16xf32>) -> ()
  return
}

// -----

#schedule = #kernel.schedule<rows = 1, columns = 4, order = filters_outer, tasks = 1>

// 17 filters need two blocks.
func.func @filters_and_blocks(%x: memref<1x2x1x6x6x16xf32>, %w: memref<1x2x1x3x3x16x16xf32>, %y: memref<1x1x1x4x4x16xf32>) {
  // expected-error@+1 {{filters (17) must fill the filter's blocks (1) [KC4]}}
  kernel.conv ins(%x, %w) outs(%y) {form = #nn.filter_form<blocked>, channels = 32 : i64, filters = 17 : i64, strides = array<i64: 1, 1, 1>, dilations = array<i64: 1, 1, 1>,
      origin = array<i64: 0, 0, 0>, out_size = array<i64: 1, 4, 4>, out_origin = array<i64: 0, 0, 0>, schedule = #schedule}
      : (memref<1x2x1x6x6x16xf32>, memref<1x2x1x3x3x16x16xf32>, memref<1x1x1x4x4x16xf32>) -> ()
  return
}

// -----

#schedule = #kernel.schedule<rows = 1, columns = 4, order = filters_outer, tasks = 1>

// The output has a block for each block of filters.
func.func @output_blocks(%x: memref<1x2x1x6x6x16xf32>, %w: memref<1x2x1x3x3x16x16xf32>, %y: memref<1x2x1x4x4x16xf32>) {
  // expected-error@+1 {{output must have the input's batch (1) and the filter's blocks (1), but is 'memref<1x2x1x4x4x16xf32>' [KC4]}}
  kernel.conv ins(%x, %w) outs(%y) {form = #nn.filter_form<blocked>, channels = 32 : i64, filters = 16 : i64, strides = array<i64: 1, 1, 1>, dilations = array<i64: 1, 1, 1>,
      origin = array<i64: 0, 0, 0>, out_size = array<i64: 1, 4, 4>, out_origin = array<i64: 0, 0, 0>, schedule = #schedule}
      : (memref<1x2x1x6x6x16xf32>, memref<1x2x1x3x3x16x16xf32>, memref<1x2x1x4x4x16xf32>) -> ()
  return
}

// -----

#schedule = #kernel.schedule<rows = 1, columns = 4, order = filters_outer, tasks = 1>

// The output cannot hold the pixels from this origin on.
func.func @output_too_small(%x: memref<1x2x1x6x6x16xf32>, %w: memref<1x2x1x3x3x16x16xf32>, %y: memref<1x1x1x4x4x16xf32>) {
  // expected-error@+1 {{out_size does not fit the output 'memref<1x1x1x4x4x16xf32>' from its origin [KC4]}}
  kernel.conv ins(%x, %w) outs(%y) {form = #nn.filter_form<blocked>, channels = 32 : i64, filters = 16 : i64, strides = array<i64: 1, 1, 1>, dilations = array<i64: 1, 1, 1>,
      origin = array<i64: 0, 0, 0>, out_size = array<i64: 1, 4, 4>, out_origin = array<i64: 0, 0, 1>, schedule = #schedule}
      : (memref<1x2x1x6x6x16xf32>, memref<1x2x1x3x3x16x16xf32>, memref<1x1x1x4x4x16xf32>) -> ()
  return
}

// -----

#schedule = #kernel.schedule<rows = 1, columns = 4, order = filters_outer, tasks = 1>

// Neither can the residual.
func.func @residual_too_small(%x: memref<1x2x1x6x6x16xf32>, %w: memref<1x2x1x3x3x16x16xf32>, %r: memref<1x1x1x4x4x16xf32>, %y: memref<1x1x1x4x4x16xf32>) {
  // expected-error@+1 {{out_size does not fit the residual 'memref<1x1x1x4x4x16xf32>' from its origin [KC4]}}
  kernel.conv ins(%x, %w) residual(%r) outs(%y) {form = #nn.filter_form<blocked>, channels = 32 : i64, filters = 16 : i64, strides = array<i64: 1, 1, 1>, dilations = array<i64: 1, 1, 1>,
      origin = array<i64: 0, 0, 0>, out_size = array<i64: 1, 4, 4>, out_origin = array<i64: 0, 0, 0>, residual_origin = array<i64: 0, 1, 0>, schedule = #schedule}
      : (memref<1x2x1x6x6x16xf32>, memref<1x2x1x3x3x16x16xf32>, memref<1x1x1x4x4x16xf32>, memref<1x1x1x4x4x16xf32>) -> ()
  return
}

// -----

#schedule = #kernel.schedule<rows = 1, columns = 4, order = filters_outer, tasks = 1>

// The bias has an entry for each lane, those that fill the last block too.
func.func @short_bias(%x: memref<1x2x1x6x6x16xf32>, %w: memref<1x2x1x3x3x16x16xf32>, %b: memref<12xf32>, %y: memref<1x1x1x4x4x16xf32>) {
  // expected-error@+1 {{bias must have 16 entries, but is 'memref<12xf32>' [KC4]}}
  kernel.conv ins(%x, %w) bias(%b) outs(%y) {form = #nn.filter_form<blocked>, channels = 32 : i64, filters = 12 : i64, strides = array<i64: 1, 1, 1>, dilations = array<i64: 1, 1, 1>,
      origin = array<i64: 0, 0, 0>, out_size = array<i64: 1, 4, 4>, out_origin = array<i64: 0, 0, 0>, schedule = #schedule}
      : (memref<1x2x1x6x6x16xf32>, memref<1x2x1x3x3x16x16xf32>, memref<12xf32>, memref<1x1x1x4x4x16xf32>) -> ()
  return
}

// -----

#schedule = #kernel.schedule<rows = 1, columns = 4, order = filters_outer, tasks = 1>

// Every group has as many channels.
func.func @groups_and_channels(%x: memref<1x2x1x6x6x16xf32>, %w: memref<1x2x1x3x3x16x16xf32>, %y: memref<1x1x1x4x4x16xf32>) {
  // expected-error@+1 {{groups (3) must divide channels (32) and filters (16) [KC5]}}
  kernel.conv ins(%x, %w) outs(%y) {form = #nn.filter_form<blocked>, channels = 32 : i64, filters = 16 : i64, groups = 3 : i64, strides = array<i64: 1, 1, 1>, dilations = array<i64: 1, 1, 1>,
      origin = array<i64: 0, 0, 0>, out_size = array<i64: 1, 4, 4>, out_origin = array<i64: 0, 0, 0>, schedule = #schedule}
      : (memref<1x2x1x6x6x16xf32>, memref<1x2x1x3x3x16x16xf32>, memref<1x1x1x4x4x16xf32>) -> ()
  return
}

// -----

#schedule = #kernel.schedule<rows = 1, columns = 4, order = filters_outer, tasks = 1>

// 33 channels need three blocks.
func.func @channels_and_blocks(%x: memref<1x2x1x6x6x16xf32>, %w: memref<1x2x1x3x3x16x16xf32>, %y: memref<1x1x1x4x4x16xf32>) {
  // expected-error@+1 {{input must have 3 channels or blocks of them, but is 'memref<1x2x1x6x6x16xf32>' [KC5]}}
  kernel.conv ins(%x, %w) outs(%y) {form = #nn.filter_form<blocked>, channels = 33 : i64, filters = 16 : i64, strides = array<i64: 1, 1, 1>, dilations = array<i64: 1, 1, 1>,
      origin = array<i64: 0, 0, 0>, out_size = array<i64: 1, 4, 4>, out_origin = array<i64: 0, 0, 0>, schedule = #schedule}
      : (memref<1x2x1x6x6x16xf32>, memref<1x2x1x3x3x16x16xf32>, memref<1x1x1x4x4x16xf32>) -> ()
  return
}

// -----

#schedule = #kernel.schedule<rows = 1, columns = 4, order = filters_outer, tasks = 1>

// A planar filter has every channel of its group.
func.func @planar_channels(%x: memref<1x3x1x6x6xf32>, %w: memref<1x4x1x3x3x16xf32>, %y: memref<1x1x1x4x4x16xf32>) {
  // expected-error@+1 {{a planar filter must have 3 channels, and groups of a multiple of 8 filters [KC5]}}
  kernel.conv ins(%x, %w) outs(%y) {form = #nn.filter_form<planar>, channels = 3 : i64, filters = 16 : i64, strides = array<i64: 1, 1, 1>, dilations = array<i64: 1, 1, 1>,
      origin = array<i64: 0, 0, 0>, out_size = array<i64: 1, 4, 4>, out_origin = array<i64: 0, 0, 0>, schedule = #schedule}
      : (memref<1x3x1x6x6xf32>, memref<1x4x1x3x3x16xf32>, memref<1x1x1x4x4x16xf32>) -> ()
  return
}

// -----

#schedule = #kernel.schedule<rows = 1, columns = 4, order = filters_outer, tasks = 1>

// Sixteen filters leave no tail.
func.func @no_tail(%x: memref<1x1x1x6x6x16xf32>, %w: memref<1x1x1x3x3x16x16xf32>, %y: memref<1x1x1x4x4x16xf32>) {
  // expected-error@+1 {{16 filters in 1 groups of 16 channels have no tail [KC5]}}
  kernel.conv ins(%x, %w) outs(%y) {form = #nn.filter_form<tail>, channels = 16 : i64, filters = 16 : i64, strides = array<i64: 1, 1, 1>, dilations = array<i64: 1, 1, 1>,
      origin = array<i64: 0, 0, 0>, out_size = array<i64: 1, 4, 4>, out_origin = array<i64: 0, 0, 0>, schedule = #schedule}
      : (memref<1x1x1x6x6x16xf32>, memref<1x1x1x3x3x16x16xf32>, memref<1x1x1x4x4x16xf32>) -> ()
  return
}

// -----

#schedule = #kernel.schedule<rows = 1, columns = 4, order = filters_outer, tasks = 1>

// Half a block of planar filters belongs to one group.
func.func @planar_groups(%x: memref<1x4x1x6x6xf32>, %w: memref<1x2x1x3x3x16xf32>, %y: memref<1x1x1x4x4x16xf32>) {
  // expected-error@+1 {{a planar filter must have 2 channels, and groups of a multiple of 8 filters [KC5]}}
  kernel.conv ins(%x, %w) outs(%y) {form = #nn.filter_form<planar>, channels = 4 : i64, groups = 2 : i64, filters = 12 : i64, strides = array<i64: 1, 1, 1>, dilations = array<i64: 1, 1, 1>,
      origin = array<i64: 0, 0, 0>, out_size = array<i64: 1, 4, 4>, out_origin = array<i64: 0, 0, 0>, schedule = #schedule}
      : (memref<1x4x1x6x6xf32>, memref<1x2x1x3x3x16xf32>, memref<1x1x1x4x4x16xf32>) -> ()
  return
}

// -----

#schedule = #kernel.schedule<rows = 1, columns = 4, order = filters_outer, tasks = 1>

// A filter for groups of four channels, but the convolution has groups of eight.
func.func @grouped_channels(%x: memref<1x1x1x6x6x16xf32>, %w: memref<1x1x3x3x4x16xf32>, %y: memref<1x1x1x4x4x16xf32>) {
  // expected-error@+1 {{a grouped filter must have 8 channels, in several groups a block [KC5]}}
  kernel.conv ins(%x, %w) outs(%y) {form = #nn.filter_form<grouped>, channels = 16 : i64, groups = 2 : i64, filters = 16 : i64, strides = array<i64: 1, 1, 1>, dilations = array<i64: 1, 1, 1>,
      origin = array<i64: 0, 0, 0>, out_size = array<i64: 1, 4, 4>, out_origin = array<i64: 0, 0, 0>, schedule = #schedule}
      : (memref<1x1x1x6x6x16xf32>, memref<1x1x3x3x4x16xf32>, memref<1x1x1x4x4x16xf32>) -> ()
  return
}

// -----

#schedule = #kernel.schedule<rows = 1, columns = 4, order = filters_outer, tasks = 1>

// Depthwise means one filter a channel.
func.func @depthwise_groups(%x: memref<1x1x1x6x6x16xf32>, %w: memref<1x1x3x3x16xf32>, %y: memref<1x1x1x4x4x16xf32>) {
  // expected-error@+1 {{a depthwise filter must have as many groups and filters as channels (16) [KC5]}}
  kernel.conv ins(%x, %w) outs(%y) {form = #nn.filter_form<depthwise>, channels = 16 : i64, filters = 16 : i64, strides = array<i64: 1, 1, 1>, dilations = array<i64: 1, 1, 1>,
      origin = array<i64: 0, 0, 0>, out_size = array<i64: 1, 4, 4>, out_origin = array<i64: 0, 0, 0>, schedule = #schedule}
      : (memref<1x1x1x6x6x16xf32>, memref<1x1x3x3x16xf32>, memref<1x1x1x4x4x16xf32>) -> ()
  return
}

// -----

#schedule = #kernel.schedule<rows = 1, columns = 4, order = filters_outer, tasks = 1>

// Filters of one group of 16 channels read one input block.
func.func @blocks_read(%x: memref<1x2x1x6x6x16xf32>, %w: memref<2x2x1x3x3x16x16xf32>, %y: memref<1x2x1x4x4x16xf32>) {
  // expected-error@+1 {{filter must read 1 input blocks, but reads 2 [KC5]}}
  kernel.conv ins(%x, %w) outs(%y) {form = #nn.filter_form<blocked>, channels = 32 : i64, filters = 32 : i64, groups = 2 : i64, strides = array<i64: 1, 1, 1>, dilations = array<i64: 1, 1, 1>,
      origin = array<i64: 0, 0, 0>, out_size = array<i64: 1, 4, 4>, out_origin = array<i64: 0, 0, 0>, schedule = #schedule}
      : (memref<1x2x1x6x6x16xf32>, memref<2x2x1x3x3x16x16xf32>, memref<1x2x1x4x4x16xf32>) -> ()
  return
}

// -----

#schedule = #kernel.schedule<rows = 1, columns = 4, order = filters_outer, tasks = 1, filters = 2>

// Blocks of filters in a tile share its pixels; the second group reads others.
func.func @tile_of_two_groups(%x: memref<1x2x1x6x6x16xf32>, %w: memref<2x1x1x3x3x16x16xf32>, %y: memref<1x2x1x4x4x16xf32>) {
  // expected-error@+1 {{2 blocks of filters in a tile must be of one group [KC7]}}
  kernel.conv ins(%x, %w) outs(%y) {form = #nn.filter_form<blocked>, channels = 32 : i64, filters = 32 : i64, groups = 2 : i64, strides = array<i64: 1, 1, 1>, dilations = array<i64: 1, 1, 1>,
      origin = array<i64: 0, 0, 0>, out_size = array<i64: 1, 4, 4>, out_origin = array<i64: 0, 0, 0>, schedule = #schedule}
      : (memref<1x2x1x6x6x16xf32>, memref<2x1x1x3x3x16x16xf32>, memref<1x2x1x4x4x16xf32>) -> ()
  return
}

// -----

#schedule = #kernel.schedule<rows = 1, columns = 16, order = filters_outer, tasks = 1, lanes = pixels>

// Neighbouring pixels lie apart in blocks.
func.func @pixels_of_blocks(%x: memref<1x1x1x6x18x16xf32>, %w: memref<1x1x1x3x3x16x16xf32>, %y: memref<1x1x1x4x16x16xf32>) {
  // expected-error@+1 {{lanes of pixels need a planar filter of one block and one group, stride 1 along the rows, and no residual [KC8]}}
  kernel.conv ins(%x, %w) outs(%y) {form = #nn.filter_form<blocked>, channels = 3 : i64, filters = 6 : i64, strides = array<i64: 1, 1, 1>, dilations = array<i64: 1, 1, 1>,
      origin = array<i64: 0, 0, 0>, out_size = array<i64: 1, 4, 16>, out_origin = array<i64: 0, 0, 0>, schedule = #schedule}
      : (memref<1x1x1x6x18x16xf32>, memref<1x1x1x3x3x16x16xf32>, memref<1x1x1x4x16x16xf32>) -> ()
  return
}

// -----

#schedule = #kernel.schedule<rows = 1, columns = 16, order = filters_outer, tasks = 1, lanes = pixels>

// With a stride of 2 every second pixel of a vector is not needed.
func.func @pixels_apart(%x: memref<1x3x1x6x33xf32>, %w: memref<1x3x1x3x3x16xf32>, %y: memref<1x1x1x4x16x16xf32>) {
  // expected-error@+1 {{lanes of pixels need a planar filter of one block and one group, stride 1 along the rows, and no residual [KC8]}}
  kernel.conv ins(%x, %w) outs(%y) {form = #nn.filter_form<planar>, channels = 3 : i64, filters = 6 : i64, strides = array<i64: 1, 1, 2>, dilations = array<i64: 1, 1, 1>,
      origin = array<i64: 0, 0, 0>, out_size = array<i64: 1, 4, 16>, out_origin = array<i64: 0, 0, 0>, schedule = #schedule}
      : (memref<1x3x1x6x33xf32>, memref<1x3x1x3x3x16xf32>, memref<1x1x1x4x16x16xf32>) -> ()
  return
}

// -----

#schedule = #kernel.schedule<rows = 1, columns = 4, order = filters_outer, tasks = 1>

// What holds zeros is part of the input.
func.func @border_beyond_input(%x: memref<1x1x1x6x6x16xf32>, %w: memref<1x1x1x3x3x16x16xf32>, %y: memref<1x1x1x4x4x16xf32>) {
  // expected-error@+1 {{border must have six entries from 0 up that fit 'memref<1x1x1x6x6x16xf32>' [KC9]}}
  kernel.conv ins(%x, %w) outs(%y) {form = #nn.filter_form<blocked>, channels = 16 : i64, filters = 16 : i64,
      strides = array<i64: 1, 1, 1>, dilations = array<i64: 1, 1, 1>, origin = array<i64: 0, 0, 0>,
      border = array<i64: 0, 4, 1, 0, 3, 1>, out_size = array<i64: 1, 4, 4>, out_origin = array<i64: 0, 0, 0>, schedule = #schedule}
      : (memref<1x1x1x6x6x16xf32>, memref<1x1x1x3x3x16x16xf32>, memref<1x1x1x4x4x16xf32>) -> ()
  return
}
