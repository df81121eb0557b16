// RUN: kiln-opt %s | kiln-opt | FileCheck %s

// Every op with one operand keeps the type, of any element type that it allows.
// CHECK-LABEL: @unary
func.func @unary(%f32: tensor<2x3xf32>, %f16: tensor<2x3xf16>, %bf16: tensor<2x3xbf16>, %f64: tensor<2x3xf64>,
                 %i8: tensor<2x3xi8>, %ui8: tensor<2x3xui8>, %i32: tensor<2x3xi32>, %i64: tensor<2x3xi64>, %i1: tensor<2x3xi1>) {
  // CHECK: nn.relu(%{{.*}}) : (tensor<2x3xi32>) -> tensor<2x3xi32>
  %relu = nn.relu(%i32) : (tensor<2x3xi32>) -> tensor<2x3xi32>
  // CHECK: nn.leaky_relu(%{{.*}}) {alpha = 2.000000e-01 : f64} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %leaky_relu = nn.leaky_relu(%f32) {alpha = 2.000000e-01 : f64} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK: nn.clip(%{{.*}}) {max = 6.000000e+00 : f64, min = 0.000000e+00 : f64} : (tensor<2x3xf16>) -> tensor<2x3xf16>
  %clip = nn.clip(%f16) {max = 6.000000e+00 : f64, min = 0.000000e+00 : f64} : (tensor<2x3xf16>) -> tensor<2x3xf16>
  // CHECK: nn.sigmoid(%{{.*}}) : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %sigmoid = nn.sigmoid(%f32) : (tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK: nn.tanh(%{{.*}}) : (tensor<2x3xf64>) -> tensor<2x3xf64>
  %tanh = nn.tanh(%f64) : (tensor<2x3xf64>) -> tensor<2x3xf64>
  // CHECK: nn.elu(%{{.*}}) : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %elu = nn.elu(%f32) : (tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK: nn.hard_sigmoid(%{{.*}}) {alpha = 5.000000e-01 : f64} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %hard_sigmoid = nn.hard_sigmoid(%f32) {alpha = 5.000000e-01 : f64} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK: nn.hard_swish(%{{.*}}) : (tensor<2x3xbf16>) -> tensor<2x3xbf16>
  %hard_swish = nn.hard_swish(%bf16) : (tensor<2x3xbf16>) -> tensor<2x3xbf16>
  // CHECK: nn.swish(%{{.*}}) : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %swish = nn.swish(%f32) : (tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK: nn.exp(%{{.*}}) : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %exp = nn.exp(%f32) : (tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK: nn.log(%{{.*}}) : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %log = nn.log(%f32) : (tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK: nn.sqrt(%{{.*}}) : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %sqrt = nn.sqrt(%f32) : (tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK: nn.erf(%{{.*}}) : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %erf = nn.erf(%f32) : (tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK: nn.abs(%{{.*}}) : (tensor<2x3xi8>) -> tensor<2x3xi8>
  %abs = nn.abs(%i8) : (tensor<2x3xi8>) -> tensor<2x3xi8>
  // CHECK: nn.neg(%{{.*}}) : (tensor<2x3xi64>) -> tensor<2x3xi64>
  %neg = nn.neg(%i64) : (tensor<2x3xi64>) -> tensor<2x3xi64>
  // CHECK: nn.floor(%{{.*}}) : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %floor = nn.floor(%f32) : (tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK: nn.ceil(%{{.*}}) : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %ceil = nn.ceil(%f32) : (tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK: nn.round(%{{.*}}) : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %round = nn.round(%f32) : (tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK: nn.identity(%{{.*}}) : (tensor<2x3xi1>) -> tensor<2x3xi1>
  %identity = nn.identity(%i1) : (tensor<2x3xi1>) -> tensor<2x3xi1>
  // CHECK: nn.dropout(%{{.*}}) : (tensor<2x3xui8>) -> tensor<2x3xui8>
  %dropout = nn.dropout(%ui8) : (tensor<2x3xui8>) -> tensor<2x3xui8>
  return
}

// Shapes broadcast in both directions.
// CHECK-LABEL: @binary
func.func @binary(%a: tensor<2x1x3xf32>, %b: tensor<4x1xf32>, %i: tensor<i64>) {
  // CHECK: nn.add(%{{.*}}, %{{.*}}) : (tensor<2x1x3xf32>, tensor<4x1xf32>) -> tensor<2x4x3xf32>
  %add = nn.add(%a, %b) : (tensor<2x1x3xf32>, tensor<4x1xf32>) -> tensor<2x4x3xf32>
  // CHECK: nn.sub(%{{.*}}, %{{.*}}) : (tensor<2x1x3xf32>, tensor<4x1xf32>) -> tensor<2x4x3xf32>
  %sub = nn.sub(%a, %b) : (tensor<2x1x3xf32>, tensor<4x1xf32>) -> tensor<2x4x3xf32>
  // CHECK: nn.mul(%{{.*}}, %{{.*}}) : (tensor<2x1x3xf32>, tensor<4x1xf32>) -> tensor<2x4x3xf32>
  %mul = nn.mul(%a, %b) : (tensor<2x1x3xf32>, tensor<4x1xf32>) -> tensor<2x4x3xf32>
  // CHECK: nn.div(%{{.*}}, %{{.*}}) : (tensor<2x1x3xf32>, tensor<4x1xf32>) -> tensor<2x4x3xf32>
  %div = nn.div(%a, %b) : (tensor<2x1x3xf32>, tensor<4x1xf32>) -> tensor<2x4x3xf32>
  // CHECK: nn.min(%{{.*}}, %{{.*}}) : (tensor<2x1x3xf32>, tensor<4x1xf32>) -> tensor<2x4x3xf32>
  %min = nn.min(%a, %b) : (tensor<2x1x3xf32>, tensor<4x1xf32>) -> tensor<2x4x3xf32>
  // CHECK: nn.max(%{{.*}}, %{{.*}}) : (tensor<2x1x3xf32>, tensor<4x1xf32>) -> tensor<2x4x3xf32>
  %max = nn.max(%a, %b) : (tensor<2x1x3xf32>, tensor<4x1xf32>) -> tensor<2x4x3xf32>
  // CHECK: nn.pow(%{{.*}}, %{{.*}}) : (tensor<2x1x3xf32>, tensor<4x1xf32>) -> tensor<2x4x3xf32>
  %pow = nn.pow(%a, %b) : (tensor<2x1x3xf32>, tensor<4x1xf32>) -> tensor<2x4x3xf32>
  // CHECK: nn.add(%{{.*}}, %{{.*}}) : (tensor<i64>, tensor<i64>) -> tensor<i64>
  %scalar = nn.add(%i, %i) : (tensor<i64>, tensor<i64>) -> tensor<i64>
  return
}

