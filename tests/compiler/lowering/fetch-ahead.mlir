// Which weights a kernel fetches ahead: a page behind those at hand, or a part of the next blocks of filters by each of the tiles that
// read the same ones.
// RUN: kiln-opt %s --mlir-print-local-scope --split-input-file --pass-pipeline='builtin.module(func.func(lowering-kernel-to-vector),canonicalize,cse)' | FileCheck %s

#schedule = #kernel.schedule<rows = 1, columns = 4, order = filters_outer, tasks = 1>

// Two tiles of four pixels read 256 weights of a channel block, eight lines of sixteen each. One prefetch a pixel comes in front of them.
// CHECK-LABEL: @two_tiles
// CHECK-COUNT-4: memref.prefetch {{.*}}locality<3>
// CHECK-COUNT-8: memref.prefetch {{.*}}locality<2>, data : memref<2048xf32>
// CHECK: scf.for {{.*}} -> (vector<16xf32>
// CHECK-NOT: memref.prefetch
// CHECK: scf.yield
func.func private @two_tiles(%x: memref<1x2x1x1x8x16xf32>, %w: memref<4x2x1x1x1x16x16xf32>, %y: memref<1x4x1x1x8x16xf32>, %task: index)
    attributes {kernel.tasks = 1 : i64} {
  kernel.conv ins(%x, %w) outs(%y) {form = #nn.filter_form<blocked>, channels = 32 : i64, filters = 64 : i64,
      strides = array<i64: 1, 1, 1>, dilations = array<i64: 1, 1, 1>, origin = array<i64: 0, 0, 0>, out_size = array<i64: 1, 1, 8>,
      out_origin = array<i64: 0, 0, 0>, schedule = #schedule}
      : (memref<1x2x1x1x8x16xf32>, memref<4x2x1x1x1x16x16xf32>, memref<1x4x1x1x8x16xf32>) -> ()
  return
}

// -----

#schedule = #kernel.schedule<rows = 1, columns = 4, order = filters_outer, tasks = 1>

// The only tile fetches what lies a page behind, with each channel.
// CHECK-LABEL: @one_tile
// CHECK-NOT: locality<2>
// CHECK: scf.for {{.*}} -> (vector<16xf32>
// CHECK: vector.load
// CHECK: memref.prefetch {{.*}}locality<3>, data : memref<2048xf32>
// CHECK-NOT: memref.prefetch
// CHECK: scf.yield
func.func private @one_tile(%x: memref<1x2x1x1x4x16xf32>, %w: memref<4x2x1x1x1x16x16xf32>, %y: memref<1x4x1x1x4x16xf32>, %task: index)
    attributes {kernel.tasks = 1 : i64} {
  kernel.conv ins(%x, %w) outs(%y) {form = #nn.filter_form<blocked>, channels = 32 : i64, filters = 64 : i64,
      strides = array<i64: 1, 1, 1>, dilations = array<i64: 1, 1, 1>, origin = array<i64: 0, 0, 0>, out_size = array<i64: 1, 1, 4>,
      out_origin = array<i64: 0, 0, 0>, schedule = #schedule}
      : (memref<1x2x1x1x4x16xf32>, memref<4x2x1x1x1x16x16xf32>, memref<1x4x1x1x4x16xf32>) -> ()
  return
}

// -----

#schedule = #kernel.schedule<rows = 1, columns = 14, order = filters_outer, tasks = 1>

// Tiles of many multiply-adds leave memory time enough.
// CHECK-LABEL: @wide_tiles
// CHECK-NOT: locality<2>
// CHECK: return
func.func private @wide_tiles(%x: memref<1x2x1x1x28x16xf32>, %w: memref<4x2x1x1x1x16x16xf32>, %y: memref<1x4x1x1x28x16xf32>, %task: index)
    attributes {kernel.tasks = 1 : i64} {
  kernel.conv ins(%x, %w) outs(%y) {form = #nn.filter_form<blocked>, channels = 32 : i64, filters = 64 : i64,
      strides = array<i64: 1, 1, 1>, dilations = array<i64: 1, 1, 1>, origin = array<i64: 0, 0, 0>, out_size = array<i64: 1, 1, 28>,
      out_origin = array<i64: 0, 0, 0>, schedule = #schedule}
      : (memref<1x2x1x1x28x16xf32>, memref<4x2x1x1x1x16x16xf32>, memref<1x4x1x1x28x16xf32>) -> ()
  return
}

// -----

#schedule = #kernel.schedule<rows = 1, columns = 4, order = pixels_outer, tasks = 1>

// With pixels outermost no tile reads the weights of the one before.
// CHECK-LABEL: @pixels_outer
// CHECK-NOT: locality<2>
// CHECK: return
func.func private @pixels_outer(%x: memref<1x2x1x1x8x16xf32>, %w: memref<4x2x1x1x1x16x16xf32>, %y: memref<1x4x1x1x8x16xf32>, %task: index)
    attributes {kernel.tasks = 1 : i64} {
  kernel.conv ins(%x, %w) outs(%y) {form = #nn.filter_form<blocked>, channels = 32 : i64, filters = 64 : i64,
      strides = array<i64: 1, 1, 1>, dilations = array<i64: 1, 1, 1>, origin = array<i64: 0, 0, 0>, out_size = array<i64: 1, 1, 8>,
      out_origin = array<i64: 0, 0, 0>, schedule = #schedule}
      : (memref<1x2x1x1x8x16xf32>, memref<4x2x1x1x1x16x16xf32>, memref<1x4x1x1x8x16xf32>) -> ()
  return
}

// -----

#schedule = #kernel.winograd_schedule<block = 4, registers = 2, tasks = 1>

// Two groups of two tiles: each fetches eight lines for a block of channels, and none in the loop over its channels.
// CHECK-LABEL: @two_groups
// CHECK-COUNT-8: memref.prefetch {{.*}}locality<2>
// CHECK: scf.for {{.*}} -> (vector<16xf32>, vector<16xf32>)
// CHECK-NOT: memref.prefetch
// CHECK: scf.yield
func.func private @two_groups(%x: memref<1x2x1x10x10x16xf32>, %w: memref<1x36x32x16xf32>, %y: memref<1x1x1x8x8x16xf32>,
    %v: memref<1x36x9x16xf32>, %p: memref<1x36x5x16xf32>, %task: index) attributes {kernel.tasks = 1 : i64} {
  kernel.winograd ins(%w) input(%x) outs(%y) scratch(%v, %p) {form = #nn.filter_form<winograd_f4>, taps = array<i64: 1, 3, 3>,
      channels = 32 : i64, filters = 16 : i64, origin = array<i64: 0, 0, 0>, out_size = array<i64: 1, 8, 8>,
      out_origin = array<i64: 0, 0, 0>, schedule = #schedule}
      : (memref<1x36x32x16xf32>, memref<1x2x1x10x10x16xf32>, memref<1x1x1x8x8x16xf32>, memref<1x36x9x16xf32>,
         memref<1x36x5x16xf32>) -> ()
  return
}

// -----

#schedule = #kernel.winograd_schedule<block = 4, registers = 2, tasks = 1>

// Half a block of channels has fewer lines than a part: none is fetched.
// CHECK-LABEL: @few_channels
// CHECK-NOT: memref.prefetch
// CHECK: return
func.func private @few_channels(%x: memref<1x1x1x10x10x16xf32>, %w: memref<1x36x1x16xf32>, %y: memref<1x1x1x8x8x16xf32>,
    %v: memref<1x36x5x16xf32>, %p: memref<1x36x5x16xf32>, %task: index) attributes {kernel.tasks = 1 : i64} {
  kernel.winograd ins(%w) input(%x) outs(%y) scratch(%v, %p) {form = #nn.filter_form<winograd_f4>, taps = array<i64: 1, 3, 3>,
      channels = 1 : i64, filters = 16 : i64, origin = array<i64: 0, 0, 0>, out_size = array<i64: 1, 8, 8>,
      out_origin = array<i64: 0, 0, 0>, schedule = #schedule}
      : (memref<1x36x1x16xf32>, memref<1x1x1x10x10x16xf32>, memref<1x1x1x8x8x16xf32>, memref<1x36x5x16xf32>,
         memref<1x36x5x16xf32>) -> ()
  return
}

// -----

#schedule = #kernel.winograd_schedule<block = 4, registers = 4, tasks = 1>

// One group has them all, a line with each channel.
// CHECK-LABEL: @one_group
// CHECK-NOT: memref.prefetch
// CHECK: scf.for {{.*}} -> (vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>)
// CHECK-COUNT-1: memref.prefetch {{.*}}locality<2>
// CHECK-NOT: memref.prefetch
// CHECK: scf.yield
func.func private @one_group(%x: memref<1x2x1x10x10x16xf32>, %w: memref<1x36x32x16xf32>, %y: memref<1x1x1x8x8x16xf32>,
    %v: memref<1x36x9x16xf32>, %p: memref<1x36x5x16xf32>, %task: index) attributes {kernel.tasks = 1 : i64} {
  kernel.winograd ins(%w) input(%x) outs(%y) scratch(%v, %p) {form = #nn.filter_form<winograd_f4>, taps = array<i64: 1, 3, 3>,
      channels = 32 : i64, filters = 16 : i64, origin = array<i64: 0, 0, 0>, out_size = array<i64: 1, 8, 8>,
      out_origin = array<i64: 0, 0, 0>, schedule = #schedule}
      : (memref<1x36x32x16xf32>, memref<1x2x1x10x10x16xf32>, memref<1x1x1x8x8x16xf32>, memref<1x36x9x16xf32>,
         memref<1x36x5x16xf32>) -> ()
  return
}
