// RUN: kiln-opt %s --graph-simplify | FileCheck %s
// RUN: kiln-opt %s --graph-simplify --remarks-filter=graph -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARK

// Copies and dropout go.
// CHECK-LABEL: @copies
// CHECK-NEXT: return %arg0
// REMARK: [Passed] Simplify | Category:graph | Function=copies | Pattern=Copy, SavedBytes=32, SavedOps=1
func.func @copies(%x: tensor<8xf32>) -> tensor<8xf32> {
  %0 = nn.identity(%x) : (tensor<8xf32>) -> tensor<8xf32>
  %1 = nn.dropout(%0) : (tensor<8xf32>) -> tensor<8xf32>
  return %1 : tensor<8xf32>
}

// Adding 0, subtracting 0, multiplying and dividing by 1 change nothing, on either side where the op commutes.
// CHECK-LABEL: @neutral_numbers
// CHECK-NEXT: return %arg0
func.func @neutral_numbers(%x: tensor<2x8xf32>) -> tensor<2x8xf32> {
  %zero = nn.constant(dense<0.0> : tensor<8xf32>) : tensor<8xf32>
  %one = nn.constant(dense<1.0> : tensor<f32>) : tensor<f32>
  %0 = nn.add(%zero, %x) : (tensor<8xf32>, tensor<2x8xf32>) -> tensor<2x8xf32>
  %1 = nn.sub(%0, %zero) : (tensor<2x8xf32>, tensor<8xf32>) -> tensor<2x8xf32>
  %2 = nn.mul(%1, %one) : (tensor<2x8xf32>, tensor<f32>) -> tensor<2x8xf32>
  %3 = nn.div(%2, %one) : (tensor<2x8xf32>, tensor<f32>) -> tensor<2x8xf32>
  return %3 : tensor<2x8xf32>
}

// 0 - x and 1 / x are no copies; x * 0 is NaN where x is.
// CHECK-LABEL: @not_neutral
// CHECK: nn.sub
// CHECK: nn.div
// CHECK: nn.mul
func.func @not_neutral(%x: tensor<8xf32>) -> tensor<8xf32> {
  %zero = nn.constant(dense<0.0> : tensor<f32>) : tensor<f32>
  %one = nn.constant(dense<1.0> : tensor<f32>) : tensor<f32>
  %0 = nn.sub(%zero, %x) : (tensor<f32>, tensor<8xf32>) -> tensor<8xf32>
  %1 = nn.div(%one, %0) : (tensor<f32>, tensor<8xf32>) -> tensor<8xf32>
  %2 = nn.mul(%1, %zero) : (tensor<8xf32>, tensor<f32>) -> tensor<8xf32>
  return %2 : tensor<8xf32>
}

// A zero that makes the result larger is a broadcast.
// CHECK-LABEL: @zeros_that_broadcast
// CHECK: nn.add
func.func @zeros_that_broadcast(%x: tensor<8xf32>) -> tensor<2x8xf32> {
  %zero = nn.constant(dense<0.0> : tensor<2x1xf32>) : tensor<2x1xf32>
  %0 = nn.add(%x, %zero) : (tensor<8xf32>, tensor<2x1xf32>) -> tensor<2x8xf32>
  return %0 : tensor<2x8xf32>
}

// Joining one tensor, selecting all, padding nothing, expanding to the same shape: nothing happens.
// CHECK-LABEL: @moves_nothing
// CHECK-NEXT: return %arg0
func.func @moves_nothing(%x: tensor<2x8xf32>) -> tensor<2x8xf32> {
  %0 = nn.concat(%x) {axis = 1 : i64} : (tensor<2x8xf32>) -> tensor<2x8xf32>
  %1 = nn.slice(%0) {starts = array<i64: 0, 0>, sizes = array<i64: 2, 8>, steps = array<i64: 1, 1>} : (tensor<2x8xf32>) -> tensor<2x8xf32>
  %2 = nn.pad(%1) {pads = array<i64: 0, 0, 0, 0>} : (tensor<2x8xf32>) -> tensor<2x8xf32>
  %3 = nn.expand(%2) : (tensor<2x8xf32>) -> tensor<2x8xf32>
  %4 = nn.split(%3) {axis = 0 : i64} : (tensor<2x8xf32>) -> tensor<2x8xf32>
  %5 = nn.reshape(%4) : (tensor<2x8xf32>) -> tensor<16xf32>
  %6 = nn.reshape(%5) : (tensor<16xf32>) -> tensor<2x8xf32>
  return %6 : tensor<2x8xf32>
}

// A cast to a type that holds all numbers and back changes nothing; one that rounds does.
// CHECK-LABEL: @casts
// CHECK: %[[ROUNDED:.*]] = nn.cast(%arg1) : (tensor<8xf32>) -> tensor<8xf16>
// CHECK: %[[BACK:.*]] = nn.cast(%[[ROUNDED]])
// CHECK: return %arg0, %[[BACK]]
func.func @casts(%x: tensor<8xf16>, %y: tensor<8xf32>) -> (tensor<8xf16>, tensor<8xf32>) {
  %0 = nn.cast(%x) : (tensor<8xf16>) -> tensor<8xf32>
  %1 = nn.cast(%0) : (tensor<8xf32>) -> tensor<8xf16>
  %2 = nn.cast(%y) : (tensor<8xf32>) -> tensor<8xf16>
  %3 = nn.cast(%2) : (tensor<8xf16>) -> tensor<8xf32>
  return %1, %3 : tensor<8xf16>, tensor<8xf32>
}

// Concatenations along one axis are one; the parts of a split that are joined again were never cut.
// CHECK-LABEL: @joined
// CHECK: %[[ALL:.*]] = nn.concat(%arg0, %arg0, %arg0)
// CHECK: return %[[ALL]], %arg0
func.func @joined(%x: tensor<2x8xf32>) -> (tensor<2x24xf32>, tensor<2x8xf32>) {
  %0 = nn.concat(%x, %x) {axis = 1 : i64} : (tensor<2x8xf32>, tensor<2x8xf32>) -> tensor<2x16xf32>
  %1 = nn.concat(%0, %x) {axis = 1 : i64} : (tensor<2x16xf32>, tensor<2x8xf32>) -> tensor<2x24xf32>
  %2:2 = nn.split(%x) {axis = 1 : i64} : (tensor<2x8xf32>) -> (tensor<2x3xf32>, tensor<2x5xf32>)
  %3 = nn.concat(%2#0, %2#1) {axis = 1 : i64} : (tensor<2x3xf32>, tensor<2x5xf32>) -> tensor<2x8xf32>
  return %1, %3 : tensor<2x24xf32>, tensor<2x8xf32>
}
