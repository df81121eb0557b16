// RUN: kiln-opt %s -split-input-file -verify-diagnostics

// A dense layer's operand is no feature map.
func.func @rank_too_small(%x: tensor<1x3xf32>, %w: tensor<4x3xf32>) {
  // expected-error @+1 {{input and filter must have one rank of 3, 4 or 5, but have 2 and 2 [C1]}}
  nn.conv(%x, %w) {strides = array<i64>, pads = array<i64>, dilations = array<i64>} : (tensor<1x3xf32>, tensor<4x3xf32>) -> tensor<1x4xf32>
  return
}

// -----

// A filter slides over as many dimensions as it has.
func.func @ranks_differ(%x: tensor<1x3x8x8xf32>, %w: tensor<4x3x3xf32>) {
  // expected-error @+1 {{must have one rank of 3, 4 or 5, but have 4 and 3 [C1]}}
  nn.conv(%x, %w) {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>} : (tensor<1x3x8x8xf32>, tensor<4x3x3xf32>) -> tensor<1x4x6x6xf32>
  return
}

// -----

// Every spatial dimension has its stride.
func.func @too_few_strides(%x: tensor<1x3x8x8xf32>, %w: tensor<4x3x3x3xf32>) {
  // expected-error @+1 {{strides must have 2 entries, but has 1 [C2]}}
  nn.conv(%x, %w) {strides = array<i64: 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>} : (tensor<1x3x8x8xf32>, tensor<4x3x3x3xf32>) -> tensor<1x4x6x6xf32>
  return
}

// -----

// A window that does not move never ends.
func.func @zero_stride(%x: tensor<1x3x8x8xf32>, %w: tensor<4x3x3x3xf32>) {
  // expected-error @+1 {{strides must be positive, but is 1x0 [C2]}}
  nn.conv(%x, %w) {strides = array<i64: 1, 0>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>} : (tensor<1x3x8x8xf32>, tensor<4x3x3x3xf32>) -> tensor<1x4x6x6xf32>
  return
}

// -----

// Taps lie at different positions.
func.func @zero_dilation(%x: tensor<1x3x8x8xf32>, %w: tensor<4x3x3x3xf32>) {
  // expected-error @+1 {{dilations must be positive, but is 0x1 [C2]}}
  nn.conv(%x, %w) {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 0, 1>} : (tensor<1x3x8x8xf32>, tensor<4x3x3x3xf32>) -> tensor<1x4x6x6xf32>
  return
}

// -----

// Pads have begins and ends.
func.func @too_few_pads(%x: tensor<1x3x8x8xf32>, %w: tensor<4x3x3x3xf32>) {
  // expected-error @+1 {{pads must have 4 entries, but has 2 [C2]}}
  nn.conv(%x, %w) {strides = array<i64: 1, 1>, pads = array<i64: 0, 0>, dilations = array<i64: 1, 1>} : (tensor<1x3x8x8xf32>, tensor<4x3x3x3xf32>) -> tensor<1x4x6x6xf32>
  return
}

// -----

// Cropping is nn.slice.
func.func @negative_pad(%x: tensor<1x3x8x8xf32>, %w: tensor<4x3x3x3xf32>) {
  // expected-error @+1 {{pads must not be negative [C2]}}
  nn.conv(%x, %w) {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, -1, 0>, dilations = array<i64: 1, 1>} : (tensor<1x3x8x8xf32>, tensor<4x3x3x3xf32>) -> tensor<1x4x6x6xf32>
  return
}

// -----

// Every filter spans the channels of its group.
func.func @channels_differ(%x: tensor<1x3x8x8xf32>, %w: tensor<4x5x3x3xf32>) {
  // expected-error @+1 {{'nn.conv' op input channels (3) must equal filter channels (5) * groups (1) [C3]}}
  nn.conv(%x, %w) {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>} : (tensor<1x3x8x8xf32>, tensor<4x5x3x3xf32>) -> tensor<1x4x6x6xf32>
  return
}

// -----

// Filters are dealt out evenly.
func.func @filters_not_a_multiple(%x: tensor<1x4x8x8xf32>, %w: tensor<5x2x3x3xf32>) {
  // expected-error @+1 {{filter count (5) must be a multiple of groups (2) [C3]}}
  nn.conv(%x, %w) {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, groups = 2 : i64} : (tensor<1x4x8x8xf32>, tensor<5x2x3x3xf32>) -> tensor<1x5x6x6xf32>
  return
}

// -----

// No groups, no convolution.
func.func @negative_groups(%x: tensor<1x4x8x8xf32>, %w: tensor<4x4x3x3xf32>) {
  // expected-error @+1 {{groups must be positive, but is -1 [C3]}}
  nn.conv(%x, %w) {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, groups = -1 : i64} : (tensor<1x4x8x8xf32>, tensor<4x4x3x3xf32>) -> tensor<1x4x6x6xf32>
  return
}

// -----

