// RUN: kiln-opt %s --split-input-file --verify-diagnostics

#schedule = #kernel.winograd_schedule<block = 4, registers = 4, tasks = 1>

// Only Winograd's forms transform their input.
func.func @input_of_the_direct_form(%x: memref<1x2x1x8x8x16xf32>, %v: memref<1x36x9x16xf32>) {
  // expected-error@+1 {{form must be one of Winograd's, but is blocked [KT1]}}
  kernel.winograd_input ins(%x) outs(%v) {form = #nn.filter_form<blocked>, taps = array<i64: 1, 3, 3>, origin = array<i64: 0, 0, 0>,
      out_size = array<i64: 1, 6, 6>, schedule = #schedule} : (memref<1x2x1x8x8x16xf32>, memref<1x36x9x16xf32>) -> ()
  return
}

// -----

#schedule = #kernel.winograd_schedule<block = 4, registers = 4, tasks = 1>

// Every tap is inside the buffer.
func.func @input_without_border(%x: memref<1x2x1x8x8x16xf32>, %v: memref<1x36x9x16xf32>) {
  // expected-error@+1 {{the last tap in dimension 1 is at 8, but the input has 8 [KT2]}}
  kernel.winograd_input ins(%x) outs(%v) {form = #nn.filter_form<winograd_f4>, taps = array<i64: 1, 3, 3>, origin = array<i64: 0, 1, 0>,
      out_size = array<i64: 1, 6, 6>, schedule = #schedule} : (memref<1x2x1x8x8x16xf32>, memref<1x36x9x16xf32>) -> ()
  return
}

// -----

#schedule = #kernel.winograd_schedule<block = 4, registers = 4, tasks = 1>

// Copies of the transformed input serve the same number of tasks.
func.func @uneven_copies(%x: memref<1x2x1x8x8x16xf32>, %v: memref<3x36x8x16xf32>) {
  // expected-error@+1 {{transformed must be 1x36x(from 8 on)x16, but is 'memref<3x36x8x16xf32>' [KT3]}}
  kernel.winograd_input ins(%x) outs(%v) {form = #nn.filter_form<winograd_f4>, taps = array<i64: 1, 3, 3>, origin = array<i64: 0, 0, 0>,
      out_size = array<i64: 1, 6, 6>, schedule = #schedule} : (memref<1x2x1x8x8x16xf32>, memref<3x36x8x16xf32>) -> ()
  return
}

// -----

#schedule = #kernel.winograd_schedule<block = 4, registers = 4, tasks = 1>

// There is room for all tiles.
func.func @input_for_few_tiles(%x: memref<1x2x1x8x8x16xf32>, %v: memref<1x36x7x16xf32>) {
  // expected-error@+1 {{transformed must be 1x36x(from 8 on)x16, but is 'memref<1x36x7x16xf32>' [KT3]}}
  kernel.winograd_input ins(%x) outs(%v) {form = #nn.filter_form<winograd_f4>, taps = array<i64: 1, 3, 3>, origin = array<i64: 0, 0, 0>,
      out_size = array<i64: 1, 6, 6>, schedule = #schedule} : (memref<1x2x1x8x8x16xf32>, memref<1x36x7x16xf32>) -> ()
  return
}
