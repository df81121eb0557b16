// RUN: kiln-opt %s --split-input-file --verify-diagnostics --graph-fc-to-conv="sliding-window input-shapes=x:1x2x8x8"

// The name is that of an input.
// expected-error @below {{no input 'x' to slide over}}
module {
  func.func @unknown_name(%x: tensor<1x2x4x4xf32> {nn.name = "image"}) -> tensor<1x2x4x4xf32> {
    return %x : tensor<1x2x4x4xf32>
  }
}

// -----

// Windows slide over the spatial dimensions: channels stay.
// expected-error @below {{input 'x' has shape 1x3x4x4; windows cannot slide over 1x2x8x8, which must have the same batch and channels and be at least as large}}
func.func @other_channels(%x: tensor<1x3x4x4xf32> {nn.name = "x"}) -> tensor<1x3x4x4xf32> {
  return %x : tensor<1x3x4x4xf32>
}

// -----

// A window is no larger than what it slides over.
// expected-error @below {{input 'x' has shape 1x2x9x4; windows cannot slide over 1x2x8x8}}
func.func @smaller(%x: tensor<1x2x9x4xf32> {nn.name = "x"}) -> tensor<1x2x9x4xf32> {
  return %x : tensor<1x2x9x4xf32>
}

// -----

// A reshape that mixes spatial dimensions with others has no larger form.
func.func @mixing_reshape(%x: tensor<1x2x4x4xf32> {nn.name = "x"}) -> tensor<1x8x4xf32> {
  // expected-error @below {{'nn.reshape' cannot be enlarged: it mixes the enlarged dimensions of 1x2x4x4 into 1x8x4}}
  %0 = nn.reshape(%x) : (tensor<1x2x4x4xf32>) -> tensor<1x8x4xf32>
  return %0 : tensor<1x8x4xf32>
}

// -----

// Neither has a cut of a spatial dimension.
func.func @crop(%x: tensor<1x2x4x4xf32> {nn.name = "x"}) -> tensor<1x2x3x4xf32> {
  // expected-error @below {{'nn.slice' cannot be enlarged: it selects part of an enlarged dimension}}
  %0 = nn.slice(%x) {starts = array<i64: 0, 0, 1, 0>, sizes = array<i64: 1, 2, 3, 4>, steps = array<i64: 1, 1, 1, 1>} : (tensor<1x2x4x4xf32>) -> tensor<1x2x3x4xf32>
  return %0 : tensor<1x2x3x4xf32>
}

// -----

func.func @cut(%x: tensor<1x2x4x4xf32> {nn.name = "x"}) -> tensor<1x2x4x1xf32> {
  // expected-error @below {{'nn.split' cannot be enlarged: it cuts an enlarged dimension}}
  %0:2 = nn.split(%x) {axis = 3 : i64} : (tensor<1x2x4x4xf32>) -> (tensor<1x2x4x3xf32>, tensor<1x2x4x1xf32>)
  return %0#1 : tensor<1x2x4x1xf32>
}

// -----

// A reduction would take in what lies outside of each window.
func.func @row_sums(%x: tensor<1x2x4x4xf32> {nn.name = "x"}) -> tensor<1x2x4x1xf32> {
  // expected-error @below {{'nn.reduce_sum' cannot be enlarged: it reduces an enlarged dimension}}
  %0 = nn.reduce_sum(%x) {axes = array<i64: 3>} : (tensor<1x2x4x4xf32>) -> tensor<1x2x4x1xf32>
  return %0 : tensor<1x2x4x1xf32>
}

// -----

// A constant of the map's own size has no values for the rest.
func.func @constant_map(%x: tensor<1x2x4x4xf32> {nn.name = "x"}) -> tensor<1x2x4x4xf32> {
  %c = nn.constant(dense<1.0> : tensor<4x4xf32>) : tensor<4x4xf32>
  // expected-error @below {{[E1]}}
  // expected-error @below {{'nn.add' cannot be enlarged: it was made for the model's own input shape}}
  %0 = nn.add(%x, %c) : (tensor<1x2x4x4xf32>, tensor<4x4xf32>) -> tensor<1x2x4x4xf32>
  return %0 : tensor<1x2x4x4xf32>
}
