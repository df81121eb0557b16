// RUN: kiln-opt %s --split-input-file --verify-diagnostics

#schedule = #kernel.schedule<rows = 1, columns = 4, order = filters_outer, tasks = 1>

// A prologue keeps the pixels of a row of tiles for all filters.
func.func @prologue_order(%x: memref<1x1x1x4x4x16xf32>, %w: memref<1x1x1x1x1x16x16xf32>, %v: memref<16xf32>, %s: memref<1x1x1x1x4x16xf32>,
    %y: memref<1x1x1x4x4x16xf32>) {
  // expected-error@+1 {{a prologue needs a blocked 1x1 filter of one group, and pixels_outer [KC6]}}
  kernel.conv ins(%x, %w) prologue(%v, %v) scratch(%s) outs(%y) {form = #nn.filter_form<blocked>, channels = 16 : i64, filters = 16 : i64,
      strides = array<i64: 1, 1, 1>, dilations = array<i64: 1, 1, 1>, origin = array<i64: 0, 0, 0>, out_size = array<i64: 1, 4, 4>,
      out_origin = array<i64: 0, 0, 0>, schedule = #schedule}
      : (memref<1x1x1x4x4x16xf32>, memref<1x1x1x1x1x16x16xf32>, memref<16xf32>, memref<16xf32>, memref<1x1x1x1x4x16xf32>,
         memref<1x1x1x4x4x16xf32>) -> ()
  return
}

// -----

#schedule = #kernel.schedule<rows = 1, columns = 4, order = pixels_outer, tasks = 2>

// Each task has an image of the scratch buffer.
func.func @prologue_scratch(%x: memref<1x1x1x4x4x16xf32>, %w: memref<1x1x1x1x1x16x16xf32>, %v: memref<16xf32>, %s: memref<1x1x1x1x4x16xf32>,
    %y: memref<1x1x1x4x4x16xf32>) {
  // expected-error@+1 {{scratch must be 2x1x1x1x4x16, but is}}
  kernel.conv ins(%x, %w) prologue(%v, %v) scratch(%s) outs(%y) {form = #nn.filter_form<blocked>, channels = 16 : i64, filters = 16 : i64,
      strides = array<i64: 1, 1, 1>, dilations = array<i64: 1, 1, 1>, origin = array<i64: 0, 0, 0>, out_size = array<i64: 1, 4, 4>,
      out_origin = array<i64: 0, 0, 0>, schedule = #schedule}
      : (memref<1x1x1x4x4x16xf32>, memref<1x1x1x1x1x16x16xf32>, memref<16xf32>, memref<16xf32>, memref<1x1x1x1x4x16xf32>,
         memref<1x1x1x4x4x16xf32>) -> ()
  return
}

// -----

#schedule = #kernel.schedule<rows = 1, columns = 4, order = pixels_outer, tasks = 1>

// What is in front is batch normalisation or a depthwise convolution.
func.func @two_prologues(%x: memref<1x1x1x6x6x16xf32>, %w: memref<1x1x1x1x1x16x16xf32>, %d: memref<1x1x3x3x16xf32>, %v: memref<16xf32>, %s: memref<1x1x1x1x4x16xf32>,
    %y: memref<1x1x1x4x4x16xf32>) {
  // expected-error@+1 {{scratch comes with scale and shift, or with depthwise [KC6]}}
  kernel.conv ins(%x, %w) prologue(%v, %v) depthwise(%d) scratch(%s) outs(%y) {form = #nn.filter_form<blocked>, channels = 16 : i64, filters = 16 : i64,
      strides = array<i64: 1, 1, 1>, dilations = array<i64: 1, 1, 1>, origin = array<i64: 0, 0, 0>, out_size = array<i64: 1, 4, 4>,
      out_origin = array<i64: 0, 0, 0>, schedule = #schedule, depthwise_schedule = #schedule}
      : (memref<1x1x1x6x6x16xf32>, memref<1x1x1x1x1x16x16xf32>, memref<16xf32>, memref<16xf32>, memref<1x1x3x3x16xf32>, memref<1x1x1x1x4x16xf32>, memref<1x1x1x4x4x16xf32>) -> ()
  return
}

// -----

#schedule = #kernel.schedule<rows = 1, columns = 4, order = pixels_outer, tasks = 1>

// A depthwise convolution needs room for what it computes.
func.func @no_scratch(%x: memref<1x1x1x6x6x16xf32>, %w: memref<1x1x1x1x1x16x16xf32>, %d: memref<1x1x3x3x16xf32>, %v: memref<16xf32>, %s: memref<1x1x1x1x4x16xf32>,
    %y: memref<1x1x1x4x4x16xf32>) {
  // expected-error@+1 {{scratch comes with scale and shift, or with depthwise [KC6]}}
  kernel.conv ins(%x, %w) depthwise(%d) outs(%y) {form = #nn.filter_form<blocked>, channels = 16 : i64, filters = 16 : i64,
      strides = array<i64: 1, 1, 1>, dilations = array<i64: 1, 1, 1>, origin = array<i64: 0, 0, 0>, out_size = array<i64: 1, 4, 4>,
      out_origin = array<i64: 0, 0, 0>, schedule = #schedule, depthwise_schedule = #schedule}
      : (memref<1x1x1x6x6x16xf32>, memref<1x1x1x1x1x16x16xf32>, memref<1x1x3x3x16xf32>, memref<1x1x1x4x4x16xf32>) -> ()
  return
}

// -----

#schedule = #kernel.schedule<rows = 1, columns = 4, order = pixels_outer, tasks = 1>

// Its tiles are its own.
func.func @no_tiles(%x: memref<1x1x1x6x6x16xf32>, %w: memref<1x1x1x1x1x16x16xf32>, %d: memref<1x1x3x3x16xf32>, %v: memref<16xf32>, %s: memref<1x1x1x1x4x16xf32>,
    %y: memref<1x1x1x4x4x16xf32>) {
  // expected-error@+1 {{depthwise has a filter, a bias or none, and depthwise_schedule [KC10]}}
  kernel.conv ins(%x, %w) depthwise(%d) scratch(%s) outs(%y) {form = #nn.filter_form<blocked>, channels = 16 : i64, filters = 16 : i64,
      strides = array<i64: 1, 1, 1>, dilations = array<i64: 1, 1, 1>, origin = array<i64: 0, 0, 0>, out_size = array<i64: 1, 4, 4>,
      out_origin = array<i64: 0, 0, 0>, schedule = #schedule}
      : (memref<1x1x1x6x6x16xf32>, memref<1x1x1x1x1x16x16xf32>, memref<1x1x3x3x16xf32>, memref<1x1x1x1x4x16xf32>, memref<1x1x1x4x4x16xf32>) -> ()
  return
}

// -----

#schedule = #kernel.schedule<rows = 1, columns = 4, order = pixels_outer, tasks = 1>

// It has one bias.
func.func @two_biases(%x: memref<1x1x1x6x6x16xf32>, %w: memref<1x1x1x1x1x16x16xf32>, %d: memref<1x1x3x3x16xf32>, %v: memref<16xf32>, %s: memref<1x1x1x1x4x16xf32>,
    %y: memref<1x1x1x4x4x16xf32>) {
  // expected-error@+1 {{depthwise has a filter, a bias or none, and depthwise_schedule [KC10]}}
  kernel.conv ins(%x, %w) depthwise(%d, %v, %v) scratch(%s) outs(%y) {form = #nn.filter_form<blocked>, channels = 16 : i64, filters = 16 : i64,
      strides = array<i64: 1, 1, 1>, dilations = array<i64: 1, 1, 1>, origin = array<i64: 0, 0, 0>, out_size = array<i64: 1, 4, 4>,
      out_origin = array<i64: 0, 0, 0>, schedule = #schedule, depthwise_schedule = #schedule}
      : (memref<1x1x1x6x6x16xf32>, memref<1x1x1x1x1x16x16xf32>, memref<1x1x3x3x16xf32>, memref<16xf32>, memref<16xf32>, memref<1x1x1x1x4x16xf32>, memref<1x1x1x4x4x16xf32>) -> ()
  return
}

// -----

#schedule = #kernel.schedule<rows = 1, columns = 4, order = pixels_outer, tasks = 1>

// Its filter is packed for channels in the lanes.
func.func @other_filter(%x: memref<1x1x1x6x6x16xf32>, %w: memref<1x1x1x1x1x16x16xf32>, %d: memref<1x1x3x3x16xf32>, %v: memref<16xf32>, %s: memref<1x1x1x1x4x16xf32>,
    %y: memref<1x1x1x4x4x16xf32>) {
  // expected-error@+1 {{a depthwise filter must be packed as depthwise, but is 'memref<16xf32>' [KC1]}}
  kernel.conv ins(%x, %w) depthwise(%v) scratch(%s) outs(%y) {form = #nn.filter_form<blocked>, channels = 16 : i64, filters = 16 : i64,
      strides = array<i64: 1, 1, 1>, dilations = array<i64: 1, 1, 1>, origin = array<i64: 0, 0, 0>, out_size = array<i64: 1, 4, 4>,
      out_origin = array<i64: 0, 0, 0>, schedule = #schedule, depthwise_schedule = #schedule}
      : (memref<1x1x1x6x6x16xf32>, memref<1x1x1x1x1x16x16xf32>, memref<16xf32>, memref<1x1x1x1x4x16xf32>, memref<1x1x1x4x4x16xf32>) -> ()
  return
}

// -----

#schedule = #kernel.schedule<rows = 1, columns = 4, order = pixels_outer, tasks = 1>

// It has a filter for each channel.
func.func @filter_of_other_channels(%x: memref<1x1x1x6x6x16xf32>, %w: memref<1x1x1x1x1x16x16xf32>, %d: memref<1x1x3x3x16xf32>, %v: memref<16xf32>, %s: memref<1x1x1x1x4x16xf32>,
    %y: memref<1x1x1x4x4x16xf32>, %e: memref<2x1x3x3x16xf32>) {
  // expected-error@+1 {{a depthwise filter must have 1 blocks, but is 'memref<2x1x3x3x16xf32>' [KC10]}}
  kernel.conv ins(%x, %w) depthwise(%e) scratch(%s) outs(%y) {form = #nn.filter_form<blocked>, channels = 16 : i64, filters = 16 : i64,
      strides = array<i64: 1, 1, 1>, dilations = array<i64: 1, 1, 1>, origin = array<i64: 0, 0, 0>, out_size = array<i64: 1, 4, 4>,
      out_origin = array<i64: 0, 0, 0>, schedule = #schedule, depthwise_schedule = #schedule}
      : (memref<1x1x1x6x6x16xf32>, memref<1x1x1x1x1x16x16xf32>, memref<2x1x3x3x16xf32>, memref<1x1x1x1x4x16xf32>, memref<1x1x1x4x4x16xf32>) -> ()
  return
}

// -----

#schedule = #kernel.schedule<rows = 1, columns = 4, order = pixels_outer, tasks = 1>

// Taps, strides and dilations are those with which it reads the input.
func.func @taps_outside(%x: memref<1x1x1x6x6x16xf32>, %w: memref<1x1x1x1x1x16x16xf32>, %d: memref<1x1x3x3x16xf32>, %v: memref<16xf32>, %s: memref<1x1x1x1x4x16xf32>,
    %y: memref<1x1x1x4x4x16xf32>) {
  // expected-error@+1 {{the last tap in dimension 1 is at 8, but the input has 6 [KC3]}}
  kernel.conv ins(%x, %w) depthwise(%d) scratch(%s) outs(%y) {form = #nn.filter_form<blocked>, channels = 16 : i64, filters = 16 : i64,
      strides = array<i64: 1, 2, 2>, dilations = array<i64: 1, 1, 1>, origin = array<i64: 0, 0, 0>, out_size = array<i64: 1, 4, 4>,
      out_origin = array<i64: 0, 0, 0>, schedule = #schedule, depthwise_schedule = #schedule}
      : (memref<1x1x1x6x6x16xf32>, memref<1x1x1x1x1x16x16xf32>, memref<1x1x3x3x16xf32>, memref<1x1x1x1x4x16xf32>, memref<1x1x1x4x4x16xf32>) -> ()
  return
}

// -----

#schedule = #kernel.schedule<rows = 1, columns = 4, order = pixels_outer, tasks = 1>
#rows = #kernel.schedule<rows = 2, columns = 4, order = filters_outer, tasks = 1>

// It is computed row by row.
func.func @rows_of_depthwise_tiles(%x: memref<1x1x1x6x6x16xf32>, %w: memref<1x1x1x1x1x16x16xf32>, %y: memref<1x1x1x4x4x16xf32>, %d: memref<1x1x3x3x16xf32>, %s: memref<1x1x1x1x4x16xf32>) {
  // expected-error@+1 {{depthwise_schedule must have tiles of one row of one block of filters [KC10]}}
  kernel.conv ins(%x, %w) depthwise(%d) scratch(%s) outs(%y) {form = #nn.filter_form<blocked>, channels = 16 : i64, filters = 16 : i64,
      dilations = array<i64: 1, 1, 1>, origin = array<i64: 0, 0, 0>, out_size = array<i64: 1, 4, 4>, out_origin = array<i64: 0, 0, 0>,
      strides = array<i64: 1, 1, 1>, schedule = #schedule, depthwise_schedule = #rows}
      : (memref<1x1x1x6x6x16xf32>, memref<1x1x1x1x1x16x16xf32>, memref<1x1x3x3x16xf32>, memref<1x1x1x1x4x16xf32>, memref<1x1x1x4x4x16xf32>) -> ()
  return
}

// -----

#schedule = #kernel.schedule<rows = 1, columns = 4, order = pixels_outer, tasks = 1>

// Without a depthwise convolution it has no tiles.
func.func @schedule_of_nothing(%x: memref<1x1x1x6x6x16xf32>, %w: memref<1x1x1x1x1x16x16xf32>, %y: memref<1x1x1x4x4x16xf32>, %unused: index) {
  // expected-error@+1 {{depthwise has a filter, a bias or none, and depthwise_schedule [KC10]}}
  kernel.conv ins(%x, %w) outs(%y) {form = #nn.filter_form<blocked>, channels = 16 : i64, filters = 16 : i64,
      dilations = array<i64: 1, 1, 1>, origin = array<i64: 0, 0, 0>, out_size = array<i64: 1, 4, 4>, out_origin = array<i64: 0, 0, 0>,
      strides = array<i64: 1, 1, 1>, schedule = #schedule, depthwise_schedule = #schedule}
      : (memref<1x1x1x6x6x16xf32>, memref<1x1x1x1x1x16x16xf32>, memref<1x1x1x4x4x16xf32>) -> ()
  return
}

// -----

#schedule = #kernel.schedule<rows = 1, columns = 4, order = pixels_outer, tasks = 1>

// Batch normalisation keeps the pixels where they are.
func.func @strided_preactivation(%x: memref<1x1x1x6x6x16xf32>, %w: memref<1x1x1x1x1x16x16xf32>, %y: memref<1x1x1x4x4x16xf32>, %v: memref<16xf32>, %s: memref<1x1x1x1x2x16xf32>) {
  // expected-error@+1 {{strides must be 1 with scale and shift [KC10]}}
  kernel.conv ins(%x, %w) prologue(%v, %v) scratch(%s) outs(%y) {form = #nn.filter_form<blocked>, channels = 16 : i64, filters = 16 : i64,
      dilations = array<i64: 1, 1, 1>, origin = array<i64: 0, 0, 0>, out_size = array<i64: 1, 2, 2>, out_origin = array<i64: 0, 0, 0>,
      strides = array<i64: 1, 2, 2>, schedule = #schedule}
      : (memref<1x1x1x6x6x16xf32>, memref<1x1x1x1x1x16x16xf32>, memref<16xf32>, memref<16xf32>, memref<1x1x1x1x2x16xf32>, memref<1x1x1x4x4x16xf32>) -> ()
  return
}

// -----

#schedule = #kernel.schedule<rows = 1, columns = 4, order = pixels_outer, tasks = 1>

// There is a bias for each channel.
func.func @short_bias(%x: memref<1x1x1x6x6x16xf32>, %w: memref<1x1x1x1x1x16x16xf32>, %y: memref<1x1x1x4x4x16xf32>, %d: memref<1x1x3x3x16xf32>, %b: memref<8xf32>, %s: memref<1x1x1x1x4x16xf32>) {
  // expected-error@+1 {{scale, shift and a depthwise bias must have 16 entries, but one is 'memref<8xf32>' [KC6]}}
  kernel.conv ins(%x, %w) depthwise(%d, %b) scratch(%s) outs(%y) {form = #nn.filter_form<blocked>, channels = 16 : i64, filters = 16 : i64,
      dilations = array<i64: 1, 1, 1>, origin = array<i64: 0, 0, 0>, out_size = array<i64: 1, 4, 4>, out_origin = array<i64: 0, 0, 0>,
      strides = array<i64: 1, 1, 1>, schedule = #schedule, depthwise_schedule = #schedule}
      : (memref<1x1x1x6x6x16xf32>, memref<1x1x1x1x1x16x16xf32>, memref<1x1x3x3x16xf32>, memref<8xf32>, memref<1x1x1x1x4x16xf32>, memref<1x1x1x4x4x16xf32>) -> ()
  return
}

// -----

#schedule = #kernel.schedule<rows = 1, columns = 4, order = pixels_outer, tasks = 1>
#two = #kernel.schedule<rows = 2, columns = 4, order = pixels_outer, tasks = 1>

// The scratch buffer holds whole rows of tiles.
func.func @part_of_a_tile(%x: memref<1x1x1x6x6x16xf32>, %w: memref<1x1x1x1x1x16x16xf32>, %y: memref<1x1x1x4x4x16xf32>, %d: memref<1x1x3x3x16xf32>, %s: memref<1x1x1x3x4x16xf32>) {
  // expected-error@+1 {{scratch must be 1x1x1x2x4x16, but is 'memref<1x1x1x3x4x16xf32>' [KC6]}}
  kernel.conv ins(%x, %w) depthwise(%d) scratch(%s) outs(%y) {form = #nn.filter_form<blocked>, channels = 16 : i64, filters = 16 : i64,
      dilations = array<i64: 1, 1, 1>, origin = array<i64: 0, 0, 0>, out_size = array<i64: 1, 4, 4>, out_origin = array<i64: 0, 0, 0>,
      strides = array<i64: 1, 1, 1>, schedule = #two, depthwise_schedule = #schedule}
      : (memref<1x1x1x6x6x16xf32>, memref<1x1x1x1x1x16x16xf32>, memref<1x1x3x3x16xf32>, memref<1x1x1x3x4x16xf32>, memref<1x1x1x4x4x16xf32>) -> ()
  return
}
