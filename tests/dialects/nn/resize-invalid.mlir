// RUN: kiln-opt %s -split-input-file -verify-diagnostics

// A matrix has no spatial dimensions.
func.func @no_spatial_dimension(%x: tensor<2x3xf32>) {
  // expected-error @+1 {{input must have rank 3, 4 or 5, but has 2 [RZ1]}}
  nn.resize(%x) {sizes = array<i64>, mode = #nn.resize_mode<nearest>} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return
}

// -----

// Sizes for each spatial dimension, not for all dimensions.
func.func @sizes_of_all(%x: tensor<1x3x4x4xf32>) {
  // expected-error @+1 {{sizes must have one positive entry per spatial dimension [RZ2]}}
  nn.resize(%x) {sizes = array<i64: 1, 3, 8, 8>, mode = #nn.resize_mode<nearest>} : (tensor<1x3x4x4xf32>) -> tensor<1x3x8x8xf32>
  return
}

// -----

// A scale says the same as a size, but for rounding.
func.func @scale_of_another_size(%x: tensor<1x3x4xf32>) {
  // expected-error @+1 {{does not lead from 4 to 8 [RZ2]}}
  nn.resize(%x) {sizes = array<i64: 8>, scales = array<f64: 3.0>, mode = #nn.resize_mode<nearest>} : (tensor<1x3x4xf32>) -> tensor<1x3x8xf32>
  return
}

// -----

// Between two whole numbers there is often none.
func.func @linear_integers(%x: tensor<1x3x4xi32>) {
  // expected-error @+1 {{linear and cubic interpolation need floating-point elements, not 'i32' [RZ3]}}
  nn.resize(%x) {sizes = array<i64: 8>, mode = #nn.resize_mode<linear>} : (tensor<1x3x4xi32>) -> tensor<1x3x8xi32>
  return
}

// -----

// Two taps for each of eight positions, and one entry each for depth and height.
func.func @short_tables(%x: tensor<1x3x4xf32>, %i: tensor<8xi32>, %w: tensor<8xf32>) {
  // expected-error @+1 {{tables must be i32 and f32 lists of 18 entries, but are 'tensor<8xi32>' and 'tensor<8xf32>' [RZ4]}}
  nn.resize(%x, tables %i, %w) {sizes = array<i64: 8>, mode = #nn.resize_mode<linear>}
      : (tensor<1x3x4xf32>, tensor<8xi32>, tensor<8xf32>) -> tensor<1x3x8xf32>
  return
}
