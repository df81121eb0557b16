// RUN: kiln-opt %s --split-input-file --verify-diagnostics --pass-pipeline='builtin.module(schedule-nn-to-kernel)'

// A convolution in a type without kernels is refused with the type's name.
func.func @conv_f64(%x: tensor<1x3x4x4xf64>, %w: tensor<4x3x1x1xf64>) -> tensor<1x4x4x4xf64> {
  // expected-error @below {{has no kernel for element type 'f64'}}
  %y = nn.conv(%x, %w) {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>}
      : (tensor<1x3x4x4xf64>, tensor<4x3x1x1xf64>) -> tensor<1x4x4x4xf64>
  return %y : tensor<1x4x4x4xf64>
}
