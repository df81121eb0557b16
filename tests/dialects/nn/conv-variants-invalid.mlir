// RUN: kiln-opt %s -split-input-file -verify-diagnostics

// One rank for both.
func.func @filter_of_another_rank(%x: tensor<1x8x4x4xf32>, %w: tensor<8x2x3xf32>) {
  // expected-error @+1 {{input and filter must have one rank of 3, 4 or 5, but have 4 and 3 [CT1]}}
  nn.conv_transpose(%x, %w) {strides = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, output_padding = array<i64: 0, 0>, groups = 1 : i64} : (tensor<1x8x4x4xf32>, tensor<8x2x3xf32>) -> tensor<1x2x9x9xf32>
  return
}

// -----

// Two spatial dimensions, one stride.
func.func @one_stride(%x: tensor<1x8x4x4xf32>, %w: tensor<8x2x3x3xf32>) {
  // expected-error @+1 {{strides, dilations and output_padding must have one entry per spatial dimension, pads two [CT2]}}
  nn.conv_transpose(%x, %w) {strides = array<i64: 2>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, output_padding = array<i64: 0, 0>, groups = 1 : i64} : (tensor<1x8x4x4xf32>, tensor<8x2x3x3xf32>) -> tensor<1x2x9x9xf32>
  return
}

// -----

// The filter's first size is the input's channels.
func.func @filter_of_other_channels(%x: tensor<1x8x4x4xf32>, %w: tensor<4x2x3x3xf32>) {
  // expected-error @+1 {{input channels (8) must be those of the filter (4x2x3x3) and a multiple of groups (1) [CT3]}}
  nn.conv_transpose(%x, %w) {strides = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, output_padding = array<i64: 0, 0>, groups = 1 : i64} : (tensor<1x8x4x4xf32>, tensor<4x2x3x3xf32>) -> tensor<1x2x9x9xf32>
  return
}

// -----

// One bias a filter of each group.
func.func @bias_of_other_filters(%x: tensor<1x8x4x4xf32>, %w: tensor<8x2x3x3xf32>, %b: tensor<2xf32>) {
  // expected-error @+1 {{bias must have one entry per output channel (4), but has shape 2 [CT4]}}
  nn.conv_transpose(%x, %w, bias %b) {strides = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, output_padding = array<i64: 0, 0>, groups = 2 : i64} : (tensor<1x8x4x4xf32>, tensor<8x2x3x3xf32>, tensor<2xf32>) -> tensor<1x2x9x9xf32>
  return
}

// -----

// Pads cut the result; here they leave nothing.
func.func @pads_take_all(%x: tensor<1x8x4x4xf32>, %w: tensor<8x2x3x3xf32>) {
  // expected-error @+1 {{nothing is left of spatial dimension 1, or more than any tensor holds [CT5]}}
  nn.conv_transpose(%x, %w) {strides = array<i64: 2, 2>, pads = array<i64: 0, 5, 0, 5>, dilations = array<i64: 1, 1>, output_padding = array<i64: 0, 0>, groups = 1 : i64} : (tensor<1x8x4x4xf32>, tensor<8x2x3x3xf32>) -> tensor<1x2x9x9xf32>
  return
}

// -----

// No conversion on the way.
func.func @mixed_types(%x: tensor<1x8x4x4xf32>, %w: tensor<8x2x3x3xf16>) {
  // expected-error @+1 {{operands must have one element type, but have 'f32' and 'f16' [CT6]}}
  nn.conv_transpose(%x, %w) {strides = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, output_padding = array<i64: 0, 0>, groups = 1 : i64} : (tensor<1x8x4x4xf32>, tensor<8x2x3x3xf16>) -> tensor<1x2x9x9xf32>
  return
}

// -----

// Filters of positions, taps and channels.
func.func @filter_of_a_convolution(%x: tensor<1x3x8xf32>, %w: tensor<9x4xf32>) {
  // expected-error @+1 {{input must have rank 3, 4 or 5 and the filter rank 3, but they have 3 and 2 [LC1]}}
  nn.local_conv(%x, %w) {kernel_shape = array<i64: 3>, strides = array<i64: 1>, pads = array<i64: 0, 0>, dilations = array<i64: 1>} : (tensor<1x3x8xf32>, tensor<9x4xf32>) -> tensor<1x4x6xf32>
  return
}

// -----

// A line has one kernel size.
func.func @two_kernel_sizes(%x: tensor<1x3x8xf32>, %w: tensor<6x9x4xf32>) {
  // expected-error @+1 {{kernel size must have 1 entries, but has 2 [LC2]}}
  nn.local_conv(%x, %w) {kernel_shape = array<i64: 3, 3>, strides = array<i64: 1>, pads = array<i64: 0, 0>, dilations = array<i64: 1>} : (tensor<1x3x8xf32>, tensor<6x9x4xf32>) -> tensor<1x4x6xf32>
  return
}

