// RUN: kiln-opt %s | kiln-opt | FileCheck %s

// Rounding down drops the position that a whole window does not reach; ceil_mode keeps it.
// CHECK-LABEL: @rounding
func.func @rounding(%x: tensor<1x2x6x6xf32>) {
  // CHECK: nn.max_pool(%{{.*}}) {dilations = array<i64: 1, 1>, kernel_shape = array<i64: 3, 3>, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 2, 2>}
  %0 = nn.max_pool(%x) {kernel_shape = array<i64: 3, 3>, strides = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>}
      : (tensor<1x2x6x6xf32>) -> tensor<1x2x2x2xf32>
  // CHECK: nn.max_pool(%{{.*}}) {ceil_mode = true,
  %1 = nn.max_pool(%x) {kernel_shape = array<i64: 3, 3>, strides = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, ceil_mode = true}
      : (tensor<1x2x6x6xf32>) -> tensor<1x2x3x3xf32>
  return
}

// A last window of ceil_mode that would start in the end padding is dropped: 1-D, (4 + 1 - 1) / 3 rounds up to 3 windows, the third starts at 6.
// CHECK-LABEL: @last_window_in_padding
func.func @last_window_in_padding(%x: tensor<1x1x5xf32>) {
  // CHECK: -> tensor<1x1x2xf32>
  %0 = nn.average_pool(%x) {kernel_shape = array<i64: 2>, strides = array<i64: 3>, pads = array<i64: 0, 1>, dilations = array<i64: 1>, ceil_mode = true, count_include_pad = true}
      : (tensor<1x1x5xf32>) -> tensor<1x1x2xf32>
  return
}

// Pools in three dimensions, dilated, on integers.
// CHECK-LABEL: @pool3d
func.func @pool3d(%x: tensor<1x2x8x7x6xi8>) -> tensor<1x2x4x6x4xi8> {
  // CHECK: nn.max_pool{{.*}} -> tensor<1x2x4x6x4xi8>
  %0 = nn.max_pool(%x) {kernel_shape = array<i64: 3, 2, 2>, strides = array<i64: 1, 1, 1>, pads = array<i64: 0, 0, 0, 0, 0, 0>, dilations = array<i64: 2, 1, 2>}
      : (tensor<1x2x8x7x6xi8>) -> tensor<1x2x4x6x4xi8>
  return %0 : tensor<1x2x4x6x4xi8>
}

// Global pools keep the rank.
// CHECK-LABEL: @global_pools
func.func @global_pools(%x: tensor<2x3x5x6xbf16>) {
  // CHECK: nn.global_average_pool(%{{.*}}) : (tensor<2x3x5x6xbf16>) -> tensor<2x3x1x1xbf16>
  %0 = nn.global_average_pool(%x) : (tensor<2x3x5x6xbf16>) -> tensor<2x3x1x1xbf16>
  // CHECK: nn.global_max_pool(%{{.*}}) : (tensor<2x3x5x6xbf16>) -> tensor<2x3x1x1xbf16>
  %1 = nn.global_max_pool(%x) : (tensor<2x3x5x6xbf16>) -> tensor<2x3x1x1xbf16>
  return
}
