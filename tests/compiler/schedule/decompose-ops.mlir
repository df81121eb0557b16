// RUN: kiln-opt %s --pass-pipeline='builtin.module(func.func(schedule-decompose-ops))' | FileCheck %s

// The factor of a gemm goes into its weights.
// CHECK-LABEL: @factor
func.func @factor(%x: tensor<1x4xf32>, %w: tensor<4x2xf32>) -> tensor<1x2xf32> {
  // CHECK: %[[W:.*]] = nn.mul(%arg1,
  // CHECK: nn.gemm(%arg0, %[[W]]) :
  %y = nn.gemm(%x, %w) {alpha = 0.5 : f64} : (tensor<1x4xf32>, tensor<4x2xf32>) -> tensor<1x2xf32>
  return %y : tensor<1x2xf32>
}

// Rows of any leading shape times one matrix are one gemm; a product of two batches is left alone.
// CHECK-LABEL: @matmul
func.func @matmul(%x: tensor<2x3x4xf32>, %w: tensor<4x5xf32>, %v: tensor<2x4x5xf32>) -> (tensor<2x3x5xf32>, tensor<2x3x5xf32>) {
  // CHECK: nn.gemm({{.*}}) : (tensor<6x4xf32>, tensor<4x5xf32>) -> tensor<6x5xf32>
  %y = nn.matmul(%x, %w) : (tensor<2x3x4xf32>, tensor<4x5xf32>) -> tensor<2x3x5xf32>
  // CHECK: nn.matmul
  %z = nn.matmul(%x, %v) : (tensor<2x3x4xf32>, tensor<2x4x5xf32>) -> tensor<2x3x5xf32>
  return %y, %z : tensor<2x3x5xf32>, tensor<2x3x5xf32>
}

// A convolution of one pixel is a matrix product; one of more pixels is not.
// CHECK-LABEL: @conv_of_one_pixel
func.func @conv_of_one_pixel(%x: tensor<1x8x1x1xf32>, %z: tensor<1x8x2x1xf32>, %w: tensor<4x8x1x1xf32>) -> (tensor<1x4x1x1xf32>, tensor<1x4x2x1xf32>) {
  // CHECK: nn.gemm({{.*}}) {transB = true}
  %y = nn.conv(%x, %w) {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>}
      : (tensor<1x8x1x1xf32>, tensor<4x8x1x1xf32>) -> tensor<1x4x1x1xf32>
  // CHECK: nn.conv
  %v = nn.conv(%z, %w) {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>}
      : (tensor<1x8x2x1xf32>, tensor<4x8x1x1xf32>) -> tensor<1x4x2x1xf32>
  return %y, %v : tensor<1x4x1x1xf32>, tensor<1x4x2x1xf32>
}

// The statistics of a map are pools of it.
// CHECK-LABEL: @instance_norm
// CHECK: %[[MEAN:.*]] = nn.global_average_pool(%arg0)
// CHECK: %[[CENTRED:.*]] = nn.sub(%arg0, %[[MEAN]])
// CHECK: nn.global_average_pool
// CHECK-NOT: nn.instance_norm
func.func @instance_norm(%x: tensor<1x16x8x8xf32>, %s: tensor<16xf32>, %o: tensor<16xf32>) -> tensor<1x16x8x8xf32> {
  %0 = nn.instance_norm(%x, %s, %o) : (tensor<1x16x8x8xf32>, tensor<16xf32>, tensor<16xf32>) -> tensor<1x16x8x8xf32>
  return %0 : tensor<1x16x8x8xf32>
}

// Those of groups, which are rows in memory, are plain reductions.
// CHECK-LABEL: @group_norm
// CHECK: %[[GROUPS:.*]] = nn.reshape(%arg0)
// CHECK: %[[MEAN:.*]] = nn.reduce_mean(%[[GROUPS]]) {axes = array<i64: 2>}
// CHECK: nn.reduce_mean
// CHECK-NOT: nn.global_average_pool
func.func @group_norm(%x: tensor<1x16x8x8xf32>, %s: tensor<2xf32>, %o: tensor<2xf32>) -> tensor<1x2x512xf32> {
  %0 = nn.reshape(%x) : (tensor<1x16x8x8xf32>) -> tensor<1x2x512xf32>
  %1 = nn.instance_norm(%0, %s, %o) : (tensor<1x2x512xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<1x2x512xf32>
  return %1 : tensor<1x2x512xf32>
}
