// RUN: kiln-opt --graph-fuse-conv %s | FileCheck %s

// Batch normalisation and activation behind a transposed convolution.
// CHECK-LABEL: @norm_and_relu
func.func @norm_and_relu(%x: tensor<1x4x5xf32>, %w: tensor<4x3x2xf32>, %v: tensor<6xf32>) -> tensor<1x6x10xf32> {
  // CHECK: nn.conv_transpose({{.*}}activation = #nn.activation<relu>
  // CHECK-NOT: nn.batch_norm
  // CHECK-NOT: nn.relu
  %0 = nn.conv_transpose(%x, %w) {strides = array<i64: 2>, pads = array<i64: 0, 0>, dilations = array<i64: 1>, output_padding = array<i64: 0>,
      groups = 2 : i64} : (tensor<1x4x5xf32>, tensor<4x3x2xf32>) -> tensor<1x6x10xf32>
  %1 = nn.batch_norm(%0, %v, %v, %v, %v) {epsilon = 1.0e-05 : f64}
      : (tensor<1x6x10xf32>, tensor<6xf32>, tensor<6xf32>, tensor<6xf32>, tensor<6xf32>) -> tensor<1x6x10xf32>
  %2 = nn.relu(%1) : (tensor<1x6x10xf32>) -> tensor<1x6x10xf32>
  return %2 : tensor<1x6x10xf32>
}

// The sum is asked for elsewhere too.
// CHECK-LABEL: @other_reader
func.func @other_reader(%x: tensor<1x4x5xf32>, %w: tensor<4x3x2xf32>) -> (tensor<1x3x10xf32>, tensor<1x3x10xf32>) {
  // CHECK: nn.relu
  %0 = nn.conv_transpose(%x, %w) {strides = array<i64: 2>, pads = array<i64: 0, 0>, dilations = array<i64: 1>, output_padding = array<i64: 0>}
      : (tensor<1x4x5xf32>, tensor<4x3x2xf32>) -> tensor<1x3x10xf32>
  %1 = nn.relu(%0) : (tensor<1x3x10xf32>) -> tensor<1x3x10xf32>
  return %0, %1 : tensor<1x3x10xf32>, tensor<1x3x10xf32>
}