// A bias belongs to filters, not to input channels.
func.func @bias_of_the_input(%x: tensor<1x3x8x8xf32>, %w: tensor<4x3x3x3xf32>, %b: tensor<3xf32>) {
  // expected-error @+1 {{bias must have one entry per filter (4), but has shape 3 [C4]}}
  nn.conv(%x, %w, bias %b) {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>} : (tensor<1x3x8x8xf32>, tensor<4x3x3x3xf32>, tensor<3xf32>) -> tensor<1x4x6x6xf32>
  return
}

// -----

// A dilated kernel of 3 spans 9 positions.
func.func @kernel_does_not_fit(%x: tensor<1x3x8x8xf32>, %w: tensor<4x3x3x3xf32>) {
  // expected-error @+1 {{kernel size 3 with dilation 4 does not fit input size 8 with pads 0 and 0 in spatial dimension 1 [C5]}}
  nn.conv(%x, %w) {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 4>} : (tensor<1x3x8x8xf32>, tensor<4x3x3x3xf32>) -> tensor<1x4x6x1xf32>
  return
}

// -----

// A size that overflows is not a size.
func.func @overflow(%x: tensor<1x3x8x8xf32>, %w: tensor<4x3x3x3xf32>) {
  // expected-error @+1 {{with dilation 9223372036854775807 does not fit input size 8 with pads 9223372036854775807 and 9223372036854775807 in spatial dimension 0 [C5]}}
  nn.conv(%x, %w) {strides = array<i64: 1, 1>, pads = array<i64: 9223372036854775807, 0, 9223372036854775807, 0>, dilations = array<i64: 9223372036854775807, 1>} : (tensor<1x3x8x8xf32>, tensor<4x3x3x3xf32>) -> tensor<1x4x6x1xf32>
  return
}

// -----

// A filter without taps computes nothing.
func.func @empty_filter(%x: tensor<1x3x8x8xf32>, %w: tensor<4x3x0x3xf32>) {
  // expected-error @+1 {{filter must not be empty, but has shape 4x3x0x3 [C5]}}
  nn.conv(%x, %w) {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>} : (tensor<1x3x8x8xf32>, tensor<4x3x0x3xf32>) -> tensor<1x4x8x6xf32>
  return
}

// -----

// A residual is added position by position, it does not broadcast.
func.func @residual_broadcasts(%x: tensor<1x3x8x8xf32>, %w: tensor<4x3x3x3xf32>, %r: tensor<1x4x1x1xf32>) {
  // expected-error @+1 {{residual must have the shape of the result (1x4x6x6), but has 1x4x1x1 [C6]}}
  nn.conv(%x, %w, residual %r) {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>} : (tensor<1x3x8x8xf32>, tensor<4x3x3x3xf32>, tensor<1x4x1x1xf32>) -> tensor<1x4x6x6xf32>
  return
}

// -----

// Mixed precision is written with nn.cast.
func.func @types_differ(%x: tensor<1x3x8x8xf32>, %w: tensor<4x3x3x3xf16>) {
  // expected-error @+1 {{operands must have one element type, but have 'f32' and 'f16' [C7]}}
  nn.conv(%x, %w) {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>} : (tensor<1x3x8x8xf32>, tensor<4x3x3x3xf16>) -> tensor<1x4x6x6xf32>
  return
}

// -----

// The result's size follows from the operands.
func.func @wrong_result(%x: tensor<1x3x8x8xf32>, %w: tensor<4x3x3x3xf32>) {
  // expected-error @+1 {{result must have type 'tensor<1x4x6x6xf32>', but has 'tensor<1x4x8x8xf32>' [Z2]}}
  nn.conv(%x, %w) {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>} : (tensor<1x3x8x8xf32>, tensor<4x3x3x3xf32>) -> tensor<1x4x8x8xf32>
  return
}

// -----

// No machine holds the result of padding by 2^32.
func.func @huge_result(%x: tensor<1x3x8x8xf32>, %w: tensor<4x3x3x3xf32>) {
  // expected-error @+1 {{a tensor of size 1x4x4294967302x4294967302 and type 'f32' is larger than 2^40 bytes or has no valid size [Z1]}}
  nn.conv(%x, %w) {strides = array<i64: 1, 1>, pads = array<i64: 4294967296, 4294967296, 0, 0>, dilations = array<i64: 1, 1>} : (tensor<1x3x8x8xf32>, tensor<4x3x3x3xf32>) -> tensor<1x4x8x8xf32>
  return
}

// -----

// Vectors are multiplied by nn.matmul.
func.func @gemm_of_a_vector(%a: tensor<3xf32>, %b: tensor<3x4xf32>) {
  // expected-error @+1 {{a and b must have rank 2, but have shapes 3 and 3x4 [G1]}}
  nn.gemm(%a, %b) : (tensor<3xf32>, tensor<3x4xf32>) -> tensor<1x4xf32>
  return
}

// -----

// transB swaps the sizes of b before they are compared.
func.func @gemm_inner_sizes(%a: tensor<2x3xf32>, %b: tensor<3x4xf32>) {
  // expected-error @+1 {{inner sizes must agree, but are 3 and 4 [G2]}}
  nn.gemm(%a, %b) {transB = true} : (tensor<2x3xf32>, tensor<3x4xf32>) -> tensor<2x3xf32>
  return
}

