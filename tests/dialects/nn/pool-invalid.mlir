// RUN: kiln-opt %s -split-input-file -verify-diagnostics

// A window needs something to slide over.
func.func @no_spatial_dimension(%x: tensor<1x3xf32>) {
  // expected-error @+1 {{input must have rank 3, 4 or 5, but has 2 [P1]}}
  nn.max_pool(%x) {kernel_shape = array<i64>, strides = array<i64>, pads = array<i64>, dilations = array<i64>} : (tensor<1x3xf32>) -> tensor<1x3xf32>
  return
}

// -----

// Two spatial dimensions, two kernel sizes.
func.func @kernel_of_another_rank(%x: tensor<1x3x4x4xf32>) {
  // expected-error @+1 {{kernel size must have 2 entries, but has 1 [P2]}}
  nn.max_pool(%x) {kernel_shape = array<i64: 2>, strides = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>} : (tensor<1x3x4x4xf32>) -> tensor<1x3x2x2xf32>
  return
}

// -----

// A kernel has at least one tap.
func.func @empty_kernel(%x: tensor<1x3x4x4xf32>) {
  // expected-error @+1 {{kernel size must be positive, but is 2x0 [P2]}}
  nn.average_pool(%x) {kernel_shape = array<i64: 2, 0>, strides = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>} : (tensor<1x3x4x4xf32>) -> tensor<1x3x2x2xf32>
  return
}

// -----

// A pool that saw only padding would have no value.
func.func @pad_as_large_as_the_kernel(%x: tensor<1x3x4x4xf32>) {
  // expected-error @+1 {{pad 2 must be smaller than the dilated kernel in spatial dimension 1 [P3]}}
  nn.max_pool(%x) {kernel_shape = array<i64: 2, 2>, strides = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 2>, dilations = array<i64: 1, 1>} : (tensor<1x3x4x4xf32>) -> tensor<1x3x2x3xf32>
  return
}

// -----

// The window must fit once.
func.func @kernel_does_not_fit(%x: tensor<1x3x4x4xf32>) {
  // expected-error @+1 {{kernel size 5 with dilation 1 does not fit input size 4 with pads 0 and 0 in spatial dimension 0 [P4]}}
  nn.average_pool(%x) {kernel_shape = array<i64: 5, 2>, strides = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>} : (tensor<1x3x4x4xf32>) -> tensor<1x3x1x2xf32>
  return
}

// -----

// The verifier knows ceil_mode's result.
func.func @ceil_mode_result(%x: tensor<1x3x6x6xf32>) {
  // expected-error @+1 {{result must have type 'tensor<1x3x3x3xf32>', but has 'tensor<1x3x2x2xf32>' [Z2]}}
  nn.max_pool(%x) {kernel_shape = array<i64: 3, 3>, strides = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, ceil_mode = true} : (tensor<1x3x6x6xf32>) -> tensor<1x3x2x2xf32>
  return
}

// -----

// A global pool reduces spatial dimensions.
func.func @global_pool_of_a_matrix(%x: tensor<1x3xf32>) {
  // expected-error @+1 {{input must have rank 3 or more, but has 2 [GP1]}}
  nn.global_max_pool(%x) : (tensor<1x3xf32>) -> tensor<1x3xf32>
  return
}
