// RUN: kiln-opt %s --graph-fc-to-conv="sliding-window input-shapes=x:1x1x28x28,y:1x4x9x9" | FileCheck %s

// A LeNet type for 14x14: at 28x28 it answers for 8x8 windows. Nothing is flattened any more, softmax works on the map.
// CHECK-LABEL: @lenet
// CHECK-SAME: tensor<1x1x28x28xf32>
// CHECK-SAME: -> (tensor<1x10x8x8xf32> {nn.name = "answer"})
// CHECK: nn.max_pool({{.*}} -> tensor<1x6x12x12xf32>
// CHECK: nn.conv({{.*}} -> tensor<1x20x8x8xf32>
// CHECK: nn.add({{.*}} : (tensor<1x20x8x8xf32>, tensor<1x20x1x1xf32>)
// CHECK: nn.relu
// CHECK: nn.conv({{.*}} -> tensor<1x10x8x8xf32>
// CHECK: %[[Y:.*]] = nn.softmax({{.*}}) {axis = 1 : i64} : (tensor<1x10x8x8xf32>)
// CHECK-NEXT: return %[[Y]] : tensor<1x10x8x8xf32>
func.func @lenet(%x: tensor<1x1x14x14xf32> {nn.name = "x"}, %w1: tensor<6x1x5x5xf32>, %w2: tensor<16x6x3x3xf32>,
                 %f1: tensor<144x20xf32>, %b1: tensor<20xf32>, %f2: tensor<10x20xf32>, %b2: tensor<10xf32>)
    -> (tensor<1x10xf32> {nn.name = "answer"}) {
  %0 = nn.conv(%x, %w1) {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>} : (tensor<1x1x14x14xf32>, tensor<6x1x5x5xf32>) -> tensor<1x6x10x10xf32>
  %1 = nn.max_pool(%0) {kernel_shape = array<i64: 2, 2>, strides = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>} : (tensor<1x6x10x10xf32>) -> tensor<1x6x5x5xf32>
  %2 = nn.conv(%1, %w2) {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>} : (tensor<1x6x5x5xf32>, tensor<16x6x3x3xf32>) -> tensor<1x16x3x3xf32>
  %3 = nn.reshape(%2) : (tensor<1x16x3x3xf32>) -> tensor<1x144xf32>
  %4 = nn.dropout(%3) : (tensor<1x144xf32>) -> tensor<1x144xf32>
  %5 = nn.matmul(%4, %f1) : (tensor<1x144xf32>, tensor<144x20xf32>) -> tensor<1x20xf32>
  %6 = nn.add(%5, %b1) : (tensor<1x20xf32>, tensor<20xf32>) -> tensor<1x20xf32>
  %7 = nn.relu(%6) : (tensor<1x20xf32>) -> tensor<1x20xf32>
  %8 = nn.gemm(%7, %f2, %b2) {transB = true} : (tensor<1x20xf32>, tensor<10x20xf32>, tensor<10xf32>) -> tensor<1x10xf32>
  %9 = nn.softmax(%8) {axis = 1 : i64} : (tensor<1x10xf32>) -> tensor<1x10xf32>
  return %9 : tensor<1x10xf32>
}

// A global pool becomes a window of the size that it pools at the model's own shape; a shuffle of channels keeps its
// dimensions apart from those that grow; a second function of the module is enlarged by its own input's name.
// CHECK-LABEL: @pooled
// CHECK: nn.reshape(%arg0) : (tensor<1x4x9x9xf32>) -> tensor<1x2x2x9x9xf32>
// CHECK: nn.transpose
// CHECK: nn.average_pool({{.*}}) {{.*}}kernel_shape = array<i64: 7, 7>{{.*}} -> tensor<1x4x3x3xf32>
// CHECK: %[[Y:.*]] = nn.conv({{.*}} -> tensor<1x5x3x3xf32>
// CHECK-NEXT: return %[[Y]]
func.func @pooled(%y: tensor<1x4x7x7xf32> {nn.name = "y"}, %w: tensor<4x5xf32>) -> tensor<1x5xf32> {
  %0 = nn.reshape(%y) : (tensor<1x4x7x7xf32>) -> tensor<1x2x2x7x7xf32>
  %1 = nn.transpose(%0) {perm = array<i64: 0, 2, 1, 3, 4>} : (tensor<1x2x2x7x7xf32>) -> tensor<1x2x2x7x7xf32>
  %2 = nn.reshape(%1) : (tensor<1x2x2x7x7xf32>) -> tensor<1x4x7x7xf32>
  %3 = nn.reduce_mean(%2) {axes = array<i64: 2, 3>, keepdims = false} : (tensor<1x4x7x7xf32>) -> tensor<1x4xf32>
  %4 = nn.gemm(%3, %w) : (tensor<1x4xf32>, tensor<4x5xf32>) -> tensor<1x5xf32>
  return %4 : tensor<1x5xf32>
}