// An empty dimension stays empty, broadcast against one.
// CHECK-LABEL: @empty
func.func @empty(%a: tensor<0x3xf32>, %b: tensor<1x3xf32>) -> tensor<0x3xf32> {
  // CHECK: -> tensor<0x3xf32>
  %0 = nn.mul(%a, %b) : (tensor<0x3xf32>, tensor<1x3xf32>) -> tensor<0x3xf32>
  return %0 : tensor<0x3xf32>
}

// The slope of prelu broadcasts to the input; a cast changes the element type alone.
// CHECK-LABEL: @prelu_and_cast
func.func @prelu_and_cast(%x: tensor<1x4x2x2xf32>, %s: tensor<4x1x1xf32>) -> tensor<1x4x2x2xi1> {
  // CHECK: nn.prelu(%{{.*}}, %{{.*}}) : (tensor<1x4x2x2xf32>, tensor<4x1x1xf32>) -> tensor<1x4x2x2xf32>
  %0 = nn.prelu(%x, %s) : (tensor<1x4x2x2xf32>, tensor<4x1x1xf32>) -> tensor<1x4x2x2xf32>
  // CHECK: nn.cast(%{{.*}}) : (tensor<1x4x2x2xf32>) -> tensor<1x4x2x2xi1>
  %1 = nn.cast(%0) : (tensor<1x4x2x2xf32>) -> tensor<1x4x2x2xi1>
  return %1 : tensor<1x4x2x2xi1>
}

// Softmax keeps the shape.
// CHECK-LABEL: @softmax
func.func @softmax(%x: tensor<2x3xf32>) {
  // CHECK: nn.softmax(%{{.*}}) {axis = 1 : i64} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %0 = nn.softmax(%x) {axis = 1 : i64} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK: nn.log_softmax(%{{.*}}) {axis = 0 : i64} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %1 = nn.log_softmax(%x) {axis = 0 : i64} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return
}

// Reduced axes become one, or go; none at all is allowed.
// CHECK-LABEL: @reduce
func.func @reduce(%x: tensor<2x3x4xf32>) {
  // CHECK: nn.reduce_mean(%{{.*}}) {axes = array<i64: 0, 2>} : (tensor<2x3x4xf32>) -> tensor<1x3x1xf32>
  %0 = nn.reduce_mean(%x) {axes = array<i64: 0, 2>} : (tensor<2x3x4xf32>) -> tensor<1x3x1xf32>
  // CHECK: nn.reduce_sum(%{{.*}}) {axes = array<i64: 0, 2>, keepdims = false} : (tensor<2x3x4xf32>) -> tensor<3xf32>
  %1 = nn.reduce_sum(%x) {axes = array<i64: 0, 2>, keepdims = false} : (tensor<2x3x4xf32>) -> tensor<3xf32>
  // CHECK: nn.reduce_max(%{{.*}}) {axes = array<i64: 0, 1, 2>, keepdims = false} : (tensor<2x3x4xf32>) -> tensor<f32>
  %2 = nn.reduce_max(%x) {axes = array<i64: 0, 1, 2>, keepdims = false} : (tensor<2x3x4xf32>) -> tensor<f32>
  // CHECK: nn.reduce_min(%{{.*}}) {axes = array<i64>} : (tensor<2x3x4xf32>) -> tensor<2x3x4xf32>
  %3 = nn.reduce_min(%x) {axes = array<i64>} : (tensor<2x3x4xf32>) -> tensor<2x3x4xf32>
  return
}

// A comparison gives truth values, a choice takes them; both broadcast.
// CHECK-LABEL: @compare_and_select
func.func @compare_and_select(%x: tensor<1x4x2x2xf32>, %limit: tensor<4x1x1xf32>, %zero: tensor<f32>) -> tensor<1x4x2x2xf32> {
  // CHECK: nn.compare(%{{.*}}, %{{.*}}) {predicate = #nn.predicate<less>} : (tensor<1x4x2x2xf32>, tensor<4x1x1xf32>) -> tensor<1x4x2x2xi1>
  %0 = nn.compare(%x, %limit) {predicate = #nn.predicate<less>} : (tensor<1x4x2x2xf32>, tensor<4x1x1xf32>) -> tensor<1x4x2x2xi1>
  // CHECK: nn.select(%{{.*}}, %{{.*}}, %{{.*}}) : (tensor<1x4x2x2xi1>, tensor<f32>, tensor<1x4x2x2xf32>) -> tensor<1x4x2x2xf32>
  %1 = nn.select(%0, %zero, %x) : (tensor<1x4x2x2xi1>, tensor<f32>, tensor<1x4x2x2xf32>) -> tensor<1x4x2x2xf32>
  return %1 : tensor<1x4x2x2xf32>
}
