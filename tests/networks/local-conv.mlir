// RUN: kiln check %s | FileCheck %s
// RUN: kiln check --target=x86-64-v3 %s | FileCheck %s

// Locally connected layers against the reference evaluator: channels and filters that do not fill blocks, pads, strides and dilations,
// a batch of two, one and three spatial dimensions.
// CHECK: agree
func.func @main(%x: tensor<2x19x7x6xf32>, %f: tensor<12x171x37xf32>, %line: tensor<1x3x9xf32>, %g: tensor<3x9x16xf32>,
                %cube: tensor<1x2x3x4x3xf32>, %h: tensor<6x16x150xf32>)
    -> (tensor<2x37x4x3xf32>, tensor<1x16x3xf32>, tensor<1x150x2x3x1xf32>) {
  %0 = nn.local_conv(%x, %f) {kernel_shape = array<i64: 3, 3>, strides = array<i64: 2, 2>, pads = array<i64: 1, 1, 1, 0>, dilations = array<i64: 1, 1>}
      : (tensor<2x19x7x6xf32>, tensor<12x171x37xf32>) -> tensor<2x37x4x3xf32>
  %1 = nn.local_conv(%line, %g) {kernel_shape = array<i64: 3>, strides = array<i64: 2>, pads = array<i64: 0, 1>, dilations = array<i64: 2>}
      : (tensor<1x3x9xf32>, tensor<3x9x16xf32>) -> tensor<1x16x3xf32>
  %2 = nn.local_conv(%cube, %h) {kernel_shape = array<i64: 2, 2, 2>, strides = array<i64: 1, 1, 2>, pads = array<i64: 0, 0, 0, 0, 0, 0>, dilations = array<i64: 1, 1, 1>}
      : (tensor<1x2x3x4x3xf32>, tensor<6x16x150xf32>) -> tensor<1x150x2x3x1xf32>
  return %0, %1, %2 : tensor<2x37x4x3xf32>, tensor<1x16x3xf32>, tensor<1x150x2x3x1xf32>
}
