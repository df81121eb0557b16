// RUN: kiln-opt %s --graph-simplify | FileCheck %s

// Zeros around a map are the convolution's own pads, added to those that it has.
// CHECK-LABEL: @pad_then_conv
// CHECK-NEXT: nn.conv(%arg0, %arg1) {dilations = array<i64: 1, 1>, pads = array<i64: 1, 2, 0, 1>
// CHECK-NEXT: return
func.func @pad_then_conv(%x: tensor<1x2x8x8xf32>, %w: tensor<4x2x3x3xf32>) -> tensor<1x4x7x9xf32> {
  %0 = nn.pad(%x) {pads = array<i64: 0, 0, 1, 1, 0, 0, 0, 0>} : (tensor<1x2x8x8xf32>) -> tensor<1x2x9x9xf32>
  %1 = nn.conv(%0, %w) {strides = array<i64: 1, 1>, pads = array<i64: 0, 1, 0, 1>, dilations = array<i64: 1, 1>}
      : (tensor<1x2x9x9xf32>, tensor<4x2x3x3xf32>) -> tensor<1x4x7x9xf32>
  return %1 : tensor<1x4x7x9xf32>
}

// Other numbers, reflections, and zeros as additional channels are no pads of a convolution.
// CHECK-LABEL: @other_pads_then_conv
// CHECK: nn.pad
// CHECK: nn.conv
// CHECK: nn.pad
// CHECK: nn.conv
// CHECK: nn.pad
// CHECK: nn.conv
func.func @other_pads_then_conv(%x: tensor<1x1x8xf32>, %w: tensor<2x1x3xf32>) -> (tensor<1x2x8xf32>, tensor<1x2x8xf32>, tensor<1x2x6xf32>) {
  %0 = nn.pad(%x) {pads = array<i64: 0, 0, 1, 0, 0, 1>, value = 1.0 : f64} : (tensor<1x1x8xf32>) -> tensor<1x1x10xf32>
  %1 = nn.conv(%0, %w) {strides = array<i64: 1>, pads = array<i64: 0, 0>, dilations = array<i64: 1>} : (tensor<1x1x10xf32>, tensor<2x1x3xf32>) -> tensor<1x2x8xf32>
  %2 = nn.pad(%x) {pads = array<i64: 0, 0, 1, 0, 0, 1>, mode = #nn.pad_mode<reflect>} : (tensor<1x1x8xf32>) -> tensor<1x1x10xf32>
  %3 = nn.conv(%2, %w) {strides = array<i64: 1>, pads = array<i64: 0, 0>, dilations = array<i64: 1>} : (tensor<1x1x10xf32>, tensor<2x1x3xf32>) -> tensor<1x2x8xf32>
  %4 = nn.pad(%x) {pads = array<i64: 0, 1, 0, 0, 0, 0>} : (tensor<1x1x8xf32>) -> tensor<1x2x8xf32>
  %5 = nn.conv(%4, %w) {strides = array<i64: 1>, pads = array<i64: 0, 0>, dilations = array<i64: 1>, groups = 2 : i64} : (tensor<1x2x8xf32>, tensor<2x1x3xf32>) -> tensor<1x2x6xf32>
  return %1, %3, %5 : tensor<1x2x8xf32>, tensor<1x2x8xf32>, tensor<1x2x6xf32>
}

// Minus infinity never wins a maximum; zeros do not where nothing is less.
// CHECK-LABEL: @pad_then_max_pool
// CHECK-NEXT: nn.max_pool(%arg0) {{.*}}pads = array<i64: 1, 1>
// CHECK-NEXT: %[[R:.*]] = nn.relu(%arg0)
// CHECK-NEXT: nn.max_pool(%[[R]]) {{.*}}pads = array<i64: 1, 1>
func.func @pad_then_max_pool(%x: tensor<1x2x8xf32>) -> (tensor<1x2x8xf32>, tensor<1x2x8xf32>) {
  %0 = nn.pad(%x) {pads = array<i64: 0, 0, 1, 0, 0, 1>, value = 0xFFF0000000000000 : f64} : (tensor<1x2x8xf32>) -> tensor<1x2x10xf32>
  %1 = nn.max_pool(%0) {kernel_shape = array<i64: 3>, strides = array<i64: 1>, pads = array<i64: 0, 0>, dilations = array<i64: 1>} : (tensor<1x2x10xf32>) -> tensor<1x2x8xf32>
  %2 = nn.relu(%x) : (tensor<1x2x8xf32>) -> tensor<1x2x8xf32>
  %3 = nn.pad(%2) {pads = array<i64: 0, 0, 1, 0, 0, 1>} : (tensor<1x2x8xf32>) -> tensor<1x2x10xf32>
  %4 = nn.max_pool(%3) {kernel_shape = array<i64: 3>, strides = array<i64: 1>, pads = array<i64: 0, 0>, dilations = array<i64: 1>} : (tensor<1x2x10xf32>) -> tensor<1x2x8xf32>
  return %1, %4 : tensor<1x2x8xf32>, tensor<1x2x8xf32>
}

// Zeros may win against negative numbers, and a pad as wide as the window would leave a window without input.
// CHECK-LABEL: @pads_that_count
// CHECK: nn.pad
// CHECK: nn.pad
func.func @pads_that_count(%x: tensor<1x2x8xf32>) -> (tensor<1x2x8xf32>, tensor<1x2x12xf32>) {
  %0 = nn.pad(%x) {pads = array<i64: 0, 0, 1, 0, 0, 1>} : (tensor<1x2x8xf32>) -> tensor<1x2x10xf32>
  %1 = nn.max_pool(%0) {kernel_shape = array<i64: 3>, strides = array<i64: 1>, pads = array<i64: 0, 0>, dilations = array<i64: 1>} : (tensor<1x2x10xf32>) -> tensor<1x2x8xf32>
  %2 = nn.pad(%x) {pads = array<i64: 0, 0, 3, 0, 0, 3>, value = 0xFFF0000000000000 : f64} : (tensor<1x2x8xf32>) -> tensor<1x2x14xf32>
  %3 = nn.max_pool(%2) {kernel_shape = array<i64: 3>, strides = array<i64: 1>, pads = array<i64: 0, 0>, dilations = array<i64: 1>} : (tensor<1x2x14xf32>) -> tensor<1x2x12xf32>
  return %1, %3 : tensor<1x2x8xf32>, tensor<1x2x12xf32>
}

// Zeros before an average pool are counted.
// CHECK-LABEL: @pad_then_average_pool
// CHECK-NEXT: nn.average_pool(%arg0) {count_include_pad = true{{.*}}pads = array<i64: 1, 1>
func.func @pad_then_average_pool(%x: tensor<1x2x8xf32>) -> tensor<1x2x8xf32> {
  %0 = nn.pad(%x) {pads = array<i64: 0, 0, 1, 0, 0, 1>} : (tensor<1x2x8xf32>) -> tensor<1x2x10xf32>
  %1 = nn.average_pool(%0) {kernel_shape = array<i64: 3>, strides = array<i64: 1>, pads = array<i64: 0, 0>, dilations = array<i64: 1>} : (tensor<1x2x10xf32>) -> tensor<1x2x8xf32>
  return %1 : tensor<1x2x8xf32>
}

// Windows and reductions over the whole map are global pools.
// CHECK-LABEL: @whole_maps
// CHECK-NEXT: %[[A:.*]] = nn.global_average_pool(%arg0)
// CHECK-NEXT: %[[B:.*]] = nn.global_max_pool(%arg0)
// CHECK-NEXT: %[[C:.*]] = nn.global_average_pool(%arg0)
// CHECK-NEXT: %[[D:.*]] = nn.reshape(%[[C]]) : (tensor<1x2x1x1xf32>) -> tensor<1x2xf32>
// CHECK-NEXT: return %[[A]], %[[B]], %[[D]]
func.func @whole_maps(%x: tensor<1x2x3x4xf32>) -> (tensor<1x2x1x1xf32>, tensor<1x2x1x1xf32>, tensor<1x2xf32>) {
  %0 = nn.average_pool(%x) {kernel_shape = array<i64: 3, 4>, strides = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>} : (tensor<1x2x3x4xf32>) -> tensor<1x2x1x1xf32>
  %1 = nn.reduce_max(%x) {axes = array<i64: 2, 3>} : (tensor<1x2x3x4xf32>) -> tensor<1x2x1x1xf32>
  %2 = nn.reduce_mean(%x) {axes = array<i64: 2, 3>, keepdims = false} : (tensor<1x2x3x4xf32>) -> tensor<1x2xf32>
  return %0, %1, %2 : tensor<1x2x1x1xf32>, tensor<1x2x1x1xf32>, tensor<1x2xf32>
}

// A mean over the channels too, or over rows alone, is no global pool.
// CHECK-LABEL: @other_means
// CHECK: nn.reduce_mean
// CHECK: nn.reduce_mean
func.func @other_means(%x: tensor<1x2x3x4xf32>) -> (tensor<1x1x1x1xf32>, tensor<1x2x3x1xf32>) {
  %0 = nn.reduce_mean(%x) {axes = array<i64: 1, 2, 3>} : (tensor<1x2x3x4xf32>) -> tensor<1x1x1x1xf32>
  %1 = nn.reduce_mean(%x) {axes = array<i64: 3>} : (tensor<1x2x3x4xf32>) -> tensor<1x2x3x1xf32>
  return %0, %1 : tensor<1x1x1x1xf32>, tensor<1x2x3x1xf32>
}

// Of a map of one pixel between pads the tap in the middle sees something, of one of 2x4 pixels with wide dilations the middle
// row; the windows stay where they are.
// CHECK-LABEL: @taps_in_padding
// CHECK: %[[ONE:.*]] = nn.slice(%arg2) {sizes = array<i64: 4, 3, 1, 1>, starts = array<i64: 0, 0, 1, 1>
// CHECK: nn.conv(%arg0, %[[ONE]]) {dilations = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 2, 2>}
// CHECK: %[[ROW:.*]] = nn.slice(%arg2) {sizes = array<i64: 4, 3, 1, 3>, starts = array<i64: 0, 0, 1, 0>
// CHECK: nn.conv(%arg1, %[[ROW]]) {dilations = array<i64: 6, 2>, pads = array<i64: 0, 2, 0, 2>
func.func @taps_in_padding(%x: tensor<1x3x1x1xf32>, %y: tensor<1x3x2x4xf32>, %w: tensor<4x3x3x3xf32>)
    -> (tensor<1x4x1x1xf32>, tensor<1x4x2x4xf32>) {
  %0 = nn.conv(%x, %w) {strides = array<i64: 2, 2>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>}
      : (tensor<1x3x1x1xf32>, tensor<4x3x3x3xf32>) -> tensor<1x4x1x1xf32>
  %1 = nn.conv(%y, %w) {strides = array<i64: 1, 1>, pads = array<i64: 6, 2, 6, 2>, dilations = array<i64: 6, 2>}
      : (tensor<1x3x2x4xf32>, tensor<4x3x3x3xf32>) -> tensor<1x4x2x4xf32>
  return %0, %1 : tensor<1x4x1x1xf32>, tensor<1x4x2x4xf32>
}

// Every tap sees something; no tap does; a pad would have to be negative, in front or behind.
// CHECK-LABEL: @taps_on_the_map
// CHECK-NOT: nn.slice
func.func @taps_on_the_map(%x: tensor<1x3x2x2xf32>, %w: tensor<4x3x3x3xf32>, %line: tensor<1x1x8xf32>, %v: tensor<1x1x3xf32>)
    -> (tensor<1x4x2x2xf32>, tensor<1x4x1x1xf32>, tensor<1x1x2xf32>, tensor<1x1x2xf32>) {
  %0 = nn.conv(%x, %w) {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>}
      : (tensor<1x3x2x2xf32>, tensor<4x3x3x3xf32>) -> tensor<1x4x2x2xf32>
  %1 = nn.conv(%x, %w) {strides = array<i64: 9, 9>, pads = array<i64: 4, 4, 0, 0>, dilations = array<i64: 1, 1>}
      : (tensor<1x3x2x2xf32>, tensor<4x3x3x3xf32>) -> tensor<1x4x1x1xf32>
  %2 = nn.conv(%line, %v) {strides = array<i64: 1>, pads = array<i64: 2, 0>, dilations = array<i64: 4>} : (tensor<1x1x8xf32>, tensor<1x1x3xf32>) -> tensor<1x1x2xf32>
  %3 = nn.conv(%line, %v) {strides = array<i64: 1>, pads = array<i64: 0, 2>, dilations = array<i64: 4>} : (tensor<1x1x8xf32>, tensor<1x1x3xf32>) -> tensor<1x1x2xf32>
  return %0, %1, %2, %3 : tensor<1x4x2x2xf32>, tensor<1x4x1x1xf32>, tensor<1x1x2xf32>, tensor<1x1x2xf32>
}
