// RUN: kiln-opt %s --graph-fuse-conv | FileCheck %s

// A factor and an addend per channel after a convolution go into filter and bias.
// CHECK-LABEL: @scale_shift_after
// CHECK: %[[F:.*]] = nn.mul(%{{.*}}, %{{.*}}) : (tensor<80x72x3x3xf32>, tensor<80x1x1x1xf32>)
// CHECK: nn.conv(%{{.*}}, %[[F]], bias %{{.*}})
// CHECK-NEXT: return
func.func @scale_shift_after(%x: tensor<1x72x8x8xf32>) -> tensor<1x80x8x8xf32> {
  %w = nn.constant(dense<0.5> : tensor<80x72x3x3xf32>) : tensor<80x72x3x3xf32>
  %s = nn.constant(dense<2.0> : tensor<80x1x1xf32>) : tensor<80x1x1xf32>
  %t = nn.constant(dense<3.0> : tensor<1x80x1x1xf32>) : tensor<1x80x1x1xf32>
  %0 = nn.conv(%x, %w) {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>}
      : (tensor<1x72x8x8xf32>, tensor<80x72x3x3xf32>) -> tensor<1x80x8x8xf32>
  %1 = nn.mul(%s, %0) : (tensor<80x1x1xf32>, tensor<1x80x8x8xf32>) -> tensor<1x80x8x8xf32>
  %2 = nn.sub(%1, %t) : (tensor<1x80x8x8xf32>, tensor<1x80x1x1xf32>) -> tensor<1x80x8x8xf32>
  return %2 : tensor<1x80x8x8xf32>
}

// One number is a factor for each channel.
// CHECK-LABEL: @divisor_before_padded_conv
// CHECK: %[[V:.*]] = nn.expand(%{{.*}}) : (tensor<1xf32>) -> tensor<72xf32>
// CHECK: %[[F:.*]] = nn.div(%{{.*}}, %{{.*}}) : (tensor<80x72x3x3xf32>, tensor<1x72x1x1xf32>)
// CHECK: nn.conv(%arg0, %[[F]])
func.func @divisor_before_padded_conv(%x: tensor<1x72x8x8xf32>) -> tensor<1x80x8x8xf32> {
  %w = nn.constant(dense<0.5> : tensor<80x72x3x3xf32>) : tensor<80x72x3x3xf32>
  %s = nn.constant(dense<255.0> : tensor<f32>) : tensor<f32>
  %0 = nn.div(%x, %s) : (tensor<1x72x8x8xf32>, tensor<f32>) -> tensor<1x72x8x8xf32>
  %1 = nn.conv(%0, %w) {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>}
      : (tensor<1x72x8x8xf32>, tensor<80x72x3x3xf32>) -> tensor<1x80x8x8xf32>
  return %1 : tensor<1x80x8x8xf32>
}

// An addend before a convolution without pads goes into the bias, for groups each from its own channels.
// CHECK-LABEL: @shift_before_grouped_conv
// CHECK: %[[P:.*]] = nn.mul(%{{.*}}, %{{.*}}) : (tensor<144x1x3x3xf32>, tensor<144x1x1x1xf32>)
// CHECK: %[[B:.*]] = nn.reduce_sum(%[[P]]) {axes = array<i64: 1, 2, 3>, keepdims = false}
// CHECK: nn.conv(%arg0, %{{.*}}, bias %{{.*}})
func.func @shift_before_grouped_conv(%x: tensor<1x72x8x8xf32>) -> tensor<1x144x6x6xf32> {
  %w = nn.constant(dense<0.5> : tensor<144x1x3x3xf32>) : tensor<144x1x3x3xf32>
  %t = nn.constant(dense<1.0> : tensor<1x72x1x1xf32>) : tensor<1x72x1x1xf32>
  %0 = nn.add(%x, %t) : (tensor<1x72x8x8xf32>, tensor<1x72x1x1xf32>) -> tensor<1x72x8x8xf32>
  %1 = nn.conv(%0, %w) {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, groups = 72 : i64}
      : (tensor<1x72x8x8xf32>, tensor<144x1x3x3xf32>) -> tensor<1x144x6x6xf32>
  return %1 : tensor<1x144x6x6xf32>
}

// With pads the border lacks the addend, so it stays.
// CHECK-LABEL: @shift_before_padded_conv
// CHECK: nn.add(%arg0
func.func @shift_before_padded_conv(%x: tensor<1x72x8x8xf32>) -> tensor<1x80x8x8xf32> {
  %w = nn.constant(dense<0.5> : tensor<80x72x3x3xf32>) : tensor<80x72x3x3xf32>
  %t = nn.constant(dense<3.0> : tensor<1x72x1x1xf32>) : tensor<1x72x1x1xf32>
  %0 = nn.add(%x, %t) : (tensor<1x72x8x8xf32>, tensor<1x72x1x1xf32>) -> tensor<1x72x8x8xf32>
  %1 = nn.conv(%0, %w) {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>}
      : (tensor<1x72x8x8xf32>, tensor<80x72x3x3xf32>) -> tensor<1x80x8x8xf32>
  return %1 : tensor<1x80x8x8xf32>
}

