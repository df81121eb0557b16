// RUN: kiln-opt %s --split-input-file --pass-pipeline='builtin.module(schedule-nn-to-kernel)' | FileCheck %s

// A result is computed in the caller's buffer, and a reshape costs nothing.
// CHECK-LABEL: @result_in_output
// CHECK-SAME: %[[X:[^:]*]]: memref<64xi8>, %[[Y:[^:]*]]: memref<64xi8>, %{{.*}}: memref<0xi8>, %{{.*}}: memref<0xi8>
// CHECK-NOT: memref.alloc
// CHECK-DAG: %[[XV:.*]] = memref.view %[[X]][%{{.*}}][] : memref<64xi8> to memref<16xf32>
// CHECK-DAG: %[[YV:.*]] = memref.view %[[Y]][%{{.*}}][] : memref<64xi8> to memref<16xf32>
// CHECK: linalg.generic {{.*}} ins(%[[XV]] : memref<16xf32>) outs(%[[YV]] : memref<16xf32>)
// CHECK-NOT: linalg.generic
func.func @result_in_output(%x: tensor<4x4xf32>) -> tensor<16xf32> {
  %y = nn.abs(%x) : (tensor<4x4xf32>) -> tensor<4x4xf32>
  %z = nn.reshape(%y) : (tensor<4x4xf32>) -> tensor<16xf32>
  return %z : tensor<16xf32>
}

// -----

// An input that is a result too is copied.
// CHECK-LABEL: @input_is_output
// CHECK: linalg.generic
func.func @input_is_output(%x: tensor<4xf32>) -> tensor<4xf32> {
  return %x : tensor<4xf32>
}

// -----

