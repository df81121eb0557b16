// RUN: kiln-opt %s --graph-simplify | FileCheck %s

// Two transposes are one; these two are none.
// CHECK-LABEL: @cancel
// CHECK-NEXT: return %arg0
func.func @cancel(%x: tensor<1x3x4x5xf32>) -> tensor<1x3x4x5xf32> {
  %0 = nn.transpose(%x) {perm = array<i64: 0, 2, 3, 1>} : (tensor<1x3x4x5xf32>) -> tensor<1x4x5x3xf32>
  %1 = nn.transpose(%0) {perm = array<i64: 0, 3, 1, 2>} : (tensor<1x4x5x3xf32>) -> tensor<1x3x4x5xf32>
  return %1 : tensor<1x3x4x5xf32>
}

// CHECK-LABEL: @compose
// CHECK-NEXT: %[[T:.*]] = nn.transpose(%arg0) {perm = array<i64: 2, 0, 1>}
// CHECK-NEXT: return %[[T]]
func.func @compose(%x: tensor<2x3x4xf32>) -> tensor<4x2x3xf32> {
  %0 = nn.transpose(%x) {perm = array<i64: 0, 2, 1>} : (tensor<2x3x4xf32>) -> tensor<2x4x3xf32>
  %1 = nn.transpose(%0) {perm = array<i64: 1, 0, 2>} : (tensor<2x4x3xf32>) -> tensor<4x2x3xf32>
  return %1 : tensor<4x2x3xf32>
}

// A transpose that moves only dimensions of size 1 is a reshape.
// CHECK-LABEL: @units
// CHECK-NEXT: nn.reshape(%arg0) : (tensor<1x3x1x1xf32>) -> tensor<1x1x1x3xf32>
// CHECK-NEXT: return
func.func @units(%x: tensor<1x3x1x1xf32>) -> tensor<1x1x1x3xf32> {
  %0 = nn.transpose(%x) {perm = array<i64: 0, 2, 3, 1>} : (tensor<1x3x1x1xf32>) -> tensor<1x1x1x3xf32>
  return %0 : tensor<1x1x1x3xf32>
}

// Bias and activation in the channels-last order of TensorFlow: the transposes meet behind them.
// CHECK-LABEL: @channels_last_bias_relu
// CHECK-NOT: nn.transpose(%arg0)
// CHECK: %[[S:.*]] = nn.add(%arg0, %{{.*}}) : (tensor<1x3x4x5xf32>, tensor<1x3x1x1xf32>)
// CHECK-NEXT: %[[R:.*]] = nn.relu(%[[S]])
// CHECK-NEXT: return %[[R]]
func.func @channels_last_bias_relu(%x: tensor<1x3x4x5xf32>) -> tensor<1x3x4x5xf32> {
  %b = nn.constant(dense<[1.0, 2.0, 3.0]> : tensor<3xf32>) : tensor<3xf32>
  %0 = nn.transpose(%x) {perm = array<i64: 0, 2, 3, 1>} : (tensor<1x3x4x5xf32>) -> tensor<1x4x5x3xf32>
  %1 = nn.add(%0, %b) : (tensor<1x4x5x3xf32>, tensor<3xf32>) -> tensor<1x4x5x3xf32>
  %2 = nn.relu(%1) : (tensor<1x4x5x3xf32>) -> tensor<1x4x5x3xf32>
  %3 = nn.transpose(%2) {perm = array<i64: 0, 3, 1, 2>} : (tensor<1x4x5x3xf32>) -> tensor<1x3x4x5xf32>
  return %3 : tensor<1x3x4x5xf32>
}

// A mean over the map in channels-last order is a global pool.
// CHECK-LABEL: @channels_last_mean
// CHECK-NEXT: %[[P:.*]] = nn.global_average_pool(%arg0)
// CHECK-NEXT: nn.reshape(%[[P]]) : (tensor<1x3x1x1xf32>) -> tensor<1x3xf32>
func.func @channels_last_mean(%x: tensor<1x3x4x5xf32>) -> tensor<1x3xf32> {
  %0 = nn.transpose(%x) {perm = array<i64: 0, 2, 3, 1>} : (tensor<1x3x4x5xf32>) -> tensor<1x4x5x3xf32>
  %1 = nn.reduce_mean(%0) {axes = array<i64: 1, 2>, keepdims = false} : (tensor<1x4x5x3xf32>) -> tensor<1x3xf32>
  return %1 : tensor<1x3xf32>
}

// Tensors that are transposed alike are joined first.
// CHECK-LABEL: @concat_of_transposes
// CHECK-NEXT: %[[C:.*]] = nn.concat(%arg0, %arg1) {axis = 1 : i64}
// CHECK-NEXT: nn.transpose(%[[C]])
func.func @concat_of_transposes(%x: tensor<1x3x4x5xf32>, %y: tensor<1x2x4x5xf32>) -> tensor<1x4x5x5xf32> {
  %0 = nn.transpose(%x) {perm = array<i64: 0, 2, 3, 1>} : (tensor<1x3x4x5xf32>) -> tensor<1x4x5x3xf32>
  %1 = nn.transpose(%y) {perm = array<i64: 0, 2, 3, 1>} : (tensor<1x2x4x5xf32>) -> tensor<1x4x5x2xf32>
  %2 = nn.concat(%0, %1) {axis = 3 : i64} : (tensor<1x4x5x3xf32>, tensor<1x4x5x2xf32>) -> tensor<1x4x5x5xf32>
  return %2 : tensor<1x4x5x5xf32>
}

// Of two tensors in different orders one has to be transposed.
// CHECK-LABEL: @other_operand_in_order
// CHECK: %[[T:.*]] = nn.transpose(%arg0)
// CHECK: nn.add(%[[T]], %arg1)
func.func @other_operand_in_order(%x: tensor<1x3x4x5xf32>, %y: tensor<1x4x5x3xf32>) -> tensor<1x4x5x3xf32> {
  %0 = nn.transpose(%x) {perm = array<i64: 0, 2, 3, 1>} : (tensor<1x3x4x5xf32>) -> tensor<1x4x5x3xf32>
  %1 = nn.add(%0, %y) : (tensor<1x4x5x3xf32>, tensor<1x4x5x3xf32>) -> tensor<1x4x5x3xf32>
  return %1 : tensor<1x4x5x3xf32>
}