// A factor computed from the picture (a squeeze-and-excitation gate) is no weight.
// CHECK-LABEL: @gate
// CHECK: nn.conv(%arg0, %{{.*}}) {{.*}} -> tensor<1x80x8x8xf32>
// CHECK: nn.mul({{.*}}) : (tensor<1x80x8x8xf32>, tensor<1x80x1x1xf32>)
func.func @gate(%x: tensor<1x72x8x8xf32>, %gate: tensor<1x80x1x1xf32>) -> tensor<1x80x8x8xf32> {
  %w = nn.constant(dense<0.5> : tensor<80x72x1x1xf32>) : tensor<80x72x1x1xf32>
  %0 = nn.conv(%x, %w) {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>}
      : (tensor<1x72x8x8xf32>, tensor<80x72x1x1xf32>) -> tensor<1x80x8x8xf32>
  %1 = nn.mul(%0, %gate) : (tensor<1x80x8x8xf32>, tensor<1x80x1x1xf32>) -> tensor<1x80x8x8xf32>
  return %1 : tensor<1x80x8x8xf32>
}

// A factor along the width is none per channel, even where the width equals the channels.
// CHECK-LABEL: @factor_along_width
// CHECK: nn.mul({{.*}}) : (tensor<1x80x80x80xf32>, tensor<80xf32>)
func.func @factor_along_width(%x: tensor<1x72x80x80xf32>) -> tensor<1x80x80x80xf32> {
  %w = nn.constant(dense<0.5> : tensor<80x72x1x1xf32>) : tensor<80x72x1x1xf32>
  %s = nn.constant(dense<2.0> : tensor<80xf32>) : tensor<80xf32>
  %0 = nn.conv(%x, %w) {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>}
      : (tensor<1x72x80x80xf32>, tensor<80x72x1x1xf32>) -> tensor<1x80x80x80xf32>
  %1 = nn.mul(%0, %s) : (tensor<1x80x80x80xf32>, tensor<80xf32>) -> tensor<1x80x80x80xf32>
  return %1 : tensor<1x80x80x80xf32>
}

// Where no convolution can take them, the factors and addends of a batch normalisation and of a scale behind it become one of each.
// CHECK-LABEL: @scale_shift_twice
// CHECK: %[[X:.*]] = nn.mul(%arg0, %{{.*}}) : (tensor<1x8x4x4xf32>, tensor<1x8x1x1xf32>)
// CHECK: %[[Y:.*]] = nn.add(%[[X]], %{{.*}}) : (tensor<1x8x4x4xf32>, tensor<1x8x1x1xf32>)
// CHECK-NEXT: return %[[Y]]
func.func @scale_shift_twice(%x: tensor<1x8x4x4xf32>) -> tensor<1x8x4x4xf32> {
  %v = nn.constant(dense<[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]> : tensor<8xf32>) : tensor<8xf32>
  %s = nn.constant(dense<2.0> : tensor<8x1x1xf32>) : tensor<8x1x1xf32>
  %t = nn.constant(dense<3.0> : tensor<f32>) : tensor<f32>
  %0 = nn.batch_norm(%x, %v, %v, %v, %v) {epsilon = 1.0e-05} : (tensor<1x8x4x4xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>)
      -> tensor<1x8x4x4xf32>
  %1 = nn.mul(%0, %s) : (tensor<1x8x4x4xf32>, tensor<8x1x1xf32>) -> tensor<1x8x4x4xf32>
  %2 = nn.add(%1, %t) : (tensor<1x8x4x4xf32>, tensor<f32>) -> tensor<1x8x4x4xf32>
  return %2 : tensor<1x8x4x4xf32>
}

// What another op reads stays.
// CHECK-LABEL: @scaled_read_twice
// CHECK: %[[ONCE:.*]] = nn.mul(%arg0, %{{.*}})
// CHECK: %[[TWICE:.*]] = nn.mul(%[[ONCE]], %{{.*}})
// CHECK: return %[[ONCE]], %[[TWICE]]
func.func @scaled_read_twice(%x: tensor<1x8x4x4xf32>) -> (tensor<1x8x4x4xf32>, tensor<1x8x4x4xf32>) {
  %s = nn.constant(dense<2.0> : tensor<8x1x1xf32>) : tensor<8x1x1xf32>
  %0 = nn.mul(%x, %s) : (tensor<1x8x4x4xf32>, tensor<8x1x1xf32>) -> tensor<1x8x4x4xf32>
  %1 = nn.mul(%0, %s) : (tensor<1x8x4x4xf32>, tensor<8x1x1xf32>) -> tensor<1x8x4x4xf32>
  return %0, %1 : tensor<1x8x4x4xf32>, tensor<1x8x4x4xf32>
}