// The parts of a blocked concatenation are computed in their place: the only buffer is the whole.
// CHECK-LABEL: @concat_in_place
// CHECK: memref.alloc() : memref<8192xi8>
// CHECK-NOT: memref.alloc
// CHECK-NOT: linalg.generic
// CHECK: return
func.func @concat_in_place(%x: tensor<1x16x8x8xf32>) -> tensor<1x32x1x1xf32> {
  %b = nn.relayout(%x) : (tensor<1x16x8x8xf32>) -> tensor<1x16x8x8xf32, #nn.blocked<16>>
  %p = nn.max_pool(%b) {kernel_shape = array<i64: 1, 1>, strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>}
      : (tensor<1x16x8x8xf32, #nn.blocked<16>>) -> tensor<1x16x8x8xf32, #nn.blocked<16>>
  %c = nn.concat(%b, %p) {axis = 1 : i64} : (tensor<1x16x8x8xf32, #nn.blocked<16>>, tensor<1x16x8x8xf32, #nn.blocked<16>>)
      -> tensor<1x32x8x8xf32, #nn.blocked<16>>
  %g = nn.global_max_pool(%c) : (tensor<1x32x8x8xf32, #nn.blocked<16>>) -> tensor<1x32x1x1xf32, #nn.blocked<16>>
  %r = nn.relayout(%g) : (tensor<1x32x1x1xf32, #nn.blocked<16>>) -> tensor<1x32x1x1xf32>
  return %r : tensor<1x32x1x1xf32>
}

// -----

// A slice from the front reads a view of as many elements as it has; a negative step walks that view backwards.
// CHECK-DAG: #[[BACK:.*]] = affine_map<(d0) -> (-d0 + 1)>
// CHECK-LABEL: @slices
// CHECK: %[[FRONT:.*]] = memref.subview %{{.*}}[0] [2] [1] : memref<8xf32> to memref<2xf32
// CHECK: linalg.generic {{.*}} ins(%[[FRONT]]
// CHECK: %[[LAST:.*]] = memref.subview %{{.*}}[4] [2] [3] : memref<8xf32> to memref<2xf32
// CHECK: linalg.generic {indexing_maps = [#[[BACK]], {{.*}} ins(%[[LAST]]
func.func @slices(%x: tensor<8xf32>) -> (tensor<2xf32>, tensor<2xf32>) {
  %a = nn.slice(%x) {starts = array<i64: 0>, sizes = array<i64: 2>, steps = array<i64: 1>} : (tensor<8xf32>) -> tensor<2xf32>
  %b = nn.slice(%x) {starts = array<i64: 7>, sizes = array<i64: 2>, steps = array<i64: -3>} : (tensor<8xf32>) -> tensor<2xf32>
  return %a, %b : tensor<2xf32>, tensor<2xf32>
}

// -----

// What only a pointwise op reads is computed there: one pass over memory, one buffer.
// CHECK-LABEL: @chain
// CHECK-NOT: memref.alloc
// CHECK: linalg.generic
// CHECK: arith.mulf
// CHECK-NEXT: arith.addf
// CHECK-NOT: linalg.generic
// CHECK: return
func.func @chain(%x: tensor<1x32x4x4xf32>, %s: tensor<1x32x1x1xf32>, %t: tensor<1x32x1x1xf32>) -> tensor<1x32x4x4xf32> {
  %a = nn.mul(%x, %s) : (tensor<1x32x4x4xf32>, tensor<1x32x1x1xf32>) -> tensor<1x32x4x4xf32>
  %b = nn.add(%a, %t) : (tensor<1x32x4x4xf32>, tensor<1x32x1x1xf32>) -> tensor<1x32x4x4xf32>
  %c = nn.relu(%b) : (tensor<1x32x4x4xf32>) -> tensor<1x32x4x4xf32>
  return %c : tensor<1x32x4x4xf32>
}

// -----

// A tensor with two users is computed once, and so is one that is broadcast; what an identity shows has a buffer.
// CHECK-LABEL: @no_chain
// CHECK-COUNT-4: linalg.generic
// CHECK-NOT: linalg.generic
// CHECK: return
func.func @no_chain(%x: tensor<8x4xf32>, %s: tensor<4xf32>) -> (tensor<8x4xf32>, tensor<8x4xf32>) {
  %a = nn.abs(%x) : (tensor<8x4xf32>) -> tensor<8x4xf32>
  %b = nn.neg(%a) : (tensor<8x4xf32>) -> tensor<8x4xf32>
  %c = nn.mul(%a, %b) : (tensor<8x4xf32>, tensor<8x4xf32>) -> tensor<8x4xf32>
  %d = nn.exp(%s) : (tensor<4xf32>) -> tensor<4xf32>
  %e = nn.mul(%x, %d) : (tensor<8x4xf32>, tensor<4xf32>) -> tensor<8x4xf32>
  %f = nn.identity(%e) : (tensor<8x4xf32>) -> tensor<8x4xf32>
  return %c, %f : tensor<8x4xf32>, tensor<8x4xf32>
}

// -----

// A Winograd convolution has scratch memory for each task, with an odd number of lines a point.
// CHECK-LABEL: @winograd
// CHECK-DAG: memref.alloc() : memref<317952xi8>
// CHECK-DAG: memref.alloc() : memref<78336xi8>
// CHECK: kernel.winograd ins({{.*}}) input({{.*}}) outs({{.*}}) scratch({{.*}}) {border = array<i64: 0, 1, 1, 0, 1, 1>, channels = 64 : i64,
// CHECK-SAME: origin = array<i64: 0, 0, 1>, out_origin = array<i64: 0, 0, 0>, out_size = array<i64: 1, 28, 27>
// CHECK-SAME: memref<2x36x69x16xf32>, memref<2x36x17x16xf32>
func.func @winograd(%x: tensor<1x64x28x28xf32, #nn.blocked<16, border = [1, 1, 1, 1]>>, %w: tensor<32x64x3x3xf32, #nn.packed<winograd_f4, groups = 1, block = 16>>)
    -> tensor<1x32x28x27xf32, #nn.blocked<16>> {
  %y = nn.conv(%x, %w) {strides = array<i64: 1, 1>, pads = array<i64: 1, 0, 1, 1>, dilations = array<i64: 1, 1>,
      kernel.schedule = #kernel.winograd_schedule<block = 17, registers = 17, tasks = 2>}
      : (tensor<1x64x28x28xf32, #nn.blocked<16, border = [1, 1, 1, 1]>>, tensor<32x64x3x3xf32, #nn.packed<winograd_f4, groups = 1, block = 16>>)
      -> tensor<1x32x28x27xf32, #nn.blocked<16>>
  return %y : tensor<1x32x28x27xf32, #nn.blocked<16>>
}

// -----

// A filter that the kernel transforms stays as it is.
// CHECK-LABEL: @winograd_of_taps
// CHECK: kernel.winograd ins({{.*}}) outs({{.*}}) scratch({{.*}}) {{{.*}}form = #nn.filter_form<winograd_f4>{{.*}}filterTile = 4
// CHECK-SAME: (memref<2x4x1x3x3x16x16xf32>, memref<1x2x1x7x7x16xf32>, memref<2x36x17x16xf32>, memref<2x36x5x16xf32>) -> ()
func.func @winograd_of_taps(%x: tensor<1x64x7x7xf32, #nn.blocked<16, border = [1, 1, 1, 1]>>, %w: tensor<32x64x3x3xf32, #nn.packed<blocked, groups = 1, block = 16>>)
    -> tensor<1x32x7x7xf32, #nn.blocked<16>> {
  %y = nn.conv(%x, %w) {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>,
      kernel.schedule = #kernel.winograd_schedule<block = 4, registers = 4, tasks = 2, filterTile = 4>}
      : (tensor<1x64x7x7xf32, #nn.blocked<16, border = [1, 1, 1, 1]>>, tensor<32x64x3x3xf32, #nn.packed<blocked, groups = 1, block = 16>>)
      -> tensor<1x32x7x7xf32, #nn.blocked<16>>
  return %y : tensor<1x32x7x7xf32, #nn.blocked<16>>
}

// -----

// Where one block has all tiles, the input is transformed once for each half of the tasks, which have filters.
// CHECK-LABEL: @winograd_of_one_block
// CHECK: kernel.winograd_input ins({{.*}}) outs(%[[V:[a-z0-9_]*]]) {{.*}} -> ()
// CHECK: kernel.winograd ins({{.*}}) outs({{.*}}) scratch(%[[V]], %{{.*}}) {
// CHECK-SAME: memref<2x36x17x16xf32>, memref<4x36x5x16xf32>
func.func @winograd_of_one_block(%x: tensor<1x64x7x7xf32, #nn.blocked<16, border = [1, 1, 1, 1]>>, %w: tensor<32x64x3x3xf32, #nn.packed<winograd_f4, groups = 1, block = 16>>)
    -> tensor<1x32x7x7xf32, #nn.blocked<16>> {
  %y = nn.conv(%x, %w) {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>,
      kernel.schedule = #kernel.winograd_schedule<block = 4, registers = 4, tasks = 4>}
      : (tensor<1x64x7x7xf32, #nn.blocked<16, border = [1, 1, 1, 1]>>, tensor<32x64x3x3xf32, #nn.packed<winograd_f4, groups = 1, block = 16>>)
      -> tensor<1x32x7x7xf32, #nn.blocked<16>>
  return %y : tensor<1x32x7x7xf32, #nn.blocked<16>>
}

// -----

// A matrix in floats of 24 bits: three words for four rows, the last of which may be less.
// CHECK-LABEL: @rounded_matrix
// CHECK: kernel.gemm ins(%{{.*}}, %{{.*}}) outs({{.*}}) {{.*}} : (memref<1x9xf32>, memref<2x3x3x16xi32>, memref<1x20xf32>)
func.func @rounded_matrix(%x: tensor<1x9xf32>, %w: tensor<9x20xf32, #nn.packed<gemm, groups = 1, block = 16, bits = 24>>) -> tensor<1x20xf32> {
  %y = nn.gemm(%x, %w) : (tensor<1x9xf32>, tensor<9x20xf32, #nn.packed<gemm, groups = 1, block = 16, bits = 24>>) -> tensor<1x20xf32>
  return %y : tensor<1x20xf32>
}

// -----

// A filter of any form is rounded as the matrix that it is.
// CHECK-LABEL: @rounded_filter
// CHECK: kernel.pack_filter ins({{.*}}) outs({{.*}}) {{.*}} : (memref<20x16x1x2x2xf32>, memref<2x16x3x16xi32>)
func.func @rounded_filter(%w: tensor<20x16x2x2xf32>) -> tensor<20x16x2x2xf32, #nn.packed<blocked, groups = 1, block = 16, bits = 24>> {
  %r = nn.pack_filter(%w) {form = #nn.filter_form<blocked>, block = 16 : i64, bits = 24 : i64} : (tensor<20x16x2x2xf32>) -> tensor<20x16x2x2xf32, #nn.packed<blocked, groups = 1, block = 16, bits = 24>>
  return %r : tensor<20x16x2x2xf32, #nn.packed<blocked, groups = 1, block = 16, bits = 24>>
}
