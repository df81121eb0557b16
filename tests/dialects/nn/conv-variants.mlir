// RUN: kiln-opt %s | kiln-opt | FileCheck %s

// (19 - 1) * 2 - 1 - 1 + 3 + 1 = 38.
// CHECK-LABEL: @conv_transpose
func.func @conv_transpose(%x: tensor<1x8x19x19xf32>, %w: tensor<8x2x3x3xf32>, %b: tensor<4xf32>) {
  // CHECK: nn.conv_transpose(%{{.*}}, %{{.*}}, bias %{{.*}}) {{.*}} -> tensor<1x4x38x38xf32>
  %0 = nn.conv_transpose(%x, %w, bias %b) {strides = array<i64: 2, 2>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>,
      output_padding = array<i64: 1, 1>, groups = 2 : i64} : (tensor<1x8x19x19xf32>, tensor<8x2x3x3xf32>, tensor<4xf32>) -> tensor<1x4x38x38xf32>
  return
}

// Six output pixels, each with its own 4 filters of 3 channels of 3 taps.
// CHECK-LABEL: @local_conv
func.func @local_conv(%x: tensor<1x3x8xf32>, %w: tensor<6x9x4xf32>) {
  // CHECK: nn.local_conv(%{{.*}}, %{{.*}}) {{.*}} -> tensor<1x4x6xf32>
  %0 = nn.local_conv(%x, %w) {kernel_shape = array<i64: 3>, strides = array<i64: 1>, pads = array<i64: 0, 0>, dilations = array<i64: 1>}
      : (tensor<1x3x8xf32>, tensor<6x9x4xf32>) -> tensor<1x4x6xf32>
  return
}

// CHECK-LABEL: @instance_norm
func.func @instance_norm(%x: tensor<2x3x8x8xf32>, %s: tensor<3xf32>) {
  // CHECK: nn.instance_norm(%{{.*}}, %{{.*}}, %{{.*}}) : {{.*}} -> tensor<2x3x8x8xf32>
  %0 = nn.instance_norm(%x, %s, %s) {epsilon = 1.0e-05 : f64} : (tensor<2x3x8x8xf32>, tensor<3xf32>, tensor<3xf32>) -> tensor<2x3x8x8xf32>
  return
}

// Even and odd columns of five: three and two.
// CHECK-LABEL: @interleave
func.func @interleave(%even: tensor<1x2x4x3xf32>, %odd: tensor<1x2x4x2xf32>) {
  // CHECK: nn.interleave(%{{.*}}, %{{.*}}) {steps = array<i64: 1, 2>} {{.*}} -> tensor<1x2x4x5xf32>
  %0 = nn.interleave(%even, %odd) {steps = array<i64: 1, 2>} : (tensor<1x2x4x3xf32>, tensor<1x2x4x2xf32>) -> tensor<1x2x4x5xf32>
  return
}
