// RUN: kiln-opt %s --split-input-file --verify-diagnostics

#schedule = #kernel.winograd_schedule<block = 4, registers = 4, tasks = 1>

// Only blocked maps have sixteen channels in a vector.
func.func @planar_input(%x: memref<1x32x1x8x8xf32>, %w: memref<1x36x32x16xf32>, %y: memref<1x1x1x6x6x16xf32>, %v: memref<1x36x9x16xf32>, %p: memref<1x36x5x16xf32>) {
  // expected-error@+1 {{input must be blocked, but is 'memref<1x32x1x8x8xf32>' [KN1]}}
  kernel.winograd ins(%w) input(%x) outs(%y) scratch(%v, %p) {form = #nn.filter_form<winograd_f4>, taps = array<i64: 1, 3, 3>, channels = 32 : i64,
      filters = 16 : i64, origin = array<i64: 0, 0, 0>, out_size = array<i64: 1, 6, 6>, out_origin = array<i64: 0, 0, 0>,
      schedule = #schedule}
      : (memref<1x36x32x16xf32>, memref<1x32x1x8x8xf32>, memref<1x1x1x6x6x16xf32>, memref<1x36x9x16xf32>, memref<1x36x5x16xf32>) -> ()
  return
}

// -----

#schedule = #kernel.winograd_schedule<block = 4, registers = 4, tasks = 1>

// The filter of the direct convolution has another rank.
func.func @filter_of_the_direct_form(%x: memref<1x2x1x8x8x16xf32>, %w: memref<1x2x1x3x3x16x16xf32>, %y: memref<1x1x1x6x6x16xf32>, %v: memref<1x36x9x16xf32>, %p: memref<1x36x5x16xf32>) {
  // expected-error@+1 {{filter must have rank 4 with 16 lanes, but is 'memref<1x2x1x3x3x16x16xf32>' [KN1]}}
  kernel.winograd ins(%w) input(%x) outs(%y) scratch(%v, %p) {form = #nn.filter_form<winograd_f4>, taps = array<i64: 1, 3, 3>, channels = 32 : i64,
      filters = 16 : i64, origin = array<i64: 0, 0, 0>, out_size = array<i64: 1, 6, 6>, out_origin = array<i64: 0, 0, 0>,
      schedule = #schedule}
      : (memref<1x2x1x3x3x16x16xf32>, memref<1x2x1x8x8x16xf32>, memref<1x1x1x6x6x16xf32>, memref<1x36x9x16xf32>, memref<1x36x5x16xf32>) -> ()
  return
}

// -----

#schedule = #kernel.winograd_schedule<block = 4, registers = 4, tasks = 1>

// Scratch holds vectors.
func.func @scratch_without_lanes(%x: memref<1x2x1x8x8x16xf32>, %w: memref<1x36x32x16xf32>, %y: memref<1x1x1x6x6x16xf32>, %v: memref<1x36x9x16xf32>, %p: memref<1x36x5x8xf32>) {
  // expected-error@+1 {{products must have rank 4 with 16 lanes, but is 'memref<1x36x5x8xf32>' [KN1]}}
  kernel.winograd ins(%w) input(%x) outs(%y) scratch(%v, %p) {form = #nn.filter_form<winograd_f4>, taps = array<i64: 1, 3, 3>, channels = 32 : i64,
      filters = 16 : i64, origin = array<i64: 0, 0, 0>, out_size = array<i64: 1, 6, 6>, out_origin = array<i64: 0, 0, 0>,
      schedule = #schedule}
      : (memref<1x36x32x16xf32>, memref<1x2x1x8x8x16xf32>, memref<1x1x1x6x6x16xf32>, memref<1x36x9x16xf32>, memref<1x36x5x8xf32>) -> ()
  return
}

// -----

#schedule = #kernel.winograd_schedule<block = 4, registers = 4, tasks = 1>

// Everything is computed in f32.
func.func @output_of_halves(%x: memref<1x2x1x8x8x16xf32>, %w: memref<1x36x32x16xf32>, %y: memref<1x1x1x6x6x16xf16>, %v: memref<1x36x9x16xf32>, %p: memref<1x36x5x16xf32>) {
  // expected-error@+1 {{every buffer must hold f32 [KN1]}}
  kernel.winograd ins(%w) input(%x) outs(%y) scratch(%v, %p) {form = #nn.filter_form<winograd_f4>, taps = array<i64: 1, 3, 3>, channels = 32 : i64,
      filters = 16 : i64, origin = array<i64: 0, 0, 0>, out_size = array<i64: 1, 6, 6>, out_origin = array<i64: 0, 0, 0>,
      schedule = #schedule}
      : (memref<1x36x32x16xf32>, memref<1x2x1x8x8x16xf32>, memref<1x1x1x6x6x16xf16>, memref<1x36x9x16xf32>, memref<1x36x5x16xf32>) -> ()
  return
}

// -----

#schedule = #kernel.winograd_schedule<block = 4, registers = 4, tasks = 1>

// The form says how large tiles are.
func.func @direct_form(%x: memref<1x2x1x8x8x16xf32>, %w: memref<1x36x32x16xf32>, %y: memref<1x1x1x6x6x16xf32>, %v: memref<1x36x9x16xf32>, %p: memref<1x36x5x16xf32>) {
  // expected-error@+1 {{form must be one of Winograd's, but is blocked [KN2]}}
  kernel.winograd ins(%w) input(%x) outs(%y) scratch(%v, %p) {form = #nn.filter_form<blocked>, taps = array<i64: 1, 3, 3>, channels = 32 : i64,
      filters = 16 : i64, origin = array<i64: 0, 0, 0>, out_size = array<i64: 1, 6, 6>, out_origin = array<i64: 0, 0, 0>,
      schedule = #schedule}
      : (memref<1x36x32x16xf32>, memref<1x2x1x8x8x16xf32>, memref<1x1x1x6x6x16xf32>, memref<1x36x9x16xf32>, memref<1x36x5x16xf32>) -> ()
  return
}

// -----

#schedule = #kernel.winograd_schedule<block = 4, registers = 4, tasks = 1>

// Nothing lies in front of a buffer.
func.func @negative_origin(%x: memref<1x2x1x8x8x16xf32>, %w: memref<1x36x32x16xf32>, %y: memref<1x1x1x6x6x16xf32>, %v: memref<1x36x9x16xf32>, %p: memref<1x36x5x16xf32>) {
  // expected-error@+1 {{out_size must have three positive entries; origin, out_origin and residual_origin three from 0 up [KN2]}}
  kernel.winograd ins(%w) input(%x) outs(%y) scratch(%v, %p) {form = #nn.filter_form<winograd_f4>, taps = array<i64: 1, 3, 3>, channels = 32 : i64,
      filters = 16 : i64, origin = array<i64: 0, -1, 0>, out_size = array<i64: 1, 6, 6>, out_origin = array<i64: 0, 0, 0>,
      schedule = #schedule}
      : (memref<1x36x32x16xf32>, memref<1x2x1x8x8x16xf32>, memref<1x1x1x6x6x16xf32>, memref<1x36x9x16xf32>, memref<1x36x5x16xf32>) -> ()
  return
}

// -----

#schedule = #kernel.winograd_schedule<block = 4, registers = 4, tasks = 1>

// The border of the input has room for every tap.
func.func @taps_outside(%x: memref<1x2x1x8x8x16xf32>, %w: memref<1x36x32x16xf32>, %y: memref<1x1x1x6x6x16xf32>, %v: memref<1x36x9x16xf32>, %p: memref<1x36x5x16xf32>) {
  // expected-error@+1 {{the last tap in dimension 2 is at 8, but the input has 8 [KN3]}}
  kernel.winograd ins(%w) input(%x) outs(%y) scratch(%v, %p) {form = #nn.filter_form<winograd_f4>, taps = array<i64: 1, 3, 3>, channels = 32 : i64,
      filters = 16 : i64, origin = array<i64: 0, 0, 1>, out_size = array<i64: 1, 6, 6>, out_origin = array<i64: 0, 0, 0>,
      schedule = #schedule}
      : (memref<1x36x32x16xf32>, memref<1x2x1x8x8x16xf32>, memref<1x1x1x6x6x16xf32>, memref<1x36x9x16xf32>, memref<1x36x5x16xf32>) -> ()
  return
}

// -----

#schedule = #kernel.winograd_schedule<block = 4, registers = 4, tasks = 1>

// The output is written inside its buffer.
func.func @small_output(%x: memref<1x2x1x8x8x16xf32>, %w: memref<1x36x32x16xf32>, %y: memref<1x1x1x6x6x16xf32>, %v: memref<1x36x9x16xf32>, %p: memref<1x36x5x16xf32>) {
  // expected-error@+1 {{out_size does not fit the output 'memref<1x1x1x6x6x16xf32>' from its origin [KN4]}}
  kernel.winograd ins(%w) input(%x) outs(%y) scratch(%v, %p) {form = #nn.filter_form<winograd_f4>, taps = array<i64: 1, 3, 3>, channels = 32 : i64,
      filters = 16 : i64, origin = array<i64: 0, 0, 0>, out_size = array<i64: 1, 6, 6>, out_origin = array<i64: 0, 1, 0>,
      schedule = #schedule}
      : (memref<1x36x32x16xf32>, memref<1x2x1x8x8x16xf32>, memref<1x1x1x6x6x16xf32>, memref<1x36x9x16xf32>, memref<1x36x5x16xf32>) -> ()
  return
}

// -----

#schedule = #kernel.winograd_schedule<block = 4, registers = 4, tasks = 1>

// The residual has the output's channels.
func.func @blocks_of_the_residual(%x: memref<1x2x1x8x8x16xf32>, %w: memref<1x36x32x16xf32>, %r: memref<1x2x1x6x6x16xf32>, %y: memref<1x1x1x6x6x16xf32>, %v: memref<1x36x9x16xf32>, %p: memref<1x36x5x16xf32>) {
  // expected-error@+1 {{residual must have the input's batch (1) and the filter's blocks (1), but is 'memref<1x2x1x6x6x16xf32>' [KN4]}}
  kernel.winograd ins(%w) input(%x) residual(%r) outs(%y) scratch(%v, %p) {form = #nn.filter_form<winograd_f4>, taps = array<i64: 1, 3, 3>, channels = 32 : i64,
      filters = 16 : i64, origin = array<i64: 0, 0, 0>, out_size = array<i64: 1, 6, 6>, out_origin = array<i64: 0, 0, 0>,
      schedule = #schedule}
      : (memref<1x36x32x16xf32>, memref<1x2x1x8x8x16xf32>, memref<1x2x1x6x6x16xf32>, memref<1x1x1x6x6x16xf32>, memref<1x36x9x16xf32>, memref<1x36x5x16xf32>) -> ()
  return
}

// -----

#schedule = #kernel.winograd_schedule<block = 4, registers = 4, tasks = 1>

// There is a bias for each filter of a block.
func.func @short_bias(%x: memref<1x2x1x8x8x16xf32>, %w: memref<1x36x32x16xf32>, %b: memref<8xf32>, %y: memref<1x1x1x6x6x16xf32>, %v: memref<1x36x9x16xf32>, %p: memref<1x36x5x16xf32>) {
  // expected-error@+1 {{bias must have 16 entries, but is 'memref<8xf32>' [KN4]}}
  kernel.winograd ins(%w) input(%x) bias(%b) outs(%y) scratch(%v, %p) {form = #nn.filter_form<winograd_f4>, taps = array<i64: 1, 3, 3>, channels = 32 : i64,
      filters = 16 : i64, origin = array<i64: 0, 0, 0>, out_size = array<i64: 1, 6, 6>, out_origin = array<i64: 0, 0, 0>,
      schedule = #schedule}
      : (memref<1x36x32x16xf32>, memref<1x2x1x8x8x16xf32>, memref<8xf32>, memref<1x1x1x6x6x16xf32>, memref<1x36x9x16xf32>, memref<1x36x5x16xf32>) -> ()
  return
}

// -----

#schedule = #kernel.winograd_schedule<block = 4, registers = 4, tasks = 1>

// The filter has a weight for each channel.
func.func @channels_of_the_filter(%x: memref<1x2x1x8x8x16xf32>, %w: memref<1x36x32x16xf32>, %y: memref<1x1x1x6x6x16xf32>, %v: memref<1x36x9x16xf32>, %p: memref<1x36x5x16xf32>) {
  // expected-error@+1 {{filter must be 1x36x20x16, but is 'memref<1x36x32x16xf32>' [KN5]}}
  kernel.winograd ins(%w) input(%x) outs(%y) scratch(%v, %p) {form = #nn.filter_form<winograd_f4>, taps = array<i64: 1, 3, 3>, channels = 20 : i64,
      filters = 16 : i64, origin = array<i64: 0, 0, 0>, out_size = array<i64: 1, 6, 6>, out_origin = array<i64: 0, 0, 0>,
      schedule = #schedule}
      : (memref<1x36x32x16xf32>, memref<1x2x1x8x8x16xf32>, memref<1x1x1x6x6x16xf32>, memref<1x36x9x16xf32>, memref<1x36x5x16xf32>) -> ()
  return
}

// -----

#schedule = #kernel.winograd_schedule<block = 4, registers = 4, tasks = 1>

// A filter is transformed for one size of tiles.
func.func @points_of_another_tile(%x: memref<1x2x1x8x8x16xf32>, %w: memref<1x36x32x16xf32>, %y: memref<1x1x1x6x6x16xf32>, %v: memref<1x36x9x16xf32>, %p: memref<1x36x5x16xf32>) {
  // expected-error@+1 {{filter must be 1x64x32x16, but is 'memref<1x36x32x16xf32>' [KN5]}}
  kernel.winograd ins(%w) input(%x) outs(%y) scratch(%v, %p) {form = #nn.filter_form<winograd_f6>, taps = array<i64: 1, 3, 3>, channels = 32 : i64,
      filters = 16 : i64, origin = array<i64: 0, 0, 0>, out_size = array<i64: 1, 6, 6>, out_origin = array<i64: 0, 0, 0>,
      schedule = #schedule}
      : (memref<1x36x32x16xf32>, memref<1x2x1x8x8x16xf32>, memref<1x1x1x6x6x16xf32>, memref<1x36x9x16xf32>, memref<1x36x5x16xf32>) -> ()
  return
}

// -----

#schedule = #kernel.winograd_schedule<block = 4, registers = 4, tasks = 1>

// The input has the channels.
func.func @blocks_of_the_input(%x: memref<1x2x1x8x8x16xf32>, %w: memref<1x36x32x16xf32>, %y: memref<1x1x1x6x6x16xf32>, %v: memref<1x36x9x16xf32>, %p: memref<1x36x5x16xf32>) {
  // expected-error@+1 {{input must have blocks for 40 channels [KN5]}}
  kernel.winograd ins(%w) input(%x) outs(%y) scratch(%v, %p) {form = #nn.filter_form<winograd_f4>, taps = array<i64: 1, 3, 3>, channels = 40 : i64,
      filters = 16 : i64, origin = array<i64: 0, 0, 0>, out_size = array<i64: 1, 6, 6>, out_origin = array<i64: 0, 0, 0>,
      schedule = #schedule}
      : (memref<1x36x32x16xf32>, memref<1x2x1x8x8x16xf32>, memref<1x1x1x6x6x16xf32>, memref<1x36x9x16xf32>, memref<1x36x5x16xf32>) -> ()
  return
}

// -----

#schedule = #kernel.winograd_schedule<block = 4, registers = 4, tasks = 1>

// A block of tiles of all channels is transformed at a time.
func.func @narrow_scratch(%x: memref<1x2x1x8x8x16xf32>, %w: memref<1x36x32x16xf32>, %y: memref<1x1x1x6x6x16xf32>, %v: memref<1x36x7x16xf32>, %p: memref<1x36x5x16xf32>) {
  // expected-error@+1 {{transformed must be 1x36x(from 8 on)x16, but is 'memref<1x36x7x16xf32>' [KN6]}}
  kernel.winograd ins(%w) input(%x) outs(%y) scratch(%v, %p) {form = #nn.filter_form<winograd_f4>, taps = array<i64: 1, 3, 3>, channels = 32 : i64,
      filters = 16 : i64, origin = array<i64: 0, 0, 0>, out_size = array<i64: 1, 6, 6>, out_origin = array<i64: 0, 0, 0>,
      schedule = #schedule}
      : (memref<1x36x32x16xf32>, memref<1x2x1x8x8x16xf32>, memref<1x1x1x6x6x16xf32>, memref<1x36x7x16xf32>, memref<1x36x5x16xf32>) -> ()
  return
}

// -----

#schedule = #kernel.winograd_schedule<block = 4, registers = 4, tasks = 1>

// Each task has products of its own.
func.func @shared_scratch(%x: memref<1x2x1x8x8x16xf32>, %w: memref<1x36x32x16xf32>, %y: memref<1x1x1x6x6x16xf32>, %v: memref<1x36x9x16xf32>, %p: memref<2x36x4x16xf32>) {
  // expected-error@+1 {{products must be 1x36x(from 4 on)x16, but is 'memref<2x36x4x16xf32>' [KN6]}}
  kernel.winograd ins(%w) input(%x) outs(%y) scratch(%v, %p) {form = #nn.filter_form<winograd_f4>, taps = array<i64: 1, 3, 3>, channels = 32 : i64,
      filters = 16 : i64, origin = array<i64: 0, 0, 0>, out_size = array<i64: 1, 6, 6>, out_origin = array<i64: 0, 0, 0>,
      schedule = #schedule}
      : (memref<1x36x32x16xf32>, memref<1x2x1x8x8x16xf32>, memref<1x1x1x6x6x16xf32>, memref<1x36x9x16xf32>, memref<2x36x4x16xf32>) -> ()
  return
}

// -----

#schedule = #kernel.winograd_schedule<block = 3, registers = 3, tasks = 1>

// An input that is transformed before is there as a whole.
func.func @part_of_the_tiles(%w: memref<1x36x32x16xf32>, %y: memref<1x1x1x6x6x16xf32>, %v: memref<1x36x9x16xf32>, %p: memref<1x36x5x16xf32>) {
  // expected-error@+1 {{without input the block must have all 4 tiles, but has 3 [KN7]}}
  kernel.winograd ins(%w) outs(%y) scratch(%v, %p) {form = #nn.filter_form<winograd_f4>, taps = array<i64: 1, 3, 3>, channels = 32 : i64,
      filters = 16 : i64, origin = array<i64: 0, 0, 0>, out_size = array<i64: 1, 6, 6>, out_origin = array<i64: 0, 0, 0>,
      schedule = #schedule}
      : (memref<1x36x32x16xf32>, memref<1x1x1x6x6x16xf32>, memref<1x36x9x16xf32>, memref<1x36x5x16xf32>) -> ()
  return
}

// -----

#schedule = #kernel.winograd_schedule<block = 4, registers = 4, tasks = 1>

// Taps are those of two dimensions.
func.func @one_size_of_taps(%x: memref<1x2x1x8x8x16xf32>, %w: memref<1x36x32x16xf32>, %y: memref<1x1x1x6x6x16xf32>, %v: memref<1x36x9x16xf32>, %p: memref<1x36x5x16xf32>) {
  // expected-error@+1 {{taps must be three numbers, the last two not both 1 and at most 5 for winograd_f4 [KN2]}}
  kernel.winograd ins(%w) input(%x) outs(%y) scratch(%v, %p) {form = #nn.filter_form<winograd_f4>, taps = array<i64: 3>, channels = 32 : i64,
      filters = 16 : i64, origin = array<i64: 0, 0, 0>, out_size = array<i64: 1, 6, 6>, out_origin = array<i64: 0, 0, 0>,
      schedule = #schedule}
      : (memref<1x36x32x16xf32>, memref<1x2x1x8x8x16xf32>, memref<1x1x1x6x6x16xf32>, memref<1x36x9x16xf32>, memref<1x36x5x16xf32>) -> ()
  return
}

// -----

#schedule = #kernel.winograd_schedule<block = 4, registers = 4, tasks = 1>

// There are no matrices for so many taps with tiles of four.
func.func @six_taps(%x: memref<1x2x1x8x8x16xf32>, %w: memref<1x36x32x16xf32>, %y: memref<1x1x1x6x6x16xf32>, %v: memref<1x36x9x16xf32>, %p: memref<1x36x5x16xf32>) {
  // expected-error@+1 {{taps must be three numbers, the last two not both 1 and at most 5 for winograd_f4 [KN2]}}
  kernel.winograd ins(%w) input(%x) outs(%y) scratch(%v, %p) {form = #nn.filter_form<winograd_f4>, taps = array<i64: 1, 6, 3>, channels = 32 : i64,
      filters = 16 : i64, origin = array<i64: 0, 0, 0>, out_size = array<i64: 1, 6, 6>, out_origin = array<i64: 0, 0, 0>,
      schedule = #schedule}
      : (memref<1x36x32x16xf32>, memref<1x2x1x8x8x16xf32>, memref<1x1x1x6x6x16xf32>, memref<1x36x9x16xf32>, memref<1x36x5x16xf32>) -> ()
  return
}

// -----

#schedule = #kernel.winograd_schedule<block = 4, registers = 4, tasks = 1>

// More taps reach further.
func.func @five_taps(%x: memref<1x2x1x8x8x16xf32>, %w: memref<1x36x32x16xf32>, %y: memref<1x1x1x6x6x16xf32>, %v: memref<1x36x9x16xf32>, %p: memref<1x36x5x16xf32>) {
  // expected-error@+1 {{the last tap in dimension 1 is at 9, but the input has 8 [KN3]}}
  kernel.winograd ins(%w) input(%x) outs(%y) scratch(%v, %p) {form = #nn.filter_form<winograd_f4>, taps = array<i64: 1, 5, 3>, channels = 32 : i64,
      filters = 16 : i64, origin = array<i64: 0, 0, 0>, out_size = array<i64: 1, 6, 6>, out_origin = array<i64: 0, 0, 0>,
      schedule = #schedule}
      : (memref<1x36x32x16xf32>, memref<1x2x1x8x8x16xf32>, memref<1x1x1x6x6x16xf32>, memref<1x36x9x16xf32>, memref<1x36x5x16xf32>) -> ()
  return
}

// -----

#schedule = #kernel.winograd_schedule<block = 4, registers = 4, tasks = 1>

// A group has whole blocks of filters.
func.func @groups_of_half_blocks(%x: memref<1x2x1x8x8x16xf32>, %w: memref<1x36x32x16xf32>, %y: memref<1x1x1x6x6x16xf32>, %v: memref<1x36x9x16xf32>, %p: memref<1x36x5x16xf32>) {
  // expected-error@+1 {{groups must be 1 or have whole blocks of channels and filters, but are 2 [KN5]}}
  kernel.winograd ins(%w) input(%x) outs(%y) scratch(%v, %p) {form = #nn.filter_form<winograd_f4>, taps = array<i64: 1, 3, 3>, channels = 32 : i64,
      groups = 2 : i64, filters = 16 : i64, origin = array<i64: 0, 0, 0>, out_size = array<i64: 1, 6, 6>, out_origin = array<i64: 0, 0, 0>,
      schedule = #schedule}
      : (memref<1x36x32x16xf32>, memref<1x2x1x8x8x16xf32>, memref<1x1x1x6x6x16xf32>, memref<1x36x9x16xf32>, memref<1x36x5x16xf32>) -> ()
  return
}

// -----

// A panel has at least one block of filters.
// expected-error@+1 {{block, registers, tasks, panel and filters must be positive}}
#schedule = #kernel.winograd_schedule<block = 4, registers = 4, tasks = 1, panel = 0>

// -----

#schedule = #kernel.winograd_schedule<block = 4, registers = 4, tasks = 1, panel = 2>

// The products of a panel are kept together.
func.func @products_of_a_panel(%x: memref<1x2x1x8x8x16xf32>, %w: memref<1x36x32x16xf32>, %y: memref<1x1x1x6x6x16xf32>, %v: memref<1x36x9x16xf32>, %p: memref<1x36x5x16xf32>) {
  // expected-error@+1 {{products must be 1x72x(from 4 on)x16, but is 'memref<1x36x5x16xf32>' [KN6]}}
  kernel.winograd ins(%w) input(%x) outs(%y) scratch(%v, %p) {form = #nn.filter_form<winograd_f4>, taps = array<i64: 1, 3, 3>, channels = 32 : i64,
      filters = 16 : i64, origin = array<i64: 0, 0, 0>, out_size = array<i64: 1, 6, 6>, out_origin = array<i64: 0, 0, 0>,
      schedule = #schedule}
      : (memref<1x36x32x16xf32>, memref<1x2x1x8x8x16xf32>, memref<1x1x1x6x6x16xf32>, memref<1x36x9x16xf32>, memref<1x36x5x16xf32>) -> ()
  return
}

// -----

#schedule = #kernel.winograd_schedule<block = 4, registers = 4, tasks = 1>

// Windows of a pool lie within a tile.
func.func @pool_across_tiles(%x: memref<1x2x1x8x8x16xf32>, %w: memref<1x36x32x16xf32>, %y: memref<1x1x1x2x2x16xf32>, %v: memref<1x36x9x16xf32>, %p: memref<1x36x5x16xf32>) {
  // expected-error@+1 {{pool must divide the sides of a tile, but is 3 [KN8]}}
  kernel.winograd ins(%w) input(%x) outs(%y) scratch(%v, %p) {form = #nn.filter_form<winograd_f4>, taps = array<i64: 1, 3, 3>, channels = 32 : i64,
      filters = 16 : i64, origin = array<i64: 0, 0, 0>, out_size = array<i64: 1, 6, 6>, out_origin = array<i64: 0, 0, 0>, pool = 3 : i64,
      schedule = #schedule}
      : (memref<1x36x32x16xf32>, memref<1x2x1x8x8x16xf32>, memref<1x1x1x2x2x16xf32>, memref<1x36x9x16xf32>, memref<1x36x5x16xf32>) -> ()
  return
}

// -----

#schedule = #kernel.winograd_schedule<block = 4, registers = 4, tasks = 1>

// The greatest sum has the greatest activation only where that falls nowhere.
func.func @pool_of_falling(%x: memref<1x2x1x8x8x16xf32>, %w: memref<1x36x32x16xf32>, %y: memref<1x1x1x3x3x16xf32>, %v: memref<1x36x9x16xf32>, %p: memref<1x36x5x16xf32>) {
  // expected-error@+1 {{pool allows no residual and no activation that falls somewhere [KN8]}}
  kernel.winograd ins(%w) input(%x) outs(%y) scratch(%v, %p) {form = #nn.filter_form<winograd_f4>, taps = array<i64: 1, 3, 3>, channels = 32 : i64,
      filters = 16 : i64, origin = array<i64: 0, 0, 0>, out_size = array<i64: 1, 6, 6>, out_origin = array<i64: 0, 0, 0>, pool = 2 : i64,
      activation = #nn.activation<leaky_relu, -0.1>, schedule = #schedule}
      : (memref<1x36x32x16xf32>, memref<1x2x1x8x8x16xf32>, memref<1x1x1x3x3x16xf32>, memref<1x36x9x16xf32>, memref<1x36x5x16xf32>) -> ()
  return
}

// -----

#schedule = #kernel.winograd_schedule<block = 4, registers = 4, tasks = 1, panel = 2, filters = 2>

// Blocks of filters whose products are computed together share the transformed input; the second group reads another part.
func.func @filters_of_two_groups(%x: memref<1x2x1x6x6x16xf32>, %w: memref<2x36x16x16xf32>, %y: memref<1x2x1x4x4x16xf32>, %v: memref<1x36x9x16xf32>, %p: memref<1x72x5x16xf32>) {
  // expected-error@+1 {{2 blocks of filters together must be of one group, but there are 2 [KN9]}}
  kernel.winograd ins(%w) input(%x) outs(%y) scratch(%v, %p) {form = #nn.filter_form<winograd_f4>, taps = array<i64: 1, 3, 3>, channels = 32 : i64,
      groups = 2 : i64, filters = 32 : i64, origin = array<i64: 0, 0, 0>, out_size = array<i64: 1, 4, 4>, out_origin = array<i64: 0, 0, 0>,
      schedule = #schedule}
      : (memref<2x36x16x16xf32>, memref<1x2x1x6x6x16xf32>, memref<1x2x1x4x4x16xf32>, memref<1x36x9x16xf32>, memref<1x72x5x16xf32>) -> ()
  return
}

// -----

// The products of a panel are the most that can be computed together.
// expected-error@+1 {{filters (4) must be at most panel (2)}}
#schedule = #kernel.winograd_schedule<block = 4, registers = 4, tasks = 1, panel = 2, filters = 4>

// -----

// Filters that the kernel transforms go through the registers one block at a time.
// expected-error@+1 {{filterTile (4) must be 0, or from 2 to 6 with one block of filters at a time}}
#schedule = #kernel.winograd_schedule<block = 4, registers = 4, tasks = 1, panel = 2, filters = 2, filterTile = 4>

// -----

#schedule = #kernel.winograd_schedule<block = 4, registers = 4, tasks = 1, filterTile = 4>

// A kernel that transforms its filter reads it as kernel.conv does.
func.func @transformed_twice(%x: memref<1x2x1x8x8x16xf32>, %w: memref<1x36x32x16xf32>, %y: memref<1x1x1x6x6x16xf32>, %v: memref<1x36x9x16xf32>, %p: memref<1x36x5x16xf32>) {
  // expected-error@+1 {{filter must have rank 7 with 16 lanes, but is 'memref<1x36x32x16xf32>' [KN1]}}
  kernel.winograd ins(%w) input(%x) outs(%y) scratch(%v, %p) {form = #nn.filter_form<winograd_f4>, taps = array<i64: 1, 3, 3>, channels = 32 : i64,
      filters = 16 : i64, origin = array<i64: 0, 0, 0>, out_size = array<i64: 1, 6, 6>, out_origin = array<i64: 0, 0, 0>, schedule = #schedule}
      : (memref<1x36x32x16xf32>, memref<1x2x1x8x8x16xf32>, memref<1x1x1x6x6x16xf32>, memref<1x36x9x16xf32>, memref<1x36x5x16xf32>) -> ()
  return
}

// -----

#schedule = #kernel.winograd_schedule<block = 4, registers = 4, tasks = 1, filterTile = 4>

func.func @blocks_of_filter(%x: memref<1x2x1x8x8x16xf32>, %w: memref<1x1x1x3x3x16x16xf32>, %y: memref<1x1x1x6x6x16xf32>, %v: memref<1x36x9x16xf32>, %p: memref<1x36x5x16xf32>) {
  // expected-error@+1 {{filter must be 1x2x1x3x3x16x16, but is 'memref<1x1x1x3x3x16x16xf32>' [KN5]}}
  kernel.winograd ins(%w) input(%x) outs(%y) scratch(%v, %p) {form = #nn.filter_form<winograd_f4>, taps = array<i64: 1, 3, 3>, channels = 32 : i64,
      filters = 16 : i64, origin = array<i64: 0, 0, 0>, out_size = array<i64: 1, 6, 6>, out_origin = array<i64: 0, 0, 0>, schedule = #schedule}
      : (memref<1x1x1x3x3x16x16xf32>, memref<1x2x1x8x8x16xf32>, memref<1x1x1x6x6x16xf32>, memref<1x36x9x16xf32>, memref<1x36x5x16xf32>) -> ()
  return
}

// -----

#schedule = #kernel.winograd_schedule<block = 4, registers = 4, tasks = 1, filterTile = 2>

func.func @tile_of_another_form(%x: memref<1x2x1x8x8x16xf32>, %w: memref<1x2x1x3x3x16x16xf32>, %y: memref<1x1x1x6x6x16xf32>, %v: memref<1x36x9x16xf32>, %p: memref<1x36x5x16xf32>) {
  // expected-error@+1 {{the schedule's filterTile must be 0 or 4, but is 2 [KN10]}}
  kernel.winograd ins(%w) input(%x) outs(%y) scratch(%v, %p) {form = #nn.filter_form<winograd_f4>, taps = array<i64: 1, 3, 3>, channels = 32 : i64,
      filters = 16 : i64, origin = array<i64: 0, 0, 0>, out_size = array<i64: 1, 6, 6>, out_origin = array<i64: 0, 0, 0>, schedule = #schedule}
      : (memref<1x2x1x3x3x16x16xf32>, memref<1x2x1x8x8x16xf32>, memref<1x1x1x6x6x16xf32>, memref<1x36x9x16xf32>, memref<1x36x5x16xf32>) -> ()
  return
}

// -----

#schedule = #kernel.winograd_schedule<block = 4, registers = 4, tasks = 1, filterTile = 4>

func.func @tile_of_a_deep_filter(%x: memref<1x2x3x8x8x16xf32>, %w: memref<1x2x3x3x3x16x16xf32>, %y: memref<1x1x1x6x6x16xf32>, %v: memref<1x36x25x16xf32>, %p: memref<1x36x5x16xf32>) {
  // expected-error@+1 {{a filterTile takes one tap in depth, but there are 3 [KN10]}}
  kernel.winograd ins(%w) input(%x) outs(%y) scratch(%v, %p) {form = #nn.filter_form<winograd_f4>, taps = array<i64: 3, 3, 3>, channels = 32 : i64,
      filters = 16 : i64, origin = array<i64: 0, 0, 0>, out_size = array<i64: 1, 6, 6>, out_origin = array<i64: 0, 0, 0>, schedule = #schedule}
      : (memref<1x2x3x3x3x16x16xf32>, memref<1x2x3x8x8x16xf32>, memref<1x1x1x6x6x16xf32>, memref<1x36x25x16xf32>, memref<1x36x5x16xf32>) -> ()
  return
}

// -----

#schedule = #kernel.winograd_schedule<block = 4, registers = 4, tasks = 1>

func.func @border_beyond_input(%x: memref<1x2x1x8x8x16xf32>, %w: memref<1x36x32x16xf32>, %y: memref<1x1x1x6x6x16xf32>, %v: memref<1x36x9x16xf32>, %p: memref<1x36x5x16xf32>) {
  // expected-error@+1 {{border must have six entries from 0 up that fit 'memref<1x2x1x8x8x16xf32>' [KN11]}}
  kernel.winograd ins(%w) input(%x) outs(%y) scratch(%v, %p) {form = #nn.filter_form<winograd_f4>, taps = array<i64: 1, 3, 3>, channels = 32 : i64,
      filters = 16 : i64, origin = array<i64: 0, 0, 0>, border = array<i64: 1, 0, 0, 1, 0, 0>, out_size = array<i64: 1, 6, 6>, out_origin = array<i64: 0, 0, 0>, schedule = #schedule}
      : (memref<1x36x32x16xf32>, memref<1x2x1x8x8x16xf32>, memref<1x1x1x6x6x16xf32>, memref<1x36x9x16xf32>, memref<1x36x5x16xf32>) -> ()
  return
}
