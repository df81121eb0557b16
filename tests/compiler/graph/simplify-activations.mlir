// RUN: kiln-opt %s --graph-simplify | FileCheck %s

// relu of relu, of a sigmoid, of a maximum pool of a relu: not negative already.
// CHECK-LABEL: @relu_of_non_negative
// CHECK: nn.relu
// CHECK: nn.max_pool
// CHECK: nn.sigmoid
// CHECK-NOT: nn.relu
// CHECK: return
func.func @relu_of_non_negative(%x: tensor<1x2x4xf32>) -> tensor<1x2x4xf32> {
  %0 = nn.relu(%x) : (tensor<1x2x4xf32>) -> tensor<1x2x4xf32>
  %1 = nn.max_pool(%0) {kernel_shape = array<i64: 3>, strides = array<i64: 1>, pads = array<i64: 1, 1>, dilations = array<i64: 1>} : (tensor<1x2x4xf32>) -> tensor<1x2x4xf32>
  %2 = nn.relu(%1) : (tensor<1x2x4xf32>) -> tensor<1x2x4xf32>
  %3 = nn.sigmoid(%2) : (tensor<1x2x4xf32>) -> tensor<1x2x4xf32>
  %4 = nn.relu(%3) : (tensor<1x2x4xf32>) -> tensor<1x2x4xf32>
  return %4 : tensor<1x2x4xf32>
}

// A clip from 0 to infinity is a relu, one from -infinity to infinity nothing.
// CHECK-LABEL: @open_clips
// CHECK-NEXT: %[[R:.*]] = nn.relu(%arg0)
// CHECK-NEXT: return %[[R]]
func.func @open_clips(%x: tensor<8xf32>) -> tensor<8xf32> {
  %0 = nn.clip(%x) {min = 0xFFF0000000000000 : f64, max = 0x7FF0000000000000 : f64} : (tensor<8xf32>) -> tensor<8xf32>
  %1 = nn.clip(%0) {min = 0.0 : f64, max = 0x7FF0000000000000 : f64} : (tensor<8xf32>) -> tensor<8xf32>
  return %1 : tensor<8xf32>
}

// A maximum and a minimum with numbers are one clip; the bounds of clips in a row are clipped, too.
// CHECK-LABEL: @one_clip
// CHECK-NEXT: %[[C:.*]] = nn.clip(%arg0) {max = 6.0{{.*}} : f64, min = 0.0{{.*}} : f64}
// CHECK-NEXT: return %[[C]]
func.func @one_clip(%x: tensor<8xf32>) -> tensor<8xf32> {
  %low = nn.constant(dense<-1.0> : tensor<f32>) : tensor<f32>
  %high = nn.constant(dense<6.0> : tensor<f32>) : tensor<f32>
  %0 = nn.max(%x, %low) : (tensor<8xf32>, tensor<f32>) -> tensor<8xf32>
  %1 = nn.min(%high, %0) : (tensor<f32>, tensor<8xf32>) -> tensor<8xf32>
  %2 = nn.relu(%1) : (tensor<8xf32>) -> tensor<8xf32>
  return %2 : tensor<8xf32>
}

// Bounds in the wrong order follow no simple rule when clipped again.
// CHECK-LABEL: @reversed_bounds
// CHECK: nn.clip
// CHECK: nn.clip
func.func @reversed_bounds(%x: tensor<8xf32>) -> tensor<8xf32> {
  %0 = nn.clip(%x) {min = 6.0 : f64, max = 0.0 : f64} : (tensor<8xf32>) -> tensor<8xf32>
  %1 = nn.clip(%0) {min = -1.0 : f64, max = 3.0 : f64} : (tensor<8xf32>) -> tensor<8xf32>
  return %1 : tensor<8xf32>
}

// Hard swish as MobileNet v3 is exported, with the division last.
// CHECK-LABEL: @spelled_hard_swish
// CHECK-NEXT: %[[H:.*]] = nn.hard_swish(%arg0)
// CHECK-NEXT: return %[[H]]
func.func @spelled_hard_swish(%x: tensor<8xf32>) -> tensor<8xf32> {
  %three = nn.constant(dense<3.0> : tensor<f32>) : tensor<f32>
  %six = nn.constant(dense<6.0> : tensor<f32>) : tensor<f32>
  %0 = nn.add(%x, %three) : (tensor<8xf32>, tensor<f32>) -> tensor<8xf32>
  %1 = nn.clip(%0) {min = 0.0 : f64, max = 6.0 : f64} : (tensor<8xf32>) -> tensor<8xf32>
  %2 = nn.mul(%x, %1) : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
  %3 = nn.div(%2, %six) : (tensor<8xf32>, tensor<f32>) -> tensor<8xf32>
  return %3 : tensor<8xf32>
}

// The same with the gate of another tensor is a hard sigmoid and a product.
// CHECK-LABEL: @gate_of_another_tensor
// CHECK: %[[H:.*]] = nn.hard_sigmoid(%arg0)
// CHECK: nn.mul(%arg1, %[[H]])
func.func @gate_of_another_tensor(%x: tensor<8xf32>, %y: tensor<8xf32>) -> tensor<8xf32> {
  %three = nn.constant(dense<3.0> : tensor<f32>) : tensor<f32>
  %six = nn.constant(dense<6.0> : tensor<f32>) : tensor<f32>
  %0 = nn.add(%x, %three) : (tensor<8xf32>, tensor<f32>) -> tensor<8xf32>
  %1 = nn.clip(%0) {min = 0.0 : f64, max = 6.0 : f64} : (tensor<8xf32>) -> tensor<8xf32>
  %2 = nn.div(%1, %six) : (tensor<8xf32>, tensor<f32>) -> tensor<8xf32>
  %3 = nn.mul(%y, %2) : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
  return %3 : tensor<8xf32>
}

