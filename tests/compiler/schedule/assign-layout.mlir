// RUN: kiln-opt %s --pass-pipeline='builtin.module(func.func(schedule-assign-layout))' | FileCheck %s

// The producer's map gets the border that the padded consumer reads; the result goes back to plain once.
// CHECK-LABEL: @border_of_the_consumer
func.func @border_of_the_consumer(%x: tensor<1x32x8x8xf32>, %w: tensor<32x32x1x1xf32>, %v: tensor<32x32x3x3xf32>) -> tensor<1x32x8x8xf32> {
  // CHECK: %[[X:.*]] = nn.relayout(%{{.*}}) : (tensor<1x32x8x8xf32>) -> tensor<1x32x8x8xf32, #nn.blocked<16>>
  // CHECK: nn.pack_filter({{.*}}) {block = 16 : i64, form = #nn.filter_form<blocked>
  // CHECK: nn.conv(%[[X]], {{.*}} -> tensor<1x32x8x8xf32, #nn.blocked<16, border = [1, 1, 1, 1]>>
  %y = nn.conv(%x, %w) {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>}
      : (tensor<1x32x8x8xf32>, tensor<32x32x1x1xf32>) -> tensor<1x32x8x8xf32>
  // CHECK: %[[Z:.*]] = nn.conv({{.*}} -> tensor<1x32x8x8xf32, #nn.blocked<16>>
  // CHECK: nn.relayout(%[[Z]])
  // CHECK-NOT: nn.relayout
  %z = nn.conv(%y, %v) {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>}
      : (tensor<1x32x8x8xf32>, tensor<32x32x3x3xf32>) -> tensor<1x32x8x8xf32>
  return %z : tensor<1x32x8x8xf32>
}

// A stride that never reaches the last padded column needs no border there.
// CHECK-LABEL: @border_that_is_read
func.func @border_that_is_read(%x: tensor<1x16x8x8xf32>, %w: tensor<16x16x3x3xf32>) -> tensor<1x16x4x4xf32> {
  // CHECK: nn.relayout(%{{.*}}) : (tensor<1x16x8x8xf32>) -> tensor<1x16x8x8xf32, #nn.blocked<16, border = [1, 1, 0, 0]>>
  %y = nn.conv(%x, %w) {strides = array<i64: 2, 2>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>}
      : (tensor<1x16x8x8xf32>, tensor<16x16x3x3xf32>) -> tensor<1x16x4x4xf32>
  return %y : tensor<1x16x4x4xf32>
}

// Three input channels are read as they are, planar, and cost no conversion without pads.
// CHECK-LABEL: @planar_input
func.func @planar_input(%x: tensor<1x3x8x8xf32>, %w: tensor<16x3x3x3xf32>) -> tensor<1x16x6x6xf32> {
  // CHECK: nn.relayout(%{{.*}}) : (tensor<1x3x8x8xf32>) -> tensor<1x3x8x8xf32, #nn.blocked<1>>
  // CHECK: form = #nn.filter_form<planar>
  %y = nn.conv(%x, %w) {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>}
      : (tensor<1x3x8x8xf32>, tensor<16x3x3x3xf32>) -> tensor<1x16x6x6xf32>
  return %y : tensor<1x16x6x6xf32>
}

