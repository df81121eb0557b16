// RUN: kiln-opt %s --split-input-file --pass-pipeline='builtin.module(schedule-nn-to-kernel)' | FileCheck %s

// A max pool whose windows tile the map is computed by the convolution in front of it, whose own result has no buffer.
// CHECK-LABEL: @pooled
// CHECK-NOT: memref.alloc() : memref<4096xi8>
// CHECK: kernel.winograd
// CHECK-SAME: out_size = array<i64: 1, 8, 8>, pool = 2 : i64
// CHECK-NOT: kernel.pool
func.func @pooled(%x: tensor<1x16x8x8xf32, #nn.blocked<16, border = [1, 1, 1, 1]>>, %w: tensor<16x16x3x3xf32, #nn.packed<winograd_f4, groups = 1, block = 16>>)
    -> tensor<1x16x4x4xf32, #nn.blocked<16>> {
  %y = nn.conv(%x, %w) {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>,
      activation = #nn.activation<relu>, kernel.schedule = #kernel.winograd_schedule<block = 2, registers = 2, tasks = 1>}
      : (tensor<1x16x8x8xf32, #nn.blocked<16, border = [1, 1, 1, 1]>>, tensor<16x16x3x3xf32, #nn.packed<winograd_f4, groups = 1, block = 16>>) -> tensor<1x16x8x8xf32, #nn.blocked<16>>
  %p = nn.max_pool(%y) {kernel_shape = array<i64: 2, 2>, strides = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>}
      : (tensor<1x16x8x8xf32, #nn.blocked<16>>) -> tensor<1x16x4x4xf32, #nn.blocked<16>>
  return %p : tensor<1x16x4x4xf32, #nn.blocked<16>>
}

// -----

// Others read the map as well.
// CHECK-LABEL: @read_twice
// CHECK: kernel.winograd
// CHECK-NOT: pool = 
// CHECK: kernel.pool
func.func @read_twice(%x: tensor<1x16x8x8xf32, #nn.blocked<16, border = [1, 1, 1, 1]>>, %w: tensor<16x16x3x3xf32, #nn.packed<winograd_f4, groups = 1, block = 16>>)
    -> (tensor<1x16x4x4xf32, #nn.blocked<16>>, tensor<1x16x8x8xf32, #nn.blocked<16>>) {
  %y = nn.conv(%x, %w) {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>,
      activation = #nn.activation<relu>, kernel.schedule = #kernel.winograd_schedule<block = 2, registers = 2, tasks = 1>}
      : (tensor<1x16x8x8xf32, #nn.blocked<16, border = [1, 1, 1, 1]>>, tensor<16x16x3x3xf32, #nn.packed<winograd_f4, groups = 1, block = 16>>) -> tensor<1x16x8x8xf32, #nn.blocked<16>>
  %p = nn.max_pool(%y) {kernel_shape = array<i64: 2, 2>, strides = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>}
      : (tensor<1x16x8x8xf32, #nn.blocked<16>>) -> tensor<1x16x4x4xf32, #nn.blocked<16>>
  return %p, %y : tensor<1x16x4x4xf32, #nn.blocked<16>>, tensor<1x16x8x8xf32, #nn.blocked<16>>
}

// -----

// Windows that overlap lie across tiles.
// CHECK-LABEL: @overlapping
// CHECK: kernel.winograd
// CHECK-NOT: pool = 
// CHECK: kernel.pool
func.func @overlapping(%x: tensor<1x16x8x8xf32, #nn.blocked<16, border = [1, 1, 1, 1]>>, %w: tensor<16x16x3x3xf32, #nn.packed<winograd_f4, groups = 1, block = 16>>)
    -> tensor<1x16x4x4xf32, #nn.blocked<16>> {
  %y = nn.conv(%x, %w) {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>,
      activation = #nn.activation<relu>, kernel.schedule = #kernel.winograd_schedule<block = 2, registers = 2, tasks = 1>}
      : (tensor<1x16x8x8xf32, #nn.blocked<16, border = [1, 1, 1, 1]>>, tensor<16x16x3x3xf32, #nn.packed<winograd_f4, groups = 1, block = 16>>) -> tensor<1x16x8x8xf32, #nn.blocked<16>>
  %p = nn.max_pool(%y) {kernel_shape = array<i64: 3, 3>, strides = array<i64: 2, 2>, pads = array<i64: 0, 0, 1, 1>, dilations = array<i64: 1, 1>}
      : (tensor<1x16x8x8xf32, #nn.blocked<16>>) -> tensor<1x16x4x4xf32, #nn.blocked<16>>
  return %p : tensor<1x16x4x4xf32, #nn.blocked<16>>
}

// -----

// Tiles of three pixels cut windows of two.
// CHECK-LABEL: @odd_tiles
// CHECK: kernel.winograd
// CHECK-NOT: pool = 
// CHECK: kernel.pool
func.func @odd_tiles(%x: tensor<1x16x8x8xf32, #nn.blocked<16, border = [1, 1, 1, 1]>>, %w: tensor<16x16x3x3xf32, #nn.packed<winograd_f3, groups = 1, block = 16>>)
    -> tensor<1x16x4x4xf32, #nn.blocked<16>> {
  %y = nn.conv(%x, %w) {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>,
      activation = #nn.activation<relu>, kernel.schedule = #kernel.winograd_schedule<block = 2, registers = 2, tasks = 1>}
      : (tensor<1x16x8x8xf32, #nn.blocked<16, border = [1, 1, 1, 1]>>, tensor<16x16x3x3xf32, #nn.packed<winograd_f3, groups = 1, block = 16>>) -> tensor<1x16x8x8xf32, #nn.blocked<16>>
  %p = nn.max_pool(%y) {kernel_shape = array<i64: 2, 2>, strides = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>}
      : (tensor<1x16x8x8xf32, #nn.blocked<16>>) -> tensor<1x16x4x4xf32, #nn.blocked<16>>
  return %p : tensor<1x16x4x4xf32, #nn.blocked<16>>
}

// -----

// The activation of the greatest sum would not be the greatest.
// CHECK-LABEL: @falling
// CHECK: kernel.winograd
// CHECK-NOT: pool = 
// CHECK: kernel.pool
func.func @falling(%x: tensor<1x16x8x8xf32, #nn.blocked<16, border = [1, 1, 1, 1]>>, %w: tensor<16x16x3x3xf32, #nn.packed<winograd_f4, groups = 1, block = 16>>)
    -> tensor<1x16x4x4xf32, #nn.blocked<16>> {
  %y = nn.conv(%x, %w) {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>,
      activation = #nn.activation<hard_swish>, kernel.schedule = #kernel.winograd_schedule<block = 2, registers = 2, tasks = 1>}
      : (tensor<1x16x8x8xf32, #nn.blocked<16, border = [1, 1, 1, 1]>>, tensor<16x16x3x3xf32, #nn.packed<winograd_f4, groups = 1, block = 16>>) -> tensor<1x16x8x8xf32, #nn.blocked<16>>
  %p = nn.max_pool(%y) {kernel_shape = array<i64: 2, 2>, strides = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>}
      : (tensor<1x16x8x8xf32, #nn.blocked<16>>) -> tensor<1x16x4x4xf32, #nn.blocked<16>>
  return %p : tensor<1x16x4x4xf32, #nn.blocked<16>>
}
