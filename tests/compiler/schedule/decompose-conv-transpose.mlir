// RUN: kiln-opt %s --pass-pipeline='builtin.module(func.func(schedule-decompose-ops))' | FileCheck %s

// Stride 2: each residue of the output columns has its own taps and its own pads, and no tap is multiplied with an inserted zero.
// CHECK-LABEL: @stride_two
func.func @stride_two(%x: tensor<1x16x1x5xf32>, %w: tensor<16x16x1x4xf32>) -> tensor<1x16x1x10xf32> {
  // The even columns read taps 3 and 1, the odd ones 2 and 0.
  // CHECK: %[[EVEN:.*]] = nn.slice(%arg1) {sizes = array<i64: 16, 16, 1, 2>, starts = array<i64: 0, 0, 0, 3>, steps = array<i64: 1, 1, -1, -2>}
  // CHECK: %[[A:.*]] = nn.conv(%arg0, {{.*}}pads = array<i64: 0, 1, 0, 0>
  // CHECK: %[[ODD:.*]] = nn.slice(%arg1) {sizes = array<i64: 16, 16, 1, 2>, starts = array<i64: 0, 0, 0, 2>, steps = array<i64: 1, 1, -1, -2>}
  // CHECK: %[[B:.*]] = nn.conv(%arg0, {{.*}}pads = array<i64: 0, 0, 0, 1>
  // CHECK: nn.interleave(%[[A]], %[[B]]) {steps = array<i64: 1, 2>}
  %0 = nn.conv_transpose(%x, %w) {strides = array<i64: 1, 2>, pads = array<i64: 0, 1, 0, 1>, dilations = array<i64: 1, 1>,
      output_padding = array<i64: 0, 0>} : (tensor<1x16x1x5xf32>, tensor<16x16x1x4xf32>) -> tensor<1x16x1x10xf32>
  return %0 : tensor<1x16x1x10xf32>
}

// Stride 1 is one convolution with a mirrored filter.
// CHECK-LABEL: @stride_one
func.func @stride_one(%x: tensor<1x4x6xf32>, %w: tensor<4x8x3xf32>) -> tensor<1x8x6xf32> {
  // CHECK: nn.conv({{.*}}pads = array<i64: 1, 1>
  // CHECK-NOT: nn.interleave
  %0 = nn.conv_transpose(%x, %w) {strides = array<i64: 1>, pads = array<i64: 1, 1>, dilations = array<i64: 1>, output_padding = array<i64: 0>}
      : (tensor<1x4x6xf32>, tensor<4x8x3xf32>) -> tensor<1x8x6xf32>
  return %0 : tensor<1x8x6xf32>
}

// Columns that no tap reaches have the bias alone: they read neither the input nor the filter, which might be infinite.
// CHECK-LABEL: @stride_beyond_kernel
func.func @stride_beyond_kernel(%x: tensor<1x4x6xf32>, %w: tensor<4x8x1xf32>, %b: tensor<8xf32>) -> tensor<1x8x12xf32> {
  // CHECK-DAG: %[[FILTER:.*]] = nn.constant(dense<0.000000e+00> : tensor<8x1x1xf32>)
  // CHECK-DAG: %[[MAP:.*]] = nn.constant(dense<0.000000e+00> : tensor<1x1x6xf32>)
  // CHECK: %[[REACHED:.*]] = nn.conv(%arg0, %{{.*}}, bias %arg2)
  // CHECK: %[[OTHER:.*]] = nn.conv(%[[MAP]], %[[FILTER]], bias %arg2)
  // CHECK: nn.interleave(%[[REACHED]], %[[OTHER]])
  %0 = nn.conv_transpose(%x, %w, bias %b) {strides = array<i64: 2>, pads = array<i64: 0, 0>, dilations = array<i64: 1>, output_padding = array<i64: 1>}
      : (tensor<1x4x6xf32>, tensor<4x8x1xf32>, tensor<8xf32>) -> tensor<1x8x12xf32>
  return %0 : tensor<1x8x12xf32>
}

// Sixty-four residues are the channels of one convolution.
// CHECK-LABEL: @stride_eight
func.func @stride_eight(%x: tensor<1x4x3x3xf32>, %w: tensor<4x2x16x16xf32>) -> tensor<1x2x24x24xf32> {
  // CHECK: nn.conv({{.*}} -> tensor<1x128x4x4xf32>
  // CHECK: nn.transpose
  // CHECK: nn.slice({{.*}} -> tensor<1x2x24x24xf32>
  %0 = nn.conv_transpose(%x, %w) {strides = array<i64: 8, 8>, pads = array<i64: 4, 4, 4, 4>, dilations = array<i64: 1, 1>,
      output_padding = array<i64: 0, 0>} : (tensor<1x4x3x3xf32>, tensor<4x2x16x16xf32>) -> tensor<1x2x24x24xf32>
  return %0 : tensor<1x2x24x24xf32>
}