// -----

// The kernel must fit once.
func.func @kernel_does_not_fit(%x: tensor<1x3x8xf32>, %w: tensor<6x9x4xf32>) {
  // expected-error @+1 {{[LC3]}}
  nn.local_conv(%x, %w) {kernel_shape = array<i64: 9>, strides = array<i64: 1>, pads = array<i64: 0, 0>, dilations = array<i64: 1>} : (tensor<1x3x8xf32>, tensor<6x9x4xf32>) -> tensor<1x4x6xf32>
  return
}

// -----

// Each output pixel has its filters.
func.func @filter_of_other_positions(%x: tensor<1x3x8xf32>, %w: tensor<5x9x4xf32>) {
  // expected-error @+1 {{filter must have 6 positions and 9 taps, but has shape 5x9x4 [LC4]}}
  nn.local_conv(%x, %w) {kernel_shape = array<i64: 3>, strides = array<i64: 1>, pads = array<i64: 0, 0>, dilations = array<i64: 1>} : (tensor<1x3x8xf32>, tensor<5x9x4xf32>) -> tensor<1x4x6xf32>
  return
}

// -----

// No conversion on the way.
func.func @local_mixed_types(%x: tensor<1x3x8xf32>, %w: tensor<6x9x4xf16>) {
  // expected-error @+1 {{operands must have one element type, but have 'f32' and 'f16' [LC5]}}
  nn.local_conv(%x, %w) {kernel_shape = array<i64: 3>, strides = array<i64: 1>, pads = array<i64: 0, 0>, dilations = array<i64: 1>} : (tensor<1x3x8xf32>, tensor<6x9x4xf16>) -> tensor<1x4x6xf32>
  return
}

// -----

// There must be something to take the mean of.
func.func @norm_of_a_row(%x: tensor<1x3xf32>, %s: tensor<3xf32>) {
  // expected-error @+1 {{input must have rank 3, 4 or 5, but has 2 [IN1]}}
  nn.instance_norm(%x, %s, %s) {epsilon = 1.0e-05 : f64} : (tensor<1x3xf32>, tensor<3xf32>, tensor<3xf32>) -> tensor<1x3xf32>
  return
}

// -----

// One scale a channel.
func.func @scale_of_other_channels(%x: tensor<1x3x8xf32>, %s: tensor<4xf32>) {
  // expected-error @+1 {{scale and offset must have one entry per channel (3), but one has shape 4 [IN2]}}
  nn.instance_norm(%x, %s, %s) {epsilon = 1.0e-05 : f64} : (tensor<1x3x8xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<1x3x8xf32>
  return
}

// -----

// The square root needs it.
func.func @negative_epsilon(%x: tensor<1x3x8xf32>, %s: tensor<3xf32>) {
  // expected-error @+1 {{epsilon must not be negative [IN3]}}
  nn.instance_norm(%x, %s, %s) {epsilon = -1.0 : f64} : (tensor<1x3x8xf32>, tensor<3xf32>, tensor<3xf32>) -> tensor<1x3x8xf32>
  return
}

// -----

// Two by two residues are four inputs.
func.func @too_few_parts(%a: tensor<1x2x4x3xf32>, %b: tensor<1x2x4x2xf32>) {
  // expected-error @+1 {{steps (2x2) must fit the rank and number of the inputs (2) [IL1]}}
  nn.interleave(%a, %b) {steps = array<i64: 2, 2>} : (tensor<1x2x4x3xf32>, tensor<1x2x4x2xf32>) -> tensor<1x2x4x5xf32>
  return
}

// -----

// Pixels of one map have the same channels.
func.func @parts_of_other_channels(%a: tensor<1x2x4x3xf32>, %b: tensor<1x3x4x2xf32>) {
  // expected-error @+1 {{inputs must have one batch, channel count and element type, but have types 'tensor<1x2x4x3xf32>' and 'tensor<1x3x4x2xf32>' [IL2]}}
  nn.interleave(%a, %b) {steps = array<i64: 1, 2>} : (tensor<1x2x4x3xf32>, tensor<1x3x4x2xf32>) -> tensor<1x2x4x5xf32>
  return
}

// -----

// No map has four even columns and two odd ones.
func.func @parts_of_no_map(%a: tensor<1x2x4x4xf32>, %b: tensor<1x2x4x2xf32>) {
  // expected-error @+1 {{the inputs' sizes in spatial dimension 1 are not those of one result [IL3]}}
  nn.interleave(%a, %b) {steps = array<i64: 1, 2>} : (tensor<1x2x4x4xf32>, tensor<1x2x4x2xf32>) -> tensor<1x2x4x5xf32>
  return
}
