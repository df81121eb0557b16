// RUN: kiln check %s | FileCheck %s
// RUN: kiln compile %s --emit=obj --tune --tune-cache=%t.json -o %t.o

// A batch of no images: convolutions, pools and dense layers have no work, and nothing to measure.
// CHECK: agree
func.func @main(%x: tensor<0x32x8x8xf32>, %w: tensor<16x32x3x3xf32>, %m: tensor<256x10xf32>) -> tensor<0x10xf32> {
  %0 = nn.conv(%x, %w) {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>}
      : (tensor<0x32x8x8xf32>, tensor<16x32x3x3xf32>) -> tensor<0x16x8x8xf32>
  %1 = nn.max_pool(%0) {kernel_shape = array<i64: 2, 2>, strides = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>}
      : (tensor<0x16x8x8xf32>) -> tensor<0x16x4x4xf32>
  %2 = nn.reshape(%1) : (tensor<0x16x4x4xf32>) -> tensor<0x256xf32>
  %3 = nn.gemm(%2, %m) : (tensor<0x256xf32>, tensor<256x10xf32>) -> tensor<0x10xf32>
  return %3 : tensor<0x10xf32>
}