// Filters that would leave many of the last vector's lanes empty have channels in them: 3, 11, 7 and 24, but not 14, whose products do
// not pay for the additions of lanes.
// CHECK-LABEL: @tails
func.func @tails(%x: tensor<1x16x8x8xf32>, %a: tensor<3x16x3x3xf32>, %b: tensor<11x16x3x3xf32>, %c: tensor<7x16x3x3xf32>, %d: tensor<14x16x3x3xf32>, %e: tensor<24x16x3x3xf32>)
    -> (tensor<1x3x6x6xf32>, tensor<1x11x6x6xf32>, tensor<1x7x6x6xf32>, tensor<1x14x6x6xf32>, tensor<1x24x6x6xf32>) {
  // CHECK: form = #nn.filter_form<tail>
  // CHECK: form = #nn.filter_form<tail>
  // CHECK: form = #nn.filter_form<tail>
  // CHECK: form = #nn.filter_form<blocked>
  // CHECK: form = #nn.filter_form<tail>
  %0 = nn.conv(%x, %a) {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>}
      : (tensor<1x16x8x8xf32>, tensor<3x16x3x3xf32>) -> tensor<1x3x6x6xf32>
  %1 = nn.conv(%x, %b) {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>}
      : (tensor<1x16x8x8xf32>, tensor<11x16x3x3xf32>) -> tensor<1x11x6x6xf32>
  %2 = nn.conv(%x, %c) {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>}
      : (tensor<1x16x8x8xf32>, tensor<7x16x3x3xf32>) -> tensor<1x7x6x6xf32>
  %3 = nn.conv(%x, %d) {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>}
      : (tensor<1x16x8x8xf32>, tensor<14x16x3x3xf32>) -> tensor<1x14x6x6xf32>
  %4 = nn.conv(%x, %e) {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>}
      : (tensor<1x16x8x8xf32>, tensor<24x16x3x3xf32>) -> tensor<1x24x6x6xf32>
  return %0, %1, %2, %3, %4 : tensor<1x3x6x6xf32>, tensor<1x11x6x6xf32>, tensor<1x7x6x6xf32>, tensor<1x14x6x6xf32>, tensor<1x24x6x6xf32>
}

// So are grouped ones where a group has a multiple of eight filters, but not where groups share half a block: those that fill a block
// of filters read the lanes of their channels, the others all channels of the block.
// CHECK-LABEL: @grouped
func.func @grouped(%x: tensor<1x3x8x8xf32>, %w: tensor<24x1x3x3xf32>, %v: tensor<12x1x3x3xf32>, %u: tensor<9x1x3x3xf32>)
    -> (tensor<1x24x6x6xf32>, tensor<1x12x6x6xf32>, tensor<1x9x6x6xf32>) {
  // CHECK: form = #nn.filter_form<planar>
  // CHECK: form = #nn.filter_form<grouped>
  // CHECK: form = #nn.filter_form<blocked>
  %0 = nn.conv(%x, %w) {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, groups = 3 : i64}
      : (tensor<1x3x8x8xf32>, tensor<24x1x3x3xf32>) -> tensor<1x24x6x6xf32>
  %1 = nn.conv(%x, %v) {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, groups = 3 : i64}
      : (tensor<1x3x8x8xf32>, tensor<12x1x3x3xf32>) -> tensor<1x12x6x6xf32>
  %2 = nn.conv(%x, %u) {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, groups = 3 : i64}
      : (tensor<1x3x8x8xf32>, tensor<9x1x3x3xf32>) -> tensor<1x9x6x6xf32>
  return %0, %1, %2 : tensor<1x24x6x6xf32>, tensor<1x12x6x6xf32>, tensor<1x9x6x6xf32>
}

// Addition of two blocked maps stays in blocks; a division whose last block is not full would make NaN there, so it does not.
// CHECK-LABEL: @pointwise_in_blocks
func.func @pointwise_in_blocks(%x: tensor<1x16x4x4xf32>) -> (tensor<1x16x4x4xf32>, tensor<1x8x4x4xf32>) {
  %w = nn.constant(dense<1.0> : tensor<8x16x1x1xf32>) : tensor<8x16x1x1xf32>
  %p = nn.max_pool(%x) {kernel_shape = array<i64: 1, 1>, strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>}
      : (tensor<1x16x4x4xf32>) -> tensor<1x16x4x4xf32>
  // CHECK: nn.add({{.*}} -> tensor<1x16x4x4xf32, #nn.blocked<16>>
  %s = nn.add(%p, %x) : (tensor<1x16x4x4xf32>, tensor<1x16x4x4xf32>) -> tensor<1x16x4x4xf32>
  %c = nn.conv(%s, %w) {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>}
      : (tensor<1x16x4x4xf32>, tensor<8x16x1x1xf32>) -> tensor<1x8x4x4xf32>
  // CHECK: nn.div({{.*}} -> tensor<1x8x4x4xf32>
  %d = nn.div(%c, %c) : (tensor<1x8x4x4xf32>, tensor<1x8x4x4xf32>) -> tensor<1x8x4x4xf32>
  return %s, %d : tensor<1x16x4x4xf32>, tensor<1x8x4x4xf32>
}

