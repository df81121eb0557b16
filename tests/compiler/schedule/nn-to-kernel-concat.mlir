// RUN: kiln-opt %s --split-input-file --pass-pipeline='builtin.module(schedule-nn-to-kernel)' | FileCheck %s

// A part with a border of its own is copied; where the next one lies in the whole (16 * 8 * 8 * 4 = 4096 bytes from its
// beginning) does not depend on that border.
// CHECK-LABEL: @border_in_front
// CHECK: %[[WHOLE:.*]] = memref.alloc() : memref<8192xi8>
// CHECK: %[[PLACE:.*]] = arith.constant 4096 : index
// CHECK: %[[PART:.*]] = memref.view %[[WHOLE]][%[[PLACE]]]
// CHECK: kernel.pool ins(%{{.*}}) outs(%[[PART]])
// CHECK: linalg.generic
// CHECK-NOT: linalg.generic
// CHECK: return
func.func @border_in_front(%x: tensor<1x16x8x8xf32>) -> tensor<1x32x1x1xf32> {
  %b = nn.relayout(%x) : (tensor<1x16x8x8xf32>) -> tensor<1x16x8x8xf32, #nn.blocked<16, border = [1, 1, 1, 1]>>
  %p = nn.max_pool(%b) {kernel_shape = array<i64: 3, 3>, strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>}
      : (tensor<1x16x8x8xf32, #nn.blocked<16, border = [1, 1, 1, 1]>>) -> tensor<1x16x8x8xf32, #nn.blocked<16>>
  %c = nn.concat(%b, %p) {axis = 1 : i64} : (tensor<1x16x8x8xf32, #nn.blocked<16, border = [1, 1, 1, 1]>>, tensor<1x16x8x8xf32, #nn.blocked<16>>)
      -> tensor<1x32x8x8xf32, #nn.blocked<16>>
  %g = nn.global_max_pool(%c) : (tensor<1x32x8x8xf32, #nn.blocked<16>>) -> tensor<1x32x1x1xf32, #nn.blocked<16>>
  %r = nn.relayout(%g) : (tensor<1x32x1x1xf32, #nn.blocked<16>>) -> tensor<1x32x1x1xf32>
  return %r : tensor<1x32x1x1xf32>
}

// -----

// The same part twice is computed in one place and copied to the other.
// CHECK-LABEL: @one_part_twice
// CHECK: memref.alloc() : memref<8192xi8>
// CHECK-NOT: memref.alloc
// CHECK: linalg.generic
// CHECK-NOT: linalg.generic
// CHECK: return
func.func @one_part_twice(%x: tensor<1x16x8x8xf32>) -> tensor<1x32x1x1xf32> {
  %b = nn.relayout(%x) : (tensor<1x16x8x8xf32>) -> tensor<1x16x8x8xf32, #nn.blocked<16>>
  %c = nn.concat(%b, %b) {axis = 1 : i64} : (tensor<1x16x8x8xf32, #nn.blocked<16>>, tensor<1x16x8x8xf32, #nn.blocked<16>>)
      -> tensor<1x32x8x8xf32, #nn.blocked<16>>
  %g = nn.global_max_pool(%c) : (tensor<1x32x8x8xf32, #nn.blocked<16>>) -> tensor<1x32x1x1xf32, #nn.blocked<16>>
  %r = nn.relayout(%g) : (tensor<1x32x1x1xf32, #nn.blocked<16>>) -> tensor<1x32x1x1xf32>
  return %r : tensor<1x32x1x1xf32>
}
