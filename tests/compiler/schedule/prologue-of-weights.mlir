// RUN: kiln-opt %s --pass-pipeline='builtin.module(func.func(schedule-choose-kernel{target=x86-64-v4}),schedule-split-weights,schedule-nn-to-kernel)' | FileCheck %s

// What a convolution would compute in front of itself may be a weight, computed once: then it reads that.
// CHECK-LABEL: @main
// CHECK: kernel.conv {{.*}} residual(
// CHECK-NOT: depthwise(
// CHECK: return
func.func @main(%r: tensor<1x64x28x28xf32, #nn.blocked<16>>) -> tensor<1x64x28x28xf32, #nn.blocked<16>> {
  %x = nn.constant(dense<1.0> : tensor<1x32x30x30xf32>) : tensor<1x32x30x30xf32>
  %xb = nn.relayout(%x) : (tensor<1x32x30x30xf32>) -> tensor<1x32x30x30xf32, #nn.blocked<16>>
  %dc = nn.constant(dense<1.0> : tensor<32x1x3x3xf32>) : tensor<32x1x3x3xf32>
  %d = nn.pack_filter(%dc) {form = #nn.filter_form<depthwise>, groups = 32 : i64, block = 16 : i64}
      : (tensor<32x1x3x3xf32>) -> tensor<32x1x3x3xf32, #nn.packed<depthwise, groups = 32, block = 16>>
  %wc = nn.constant(dense<1.0> : tensor<64x32x1x1xf32>) : tensor<64x32x1x1xf32>
  %w = nn.pack_filter(%wc) {form = #nn.filter_form<blocked>, groups = 1 : i64, block = 16 : i64}
      : (tensor<64x32x1x1xf32>) -> tensor<64x32x1x1xf32, #nn.packed<blocked, groups = 1, block = 16>>
  %0 = nn.conv(%xb, %d) {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, groups = 32 : i64}
      : (tensor<1x32x30x30xf32, #nn.blocked<16>>, tensor<32x1x3x3xf32, #nn.packed<depthwise, groups = 32, block = 16>>) -> tensor<1x32x28x28xf32, #nn.blocked<16>>
  %y = nn.conv(%0, %w, residual %r) {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>}
      : (tensor<1x32x28x28xf32, #nn.blocked<16>>, tensor<64x32x1x1xf32, #nn.packed<blocked, groups = 1, block = 16>>, tensor<1x64x28x28xf32, #nn.blocked<16>>) -> tensor<1x64x28x28xf32, #nn.blocked<16>>
  return %y : tensor<1x64x28x28xf32, #nn.blocked<16>>
}