// A swish is the product with its sigmoid, in either order.
// CHECK-LABEL: @spelled_swish
// CHECK-NEXT: %[[A:.*]] = nn.swish(%arg0)
// CHECK-NEXT: %[[B:.*]] = nn.swish(%[[A]])
// CHECK-NEXT: return %[[B]]
func.func @spelled_swish(%x: tensor<8xf32>) -> tensor<8xf32> {
  %0 = nn.sigmoid(%x) : (tensor<8xf32>) -> tensor<8xf32>
  %1 = nn.mul(%x, %0) : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
  %2 = nn.sigmoid(%1) : (tensor<8xf32>) -> tensor<8xf32>
  %3 = nn.mul(%2, %1) : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
  return %3 : tensor<8xf32>
}

// The product with the sigmoid of another tensor is none, and a sigmoid with other readers is not computed twice.
// CHECK-LABEL: @sigmoid_with_readers
// CHECK: %[[S:.*]] = nn.sigmoid(%arg0)
// CHECK: nn.mul(%arg1, %[[S]])
// CHECK: nn.mul(%arg0, %[[S]])
func.func @sigmoid_with_readers(%x: tensor<8xf32>, %y: tensor<8xf32>) -> (tensor<8xf32>, tensor<8xf32>) {
  %0 = nn.sigmoid(%x) : (tensor<8xf32>) -> tensor<8xf32>
  %1 = nn.mul(%y, %0) : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
  %2 = nn.mul(%x, %0) : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
  return %1, %2 : tensor<8xf32>, tensor<8xf32>
}

// One slope for all channels, and a maximum with a smaller multiple, are leaky relus.
// CHECK-LABEL: @leaky
// CHECK-NEXT: %[[A:.*]] = nn.leaky_relu(%arg0) {alpha = 2.5{{.*}} : f64}
// CHECK-NEXT: %[[B:.*]] = nn.leaky_relu(%[[A]]) {alpha = 5.0{{.*}} : f64}
// CHECK-NEXT: return %[[B]]
func.func @leaky(%x: tensor<1x4x8xf32>) -> tensor<1x4x8xf32> {
  %slope = nn.constant(dense<0.25> : tensor<4x1xf32>) : tensor<4x1xf32>
  %half = nn.constant(dense<0.5> : tensor<f32>) : tensor<f32>
  %0 = nn.prelu(%x, %slope) : (tensor<1x4x8xf32>, tensor<4x1xf32>) -> tensor<1x4x8xf32>
  %1 = nn.mul(%0, %half) : (tensor<1x4x8xf32>, tensor<f32>) -> tensor<1x4x8xf32>
  %2 = nn.max(%1, %0) : (tensor<1x4x8xf32>, tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  return %2 : tensor<1x4x8xf32>
}

// With a factor above 1 the maximum takes the other branch.
// CHECK-LABEL: @steeper
// CHECK: nn.max
func.func @steeper(%x: tensor<8xf32>) -> tensor<8xf32> {
  %two = nn.constant(dense<2.0> : tensor<f32>) : tensor<f32>
  %0 = nn.mul(%x, %two) : (tensor<8xf32>, tensor<f32>) -> tensor<8xf32>
  %1 = nn.max(%x, %0) : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
  return %1 : tensor<8xf32>
}

// The quotient by a number in a GELU is a product.
// CHECK-LABEL: @gelu
// CHECK: %[[R:.*]] = nn.constant(dense<0.707106{{.*}}> : tensor<f32>)
// CHECK: nn.mul(%arg0, %[[R]])
// CHECK-NOT: nn.div
func.func @gelu(%x: tensor<8xf32>) -> tensor<8xf32> {
  %root = nn.constant(dense<1.41421354> : tensor<f32>) : tensor<f32>
  %one = nn.constant(dense<1.0> : tensor<f32>) : tensor<f32>
  %0 = nn.div(%x, %root) : (tensor<8xf32>, tensor<f32>) -> tensor<8xf32>
  %1 = nn.erf(%0) : (tensor<8xf32>) -> tensor<8xf32>
  %2 = nn.add(%1, %one) : (tensor<8xf32>, tensor<f32>) -> tensor<8xf32>
  %3 = nn.mul(%x, %2) : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
  return %3 : tensor<8xf32>
}

// A quotient elsewhere keeps its last bits, one by zero stays, and so does one whose factor would have 16 bits.
// CHECK-LABEL: @other_quotients
// CHECK: nn.div
// CHECK: nn.div
// CHECK: nn.div
func.func @other_quotients(%x: tensor<8xf32>, %h: tensor<8xf16>) -> (tensor<8xf32>, tensor<8xf32>, tensor<8xf16>) {
  %root = nn.constant(dense<1.41421354> : tensor<f32>) : tensor<f32>
  %zero = nn.constant(dense<0.0> : tensor<f32>) : tensor<f32>
  %0 = nn.div(%x, %root) : (tensor<8xf32>, tensor<f32>) -> tensor<8xf32>
  %1 = nn.div(%x, %zero) : (tensor<8xf32>, tensor<f32>) -> tensor<8xf32>
  %2 = nn.erf(%1) : (tensor<8xf32>) -> tensor<8xf32>
  %half = nn.constant(dense<1.41421> : tensor<f16>) : tensor<f16>
  %3 = nn.div(%h, %half) : (tensor<8xf16>, tensor<f16>) -> tensor<8xf16>
  %4 = nn.erf(%3) : (tensor<8xf16>) -> tensor<8xf16>
  return %0, %2, %4 : tensor<8xf32>, tensor<8xf32>, tensor<8xf16>
}