// A dense layer reads a blocked map as one row only where the channels fill their blocks: what fills the last one may be infinite.
// CHECK-LABEL: @dense_layers
func.func @dense_layers(%x: tensor<1x16x2x2xf32>, %a: tensor<16x16x1x1xf32>, %b: tensor<8x16x1x1xf32>,
                        %v: tensor<5x16x2x2xf32>, %w: tensor<5x8x2x2xf32>) -> (tensor<1x5x1x1xf32>, tensor<1x5x1x1xf32>) {
  %p = nn.conv(%x, %a) {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>}
      : (tensor<1x16x2x2xf32>, tensor<16x16x1x1xf32>) -> tensor<1x16x2x2xf32>
  %q = nn.conv(%x, %b) {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>}
      : (tensor<1x16x2x2xf32>, tensor<8x16x1x1xf32>) -> tensor<1x8x2x2xf32>
  // CHECK: nn.relayout({{.*}} -> tensor<1x8x2x2xf32>
  // CHECK: nn.conv({{.*}} -> tensor<1x5x1x1xf32>
  %y = nn.conv(%p, %v) {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>}
      : (tensor<1x16x2x2xf32>, tensor<5x16x2x2xf32>) -> tensor<1x5x1x1xf32>
  // CHECK: nn.gemm({{.*}} -> tensor<1x5xf32>
  %z = nn.conv(%q, %w) {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>}
      : (tensor<1x8x2x2xf32>, tensor<5x8x2x2xf32>) -> tensor<1x5x1x1xf32>
  return %y, %z : tensor<1x5x1x1xf32>, tensor<1x5x1x1xf32>
}

// A choice takes its comparison along into blocks, and a map of any number of channels may be divided by a number, not by a map.
// CHECK-LABEL: @choice_in_blocks
func.func @choice_in_blocks(%x: tensor<1x16x8x8xf32>, %w: tensor<12x16x1x1xf32>) -> tensor<1x12x8x8xf32> {
  // CHECK: %[[Y:.*]] = nn.conv
  %y = nn.conv(%x, %w) {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>}
      : (tensor<1x16x8x8xf32>, tensor<12x16x1x1xf32>) -> tensor<1x12x8x8xf32>
  %ten = nn.constant(dense<10.0> : tensor<f32>) : tensor<f32>
  // CHECK: %[[PLAIN:.*]] = nn.relayout(%[[Y]])
  // CHECK-NOT: nn.relayout
  // CHECK: %[[SMALL:.*]] = nn.div(%[[Y]], {{.*}} -> tensor<1x12x8x8xf32, #nn.blocked<16>>
  %small = nn.div(%y, %ten) : (tensor<1x12x8x8xf32>, tensor<f32>) -> tensor<1x12x8x8xf32>
  // CHECK: nn.compare({{.*}} -> tensor<1x12x8x8xi1, #nn.blocked<16>>
  %below = nn.compare(%small, %ten) {predicate = #nn.predicate<less>} : (tensor<1x12x8x8xf32>, tensor<f32>) -> tensor<1x12x8x8xi1>
  // CHECK: nn.select({{.*}} -> tensor<1x12x8x8xf32, #nn.blocked<16>>
  %chosen = nn.select(%below, %y, %ten) : (tensor<1x12x8x8xi1>, tensor<1x12x8x8xf32>, tensor<f32>) -> tensor<1x12x8x8xf32>
  // CHECK: nn.relayout
  // CHECK: nn.div(%[[PLAIN]], {{.*}} -> tensor<1x12x8x8xf32>
  %ratio = nn.div(%y, %chosen) : (tensor<1x12x8x8xf32>, tensor<1x12x8x8xf32>) -> tensor<1x12x8x8xf32>
  return %ratio : tensor<1x12x8x8xf32>
}
