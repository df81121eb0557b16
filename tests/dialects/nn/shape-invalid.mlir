// RUN: kiln-opt %s -split-input-file -verify-diagnostics

// A constant is what its type says.
func.func @constant_type() {
  // expected-error @+1 {{value must have the type of the result 'tensor<3xf32>', but has 'tensor<2xf32>' [K1]}}
  nn.constant(dense<[1.0, 2.0]> : tensor<2xf32>) : tensor<3xf32>
  return
}

// -----

// Text that was printed without its weights is refused, not compiled with zeros.
func.func @constant_without_contents() {
  // expected-error @+1 {{resource 'lost' has no contents here [K2]}}
  nn.constant(dense_resource<lost> : tensor<2xf32>) : tensor<2xf32>
  return
}

// -----

// A resource of another size belongs to another tensor.
func.func @constant_size() {
  // expected-error @+1 {{resource 'weights' must hold 12 bytes, but holds 8 [K2]}}
  nn.constant(dense_resource<weights> : tensor<3xf32>) : tensor<3xf32>
  return
}

{-#
  dialect_resources: {
    builtin: {
      weights: "0x040000000000803F00000040"
    }
  }
#-}

// -----

// Nothing joined has no type.
func.func @concat_of_nothing() {
  // expected-error @+1 {{needs at least one input [CC1]}}
  nn.concat() {axis = 0 : i64} : () -> tensor<0xf32>
  return
}

// -----

// Joined tensors have one rank.
func.func @concat_ranks(%a: tensor<2xf32>, %b: tensor<2x1xf32>) {
  // expected-error @+1 {{inputs must have one rank above 0 and one element type, but have types 'tensor<2xf32>' and 'tensor<2x1xf32>' [CC1]}}
  nn.concat(%a, %b) {axis = 0 : i64} : (tensor<2xf32>, tensor<2x1xf32>) -> tensor<4xf32>
  return
}

// -----

// Importers resolve negative axes.
func.func @concat_axis(%a: tensor<2x1xf32>) {
  // expected-error @+1 {{axis -1 must be a dimension of 2x1 [CC2]}}
  nn.concat(%a, %a) {axis = -1 : i64} : (tensor<2x1xf32>, tensor<2x1xf32>) -> tensor<2x2xf32>
  return
}

// -----

// Joined tensors agree outside of the axis.
func.func @concat_sizes(%a: tensor<2x1xf32>, %b: tensor<3x1xf32>) {
  // expected-error @+1 {{inputs must agree outside of axis 1, but have shapes 2x1 and 3x1 [CC3]}}
  nn.concat(%a, %b) {axis = 1 : i64} : (tensor<2x1xf32>, tensor<3x1xf32>) -> tensor<2x2xf32>
  return
}

// -----

// A cut runs across a dimension.
func.func @split_axis(%a: tensor<4xf32>) {
  // expected-error @+1 {{axis 1 must be a dimension of 4 [SP1]}}
  nn.split(%a) {axis = 1 : i64} : (tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

// A split into nothing loses the tensor.
func.func @split_into_nothing(%a: tensor<4xf32>) {
  // expected-error @+1 {{needs at least one result [SP1]}}
  nn.split(%a) {axis = 0 : i64} : (tensor<4xf32>) -> ()
  return
}

// -----

// Parts make up the whole.
func.func @split_sum(%a: tensor<4xf32>) {
  // expected-error @+1 {{sizes of the results along axis 0 must add up to 4 [SP2]}}
  nn.split(%a) {axis = 0 : i64} : (tensor<4xf32>) -> (tensor<1xf32>, tensor<2xf32>)
  return
}

// -----

// Parts differ from the whole along the axis only.
func.func @split_shape(%a: tensor<4x2xf32>) {
  // expected-error @+1 {{results must agree with the input outside of axis 0, but have types 'tensor<4x2xf32>' and 'tensor<2x1xf32>' [SP2]}}
  nn.split(%a) {axis = 0 : i64} : (tensor<4x2xf32>) -> (tensor<2x2xf32>, tensor<2x1xf32>)
  return
}

// -----

// One entry per dimension.
func.func @slice_entries(%a: tensor<4x2xf32>) {
  // expected-error @+1 {{starts, sizes and steps must have 2 entries, but have 1, 2 and 2 [SL1]}}
  nn.slice(%a) {starts = array<i64: 0>, sizes = array<i64: 1, 1>, steps = array<i64: 1, 1>} : (tensor<4x2xf32>) -> tensor<1x1xf32>
  return
}

// -----

// A step of zero never arrives.
func.func @slice_step(%a: tensor<4xf32>) {
  // expected-error @+1 {{size 2 and step 0 select nothing in dimension 0 [SL1]}}
  nn.slice(%a) {starts = array<i64: 0>, sizes = array<i64: 2>, steps = array<i64: 0>} : (tensor<4xf32>) -> tensor<2xf32>
  return
}

// -----

// A slice stays inside.
func.func @slice_leaves(%a: tensor<4xf32>) {
  // expected-error @+1 {{start 1, size 3 and step -1 leave the input in dimension 0, which has size 4 [SL2]}}
  nn.slice(%a) {starts = array<i64: 1>, sizes = array<i64: 3>, steps = array<i64: -1>} : (tensor<4xf32>) -> tensor<3xf32>
  return
}

// -----

// The last position of a slice may overflow.
func.func @slice_overflow(%a: tensor<4xf32>) {
  // expected-error @+1 {{start 1, size 4611686018427387904 and step 4611686018427387904 leave the input in dimension 0, which has size 4 [SL2]}}
  nn.slice(%a) {starts = array<i64: 1>, sizes = array<i64: 4611686018427387904>, steps = array<i64: 4611686018427387904>} : (tensor<4xf32>) -> tensor<3xf32>
  return
}

// -----

// Pads have begins and ends.
func.func @pad_entries(%a: tensor<4x2xf32>) {
  // expected-error @+1 {{pads must have 4 entries, but has 2 [PD1]}}
  nn.pad(%a) {pads = array<i64: 1, 1>} : (tensor<4x2xf32>) -> tensor<6x2xf32>
  return
}

// -----

// Cropping is nn.slice.
func.func @pad_negative(%a: tensor<4xf32>) {
  // expected-error @+1 {{pads must not be negative, but are 0 and -1 [PD1]}}
  nn.pad(%a) {pads = array<i64: 0, -1>} : (tensor<4xf32>) -> tensor<3xf32>
  return
}

// -----

// A reflection reaches as far as the tensor.
func.func @pad_reflect(%a: tensor<4xf32>) {
  // expected-error @+1 {{reflect pads 4 and 0 must be smaller than the dimension (4) [PD2]}}
  nn.pad(%a) {pads = array<i64: 4, 0>, mode = #nn.pad_mode<reflect>} : (tensor<4xf32>) -> tensor<8xf32>
  return
}

// -----

// Nothing has no edge to repeat.
func.func @pad_edge(%a: tensor<0xf32>) {
  // expected-error @+1 {{an empty dimension has no edge [PD2]}}
  nn.pad(%a) {pads = array<i64: 1, 0>, mode = #nn.pad_mode<edge>} : (tensor<0xf32>) -> tensor<1xf32>
  return
}

// -----

// A padded size may overflow.
func.func @pad_overflow(%a: tensor<4xf32>) {
  // expected-error @+1 {{is larger than 2^40 bytes or has no valid size [Z1]}}
  nn.pad(%a) {pads = array<i64: 9223372036854775807, 1>} : (tensor<4xf32>) -> tensor<3xf32>
  return
}

// -----

// A reshape keeps every element.
func.func @reshape_count(%a: tensor<4x2xf32>) {
  // expected-error @+1 {{input and result must have as many elements and one element type, but have types 'tensor<4x2xf32>' and 'tensor<4x3xf32>' [RS1]}}
  nn.reshape(%a) : (tensor<4x2xf32>) -> tensor<4x3xf32>
  return
}

// -----

// 2^32 * 2^32 elements are not 0 elements.
func.func @reshape_overflow(%a: tensor<0xf32>) {
  // expected-error @+1 {{must have as many elements and one element type, but have types 'tensor<0xf32>' and 'tensor<4294967296x4294967296xf32>' [RS1]}}
  nn.reshape(%a) : (tensor<0xf32>) -> tensor<4294967296x4294967296xf32>
  return
}

// -----

// Every dimension is used once.
func.func @transpose_perm(%a: tensor<4x2xf32>) {
  // expected-error @+1 {{perm must be a permutation of the 2 dimensions of the input [T1]}}
  nn.transpose(%a) {perm = array<i64: 0, 0>} : (tensor<4x2xf32>) -> tensor<4x4xf32>
  return
}

// -----

// Only ones expand.
func.func @expand_size(%a: tensor<2xf32>) {
  // expected-error @+1 {{input must broadcast to the result with one element type, but the types are 'tensor<2xf32>' and 'tensor<4xf32>' [EX1]}}
  nn.expand(%a) : (tensor<2xf32>) -> tensor<4xf32>
  return
}

// -----

// A small tensor does not become 2^50 elements.
func.func @expand_huge(%a: tensor<1xi8>) {
  // expected-error @+1 {{a tensor of size 1125899906842624 and type 'i8' is larger than 2^40 bytes or has no valid size [Z1]}}
  nn.expand(%a) : (tensor<1xi8>) -> tensor<1125899906842624xi8>
  return
}

// -----

// A shape has as many entries as there are dimensions.
func.func @shape_result(%a: tensor<4x2xf32>) {
  // expected-error @+1 {{result must have type 'tensor<2xi64>', but has 'tensor<1xi64>' [Z2]}}
  nn.shape(%a) : (tensor<4x2xf32>) -> tensor<1xi64>
  return
}

// -----

// The axis exists.
func.func @gather_axis(%a: tensor<4x2xf32>, %i: tensor<1xi64>) {
  // expected-error @+1 {{axis 2 must be a dimension of 4x2 [GA1]}}
  nn.gather(%a, %i) {axis = 2 : i64} : (tensor<4x2xf32>, tensor<1xi64>) -> tensor<4x1xf32>
  return
}

// -----

// No index selects from nothing.
func.func @gather_nothing(%a: tensor<4x0xf32>, %i: tensor<1xi64>) {
  // expected-error @+1 {{dimension 1 of the data must not be empty [GA2]}}
  nn.gather(%a, %i) {axis = 1 : i64} : (tensor<4x0xf32>, tensor<1xi64>) -> tensor<4x1xf32>
  return
}

// -----

// Blocks tile the map.
func.func @space_to_depth(%a: tensor<1x1x4x5xf32>) {
  // expected-error @+1 {{input must have rank 4, and blocksize must divide height and width, but they are 1x1x4x5 and 2 [SD1]}}
  nn.space_to_depth(%a) {blocksize = 2 : i64} : (tensor<1x1x4x5xf32>) -> tensor<1x4x2x2xf32>
  return
}

// -----

// Channels fill the blocks.
func.func @depth_to_space(%a: tensor<1x6x4x4xf32>) {
  // expected-error @+1 {{the square of blocksize must divide the channels, but they are 1x6x4x4 and 2 [DS1]}}
  nn.depth_to_space(%a) {blocksize = 2 : i64} : (tensor<1x6x4x4xf32>) -> tensor<1x1x8x8xf32>
  return
}
