// RUN: kiln check %s | FileCheck %s
// RUN: kiln check --target=x86-64-v3 %s | FileCheck %s

// Transposed convolutions against the reference evaluator.
// CHECK: agree
func.func @main(%x: tensor<2x20x5x4xf32>, %even: tensor<20x33x4x4xf32>, %bias: tensor<33xf32>, %odd: tensor<20x5x3x2xf32>,
                %gaps: tensor<20x16x2x2xf32>, %wide: tensor<20x3x16x16xf32>, %three: tensor<3xf32>, %groups: tensor<20x3x3x3xf32>,
                %far: tensor<20x4x2x3xf32>, %spread: tensor<20x17x2x3xf32>)
    -> (tensor<2x33x10x8xf32>, tensor<2x5x11x5xf32>, tensor<2x16x14x12xf32>, tensor<2x3x40x32xf32>, tensor<2x12x10x8xf32>,
        tensor<2x4x3x12xf32>, tensor<2x17x12x16xf32>) {
  // Stride 2 with a kernel of 4, an activation behind it: four convolutions that write every other pixel.
  %0 = nn.conv_transpose(%x, %even, bias %bias) {strides = array<i64: 2, 2>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>,
      output_padding = array<i64: 0, 0>, activation = #nn.activation<relu>} : (tensor<2x20x5x4xf32>, tensor<20x33x4x4xf32>, tensor<33xf32>) -> tensor<2x33x10x8xf32>
  // Residues with different numbers of taps, and a dimension with stride 1.
  %1 = nn.conv_transpose(%x, %odd) {strides = array<i64: 2, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>,
      output_padding = array<i64: 0, 0>} : (tensor<2x20x5x4xf32>, tensor<20x5x3x2xf32>) -> tensor<2x5x11x5xf32>
  // A kernel smaller than the stride leaves pixels that no tap reaches.
  %2 = nn.conv_transpose(%x, %gaps) {strides = array<i64: 3, 3>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>,
      output_padding = array<i64: 0, 1>} : (tensor<2x20x5x4xf32>, tensor<20x16x2x2xf32>) -> tensor<2x16x14x12xf32>
  // A large stride: one convolution of as many channels as there are residues.
  %3 = nn.conv_transpose(%x, %wide, bias %three) {strides = array<i64: 8, 8>, pads = array<i64: 4, 4, 4, 4>, dilations = array<i64: 1, 1>,
      output_padding = array<i64: 0, 0>} : (tensor<2x20x5x4xf32>, tensor<20x3x16x16xf32>, tensor<3xf32>) -> tensor<2x3x40x32xf32>
  // Groups.
  %4 = nn.conv_transpose(%x, %groups) {strides = array<i64: 2, 2>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>,
      output_padding = array<i64: 1, 1>, groups = 4 : i64} : (tensor<2x20x5x4xf32>, tensor<20x3x3x3xf32>) -> tensor<2x12x10x8xf32>
  // Pads that leave out whole input pixels.
  %5 = nn.conv_transpose(%x, %far) {strides = array<i64: 1, 2>, pads = array<i64: 2, 3, 1, 0>, dilations = array<i64: 1, 1>,
      output_padding = array<i64: 0, 6>} : (tensor<2x20x5x4xf32>, tensor<20x4x2x3xf32>) -> tensor<2x4x3x12xf32>
  // Dilations, with and without a common divisor with the stride.
  %6 = nn.conv_transpose(%x, %spread) {strides = array<i64: 2, 3>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 3, 3>,
      output_padding = array<i64: 0, 0>} : (tensor<2x20x5x4xf32>, tensor<20x17x2x3xf32>) -> tensor<2x17x12x16xf32>
  return %0, %1, %2, %3, %4, %5, %6 : tensor<2x33x10x8xf32>, tensor<2x5x11x5xf32>, tensor<2x16x14x12xf32>, tensor<2x3x40x32xf32>,
      tensor<2x12x10x8xf32>, tensor<2x4x3x12xf32>, tensor<2x17x12x16xf32>
}
