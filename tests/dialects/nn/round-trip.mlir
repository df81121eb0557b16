// RUN: kiln-opt %s | kiln-opt | FileCheck %s

// A fused convolution keeps its operands' roles and its activation.
// CHECK-LABEL: @fused_conv
func.func @fused_conv(%x: tensor<1x3x8x8xf32>, %w: tensor<4x3x3x3xf32>, %b: tensor<4xf32>,
                      %r: tensor<1x4x8x8xf32>) -> tensor<1x4x8x8xf32> {
  // CHECK: nn.conv(%{{.*}}, %{{.*}}, bias %{{.*}}, residual %{{.*}}) {activation = #nn.activation<clip, {{.*}}>
  %y = nn.conv(%x, %w, bias %b, residual %r) {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>,
      dilations = array<i64: 1, 1>, activation = #nn.activation<clip, 0.0, 6.0>}
      : (tensor<1x3x8x8xf32>, tensor<4x3x3x3xf32>, tensor<4xf32>, tensor<1x4x8x8xf32>) -> tensor<1x4x8x8xf32>
  return %y : tensor<1x4x8x8xf32>
}