// -----

// The addend broadcasts to the product, not the other way round.
func.func @gemm_addend(%a: tensor<1x3xf32>, %b: tensor<3x4xf32>, %c: tensor<2x4xf32>) {
  // expected-error @+1 {{c must broadcast to 1x4, but has shape 2x4 [G3]}}
  nn.gemm(%a, %b, %c) : (tensor<1x3xf32>, tensor<3x4xf32>, tensor<2x4xf32>) -> tensor<2x4xf32>
  return
}

// -----

// A gemm has one element type.
func.func @gemm_types(%a: tensor<1x3xf32>, %b: tensor<3x4xf64>) {
  // expected-error @+1 {{operands must have one element type, but have 'f32' and 'f64' [G4]}}
  nn.gemm(%a, %b) : (tensor<1x3xf32>, tensor<3x4xf64>) -> tensor<1x4xf32>
  return
}

// -----

// A scalar has no inner size.
func.func @matmul_of_a_scalar(%a: tensor<f32>, %b: tensor<3x4xf32>) {
  // expected-error @+1 {{operands must have rank 1 or more [M1]}}
  nn.matmul(%a, %b) : (tensor<f32>, tensor<3x4xf32>) -> tensor<3x4xf32>
  return
}

// -----

// Rows of a meet columns of b.
func.func @matmul_inner_sizes(%a: tensor<2x3xf32>, %b: tensor<4x3xf32>) {
  // expected-error @+1 {{inner sizes must agree, but are 3 and 4 [M2]}}
  nn.matmul(%a, %b) : (tensor<2x3xf32>, tensor<4x3xf32>) -> tensor<2x3xf32>
  return
}

// -----

// Batches are equal or one.
func.func @matmul_batches(%a: tensor<2x2x3xf32>, %b: tensor<3x3x4xf32>) {
  // expected-error @+1 {{leading dimensions must broadcast, but the shapes are 2x2x3 and 3x3x4 [M3]}}
  nn.matmul(%a, %b) : (tensor<2x2x3xf32>, tensor<3x3x4xf32>) -> tensor<2x2x4xf32>
  return
}

// -----

// A matmul has one element type.
func.func @matmul_types(%a: tensor<2x3xi8>, %b: tensor<3x4xi32>) {
  // expected-error @+1 {{operands must have one element type, but have 'i8' and 'i32' [M4]}}
  nn.matmul(%a, %b) : (tensor<2x3xi8>, tensor<3x4xi32>) -> tensor<2x4xi32>
  return
}

// -----

// Without a channel dimension there is no channel statistic.
func.func @batch_norm_rank(%x: tensor<4xf32>, %c: tensor<4xf32>) {
  // expected-error @+1 {{input must have rank 2 or more, but has 1 [B1]}}
  nn.batch_norm(%x, %c, %c, %c, %c) : (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

// Each channel has its mean.
func.func @batch_norm_mean(%x: tensor<1x4xf32>, %c: tensor<4xf32>, %m: tensor<1xf32>) {
  // expected-error @+1 {{mean must have one entry per channel (4), but has shape 1 [B2]}}
  nn.batch_norm(%x, %c, %c, %m, %c) : (tensor<1x4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<1xf32>, tensor<4xf32>) -> tensor<1x4xf32>
  return
}

// -----

// A negative epsilon can make the divisor zero.
func.func @batch_norm_epsilon(%x: tensor<1x4xf32>, %c: tensor<4xf32>) {
  // expected-error @+1 {{epsilon must not be negative [B3]}}
  nn.batch_norm(%x, %c, %c, %c, %c) {epsilon = -1.0e-5} : (tensor<1x4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<1x4xf32>
  return
}

// -----

// Local response needs feature maps.
func.func @lrn_rank(%x: tensor<1x4xf32>) {
  // expected-error @+1 {{input must have rank 3 or more, but has 2 [L1]}}
  nn.lrn(%x) {size = 5 : i64} : (tensor<1x4xf32>) -> tensor<1x4xf32>
  return
}

// -----

// A window of no channels normalises nothing.
func.func @lrn_size(%x: tensor<1x4x2x2xf32>) {
  // expected-error @+1 {{size must be positive, but is 0 [L2]}}
  nn.lrn(%x) {size = 0 : i64} : (tensor<1x4x2x2xf32>) -> tensor<1x4x2x2xf32>
  return
}

// -----

// A clip without its upper bound would be a relu by another name.
// expected-error @+1 {{clip takes 2 parameters, but has 1 [A1]}}
func.func private @activation() attributes {nn.activation = #nn.activation<clip, 0.0>}

// -----

// The addends of a convolution are named.
func.func @unknown_addend(%x: tensor<1x3x8x8xf32>, %w: tensor<4x3x3x3xf32>) {
  // expected-error @+1 {{expected at most one 'bias', then at most one 'residual'}}
  nn.conv(%x, %w, shortcut %x) {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>} : (tensor<1x3x8x8xf32>, tensor<4x3x3x3xf32>) -> tensor<1x4x6x6xf32>
  return
}
